//! What makes patients' outcomes differ, in one trial with all its arms.
//!
//! In come a scenario, its cohort and one of its outcomes; out comes the variance
//! of the outcome over all patients as a sum of parts, before anything is rounded
//! or missing: what was prescribed, who treated, who the patient is, and chance.
//! The parts are independent of each other, moderators among themselves apart.

use super::ResponseModel;
use crate::cohort::CohortModel;
use crate::estimand::ARMS;
use crate::scenario::resolve::{PartOf, latent_parts};
use crate::scenario::{Scenario, resolve};

/// A part of the variance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The level of the context that was prescribed: the script.
    Context,
    /// The treatment, and what it does beyond the context.
    Treatment,
    /// What therapists convey by nature, whatever the script: the gift.
    Ability,
    /// How differently the same style works in therapists' hands.
    Style,
    /// A level of the therapist's own, whatever the arm.
    Therapist,
    /// How readily patients perceive the context.
    Disposition,
    /// Chance in what is perceived.
    Perception,
    /// Effects that differ between patients.
    Effects,
    /// What patients believe to receive.
    Belief,
    /// Baseline and covariates.
    BeforeTreatment,
    /// Natural course.
    NaturalCourse,
    /// Response to being treated at all.
    BeingTreated,
    /// Error of measurement.
    Measurement,
    /// All else.
    Rest,
}

/// The variance of one outcome over all patients of a trial, by source; sources without any are
/// left out. None for an unknown outcome.
#[must_use]
pub fn spread(scenario: &Scenario, cohort: &CohortModel, name: &str) -> Option<Vec<(Source, f64)>> {
    let number = scenario.response.outcomes.get_index_of(name)?;
    let therapists = scenario.design.therapists.as_ref().map_or(0, |stated| stated.n as usize);
    let model = ResponseModel::new(scenario, cohort, therapists, 0)?;
    let outcome = &model.outcomes[number];
    let variable = cohort.index(name)?;
    let sizes = resolve::arm_sizes(scenario);
    let total = sizes.iter().sum::<u64>() as f64;
    let weights = sizes.map(|size| size as f64 / total);
    let over_arms = |of: &dyn Fn(usize) -> f64| (0..ARMS).map(|arm| weights[arm] * of(arm)).sum::<f64>();

    // Between arms: first what the context explains alone.
    let means = cohort.enrolled[variable].mean;
    let grand = over_arms(&|arm| means[arm]);
    let level_mean = |level: usize| {
        let [first, second] = [2 * level, 2 * level + 1];
        if weights[first] + weights[second] == 0.0 {
            return grand;
        }
        (weights[first] * means[first] + weights[second] * means[second]) / (weights[first] + weights[second])
    };
    let squared = |x: f64| x * x;
    let between = over_arms(&|arm| squared(means[arm] - grand));
    let context = over_arms(&|arm| squared(level_mean(arm / 2) - grand));

    let mut parts = vec![(Source::Context, context), (Source::Treatment, between - context)];
    parts.extend(outcome.spread_of_effects().map(|(source, by_arm)| (source, over_arms(&|arm| by_arm[arm]))));

    // Within arms: shares of what is neither effect nor error.
    let within = over_arms(&|arm| squared(cohort.enrolled[variable].sd[arm]));
    let screened = over_arms(&|arm| squared(cohort.moments[variable].sd[arm]));
    let reliability = cohort.reliability[variable];
    let latent = latent_parts(scenario);
    let part_of = |source: usize| latent.iter().find(|part| part.name == cohort.names[source]);
    let mut told = screened * (1.0 - reliability);
    parts.push((Source::Measurement, told));
    for of in [PartOf::Therapist, PartOf::NaturalCourse, PartOf::BeingTreated] {
        let sources = (0..cohort.before).filter(|&source| part_of(source).is_some_and(|part| part.of == of));
        let share: f64 = sources.map(|source| squared(cohort.loadings[variable][source])).sum();
        told += screened * reliability * share;
        parts.push((
            match of {
                PartOf::Therapist => Source::Therapist,
                PartOf::NaturalCourse => Source::NaturalCourse,
                PartOf::BeingTreated => Source::BeingTreated,
            },
            screened * reliability * share,
        ));
    }
    let own: f64 = cohort.loadings[variable][cohort.before..].iter().map(|loading| squared(*loading)).sum();
    let rest = screened * reliability * own;
    // Selection by what is known before treatment narrows that part and no other.
    parts.push((Source::BeforeTreatment, within - told - rest));
    parts.push((Source::Rest, rest));
    parts.retain(|(_, variance)| *variance > 1e-12 * within);
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{library, read};

    #[test]
    fn the_parts_add_up_to_the_variance_over_all_patients() {
        for found in library::all() {
            let scenario = read(found.text, found.name, &[]).expect("valid");
            let cohort = CohortModel::new(&scenario, 1).expect("a cohort");
            let model = ResponseModel::new(&scenario, &cohort, 16, 1).expect("a response");
            for (number, name) in scenario.response.outcomes.keys().enumerate() {
                let outcome = &model.outcomes[number];
                let sizes = resolve::arm_sizes(&scenario).map(|size| size as f64);
                let total: f64 = sizes.iter().sum();
                let grand: f64 = (0..ARMS).map(|arm| sizes[arm] / total * outcome.mean[arm]).sum();
                let of_arm = |arm: usize| {
                    let from = outcome.mean[arm] - grand;
                    sizes[arm] / total * (from * from + outcome.total_sd[arm] * outcome.total_sd[arm])
                };
                let expected: f64 = (0..ARMS).map(of_arm).sum();
                let parts = spread(&scenario, &cohort, name).expect("an outcome");
                let sum: f64 = parts.iter().map(|(_, variance)| variance).sum();
                assert!((sum / expected - 1.0).abs() < 1e-9, "{} {name}: {sum} {expected}", found.name);
                assert!(parts.iter().all(|(_, variance)| *variance >= 0.0), "{parts:?}");
            }
        }
    }

    /// What reaches patients of effects that differ is what is delivered: with effects of `delivery` less of them, and some
    /// of them in both levels; with effects of `assignment` all of them, in the second level only.
    #[test]
    fn effects_that_differ_reach_patients_as_far_as_they_are_delivered() {
        use crate::engine;
        let text = |effect_of: &str| {
            format!(
                r#"{{"schema": "trialliance.scenario/1", "name": "delivered",
                "design": {{"n_per_arm": {{"SL": 2000, "AL": 2000, "SE": 2000, "AE": 2000}},
                            "therapists": {{"n": 8000, "context_effect_sd": 6}}}},
                "response": {{"outcomes": {{"pain": {{"better": "lower", "control_mean": 42, "sd": 16,
                    "effects": {{"alliance": 12, "ifc": 8, "interaction": 0}}, "effect_sd": {{"alliance": 4}}}}}},
                    "delivery": {{"fidelity": 0.85, "contamination": 0.15, "direct_share": 0.3,
                                  "effect_of": "{effect_of}"}}}},
                "analyses": [{{"method": "anova", "outcome": "pain"}}]}}"#
            )
        };
        for (effect_of, [first, second]) in
            [("delivery", [0.7 * 0.15, 0.7 * 0.85 + 0.3]), ("assignment", [0.0, 1.0])]
        {
            let scenario = read(&text(effect_of), "delivered", &[]).expect("valid");
            let cohort = CohortModel::new(&scenario, 1).expect("a cohort");
            let parts = spread(&scenario, &cohort, "pain").expect("an outcome");
            let of = |source: Source| parts.iter().find(|(one, _)| *one == source).map_or(0.0, |(_, v)| *v);
            let shares = (first * first + second * second) / 2.0;
            assert!((of(Source::Style) / (36.0 * shares) - 1.0).abs() < 1e-12, "{effect_of}");
            assert!((of(Source::Effects) / (16.0 * shares) - 1.0).abs() < 1e-12, "{effect_of}");
            // In the same patients under both levels nothing differs but what is delivered: a false alarm beyond 5
            // standard errors in 2 of 10 million seeds.
            let trial = engine::trial(&scenario, 1, 0).expect("a trial");
            let column = |name: &str| {
                let found = trial.hidden.iter().find(|column| column.name == name);
                found.map(|column| column.values.as_slice()).expect("a hidden column")
            };
            let gains = column("pain_if_se").iter().zip(column("pain_if_sl")).map(|(se, sl)| se - sl);
            let gains: Vec<f64> = gains.collect();
            let count = gains.len() as f64;
            let mean = gains.iter().sum::<f64>() / count;
            let variance = gains.iter().map(|gain| (gain - mean) * (gain - mean)).sum::<f64>() / count;
            let expected = 52.0 * (second - first) * (second - first);
            assert!(
                (variance / expected - 1.0).abs() < 5.0 * (2.0 / count).sqrt(),
                "{effect_of}: {variance}"
            );
        }
    }
}
