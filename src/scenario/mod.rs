//! The scenario: everything that is assumed about one trial, as data.
//!
//! In comes JSON (a file, an embedded name, standard input); out goes a
//! [`Scenario`] that has passed every check, or every [`Problem`] that was
//! found, each with its place. A scenario knows nothing of replicates, seeds or
//! engines: the same scenario can be run, explained or searched over.
//!
//! The Rust types here are the only definition of the format. The JSON Schema
//! is generated from them, the reader checks against that schema, and the
//! documentation of a field is its doc comment.
//!
//! [`Problem`]: crate::error::Problem

mod analysis;
mod analysis_field;
pub mod canonical;
mod check;
mod cohort;
mod design;
mod effects;
pub mod explain;
mod factor;
mod files;
mod finding;
mod latent;
mod latent_parts;
pub mod library;
mod locate;
mod measurement;
mod multiplicity;
mod observation;
mod outcome;
mod overrides;
mod pattern;
pub(crate) mod pointer;
mod primary;
mod protocol;
mod read;
pub mod resolve;
mod responder;
pub mod schema;
mod schema_words;
mod sizes;
mod structure;
mod syntax;
pub mod template;
mod therapists;
mod uncertainty;
mod variables;
mod visits;
pub(crate) mod words;

pub use analysis::{
    AnalysisSpec, CovariancePattern, DfMethod, Imputation, MissingAssumption, NormalPrior, RandomEffects,
    StandardErrors,
};
pub use analysis_field::Field;
pub use cohort::{Cohort, Correlation, CorrelationScale, Covariate, Eligibility, Law, Population};
pub use design::{Assignment, AssignmentMethod, Design, DesignKind};
pub use factor::{Factor, Role, standard as standard_factors};
pub use files::ReadFile;
pub use multiplicity::{MultiplicitySpec, Procedure};
pub use observation::{Instrument, IntercurrentEvent, Mechanism, Missing, Observation, Strategy};
pub use outcome::{
    Baseline, Better, Blinding, Change, Delivery, EffectOf, Moderator, Outcome, Rating, ResidualShape,
    Response, ShareByArm, StandardDeviation,
};
pub use overrides::Override;
pub use protocol::{ProtocolStatements, TargetDifferenceBasis};
pub use read::{MAX_BYTES, read, read_bytes, read_bytes_with_files, read_with_files};
pub use responder::Responder;
pub use therapists::{ByOutcome, TherapistLayout, Therapists};
pub use uncertainty::{UncertainNumber, UncertaintyLaw};
pub use visits::{CorrelationPattern, Visit, VisitOf, Visits};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The version of the scenario format that this program reads and writes.
pub const SCHEMA: &str = "trialliance.scenario/1";

/// One trial with everything that is assumed about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Where an editor finds the JSON Schema of this file. Not used by the program.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub json_schema: Option<String>,
    /// The format and its version: always `trialliance.scenario/1`.
    pub schema: SchemaVersion,
    /// A short name without spaces, used in results and file names.
    #[schemars(length(min = 1), regex(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*$"))]
    pub name: String,
    /// One line that says what the trial is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Anything a reader should know: what the numbers mean, what was assumed and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// The two factors: first the context, then the treatment. Default: `alliance`
    /// (limited, enhanced) and `ifc` (sham, active).
    #[serde(default = "factor::standard")]
    #[schemars(length(min = 2, max = 2))]
    pub factors: Vec<Factor>,
    /// How many patients in each arm, and how they are assigned.
    pub design: Design,
    /// Who the patients are before treatment.
    #[serde(default)]
    pub cohort: Cohort,
    /// What would happen to them in each arm.
    pub response: Response,
    /// What is recorded of it; by default everything, exactly.
    #[serde(default, skip_serializing_if = "cohort::is_default")]
    pub observation: Observation,
    /// Two-sided significance level of every plain analysis, below 0.5.
    #[serde(default = "default_alpha")]
    #[schemars(extend("exclusiveMinimum" = 0.0, "exclusiveMaximum" = 0.5))]
    pub alpha: f64,
    /// Confidence level of the intervals, at least 0.5. Default: 1 − alpha.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("minimum" = 0.5, "exclusiveMaximum" = 1.0))]
    pub confidence_level: Option<f64>,
    /// What the trial statistician does with the data.
    #[schemars(length(min = 1, max = 1000))]
    pub analyses: Vec<AnalysisSpec>,
    /// The hypotheses that the trial stands or falls with, as `[analysis/][outcome/]estimand`.
    /// Default: both main effects and the interaction of the first analysis.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 1000))]
    pub primary: Vec<String>,
    /// How the primary hypotheses are judged together. Without it, each stands alone at alpha.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiplicity: Option<MultiplicitySpec>,
    /// What a protocol says of the trial beside its numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<ProtocolStatements>,
    /// How uncertain numbers of the patients, the response and the observation are: JSON pointer →
    /// law. A run simulates the numbers as they stand; only a question about the probability of
    /// success draws from the laws, each by itself.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(with = "std::collections::BTreeMap<String, UncertainNumber>", extend("maxProperties" = 5000))]
    pub uncertainty: IndexMap<String, UncertainNumber>,
    /// Where each number comes from: JSON pointer → citation, or "assumption: …".
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schemars(extend("maxProperties" = 5000))]
    pub sources: IndexMap<String, String>,
}

/// The one accepted value of `schema`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SchemaVersion {
    /// The first version.
    #[serde(rename = "trialliance.scenario/1")]
    V1,
}

fn default_alpha() -> f64 {
    0.05
}

impl Scenario {
    /// The confidence level of the intervals: as stated, else 1 − alpha.
    #[must_use]
    pub fn confidence_level(&self) -> f64 {
        self.confidence_level.unwrap_or(1.0 - self.alpha)
    }
}
