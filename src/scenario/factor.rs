//! The two factors of the trial and the names of their levels.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One factor with two levels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// Its name in estimand ids, as in `alliance` and `alliance_at_sham`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9_]*$"))]
    pub id: String,
    /// What kind of thing the factor is.
    pub role: Role,
    /// The two levels; the first is the reference.
    #[schemars(length(min = 2, max = 2), inner(regex(pattern = "^[a-z][a-z0-9_]*$")))]
    pub levels: Vec<String>,
}

/// The part a factor plays in the trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// How treatment is given: the relationship, the setting, the words.
    Context,
    /// What is given.
    Treatment,
}

/// Alliance (limited, enhanced) and interferential current (sham, active).
#[must_use]
pub fn standard() -> Vec<Factor> {
    let factor = |id: &str, role, levels: [&str; 2]| Factor {
        id: id.to_owned(),
        role,
        levels: levels.map(str::to_owned).to_vec(),
    };
    vec![
        factor("alliance", Role::Context, ["limited", "enhanced"]),
        factor("ifc", Role::Treatment, ["sham", "active"]),
    ]
}
