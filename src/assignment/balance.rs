//! How well the arms of one trial are balanced.
//!
//! In come the arms and what was measured before treatment; out come standardised
//! differences between the levels of each factor (Austin 2009, Stat. Med. 28:3083)
//! and, for what assignment was stratified by, the counts of the arms at each level.

use crate::estimand::ARMS;

/// The difference of one covariate between the two levels of context and treatment, in pooled
/// standard deviations within arms; not a number where there is none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Between the levels of the context.
    pub context: f64,
    /// Between the levels of the treatment.
    pub treatment: f64,
}

/// Standardised differences of one covariate. Values that are not a number are left out.
#[must_use]
pub fn difference(arms: &[usize], values: &[f64]) -> Difference {
    let there = || arms.iter().zip(values).filter(|(_, value)| !value.is_nan());
    let mut sums = [[0.0; 2]; ARMS];
    for (&arm, value) in there() {
        sums[arm % ARMS][0] += 1.0;
        sums[arm % ARMS][1] += value;
    }
    let mean = |arm: usize| sums[arm][1] / sums[arm][0];
    let squares: f64 =
        there().map(|(&arm, value)| (value - mean(arm % ARMS)) * (value - mean(arm % ARMS))).sum();
    let patients: f64 = sums.iter().map(|[count, _]| count).sum();
    let sd = (squares / (patients - ARMS as f64)).sqrt();
    let level_mean = |in_level: &dyn Fn(usize) -> bool| {
        let of_level = (0..ARMS).filter(|&arm| in_level(arm)).map(|arm| sums[arm]);
        let [count, sum] = of_level.fold([0.0; 2], |total, sums| [total[0] + sums[0], total[1] + sums[1]]);
        sum / count
    };
    Difference {
        context: (level_mean(&|arm| arm / 2 == 1) - level_mean(&|arm| arm / 2 == 0)) / sd,
        treatment: (level_mean(&|arm| arm % 2 == 1) - level_mean(&|arm| arm % 2 == 0)) / sd,
    }
}

/// Patients of each arm at each level, levels being whole numbers from 0.
#[must_use]
pub fn counts(arms: &[usize], levels: &[f64]) -> Vec<[u64; ARMS]> {
    let mut counts = Vec::new();
    for (&arm, &level) in arms.iter().zip(levels).filter(|(_, level)| !level.is_nan()) {
        let level = level as usize;
        if counts.len() <= level {
            counts.resize(level + 1, [0; ARMS]);
        }
        counts[level][arm % ARMS] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_trial_by_hand() {
        let arms = [0, 0, 1, 1, 2, 2, 3, 3];
        let values = [1.0, 3.0, 2.0, 4.0, 5.0, 7.0, 6.0, 8.0];
        // Within-arm SD √2; means of the levels 2.5 and 6.5, and 4 and 5.
        let found = difference(&arms, &values);
        assert!((found.context - 4.0 / 2.0_f64.sqrt()).abs() < 1e-15);
        assert!((found.treatment - 1.0 / 2.0_f64.sqrt()).abs() < 1e-15);
        let levels = [0.0, 1.0, 1.0, 1.0, 0.0, f64::NAN, 2.0, 1.0];
        assert_eq!(counts(&arms, &levels), [[1, 0, 1, 0], [1, 2, 0, 1], [0, 0, 0, 1]]);
    }
}
