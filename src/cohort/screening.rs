//! Screening: candidates come in waves until the trial is full.
//!
//! In come the cohort and its rules; out come the patients who meet them, in the
//! order in which they were screened, so that a larger trial screens on where a
//! smaller one stopped. Before the first replicate a large population is screened
//! once: for the share that is eligible, and for what the enrolled are like.

use super::Moments;
use super::enrolment::Rule;
use super::model::{CohortModel, NoCohort, PatientColumns};
use super::sources::DrawBuffers;
use crate::assignment::Layout;
use crate::estimand::ARMS;
use crate::scenario::Scenario;

/// Candidates of a wave.
const WAVE: usize = 256;

/// Waves of one replicate have numbers of their own in the streams.
const WAVES: u64 = 1 << 16;

/// Waves that are screened before the first replicate: 131,072 candidates.
const TRIAL_WAVES: u64 = 512;

/// Seed of their streams.
pub(super) const SEED: u64 = 0x7363_7265_656e;

/// The least share of candidates who are eligible.
const LEAST_SHARE: f64 = 1e-3;

/// The rules of a scenario, and what they do.
#[derive(Debug, Clone)]
pub struct Screening {
    /// Share of candidates who are eligible, with its Monte Carlo standard error.
    pub eligible: (f64, f64),
    /// Means and standard deviations of all variables among the enrolled, simulated.
    pub simulated: Vec<Moments>,
    /// How many patients they come from.
    pub patients: u64,
    rules: Vec<Rule>,
    layout: Layout,
}

/// Buffers of one thread.
#[derive(Debug, Clone)]
pub struct Wave {
    columns: PatientColumns,
    buffers: DrawBuffers,
}

impl Screening {
    /// The rules of a scenario; none if it has none.
    ///
    /// # Errors
    /// If hardly anybody is eligible.
    pub(super) fn new(scenario: &Scenario, model: &CohortModel) -> Result<Option<Self>, NoCohort> {
        let rules = scenario.cohort.eligibility.iter();
        let rules: Vec<Rule> = rules.filter_map(|rule| Rule::new(scenario, rule, &model.names)).collect();
        if rules.is_empty() {
            return Ok(None);
        }
        let mut screening = Screening {
            eligible: (1.0, 0.0),
            simulated: Vec::new(),
            patients: 0,
            rules,
            layout: Layout::in_order(WAVE),
        };
        let mut sums = Sums::new(model);
        let mut wave = screening.room(model);
        for number in 0..TRIAL_WAVES {
            screening.draw(model, 0, number, &mut wave);
            (0..model.before).for_each(|variable| model.measure(variable, &mut wave.columns));
            (0..WAVE)
                .filter(|&candidate| screening.admits(&wave, candidate))
                .for_each(|candidate| sums.add(model, &wave.columns, candidate));
        }
        let screened = TRIAL_WAVES * WAVE as u64;
        let share = sums.patients / screened as f64;
        if share < LEAST_SHARE {
            return Err(NoCohort::Nobody { eligible: sums.patients as u64, screened });
        }
        screening.eligible = (share, (share * (1.0 - share) / screened as f64).sqrt());
        screening.patients = sums.patients as u64;
        screening.simulated = sums.moments(model);
        Ok(Some(screening))
    }

    /// Buffers of one thread.
    pub(super) fn room(&self, model: &CohortModel) -> Wave {
        Wave { columns: model.columns(WAVE), buffers: DrawBuffers::new(&self.layout) }
    }

    /// Fills the columns with the first patients who are eligible; gives back how many were screened.
    /// If the waves do not suffice, the rest is not a number, and so is the trial's answer.
    pub(super) fn enrol(
        &self,
        model: &CohortModel,
        replicate: u64,
        wave: &mut Wave,
        patients: &mut PatientColumns,
    ) -> u64 {
        let wanted = patients.sources.first().map_or(0, Vec::len);
        let mut enrolled = 0;
        for number in 0..WAVES {
            self.draw(model, replicate, number, wave);
            for rule in &self.rules {
                model.measure(rule.variable, &mut wave.columns);
            }
            for candidate in 0..WAVE {
                if self.admits(wave, candidate) {
                    take(model.before, &wave.columns, candidate, patients, enrolled);
                    enrolled += 1;
                    if enrolled == wanted {
                        return number * WAVE as u64 + candidate as u64 + 1;
                    }
                }
            }
        }
        for column in patients.sources.iter_mut().take(model.before) {
            column[enrolled..].fill(f64::NAN);
        }
        WAVES * WAVE as u64
    }

    fn draw(&self, model: &CohortModel, replicate: u64, number: u64, wave: &mut Wave) {
        let place = replicate.wrapping_mul(WAVES).wrapping_add(number);
        model.draw_sources(0..model.before, place, &self.layout, &mut wave.buffers, &mut wave.columns);
    }

    #[inline]
    fn admits(&self, wave: &Wave, candidate: usize) -> bool {
        self.rules.iter().all(|rule| rule.admits(wave.columns.measured[rule.variable][candidate]))
    }
}

/// Takes a candidate over as a patient.
fn take(before: usize, from: &PatientColumns, candidate: usize, to: &mut PatientColumns, patient: usize) {
    if let (Some(row), Some(slot)) = (from.rows.get(candidate), to.rows.get_mut(patient)) {
        *slot = *row;
    }
    for variable in 0..before {
        to.sources[variable][patient] = from.sources[variable][candidate];
        if let (Some(error), Some(slot)) =
            (from.errors[variable].get(candidate), to.errors[variable].get_mut(patient))
        {
            *slot = *error;
        }
    }
}

/// Sums over the eligible.
struct Sums {
    patients: f64,
    /// Of measured values, as deviations from the mean among those screened, and their squares.
    measured: Vec<[f64; 2]>,
    /// Of sources, and their products.
    sources: Vec<f64>,
    products: Vec<Vec<f64>>,
}

impl Sums {
    fn new(model: &CohortModel) -> Self {
        Sums {
            patients: 0.0,
            measured: vec![[0.0; 2]; model.before],
            sources: vec![0.0; model.before],
            products: vec![vec![0.0; model.before]; model.before],
        }
    }

    fn add(&mut self, model: &CohortModel, columns: &PatientColumns, candidate: usize) {
        self.patients += 1.0;
        for variable in 0..model.before {
            let deviation = columns.measured[variable][candidate] - model.moments[variable].mean[0];
            self.measured[variable][0] += deviation;
            self.measured[variable][1] += deviation * deviation;
            let source = columns.sources[variable][candidate];
            self.sources[variable] += source;
            for other in 0..=variable {
                self.products[variable][other] += source * columns.sources[other][candidate];
            }
        }
    }

    /// Of what was measured before treatment directly, of outcomes through the sources: given
    /// these, an outcome is normal.
    fn moments(&self, model: &CohortModel) -> Vec<Moments> {
        let n = self.patients;
        let covariance = |i: usize, j: usize| {
            self.products[i.max(j)][i.min(j)] / n - self.sources[i] / n * (self.sources[j] / n)
        };
        let of = |variable: usize| {
            let screened = model.moments[variable];
            if let Some([sum, squares]) = self.measured.get(variable) {
                let shift = sum / n;
                let sd = (squares / n - shift * shift).max(0.0).sqrt();
                return Moments { mean: [screened.mean[0] + shift; ARMS], sd: [sd; ARMS] };
            }
            let (before, after) = model.loadings[variable].split_at(model.before);
            let share = model.reliability[variable];
            let shift: f64 = before.iter().zip(&self.sources).map(|(loading, sum)| loading * sum / n).sum();
            let mut spread: f64 = after.iter().map(|loading| loading * loading).sum();
            for (i, a) in before.iter().enumerate() {
                spread += before.iter().enumerate().map(|(j, b)| a * b * covariance(i, j)).sum::<f64>();
            }
            Moments {
                mean: std::array::from_fn(|arm| screened.mean[arm] + screened.sd[arm] * share.sqrt() * shift),
                sd: screened.sd.map(|sd| sd * (share * spread + 1.0 - share).sqrt()),
            }
        };
        (0..model.names.len()).map(of).collect()
    }
}
