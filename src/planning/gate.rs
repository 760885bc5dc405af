//! Gates: what a result must reach so that a script may go on.
//!
//! In come `alliance>=0.8` and the like, and the result of a run or what becomes of trials with interim looks; out
//! comes which gates are not met, with the numbers that say so. A gate is held against the estimate: whoever wants to
//! be sure asks for more, or for `size`.

use crate::engine::{Progress, RunOptions, Success, successes};
use crate::error::{Error, ErrorKind, Result};
use crate::report::digits::{exact, measure};
use crate::result::{HypothesisId, Measure, Row, RunResult};
use crate::scenario::Scenario;
use crate::summary::proportion;

use super::hypotheses::select;
use super::interim::Interim;

/// What a gate looks at in a row.
type Look = fn(&Row) -> &Measure;

/// The measures of a row that a gate can name.
const MEASURES: [(&str, Look); 8] = [
    ("power", |row| &row.power),
    ("coverage", |row| &row.coverage),
    ("bias", |row| &row.bias),
    ("half_width", |row| &row.half_width),
    ("empirical_se", |row| &row.empirical_se),
    ("model_se", |row| &row.model_se),
    ("type_s", |row| &row.type_s),
    ("type_m", |row| &row.type_m),
];

/// Those of them that are shares of trials, from 0 to 1.
const SHARES: [&str; 3] = ["power", "coverage", "type_s"];

/// One gate.
#[derive(Debug, Clone)]
pub struct Gate {
    text: String,
    of: Of,
    at_least: bool,
    value: f64,
}

#[derive(Debug, Clone)]
enum Of {
    /// All primary hypotheses in the same trial.
    All,
    /// At least one of them.
    Any,
    /// A measure of one hypothesis, with its name.
    One(HypothesisId, &'static str, Look),
}

impl Gate {
    /// Reads each.
    ///
    /// # Errors
    /// As for [`Gate::parse`].
    pub fn parse_all(scenario: &Scenario, texts: &[String]) -> Result<Vec<Gate>> {
        texts.iter().map(|text| Gate::parse(scenario, text)).collect()
    }

    /// Reads `[analysis/][outcome/]estimand[:measure]>=value`, or `any` and `all` of the primary hypotheses.
    ///
    /// # Errors
    /// `Usage`, if that is not what stands there.
    pub fn parse(scenario: &Scenario, text: &str) -> Result<Gate> {
        let usage = |message: String| {
            Error::new(ErrorKind::Usage, message)
                .about(format!("--require {text}"))
                .help("as in --require 'alliance>=0.8', 'alliance:coverage>=0.94', 'all>=0.8' or 'interaction:half_width<=5'")
        };
        let (name, at_least, value) = match (text.split_once(">="), text.split_once("<=")) {
            (Some((name, value)), None) => (name, true, value),
            (None, Some((name, value))) => (name, false, value),
            _ => return Err(usage("a gate has one `>=` or `<=`".to_owned())),
        };
        let (name, measured) = match name.trim().split_once(':') {
            Some((name, measure)) => (name.trim(), measure.trim()),
            None => (name.trim(), "power"),
        };
        let look = MEASURES.iter().find(|(known, _)| *known == measured).copied();
        let (measured, look) = look.ok_or_else(|| {
            let known: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
            usage(format!("there is no measure {measured:?}; there are {}", known.join(", ")))
        })?;
        let percent = value.trim().strip_suffix('%').map(str::trim_end);
        let number = percent.unwrap_or(value.trim()).parse::<f64>().ok().filter(|value| value.is_finite());
        let number = number.ok_or_else(|| usage(format!("{:?} is not a number", value.trim())))?;
        let is_share = SHARES.contains(&measured);
        let value = match percent {
            Some(_) if !is_share => return Err(usage(format!("a {measured} is not told in per cent"))),
            Some(_) => number / 100.0,
            None => number,
        };
        if is_share && !(0.0..=1.0).contains(&value) {
            let meant = Some(number / 100.0).filter(|share| percent.is_none() && (0.0..=1.0).contains(share));
            let help = meant
                .map_or_else(|| "as in 0.8 or 80%".to_owned(), |share| format!("write {}", exact(share)));
            return Err(usage(format!(
                "found {}; allowed: a {measured} is a number from 0 to 1",
                exact(number)
            ))
            .help(help));
        }
        let of = match name {
            "all" | "any" if measured != "power" => {
                return Err(usage(format!("{name} has a power, and no {measured}")));
            }
            "all" => Of::All,
            "any" => Of::Any,
            name => {
                let one = select(scenario, &[name.to_owned()], None).map_err(|error| usage(error.message))?;
                Of::One(
                    one.into_iter().next().ok_or_else(|| usage("there is no such hypothesis".to_owned()))?,
                    measured,
                    look,
                )
            }
        };
        Ok(Gate { text: text.to_owned(), of, at_least, value })
    }

    /// Whether trials with interim looks tell what the gate is about: the power of these hypotheses.
    ///
    /// # Errors
    /// `Usage` if they do not.
    pub fn check_asked(&self, hypotheses: &[HypothesisId]) -> Result<()> {
        let Of::One(hypothesis, measured, _) = &self.of else { return Ok(()) };
        let message = if *measured != "power" {
            format!("trials with interim looks tell a power, and no {measured}")
        } else if hypotheses.contains(hypothesis) {
            return Ok(());
        } else {
            format!("{hypothesis} is not among the hypotheses that are looked at")
        };
        Err(Error::new(ErrorKind::Usage, message)
            .about(format!("--require {}", self.text))
            .help("--estimand names the hypotheses; a gate is about these, `any` or `all`"))
    }

    /// The same in trials with interim looks that go as planned.
    #[must_use]
    pub fn in_interim(&self, interim: &Interim) -> Measure {
        let Some(planned) = interim.effects.iter().find(|under| under.effects == "planned") else {
            return Measure::default();
        };
        let one = planned.results.first().map(|row| &row.claim);
        let found = match &self.of {
            // One hypothesis is any and all of them.
            Of::All => planned.all.as_ref().or(one),
            Of::Any => planned.any.as_ref().or(one),
            Of::One(hypothesis, ..) => {
                planned.results.iter().find(|row| row.id == *hypothesis).map(|row| &row.claim)
            }
        };
        found.cloned().unwrap_or_default()
    }

    /// The number that the gate is about, in a run.
    ///
    /// # Errors
    /// As for [`successes`], which counts what is claimed together.
    pub fn in_run(
        &self,
        scenario: &Scenario,
        result: &RunResult,
        options: &RunOptions,
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<Measure> {
        let together = |success: Success, progress: &mut dyn FnMut(&Progress)| {
            let options = RunOptions { replicates: result.replicates, precision: None, ..options.clone() };
            let found = successes(std::slice::from_ref(scenario), &[success], &options, progress)?;
            Ok(proportion(found.count[0][0] as f64, found.trials as f64))
        };
        match &self.of {
            Of::All => together(Success::All(result.primary.clone()), progress),
            Of::Any => together(Success::Any(result.primary.clone()), progress),
            Of::One(hypothesis, _, look) => {
                Ok(result.row(hypothesis).map(|row| look(row).clone()).unwrap_or_default())
            }
        }
    }
}

/// Holds what is found for each gate against it: none, or each gate that is not met with what was found.
///
/// # Errors
/// What goes wrong in finding it.
pub fn not_met(gates: &[Gate], mut found: impl FnMut(&Gate) -> Result<Measure>) -> Result<Option<String>> {
    let mut missed = Vec::new();
    for gate in gates {
        let found = found(gate)?;
        let is_met = found.value.is_some_and(|value| match gate.at_least {
            true => value >= gate.value,
            false => value <= gate.value,
        });
        if !is_met {
            let found = match found.value {
                Some(_) => measure(&found),
                None => format!("undefined ({})", found.why.unwrap_or_default()),
            };
            missed.push(format!(
                "{}: found {found}, {} {}",
                gate.text,
                if gate.at_least { "needed at least" } else { "allowed at most" },
                exact(gate.value)
            ));
        }
    }
    Ok((!missed.is_empty()).then(|| format!("--require: not met: {}", missed.join("; "))))
}
