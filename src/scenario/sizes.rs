//! How many patients each arm has, or is expected to have.
//!
//! In comes a scenario; out come the sizes of its arms in arm order, however they
//! are stated: by arm, in all, or by therapist; and whether chance changes them.

use super::resolve::per_arm;
use super::{AssignmentMethod, DesignKind, Scenario, Strategy};
use crate::estimand::ARMS;

/// Patients in each arm, in arm order: exactly with the method `fixed`, else in the ratio in which
/// patients are assigned.
#[must_use]
pub fn arm_sizes(scenario: &Scenario) -> [u64; ARMS] {
    if is_observational(scenario) {
        return [scenario.design.n.unwrap_or(0), 0, 0, 0];
    }
    match &scenario.design.n_per_arm {
        Some(sizes) => per_arm(&scenario.factors, sizes).map(Option::unwrap_or_default),
        None => apportion(patients_in_all(scenario), ratio(scenario)),
    }
}

/// Whether nothing is assigned.
#[must_use]
pub fn is_observational(scenario: &Scenario) -> bool {
    scenario.design.kind == DesignKind::Observational
}

/// Patients in all, where no sizes of arms are stated.
fn patients_in_all(scenario: &Scenario) -> u64 {
    let therapists = scenario.design.therapists.as_ref();
    let treated = therapists.and_then(|therapists| Some(therapists.n * therapists.caseload?));
    scenario.design.n_total.or(treated).unwrap_or(0)
}

/// The whole numbers to which the sizes of the arms are proportional.
#[must_use]
pub fn ratio(scenario: &Scenario) -> [u64; ARMS] {
    let stated = scenario.design.ratio.as_ref();
    stated.map_or([1; ARMS], |ratio| per_arm(&scenario.factors, ratio).map(|part| part.unwrap_or(1)))
}

/// Whether the sizes of the arms are decided by chance.
#[must_use]
pub fn has_random_sizes(scenario: &Scenario) -> bool {
    scenario.design.assignment.method != AssignmentMethod::Fixed
}

/// Whether the number of patients that an analysis can use differs between trials.
#[must_use]
pub fn sizes_vary(scenario: &Scenario) -> bool {
    has_random_sizes(scenario) || is_observational(scenario) || lacks_values(scenario)
}

/// Whether outcomes are missing or not used in some patients.
#[must_use]
pub fn lacks_values(scenario: &Scenario) -> bool {
    let observation = &scenario.observation;
    !observation.missing.is_empty()
        || observation.events.iter().any(|event| event.strategy == Strategy::Hypothetical)
}

/// `total` in the ratio of `parts` by the largest remainder, ties to the earlier part.
#[must_use]
pub fn apportion<const PARTS: usize>(total: u64, parts: [u64; PARTS]) -> [u64; PARTS] {
    let sum: u128 = parts.iter().map(|&part| u128::from(part)).sum();
    let product = |part: usize| u128::from(total) * u128::from(parts[part]);
    let mut shares: [u64; PARTS] =
        std::array::from_fn(|part| u64::try_from(product(part) / sum.max(1)).unwrap_or(u64::MAX));
    let mut by_remainder: [usize; PARTS] = std::array::from_fn(|part| part);
    by_remainder.sort_by_key(|&part| std::cmp::Reverse(product(part) % sum.max(1)));
    let missing = total.saturating_sub(shares.iter().sum());
    for &part in by_remainder.iter().take(usize::try_from(missing).unwrap_or(0)) {
        shares[part] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_go_to_the_largest_and_then_to_the_earliest() {
        assert_eq!(apportion(117, [29, 30, 29, 29]), [29, 30, 29, 29]);
        assert_eq!(apportion(80, [29, 30, 29, 29]), [20, 20, 20, 20]);
        assert_eq!(apportion(117, [1; 4]), [30, 29, 29, 29]);
        assert_eq!(apportion(10, [1; 4]), [3, 3, 2, 2]);
        assert_eq!(apportion(9, [2, 1, 1, 1]), [3, 2, 2, 2]);
        assert_eq!(apportion(10, [2, 1, 1, 2]), [3, 2, 2, 3]);
        assert_eq!(apportion(7, [1, 2]), [2, 5]);
        assert_eq!(apportion(0, [1; 4]), [0; 4]);
    }
}
