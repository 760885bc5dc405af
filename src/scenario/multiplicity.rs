//! How the primary hypotheses are judged together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the primary hypotheses share alpha.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MultiplicitySpec {
    /// The procedure.
    pub procedure: Procedure,
    /// For `fallback` and `graph`: the share of alpha that each primary hypothesis has, in their order.
    /// They sum to 1 for `fallback`, to at most 1 for `graph`. Default: equal shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 16), inner(range(min = 0.0, max = 1.0)))]
    pub weights: Option<Vec<f64>>,
    /// For `graph`: one row for each primary hypothesis, which says what parts of its share of alpha
    /// go to the others, in their order, once it is rejected. A row sums to at most 1, and nothing goes
    /// from a hypothesis to itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        length(min = 1, max = 6),
        inner(length(min = 1, max = 6), inner(range(min = 0.0, max = 1.0)))
    )]
    pub transitions: Option<Vec<Vec<f64>>>,
}

impl From<Procedure> for MultiplicitySpec {
    /// The procedure with equal shares.
    fn from(procedure: Procedure) -> Self {
        MultiplicitySpec { procedure, weights: None, transitions: None }
    }
}

/// A procedure for several hypotheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
pub enum Procedure {
    /// Each at alpha, as if it were alone.
    None,
    /// Each at alpha ÷ their number.
    Bonferroni,
    /// Each at 1 − (1 − alpha)^(1 ÷ their number): for independent tests.
    Sidak,
    /// Bonferroni step by step, the smallest p value first.
    Holm,
    /// Step by step, the largest p value first: for tests that go together.
    Hochberg,
    /// The closed test by Simes' inequality: for tests that go together.
    Hommel,
    /// In their order, each at alpha, until one is not rejected.
    FixedSequence,
    /// In their order, each with its share of alpha and what those before it won.
    Fallback,
    /// Each with its share of alpha, which goes along the arrows of a graph once it is rejected.
    Graph,
    /// Arms against the reference arm, all at the level of their joint t distribution: for `anova`,
    /// `ancova` and `change`, exact given the covariates.
    Dunnett,
}

impl Procedure {
    /// Its name, for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Procedure::None => "each at alpha, as if it were alone",
            Procedure::Bonferroni => "Bonferroni",
            Procedure::Sidak => "Šidák",
            Procedure::Holm => "Holm",
            Procedure::Hochberg => "Hochberg",
            Procedure::Hommel => "Hommel",
            Procedure::FixedSequence => "fixed sequence",
            Procedure::Fallback => "fallback",
            Procedure::Graph => "a graph",
            Procedure::Dunnett => "Dunnett",
        }
    }
}
