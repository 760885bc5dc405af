//! From stated correlations to those of the scores that patients are made from.
//!
//! In come a scenario's variables and the correlations that it states, on its
//! scale; out come the correlations of the normal scores, and the pairs whose
//! correlation no scores can give. Between two normal variables on Pearson's scale
//! it is the same number.

use super::variables::{Pair, Variables, stated_pairs};
use super::{CorrelationScale, Scenario};
use crate::cohort::marginal::{self, Marginal, Range, Scale};
use crate::cohort::not_normal;

/// The marginals of a scenario's variables, and the scale of its correlations.
pub(super) struct Laws {
    marginals: Vec<Marginal>,
    scale: Scale,
}

impl Laws {
    pub(super) fn of(scenario: &Scenario, variables: &Variables) -> Self {
        let standard = || Marginal::normal(0.0, 1.0);
        let names = variables.names.iter();
        Laws {
            marginals: names.map(|name| not_normal(scenario, name).unwrap_or_else(standard)).collect(),
            scale: match scenario.cohort.correlation_scale {
                CorrelationScale::Pearson => Scale::Pearson,
                CorrelationScale::Spearman => Scale::Spearman,
                CorrelationScale::Latent => Scale::Latent,
            },
        }
    }

    /// The correlation of the scores of a pair.
    pub(super) fn latent(&self, pair: &Pair) -> Result<f64, Range> {
        let (one, other) = pair.between;
        marginal::latent(&self.marginals[one], &self.marginals[other], pair.value, self.scale)
    }

    /// The correlation, as a scenario states it, of a pair whose scores correlate by `latent`.
    pub(super) fn stated(&self, (one, other): (usize, usize), latent: f64) -> f64 {
        marginal::stated(&self.marginals[one], &self.marginals[other], latent, self.scale)
    }
}

/// The names of a patient's variables (covariates, baselines, disposition, outcomes) and the
/// correlation matrix of the scores that they are made from. A pair that is not named is
/// uncorrelated, and so is one whose correlation is out of reach.
#[must_use]
pub fn score_correlation(scenario: &Scenario) -> (Vec<String>, Vec<Vec<f64>>) {
    let variables = Variables::of(scenario);
    let laws = Laws::of(scenario, &variables);
    let pairs = stated_pairs(scenario, &variables);
    let matrix =
        matrix(&variables, pairs.iter().map(|pair| (pair.between, laws.latent(pair).unwrap_or(0.0))));
    (variables.names, matrix)
}

/// The correlation matrix of all variables with these pairs.
pub(super) fn matrix(
    variables: &Variables,
    pairs: impl Iterator<Item = ((usize, usize), f64)>,
) -> Vec<Vec<f64>> {
    let count = variables.names.len();
    let mut matrix = vec![vec![0.0; count]; count];
    for (index, row) in matrix.iter_mut().enumerate() {
        row[index] = 1.0;
    }
    for ((one, other), value) in pairs {
        matrix[one][other] = value;
        matrix[other][one] = value;
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linked_baseline_is_the_covariate() {
        let text = r#"{"schema": "trialliance.scenario/1", "name": "linked",
            "design": {"n_per_arm": {"SL": 9, "AL": 9, "SE": 9, "AE": 9}},
            "cohort": {"covariates": [{"id": "age", "mean": 50, "sd": 10}, {"id": "pain0", "mean": 52, "sd": 20}],
                       "correlation": [{"between": ["age", "pain_baseline"], "value": 0.1}]},
            "response": {"outcomes": {
                "pain": {"arm_means": {"SL": 1, "AL": 1, "SE": 1, "AE": 1}, "sd": 20,
                         "baseline": {"covariate": "pain0", "correlation": 0.5}},
                "ppt": {"arm_means": {"SL": 1, "AL": 1, "SE": 1, "AE": 1}, "residual_sd": 2,
                        "baseline": {"mean": 4, "sd": 1, "correlation": 0.6}}}},
            "analyses": [{"method": "ancova", "outcome": "pain", "covariates": ["baseline", "age"]}]}"#;
        let scenario = crate::scenario::read(text, "linked", &[]).expect("valid");
        let (names, matrix) = score_correlation(&scenario);
        assert_eq!(names, ["age", "pain0", "ppt_baseline", "pain", "ppt"]);
        assert_eq!(matrix[0][1], 0.1);
        assert_eq!(matrix[3][1], 0.5);
        assert_eq!(matrix[4][2], 0.6);
        assert_eq!(matrix[3][4], 0.0);
        assert_eq!(matrix[2][2], 1.0);
    }
}
