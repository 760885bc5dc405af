//! What is the therapist's: a level of their own, the effect of the same style in
//! their hands, and what they convey by nature.
//!
//! In come the therapists of one replicate's patients; out come the sources of
//! their outcomes with the therapists' shares in them, and additions to what is
//! particular to each patient.
//!
//! The level is a part of the outcome's SD, one of the patient's variables (see
//! [`latent_parts`](crate::scenario::resolve::latent_parts)) whose source patients
//! of one therapist share. Patients without a therapist keep a source of their own,
//! and so their SD.

use crate::assignment::Layout;
use crate::cohort::{CohortColumns, CohortModel, DrawBuffers, SourceDraws};
use crate::scenario::resolve::PartOf;
use crate::scenario::{Scenario, resolve};

/// Everything that belongs to the therapists.
#[derive(Debug, Clone)]
pub struct TherapistEffects {
    layout: Layout,
    /// The variables whose sources are the therapists'.
    levels: Vec<(SourceDraws, usize)>,
    /// By outcome: SD of the context's effect.
    slopes: Vec<Option<(SourceDraws, f64)>>,
    ability: Option<(SourceDraws, f64)>,
}

/// Columns of the therapists of one replicate.
#[derive(Debug, Clone)]
pub struct TherapistColumns {
    values: Vec<f64>,
    buffers: DrawBuffers,
}

impl TherapistEffects {
    /// What belongs to the therapists of a checked scenario; none if it has none.
    #[must_use]
    pub fn new(scenario: &Scenario, cohort: &CohortModel, therapists: usize, seed: u64) -> Option<Self> {
        scenario.design.therapists.as_ref()?;
        let names = scenario.response.outcomes.keys();
        let draws = |name: &str, what: &str| SourceDraws::new(seed, &format!("therapist/{name}{what}"));
        let levels = resolve::latent_parts(scenario).into_iter().filter(|part| part.of == PartOf::Therapist);
        let levels = levels.filter_map(|part| Some((draws(&part.outcome, ""), cohort.index(&part.name)?)));
        let slope = |name: &String| {
            let (of, sd) = context_slope(scenario, name)?;
            Some((draws(&of, " effect"), sd))
        };
        let ability = scenario.response.delivery.as_ref().map_or(0.0, |delivery| delivery.therapist_sd);
        Some(TherapistEffects {
            layout: Layout::in_order(therapists),
            levels: levels.collect(),
            slopes: names.map(slope).collect(),
            ability: (ability > 0.0).then(|| (draws("delivery", ""), ability)),
        })
    }

    /// Columns for one replicate at a time.
    #[must_use]
    pub fn room(&self) -> TherapistColumns {
        TherapistColumns {
            values: vec![0.0; self.layout.patients()],
            buffers: DrawBuffers::new(&self.layout),
        }
    }

    /// SD between therapists of the context's effect on an outcome.
    #[must_use]
    pub fn slope_sd(&self, outcome: usize) -> f64 {
        self.slopes.get(outcome).and_then(Option::as_ref).map_or(0.0, |(_, sd)| *sd)
    }

    /// Gives patients of one therapist the same level.
    pub fn share_sources(
        &self,
        replicate: u64,
        therapists: &[u32],
        columns: &mut TherapistColumns,
        cohort: &mut CohortColumns,
    ) {
        for (draws, variable) in &self.levels {
            draws.draw(replicate, &self.layout, &mut columns.buffers, &mut columns.values);
            for (value, &therapist) in cohort.patients.sources[*variable].iter_mut().zip(therapists) {
                if let Some(level) = columns.values.get(therapist as usize) {
                    *value = *level;
                }
            }
        }
    }

    /// Adds what the therapists convey by nature to what patients perceive.
    pub fn add_ability(
        &self,
        replicate: u64,
        therapists: &[u32],
        columns: &mut TherapistColumns,
        out: &mut [f64],
    ) {
        self.add(self.ability.as_ref(), replicate, therapists, columns, out);
    }

    /// Adds the therapists' deviations to the context's effect on an outcome.
    pub fn add_slopes(
        &self,
        outcome: usize,
        replicate: u64,
        therapists: &[u32],
        columns: &mut TherapistColumns,
        out: &mut [f64],
    ) {
        self.add(self.slopes[outcome].as_ref(), replicate, therapists, columns, out);
    }

    fn add(
        &self,
        part: Option<&(SourceDraws, f64)>,
        replicate: u64,
        therapists: &[u32],
        columns: &mut TherapistColumns,
        out: &mut [f64],
    ) {
        let Some((draws, sd)) = part else { return };
        draws.draw(replicate, &self.layout, &mut columns.buffers, &mut columns.values);
        for (value, &therapist) in out.iter_mut().zip(therapists) {
            *value += columns.values.get(therapist as usize).map_or(0.0, |z| sd * z);
        }
    }
}

/// Whether the context's effect on any outcome is greater in the hands of some therapists than of others.
#[must_use]
pub fn has_context_slopes(scenario: &Scenario) -> bool {
    scenario.response.outcomes.keys().any(|name| context_slope(scenario, name).is_some())
}

/// SD between therapists of the context's effect on an outcome, and the outcome whose effects these are: in whose hands a
/// style works better, it does so at every visit, as much of it as of the effect. None where it is alike in all hands.
#[must_use]
pub fn context_slope(scenario: &Scenario, outcome: &str) -> Option<(String, f64)> {
    let sds = scenario.design.therapists.as_ref()?.context_effect_sd.as_ref()?;
    let (of, share) = match &scenario.response.outcomes.get(outcome)?.visit {
        Some(visit) => (visit.outcome.as_str(), visit.effect),
        None => (outcome, 1.0),
    };
    let sd = sds.of(of)? * share;
    (sd > 0.0).then(|| (of.to_owned(), sd))
}
