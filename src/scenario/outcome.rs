//! What would happen to the patients in each arm.

use super::Correlation;
use super::cohort::is_default;
use super::visits::{VisitOf, Visits};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The outcomes and how they hang together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// Outcomes by name, in the order in which they are reported and, where they correlate, drawn: in another order
    /// the same seed gives other patients of the same population.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 100))]
    pub outcomes: IndexMap<String, Outcome>,
    /// Within-arm correlations of outcomes with other outcomes, with other outcomes'
    /// baselines and with covariates; a pair that is not named is uncorrelated.
    /// An outcome's correlation with its own baseline stands in `baseline`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20_000))]
    pub correlation: Vec<Correlation>,
    /// How the context reaches the patient; without it everybody receives exactly what the
    /// arm prescribes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// Which treatment patients believe to have received; without it nobody guesses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blinding: Option<Blinding>,
    /// Earlier visits at which outcomes are measured; without them each is measured once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visits: Option<Visits>,
}

impl Response {
    /// Whether patients differ in how readily they perceive the context.
    #[must_use]
    pub fn has_disposition(&self) -> bool {
        self.delivery.as_ref().is_some_and(|delivery| delivery.disposition_sd > 0.0)
    }
}

/// One outcome: its four means, its spread, and what they are made of.
///
/// The means are given either as `arm_means`, or as `control_mean` and `effects`. All other
/// parts explain these means and this spread, or add to them where they say so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Its unit, as in `mm` or `kg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Which direction is good for the patient. Needed for `effects`; without it the
    /// direction of benefit is reported as not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub better: Option<Better>,
    /// Means of the four arms on the outcome's own scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, f64>>")]
    pub arm_means: Option<IndexMap<String, f64>>,
    /// Mean of the arm with both reference levels (limited + sham) on the outcome's own scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_mean: Option<f64>,
    /// Effects as benefits (positive helps). Either the two main effects, each averaged
    /// over the other factor, and the interaction (difference of differences):
    /// `{alliance, ifc, interaction}`; or the simple effects at the reference level and
    /// what comes on top: `{alliance_at_sham, ifc_at_limited, synergy}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, f64>>")]
    pub effects: Option<IndexMap<String, f64>>,
    /// Standard deviation of the outcome within an arm: one number, or one for each arm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd: Option<StandardDeviation>,
    /// Instead of `sd`: the standard deviation given the outcome's own baseline,
    /// which is sd·√(1 − correlation²).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub residual_sd: Option<f64>,
    /// The same measurement before treatment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// What would have happened without any treatment, as a benefit since baseline, regression to
    /// the mean apart. A part of the control arm's change; its SD is a part of the outcome's SD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub natural_course: Option<Change>,
    /// Standard deviation between patients of the response to being treated at all, a part of the
    /// outcome's SD. Its mean is what the control arm's change leaves over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub sham_response_sd: Option<f64>,
    /// Shape of what baseline, covariates and other outcomes do not explain; normal if not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual_shape: Option<ResidualShape>,
    /// Standard deviations between patients of an effect, which widen the arms where it acts:
    /// by factor, or `synergy` (for the standard factors `alliance`, `ifc`, `synergy`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, NotNegative>>")]
    pub effect_sd: Option<IndexMap<String, f64>>,
    /// In whom an effect is larger: by factor or `synergy`, then by covariate or baseline. A number
    /// is the relative increase of the effect per standard deviation above the mean; for a
    /// categorical covariate a number for each level, with a mean of 0 over the patients. The
    /// average effect stays as stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<std::collections::BTreeMap<String, Moderators>>")]
    pub moderators: Option<IndexMap<String, IndexMap<String, Moderator>>>,
    /// Benefit of believing to have received the second level of the treatment, on top of the
    /// effects; who believes it stands in `blinding`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub belief_effect: Option<f64>,
    /// Which outcome this is at an earlier visit, if it was made from `visits`.
    #[serde(skip)]
    pub visit: Option<VisitOf>,
}

/// A change with a mean and a spread between patients.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Mean benefit.
    pub mean: f64,
    /// Standard deviation between patients.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(range(min = 0.0))]
    pub sd: f64,
}

/// The shape of a residual, whose mean and standard deviation stay as they are: heavy tails or
/// skewness.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResidualShape {
    /// Heavy tails: degrees of freedom of Student's t.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 2.0), range(max = 1_000_000.0))]
    pub t_degrees_of_freedom: Option<f64>,
    /// Skewness, of a gamma distribution; a long tail of low values if negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -10.0, max = 10.0))]
    pub skewness: Option<f64>,
}

/// The moderators of one effect, by covariate.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[allow(dead_code)]
struct Moderators(std::collections::BTreeMap<String, Moderator>);

/// How a covariate moderates an effect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Moderator {
    /// Relative increase of the effect per standard deviation.
    Slope(f64),
    /// Relative increase of the effect at each level.
    Levels(#[schemars(with = "std::collections::BTreeMap<String, f64>")] IndexMap<String, f64>),
}

impl Moderator {
    /// Whether it changes anything.
    #[must_use]
    pub fn acts(&self) -> bool {
        match self {
            Moderator::Slope(slope) => *slope != 0.0,
            Moderator::Levels(offsets) => offsets.values().any(|&offset| offset != 0.0),
        }
    }
}

/// How the context reaches the patient, on a scale on which the first level of the context,
/// delivered as prescribed, is 0 and the second is 1.
///
/// What a patient perceives is `fidelity` with the second level, `contamination` with the
/// first, and in both the therapist's ability, the patient's disposition and the day's chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// Mean delivered with the second level of the context: how closely the script is followed.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub fidelity: f64,
    /// Mean delivered with the first level: what is let slip of the second.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub contamination: f64,
    /// SD between therapists of what they convey by nature, whatever the script.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(range(min = 0.0))]
    pub therapist_sd: f64,
    /// SD between patients of how readily they perceive it. Correlations stand in
    /// `correlation`, under the name `disposition`.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(range(min = 0.0))]
    pub disposition_sd: f64,
    /// SD of what chance makes of it in one patient.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(range(min = 0.0))]
    pub residual_sd: f64,
    /// What the stated effects of the context are effects of.
    #[serde(default, skip_serializing_if = "is_default")]
    pub effect_of: EffectOf,
    /// Share of the context's effect that does not pass through what is perceived.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub direct_share: f64,
    /// How patients rate what they perceived: the check of whether the context was delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
}

/// A questionnaire about what a patient perceived of the context.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    /// Its name: a column of the data.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub id: String,
    /// What it is, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Mean rating of the first level of the context, delivered as prescribed.
    pub at_first_level: f64,
    /// Mean rating of the second level of the context, delivered as prescribed.
    pub at_second_level: f64,
    /// Standard error of measurement.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(range(min = 0.0))]
    pub sem: f64,
    /// The least rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The largest rating: a ceiling that many reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// The step between ratings, at most as wide as from `min` to `max`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub step: Option<f64>,
}

/// What a stated effect is an effect of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectOf {
    /// Being assigned to the second level, as a trial would find it.
    #[default]
    Assignment,
    /// Perfect delivery; a trial finds less with less fidelity or more contamination.
    Delivery,
}

/// A number that is not negative.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[allow(dead_code)]
pub(super) struct NotNegative(#[schemars(range(min = 0.0))] f64);

/// A share of patients.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[allow(dead_code)]
pub(super) struct Share(#[schemars(range(min = 0.0, max = 1.0))] f64);

/// Which treatment patients believe to have received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Blinding {
    /// Share of patients who believe to have received the second level of the treatment: one
    /// number (perfect blinding), or one for each arm.
    pub believe_treated: ShareByArm,
}

/// A share of patients, the same in all arms or by arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ShareByArm {
    /// The same in every arm.
    All(#[schemars(range(min = 0.0, max = 1.0))] f64),
    /// One for each arm.
    PerArm(#[schemars(with = "std::collections::BTreeMap<String, Share>")] IndexMap<String, f64>),
}

fn one() -> f64 {
    1.0
}

/// Which direction is good for the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// A lower value is better, as for pain.
    Lower,
    /// A higher value is better, as for a pressure pain threshold.
    Higher,
}

impl Outcome {
    /// +1 if a positive difference is a benefit, −1 if a negative one is; +1 where the scenario does not say, so that
    /// differences keep their sign.
    #[must_use]
    pub fn sign_of_benefit(&self) -> f64 {
        f64::from(self.better.map_or(1, Better::sign))
    }
}

impl Better {
    /// +1 if a positive difference is a benefit, −1 if a negative one is.
    #[must_use]
    pub fn sign(self) -> i8 {
        match self {
            Better::Lower => -1,
            Better::Higher => 1,
        }
    }
}

/// Standard deviation within an arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum StandardDeviation {
    /// The same in every arm.
    Common(#[schemars(extend("exclusiveMinimum" = 0.0))] f64),
    /// One for each arm.
    PerArm(#[schemars(with = "std::collections::BTreeMap<String, PositiveNumber>")] IndexMap<String, f64>),
}

/// A number above zero.
#[derive(JsonSchema)]
#[schemars(transparent)]
#[allow(dead_code)]
struct PositiveNumber(#[schemars(extend("exclusiveMinimum" = 0.0))] f64);

/// The outcome's own measurement before treatment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Mean in the enrolled population; together with `sd`, unless `covariate` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<f64>,
    /// Standard deviation in the enrolled population.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("exclusiveMinimum" = 0.0))]
    pub sd: Option<f64>,
    /// Instead of `mean` and `sd`: the id of the cohort's covariate that is this baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covariate: Option<String>,
    /// Correlation of baseline and outcome within an arm.
    #[schemars(extend("exclusiveMinimum" = -1.0, "exclusiveMaximum" = 1.0))]
    pub correlation: f64,
    /// The outcome whose baseline this is, for an outcome that was made from `visits`.
    #[serde(skip)]
    pub shared_with: Option<String>,
}
