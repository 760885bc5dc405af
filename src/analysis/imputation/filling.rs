//! Fills in what is missing of one trial, again and again.
//!
//! In come the patients of a trial; out comes, for one data set after the other, the outcome with a drawn
//! value for each patient who lacks it. Visits and outcome are stages; a patient ends at the first stage
//! after the last value that is there. Values are deviations from the stage's mean over all arms.

use super::super::Failure;
use super::super::patients::Patients;
use super::regression::{Drawn, MOST, Predictors, Regression, Sums};
use super::{FIRST_CYCLES, LATER_CYCLES, MultipleImputation, REFERENCE};
use crate::estimand::ARMS;
use crate::random::{OfSeed, Stage, WordStream, Words};
use std::ops::Range;

/// Names of each arm's streams: of parameters, of patients who leave, and of gaps.
const STREAMS: [[&str; 3]; ARMS] = [
    ["imputation/parameters/0", "imputation/patients/0", "imputation/gaps/0"],
    ["imputation/parameters/1", "imputation/patients/1", "imputation/gaps/1"],
    ["imputation/parameters/2", "imputation/patients/2", "imputation/gaps/2"],
    ["imputation/parameters/3", "imputation/patients/3", "imputation/gaps/3"],
];

/// Draws of one arm, by what they are for, so that one assumption draws for a patient what another does.
#[derive(Debug)]
struct Streams {
    parameters: WordStream,
    patients: WordStream,
    gaps: WordStream,
}

/// One arm.
#[derive(Debug)]
struct Arm {
    /// Its patients.
    positions: Range<usize>,
    /// Whether somebody lacks the outcome.
    lacks: bool,
    /// Whether somebody lacks a value before the last one.
    has_gaps: bool,
    /// Stages whose regressions are needed.
    needed: Range<usize>,
}

/// Buffers for one trial after the other. Patients have their positions in the list of complete ones.
#[derive(Debug)]
pub(super) struct Filling {
    model: MultipleImputation,
    arms: [Arm; ARMS],
    words: OfSeed<[[Words; 3]; ARMS]>,
    streams: Vec<Streams>,
    /// By patient, about the means, those of a patient side by side.
    covariates: Vec<f64>,
    centres: Vec<f64>,
    /// By stage and patient; what is missing is 0 until it is filled in.
    values: Vec<Vec<f64>>,
    there: Vec<Vec<bool>>,
    /// The stage after each patient's last value.
    ends: Vec<usize>,
    /// By stage and arm.
    fitted: Vec<[Option<Regression>; ARMS]>,
    drawn: Vec<[Drawn; ARMS]>,
}

impl Filling {
    pub fn new(model: &MultipleImputation) -> Self {
        let stages = model.visits.len() + 1;
        let nothing = || Arm { positions: 0..0, lacks: false, has_gaps: false, needed: 0..0 };
        Filling {
            arms: std::array::from_fn(|_| nothing()),
            words: OfSeed::new(),
            streams: Vec::with_capacity(ARMS),
            covariates: Vec::new(),
            centres: vec![0.0; stages],
            values: vec![Vec::new(); stages],
            there: vec![Vec::new(); stages],
            ends: Vec::new(),
            fitted: vec![[None; ARMS]; stages],
            drawn: vec![[Drawn { coefficients: [0.0; MOST], sd: 0.0 }; ARMS]; stages],
            model: model.clone(),
        }
    }

    /// The outcome's stage, the last one.
    fn last(&self) -> usize {
        self.model.visits.len()
    }

    /// Reads a trial. Tells whether there is anything to fill in.
    pub fn read(&mut self, patients: &Patients<'_>) -> Result<bool, Failure> {
        patients.record_centred(&self.model.covariates, &mut self.covariates);
        self.read_stages(patients);
        let mut first = 0;
        for (number, arm) in self.arms.iter_mut().enumerate() {
            let positions = first..first + patients.arm(number).len();
            first = positions.end;
            let last = self.model.visits.len();
            arm.lacks = self.ends[positions.clone()].iter().any(|&end| end <= last);
            arm.has_gaps = positions.clone().any(|one| (0..self.ends[one]).any(|t| !self.there[t][one]));
            arm.positions = positions;
        }
        if !self.arms.iter().any(|arm| arm.lacks) {
            return Ok(false);
        }
        self.plan();
        self.open_streams(patients.draws);
        for arm in 0..ARMS {
            if self.needs_gaps_filled(arm) {
                self.chain(arm, FIRST_CYCLES - LATER_CYCLES)?;
            } else {
                self.regress(arm)?;
            }
        }
        Ok(true)
    }

    fn open_streams(&mut self, (seed, replicate): (u64, u64)) {
        let named = |name| Words::new(seed, Stage::Analysis, name);
        let words = self.words.get(seed, || STREAMS.map(|names| names.map(named)));
        self.streams.clear();
        let opened = words.iter().map(|of_arm| of_arm.each_ref().map(|words| words.of(replicate)));
        let named = opened.map(|[parameters, patients, gaps]| Streams { parameters, patients, gaps });
        self.streams.extend(named);
    }

    fn read_stages(&mut self, patients: &Patients<'_>) {
        let rows = patients.rows();
        self.ends.clear();
        self.ends.resize(rows.len(), 0);
        let variables = self.model.visits.iter().chain(std::iter::once(&self.model.outcome));
        for (stage, &variable) in variables.enumerate() {
            let column = patients.column(variable);
            let (values, there) = (&mut self.values[stage], &mut self.there[stage]);
            there.clear();
            there.extend(rows.iter().map(|&row| !column[row as usize].is_nan()));
            let all = rows.iter().map(|&row| column[row as usize]).filter(|value| !value.is_nan());
            let (sum, count) = all.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            let centre = if count > 0.0 { sum / count } else { 0.0 };
            self.centres[stage] = centre;
            values.clear();
            values.resize(rows.len(), 0.0);
            for (position, &row) in rows.iter().enumerate().filter(|&(position, _)| there[position]) {
                values[position] = column[row as usize] - centre;
                self.ends[position] = stage + 1;
            }
        }
    }

    /// Which regressions are needed.
    fn plan(&mut self) {
        let last = self.last();
        let earliest = |arm: &Arm| self.ends[arm.positions.clone()].iter().min().copied().unwrap_or(0);
        for arm in 0..ARMS {
            let of = &self.arms[arm];
            let needed = match (self.model.jumps, arm) {
                (true, REFERENCE) => 0..last + 1,
                // How far from the own mean a patient was before leaving.
                (true, _) if of.lacks => 0..last,
                (false, _) if of.lacks => earliest(of)..last + 1,
                _ => 0..0,
            };
            self.arms[arm].needed = needed;
        }
    }

    fn needs_gaps_filled(&self, arm: usize) -> bool {
        self.arms[arm].has_gaps && !self.arms[arm].needed.is_empty()
    }

    /// The 1, the covariates and room for stages.
    fn predictors(&self, position: usize) -> Predictors {
        let count = self.model.covariates.len();
        let mut x = [0.0; MOST];
        x[0] = 1.0;
        x[1..=count].copy_from_slice(&self.covariates[position * count..(position + 1) * count]);
        x
    }

    /// Regressions of each needed stage on those before, among patients who had not left.
    fn regress(&mut self, arm: usize) -> Result<(), Failure> {
        let before = 1 + self.model.covariates.len();
        for stage in self.arms[arm].needed.clone() {
            let mut sums = Sums::new(before + stage);
            for position in self.arms[arm].positions.clone() {
                if stage < self.ends[position] {
                    let mut x = self.predictors(position);
                    for earlier in 0..stage {
                        x[before + earlier] = self.values[earlier][position];
                    }
                    sums.add(&x, self.values[stage][position]);
                }
            }
            self.fitted[stage][arm] = Some(sums.fit()?);
        }
        Ok(())
    }

    /// Rounds of chained equations: each stage from all others.
    fn chain(&mut self, arm: usize, cycles: usize) -> Result<(), Failure> {
        let (before, last) = (1 + self.model.covariates.len(), self.last());
        for stage in (0..=last).cycle().take(cycles * (last + 1)) {
            let positions = self.arms[arm].positions.clone();
            if positions.clone().all(|position| self.there[stage][position]) {
                continue;
            }
            let with_others = |filling: &Self, position: usize| {
                let mut x = filling.predictors(position);
                for (k, other) in (0..=last).filter(|&other| other != stage).enumerate() {
                    x[before + k] = filling.values[other][position];
                }
                x
            };
            let mut sums = Sums::new(before + last);
            for position in positions.clone().filter(|&position| self.there[stage][position]) {
                sums.add(&with_others(self, position), self.values[stage][position]);
            }
            let drawn = sums.fit()?.draw(&mut self.streams[arm].gaps);
            for position in positions {
                if !self.there[stage][position] {
                    let x = with_others(self, position);
                    self.values[stage][position] =
                        drawn.mean(&x) + drawn.sd * self.streams[arm].gaps.normal();
                }
            }
        }
        Ok(())
    }

    /// Fills in the outcome, by row, for the next data set.
    pub fn fill(&mut self, patients: &Patients<'_>, completed: &mut [f64]) -> Result<(), Failure> {
        for arm in 0..ARMS {
            if self.needs_gaps_filled(arm) {
                self.chain(arm, LATER_CYCLES)?;
                self.regress(arm)?;
            }
            for stage in self.arms[arm].needed.clone() {
                if let Some(fitted) = &self.fitted[stage][arm] {
                    self.drawn[stage][arm] = fitted.draw(&mut self.streams[arm].parameters);
                }
            }
        }
        let rows = patients.rows();
        for arm in 0..ARMS {
            for position in self.arms[arm].positions.clone() {
                if self.ends[position] <= self.last() {
                    let outcome = self.outcome_of(arm, position);
                    completed[rows[position] as usize] =
                        self.centres[self.last()] + outcome + self.model.shift;
                }
            }
        }
        Ok(())
    }

    /// A drawn outcome of a patient who left.
    fn outcome_of(&mut self, arm: usize, position: usize) -> f64 {
        let (before, end) = (1 + self.model.covariates.len(), self.ends[position]);
        let source = if self.model.jumps { REFERENCE } else { arm };
        let mut x = self.predictors(position);
        // Means of the own arm and of the one from which is imputed, given the covariates.
        let (mut own, mut of_source) = (x, x);
        for stage in 0..end {
            let value = self.values[stage][position];
            x[before + stage] = value;
            if source != arm {
                own[before + stage] = self.drawn[stage][arm].mean(&own);
                of_source[before + stage] = self.drawn[stage][source].mean(&of_source);
                x[before + stage] = value - own[before + stage] + of_source[before + stage];
            }
        }
        let mut outcome = 0.0;
        for stage in end..=self.last() {
            let drawn = &self.drawn[stage][source];
            outcome = drawn.mean(&x) + drawn.sd * self.streams[arm].patients.normal();
            if let Some(slot) = x.get_mut(before + stage) {
                *slot = outcome;
            }
        }
        outcome
    }
}
