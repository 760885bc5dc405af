//! Where every number of a scenario comes from.
//!
//! In come the text as written, the overrides and the scenario that was read
//! from them; out comes one row for each value in the order of the text (defaults
//! where they belong), and what the stated numbers leave without a source.

use super::overrides::that_set;
use super::resolve::{arm_means, effect_names, effects};
use super::{Override, Scenario, canonical, pointer, syntax};
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::arm_ids;
use serde_json::Value;

/// Who stated a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The text.
    Written,
    /// The format, as the text says nothing.
    Default,
    /// An override, as in `--set /alpha=0.1`.
    Override,
}

/// One value of the scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its JSON pointer.
    pub pointer: String,
    /// The value that is used.
    pub value: Value,
    /// Who stated it.
    pub origin: Origin,
    /// Its own source, or that of the nearest thing around it. A source speaks for
    /// the number in the text, not for one that overrides it.
    pub source: Option<String>,
}

/// What follows from the stated numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// The outcome.
    pub outcome: String,
    /// Its four arm means on its own scale, by arm id.
    pub arm_means: Vec<(String, f64)>,
    /// Its effects in both codings, as benefits; empty without `effects`.
    pub effects: Vec<(String, f64)>,
}

/// A scenario, explained.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Every value, in the order of the text.
    pub rows: Vec<Row>,
    /// Pointers of the stated numbers that have no source.
    pub without_source: Vec<String>,
    /// Pointers of the numbers that are not certain, and their laws in words.
    pub uncertain: Vec<(String, String)>,
    /// What follows for each outcome.
    pub derived: Vec<Derived>,
}

/// Explains a scenario that was read from `text` with `overrides`.
///
/// # Errors
/// If the text is not JSON, and so not what the scenario was read from.
pub fn explain(text: &str, overrides: &[Override], scenario: &Scenario) -> Result<Explanation> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let written = syntax::parse(text).map_err(|problem| {
        Error::new(ErrorKind::Scenario, "the text is not JSON").problems(vec![*problem])
    })?;
    let mut complete = canonical::complete(scenario);
    canonical::strip(&mut complete);
    // These are no values of the trial, but what is known about them.
    complete.as_object_mut().map(|object| object.shift_remove("uncertainty"));
    let mut walk = Walk { scenario, overrides, rows: Vec::new() };
    walk.visit(Some(&written), &complete, String::new());
    let without_source = walk.rows.iter().filter(|row| row.value.is_number());
    let without_source = without_source.filter(|row| row.origin != Origin::Default && row.source.is_none());
    let without_source = without_source.map(|row| row.pointer.clone()).collect();
    let derived = scenario.response.outcomes.keys().filter_map(|name| derive(scenario, name)).collect();
    let laws = scenario.uncertainty.iter().map(|(pointer, law)| (pointer.clone(), law.words()));
    let uncertain = laws.collect();
    Ok(Explanation { rows: walk.rows, without_source, uncertain, derived })
}

struct Walk<'s> {
    scenario: &'s Scenario,
    overrides: &'s [Override],
    rows: Vec<Row>,
}

impl Walk<'_> {
    /// Follows the text's order through the complete scenario; what the text does
    /// not have comes last in its object.
    fn visit(&mut self, written: Option<&Value>, complete: &Value, at: String) {
        match complete {
            Value::Object(object) => {
                let stated: Vec<&String> =
                    written.and_then(Value::as_object).into_iter().flat_map(|fields| fields.keys()).collect();
                let first = stated.iter().copied().filter(|name| object.contains_key(*name));
                let rest = object.keys().filter(|name| !stated.contains(name));
                for name in first.chain(rest) {
                    let inside = written.and_then(|written| written.get(name));
                    self.visit(inside, &object[name], pointer::child(&at, name));
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    let inside = written.and_then(|written| written.get(index));
                    self.visit(inside, item, pointer::item(&at, index));
                }
            }
            value => self.row(written.filter(|written| !written.is_null()).is_some(), value, at),
        }
    }

    fn row(&mut self, written: bool, value: &Value, pointer: String) {
        let origin = match (that_set(self.overrides, &pointer), written) {
            (Some(_), _) => Origin::Override,
            (None, true) => Origin::Written,
            (None, false) => Origin::Default,
        };
        let source = if origin == Origin::Override { None } else { self.source(&pointer) };
        self.rows.push(Row { pointer, value: value.clone(), origin, source });
    }

    fn source(&self, pointer: &str) -> Option<String> {
        let mut at = Some(pointer);
        while let Some(pointer) = at {
            if let Some(source) = self.scenario.sources.get(pointer) {
                return Some(source.clone());
            }
            at = pointer::parent(pointer);
        }
        None
    }
}

fn derive(scenario: &Scenario, name: &str) -> Option<Derived> {
    let outcome = scenario.response.outcomes.get(name)?;
    let means = arm_ids(&scenario.factors).into_iter().zip(arm_means(scenario, outcome)).collect();
    let names = effect_names(&scenario.factors);
    let both = effects(&scenario.factors, outcome).map(|effects| {
        let half = effects.interaction / 2.0;
        let (context, treatment) = (effects.context_at_reference, effects.treatment_at_reference);
        let main = [context + half, treatment + half, effects.interaction];
        let simple = [context, treatment, effects.interaction];
        names.main.into_iter().zip(main).chain(names.simple.into_iter().zip(simple)).collect()
    });
    Some(Derived { outcome: name.to_owned(), arm_means: means, effects: both.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{library, read, template};

    fn explained(text: &str, overrides: &[&str]) -> Explanation {
        let overrides: Vec<Override> =
            overrides.iter().map(|one| Override::parse(one).expect("an override")).collect();
        let scenario = read(text, "test", &overrides).unwrap_or_else(|error| panic!("{error}"));
        explain(text, &overrides, &scenario).expect("explained")
    }

    #[test]
    fn every_number_of_the_embedded_scenarios_has_a_source() {
        for embedded in library::all() {
            assert_eq!(explained(embedded.text, &[]).without_source, [""; 0], "{}", embedded.name);
        }
        assert_eq!(explained(&template::starting_scenario("x"), &[]).without_source, [""; 0]);
    }

    #[test]
    fn rows_follow_the_text_and_tell_defaults_from_overrides() {
        let text = r#"{"alpha": 0.05, "schema": "trialliance.scenario/1", "name": "t",
            "sources": {"/design": "a protocol", "/alpha": "a habit"},
            "analyses": [{"outcome": "y", "method": "anova"}],
            "design": {"n_per_arm": {"AE": 20, "SL": 20, "AL": 20, "SE": 20}},
            "response": {"outcomes": {"y": {"sd": 5, "arm_means": {"SL": 0, "AL": 0, "SE": 0, "AE": 0}}}}}"#;
        let explanation = explained(text, &["/response/outcomes/y/sd=6", "/alpha=0.1"]);
        let order: Vec<&str> = explanation.rows.iter().map(|row| row.pointer.as_str()).collect();
        assert_eq!(order[..3], ["/alpha", "/schema", "/name"]);
        let place = |pointer| order.iter().position(|one| *one == pointer).expect(pointer);
        assert!(place("/design/n_per_arm/AE") < place("/design/n_per_arm/SL"));
        assert!(place("/design/n_per_arm/SE") < place("/design/assignment/method"));
        let row = |pointer| &explanation.rows[place(pointer)];
        assert_eq!((row("/alpha").origin, row("/alpha").value.clone()), (Origin::Override, 0.1.into()));
        assert_eq!(row("/alpha").source, None);
        assert_eq!(row("/confidence_level").origin, Origin::Default);
        assert_eq!(row("/design/n_per_arm/AE").source.as_deref(), Some("a protocol"));
        assert_eq!(
            explanation
                .without_source
                .iter()
                .filter(|pointer| !pointer.contains("arm_means"))
                .collect::<Vec<_>>(),
            ["/alpha", "/response/outcomes/y/sd"]
        );
    }

    #[test]
    fn both_codings_are_derived() {
        let text = library::find("fuentes-2014").expect("embedded").text;
        let pain = &explained(text, &[]).derived[0];
        let effect = |name: &str| pain.effects.iter().find(|(one, _)| one == name).expect(name).1;
        assert!((effect("alliance_at_sham") - 11.9).abs() < 1e-12);
        assert!((effect("ifc_at_limited") - 8.0).abs() < 1e-12);
        assert!((effect("alliance") - 12.5).abs() < 1e-12);
        assert_eq!(pain.arm_means[0], ("SL".to_owned(), 41.7));
    }
}
