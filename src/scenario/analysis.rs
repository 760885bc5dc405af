//! Which analyses are made of the data.

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
    /// covariates of the cohort. Only for methods that adjust. Default: `["baseline"]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 8))]
    pub covariates: Option<Vec<String>>,
}
