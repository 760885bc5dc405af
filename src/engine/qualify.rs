//! Which scenarios the engine of sufficient statistics can do exactly.
//!
//! One line per condition: what must hold, and what to say when it
//! does not. The engine is used only where it draws from the same distribution
//! as the engine of patients.

use crate::analysis::registry::{self, Context};
use crate::estimand::ARMS;
use crate::observation::{Scale, TherapistContrasts};
use crate::response::{context_slope, has_context_slopes};
use crate::scenario::resolve::{self, PartOf};
use crate::scenario::{
    AnalysisSpec, AssignmentMethod, Law, Moderator, Outcome, ResidualShape, Scenario, Strategy,
};
use indexmap::IndexSet;
use std::sync::Arc;

/// One condition for drawing sufficient statistics.
struct Condition {
    holds: fn(&Scenario) -> bool,
    otherwise: &'static str,
}

/// What the engine needs beside the distribution; power by formula does not.
const OF_THE_ENGINE: &[Condition] = &[
    Condition {
        holds: |scenario| {
            let patients: u64 = resolve::arm_sizes(scenario).iter().sum();
            let (names, _) = resolve::score_correlation(scenario);
            patients as usize >= ARMS + names.len()
        },
        otherwise: "there are fewer residual degrees of freedom than variables (/design/n_per_arm)",
    },
    Condition {
        holds: |scenario| {
            scenario.analyses.iter().all(|spec| {
                let settings = resolve::settings(scenario, spec);
                registry::find(&spec.method).is_none_or(|entry| entry.needs_moments_only(&settings))
            })
        },
        otherwise: ONE_BY_ONE,
    },
];

const ONE_BY_ONE: &str = "an analysis looks at patients one by one (/analyses/*/method)";
const THERAPISTS_DIFFER: &str = "patients of one therapist have something in common (/design/therapists)";

/// What contrasts between therapists may make up for.
const MADE_UP_FOR: [&str; 2] = [ONE_BY_ONE, THERAPISTS_DIFFER];

/// What is said where they would, with more patients.
const FEW_FOR_THERAPISTS: &str =
    "there are fewer residual degrees of freedom than variables and therapists (/design)";

/// What is said of an analysis of means and products for which those of all arms together are not enough.
const ARM_BY_ARM: &str =
    "an analysis looks at each arm's variance, in a design with therapists (/analyses/*/method)";

/// What makes the outcomes normal before anything is recorded of them.
const OF_WHAT_HAPPENS: &[Condition] = &[
    Condition {
        holds: |scenario| !resolve::is_observational(scenario),
        otherwise: "nothing is assigned (/design/kind)",
    },
    Condition {
        holds: |scenario| scenario.design.assignment.method == AssignmentMethod::Fixed,
        otherwise: "arm sizes are not fixed (/design/assignment/method)",
    },
    Condition {
        holds: |scenario| scenario.cohort.covariates.iter().all(|covariate| covariate.law == Law::Normal),
        otherwise: "a covariate is not normal (/cohort/covariates/*/law)",
    },
    Condition {
        holds: |scenario| scenario.cohort.eligibility.is_empty(),
        otherwise: "patients are screened (/cohort/eligibility)",
    },
    Condition { holds: |scenario| !therapists_differ(scenario), otherwise: THERAPISTS_DIFFER },
    Condition {
        holds: |scenario| {
            let by_chance =
                scenario.response.delivery.as_ref().is_some_and(|delivery| delivery.residual_sd > 0.0);
            !scenario.response.has_disposition() && !by_chance
        },
        otherwise: "what patients perceive of the context varies (/response/delivery)",
    },
    Condition {
        holds: |scenario| {
            let has_shape =
                |shape: &ResidualShape| shape.t_degrees_of_freedom.is_some() || shape.skewness.is_some();
            !outcomes(scenario).any(|outcome| outcome.residual_shape.as_ref().is_some_and(has_shape))
        },
        otherwise: "an outcome has heavy tails or is skewed (/response/outcomes/*/residual_shape)",
    },
    Condition {
        holds: |scenario| outcomes(scenario).all(|outcome| !differs_between_patients(outcome)),
        otherwise: "effects differ between patients (/response/outcomes/*/effect_sd, moderators)",
    },
    Condition {
        holds: |scenario| {
            outcomes(scenario).all(|outcome| outcome.belief_effect.is_none_or(|effect| effect == 0.0))
        },
        otherwise: "what patients believe to receive acts on an outcome (/response/outcomes/*/belief_effect)",
    },
];

/// What makes that what is recorded.
const OF_WHAT_IS_RECORDED: &[Condition] = &[
    Condition {
        holds: |scenario| {
            scenario
                .observation
                .instruments
                .values()
                .all(|instrument| Scale::new(Some(instrument)).is_exact())
        },
        otherwise: "an instrument rounds or has limits (/observation/instruments)",
    },
    Condition {
        holds: |scenario| scenario.observation.events.is_empty(),
        otherwise: "something happens to patients after assignment (/observation/events)",
    },
    Condition {
        holds: |scenario| scenario.observation.missing.is_empty(),
        otherwise: "outcomes are missing (/observation/missing)",
    },
];

/// What makes another effect add a constant to the outcomes of an arm, and change nothing else.
const OF_SHIFTS: &[Condition] = &[
    Condition {
        holds: |scenario| !resolve::is_observational(scenario),
        otherwise: "nothing is assigned (/design/kind)",
    },
    Condition {
        holds: |scenario| {
            let outcomes = scenario.response.outcomes.keys();
            let mut instruments = outcomes.filter_map(|name| scenario.observation.instruments.get(name));
            instruments.all(|instrument| Scale::new(Some(instrument)).is_exact())
        },
        otherwise: "an instrument rounds or has limits (/observation/instruments)",
    },
    Condition {
        holds: |scenario| scenario.observation.events.is_empty(),
        otherwise: "something happens to patients after assignment (/observation/events)",
    },
    Condition {
        holds: |scenario| {
            let is_outcome = |name: &String| scenario.response.outcomes.contains_key(name);
            scenario
                .observation
                .missing
                .iter()
                .all(|reason| !reason.depends_on.as_ref().is_some_and(is_outcome))
        },
        otherwise: "whether an outcome is missing depends on an outcome (/observation/missing)",
    },
    Condition {
        holds: |scenario| !outcomes(scenario).any(|outcome| moderators(outcome).any(Moderator::acts)),
        otherwise: "a covariate changes effects in proportion to them (/response/outcomes/*/moderators)",
    },
    Condition {
        holds: |scenario| {
            let varies = scenario
                .response
                .delivery
                .as_ref()
                .is_some_and(|delivery| delivery.residual_sd > 0.0 || delivery.therapist_sd > 0.0);
            !scenario.response.has_disposition() && !varies
        },
        otherwise: "what patients perceive of the context varies (/response/delivery)",
    },
];

/// What keeps trials with another effect from being those with the planned one, shifted.
pub(super) fn shift_obstacles(scenario: &Scenario) -> Vec<&'static str> {
    failing(OF_SHIFTS, scenario).collect()
}

/// Whether sufficient statistics are exact for a checked scenario.
#[must_use]
pub fn qualifies_for_statistics(scenario: &Scenario) -> bool {
    obstacles(scenario).is_empty()
}

/// Everything that prevents the engine of sufficient statistics.
pub(super) fn obstacles(scenario: &Scenario) -> Vec<&'static str> {
    obstacles_with(scenario, TherapistContrasts::of(scenario).map(Arc::new).as_ref())
}

/// The same where the scenario's contrasts between therapists are known already.
pub(super) fn obstacles_with(
    scenario: &Scenario,
    contrasts: Option<&Arc<TherapistContrasts>>,
) -> Vec<&'static str> {
    let of_formula = formula_obstacles(scenario);
    let plain: Vec<&str> = failing(OF_THE_ENGINE, scenario).chain(of_formula.clone()).collect();
    let few = match told_by(contrasts.map(Arc::as_ref), scenario) {
        Told::All => None,
        Told::AllWithMorePatients if plain.iter().any(|obstacle| MADE_UP_FOR.contains(obstacle)) => {
            Some(FEW_FOR_THERAPISTS)
        }
        _ => return plain,
    };
    let beyond = contrasts.map(|contrasts| beyond_contrasts(scenario, contrasts)).unwrap_or_default();
    let others = of_formula.into_iter().filter(|&obstacle| obstacle != THERAPISTS_DIFFER);
    few.into_iter().chain(beyond).chain(others).collect()
}

/// What arms' means, products within arms and contrasts between therapists tell of trials, as long as these are normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// All that analyses of the arms and of therapists' levels ask.
    All,
    /// The same, if there were more patients.
    AllWithMorePatients,
    /// Less than that, or nobody has a therapist.
    Less,
}

/// By the design of a checked scenario alone, so that all analyses of it see the same trials.
pub(super) fn told_by(contrasts: Option<&TherapistContrasts>, scenario: &Scenario) -> Told {
    match contrasts.filter(|_| therapists_have_levels_and_slopes_only(scenario)) {
        Some(contrasts) if leaves_residuals(scenario, contrasts) => Told::All,
        Some(_) => Told::AllWithMorePatients,
        None => Told::Less,
    }
}

/// Whether therapists have levels and slopes of their own and nothing else, all patients have one, and arms do not differ
/// in spread.
fn therapists_have_levels_and_slopes_only(scenario: &Scenario) -> bool {
    let Some(stated) = &scenario.design.therapists else { return false };
    let differs_in_spread = |outcome: &Outcome| {
        let sds = resolve::arm_sds(scenario, outcome);
        sds.iter().any(|&sd| sd != sds[0])
    };
    !conveys(scenario) && stated.only_with.is_none() && !outcomes(scenario).any(differs_in_spread)
}

/// Whether variables have degrees of freedom within arms beside contrasts, and beside the directions in which slopes move
/// the rest: no more of these than there are therapists.
fn leaves_residuals(scenario: &Scenario, contrasts: &TherapistContrasts) -> bool {
    let of_slopes = if has_context_slopes(scenario) { contrasts.cells().len() } else { 0 };
    let levels = resolve::latent_parts(scenario).iter().filter(|part| part.of == PartOf::Therapist).count();
    let variables = resolve::score_correlation(scenario).0.len() - levels;
    let patients: f64 = contrasts.sizes.iter().sum();
    patients as usize >= ARMS + contrasts.count() + of_slopes + variables
}

/// What analyses look at beside arms' means, products within arms and contrasts between therapists.
fn beyond_contrasts(scenario: &Scenario, contrasts: &Arc<TherapistContrasts>) -> IndexSet<&'static str> {
    let beyond = |spec: &AnalysisSpec| {
        let context = Context {
            baseline: Some(1),
            covariates: (1..=resolve::covariate_columns(scenario, spec).len()).collect(),
            therapists: Some(Arc::clone(contrasts)),
            settings: resolve::settings(scenario, spec),
            ..Context::default()
        };
        let entry = registry::find(&spec.method)?;
        let more = if entry.needs_moments_only(&context.settings) { ARM_BY_ARM } else { ONE_BY_ONE };
        (!entry.needs_contrasts_only(&context)).then_some(more)
    };
    scenario.analyses.iter().filter_map(beyond).collect()
}

/// What keeps the power of an analysis from having a formula.
pub(super) fn formula_obstacles(scenario: &Scenario) -> Vec<&'static str> {
    failing(OF_WHAT_HAPPENS, scenario).chain(failing(OF_WHAT_IS_RECORDED, scenario)).collect()
}

/// What keeps outcomes from being normal before anything is recorded of them.
pub(super) fn latent_obstacles(scenario: &Scenario) -> Vec<&'static str> {
    failing(OF_WHAT_HAPPENS, scenario).collect()
}

/// Whether who lacks a value is decided by chance and by these variables, by name, alone: given them, what is lacking
/// says nothing of an outcome.
pub(super) fn lacks_values_given(scenario: &Scenario, names: &[&str]) -> bool {
    let observation = &scenario.observation;
    let missing = observation.missing.iter().map(|reason| (&reason.depends_on, reason.correlation));
    let not_used = observation.events.iter().filter(|event| event.strategy == Strategy::Hypothetical);
    let not_used = not_used.map(|event| (&event.depends_on, event.correlation));
    missing.chain(not_used).all(|(depends_on, correlation)| {
        let Some(on) = depends_on.as_ref().filter(|_| correlation.is_some_and(|it| it != 0.0)) else {
            return true;
        };
        resolve::column_of(scenario, on).is_some_and(|column| names.contains(&column.as_str()))
    })
}

fn failing(conditions: &'static [Condition], scenario: &Scenario) -> impl Iterator<Item = &'static str> {
    let fails = |condition: &&Condition| !(condition.holds)(scenario);
    conditions.iter().filter(fails).map(|condition| condition.otherwise)
}

/// Whether it matters who treats whom.
pub(super) fn therapists_differ(scenario: &Scenario) -> bool {
    therapists_differ_by_outcome(scenario).contains(&true)
}

/// The same, of each outcome.
pub(super) fn therapists_differ_by_outcome(scenario: &Scenario) -> Vec<bool> {
    let differ = |name: &String| {
        icc(scenario, name) > 0.0
            || context_slope(scenario, name).is_some()
            || scenario.design.therapists.is_some() && conveys(scenario)
    };
    scenario.response.outcomes.keys().map(differ).collect()
}

/// The share of an outcome's variance that lies between therapists.
pub(super) fn icc(scenario: &Scenario, outcome: &str) -> f64 {
    let stated = scenario.design.therapists.as_ref().and_then(|therapists| therapists.icc.as_ref());
    stated.and_then(|icc| icc.of(outcome)).unwrap_or(0.0)
}

/// Whether therapists convey the context more or less by nature.
fn conveys(scenario: &Scenario) -> bool {
    scenario.response.delivery.as_ref().is_some_and(|delivery| delivery.therapist_sd > 0.0)
}

fn outcomes(scenario: &Scenario) -> impl Iterator<Item = &Outcome> {
    scenario.response.outcomes.values()
}

fn differs_between_patients(outcome: &Outcome) -> bool {
    outcome.effect_sd.iter().flat_map(|sds| sds.values()).any(|&sd| sd > 0.0)
        || moderators(outcome).any(Moderator::acts)
}

fn moderators(outcome: &Outcome) -> impl Iterator<Item = &Moderator> {
    outcome.moderators.iter().flat_map(|effects| effects.values()).flat_map(|by| by.values())
}
