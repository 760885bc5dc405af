//! Visits: the same outcomes at several times.
//!
//! In comes a scenario that states visits; out comes the same scenario with one
//! more outcome for each earlier visit. Everything after reads outcomes only, so a
//! visit can be analysed, be missing, and have truths like any outcome. What is
//! added is taken out again before a scenario is written.

use super::cohort::is_default;
use super::{Outcome, Scenario};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Earlier visits at which outcomes are measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Visits {
    /// Week of the outcomes themselves, the last visit.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub last_week: f64,
    /// The visits before, in order.
    #[schemars(length(min = 1, max = 50))]
    pub earlier: Vec<Visit>,
    /// Outcomes that are measured at all of them; all outcomes if not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub outcomes: Option<Vec<String>>,
    /// Correlation of an outcome at two visits, within an arm.
    #[schemars(extend("exclusiveMinimum" = -1.0, "exclusiveMaximum" = 1.0))]
    pub correlation: f64,
    /// Which visits have that correlation.
    #[serde(default, skip_serializing_if = "is_default")]
    pub correlation_pattern: CorrelationPattern,
}

/// One visit. Its outcomes are called `NAME_VISIT`, as in `pain_week_4`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// Its name.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub id: String,
    /// Its week after baseline.
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub week: f64,
    /// Share that has happened by then of the control arm's change.
    #[serde(default = "one")]
    pub course: f64,
    /// Share that is there by then of the effects: below 1 where they grow, above 1 where they
    /// fade later.
    #[serde(default = "one")]
    pub effect: f64,
    /// Correlation with the baseline, where it is not that of the last visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = -1.0, "exclusiveMaximum" = 1.0))]
    pub baseline_correlation: Option<f64>,
}

/// How correlations depend on the time between visits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CorrelationPattern {
    /// The same for any two visits (compound symmetry).
    #[default]
    Exchangeable,
    /// That of visits a week apart, to the power of the weeks between (first-order autoregression).
    Ar1,
}

/// What makes an outcome one of another at an earlier visit.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitOf {
    /// The outcome.
    pub outcome: String,
    /// The week.
    pub week: f64,
    /// Share of the effects that is there by then.
    pub effect: f64,
}

fn one() -> f64 {
    1.0
}

/// The name of an outcome at a visit.
#[must_use]
pub fn at_visit(outcome: &str, visit: &Visit) -> String {
    format!("{outcome}_{}", visit.id)
}

/// The same outcome at the visits before, in order.
#[must_use]
pub fn visits_before(scenario: &Scenario, outcome: &str) -> Vec<String> {
    let of_visit = |name: &str| scenario.response.outcomes.get(name).and_then(|one| one.visit.as_ref());
    let own = of_visit(outcome);
    let stem = own.map_or(outcome, |visit| visit.outcome.as_str());
    let week = own.map_or(f64::INFINITY, |visit| visit.week);
    let earlier = |name: &&String| of_visit(name).is_some_and(|one| one.outcome == stem && one.week < week);
    scenario.response.outcomes.keys().filter(earlier).cloned().collect()
}

impl Visits {
    /// Whether an outcome is measured at the earlier visits.
    #[must_use]
    pub fn measure(&self, outcome: &str) -> bool {
        self.outcomes.as_ref().is_none_or(|names| names.iter().any(|name| name == outcome))
    }

    /// Correlation of an outcome at two visits so many weeks apart.
    #[must_use]
    pub fn correlation_at(&self, weeks: f64) -> f64 {
        match self.correlation_pattern {
            CorrelationPattern::Exchangeable => self.correlation,
            CorrelationPattern::Ar1 => libm::pow(self.correlation, weeks.abs()),
        }
    }
}

/// Adds an outcome for each earlier visit, before the outcome itself.
pub(super) fn expand(scenario: &mut Scenario) {
    let Some(visits) = scenario.response.visits.clone() else { return };
    let stated = std::mem::take(&mut scenario.response.outcomes);
    let mut all = IndexMap::new();
    for (name, outcome) in stated {
        if outcome.visit.is_none() && visits.measure(&name) {
            for visit in &visits.earlier {
                all.insert(at_visit(&name, visit), earlier(&name, &outcome, visit, scenario));
            }
        }
        all.insert(name, outcome);
    }
    scenario.response.outcomes = all;
    // An instrument measures an outcome at every visit.
    let instruments = scenario.observation.instruments.clone();
    for (name, instrument) in instruments.iter().filter(|(name, _)| visits.measure(name)) {
        for visit in &visits.earlier {
            scenario.observation.instruments.insert(at_visit(name, visit), *instrument);
        }
    }
}

/// Takes the added outcomes out again.
pub(super) fn contract(scenario: &mut Scenario) {
    let added: Vec<String> = scenario
        .response
        .outcomes
        .iter()
        .filter(|(_, outcome)| outcome.visit.is_some())
        .map(|(name, _)| name.clone())
        .collect();
    for name in &added {
        scenario.response.outcomes.shift_remove(name);
        scenario.observation.instruments.shift_remove(name);
    }
}

/// An outcome at an earlier visit: shares of its course and effects, and its own spread.
fn earlier(name: &str, outcome: &Outcome, visit: &Visit, scenario: &Scenario) -> Outcome {
    let share = |value: f64| value * visit.effect;
    let scaled = |map: &Option<IndexMap<String, f64>>| -> Option<IndexMap<String, f64>> {
        map.as_ref().map(|map| map.iter().map(|(key, value)| (key.clone(), share(*value))).collect())
    };
    let baseline = baseline_mean(scenario, outcome);
    let at_time = |mean: f64| baseline.map_or(mean, |before| before + visit.course * (mean - before));
    let mut earlier = Outcome {
        label: Some(format!("{} at {}", outcome.label.as_deref().unwrap_or(name), visit.id)),
        control_mean: outcome.control_mean.map(at_time),
        effects: scaled(&outcome.effects),
        effect_sd: scaled(&outcome.effect_sd),
        belief_effect: outcome.belief_effect.map(share),
        sham_response_sd: outcome.sham_response_sd.map(|sd| sd * visit.course.abs()),
        visit: Some(VisitOf { outcome: name.to_owned(), week: visit.week, effect: visit.effect }),
        ..outcome.clone()
    };
    if let Some(course) = &mut earlier.natural_course {
        course.mean *= visit.course;
        course.sd *= visit.course.abs();
    }
    if let Some(baseline) = &mut earlier.baseline {
        baseline.correlation = visit.baseline_correlation.unwrap_or(baseline.correlation);
        baseline.shared_with = Some(name.to_owned());
    }
    earlier
}

fn baseline_mean(scenario: &Scenario, outcome: &Outcome) -> Option<f64> {
    let baseline = outcome.baseline.as_ref()?;
    let linked = || {
        let id = baseline.covariate.as_ref()?;
        let covariate = scenario.cohort.covariates.iter().find(|covariate| covariate.id == *id)?;
        crate::cohort::marginal(covariate)?.ok().map(|marginal| marginal.mean())
    };
    baseline.mean.or_else(linked)
}
