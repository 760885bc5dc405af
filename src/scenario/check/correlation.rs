//! Do the correlations name variables that exist, each pair once and in the
//! right list, and can they all hold together?
//!
//! In comes a scenario; out come findings about `cohort.correlation`,
//! `response.correlation` and the outcomes' correlations with their baselines.

use super::positive_definite::Leading;
use crate::cohort::marginal::nearest_correlation;
use crate::scenario::finding::Finding;
use crate::scenario::latent::{Laws, matrix};
use crate::scenario::resolve::{PartOf, arm_sds, latent_parts};
use crate::scenario::variables::{Pair, Variables, baseline_name, ends, stated_pairs};
use crate::scenario::{Correlation, Scenario, words};
use std::collections::HashMap;

pub(super) fn check(scenario: &Scenario, is_within_range: bool) -> Vec<Finding> {
    let variables = Variables::of(scenario);
    let mut findings = check_list(scenario, &variables, List::Cohort);
    findings.extend(check_list(scenario, &variables, List::Response));
    let pairs = stated_pairs(scenario, &variables);
    if is_within_range {
        let whole = pairs.iter().filter(|pair| pair.value.abs() >= 1.0);
        findings.extend(whole.filter_map(|pair| too_large_a_part(scenario, &variables, pair, 1.0)));
    }
    if findings.is_empty() && is_within_range && pairs.iter().all(|pair| pair.value.abs() < 1.0) {
        let laws = Laws::of(scenario, &variables);
        findings.extend(pairs.iter().filter_map(|pair| out_of_reach(&variables, &laws, pair)));
        if findings.is_empty() {
            findings.extend(check_together(scenario, &variables, &laws, &pairs));
        }
    }
    findings
}

/// A correlation that two variables with these distributions cannot have.
fn out_of_reach(variables: &Variables, laws: &Laws, pair: &Pair) -> Option<Finding> {
    let range = laws.latent(pair).err()?;
    let (one, other) = pair.between;
    let names = words::list(&[&variables.names[one], &variables.names[other]]);
    let found = format!("{} for {names}, whose distributions leave no such correlation", pair.value);
    let allowed =
        format!("a number from {} to {}", inward(range.least, libm::ceil), inward(range.most, libm::floor));
    let finding = Finding::value(pair.pointer.clone(), found, allowed);
    Some(finding.help("only variables of the same shape can be perfectly correlated"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Cohort,
    Response,
}

impl List {
    fn pointer(self) -> &'static str {
        match self {
            List::Cohort => "/cohort/correlation",
            List::Response => "/response/correlation",
        }
    }

    fn entries(self, scenario: &Scenario) -> &[Correlation] {
        match self {
            List::Cohort => &scenario.cohort.correlation,
            List::Response => &scenario.response.correlation,
        }
    }
}

fn check_list(scenario: &Scenario, variables: &Variables, list: List) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: HashMap<(usize, usize), usize> = HashMap::new();
    for (index, entry) in list.entries(scenario).iter().enumerate() {
        let at = format!("{}/{index}/between", list.pointer());
        findings.extend(unknown(entry, variables, &at));
        let Some((one, other)) = ends(entry, variables) else { continue };
        let pair = (one.min(other), one.max(other));
        let names = words::list(&entry.between);
        let first = *seen.entry(pair).or_insert(index);
        if one == other {
            findings.push(Finding::value(at, format!("{names}, which are one variable"), "two variables"));
        } else if first != index {
            let found = format!("{names}, which entry {} names already", first + 1);
            findings.push(Finding::value(at, found, "each pair once"));
        } else {
            findings.extend(misplaced(scenario, variables, list, pair, &names, &at));
        }
    }
    findings
}

/// Names that are not variables.
fn unknown(entry: &Correlation, variables: &Variables, at: &str) -> Vec<Finding> {
    let stranger = |(position, name): (usize, &String)| {
        let known = variables.known_names();
        let finding = Finding::value(
            format!("{at}/{position}"),
            format!("an unknown variable {}", words::quoted(name)),
            words::choice(&known),
        );
        finding.maybe_help(words::did_you_mean(name, &known))
    };
    entry
        .between
        .iter()
        .enumerate()
        .filter(|(_, name)| variables.find(name).is_none())
        .map(stranger)
        .collect()
}

/// A pair that has its place elsewhere.
fn misplaced(
    scenario: &Scenario,
    variables: &Variables,
    list: List,
    (earlier, later): (usize, usize),
    names: &str,
    at: &str,
) -> Option<Finding> {
    // Outcomes come after all else, so the later variable decides.
    let has_outcome = variables.is_outcome(later);
    if list == List::Cohort {
        let allowed = "covariates and baselines";
        return has_outcome.then(|| {
            Finding::value(at, format!("{names}, one of which is an outcome"), allowed)
                .help("correlations with outcomes stand in `/response/correlation`")
        });
    }
    if !has_outcome {
        return Some(
            Finding::value(at, format!("{names}, neither of which is an outcome"), "at least one outcome")
                .help("correlations of covariates and baselines stand in `/cohort/correlation`"),
        );
    }
    let outcome = variables.names.get(later).filter(|name| scenario.response.outcomes.contains_key(*name))?;
    (variables.find(&baseline_name(outcome)) == Some(earlier)).then(|| {
        let allowed = "two variables other than an outcome and its own baseline";
        Finding::value(at, format!("{names}, an outcome and its own baseline"), allowed)
            .help(format!("this correlation stands in `/response/outcomes/{outcome}/baseline/correlation`"))
    })
}

/// The first variable whose correlations cannot hold with those before it.
fn check_together(
    scenario: &Scenario,
    variables: &Variables,
    laws: &Laws,
    pairs: &[Pair],
) -> Option<Finding> {
    let latent = |pair: &Pair| (pair.between, laws.latent(pair).unwrap_or(0.0));
    let matrix = matrix(variables, pairs.iter().map(latent));
    let leading = Leading::of(&matrix);
    let failing = leading.size();
    let row = matrix.get(failing)?;
    let blamed: Vec<&Pair> =
        pairs.iter().filter(|pair| pair.between.1 == failing && pair.value != 0.0).collect();
    let involved = words::list(&involved(&variables.names, &matrix, failing));
    let name = |variable: usize| variables.names.get(variable).map_or("", String::as_str);
    let reachable = |pair: &&Pair| leading.range(row, pair.between.0).map(|range| (pair.between, range));
    let range = blamed.iter().rev().find_map(|pair| reachable(pair).map(|found| (*pair, found)));
    if let Some((pair, (_, (low, high)))) = range
        && let Some(finding) = too_large_a_part(scenario, variables, pair, low.abs().max(high))
    {
        return Some(finding);
    }
    let nearest = |pair: &Pair| {
        let ((one, other), nearest) = (pair.between, nearest_correlation(&matrix));
        laws.stated(pair.between, nearest[one][other])
    };
    if let Some((pair, ((one, other), (low, high)))) = range {
        let (low, high) = (laws.stated((one, other), low), laws.stated((one, other), high));
        let found = format!(
            "{} for {}, which cannot be with the other correlations",
            pair.value,
            words::list(&[name(one), name(other)])
        );
        let allowed = format!(
            "a number above {} and below {}, with the others as stated",
            inward(low, libm::ceil),
            inward(high, libm::floor)
        );
        return Some(Finding::value(pair.pointer.clone(), found, allowed).help(format!(
            "the correlations of {involved} must go together; in the nearest matrix that can be, this one \
                     is {:.4}",
            nearest(pair)
        )));
    }
    let pointer = blamed.last().map(|pair| pair.pointer.clone())?;
    let found = format!("correlations of {involved} that cannot go together");
    let allowed = "correlations that some patients could have: a positive definite matrix";
    Some(
        Finding::value(pointer, found, allowed)
            .help(format!("no change of one correlation of {} is enough", words::quoted(name(failing)))),
    )
}

/// A part of an outcome's variance that is more than the rest leaves; none for a pair that is no
/// part.
fn too_large_a_part(scenario: &Scenario, variables: &Variables, pair: &Pair, most: f64) -> Option<Finding> {
    let [part, name] = [pair.between.0, pair.between.1].map(|variable| variables.names.get(variable));
    let (part, name) = (part?, name?);
    let part = latent_parts(scenario).into_iter().find(|known| known.name == *part)?;
    let (value, most) = match part.of {
        PartOf::Therapist => (pair.value * pair.value, most * most),
        PartOf::NaturalCourse | PartOf::BeingTreated => {
            let sd = arm_sds(scenario, scenario.response.outcomes.get(name)?)[0];
            (pair.value.abs() * sd, most * sd)
        }
    };
    let found = format!("{} for {}", inward(value, libm::round), words::quoted(name));
    let allowed = format!("a number below {}, with the others as stated", inward(most, libm::floor));
    let finding = Finding::value(pair.pointer.clone(), found, allowed);
    Some(finding.help("it is a part of the SD that baseline, covariates, other parts and visits leave"))
}

/// Four decimals, rounded so that what is said is not beyond what is true.
fn inward(bound: f64, round: fn(f64) -> f64) -> f64 {
    round(bound * 1e4) / 1e4 + 0.0
}

/// A smallest set of variables, the failing one among them, that cannot go together.
fn involved<'n>(names: &'n [String], matrix: &[Vec<f64>], failing: usize) -> Vec<&'n str> {
    let fails = |kept: &[usize]| {
        let block: Vec<Vec<f64>> =
            kept.iter().map(|row| kept.iter().map(|column| matrix[*row][*column]).collect()).collect();
        Leading::of(&block).size() < kept.len()
    };
    let mut kept: Vec<usize> = (0..=failing).collect();
    for variable in 0..failing {
        let without: Vec<usize> = kept.iter().copied().filter(|one| *one != variable).collect();
        if fails(&without) {
            kept = without;
        }
    }
    kept.into_iter().filter_map(|variable| names.get(variable)).map(String::as_str).collect()
}
