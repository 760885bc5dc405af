//! What a sweep varies, and over which values, as people type it.

use crate::error::{Error, ErrorKind, Result};
use crate::planning::curve::{number, number_at};
use crate::planning::{MovedEffect, SizeOf, select};
use crate::result::HypothesisId;
use crate::scenario::{Scenario, pointer};
use serde_json::Value;

/// What is varied.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The size of the trial.
    Size(SizeOf),
    /// The effect that a hypothesis is about, as a benefit.
    Effect(HypothesisId),
    /// A field of the scenario, by its pointer.
    Field(String),
}

/// Over which values.
#[derive(Debug, Clone, PartialEq)]
pub enum Spread {
    /// These.
    Listed(Vec<Value>),
    /// Anything between two numbers; only a Latin hypercube can have so many.
    Between(f64, f64),
}

/// One thing that is varied.
#[derive(Debug, Clone, PartialEq)]
pub struct Vary {
    /// As it was typed, for messages.
    pub typed: String,
    /// Its name, before the `=`.
    pub name: String,
    /// What it is.
    pub what: What,
    /// Over which values.
    pub spread: Spread,
}

/// Most values of one field.
const MOST_VALUES: f64 = 10_000.0;

impl Vary {
    /// Reads `WHAT=FROM:TO:BY`, `WHAT=FROM:TO` or `WHAT=VALUE,VALUE,…`. An effect is looked for among the hypotheses of
    /// `analysis`, if one is stated.
    ///
    /// # Errors
    /// `Usage`, if it is not written so, there is nothing of this name, a range has no values, or it goes over a field
    /// that is not a number.
    pub fn parse(text: &str, scenario: &Scenario, analysis: Option<&str>) -> Result<Self> {
        let usage = |message: String| Error::new(ErrorKind::Usage, message).about(format!("--vary {text}"));
        let Some((name, values)) = text.split_once('=') else {
            return Err(usage("there is no `=` between what is varied and its values".to_owned())
                .help("write --vary WHAT=FROM:TO:BY or --vary WHAT=VALUE,VALUE, as in --vary n=80:240:40"));
        };
        let what = what(name, scenario, analysis).map_err(|error| error.about(format!("--vary {text}")))?;
        if let What::Size(size_of) = what {
            size_of.check(scenario, "--vary").map_err(|error| {
                usage(error.message)
                    .help("vary n, patients in all, or state therapists with their `caseload`")
            })?;
        }
        let range = range(values).map_err(&usage)?;
        if let (What::Field(pointer), Some(_)) = (&what, range) {
            number_at(scenario, pointer).map_err(|error| {
                usage(format!("a range goes over numbers, and {pointer} is none: {}", error.message))
                    .help("list its values instead, as in --vary FIELD=VALUE,VALUE")
            })?;
        }
        let spread = match range {
            Some(range) => steps(range).map_err(&usage)?,
            None => Spread::Listed(listed(values).map_err(&usage)?),
        };
        let vary = Vary { typed: text.to_owned(), name: name.to_owned(), what, spread };
        vary.check_values().map_err(|message| usage(message.to_owned()))?;
        Ok(vary)
    }

    /// Sizes are whole and effects are numbers.
    fn check_values(&self) -> std::result::Result<(), &'static str> {
        let Spread::Listed(values) = &self.spread else { return Ok(()) };
        match self.what {
            What::Size(_) if values.iter().any(|value| value.as_u64().is_none_or(|size| size == 0)) => {
                Err("a size is a whole number above 0")
            }
            What::Effect(_) if values.iter().any(|value| value.as_f64().is_none()) => {
                Err("an effect is a number")
            }
            _ => Ok(()),
        }
    }

    /// Its value in the scenario as it stands; null if none is stated.
    ///
    /// # Errors
    /// `Usage` for an effect that cannot be moved.
    pub fn planned(&self, scenario: &Scenario) -> Result<Value> {
        Ok(match &self.what {
            What::Size(size_of) => size_of.of(scenario).into(),
            What::Effect(hypothesis) => number(tidy(MovedEffect::of(scenario, hypothesis)?.planned_value)),
            What::Field(pointer) => {
                let stated = crate::scenario::canonical::canonical(scenario).pointer(pointer).cloned();
                stated.map_or(Value::Null, |value| value.as_f64().map_or(value, number))
            }
        })
    }
}

fn what(name: &str, scenario: &Scenario, analysis: Option<&str>) -> Result<What> {
    if let Some(size_of) = SizeOf::named(name) {
        return Ok(What::Size(size_of));
    }
    Ok(match name {
        field if field.starts_with('/') && pointer::is_valid(field) => What::Field(field.to_owned()),
        field if field.starts_with('/') => {
            let message = format!("in {field} stands a `~` that is neither `~0` nor `~1`");
            return Err(Error::new(ErrorKind::Usage, message));
        }
        effect => {
            let found = select(scenario, &[effect.to_owned()], analysis).map_err(|error| {
                let also =
                    "also n, caseload, therapists, or the pointer of a field, as /response/outcomes/pain/sd";
                let help = error.help.map_or_else(|| also.to_owned(), |help| format!("{help}; {also}"));
                Error::new(ErrorKind::Usage, error.message).help(help)
            })?;
            let hypothesis = found.into_iter().next().ok_or_else(|| {
                Error::new(ErrorKind::Unexpected, "a selector selects nothing and is no error")
            })?;
            MovedEffect::of(scenario, &hypothesis)?;
            What::Effect(hypothesis)
        }
    })
}

/// First, last and step.
type Ends = (f64, f64, Option<f64>);

/// The numbers of `FROM:TO` or `FROM:TO:BY`; none if it is a list.
fn range(text: &str) -> std::result::Result<Option<Ends>, String> {
    let parts: Vec<&str> = text.split(':').collect();
    let numbers: Vec<Option<f64>> =
        parts.iter().map(|part| part.trim().parse().ok().filter(|number: &f64| number.is_finite())).collect();
    if !(2..=3).contains(&parts.len()) || numbers.iter().all(Option::is_none) {
        return Ok(None);
    }
    if let Some(wrong) = numbers.iter().position(Option::is_none) {
        let place = ["FROM", "TO", "BY"][wrong];
        return Err(format!("{place} is {:?}, which is not a number; a range is FROM:TO:BY", parts[wrong]));
    }
    let at = |place: usize| numbers.get(place).copied().flatten();
    Ok(at(0).zip(at(1)).map(|(from, to)| (from, to, at(2))))
}

fn steps((from, to, by): Ends) -> std::result::Result<Spread, String> {
    if from >= to {
        return Err(format!(
            "the range from {from} to {to} is empty: FROM is the smallest number, TO the largest"
        ));
    }
    let Some(by) = by else { return Ok(Spread::Between(from, to)) };
    if by <= 0.0 {
        return Err(format!("a step of {by} leads nowhere: BY is a number above 0"));
    }
    let count = libm::floor((to - from) / by + 1e-9);
    if count >= MOST_VALUES {
        return Err(format!("a step of {by} makes more than {MOST_VALUES} values: take a larger one"));
    }
    Ok(Spread::Listed((0..=count as u32).map(|step| number(tidy(from + f64::from(step) * by))).collect()))
}

/// 0.1 · 3 is 0.30000000000000004: twelve digits are enough for a value that a person could have typed.
fn tidy(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}

/// Values between commas, each JSON or plain text; a comma within brackets or quotes is part of a value.
fn listed(text: &str) -> std::result::Result<Vec<Value>, String> {
    let (mut depth, mut quoted, mut escaped) = (0_i32, false, false);
    let mut parts = vec![String::new()];
    for letter in text.chars() {
        match letter {
            '"' if !escaped => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
        match (letter, parts.last_mut()) {
            (',', _) if depth == 0 && !quoted => parts.push(String::new()),
            (_, Some(part)) => part.push(letter),
            _ => {}
        }
    }
    let parts: Vec<&str> = parts.iter().map(|part| part.trim()).collect();
    if parts.iter().any(|part| part.is_empty()) {
        return Err("a value is missing; values stand between commas, as in 0,2,5".to_owned());
    }
    let mut values: Vec<Value> = Vec::new();
    for part in parts {
        let value = serde_json::from_str(part).unwrap_or_else(|_| Value::from(part));
        let value = value.as_f64().map_or(value, number);
        if values.contains(&value) {
            return Err(format!("{part} stands there twice"));
        }
        values.push(value);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::library::embedded;
    use serde_json::json;

    fn parse(text: &str) -> Result<Vary> {
        Vary::parse(text, &embedded("fuentes-2014"), None)
    }

    fn values(text: &str) -> Value {
        match parse(text).unwrap().spread {
            Spread::Listed(values) => values.into(),
            Spread::Between(from, to) => json!({"from": from, "to": to}),
        }
    }

    #[test]
    fn ranges_and_lists() {
        assert_eq!(values("/response/outcomes/pain/sd=12:24:4"), json!([12, 16, 20, 24]));
        assert_eq!(values("/alpha=0.1:0.3:0.1"), json!([0.1, 0.2, 0.3]));
        assert_eq!(values("alliance=-5:5"), json!({"from": -5.0, "to": 5.0}));
        assert_eq!(values("alliance=0, 2,12.5"), json!([0, 2, 12.5]));
        assert_eq!(values("/design/assignment/method=fixed,simple"), json!(["fixed", "simple"]));
        assert_eq!(
            values(r#"/design/assignment=null,{"method": "fixed", "a": [1, 2]}"#)[1]["a"],
            json!([1, 2])
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (text, said) in [
            ("n", "no `=`"),
            ("n=240:80:40", "is empty"),
            ("n=80:80:40", "is empty"),
            ("n=80:240:0", "leads nowhere"),
            ("n=80:x:4", "TO is \"x\""),
            ("n=80.5,90", "whole number"),
            ("n=1:100000:0.001", "larger one"),
            ("alliance=low,high", "an effect is a number"),
            ("alliance=1,,2", "a value is missing"),
            ("alliance=2,2.0", "stands there twice"),
            ("/analyses/0/method=1:2:1", "is none: text stands there"),
            ("/response=1:2:1", "a group of fields"),
            ("caseload=1,2", "no therapists"),
            ("alianc=1,2", "alianc"),
            ("/a~2=1,2", "neither"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Usage, "{error}");
            assert!(error.message.contains(said), "{text}: {error}");
            assert_eq!(error.source.as_deref(), Some(&*format!("--vary {text}")));
        }
    }
}
