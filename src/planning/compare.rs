//! Two or more designs or analyses on the same virtual patients.
//!
//! All contenders have the same random numbers, so the difference of two powers is that of paired shares: what
//! counts are the trials in which one claims an effect and the other does not.

use super::made::Made;
use crate::engine::{Progress, RunOptions, Success, paired_successes};
use crate::error::{Error, ErrorKind, Result};
use crate::estimand;
use crate::result::{HypothesisId, Measure, ScenarioIdentity};
use crate::scenario::{Scenario, resolve, words};
use crate::summary::proportion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the format of the answer.
const SCHEMA: &str = "trialliance.compare/1";

/// One design with one analysis.
#[derive(Debug, Clone, PartialEq)]
pub struct Contender {
    /// What it is called.
    pub label: String,
    /// The design.
    pub scenario: Scenario,
    /// The id of the analysis.
    pub analysis: String,
}

/// The question.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareRequest {
    /// Who is compared, the first being the one that the others are held against.
    pub contenders: Vec<Contender>,
    /// Of which estimands; those that are primary in the first and asked about in all if none are named.
    pub estimands: Vec<String>,
}

/// Contenders and their powers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The format and its version: `trialliance.compare/1`.
    pub schema: String,
    /// The command that made it: `compare`.
    pub command: String,
    /// What made it; the scenario is the first contender's.
    #[serde(flatten)]
    pub made: Made,
    /// Who is compared.
    pub contenders: Vec<ContenderDescription>,
    /// One row for each contender and estimand; with several estimands also for any and for all of them.
    pub results: Vec<CompareRow>,
}

/// What a reader needs to know of a contender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ContenderDescription {
    /// What it is called.
    pub label: String,
    /// Its scenario.
    pub scenario: ScenarioIdentity,
    /// Its analysis.
    pub analysis: String,
    /// Patients in all.
    pub n_total: u64,
}

/// The power of one contender for one estimand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CompareRow {
    /// The contender.
    pub contender: String,
    /// The estimand; `any` and `all` are at least one and all of those asked about, in the same trial.
    pub estimand: String,
    /// Share of trials that claim it; a trial without an answer claims nothing.
    pub power: Measure,
    /// Power minus that of the first contender, with its paired Monte Carlo standard error; null for the first.
    pub difference: Measure,
    /// Trials in which this contender claims it and the first does not.
    pub gained: u64,
    /// Trials in which the first claims it and this contender does not.
    pub lost: u64,
}

/// Compares contenders.
///
/// # Errors
/// `Usage` if there are fewer than two, one has no such analysis, or an estimand is not asked about by all of them.
pub fn compare(
    request: &CompareRequest,
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Comparison> {
    let [first, _, ..] = request.contenders.as_slice() else {
        return Err(Error::new(ErrorKind::Usage, "there is nothing to compare with")
            .help("name a second scenario, or a second analysis with --analysis"));
    };
    request.contenders.iter().try_for_each(check_analysis)?;
    let estimands = estimands(request)?;
    let mut names = estimands.clone();
    names.extend((estimands.len() > 1).then(|| ["any".to_owned(), "all".to_owned()]).into_iter().flatten());
    let counted = counts(&request.contenders, &estimands, options, progress)?;
    let mut results = Vec::new();
    for (contender, own) in request.contenders.iter().zip(&counted.rows) {
        for (estimand, row) in names.iter().zip(own) {
            results.push(CompareRow {
                contender: contender.label.clone(),
                estimand: estimand.clone(),
                ..row.clone()
            });
        }
    }
    let describe = |contender: &Contender| ContenderDescription {
        label: contender.label.clone(),
        scenario: ScenarioIdentity::of(&contender.scenario),
        analysis: contender.analysis.clone(),
        n_total: resolve::arm_sizes(&contender.scenario).iter().sum(),
    };
    Ok(Comparison {
        schema: SCHEMA.to_owned(),
        command: "compare".to_owned(),
        made: Made::new(&first.scenario, options, &counted.engine, &counted.engine_why),
        contenders: request.contenders.iter().map(describe).collect(),
        results,
    })
}

/// Whether a contender's scenario has its analysis.
fn check_analysis(contender: &Contender) -> Result<()> {
    let Contender { scenario, analysis, .. } = contender;
    let ids = resolve::analysis_ids(scenario);
    if ids.contains(analysis) {
        return Ok(());
    }
    let meant = words::did_you_mean(analysis, &ids).map_or_else(String::new, |meant| format!("{meant} "));
    Err(Error::new(ErrorKind::Usage, format!("the scenario {} has no analysis {analysis}", scenario.name))
        .about(format!("--analysis {analysis}"))
        .help(format!("{meant}it has {}", ids.join(", "))))
}

/// The estimands asked about, which every contender must ask about.
fn estimands(request: &CompareRequest) -> Result<Vec<String>> {
    let asks = |contender: &Contender| -> Vec<String> {
        let ids = resolve::analysis_ids(&contender.scenario);
        let number = ids.iter().position(|id| *id == contender.analysis);
        let spec = number.and_then(|number| contender.scenario.analyses.get(number));
        let own = spec.map(|spec| estimand::of_analysis(&contender.scenario, spec)).unwrap_or_default();
        own.into_iter().map(|estimand| estimand.id).collect()
    };
    let all: Vec<(String, Vec<String>)> =
        request.contenders.iter().map(|contender| (contender.label.clone(), asks(contender))).collect();
    if let Some(estimand) = request.estimands.iter().find(|one| all.iter().any(|(_, own)| !own.contains(one)))
    {
        let (label, own) = all.iter().find(|(_, own)| !own.contains(estimand)).cloned().unwrap_or_default();
        return Err(Error::new(ErrorKind::Usage, format!("{label} does not ask about it"))
            .about(format!("--estimand {estimand}"))
            .help(format!("it asks about {}", own.join(", "))));
    }
    if !request.estimands.is_empty() {
        return Ok(request.estimands.clone());
    }
    let first = &request.contenders[0].scenario;
    let primary = resolve::resolve_primary(first).unwrap_or_default();
    let in_all = |estimand: &String| all.iter().all(|(_, own)| own.contains(estimand));
    let mut chosen: Vec<String> = Vec::new();
    for estimand in primary.into_iter().map(|one| one.estimand).chain(all[0].1.iter().take(3).cloned()) {
        if in_all(&estimand) && !chosen.contains(&estimand) {
            chosen.push(estimand);
        }
    }
    if chosen.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "the contenders have no estimand in common"));
    }
    Ok(chosen)
}

/// Powers of contenders, by contender and estimand, then any and all of several.
pub(super) struct Counted {
    pub rows: Vec<Vec<CompareRow>>,
    pub engine: String,
    pub engine_why: String,
}

/// Counts claims of contenders; those with the same scenario are simulated once.
pub(super) fn counts(
    contenders: &[Contender],
    estimands: &[String],
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Counted> {
    let first = &contenders[0].scenario;
    let same = contenders.iter().all(|contender| contender.scenario == *first);
    let criteria: Vec<Vec<Success>> =
        contenders.iter().map(|contender| criteria(contender, estimands)).collect::<Result<_>>()?;
    let each = criteria[0].len();
    let (points, of_points): (Vec<Scenario>, Vec<Vec<Success>>) = match same {
        true => (vec![first.clone()], vec![criteria.concat()]),
        false => (contenders.iter().map(|contender| contender.scenario.clone()).collect(), criteria),
    };
    let partner: Vec<usize> = (0..of_points[0].len()).map(|criterion| criterion % each).collect();
    let found = paired_successes(&points, &of_points, &partner, options, progress)?;
    let place = |contender: usize, criterion: usize| match same {
        true => (0, contender * each + criterion),
        false => (contender, criterion),
    };
    let trials = found.trials as f64;
    let row = |contender: usize, criterion: usize| {
        let at = |counts: &[Vec<u64>], (point, criterion): (usize, usize)| counts[point][criterion];
        let (own, base) =
            (at(&found.count, place(contender, criterion)), at(&found.count, place(0, criterion)));
        let both = at(&found.with_first, place(contender, criterion));
        let (gained, lost) = (own - both, base - both);
        let difference = match contender {
            0 => Measure::undefined("it is the one that others are held against"),
            _ => paired_difference(gained as f64, lost as f64, trials),
        };
        let power = proportion(own as f64, trials);
        CompareRow { contender: String::new(), estimand: String::new(), power, difference, gained, lost }
    };
    let rows =
        (0..contenders.len()).map(|one| (0..each).map(|criterion| row(one, criterion)).collect()).collect();
    Ok(Counted { rows, engine: found.engine, engine_why: found.engine_why })
}

/// Each estimand, then any and all of several.
fn criteria(contender: &Contender, estimands: &[String]) -> Result<Vec<Success>> {
    let ids = resolve::analysis_ids(&contender.scenario);
    let number = ids.iter().position(|id| *id == contender.analysis).ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("{} has no analysis {}", contender.label, contender.analysis))
            .help(format!("it has {}", ids.join(", ")))
    })?;
    let hypothesis = |estimand: &String| HypothesisId {
        analysis: contender.analysis.clone(),
        outcome: contender.scenario.analyses[number].outcome.clone(),
        estimand: estimand.clone(),
    };
    let all: Vec<HypothesisId> = estimands.iter().map(hypothesis).collect();
    let mut criteria: Vec<Success> = all.iter().map(|one| Success::All(vec![one.clone()])).collect();
    if all.len() > 1 {
        criteria.extend([Success::Any(all.clone()), Success::All(all)]);
    }
    Ok(criteria)
}

/// The difference of two shares of the same trials and its standard error, from the trials that make the difference.
///
/// Source: McNemar (1947), Psychometrika 12:153; where no trial makes one, as if half a trial did on either side.
pub(super) fn paired_difference(gained: f64, lost: f64, trials: f64) -> Measure {
    let difference = (gained - lost) / trials;
    let discordant = (gained + lost).max(1.0);
    let variance = (discordant - (gained - lost) * (gained - lost) / trials) / (trials * trials);
    Measure { value: Some(difference), mcse: Some(variance.max(0.0).sqrt()), why: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R: x <- rep(c(1, 1, 0, 0), c(700, 50, 20, 230)); y <- rep(c(1, 0, 1, 0), c(700, 50, 20, 230));
    /// mean(x - y); sqrt(var(x - y) * 999 / 1000 / 1000)
    #[test]
    fn the_error_of_a_paired_difference_is_that_of_its_mean() {
        let found = paired_difference(50.0, 20.0, 1000.0);
        assert!((found.value.unwrap() - 0.03).abs() < 1e-15);
        assert!((found.mcse.unwrap() - 0.008_312_640_976_25).abs() < 1e-13, "{found:?}");
    }
}
