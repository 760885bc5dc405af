//! Do the hypotheses and their shares of alpha fit?

use crate::analysis::registry::{self, Settings};
use crate::decision::{MOST_HYPOTHESES, MOST_IN_GRAPH, is_comparison};
use crate::estimand;
use crate::result::HypothesisId;
use crate::scenario::finding::Finding;
use crate::scenario::resolve::analysis_ids;
use crate::scenario::{MultiplicitySpec, Procedure, Scenario, pointer, primary, resolve, words};

/// How far a sum of shares may be from 1.
const ROUNDING: f64 = 1e-9;

/// Where it is stated.
const WEIGHTS: &str = "/multiplicity/weights";
const TRANSITIONS: &str = "/multiplicity/transitions";

pub(super) fn check(scenario: &Scenario) -> Vec<Finding> {
    let Some(stated) = &scenario.multiplicity else { return Vec::new() };
    let (hypotheses, _) = primary::resolve(scenario);
    let most = if stated.procedure == Procedure::Graph { MOST_IN_GRAPH } else { MOST_HYPOTHESES };
    let mut findings = Vec::new();
    if hypotheses.len() > most {
        let found = format!("{} primary hypotheses", hypotheses.len());
        let allowed = match stated.procedure {
            Procedure::Graph => format!("at most {most} in a graph"),
            _ => format!("at most {most} to be judged together"),
        };
        findings.push(Finding::value("/multiplicity", found, allowed));
    }
    findings.extend(weights(stated, hypotheses.len()));
    findings.extend(transitions(stated, hypotheses.len()));
    if stated.procedure == Procedure::Dunnett {
        findings.extend(dunnett(scenario, &hypotheses));
    }
    findings
}

/// Shares of alpha: one for each hypothesis, and no more than all of it.
fn weights(stated: &MultiplicitySpec, hypotheses: usize) -> Option<Finding> {
    let weights = stated.weights.as_ref()?;
    let sum = weights.iter().sum::<f64>();
    let (found, allowed) = match stated.procedure {
        Procedure::Fallback | Procedure::Graph if weights.len() != hypotheses => {
            (format!("{} of them", weights.len()), format!("one for each of {hypotheses} hypotheses"))
        }
        Procedure::Fallback if (sum - 1.0).abs() > ROUNDING => {
            (format!("weights that sum to {sum}"), "weights that sum to 1".to_owned())
        }
        Procedure::Graph if sum > 1.0 + ROUNDING => {
            (format!("weights that sum to {sum}"), "weights that sum to at most 1".to_owned())
        }
        Procedure::Fallback | Procedure::Graph => return None,
        _ => {
            let allowed = "`weights` only for the procedures `fallback` and `graph`";
            return Some(Finding::name(WEIGHTS, "`weights`", allowed));
        }
    };
    Some(Finding::value(WEIGHTS, found, allowed))
}

/// Arrows of a graph: a row of parts for each hypothesis.
fn transitions(stated: &MultiplicitySpec, hypotheses: usize) -> Vec<Finding> {
    let Some(rows) = &stated.transitions else {
        let absent = Finding::value(TRANSITIONS, "nothing", "one row of parts for each hypothesis")
            .help("row by row, what of a hypothesis's share of alpha goes to the others once it is rejected");
        return if stated.procedure == Procedure::Graph { vec![absent] } else { Vec::new() };
    };
    if stated.procedure != Procedure::Graph {
        let allowed = "`transitions` only for the procedure `graph`";
        return vec![Finding::name(TRANSITIONS, "`transitions`", allowed)];
    }
    if rows.len() != hypotheses {
        let found = format!("{} rows", rows.len());
        let allowed = format!("one for each of {hypotheses} hypotheses");
        return vec![Finding::value(TRANSITIONS, found, allowed)];
    }
    let of_row = |(number, row): (usize, &Vec<f64>)| {
        let at = pointer::item(TRANSITIONS, number);
        let sum = row.iter().sum::<f64>();
        if row.len() != hypotheses {
            let allowed = format!("one for each of {hypotheses} hypotheses");
            return Some(Finding::value(at, format!("{} parts", row.len()), allowed));
        }
        if row[number] != 0.0 {
            let allowed = "0, as nothing goes from a hypothesis to itself";
            return Some(Finding::value(pointer::item(&at, number), row[number].to_string(), allowed));
        }
        let allowed = "parts that sum to at most 1";
        (sum > 1.0 + ROUNDING).then(|| Finding::value(at, format!("parts that sum to {sum}"), allowed))
    };
    rows.iter().enumerate().filter_map(of_row).collect()
}

/// Comparisons with the reference arm, of one analysis with one variance.
fn dunnett(scenario: &Scenario, hypotheses: &[HypothesisId]) -> Option<Finding> {
    let at = if scenario.primary.is_empty() { "/multiplicity/procedure" } else { "/primary" };
    let ids = analysis_ids(scenario);
    let first = &hypotheses.first()?.analysis;
    let number = ids.iter().position(|id| id == first)?;
    let spec = &scenario.analyses[number];
    if !registry::find(&spec.method)?.has_common_variance(&resolve::settings(scenario, spec)) {
        let with: Vec<&str> = registry::REGISTRY
            .iter()
            .filter(|one| one.has_common_variance(&Settings::default()))
            .map(|one| one.name)
            .collect();
        let found = format!("Dunnett's test with the analysis {}", words::quoted(first));
        let allowed =
            format!("one variance for all arms: {}, with the model's standard errors", words::choice(&with));
        return Some(Finding::value(at, found, allowed));
    }
    let comparisons: Vec<String> = estimand::estimands(&scenario.factors)
        .into_iter()
        .filter(|one| is_comparison(&one.weights))
        .map(|one| one.id)
        .collect();
    let is_one = |one: &&HypothesisId| comparisons.contains(&one.estimand) && one.analysis == *first;
    let other = hypotheses.iter().find(|one| !is_one(one))?;
    let found = format!("Dunnett's test with {}", words::quoted(&other.to_string()));
    let allowed =
        format!("comparisons with the reference arm, of one analysis: {}", words::list(&comparisons));
    let selectors: Vec<String> = comparisons.iter().map(|id| format!("\"{first}/{id}\"")).collect();
    Some(Finding::value(at, found, allowed).help(format!("as in \"primary\": [{}]", selectors.join(", "))))
}
