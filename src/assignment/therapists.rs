//! Which therapist treats which patient.
//!
//! In come the arms of one replicate's patients; out comes the number of each
//! patient's therapist. Therapists are divided over groups of arms by their
//! layout (one group if they are crossed with the arms, one for each level of the
//! context or for each arm if they are nested), and within a group patients go to
//! therapists in proportion to the caseloads: consecutive patients to the same
//! one, so that arms that alternate in the columns are balanced within therapists,
//! or in random order where chance decides who meets whom.

use super::Layout;
use crate::estimand::ARMS;
use crate::random::{Stage, Words};
use crate::scenario::{self, Scenario, TherapistLayout, resolve};
use crate::stats::normal;

/// The number of patients' therapist who have none.
pub const NOBODY: u32 = u32::MAX;

/// Who treats whom.
#[derive(Debug, Clone, PartialEq)]
pub struct TherapistAssignment {
    count: usize,
    groups: Vec<Group>,
    /// Whether the order in which patients come to therapists is random.
    random_order: Option<Words>,
}

/// Therapists who share patients.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    arms: [bool; ARMS],
    first: usize,
    /// Share of the group's patients whom the therapists up to each one treat.
    cumulative: Vec<f64>,
}

impl TherapistAssignment {
    /// The therapists of a checked scenario; none if it has none.
    #[must_use]
    pub fn new(scenario: &Scenario, seed: u64) -> Option<Self> {
        let stated = scenario.design.therapists.as_ref()?;
        let arms = groups(scenario, stated);
        let sizes = resolve::arm_sizes(scenario);
        let patients = |arms: &[bool; ARMS]| (0..ARMS).filter(|&arm| arms[arm]).map(|arm| sizes[arm]).sum();
        let counts = divide(stated.n, &arms.iter().map(patients).collect::<Vec<u64>>());
        let mut first = 0;
        let groups = arms.into_iter().zip(counts).map(|(arms, count)| {
            let group =
                Group { arms, first, cumulative: cumulative(count, stated.caseload_cv.unwrap_or(0.0)) };
            first += count;
            group
        });
        let by_chance = stated.layout == TherapistLayout::Crossed
            && (resolve::has_random_sizes(scenario) || stated.stratified == Some(false));
        Some(TherapistAssignment {
            groups: groups.collect(),
            count: first,
            random_order: by_chance.then(|| Words::new(seed, Stage::Assignment, "therapists")),
        })
    }

    /// A therapist for each patient alone.
    #[must_use]
    pub fn one_each(patients: usize) -> Self {
        let share = |patient: usize| (patient + 1) as f64 / patients as f64;
        let cumulative = (0..patients).map(share).collect();
        let group = Group { arms: [true; ARMS], first: 0, cumulative };
        TherapistAssignment { groups: vec![group], count: patients, random_order: None }
    }

    /// How many therapists there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether chance decides who meets whom.
    #[must_use]
    pub fn is_by_chance(&self) -> bool {
        self.random_order.is_some()
    }

    /// Patients of each therapist in each arm; none where they differ between trials.
    #[must_use]
    pub fn fixed_cells(&self, layout: &Layout) -> Option<Vec<[u32; ARMS]>> {
        if self.is_by_chance() {
            return None;
        }
        let (mut arms, mut therapists) = (vec![0; layout.patients()], vec![NOBODY; layout.patients()]);
        layout.write_arms(&mut arms);
        self.assign(0, &arms, &mut therapists);
        let mut cells = vec![[0; ARMS]; self.count];
        for (&arm, &therapist) in arms.iter().zip(&therapists) {
            if let Some(cell) = cells.get_mut(therapist as usize) {
                cell[usize::from(arm) % ARMS] += 1;
            }
        }
        Some(cells)
    }

    /// Writes the therapist of each patient; [`NOBODY`] for those without.
    pub fn assign(&self, replicate: u64, arms: &[u8], therapists: &mut [u32]) {
        let mut words = self.random_order.as_ref().map(|words| words.of(replicate));
        therapists.fill(NOBODY);
        for group in &self.groups {
            let treated = |arm: u8| group.arms[usize::from(arm) % ARMS];
            let mut patients = arms.iter().filter(|arm| treated(**arm)).count();
            let Some(words) = &mut words else {
                let mut queue = group.queue(patients);
                let slots = therapists.iter_mut().zip(arms).filter(|(_, arm)| treated(**arm));
                slots.for_each(|(therapist, _)| *therapist = queue.next().unwrap_or(NOBODY));
                continue;
            };
            // Chance decides for crossed therapists only, and these are one group: there is room
            // to shuffle them in front, and then to spread them from behind.
            therapists.iter_mut().zip(group.queue(patients)).for_each(|(slot, number)| *slot = number);
            words.shuffle(&mut therapists[..patients]);
            for patient in (0..arms.len()).rev() {
                therapists[patient] = if treated(arms[patient]) {
                    patients -= 1;
                    therapists[patients]
                } else {
                    NOBODY
                };
            }
        }
    }
}

impl Group {
    /// The therapist of each of so many patients, in order.
    fn queue(&self, patients: usize) -> impl Iterator<Item = u32> {
        let end = move |share: &f64| (share * patients as f64).round() as usize;
        let ends = self.cumulative.iter().map(end);
        let starts = std::iter::once(0).chain(self.cumulative.iter().map(end));
        let numbers = self.first..;
        numbers
            .zip(starts.zip(ends))
            .flat_map(|(number, (start, end))| (start..end).map(move |_| number as u32))
    }
}

/// The arms of each group of therapists.
fn groups(scenario: &Scenario, stated: &scenario::Therapists) -> Vec<[bool; ARMS]> {
    let only = resolve::only_with(scenario);
    let treated = |arm: usize| only.is_none_or(|level| arm / 2 == level);
    let group = |of: &dyn Fn(usize) -> bool| std::array::from_fn(|arm| treated(arm) && of(arm));
    let all: Vec<[bool; ARMS]> = match stated.layout {
        TherapistLayout::Crossed => vec![group(&|_| true)],
        TherapistLayout::Nested => (0..2).map(|level| group(&|arm| arm / 2 == level)).collect(),
        TherapistLayout::NestedInArms => (0..ARMS).map(|own| group(&|arm| arm == own)).collect(),
    };
    all.into_iter().filter(|group| group.contains(&true)).collect()
}

/// Therapists of each group, in proportion to its patients, at least one.
fn divide(therapists: u64, patients: &[u64]) -> Vec<usize> {
    let parts: [u64; ARMS] = std::array::from_fn(|group| patients.get(group).copied().unwrap_or(0));
    let least = patients.len() as u64;
    let shares = resolve::apportion(therapists.saturating_sub(least), parts);
    shares[..patients.len()].iter().map(|&share| share as usize + 1).collect()
}

/// Shares of patients up to each therapist. Caseloads are log-normal quantiles, stretched until
/// their coefficient of variation is the stated one.
fn cumulative(count: usize, coefficient_of_variation: f64) -> Vec<f64> {
    let scores: Vec<f64> = (0..count).map(|k| normal::quantile((k as f64 + 0.5) / count as f64)).collect();
    let loads = |sigma: f64| -> Vec<f64> { scores.iter().map(|z| libm::exp(sigma * z)).collect() };
    let spread = |loads: &[f64]| {
        let mean = loads.iter().sum::<f64>() / count as f64;
        let squares: f64 = loads.iter().map(|load| (load - mean) * (load - mean)).sum();
        (squares / count as f64).sqrt() / mean
    };
    let (mut low, mut high) = (0.0, 20.0);
    while coefficient_of_variation > 0.0 && high - low > 1e-12 {
        let middle = 0.5 * (low + high);
        if spread(&loads(middle)) < coefficient_of_variation { low = middle } else { high = middle }
    }
    let loads = loads(low);
    let total: f64 = loads.iter().sum();
    let mut reached = 0.0;
    let cumulative = loads.iter().map(|load| {
        reached += load / total;
        reached
    });
    cumulative.collect()
}
