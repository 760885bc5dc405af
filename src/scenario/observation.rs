//! What is recorded of what happens: instruments, missing data, intercurrent events.

use super::cohort::is_default;
use super::outcome::ShareByArm;
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How outcomes are measured, and what keeps them from being measured.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// The instrument of an outcome and its baseline, by outcome; without one, every value is
    /// recorded as it is.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(with = "std::collections::BTreeMap<String, Instrument>")]
    pub instruments: IndexMap<String, Instrument>,
    /// What happens after assignment and changes an outcome or what it means.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub events: Vec<IntercurrentEvent>,
    /// Why outcomes are missing. A value is missing if any of these says so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub missing: Vec<Missing>,
}

/// How an outcome and its baseline are measured.
///
/// The outcome's mean, SD and correlations are those of measured values before rounding and
/// limits; measurement error is a part of the SD, not an addition to it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// The least value that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The largest value that it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The step between values that it shows, counted from `min` (from 0 without it): 1 for a
    /// numeric rating scale. At most as wide as from `min` to `max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub step: Option<f64>,
    /// Standard error of measurement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub sem: Option<f64>,
    /// Instead of `sem`: share of the outcome's variance that is not error of measurement
    /// (the test-retest intraclass correlation).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0), range(max = 1.0))]
    pub reliability: Option<f64>,
}

/// Something that happens to some patients after assignment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntercurrentEvent {
    /// Its name: a column of the data, 1 for patients to whom it happens.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub id: String,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Share of patients to whom it happens: one number, or one for each arm. It is kept whatever
    /// the distribution of what it depends on; where that has no formula (selected patients,
    /// outcomes that are not normal) within the chance of a population of 65,536, a standard
    /// error of 0.002 at most.
    pub rate: ShareByArm,
    /// The variable on which it depends: a covariate, a baseline, or an outcome as it would be
    /// without the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<String>,
    /// Correlation of the propensity for it with that variable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = -1.0, "exclusiveMaximum" = 1.0))]
    pub correlation: Option<f64>,
    /// Benefit of the event itself, by outcome: what rescue medication adds.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(with = "std::collections::BTreeMap<String, f64>")]
    pub benefits: IndexMap<String, f64>,
    /// Share of the arm's effects that is lost with the event: 1 if treatment is stopped at once.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub effect_lost: f64,
    /// What the outcome means in patients to whom it happens.
    #[serde(default, skip_serializing_if = "is_default")]
    pub strategy: Strategy,
    /// For `composite`: the value that then counts as the outcome, by outcome.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(with = "std::collections::BTreeMap<String, f64>")]
    pub composite_values: IndexMap<String, f64>,
}

/// Strategies for an intercurrent event (ICH E9(R1)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The outcome counts as it is, event or not.
    #[default]
    TreatmentPolicy,
    /// What counts is the outcome without the event; values after it are not used.
    Hypothetical,
    /// The event is a part of the outcome: a stated value takes its place.
    Composite,
}

/// One reason for missing outcomes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// Which outcomes; all if not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub outcomes: Option<Vec<String>>,
    /// Share of patients in whom they are missing: one number, or one for each arm. It is kept
    /// whatever the distribution of what it depends on, as that of events is. Below 1 for
    /// an outcome that is analysed.
    pub rate: ShareByArm,
    /// With visits: whether patients leave for good. `rate` is then the share who have left by the
    /// last visit, in proportion to the weeks before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dropout: bool,
    /// The mechanism, which must fit `depends_on`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mechanism: Mechanism,
    /// `mar`: a measured covariate or baseline. `mnar`: an outcome, whose value is then unseen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depends_on: Option<String>,
    /// Correlation of the propensity to be missing with that variable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = -1.0, "exclusiveMaximum" = 1.0))]
    pub correlation: Option<f64>,
}

/// Mechanisms of missing data (Rubin 1976).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// Completely at random.
    #[default]
    Mcar,
    /// At random, given what was measured before.
    Mar,
    /// Not at random: it depends on the value that is not seen.
    Mnar,
}
