//! What may be said of an analysis beside its method and outcome.
//!
//! Each method of the registry lists the fields that it takes and those that it cannot do without;
//! checks of scenarios and the options of `analyze` read these lists.

use super::AnalysisSpec;
use indexmap::IndexMap;
use serde_json::Value;

/// A field of an analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// What is adjusted for.
    Covariates,
    /// On what effects may depend.
    Moderator,
    /// How degrees of freedom are found.
    Df,
    /// Who responds.
    Responder,
    /// How standard errors are found.
    StandardErrors,
    /// What differs between therapists at random.
    RandomEffects,
    /// Outcomes at earlier visits.
    Visits,
    /// The pattern of covariances between visits.
    Covariance,
    /// Covariates whose levels make strata.
    Strata,
    /// Through what the context acts.
    Mediator,
    /// The margin of a claim.
    Margin,
    /// What is believed of an effect before the data.
    Prior,
    /// How often data are drawn again.
    Resamples,
    /// How missing values are filled in.
    Imputation,
}

impl AnalysisSpec {
    /// What is said of it that results have no place of their own for, as it stands in a scenario.
    #[must_use]
    pub fn options(&self) -> IndexMap<String, Value> {
        let all = serde_json::to_value(self).unwrap_or_default();
        let stated = Field::ALL.into_iter().filter(|field| !field.is_told_by_itself());
        stated.filter_map(|field| Some((field.name().to_owned(), all.get(field.name())?.clone()))).collect()
    }
}

impl Field {
    /// All fields, in the order of the format.
    pub const ALL: [Field; 14] = [
        Field::Covariates,
        Field::Moderator,
        Field::Df,
        Field::Responder,
        Field::StandardErrors,
        Field::RandomEffects,
        Field::Visits,
        Field::Covariance,
        Field::Strata,
        Field::Mediator,
        Field::Margin,
        Field::Prior,
        Field::Resamples,
        Field::Imputation,
    ];

    /// Its name in scenarios; as an option, with dashes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Field::Covariates => "covariates",
            Field::Moderator => "moderator",
            Field::Df => "df",
            Field::Responder => "responder",
            Field::StandardErrors => "standard_errors",
            Field::RandomEffects => "random_effects",
            Field::Visits => "visits",
            Field::Covariance => "covariance",
            Field::Strata => "strata",
            Field::Mediator => "mediator",
            Field::Margin => "margin",
            Field::Prior => "prior",
            Field::Resamples => "resamples",
            Field::Imputation => "imputation",
        }
    }

    /// What it is, as in `the covariate on which effects may depend`.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Field::Covariates => "what is adjusted for",
            Field::Moderator => "the covariate on which effects may depend",
            Field::Df => "how degrees of freedom are found",
            Field::Responder => "who counts as a responder",
            Field::StandardErrors => "how standard errors are found",
            Field::RandomEffects => "what differs between therapists at random",
            Field::Visits => "the outcomes at earlier visits",
            Field::Covariance => "the pattern of covariances between visits",
            Field::Strata => "the covariates whose levels make strata",
            Field::Mediator => "through what the context acts",
            Field::Margin => "the margin of the claim",
            Field::Prior => "what is believed of the effects before the data",
            Field::Resamples => "how often data are drawn again",
            Field::Imputation => "how missing outcomes are filled in",
        }
    }

    /// Whether an analysis says it.
    #[must_use]
    pub fn is_stated(self, spec: &AnalysisSpec) -> bool {
        match self {
            Field::Covariates => spec.covariates.is_some(),
            Field::Moderator => spec.moderator.is_some(),
            Field::Df => spec.df.is_some(),
            Field::Responder => spec.responder.is_some(),
            Field::StandardErrors => spec.standard_errors.is_some(),
            Field::RandomEffects => spec.random_effects.is_some(),
            Field::Visits => spec.visits.is_some(),
            Field::Covariance => spec.covariance.is_some(),
            Field::Strata => spec.strata.is_some(),
            Field::Mediator => spec.mediator.is_some(),
            Field::Margin => spec.margin.is_some(),
            Field::Prior => spec.prior.is_some(),
            Field::Resamples => spec.resamples.is_some(),
            Field::Imputation => spec.imputation.is_some(),
        }
    }

    /// Whether results have a place of their own for it.
    fn is_told_by_itself(self) -> bool {
        matches!(self, Field::Covariates | Field::Moderator | Field::Responder | Field::Mediator)
    }

    /// Takes back what an analysis says of it.
    pub fn clear(self, spec: &mut AnalysisSpec) {
        match self {
            Field::Covariates => spec.covariates = None,
            Field::Moderator => spec.moderator = None,
            Field::Df => spec.df = None,
            Field::Responder => spec.responder = None,
            Field::StandardErrors => spec.standard_errors = None,
            Field::RandomEffects => spec.random_effects = None,
            Field::Visits => spec.visits = None,
            Field::Covariance => spec.covariance = None,
            Field::Strata => spec.strata = None,
            Field::Mediator => spec.mediator = None,
            Field::Margin => spec.margin = None,
            Field::Prior => spec.prior = None,
            Field::Resamples => spec.resamples = None,
            Field::Imputation => spec.imputation = None,
        }
    }
}
