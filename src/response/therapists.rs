//! What is the therapist's: a level of their own, the effect of the same style in
//! their hands, and what they convey by nature.
//!
//! In come the therapists of one replicate's patients; out come the sources of
//! their outcomes with the therapists' shares in them, and additions to what is
//! particular to each patient.
//!
//! With standardised sources z, an outcome is mean + SD·(√ρ·Σ lₖzₖ + error). The
//! intraclass correlation is a part of the SD: the outcome's own source is
//! √s·(therapist) + √(1 − s)·(patient), and as outcomes also mix the sources of
//! those before them, the shares s solve ICCᵢ = ρᵢ Σₖ lᵢₖ² sₖ one after the other.
//! Patients without a therapist keep their source as it is, and so their SD.

use crate::assignment::Layout;
use crate::cohort::{CohortColumns, CohortModel, DrawBuffers, SourceDraws};
use crate::scenario::Scenario;

/// Everything that belongs to the therapists.
#[derive(Debug, Clone)]
pub struct TherapistEffects {
    layout: Layout,
    /// By outcome: variable, and the therapists' share of its source.
    levels: Vec<Option<(SourceDraws, usize, f64)>>,
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

/// An intraclass correlation that an outcome cannot have.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfReach {
    /// The outcome.
    pub outcome: String,
    /// The least that it can have, which comes with those of the outcomes it correlates with.
    pub least: f64,
    /// The most: all that baseline, covariates, other outcomes and error leave.
    pub most: f64,
}

/// The therapists' share of each outcome's own source.
///
/// # Errors
/// If an intraclass correlation is out of reach.
pub fn therapist_shares(scenario: &Scenario, cohort: &CohortModel) -> Result<Vec<f64>, OutOfReach> {
    let stated = scenario.design.therapists.as_ref().and_then(|therapists| therapists.icc.as_ref());
    let mut shares = Vec::new();
    for (number, outcome) in scenario.response.outcomes.keys().enumerate() {
        let variable = cohort.before + number;
        let (loadings, reliability) = (&cohort.loadings[variable], cohort.reliability[variable]);
        let squared = |source: usize| loadings[source] * loadings[source];
        let earlier = shares.iter().enumerate();
        let least: f64 =
            reliability * earlier.map(|(k, share)| squared(cohort.before + k) * share).sum::<f64>();
        let room = reliability * squared(variable);
        let share = match stated.and_then(|stated| stated.of(outcome)) {
            None => 0.0,
            Some(icc) => (icc - least) / room,
        };
        // Rounding must not refuse what is possible.
        if !(-1e-12..=1.0 + 1e-12).contains(&share) {
            return Err(OutOfReach { outcome: outcome.clone(), least, most: least + room });
        }
        shares.push(share.clamp(0.0, 1.0));
    }
    Ok(shares)
}

impl TherapistEffects {
    /// What belongs to the therapists of a checked scenario; none if nothing does.
    #[must_use]
    pub fn new(scenario: &Scenario, cohort: &CohortModel, therapists: usize, seed: u64) -> Option<Self> {
        let stated = scenario.design.therapists.as_ref()?;
        let shares = therapist_shares(scenario, cohort).ok()?;
        let names = scenario.response.outcomes.keys();
        let draws = |name: &str, what: &str| SourceDraws::new(seed, &format!("{name}/therapist{what}"));
        let level = |(number, name): (usize, &String)| {
            let share = shares[number];
            (share > 0.0).then(|| (draws(name, ""), cohort.before + number, share))
        };
        let slope = |name: &String| {
            let sd = stated.context_effect_sd.as_ref().and_then(|sds| sds.of(name)).unwrap_or(0.0);
            (sd > 0.0).then(|| (draws(name, " effect"), sd))
        };
        let ability = scenario.response.delivery.map_or(0.0, |delivery| delivery.therapist_sd);
        Some(TherapistEffects {
            layout: Layout::in_order(therapists),
            levels: names.clone().enumerate().map(level).collect(),
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

    /// Mixes the therapists' levels into the sources of the outcomes.
    pub fn share_sources(
        &self,
        replicate: u64,
        therapists: &[u32],
        columns: &mut TherapistColumns,
        cohort: &mut CohortColumns,
    ) {
        for (draws, variable, share) in self.levels.iter().flatten() {
            draws.draw(replicate, &self.layout, &mut columns.buffers, &mut columns.values);
            let (own, theirs) = ((1.0 - share).sqrt(), share.sqrt());
            for (value, &therapist) in cohort.patients.sources[*variable].iter_mut().zip(therapists) {
                if let Some(level) = columns.values.get(therapist as usize) {
                    *value = own * *value + theirs * level;
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
