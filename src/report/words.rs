//! The result in plain sentences, one for each primary hypothesis.
//!
//! In comes a result; out come sentences: the true effect with its unit and whether
//! it is a benefit, the chance to find it, and how wrong the trials that find it are.
//! A low power is never called "no effect".

use super::digits::{fixed, measure, percent};
use crate::analysis::registry;
use crate::estimand::Family;
use crate::result::{Measure, Row, RunResult};
use indexmap::IndexMap;
use serde_json::Value;

/// Below this power, exaggeration and missed effects are worth a sentence.
const LOW_POWER: f64 = 0.8;

/// Share of wrong signs from which they are worth a word.
const WRONG_SIGNS: f64 = 0.001;

/// Bias beyond this many Monte Carlo standard errors is not chance.
const NOT_CHANCE: f64 = 4.0;

/// One item for each primary hypothesis.
pub(super) fn summary(result: &RunResult) -> Vec<String> {
    result.results.iter().filter(|row| row.primary).map(|row| item(result, row)).collect()
}

fn item(result: &RunResult, row: &Row) -> String {
    let of = format!("{} ({}, {})", row.estimand, row.outcome, row.analysis);
    let unit = unit(result, row);
    if row.power.value.is_none() {
        let why = row.power.why.as_deref().unwrap_or("no trial was analysed");
        return format!("{of}: the power is not defined: {why}.");
    }
    let chance = percent(&row.power);
    if let Some(claim) = result.analyses.get(&row.analysis).and_then(|one| one.claim.as_ref()) {
        let truth = super::layout::truth(row);
        return format!(
            "{of}: the true effect is {truth}{unit}; {chance} of trials would claim that {claim}.{}",
            bias(&row.bias, &unit)
        );
    }
    let finding = if !row.truth.value.is_finite() {
        let why = row.truth.why.as_ref().map_or_else(String::new, |why| format!(" ({why})"));
        format!("its truth is not defined{why}; {chance} of trials would claim an effect.")
    } else if row.truth.value == 0.0 {
        format!("the scenario has no such effect; {chance} of trials would claim one all the same.")
    } else {
        format!(
            "a true effect of {}{unit}{}, {}, would be found in {chance} of trials{}.",
            super::layout::truth(row),
            otherwise(result, row),
            if is_path(result, row) { "no benefit or harm by itself".to_owned() } else { direction(row) },
            errors(row)
        )
    };
    format!("{of}: {finding}{}", bias(&row.bias, &unit))
}

/// What else is said of an analysis, after what it is: `; df kenward-roger; prior mean 0, sd 5`.
pub(super) fn options(options: &IndexMap<String, Value>) -> String {
    fn plain(value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| format!("{} {}", spaced(name), plain(value)));
                fields.collect::<Vec<_>>().join(", ")
            }
            other => other.as_f64().map_or_else(|| other.to_string(), |number| number.to_string()),
        }
    }
    options.iter().map(|(name, value)| format!("; {} {}", spaced(name), plain(value))).collect()
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

fn family(result: &RunResult, row: &Row) -> Option<Family> {
    let method = &result.analyses.get(&row.analysis)?.method;
    registry::find(method).map(|entry| entry.family)
}

/// Whether it is a part of the way through a mediator.
fn is_path(result: &RunResult, row: &Row) -> bool {
    let named = row.estimand.ends_with("_on_mediator") || row.estimand == "mediator_on_outcome";
    named && family(result, row) == Some(Family::Indirect)
}

fn unit(result: &RunResult, row: &Row) -> String {
    let family = family(result, row);
    match family {
        Some(Family::ProportionalOdds) => return " in the log odds of a higher value".to_owned(),
        Some(Family::Superiority | Family::StratifiedSuperiority) => {
            return " in the probability of a higher value".to_owned();
        }
        Some(Family::PercentChange) => return " % of the baseline".to_owned(),
        // The paths, which are no benefits.
        Some(Family::Indirect) if row.estimand.ends_with("_on_mediator") => {
            return " on the mediator".to_owned();
        }
        Some(Family::Indirect) if row.estimand == "mediator_on_outcome" => {
            return " per point of the mediator".to_owned();
        }
        _ => {}
    }
    if let Some(rule) = result.analyses.get(&row.analysis).and_then(|one| one.responder.as_ref()) {
        return match family {
            Some(Family::RiskRatios) => format!(" in the log of the share of responders ({rule})"),
            Some(Family::OddsRatios | Family::CommonOddsRatios) => {
                format!(" in the log odds of responding ({rule})")
            }
            _ => format!(" in the share of responders ({rule})"),
        };
    }
    let unit = result.outcomes.get(&row.outcome).and_then(|outcome| outcome.unit.as_ref());
    unit.map_or_else(String::new, |unit| format!(" {unit}"))
}

/// The same effect on a scale that is easier to read: a ratio, or a number needed to treat.
fn otherwise(result: &RunResult, row: &Row) -> String {
    if let Some(ratio) = family(result, row).and_then(Family::ratio) {
        return format!(" ({ratio} {})", fixed(libm::exp(row.truth.value), 2));
    }
    let number = row.nnt.as_ref().and_then(|nnt| nnt.value);
    number.map_or_else(String::new, |number| format!(" (NNT {})", fixed(number.abs(), 1)))
}

fn direction(row: &Row) -> String {
    let better = if row.benefit_sign == Some(1) { "higher" } else { "lower" };
    match row.benefit_sign.map(|sign| f64::from(sign) * row.truth.value > 0.0) {
        Some(true) => format!("a benefit ({better} is better)"),
        Some(false) => format!("a harm ({better} is better)"),
        None => "direction of benefit not stated".to_owned(),
    }
}

/// How wrong the trials are that find it, where that is worth saying.
fn errors(row: &Row) -> String {
    if row.power.value.is_none_or(|power| power >= LOW_POWER) {
        return String::new();
    }
    let missed = ". A trial that misses it has not shown that there is none";
    let signs = match row.type_s.value {
        Some(wrong) if wrong >= WRONG_SIGNS => {
            format!(", and {} % of them show the wrong sign", fixed(100.0 * wrong, 1))
        }
        _ => String::new(),
    };
    match row.type_m.value {
        Some(times) => {
            format!(
                "; those that find it show it {} times too large on average{signs}{missed}",
                fixed(times, 1)
            )
        }
        None => missed.to_owned(),
    }
}

fn bias(bias: &Measure, unit: &str) -> String {
    match (bias.value, bias.mcse) {
        (Some(value), Some(mcse)) if mcse > 0.0 && value.abs() > NOT_CHANCE * mcse => {
            format!(" Its estimate is biased by {}{unit}.", measure(bias))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{ClosedForm, ClosedFormKind, EffectSize, Truth, TruthKind};

    fn of(value: f64, mcse: f64) -> Measure {
        Measure { value: Some(value), mcse: Some(mcse), why: None }
    }

    fn row(truth: f64, power: f64) -> Row {
        Row {
            analysis: "ancova".to_owned(),
            outcome: "pain".to_owned(),
            estimand: "ifc".to_owned(),
            primary: true,
            benefit_sign: Some(-1),
            truth: Truth { value: truth, mcse: 0.0, kind: TruthKind::Exact, latent: truth, why: None },
            truth_associational: None,
            nnt: None,
            mean_estimate: of(truth, 0.01),
            bias: of(0.0, 0.01),
            empirical_se: of(1.0, 0.01),
            model_se: of(1.0, 0.01),
            half_width: of(1.96, 0.01),
            coverage: of(0.95, 0.002),
            power: of(power, 0.002),
            power_adjusted: None,
            power_failures_as_no_claim: of(power, 0.002),
            type_s: of(0.2, 0.01),
            type_m: of(8.3, 0.1),
            effect_size: EffectSize { hedges_g: of(0.5, 0.01), partial_eta_squared: of(0.1, 0.01) },
            exact_power: None,
            closed_form: ClosedForm { value: None, kind: ClosedFormKind::None, why: String::new() },
            closed_form_difference_in_mcse: None,
            failures: 0,
        }
    }

    #[test]
    fn what_else_is_said_of_an_analysis_is_told() {
        let spec: crate::scenario::AnalysisSpec = serde_json::from_str(
            r#"{"method": "m", "outcome": "y", "covariates": ["age"], "df": "kenward-roger", "strata": ["a", "b"],
                "imputation": {"assumption": "delta", "delta": 5, "data_sets": 20}}"#,
        )
        .unwrap();
        let told = "; df kenward-roger; strata a, b; imputation assumption delta, delta 5, data sets 20";
        assert_eq!(options(&spec.options()), told);
    }

    #[test]
    fn a_low_power_is_not_the_absence_of_an_effect() {
        assert!(errors(&row(-1.2, 0.062)).contains("8.3 times too large"));
        assert!(errors(&row(-1.2, 0.062)).contains("20.0 % of them show the wrong sign"));
        assert!(errors(&row(-1.2, 0.062)).ends_with("has not shown that there is none"));
        assert_eq!(errors(&row(-12.5, 0.98)), "");
    }

    #[test]
    fn benefit_and_harm_follow_the_direction_that_is_better() {
        assert_eq!(direction(&row(-8.6, 0.9)), "a benefit (lower is better)");
        assert_eq!(direction(&row(8.6, 0.9)), "a harm (lower is better)");
        assert_eq!(
            direction(&Row { benefit_sign: Some(1), ..row(8.6, 0.9) }),
            "a benefit (higher is better)"
        );
        let unknown = Row { benefit_sign: None, ..row(8.6, 0.9) };
        assert_eq!(direction(&unknown), "direction of benefit not stated");
    }

    #[test]
    fn only_bias_beyond_chance_is_told() {
        assert_eq!(bias(&of(0.03, 0.01), " mm"), "");
        assert_eq!(bias(&of(0.05, 0.01), " mm"), " Its estimate is biased by 0.050 ±0.010 mm.");
        assert_eq!(bias(&Measure::default(), ""), "");
    }
}
