//! The scenario with everything spelled out, and its fingerprint.
//!
//! In comes a scenario; out comes its JSON with all defaults filled in, arms in
//! arm order under their preferred names and fields in the order of the format;
//! and a hash that two scenarios share exactly if they describe the same trial.
//!
//! The order of outcomes, covariates and analyses is part of the trial: results
//! are reported in it and patients are drawn in it.

use super::resolve::{adjusts_by_default, analysis_ids, arm_index, covariates, effect_names};
use super::{Scenario, ShareByArm, StandardDeviation, primary, visits};
use crate::estimand::arm_ids;
use indexmap::IndexMap;
use serde_json::{Map, Value};

/// The scenario as JSON, with all defaults filled in and one spelling for each thing.
#[must_use]
pub fn canonical(scenario: &Scenario) -> Value {
    let mut scenario = scenario.clone();
    let (hypotheses, _) = primary::resolve(&scenario);
    visits::contract(&mut scenario);
    scenario.primary = hypotheses.iter().map(ToString::to_string).collect();
    let factors = scenario.factors.clone();
    let arms = arm_ids(&factors);
    let names = effect_names(&factors);
    let arm = |id: &str| arm_index(&factors, id);
    let effect = |id: &str| names.main.iter().chain(&names.simple).position(|name| name == id);
    let effects: Vec<String> = names.main.iter().chain(&names.simple).cloned().collect();
    for sizes in [&mut scenario.design.n_per_arm, &mut scenario.design.ratio].into_iter().flatten() {
        sort(sizes, arm, &arms);
    }
    for outcome in scenario.response.outcomes.values_mut() {
        outcome.arm_means.iter_mut().for_each(|means| sort(means, arm, &arms));
        outcome.effects.iter_mut().for_each(|stated| sort(stated, effect, &effects));
        if let Some(StandardDeviation::PerArm(sds)) = &mut outcome.sd {
            sort(sds, arm, &arms);
        }
    }
    let laws = std::mem::take(&mut scenario.uncertainty).into_iter();
    scenario.uncertainty = laws.map(|(pointer, law)| (preferred(&pointer, arm, &arms), law)).collect();
    scenario.uncertainty.sort_unstable_keys();
    for covariate in scenario.cohort.covariates.iter_mut().filter(|covariate| covariate.values.is_some()) {
        // The values count, wherever they were read.
        (covariate.file, covariate.column) = (None, None);
    }
    let observation = &mut scenario.observation;
    let rates = observation.events.iter_mut().map(|event| &mut event.rate);
    let rates = rates.chain(observation.missing.iter_mut().map(|missing| &mut missing.rate));
    let beliefs = scenario.response.blinding.iter_mut().map(|blinding| &mut blinding.believe_treated);
    for share in rates.chain(beliefs) {
        if let ShareByArm::PerArm(shares) = share {
            sort(shares, arm, &arms);
        }
    }
    complete(&scenario)
}

/// The scenario as JSON, with all defaults filled in and names as written.
pub(super) fn complete(scenario: &Scenario) -> Value {
    let mut scenario = scenario.clone();
    scenario.confidence_level = Some(scenario.confidence_level());
    if scenario.primary.is_empty() {
        scenario.primary = primary::resolve(&scenario).0.iter().map(ToString::to_string).collect();
    }
    for covariate in scenario.cohort.covariates.iter_mut().filter(|covariate| covariate.file.is_some()) {
        covariate.values = None;
    }
    let ids = analysis_ids(&scenario);
    for (analysis, id) in scenario.analyses.iter_mut().zip(ids) {
        let covariates = covariates(analysis);
        analysis.id = Some(id);
        // An empty list says something only where the default is another.
        let says = !covariates.is_empty() || adjusts_by_default(analysis);
        analysis.covariates = says.then_some(covariates);
        drop_default(&mut analysis.df);
        drop_default(&mut analysis.standard_errors);
        drop_default(&mut analysis.random_effects);
        drop_default(&mut analysis.covariance);
        drop_default(&mut analysis.imputation);
    }
    visits::contract(&mut scenario);
    let mut value = serde_json::to_value(&scenario).unwrap_or_default();
    fill_lists(&mut value, "cohort", &["covariates", "correlation"]);
    fill_lists(&mut value, "response", &["outcomes", "correlation"]);
    value
}

/// What is stated as it is by default need not be said.
fn drop_default<T: PartialEq + Default>(stated: &mut Option<T>) {
    *stated = stated.take().filter(|stated| *stated != T::default());
}

/// The fingerprint of everything in the scenario that counts: the BLAKE3 hash, in
/// hexadecimal digits, of the compact canonical JSON without `$schema`, title,
/// notes, sources and labels.
#[must_use]
pub fn hash(scenario: &Scenario) -> String {
    let mut value = canonical(scenario);
    strip(&mut value);
    blake3::hash(value.to_string().as_bytes()).to_hex().to_string()
}

/// Takes away what is for people only.
pub(super) fn strip(scenario: &mut Value) {
    let Some(object) = scenario.as_object_mut() else { return };
    for field in ["$schema", "title", "notes", "sources"] {
        object.shift_remove(field);
    }
    let labelled = |value: &mut Value| {
        if let Some(object) = value.as_object_mut() {
            object.shift_remove("label");
        }
    };
    if let Some(covariates) = scenario.pointer_mut("/cohort/covariates").and_then(Value::as_array_mut) {
        covariates.iter_mut().for_each(labelled);
    }
    if let Some(rating) = scenario.pointer_mut("/response/delivery/rating") {
        labelled(rating);
    }
    if let Some(events) = scenario.pointer_mut("/observation/events").and_then(Value::as_array_mut) {
        events.iter_mut().for_each(labelled);
    }
    if let Some(outcomes) = scenario.pointer_mut("/response/outcomes").and_then(Value::as_object_mut) {
        outcomes.values_mut().for_each(labelled);
    }
}

/// Puts entries in order, under their preferred names.
fn sort<T: Copy>(map: &mut IndexMap<String, T>, index: impl Fn(&str) -> Option<usize>, names: &[String]) {
    let mut entries: Vec<(usize, T)> =
        map.iter().filter_map(|(id, value)| Some((index(id)?, *value))).collect();
    entries.sort_by_key(|(index, _)| *index);
    *map =
        entries.into_iter().filter_map(|(index, value)| Some((names.get(index)?.clone(), value))).collect();
}

/// A pointer to a number of one arm, under the arm's preferred name.
fn preferred(pointer: &str, index: impl Fn(&str) -> Option<usize>, arms: &[String]) -> String {
    let name = pointer.rsplit_once('/').and_then(|(parent, arm)| Some((parent, arms.get(index(arm)?)?)));
    name.map_or_else(|| pointer.to_owned(), |(parent, arm)| format!("{parent}/{arm}"))
}

/// Gives an object its lists, empty where they were left out, in this order; the rest follows.
fn fill_lists(scenario: &mut Value, part: &str, fields: &[&str]) {
    if let Some(object) = scenario.get_mut(part).and_then(Value::as_object_mut) {
        let mut filled = Map::new();
        for field in fields {
            let value = object.shift_remove(*field).unwrap_or_else(|| Value::Array(Vec::new()));
            filled.insert((*field).to_owned(), value);
        }
        filled.append(object);
        *object = filled;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{library, read};

    const TEXTBOOK: &str = r#"{"schema": "trialliance.scenario/1", "name": "textbook", "alpha": 0.05,
        "design": {"n_per_arm": {"SL": 20, "AL": 20, "SE": 20, "AE": 20}},
        "response": {"outcomes": {"y": {"arm_means": {"SL": 20, "AL": 20, "SE": 20, "AE": 25}, "sd": 5}}},
        "analyses": [{"method": "anova", "outcome": "y"}]}"#;

    fn hash_of(text: &str) -> String {
        hash(&read(text, "test", &[]).unwrap_or_else(|error| panic!("{error}")))
    }

    #[test]
    fn spelling_does_not_count() {
        let same = r#"{"$schema": "x", "title": "t", "notes": "n", "sources": {"/alpha": "s"},
            "name": "textbook", "schema": "trialliance.scenario/1", "confidence_level": 0.95,
            "factors": [{"levels": ["limited", "enhanced"], "id": "alliance", "role": "context"},
                        {"id": "ifc", "role": "treatment", "levels": ["sham", "active"]}],
            "cohort": {"covariates": []},
            "analyses": [{"outcome": "y", "method": "anova", "id": "anova", "covariates": null}],
            "primary": ["alliance", "y/ifc", "anova/y/interaction"],
            "design": {"assignment": {"method": "fixed"},
                       "n_per_arm": {"AE": 20.0, "enhanced_sham": 2e1, "limited_sham": 20, "AL": 20}},
            "response": {"correlation": [], "outcomes": {"y": {"label": "l", "sd": 5.0,
                "arm_means": {"AE": 25.0, "SL": 20, "AL": 2e1, "enhanced_sham": 20.00}}}}}"#;
        assert_eq!(hash_of(TEXTBOOK), hash_of(same));
    }

    #[test]
    fn every_number_that_counts_counts() {
        let changes = [
            ("\"alpha\": 0.05", "\"alpha\": 0.01"),
            (
                "\"SL\": 20, \"AL\": 20, \"SE\": 20, \"AE\": 20}",
                "\"SL\": 20, \"AL\": 20, \"SE\": 21, \"AE\": 20}",
            ),
            ("\"AE\": 25", "\"AE\": 25.000001"),
            ("\"sd\": 5", "\"sd\": 6"),
            ("\"alpha\": 0.05", "\"alpha\": 0.05, \"confidence_level\": 0.9"),
            ("\"anova\"", "\"welch\""),
            ("\"alpha\": 0.05", "\"alpha\": 0.05, \"primary\": [\"joint\"]"),
            (
                "\"alpha\": 0.05",
                "\"alpha\": 0.05, \"uncertainty\": {\"/response/outcomes/y/sd\": {\"law\": \"normal\", \"mean\": 5, \"sd\": 1}}",
            ),
        ];
        for (from, to) in changes {
            let changed = TEXTBOOK.replacen(from, to, 1);
            assert_ne!(changed, TEXTBOOK);
            assert_ne!(hash_of(TEXTBOOK), hash_of(&changed), "{to}");
        }
    }

    #[test]
    fn the_order_and_spelling_of_uncertain_numbers_do_not_count() {
        let with = |laws: &str| {
            let laws = format!("\"alpha\": 0.05, \"uncertainty\": {{{laws}}}");
            TEXTBOOK.replacen("\"alpha\": 0.05", &laws, 1)
        };
        let sd = r#""/response/outcomes/y/sd": {"law": "normal", "mean": 5, "sd": 1}"#;
        let mean = r#""/response/outcomes/y/arm_means/SL": {"law": "t", "mean": 20, "sd": 1, "df": 76}"#;
        let one = with(&format!("{sd}, {mean}"));
        let other = with(&format!("{mean}, {sd}")).replace("SL", "limited_sham");
        assert_eq!(hash_of(&one), hash_of(&other));
        let canonical = canonical(&read(&other, "test", &[]).expect("valid"));
        let again = read(&canonical.to_string(), "again", &[]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(super::canonical(&again), canonical);
    }

    #[test]
    fn the_canonical_form_reads_back_as_itself() {
        for embedded in library::all() {
            let scenario = read(embedded.text, embedded.name, &[]).expect("valid");
            let canonical = canonical(&scenario);
            let again = read(&canonical.to_string(), embedded.name, &[]).expect("canonical is valid");
            assert_eq!(super::canonical(&again), canonical);
            assert_eq!(hash(&again), hash(&scenario));
        }
    }

    #[test]
    fn what_patients_receive_and_what_is_recorded_counts() {
        let base = library::find("unblinded").expect("embedded").text;
        let changes = [
            ("\"SE\": 0.45", "\"SE\": 0.46"),
            ("\"belief_effect\": 10", "\"belief_effect\": 11"),
            ("\"alpha\"", "\"observation\": {\"missing\": [{\"rate\": 0.1}]}, \"alpha\""),
            ("\"blinding\"", "\"delivery\": {\"residual_sd\": 0.1}, \"blinding\""),
        ];
        for (from, to) in changes {
            let changed = base.replacen(from, to, 1);
            assert_ne!(changed, base);
            assert_ne!(hash_of(base), hash_of(&changed), "{to}");
        }
    }

    /// A change here means that results of earlier versions no longer match their
    /// scenarios: a new version of the format.
    #[test]
    fn the_hash_is_pinned() {
        assert_eq!(hash_of(TEXTBOOK), "cfd53b099c616ec7b6d5b03f52f2bf640e8c21fa728565e9f3ccbee9966df3bf");
    }
}
