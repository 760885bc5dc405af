//! What is claimed of several hypotheses together, counted over trials.

use super::measures::proportion;
use super::merge::add_to;
use crate::decision::Rejected;
use crate::result::Measure;

/// Counts over trials. They are whole numbers, so their sums do not depend on order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FamilyCounts {
    trials: u64,
    /// Trials that reject each hypothesis.
    rejected: Vec<u64>,
    any: u64,
    all: u64,
    /// Hypotheses rejected, and their squares by trial.
    number: [u64; 2],
    /// Trials that reject a hypothesis that is true.
    wrong: u64,
}

impl FamilyCounts {
    /// Nothing yet, for so many hypotheses.
    #[must_use]
    pub fn new(hypotheses: usize) -> Self {
        FamilyCounts { rejected: vec![0; hypotheses], ..FamilyCounts::default() }
    }

    /// Nothing yet, for as many hypotheses as these.
    #[must_use]
    pub fn nothing_yet(&self) -> Self {
        FamilyCounts::new(self.rejected.len())
    }

    /// Counts a trial; `true_nulls` are the hypotheses without an effect.
    pub fn count(&mut self, rejected: Rejected, true_nulls: Rejected) {
        self.trials += 1;
        for (h, count) in self.rejected.iter_mut().enumerate() {
            *count += u64::from(rejected >> h & 1);
        }
        let number = u64::from(rejected.count_ones());
        self.any += u64::from(number > 0);
        self.all += u64::from(number == self.rejected.len() as u64);
        self.number[0] += number;
        self.number[1] += number * number;
        self.wrong += u64::from(rejected & true_nulls != 0);
    }

    /// Adds the counts of other trials.
    pub fn add(&mut self, other: &Self) {
        self.trials += other.trials;
        add_to(&mut self.rejected, &other.rejected);
        (self.any, self.all, self.wrong) =
            (self.any + other.any, self.all + other.all, self.wrong + other.wrong);
        add_to(&mut self.number, &other.number);
    }

    fn share(&self, count: u64) -> Measure {
        proportion(count as f64, self.trials as f64)
    }

    /// Share of trials that reject each hypothesis.
    #[must_use]
    pub fn each(&self) -> Vec<Measure> {
        self.rejected.iter().map(|&count| self.share(count)).collect()
    }

    /// Share of trials that reject at least one.
    #[must_use]
    pub fn any(&self) -> Measure {
        self.share(self.any)
    }

    /// Share of trials that reject all.
    #[must_use]
    pub fn all(&self) -> Measure {
        self.share(self.all)
    }

    /// Mean number of hypotheses that are rejected.
    #[must_use]
    pub fn mean_number(&self) -> Measure {
        let trials = self.trials as f64;
        let [sum, squares] = self.number.map(|number| number as f64);
        let mean = sum / trials;
        let variance = (squares / trials - mean * mean).max(0.0);
        Measure { value: Some(mean), mcse: Some((variance / trials).sqrt()), why: None }
    }

    /// Share of trials that reject a hypothesis that is true.
    #[must_use]
    pub fn familywise_error(&self, true_nulls: Rejected) -> Measure {
        if true_nulls == 0 {
            return Measure::undefined("every primary hypothesis has an effect in the scenario");
        }
        self.share(self.wrong)
    }
}
