//! The list of analyses: one line each.
//!
//! Scenario checks, the JSON Schema, help and results read this list, so a new
//! analysis is known everywhere at once.

use super::{
    Estimator, Responds, ancova, anova, bayes, change, cluster_summary, equivalence, exposure, gee,
    imputation, interaction_then_choose, lmm, logistic, mantel_haenszel, mediation, mmrm, moderation,
    noninferiority, odds_ratio, percent_change, permutation, proportional_odds, ranks, risk_difference,
    risk_ratio, welch,
};
use crate::estimand::Family;
use crate::observation::TherapistContrasts;
use crate::scenario::{
    AnalysisSpec, CovariancePattern, DfMethod, Field, Imputation, NormalPrior, RandomEffects, StandardErrors,
};
use std::sync::Arc;

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
    /// What may be said of it, beside its outcome.
    pub takes: &'static [Field],
    /// What of this it cannot do without.
    pub needs: &'static [Field],
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
    /// Whether means and cross-products are all that it needs of the patients, with these settings.
    #[must_use]
    pub fn needs_moments_only(&self, settings: &Settings) -> bool {
        let context = Context { settings: settings.clone(), ..Context::default() };
        matches!((self.build)(&context), Estimator::Moments(_))
    }

    /// Whether the arms' means, the products within all of them together and contrasts between therapists are all that it
    /// needs, made ready for this.
    #[must_use]
    pub fn needs_contrasts_only(&self, context: &Context) -> bool {
        match (self.build)(context) {
            Estimator::Moments(analysis) => analysis.by_arm().is_empty(),
            Estimator::Patients(_) => false,
        }
    }

    /// Whether something may be said of it.
    #[must_use]
    pub fn takes(&self, field: Field) -> bool {
        self.takes.contains(&field)
    }

    /// Whether it cannot do without earlier visits: covariances between visits need some.
    #[must_use]
    pub fn needs_visits(&self) -> bool {
        self.takes(Field::Covariance)
    }

    /// Whether it cannot do without something.
    #[must_use]
    pub fn needs(&self, field: Field) -> bool {
        self.needs.contains(&field)
    }

    /// Whether its t statistics are jointly t distributed, with these settings.
    #[must_use]
    pub fn has_common_variance(&self, settings: &Settings) -> bool {
        let context = Context { settings: settings.clone(), ..Context::default() };
        (self.build)(&context).analysis().has_common_variance()
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
    /// The outcomes at earlier visits, in order.
    pub visits: Vec<usize>,
    /// The covariates whose levels make strata, as numbers of levels.
    pub strata: Vec<usize>,
    /// Through what the context acts.
    pub mediator: Option<usize>,
    /// What tells therapists' variance, where the same numbers of patients see each of them in every trial.
    pub therapists: Option<Arc<TherapistContrasts>>,
    /// What does not depend on the variables.
    pub settings: Settings,
}

/// What is said of an analysis apart from its variables.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// +1 if a positive difference of the outcome is a benefit, −1 if a negative one is.
    pub benefit_sign: f64,
    /// Two-sided level of the tests.
    pub alpha: f64,
    /// Level of the confidence intervals, for analyses whose limits are not estimate ± t·SE.
    pub confidence_level: f64,
    /// Who counts as a responder.
    pub responds: Responds,
    /// How degrees of freedom of a mixed model are found.
    pub df: DfMethod,
    /// How standard errors of a linear model are found.
    pub standard_errors: StandardErrors,
    /// What differs between therapists at random.
    pub random_effects: RandomEffects,
    /// The pattern of covariances between visits.
    pub covariance: CovariancePattern,
    /// The margin of a claim; not a number where none is stated.
    pub margin: f64,
    /// What is believed of a benefit before the data.
    pub prior: Option<NormalPrior>,
    /// How often data are drawn again.
    pub resamples: u64,
    /// Whether limits are found by resampling where there is another way: if `resamples` are stated, and
    /// in one trial that was carried out.
    pub resamples_limits: bool,
    /// How missing outcomes are filled in, and how often.
    pub imputation: Imputation,
}

/// How often data are drawn again, and missing values filled in, unless an analysis says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeats {
    /// Permutations or bootstrap samples.
    pub resamples: u64,
    /// Completed data sets.
    pub data_sets: u64,
}

/// In the replicate loop.
pub const IN_THE_LOOP: Repeats = Repeats { resamples: 199, data_sets: 20 };

/// Of one trial that was carried out.
pub const OF_ONE_TRIAL: Repeats = Repeats { resamples: 9_999, data_sets: 100 };

impl Settings {
    /// What an analysis says, the outcome's benefits having this sign.
    #[must_use]
    pub fn new(
        spec: &AnalysisSpec,
        benefit_sign: f64,
        alpha: f64,
        confidence_level: f64,
        usual: Repeats,
    ) -> Self {
        let imputation = spec.imputation.unwrap_or_default();
        Settings {
            benefit_sign,
            alpha,
            confidence_level,
            responds: spec.responder.and_then(|responder| responder.rule(benefit_sign)).unwrap_or_default(),
            df: spec.df.unwrap_or_default(),
            standard_errors: spec.standard_errors.unwrap_or_default(),
            random_effects: spec.random_effects.unwrap_or_default(),
            covariance: spec.covariance.unwrap_or_default(),
            margin: spec.margin.unwrap_or(f64::NAN),
            prior: spec.prior,
            resamples: spec.resamples.unwrap_or(usual.resamples),
            resamples_limits: spec.resamples.is_some() || usual == OF_ONE_TRIAL,
            imputation: Imputation {
                data_sets: Some(imputation.data_sets.unwrap_or(usual.data_sets)),
                ..imputation
            },
        }
    }
}

/// All methods.
pub static REGISTRY: &[Entry] = &[
    anova::ENTRY,
    ancova::ENTRY,
    change::ENTRY,
    welch::ENTRY,
    percent_change::ENTRY,
    moderation::ENTRY,
    equivalence::ENTRY,
    noninferiority::ENTRY,
    bayes::ENTRY,
    lmm::ENTRY,
    mmrm::ENTRY,
    gee::ENTRY,
    cluster_summary::ENTRY,
    risk_difference::ENTRY,
    logistic::ENTRY,
    odds_ratio::ENTRY,
    risk_ratio::ENTRY,
    mantel_haenszel::ENTRY,
    proportional_odds::ENTRY,
    ranks::wilcoxon::ENTRY,
    ranks::van_elteren::ENTRY,
    ranks::aligned_rank::ENTRY,
    permutation::ENTRY,
    imputation::ENTRY,
    mediation::ENTRY,
    exposure::ENTRY,
    interaction_then_choose::ENTRY,
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

/// The names of the methods for studies of a kind.
pub fn of_design(design: Design) -> impl Iterator<Item = &'static str> {
    REGISTRY.iter().filter(move |entry| entry.design == design).map(|entry| entry.name)
}

/// The names of the methods of which something may be said.
pub fn taking(field: Field) -> impl Iterator<Item = &'static str> {
    REGISTRY.iter().filter(move |entry| entry.takes(field)).map(|entry| entry.name)
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
