//! Which assumption changed between two scenarios, and what it did to power.
//!
//! The two are laid side by side field by field, with all defaults filled in. Each change is then made alone in the first
//! scenario, with the same random numbers; what the changes do together beyond the sum is told apart.

use super::compare::{CompareRow, Contender, counts};
use super::made::Made;
use crate::engine::{Progress, RunOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::result::{Measure, ScenarioIdentity};
use crate::scenario::{Scenario, canonical, read, resolve};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of the format of the answer.
const SCHEMA: &str = "trialliance.diff/1";

/// Two scenarios, field by field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diff {
    /// The format and its version: `trialliance.diff/1`.
    pub schema: String,
    /// The command that made it: `diff`.
    pub command: String,
    /// What made it; the scenario is the first.
    #[serde(flatten)]
    pub made: Made,
    /// The second scenario.
    pub other: ScenarioIdentity,
    /// The hypotheses of both, as estimands of the analysis held against each other.
    pub estimands: Vec<String>,
    /// Powers under the first scenario, by estimand.
    pub before: Vec<Measure>,
    /// Powers under the second scenario, by estimand.
    pub after: Vec<Measure>,
    /// What all changes do together, by estimand.
    pub together: Vec<Measure>,
    /// The changes.
    pub changes: Vec<Change>,
}

/// One field that is another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Its JSON pointer.
    pub pointer: String,
    /// Its value in the first scenario; null if it has none.
    pub from: Value,
    /// Its value in the second scenario; null if it has none.
    pub to: Value,
    /// What it does to power alone, by estimand; empty if it cannot be made alone.
    pub alone: Vec<Measure>,
    /// Why it cannot be made alone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<String>,
}

/// Most changes that are simulated one by one.
const MOST_CHANGES: usize = 100;

/// Lays two scenarios side by side.
///
/// # Errors
/// `Usage` if they are the same, have no estimand in common, or differ in too many fields.
pub fn diff(
    [before, after]: [&Scenario; 2],
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Diff> {
    let [from, to] = [before, after].map(canonical::without_words);
    let mut changed = Vec::new();
    differences(String::new(), &from, &to, &mut changed);
    changed.retain(|(pointer, ..)| pointer != "/name");
    if changed.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "the two scenarios describe the same trial"));
    }
    if changed.len() > MOST_CHANGES {
        let message =
            format!("the two scenarios differ in {} fields, more than {MOST_CHANGES}", changed.len());
        return Err(Error::new(ErrorKind::Usage, message)
            .help("`trialliance compare` holds them against each other as wholes"));
    }
    let estimands = common_estimands(before, after)?;
    let mut contenders = vec![contender(before, "before"), contender(after, "after")];
    let mut changes = Vec::new();
    for (pointer, old, new) in changed {
        let why = match alone(&from, &pointer, &new) {
            Ok(scenario) if scenario.analyses.is_empty() => Some("it leaves no analysis".to_owned()),
            Ok(scenario) => {
                contenders.push(contender(&scenario, &pointer));
                None
            }
            Err(error) => {
                let first =
                    error.problems.first().map(|problem| format!("{}: {}", problem.pointer, problem.found));
                Some(first.unwrap_or(error.message))
            }
        };
        changes.push(Change { pointer, from: old, to: new, alone: Vec::new(), why });
    }
    let counted = counts(&contenders, &estimands, options, progress)?;
    let powers =
        |rows: &[CompareRow]| rows.iter().take(estimands.len()).map(|row| row.power.clone()).collect();
    let differences = |rows: &[CompareRow]| -> Vec<Measure> {
        rows.iter().take(estimands.len()).map(|row| row.difference.clone()).collect()
    };
    let mut rows = counted.rows.iter().skip(2);
    for change in changes.iter_mut().filter(|change| change.why.is_none()) {
        change.alone = rows.next().map(|rows| differences(rows)).unwrap_or_default();
    }
    Ok(Diff {
        schema: SCHEMA.to_owned(),
        command: "diff".to_owned(),
        made: Made::new(before, options, &counted.engine, &counted.engine_why),
        other: ScenarioIdentity::of(after),
        before: powers(&counted.rows[0]),
        after: powers(&counted.rows[1]),
        together: differences(&counted.rows[1]),
        estimands,
        changes,
    })
}

/// With its first analysis, or the one of its first primary hypothesis.
fn contender(scenario: &Scenario, label: &str) -> Contender {
    let primary = resolve::resolve_primary(scenario).unwrap_or_default();
    let analysis = primary.first().map(|one| one.analysis.clone());
    let analysis =
        analysis.or_else(|| resolve::analysis_ids(scenario).into_iter().next()).unwrap_or_default();
    Contender { label: label.to_owned(), scenario: scenario.clone(), analysis }
}

/// Primary estimands of the first scenario that the second asks about too.
fn common_estimands(before: &Scenario, after: &Scenario) -> Result<Vec<String>> {
    let asked: Vec<String> = resolve::hypotheses(after).into_iter().map(|one| one.estimand).collect();
    let mut common: Vec<String> = Vec::new();
    for one in resolve::resolve_primary(before).unwrap_or_default() {
        if asked.contains(&one.estimand) && !common.contains(&one.estimand) {
            common.push(one.estimand);
        }
    }
    if common.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "the two scenarios have no primary estimand in common"));
    }
    Ok(common)
}

/// Fields that differ, with both values; lists of different lengths differ as a whole.
fn differences(pointer: String, from: &Value, to: &Value, found: &mut Vec<(String, Value, Value)>) {
    let child = |name: &str| format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
    match (from, to) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in old {
                differences(child(name), value, new.get(name).unwrap_or(&Value::Null), found);
            }
            for (name, value) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
                differences(child(name), &Value::Null, value, found);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                differences(child(&index.to_string()), old, new, found);
            }
        }
        (old, new) if same(old, new) => {}
        _ => found.push((pointer, from.clone(), to.clone())),
    }
}

/// 20 and 20.0 are the same.
fn same(one: &Value, other: &Value) -> bool {
    one == other || one.as_f64().is_some_and(|number| other.as_f64() == Some(number))
}

/// The first scenario with one change.
fn alone(from: &Value, pointer: &str, to: &Value) -> Result<Scenario> {
    let mut changed = from.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    let name = name.replace("~1", "/").replace("~0", "~");
    match changed.pointer_mut(parent) {
        Some(Value::Object(fields)) if to.is_null() => {
            fields.shift_remove(&name);
        }
        Some(Value::Object(fields)) => {
            fields.insert(name, to.clone());
        }
        _ => {
            if let Some(place) = changed.pointer_mut(pointer) {
                *place = to.clone();
            }
        }
    }
    read(&changed.to_string(), pointer, &[])
}
