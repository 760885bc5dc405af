//! The list of analyses: one line each.
//!
//! Scenario checks, the JSON Schema, help and results read this list, so a new
//! analysis is known everywhere at once.

use super::{
    Estimator, Responds, ancova, anova, change, exposure, lmm, logistic, moderation, risk_difference, welch,
};
use crate::estimand::Family;
use crate::scenario::DfMethod;

/// What kind of study a method is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// A trial with four arms.
    Trial,
    /// Patients in usual care, to whom nothing is assigned.
    Observational,
}

/// What the product knows of one method of analysis.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Its name in scenarios and results.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Where it is defined.
    pub reference: &'static str,
    /// What kind of study it is for.
    pub design: Design,
    /// What kind of question it answers.
    pub family: Family,
    /// Whether it adjusts for covariates.
    pub takes_covariates: bool,
    /// Whether it needs the outcome's own baseline.
    pub needs_baseline: bool,
    /// Whether it cannot do without therapists.
    pub needs_therapists: bool,
    /// Whether it takes into account that patients of one therapist have something in common.
    pub allows_clusters: bool,
    /// Whether it compares arms without assuming equal variances.
    pub allows_unequal_variances: bool,
    /// Makes it ready for one outcome.
    pub build: fn(&Context) -> Estimator,
}

impl Entry {
    /// Whether means and cross-products are all that it needs of the patients.
    #[must_use]
    pub fn needs_moments_only(&self) -> bool {
        matches!((self.build)(&Context::default()), Estimator::Moments(_))
    }

    /// Whether its t statistics are jointly t distributed.
    #[must_use]
    pub fn has_common_variance(&self) -> bool {
        (self.build)(&Context::default()).analysis().has_common_variance()
    }
}

/// What an analysis is made ready for. Variables are given by their indices among
/// the trial's variables.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Context {
    /// The outcome.
    pub outcome: usize,
    /// The outcome's own baseline, if it has one.
    pub baseline: Option<usize>,
    /// Covariates to adjust for, the own baseline included where it is asked for.
    pub covariates: Vec<usize>,
    /// The exposure, in an observational study.
    pub exposure: Option<usize>,
    /// The covariate that effects may depend on: one variable, or one for each level after the first.
    pub moderator: Vec<usize>,
    /// How degrees of freedom of a mixed model are found.
    pub df: DfMethod,
    /// Who counts as a responder.
    pub responds: Responds,
    /// Level of the confidence intervals, for analyses whose limits are not estimate ± t·SE.
    pub confidence_level: f64,
}

/// All methods.
pub static REGISTRY: &[Entry] = &[
    anova::ENTRY,
    ancova::ENTRY,
    change::ENTRY,
    welch::ENTRY,
    moderation::ENTRY,
    lmm::ENTRY,
    risk_difference::ENTRY,
    logistic::ENTRY,
    exposure::ENTRY,
];

/// The method called `name`.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    REGISTRY.iter().find(|entry| entry.name == name)
}

/// The names of all methods, in the order of the registry.
pub fn names() -> impl Iterator<Item = &'static str> {
    REGISTRY.iter().map(|entry| entry.name)
}

/// The JSON Schema of an analysis's `method`: one of the registered names.
pub(crate) fn method_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    let names: Vec<&str> = names().collect();
    schemars::json_schema!({ "type": "string", "enum": names })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_entries_are_documented() {
        for (position, entry) in REGISTRY.iter().enumerate() {
            assert!(names().skip(position + 1).all(|later| later != entry.name));
            assert!(!entry.summary.is_empty() && !entry.reference.is_empty());
        }
    }
}
