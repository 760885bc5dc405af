//! One virtual trial, stage by stage: cohort, assignment, response, observation.
//!
//! In come a scenario and a seed; out come, for each replicate, the columns of
//! its patients, recorded and hidden. This is the one way in which patients with
//! anything beyond normal variables are made: for the replicate loop, for the
//! export of one trial, and for the truth of estimands that have no formula.

use super::allocation::{Allocation, AllocationRoom};
use super::shares;
use crate::assignment::{Layout, NOBODY, Places};
use crate::cohort::{CohortColumns, CohortModel, DrawBuffers};
use crate::error::{Error, ErrorKind, Result};
use crate::observation::{
    Before, Happening, ObservationColumns, ObservationModel, Purpose, RatingModel, Seen,
};
use crate::response::{ResponseColumns, ResponseModel};
use crate::scenario::Scenario;

/// The stages of a trial, ready.
#[derive(Debug, Clone)]
pub(crate) struct VirtualTrial {
    pub layout: Layout,
    pub seed: u64,
    pub allocation: Allocation,
    pub cohort: CohortModel,
    pub response: ResponseModel,
    pub observation: ObservationModel,
    rating: Option<RatingModel>,
}

/// Columns of one replicate.
#[derive(Debug, Clone)]
pub(crate) struct TrialColumns {
    pub cohort: CohortColumns,
    pub response: ResponseColumns,
    pub observation: ObservationColumns,
    pub arms: Vec<u8>,
    /// Number of each patient's therapist; empty if there are no therapists.
    pub therapists: Vec<u32>,
    /// Each patient's block of the randomisation; empty where there are none.
    pub blocks: Vec<u32>,
    allocation: AllocationRoom,
    /// The replicate that is in the columns.
    pub replicate: u64,
    /// How patients rate what they perceived in the arms that they are in; empty without a rating.
    pub rating: Vec<f64>,
    rating_buffers: DrawBuffers,
    /// Recorded values of the outcomes, in their order; not a number where missing.
    pub outcomes: Vec<Vec<f64>>,
}

impl VirtualTrial {
    /// A trial of this layout with the patients of a checked scenario. `settled` are its shares, or those of a scenario that
    /// differs in numbers of patients only, if they are known.
    pub fn new(
        scenario: &Scenario,
        layout: Layout,
        seed: u64,
        settled: Option<&ObservationModel>,
    ) -> Result<Self> {
        let allocation = |cohort: &CohortModel| Allocation::new(scenario, cohort, seed);
        let mut trial = Self::with(scenario, layout, seed, allocation)?;
        match settled {
            Some(settled) => trial.observation.take_limits(settled),
            None => shares::settle(scenario, &mut trial.observation)?,
        }
        Ok(trial)
    }

    /// Many patients of a checked scenario, each with a therapist of their own.
    pub fn population(scenario: &Scenario, layout: Layout, seed: u64) -> Result<Self> {
        let mut trial = Self::waiting(scenario, layout, seed)?;
        shares::settle(scenario, &mut trial.observation)?;
        Ok(trial)
    }

    /// The same, in whom shares of what depends on a variable without a known law are not settled yet.
    pub fn waiting(scenario: &Scenario, layout: Layout, seed: u64) -> Result<Self> {
        let patients = layout.patients();
        Self::with(scenario, layout, seed, |_| Allocation::one_each(scenario, patients))
    }

    fn with(
        scenario: &Scenario,
        layout: Layout,
        seed: u64,
        allocation: impl FnOnce(&CohortModel) -> Allocation,
    ) -> Result<Self> {
        let impossible = |what: &str| {
            Error::new(ErrorKind::Unexpected, format!("the checked scenario has an impossible {what}"))
        };
        let cohort = CohortModel::new(scenario, seed).map_err(|_| impossible("cohort"))?;
        let allocation = allocation(&cohort);
        let response = ResponseModel::new(scenario, &cohort, allocation.therapists(), seed)
            .ok_or_else(|| impossible("outcome"))?;
        let observation = ObservationModel::new(scenario, &cohort, &response, seed);
        let rating = RatingModel::new(scenario, seed);
        Ok(VirtualTrial { layout, seed, allocation, cohort, response, observation, rating })
    }

    /// Columns for one replicate at a time.
    pub fn columns(&self) -> TrialColumns {
        let patients = self.layout.patients();
        let mut arms = vec![0; patients];
        self.layout.write_arms(&mut arms);
        let mut therapists = vec![NOBODY; if self.allocation.therapists() > 0 { patients } else { 0 }];
        self.allocation.settle(&arms, &mut therapists);
        TrialColumns {
            cohort: self.cohort.room(&self.layout),
            response: self.response.room(&self.layout),
            observation: self.observation.room(&self.layout),
            therapists,
            blocks: self.allocation.blocks(patients),
            allocation: self.allocation.room(patients),
            replicate: 0,
            rating: vec![0.0; if self.rating.is_some() { patients } else { 0 }],
            rating_buffers: DrawBuffers::new(&self.layout),
            arms,
            outcomes: vec![vec![0.0; patients]; self.response.outcomes.len()],
        }
    }

    /// Simulates one replicate.
    pub fn simulate(&self, replicate: u64, columns: &mut TrialColumns) {
        self.enact(replicate, columns);
        self.observe(replicate, columns);
    }

    /// One replicate up to where nothing is recorded yet: the outcomes are those before any instrument and any event.
    pub fn enact(&self, replicate: u64, columns: &mut TrialColumns) {
        self.draw(replicate, columns);
        self.reveal(columns);
    }

    /// Records what was enacted.
    pub fn observe(&self, replicate: u64, columns: &mut TrialColumns) {
        self.record(Purpose::Data, columns);
        columns.replicate = replicate;
        self.rate(replicate, columns);
    }

    /// Lets patients rate what they perceived.
    pub fn rate(&self, replicate: u64, columns: &mut TrialColumns) {
        let TrialColumns { response, arms, rating, rating_buffers, .. } = columns;
        if let Some(model) = &self.rating {
            model.draws.draw(replicate, &self.layout, rating_buffers, rating);
            model.rate(arms, &response.perceived, rating);
        }
    }

    /// Draws the patients, who is in which arm, and all that is not decided by the arm.
    pub fn draw(&self, replicate: u64, columns: &mut TrialColumns) {
        let TrialColumns { cohort, response, observation, arms, therapists, blocks, allocation, .. } =
            columns;
        self.cohort.draw(replicate, &self.layout, cohort);
        self.allocation.decide(replicate, cohort, allocation, therapists, Places { arms, blocks });
        self.response.draw(replicate, &self.layout, therapists, cohort, response);
        self.observation.draw(replicate, &self.layout, observation);
    }

    /// Outcomes in the arms that the patients are in, before anything is recorded.
    fn reveal(&self, columns: &mut TrialColumns) {
        let TrialColumns { cohort, response, arms, outcomes, .. } = columns;
        for (number, (outcome, values)) in self.response.outcomes.iter().zip(outcomes).enumerate() {
            outcome.value(number, arms, cohort, response, values);
        }
    }

    /// The outcomes as if everybody were in one arm, before anything is recorded.
    pub fn latent(&self, arm: usize, columns: &mut TrialColumns) {
        columns.arms.fill(arm as u8);
        self.reveal(columns);
    }

    /// The outcomes that the estimands are about, as if everybody were in one arm.
    pub fn potential(&self, arm: usize, columns: &mut TrialColumns) {
        self.record_as(Purpose::Truth, arm, columns);
    }

    /// The same if what reaches patients of the context by what they perceive were so much more.
    pub fn potential_with(&self, dose: f64, arm: usize, columns: &mut TrialColumns) {
        self.latent(arm, columns);
        let TrialColumns { response, outcomes, .. } = columns;
        for (number, (outcome, values)) in self.response.outcomes.iter().zip(outcomes).enumerate() {
            outcome.add_dose(number, dose, arm, response, values);
        }
        self.record(Purpose::Truth, columns);
    }

    /// Whether the rating shows what is perceived, but for its error, without steps or limits.
    pub fn rating_is_exact(&self) -> bool {
        self.rating.as_ref().is_none_or(RatingModel::is_exact)
    }

    /// The outcomes as if everybody were in one arm.
    pub fn record_as(&self, purpose: Purpose, arm: usize, columns: &mut TrialColumns) {
        self.latent(arm, columns);
        self.record(purpose, columns);
    }

    /// One outcome as it would be without any treatment, `being_treated` being the mean benefit of
    /// being treated at all.
    pub fn untreated(&self, outcome: usize, being_treated: f64, columns: &mut TrialColumns) {
        self.latent(0, columns);
        let TrialColumns { cohort, response, outcomes, .. } = columns;
        let values = &mut outcomes[outcome];
        self.response.outcomes[outcome].remove_treatment(outcome, being_treated, cohort, response, values);
        self.observation.measure(outcome, values);
    }

    /// Whether the mean contrasts of an outcome are those of its stated means.
    pub fn is_linear(&self, outcome: usize) -> bool {
        self.observation.is_exact(outcome)
            && self.cohort.keeps_contrasts(self.cohort.before + outcome)
            && !self.response.ties_effects_to_perception(outcome)
            && self.response.moderators(outcome).all(|variable| self.cohort.is_exact(variable))
    }

    /// Looks at the patients, of whom everybody is in one arm, for shares that wait.
    pub fn see(&self, kind: Happening, columns: &mut TrialColumns, seen: &mut Seen) {
        let TrialColumns { cohort, response, observation, arms, outcomes, .. } = columns;
        let before = Before { response: &self.response, cohort, particular: response };
        self.observation.see(kind, arms, &before, observation, outcomes, seen);
    }

    fn record(&self, purpose: Purpose, columns: &mut TrialColumns) {
        let TrialColumns { cohort, response, observation, arms, outcomes, .. } = columns;
        let before = Before { response: &self.response, cohort, particular: response };
        self.observation.record(purpose, arms, &before, observation, outcomes);
    }

    /// The columns that the plan's variables are recorded in.
    pub fn recorded<'a>(&self, columns: &'a TrialColumns, variable: usize) -> &'a [f64] {
        match variable.checked_sub(self.cohort.before) {
            None => &columns.cohort.patients.measured[variable],
            // After the outcomes comes the rating.
            Some(outcome) => columns.outcomes.get(outcome).unwrap_or(&columns.rating),
        }
    }
}
