//! Who counts as a responder.

use super::Better;
use crate::analysis::Responds;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// A number above 0.
pub(super) fn above_zero(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
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
