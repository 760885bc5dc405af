//! Which analyses are made of the data.

use super::Better;
use crate::analysis::Responds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One analysis of one outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalysisSpec {
    /// Its name in results. Default: the method, and `method-2`, `method-3` when repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[a-z][a-z0-9_-]*$"))]
    pub id: Option<String>,
    /// Which method, as listed by the registry of analyses.
    #[schemars(schema_with = "crate::analysis::registry::method_schema")]
    pub method: String,
    /// The outcome that is analysed.
    pub outcome: String,
    /// Covariates to adjust for: `baseline` is the analysed outcome's own baseline, others are
    /// covariates of the cohort; one with levels counts as one for each level after the first.
    /// Only for methods that adjust. Default: `["baseline"]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 8))]
    pub covariates: Option<Vec<String>>,
    /// For `moderation`: the covariate on which effects may depend, `baseline` or a covariate of
    /// the cohort. It is adjusted for, and not named in `covariates` again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moderator: Option<String>,
    /// For mixed models: how degrees of freedom are found. Default: `satterthwaite`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub df: Option<DfMethod>,
    /// For `risk_difference` and `logistic`: who counts as a responder. One of its fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responder: Option<Responder>,
}

/// Who counts as a responder: exactly one of these.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Responder {
    /// Whose outcome is at most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<f64>,
    /// Whose outcome is at least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// Who is better than at baseline by at least so much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "above_zero")]
    pub improvement: Option<f64>,
    /// Who is better than at baseline by at least this percentage of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "above_zero")]
    pub improvement_percent: Option<f64>,
}

fn above_zero(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": ["number", "null"], "exclusiveMinimum": 0 })
}

impl Responder {
    /// +1 if it is a benefit to be a responder, −1 if it is a harm; none if that is not known.
    #[must_use]
    pub fn benefit_sign(&self, better: Option<Better>) -> Option<i8> {
        match (self.at_most, self.at_least) {
            (Some(_), _) => better.map(|better| -better.sign()),
            (_, Some(_)) => better.map(Better::sign),
            (None, None) => Some(1),
        }
    }

    /// The rule in words, as in `an improvement by at least 30 %`.
    #[must_use]
    pub fn words(&self) -> String {
        match (self.at_most, self.at_least, self.improvement, self.improvement_percent) {
            (Some(most), ..) => format!("at most {most}"),
            (_, Some(least), ..) => format!("at least {least}"),
            (_, _, Some(by), _) => format!("an improvement by at least {by}"),
            (_, _, _, percent) => format!("an improvement by at least {} %", percent.unwrap_or_default()),
        }
    }

    /// The rule on the outcome's own scale, in which a benefit has this sign; none if it is not one rule.
    #[must_use]
    pub fn rule(&self, sign: f64) -> Option<Responds> {
        match (self.at_most, self.at_least, self.improvement, self.improvement_percent) {
            (Some(most), None, None, None) => Some(Responds::AtMost(most)),
            (None, Some(least), None, None) => Some(Responds::AtLeast(least)),
            (None, None, Some(least), None) => Some(Responds::ChangedBy { least, sign }),
            (None, None, None, Some(percent)) => {
                Some(Responds::ChangedByPart { least: percent / 100.0, sign })
            }
            _ => None,
        }
    }
}

/// How degrees of freedom (and standard errors) of a mixed model are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DfMethod {
    /// By the uncertainty of the estimated variances.
    #[default]
    Satterthwaite,
    /// The same with the expected information, and standard errors that allow for it.
    KenwardRoger,
}
