//! What each analysis answers.
//!
//! In come the factors and one analysis; out come its estimands, in the order in which the analysis
//! gives its estimates.

use super::{ARMS, Estimand, estimands, of_study};
use crate::analysis::registry;
use crate::scenario::{AnalysisSpec, Factor, Scenario, resolve};

/// A kind of question, asked of the eight contrasts of the arms or of the whole study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// How much the mean outcome differs: one answer for each contrast.
    Differences,
    /// How much the share of responders differs: one answer for each contrast.
    RiskDifferences,
    /// How much each of these differences changes with a covariate: one answer for each contrast,
    /// and, with levels, for each level after the first.
    Moderation,
    /// How much the outcome changes with an exposure that nobody assigned: one answer.
    ExposureSlope,
    /// How much of the context's effect goes through a mediator: indirect, direct and total effect, and
    /// the two paths.
    Indirect,
}

impl Family {
    /// Whether its estimands are differences of mean outcomes, which can be standardised.
    #[must_use]
    pub fn is_difference_of_means(self) -> bool {
        self == Family::Differences
    }

    /// Whether it is about responders, who need a rule.
    #[must_use]
    pub fn is_about_responders(self) -> bool {
        self == Family::RiskDifferences
    }

    /// Whether an estimand is a change of the outcome by the arms, of which one direction can be a benefit.
    #[must_use]
    pub fn has_benefit(self, estimand: usize) -> bool {
        self != Family::Indirect || estimand < PATHS
    }

    /// Its estimands in a trial with these factors; `levels` are those of the analysis's moderator,
    /// where it has any.
    #[must_use]
    pub fn estimands(
        self,
        factors: &[Factor],
        analysis: &AnalysisSpec,
        levels: Option<&[String]>,
    ) -> Vec<Estimand> {
        match self {
            Family::Moderation => {
                moderated(factors, analysis.moderator.as_deref().unwrap_or_default(), levels)
            }
            Family::RiskDifferences => of_responders(factors),
            Family::Indirect => indirect(factors),
            Family::Differences | Family::ExposureSlope => estimands(factors),
        }
    }
}

/// The estimands of one analysis of a checked scenario.
#[must_use]
pub fn of_analysis(scenario: &Scenario, analysis: &AnalysisSpec) -> Vec<Estimand> {
    match registry::find(&analysis.method).map(|entry| entry.family) {
        None | Some(Family::ExposureSlope) => of_study(scenario),
        Some(family) => {
            let levels = analysis.moderator.as_deref().and_then(|name| resolve::levels(scenario, name));
            let levels: Option<Vec<String>> = levels.map(|levels| levels.keys().cloned().collect());
            family.estimands(&scenario.factors, analysis, levels.as_deref())
        }
    }
}

/// Every contrast of the shares of responders.
fn of_responders(factors: &[Factor]) -> Vec<Estimand> {
    let one = |contrast: Estimand| Estimand {
        id: format!("{}_risk_difference", contrast.id),
        definition: format!("difference of the shares of responders: {}", contrast.definition),
        ..contrast
    };
    estimands(factors).into_iter().map(one).collect()
}

/// The number of the first path among the estimands of mediation.
const PATHS: usize = 3;

/// Effects of the context through the mediator, beside it, and both; then the paths.
fn indirect(factors: &[Factor]) -> Vec<Estimand> {
    let contrasts = estimands(factors);
    let main = &contrasts[0];
    let context = &main.id;
    let one = |id: String, weights: [f64; ARMS], definition: String| Estimand { id, weights, definition };
    let averaged = &main.definition;
    vec![
        one(
            format!("{context}_indirect"),
            [0.0; ARMS],
            format!("through the mediator (product of both paths), of the {averaged}"),
        ),
        one(format!("{context}_direct"), [0.0; ARMS], format!("not through the mediator, of the {averaged}")),
        one(format!("{context}_total"), main.weights, format!("through the mediator and beside it: {averaged}")),
        one(
            format!("{context}_on_mediator"),
            [0.0; ARMS],
            format!("first path, what {context} does to the mediator: {averaged}"),
        ),
        one(
            "mediator_on_outcome".to_owned(),
            [0.0; ARMS],
            "second path: change of the outcome per point of the mediator, the arm being the same".to_owned(),
        ),
    ]
}

/// Every contrast per unit of the moderator or, where it has levels, at each level after the first;
/// of two levels the second is one unit above the first.
fn moderated(factors: &[Factor], moderator: &str, levels: Option<&[String]>) -> Vec<Estimand> {
    let contrasts = estimands(factors);
    let of = |suffix: &str, what: &str| {
        let one = |contrast: &Estimand| Estimand {
            id: format!("{}_by_{moderator}{suffix}", contrast.id),
            weights: contrast.weights,
            definition: format!("{what} of: {}", contrast.definition),
        };
        contrasts.iter().map(one).collect::<Vec<_>>()
    };
    let Some([first, later @ ..]) = levels else {
        return of("", &format!("change, per point of {moderator},"));
    };
    let at = |name: &String| of(&format!("_{name}"), &format!("change, from {moderator} {first} to {name},"));
    later.iter().flat_map(at).collect()
}
