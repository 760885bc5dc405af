//! What each analysis answers.
//!
//! In come the factors and one analysis; out come its estimands, in the order in which the analysis
//! gives its estimates.

use super::{ARMS, Estimand, FACTORIAL, TWO_SAMPLES, WEIGHTS, estimands, levels, of_study};
use crate::analysis::registry;
use crate::scenario::{AnalysisSpec, Factor, Scenario, resolve};

/// A kind of question, asked of the eight contrasts of the arms or of the whole study.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// How much the mean outcome differs: one answer for each contrast.
    Differences,
    /// How much the share of responders differs: one answer for each contrast.
    RiskDifferences,
    /// How much the log of the share of responders differs: one answer for each contrast.
    RiskRatios,
    /// How much the log odds of responding differ: one answer for each contrast.
    OddsRatios,
    /// How much these differ on average over strata: one answer for each factor.
    CommonOddsRatios,
    /// How much the log odds of a higher value differ, in an outcome in steps: one answer for each contrast.
    ProportionalOdds,
    /// How much the mean percentage change from baseline differs: one answer for each contrast.
    PercentChange,
    /// How much each of these differences changes with a covariate: one answer for each contrast,
    /// and, with levels, for each level after the first.
    Moderation,
    /// The same for the main effects and the interaction only.
    FactorialDifferences,
    /// How much more likely than not a value is higher under the second of two levels: one answer for
    /// each contrast but the interaction.
    Superiority,
    /// The same for the main effects, among patients alike in the other factor and in further strata.
    StratifiedSuperiority,
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
        matches!(self, Family::Differences | Family::FactorialDifferences)
    }

    /// How many of its estimands, the first ones, are the main effects and the interaction.
    #[must_use]
    pub fn factorial_effects(self) -> usize {
        match self {
            Family::Superiority | Family::StratifiedSuperiority => 2,
            _ => FACTORIAL,
        }
    }

    /// Whether it is about responders, who need a rule.
    #[must_use]
    pub fn is_about_responders(self) -> bool {
        matches!(
            self,
            Family::RiskDifferences | Family::RiskRatios | Family::OddsRatios | Family::CommonOddsRatios
        )
    }

    /// What the exponential of an estimate is, where estimates are logarithms of ratios.
    #[must_use]
    pub fn ratio(self) -> Option<&'static str> {
        match self {
            Family::RiskRatios => Some("risk ratio"),
            Family::OddsRatios | Family::CommonOddsRatios | Family::ProportionalOdds => Some("odds ratio"),
            _ => None,
        }
    }

    /// Whether its truths weigh arms by their sizes, and so are not the same in trials of other sizes.
    #[must_use]
    pub fn weighs_arms(self) -> bool {
        matches!(
            self,
            Family::OddsRatios
                | Family::CommonOddsRatios
                | Family::ProportionalOdds
                | Family::Superiority
                | Family::StratifiedSuperiority
        )
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
            Family::RiskDifferences => {
                each(factors, "risk_difference", "difference of the shares of responders")
            }
            Family::RiskRatios => {
                each(factors, "log_risk_ratio", "difference of the logs of the shares of responders")
            }
            Family::OddsRatios => {
                let what = "difference of the log odds of responding, given what is adjusted for";
                each(factors, "log_odds_ratio", what)
            }
            Family::CommonOddsRatios => common_odds_ratios(factors),
            Family::ProportionalOdds => {
                let what = "difference of the log odds of a higher value, given what is adjusted for";
                each(factors, "cumulative_log_odds_ratio", what)
            }
            Family::PercentChange => {
                each(factors, "percent_change", "difference of mean percentage changes from baseline")
            }
            Family::FactorialDifferences => estimands(factors).into_iter().take(FACTORIAL).collect(),
            Family::Superiority => superiority(factors),
            Family::StratifiedSuperiority => {
                stratified_superiority(factors, analysis.strata.as_deref().unwrap_or_default())
            }
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

/// Every contrast of something of the arms.
fn each(factors: &[Factor], suffix: &str, what: &str) -> Vec<Estimand> {
    let one = |contrast: Estimand| Estimand {
        id: format!("{}_{suffix}", contrast.id),
        definition: format!("{what}: {}", contrast.definition),
        ..contrast
    };
    estimands(factors).into_iter().map(one).collect()
}

/// Each factor's second level against its first, where the other is a stratum.
fn common_odds_ratios(factors: &[Factor]) -> Vec<Estimand> {
    let one = |(factor, contrast): (&Factor, Estimand)| Estimand {
        id: format!("{}_common_log_odds_ratio", contrast.id),
        definition: format!(
            "log of the common odds ratio of responding: {} against {}, in patients of the same stratum",
            factor.levels[1], factor.levels[0]
        ),
        ..contrast
    };
    factors.iter().zip(estimands(factors)).map(one).collect()
}

/// What is asked of two samples.
const HIGHER: &str =
    "probability that the outcome is higher in one patient than in another (the same counts half), minus 1/2";

/// Two samples for each contrast but the interaction.
fn superiority(factors: &[Factor]) -> Vec<Estimand> {
    let contrasts = estimands(factors);
    let [[a0, a1], [b0, b1]] = [0, 1].map(|factor: usize| levels(&factors[factor]));
    let samples = [
        format!("{a1} against {a0}, {b0} and {b1} pooled in the planned sizes"),
        format!("{b1} against {b0}, {a0} and {a1} pooled in the planned sizes"),
        format!("{a1} against {a0} with {b0}"),
        format!("{a1} against {a0} with {b1}"),
        format!("{b1} against {b0} with {a0}"),
        format!("{b1} against {b0} with {a1}"),
        format!("{a1} with {b1} against {a0} with {b0}"),
    ];
    let one = |(number, samples): (usize, String)| Estimand {
        id: format!("{}_superiority", contrasts[number].id),
        weights: contrasts[number].weights,
        definition: format!("{HIGHER}: {samples}"),
    };
    TWO_SAMPLES.into_iter().zip(samples).map(one).collect()
}

/// The main effects, each within the levels of the other factor and the strata.
fn stratified_superiority(factors: &[Factor], strata: &[String]) -> Vec<Estimand> {
    let of = |number: usize| {
        let mut within = vec![factors[1 - number].id.as_str()];
        within.extend(strata.iter().map(String::as_str));
        let [first, second] = levels(&factors[number]);
        let within = within.join(" and ");
        Estimand {
            id: format!("{}_stratified_superiority", factors[number].id),
            weights: WEIGHTS[number],
            definition: format!(
                "{HIGHER}: {second} against {first}, both of the same {within}; strata weighted by n1 n2/(N + 1) \
                 of their planned sizes"
            ),
        }
    };
    [0, 1].map(of).into()
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
        one(
            format!("{context}_total"),
            main.weights,
            format!("through the mediator and beside it: {averaged}"),
        ),
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
