//! The cohort made ready: what patients are before treatment, and what is measured of it.
//!
//! In come a scenario and a seed; out come, for each replicate, the columns of
//! the patients: independent sources, true scores, and measured values before
//! treatment. Nothing here knows of arms beyond the order in which draws lie.
//!
//! Stated correlations are those of measured values. With reliabilities ρᵢ the
//! true scores correlate r ÷ √(ρᵢρⱼ) (Spearman 1904, Am. J. Psychol. 15:72), and
//! a measured value is mean + SD·(√ρ·true score + √(1 − ρ)·error).

use super::marginal::Transform;
use super::pilot::Pilot;
use super::population::{NoPopulation, Screened};
use super::recorded::{Recorded, RecordedOfScore};
use super::screening::{self, Screening, Wave};
use super::sources::{DrawBuffers, SourceDraws};
use super::{Moments, moments, not_normal};
use crate::assignment::Layout;
use crate::observation::Scale;
use crate::scenario::{Population, Scenario, resolve};
use crate::stats::cholesky;
use crate::vector::add_scaled;

/// Everything about the cohort that is fixed before the first replicate.
#[derive(Debug, Clone)]
pub struct CohortModel {
    /// Names of the variables: covariates, baselines, disposition, outcomes.
    pub names: Vec<String>,
    /// Their means and standard deviations among those screened.
    pub moments: Vec<Moments>,
    /// Their means and standard deviations among the enrolled.
    pub enrolled: Vec<Moments>,
    /// Share of each variable's variance that is not error of measurement.
    pub reliability: Vec<f64>,
    /// How the true score of each variable mixes the sources up to its own.
    pub loadings: Vec<Vec<f64>>,
    /// How many variables there are before treatment; the rest are outcomes.
    pub before: usize,
    /// Who of those screened is enrolled; none if everybody is.
    pub screening: Option<Screening>,
    pilot: Option<Pilot>,
    draws: Vec<SourceDraws>,
    errors: Vec<Option<SourceDraws>>,
    /// From scores to values, for variables that are not normal.
    transforms: Vec<Option<Transform>>,
    scales: Vec<Scale>,
    is_traced_back: bool,
}

/// The columns of some patients, by variable.
#[derive(Debug, Clone)]
pub struct PatientColumns {
    /// Independent standard normal sources of the true scores.
    pub sources: Vec<Vec<f64>>,
    /// Errors of measurement, standardised; empty where there are none.
    pub errors: Vec<Vec<f64>>,
    /// Measured values of the variables before treatment.
    pub measured: Vec<Vec<f64>>,
    /// Each patient's row of the pilot; empty without one.
    pub rows: Vec<f64>,
}

/// The columns of one replicate.
#[derive(Debug, Clone)]
pub struct CohortColumns {
    /// The patients in the trial.
    pub patients: PatientColumns,
    /// How many patients were screened.
    pub screened: u64,
    buffers: DrawBuffers,
    wave: Option<Box<Wave>>,
}

/// Why there is no such cohort.
#[derive(Debug, Clone, PartialEq)]
pub enum NoCohort {
    /// Its correlations cannot be.
    Correlation,
    /// The screened population cannot be found.
    Population(NoPopulation),
    /// Hardly any of so many candidates is eligible.
    Nobody {
        /// Candidates who are eligible.
        eligible: u64,
        /// Candidates who were screened.
        screened: u64,
    },
}

impl CohortModel {
    /// The cohort of a scenario whose parts fit each other.
    ///
    /// # Errors
    /// If there is no such cohort.
    pub fn new(scenario: &Scenario, seed: u64) -> Result<Self, NoCohort> {
        let mut model = Self::before_screening(scenario, seed)?;
        if scenario.cohort.eligibility.is_empty() {
            return Ok(model);
        }
        // The same candidates for every seed, so that what is centred on the enrolled is so in every run.
        let many = Self::before_screening(scenario, screening::SEED)?;
        if let Some(screening) = Screening::new(scenario, &many)? {
            if !model.is_traced_back {
                model.enrolled = screening.simulated.clone();
            }
            model.screening = Some(screening);
        }
        Ok(model)
    }

    /// The cohort without its rules.
    fn before_screening(scenario: &Scenario, seed: u64) -> Result<Self, NoCohort> {
        let Screened { names, moments: screened, correlation } =
            Screened::new(scenario).map_err(NoCohort::Population)?;
        let stated: Vec<Moments> = names.iter().map(|name| moments(scenario, name)).collect();
        let reliability: Vec<f64> = (0..names.len())
            .map(|variable| {
                let share = resolve::reliability(scenario, &names[variable]);
                // Selection changes the spread of what is measured, not that of the errors.
                let narrowing = stated[variable].sd[0] / screened[variable].sd[0];
                if share < 1.0 { 1.0 - (1.0 - share) * narrowing * narrowing } else { 1.0 }
            })
            .collect();
        let loadings = cholesky::factor(&resolve::true_correlation(&correlation, &reliability))
            .ok_or(NoCohort::Correlation)?;
        let error = |(name, &reliability): (&String, &f64)| {
            (reliability < 1.0).then(|| SourceDraws::new(seed, &format!("{name}/error")))
        };
        let transform = |name: &String| not_normal(scenario, name).map(|marginal| Transform::new(&marginal));
        Ok(CohortModel {
            before: names.len() - scenario.response.outcomes.len(),
            moments: screened,
            enrolled: stated,
            draws: names.iter().map(|name| SourceDraws::new(seed, name)).collect(),
            errors: names.iter().zip(&reliability).map(error).collect(),
            transforms: names.iter().map(transform).collect(),
            scales: names.iter().map(|name| Scale::new(resolve::instrument_of(scenario, name))).collect(),
            pilot: Pilot::new(scenario, seed),
            screening: None,
            is_traced_back: scenario.cohort.of == Population::Enrolled,
            names,
            reliability,
            loadings,
        })
    }

    /// Whether the mean of a variable as recorded is known exactly: it is recorded as it is, and
    /// the means of the enrolled are stated.
    #[must_use]
    pub fn is_exact(&self, variable: usize) -> bool {
        self.scales[variable].is_exact() && (self.screening.is_none() || self.is_traced_back)
    }

    /// Whether a variable before treatment is recorded as it is.
    #[must_use]
    pub fn is_recorded_as_it_is(&self, variable: usize) -> bool {
        self.scales[variable].is_exact()
    }

    /// What is known of the values of a variable before treatment as they are recorded.
    #[must_use]
    pub fn recorded(&self, variable: usize) -> Recorded<'_> {
        let from_pilot = self.pilot.as_ref().map_or(0, Pilot::variables);
        if self.screening.is_some() {
            return Recorded::Unknown;
        }
        if let Some(pilot) = self.pilot.as_ref().filter(|_| variable < from_pilot) {
            let mut values = pilot.values(variable).to_vec();
            self.scales[variable].record(&mut values);
            return Recorded::Values(values);
        }
        if !self.is_normal_score(variable) {
            return Recorded::Unknown;
        }
        match (&self.transforms[variable], self.scales[variable]) {
            (None, scale) if scale.is_exact() => Recorded::Normal,
            (transform, scale) => {
                let Moments { mean: [mean, ..], sd: [sd, ..] } = self.moments[variable];
                Recorded::OfScore(RecordedOfScore { mean, sd, transform: transform.as_ref(), scale })
            }
        }
    }

    /// Whether the score of a variable is a mixture of normal sources, none of them a pilot's.
    #[must_use]
    pub fn is_normal_score(&self, variable: usize) -> bool {
        let from_pilot = self.pilot.as_ref().map_or(0, Pilot::variables);
        let of_pilot = self.loadings[variable].iter().take(from_pilot);
        self.screening.is_none() && of_pilot.into_iter().all(|&loading| loading == 0.0)
    }

    /// Whether the enrolled differ between arms as those screened do: selection moves arms of
    /// unequal spread by unequal amounts.
    #[must_use]
    pub fn keeps_contrasts(&self, outcome: usize) -> bool {
        let sds = self.moments[outcome].sd;
        self.screening.is_none() || self.is_traced_back || sds.iter().all(|&sd| sd == sds[0])
    }

    /// Whether the moments of the enrolled are stated; else they are simulated from those of the
    /// screened.
    #[must_use]
    pub fn is_traced_back(&self) -> bool {
        self.is_traced_back
    }

    /// The index of a variable.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// Columns for replicates of this layout.
    #[must_use]
    pub fn room(&self, layout: &Layout) -> CohortColumns {
        CohortColumns {
            patients: self.columns(layout.patients()),
            screened: 0,
            buffers: DrawBuffers::new(layout),
            wave: self.screening.as_ref().map(|screening| Box::new(screening.room(self))),
        }
    }

    /// Columns for so many patients.
    pub(super) fn columns(&self, patients: usize) -> PatientColumns {
        let room = |wanted: bool| vec![0.0; if wanted { patients } else { 0 }];
        PatientColumns {
            sources: self.names.iter().map(|_| room(true)).collect(),
            errors: self.errors.iter().map(|error| room(error.is_some())).collect(),
            measured: (0..self.names.len()).map(|variable| room(variable < self.before)).collect(),
            rows: room(self.pilot.is_some()),
        }
    }

    /// Draws the patients of one replicate: sources and errors of all variables, and the
    /// measured values of those before treatment.
    pub fn draw(&self, replicate: u64, layout: &Layout, columns: &mut CohortColumns) {
        let CohortColumns { patients, screened, buffers, wave } = columns;
        let all = match (&self.screening, wave) {
            (Some(screening), Some(wave)) => {
                *screened = screening.enrol(self, replicate, wave, patients);
                self.before..self.names.len()
            }
            _ => {
                *screened = layout.patients() as u64;
                0..self.names.len()
            }
        };
        self.draw_sources(all, replicate, layout, buffers, patients);
        // Nobody measures the parts of outcomes: their sources are enough.
        let measured = |variable: &usize| !resolve::is_part(&self.names[*variable]);
        (0..self.before).filter(measured).for_each(|variable| self.measure(variable, patients));
    }

    /// Draws sources and errors of some variables.
    pub(super) fn draw_sources(
        &self,
        variables: std::ops::Range<usize>,
        replicate: u64,
        layout: &Layout,
        buffers: &mut DrawBuffers,
        patients: &mut PatientColumns,
    ) {
        let from_pilot = self.pilot.as_ref().map_or(0, Pilot::variables);
        if let Some(pilot) = self.pilot.as_ref().filter(|_| variables.start == 0) {
            pilot.draw(replicate, layout, buffers, &mut patients.rows, &mut patients.sources);
        }
        for variable in variables.start.max(from_pilot)..variables.end {
            self.draws[variable].draw(replicate, layout, buffers, &mut patients.sources[variable]);
            if let Some(draws) = &self.errors[variable] {
                draws.draw(replicate, layout, buffers, &mut patients.errors[variable]);
            }
        }
    }

    /// The measured values of one variable before treatment.
    pub(super) fn measure(&self, variable: usize, patients: &mut PatientColumns) {
        let PatientColumns { sources, errors, measured, rows } = patients;
        let values = &mut measured[variable];
        if let Some(pilot) = self.pilot.as_ref().filter(|pilot| variable < pilot.variables()) {
            pilot.measure(variable, rows, values);
            self.scales[variable].record(values);
            return;
        }
        self.measure_exactly_from(variable, sources, errors, values);
        self.scales[variable].record(values);
    }

    /// The measured values of one variable before treatment that is no pilot's, before its instrument rounds or limits
    /// them.
    pub fn measure_exactly(&self, variable: usize, patients: &PatientColumns, values: &mut [f64]) {
        self.measure_exactly_from(variable, &patients.sources, &patients.errors, values);
    }

    fn measure_exactly_from(
        &self,
        variable: usize,
        sources: &[Vec<f64>],
        errors: &[Vec<f64>],
        values: &mut [f64],
    ) {
        let reliability = self.reliability[variable];
        let (mean, sd) = match &self.transforms[variable] {
            // The score itself, which the law then turns into a value.
            Some(_) => (0.0, 1.0),
            None => (self.moments[variable].mean[0], self.moments[variable].sd[0]),
        };
        values.fill(mean);
        for (loading, source) in self.loadings[variable].iter().zip(sources) {
            add_scaled(sd * (reliability.sqrt() * loading), source, values);
        }
        add_scaled(sd * (1.0 - reliability).sqrt(), &errors[variable], values);
        if let Some(transform) = &self.transforms[variable] {
            transform.apply(values);
        }
    }
}
