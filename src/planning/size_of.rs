//! Which number of patients is sought: in all, by therapist, or the number of therapists.

use super::request::Range;
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::{ARMS, arm_ids};
use crate::scenario::{Override, Scenario, resolve};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What grows when a trial grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[cfg_attr(feature = "program", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum SizeOf {
    /// Patients in all, in the ratio of the arms
    #[default]
    Total,
    /// Patients of each therapist, with as many therapists
    Caseload,
    /// Therapists, each with as many patients
    Therapists,
}

/// Most patients that a search goes to.
const MOST_PATIENTS: u64 = 1_000_000;

impl SizeOf {
    /// Its name, as it is typed and written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SizeOf::Total => "total",
            SizeOf::Caseload => "caseload",
            SizeOf::Therapists => "therapists",
        }
    }

    /// The one of this name, or `n` for the total; none if it is not a number of patients or therapists.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = [SizeOf::Total, SizeOf::Caseload, SizeOf::Therapists];
        all.into_iter().find(|one| one.name() == name).or((name == "n").then_some(SizeOf::Total))
    }

    /// What it is, for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            SizeOf::Total => "patients in all",
            SizeOf::Caseload => "patients of each therapist",
            SizeOf::Therapists => "therapists",
        }
    }

    /// Whether the scenario has such a number; `option` is what asks for it, as in `--of`.
    ///
    /// # Errors
    /// `Usage` if it has no therapists, or patients of each therapist are not stated.
    pub fn check(self, scenario: &Scenario, option: &str) -> Result<()> {
        let needs = |what: &str, help: String| {
            Error::new(ErrorKind::Usage, what).about(format!("{option} {}", self.name())).help(help)
        };
        match (self, &scenario.design.therapists) {
            (SizeOf::Total, _) => Ok(()),
            _ if resolve::is_observational(scenario) => {
                let help = format!("leave {option} away: patients in all");
                Err(needs("nothing is assigned, and the scenario states the patients in all", help))
            }
            (_, None) => {
                Err(needs("the scenario has no therapists", format!("leave {option} away: patients in all")))
            }
            (SizeOf::Caseload, Some(therapists)) if therapists.caseload.is_none() => Err(needs(
                "the scenario states the sizes of the arms, not the patients of each therapist",
                format!(
                    "state `caseload` under /design/therapists in place of the arm sizes, or leave {option} away"
                ),
            )),
            _ => Ok(()),
        }
    }

    /// The number in the scenario as it stands.
    #[must_use]
    pub fn of(self, scenario: &Scenario) -> u64 {
        let therapists = scenario.design.therapists.as_ref();
        match self {
            SizeOf::Total => resolve::arm_sizes(scenario).iter().sum(),
            SizeOf::Caseload => therapists.and_then(|therapists| therapists.caseload).unwrap_or(0),
            SizeOf::Therapists => therapists.map_or(0, |therapists| therapists.n),
        }
    }

    /// The step that keeps the ratio of the arms, and what of therapists is to be equal.
    #[must_use]
    pub fn unit(self, scenario: &Scenario) -> u64 {
        use crate::scenario::TherapistLayout::{Crossed, Nested, NestedInArms};
        let therapists = scenario.design.therapists.as_ref();
        match (self, therapists) {
            (SizeOf::Therapists, Some(therapists)) => match therapists.layout {
                Crossed => 1,
                Nested => 2,
                NestedInArms => ARMS as u64,
            },
            (SizeOf::Total, Some(therapists)) if is_by_caseload(scenario) => therapists.n,
            (SizeOf::Total, _) if resolve::is_observational(scenario) => 1,
            (SizeOf::Total, _) => unit_of_ratio(scenario),
            _ => 1,
        }
    }

    /// The least number that is worth a try: from here on no arm has fewer patients than a trial needs.
    pub(super) fn least(self, scenario: &Scenario) -> u64 {
        let unit = self.unit(scenario);
        let least = match self {
            SizeOf::Total => 4 * ARMS as u64,
            SizeOf::Caseload => ARMS as u64,
            SizeOf::Therapists => 4,
        };
        let (of, total) = (self.of(scenario), SizeOf::Total.of(scenario).max(1));
        least.max((least_in_all(scenario) * of).div_ceil(total)).next_multiple_of(unit)
    }

    /// Whether so many patients are worth a look: an arm of very different size may have enough with fewer than
    /// [`SizeOf::least`], by how the rest is rounded.
    pub(super) fn is_enough(self, scenario: &Scenario, number: u64) -> bool {
        let arms = || resolve::apportion(number, resolve::arm_sizes(scenario));
        number >= self.least(scenario)
            || self == SizeOf::Total
                && number >= 4 * ARMS as u64
                && scenario.design.n_per_arm.is_some()
                && arms().iter().all(|&arm| arm >= 2)
    }

    /// The largest number that a search goes to.
    pub(super) fn most(self, scenario: &Scenario) -> u64 {
        let (of, total) = (self.of(scenario).max(1), SizeOf::Total.of(scenario).max(1));
        let unit = self.unit(scenario);
        ((MOST_PATIENTS as f64 * of as f64 / total as f64) as u64 / unit * unit).max(self.least(scenario))
    }

    /// The fields to be set for this number.
    #[must_use]
    pub fn overrides(self, scenario: &Scenario, number: u64) -> Vec<Override> {
        let set = |pointer: &str, value: Value| Override { pointer: pointer.to_owned(), value };
        let therapists = scenario.design.therapists.as_ref();
        match (self, therapists) {
            (SizeOf::Caseload, _) => vec![set("/design/therapists/caseload", number.into())],
            (SizeOf::Therapists, Some(therapists)) => {
                let mut fields = vec![set("/design/therapists/n", number.into())];
                if !is_by_caseload(scenario) {
                    let total = SizeOf::Total.of(scenario) * number / therapists.n.max(1);
                    fields.extend(SizeOf::Total.overrides(scenario, total));
                }
                fields
            }
            (SizeOf::Total, Some(therapists)) if is_by_caseload(scenario) => {
                vec![set("/design/therapists/caseload", (number / therapists.n.max(1)).into())]
            }
            _ if resolve::is_observational(scenario) => vec![set("/design/n", number.into())],
            _ if scenario.design.n_per_arm.is_some() => {
                vec![sizes_of_arms(scenario, resolve::apportion(number, resolve::arm_sizes(scenario)))]
            }
            _ => vec![set("/design/n_total", number.into())],
        }
    }

    /// The field to be set for so many patients in all, neither more nor fewer.
    ///
    /// # Errors
    /// `Usage` if therapists with equal caseloads cannot share them.
    pub fn total(scenario: &Scenario, total: u64) -> Result<Vec<Override>> {
        let therapists = scenario.design.therapists.as_ref().filter(|_| is_by_caseload(scenario));
        if let Some(therapists) = therapists.filter(|therapists| !total.is_multiple_of(therapists.n.max(1))) {
            let message = format!("{total} patients cannot be shared equally by {} therapists", therapists.n);
            return Err(Error::new(ErrorKind::Usage, message).about(format!("--n {total}")).help(format!(
                "a multiple of {}, as {}",
                therapists.n,
                total.next_multiple_of(therapists.n)
            )));
        }
        Ok(SizeOf::Total.overrides(scenario, total))
    }

    /// The numbers of a range that is stated in part: `usual` are the first and last where these are not.
    ///
    /// # Errors
    /// `Usage` if the range is empty, or its step never keeps the ratio of the arms.
    pub fn grid(
        self,
        scenario: &Scenario,
        range: &Range<u64>,
        usual: [u64; 2],
        count: u64,
    ) -> Result<Vec<u64>> {
        let unit = self.unit(scenario);
        let from = range.from.unwrap_or_else(|| usual[0].next_multiple_of(unit).max(unit));
        let to = range.to.unwrap_or_else(|| usual[1].max(from).next_multiple_of(unit));
        let usage = |about: String, message: String| Error::new(ErrorKind::Usage, message).about(about);
        if from > to {
            if range.from.is_none() {
                let message = format!("the range is empty: without --from it begins at {from}");
                return Err(usage(range.words(), message).help("say where it begins with --from"));
            }
            return Err(usage(format!("--from {from} --to {to}"), "the range is empty".to_owned())
                .help("--from is the smallest number, --to the largest"));
        }
        let by = range.by.unwrap_or_else(|| (to - from).div_ceil(count.max(1)).max(1).next_multiple_of(unit));
        if by == 0 {
            return Err(usage("--by 0".to_owned(), "a step of 0 leads nowhere".to_owned())
                .help(format!("a step of {unit} keeps the ratio of the arms")));
        }
        let numbers: Vec<u64> = (from..=to).step_by(usize::try_from(by).unwrap_or(usize::MAX)).collect();
        if numbers.iter().all(|number| number % unit != 0) {
            let message = format!("no number from {from} by {by} up to {to} is a multiple of {unit}");
            let why = if self == SizeOf::Total {
                "so the arms never have their ratio"
            } else {
                "as the layout needs"
            };
            return Err(usage(format!("--from {from} --by {by}"), format!("{message}, {why}")).help(
                format!("begin at {} and go by {}", from.next_multiple_of(unit), by.next_multiple_of(unit)),
            ));
        }
        if numbers.len() > MOST_POINTS {
            return Err(usage(format!("--by {by}"), format!("{} points are too many", numbers.len()))
                .help(format!("at most {MOST_POINTS}: a larger step, or a smaller range")));
        }
        Ok(numbers)
    }
}

/// The field to be set for arms of these sizes.
pub(super) fn sizes_of_arms(scenario: &Scenario, sizes: [u64; ARMS]) -> Override {
    let by_arm: Map<String, Value> =
        arm_ids(&scenario.factors).into_iter().zip(sizes.map(Value::from)).collect();
    Override { pointer: "/design/n_per_arm".to_owned(), value: by_arm.into() }
}

/// Fewest patients in all of which every arm gets the two that a trial needs, however the rest is rounded; 0 where nobody is
/// assigned to arms.
fn least_in_all(scenario: &Scenario) -> u64 {
    if resolve::is_observational(scenario) {
        return 0;
    }
    let parts = match scenario.design.n_per_arm {
        Some(_) => resolve::arm_sizes(scenario),
        None => resolve::ratio(scenario),
    };
    let smallest = parts.into_iter().min().unwrap_or(1).max(1);
    (2 * parts.iter().sum::<u64>()).div_ceil(smallest)
}

/// Most points of one question.
const MOST_POINTS: usize = 1000;

/// Whether therapists and their patients are what decides how many patients there are.
fn is_by_caseload(scenario: &Scenario) -> bool {
    let design = &scenario.design;
    let caseload = design.therapists.as_ref().and_then(|therapists| therapists.caseload);
    caseload.is_some() && design.n_per_arm.is_none() && design.n_total.is_none()
}

/// The sum of the smallest whole numbers in the ratio of the arms; where that is as good as the trial itself, as with
/// 29, 30, 29 and 29 patients, one patient in each arm.
fn unit_of_ratio(scenario: &Scenario) -> u64 {
    let sizes = match resolve::has_random_sizes(scenario) {
        true => resolve::ratio(scenario),
        false => resolve::arm_sizes(scenario),
    };
    let divisor = sizes.into_iter().fold(0, greatest_common_divisor).max(1);
    let unit = sizes.iter().sum::<u64>() / divisor;
    if unit <= 6 * ARMS as u64 { unit } else { ARMS as u64 }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::library::embedded;

    #[test]
    fn steps_keep_the_ratio_of_the_arms() {
        let mut scenario = embedded("fuentes-2014");
        assert_eq!(SizeOf::Total.unit(&scenario), 4);
        let mut sizes = |new: [u64; ARMS]| {
            scenario
                .design
                .n_per_arm
                .iter_mut()
                .flat_map(|sizes| sizes.values_mut())
                .zip(new)
                .for_each(|(size, new)| *size = new);
            SizeOf::Total.unit(&scenario)
        };
        assert_eq!(sizes([40, 40, 20, 20]), 6);
        assert_eq!(sizes([50; ARMS]), 4);
    }

    #[test]
    fn from_the_least_size_on_every_arm_has_two_patients() {
        let mut scenario = embedded("fuentes-2014");
        assert_eq!(SizeOf::Total.least(&scenario), 16);
        for smallest in [2, 3, 4, 5, 10, 60] {
            let sizes = scenario.design.n_per_arm.iter_mut().flat_map(|sizes| sizes.values_mut());
            sizes.zip([60, 60, 60, smallest]).for_each(|(size, new)| *size = new);
            let (least, unit) = (SizeOf::Total.least(&scenario), SizeOf::Total.unit(&scenario));
            assert!(least <= SizeOf::Total.of(&scenario).next_multiple_of(unit), "{smallest}: {least}");
            for size in (least..1000).step_by(unit as usize) {
                let arms = resolve::apportion(size, [60, 60, 60, smallest]);
                assert!(arms.iter().all(|&arm| arm >= 2), "{smallest}: {size} {arms:?}");
            }
        }
    }

    #[test]
    fn patients_in_all_are_neither_more_nor_fewer() {
        let clustered = embedded("therapist-clustered");
        let set = SizeOf::total(&clustered, 96).unwrap();
        assert_eq!(set[0].to_string(), "--set /design/therapists/caseload=6");
        let refused = SizeOf::total(&clustered, 100).unwrap_err();
        assert_eq!(refused.message, "100 patients cannot be shared equally by 16 therapists");
        assert_eq!(refused.help.as_deref(), Some("a multiple of 16, as 112"));
        assert_eq!(SizeOf::total(&embedded("ferreira-2013"), 100).unwrap()[0].pointer, "/design/n");
    }

    #[test]
    fn ranges_that_lead_nowhere_are_refused() {
        let scenario = embedded("fuentes-2014");
        let grid = |from, to, by| {
            let range = Range { from: Some(from), to: Some(to), by: Some(by) };
            SizeOf::Total.grid(&scenario, &range, [0, 0], 20)
        };
        assert_eq!(grid(80, 100, 10).unwrap(), [80, 90, 100]);
        assert!(grid(100, 80, 4).unwrap_err().message.contains("empty"));
        assert!(grid(80, 100, 0).unwrap_err().message.contains("leads nowhere"));
        assert!(grid(82, 120, 4).unwrap_err().message.contains("multiple of 4"));
    }
}
