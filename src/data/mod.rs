//! The data of a real trial, or of an exported virtual one: from a CSV file to estimates.
//!
//! In comes the text of a CSV file with one row for each patient and what its
//! columns mean ([`Roles`]); out come the patients ([`Dataset`]) and what the analyses
//! say of them ([`analyze`]). The analyses are those of the replicate loop, so a
//! virtual trial that was exported and read again gives the same estimates to the
//! last bit. Nothing is computed on fewer rows without saying so.

mod adjusted;
mod analyzed;
mod anova;
mod checks;
mod dataset;
mod diagnosis;
mod effect_sizes;
mod rank_sums;
mod residuals;
mod responses;
mod result;
mod roles;
mod table;
mod warnings;

pub use analyzed::{Asked, analyze};
pub use dataset::Dataset;
pub(crate) use dataset::IDS;
pub use result::{
    ANALYSIS_SCHEMA, AnalyzedRow, AnovaRow, Check, DataDescription, FittedAnalysis, RankSumRow, Ratio, Role,
    TrialAnalysis, VarianceComponents,
};
pub use roles::{FactorColumn, How, Request, Roles};
pub use table::Table;
