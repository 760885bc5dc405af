//! Analysis of therapists' summaries in two stages: one number for each therapist, and a t test of these.
//!
//! Stage one makes the patients comparable: the outcome less the covariates times their slopes, which come
//! from a regression in all patients with a level for each arm. (With levels for the arms, as what arms differ
//! in by chance would otherwise count as the covariates'.) Then the mean by therapist and arm is taken. Stage
//! two compares therapists, each counting the same whatever the caseload:
//!
//! - **crossed**, where two therapists or more treat patients with both levels of the context: the contrast of
//!   the arms within each therapist who has patients in all arms that it needs; its mean, and a paired t with
//!   therapists − 1 degrees of freedom.
//! - **nested**, where each therapist delivers one level: the part of the contrast that lies in that level,
//!   from each therapist who has patients in the arms it needs; the difference of the two groups' means,
//!   with a variance pooled over both and therapists − 2. For the context that is the t test of therapists'
//!   means; for the treatment, the mean of their differences. For an effect of the treatment with one level of
//!   the context, therapists of the other lend their variance.
//! - **nested in arms**: the means of four groups of therapists, with therapists − 4.
//!
//! Where a level of the context has no therapists (partial nesting), its patients stand for themselves, with a
//! variance of their own and the degrees of freedom of Welch and Satterthwaite; beside therapists who deliver
//! the same level, patients without one are left out. A therapist who does not fit the layout is left out.
//!
//! Sources: Hayes, Moulton (2017), Cluster Randomised Trials, 2nd ed., chapter 10; Welch (1947), Biometrika 34:28.

use super::closed_form::{Normal, PowerFormula};
use super::matrix::{backward, by_covariates, factor, forward};
use super::patients::{Patients, Worker};
use super::registry::{Design, Entry};
use super::therapists::{Therapists, sizes};
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, MOST_COVARIATES, OfPatients};
use crate::estimand::{ARMS, Family, WEIGHTS};
use crate::scenario::Field;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "cluster_summary",
    summary: "two stages: adjusted means of each therapist, and a t test of these, paired where therapists are crossed",
    reference: "Hayes, Moulton (2017), Cluster Randomised Trials, 2nd ed., chapter 10",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[Field::Covariates],
    needs: &[],
    needs_baseline: false,
    needs_therapists: true,
    allows_clusters: true,
    allows_unequal_variances: false,
    build: |context| {
        Estimator::Patients(Box::new(ClusterSummary {
            outcome: context.outcome,
            covariates: context.covariates.clone(),
        }))
    },
};

/// The analysis of one outcome.
#[derive(Debug, Clone)]
struct ClusterSummary {
    outcome: usize,
    covariates: Vec<usize>,
}

impl Analysis for ClusterSummary {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Estimated { least: 1.0, most: sizes.iter().sum() }
    }

    fn variables(&self) -> Vec<usize> {
        self.covariates.iter().copied().chain(std::iter::once(self.outcome)).collect()
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn follows_shifts(&self) -> bool {
        true
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for summaries of therapists" }
    }
}

impl OfPatients for ClusterSummary {
    fn worker(&self) -> Box<dyn Worker> {
        by_covariates!(self.covariates.len(), SummaryWorker, self)
    }
}

/// How therapists and arms go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Crossed,
    Nested,
    NestedInArms,
}

/// Sums of adjusted outcomes of a therapist's patients, or of those of a level without therapists.
#[derive(Debug, Clone, Copy, Default)]
struct Summary {
    sizes: [f64; ARMS],
    means: [f64; ARMS],
}

impl Summary {
    /// Whether there are patients in all of some arms.
    fn has(&self, arms: impl IntoIterator<Item = usize>) -> bool {
        arms.into_iter().all(|arm| self.sizes[arm] > 0.0)
    }

    /// Whether there are patients with a level of the context.
    fn delivers(&self, level: usize) -> bool {
        self.has([2 * level]) || self.has([2 * level + 1])
    }

    /// The group that it belongs to, if it fits the layout.
    fn group(&self, layout: Layout) -> Option<usize> {
        let only = |groups: usize, is_in: &dyn Fn(usize) -> bool| {
            let mut all = (0..groups).filter(|&group| is_in(group));
            all.next().filter(|_| all.next().is_none())
        };
        match layout {
            Layout::Crossed => Some(0),
            Layout::Nested => only(2, &|level| self.delivers(level)),
            Layout::NestedInArms => only(ARMS, &|arm| self.has([arm])),
        }
    }
}

/// Stage two with buffers.
#[derive(Debug)]
struct SummaryWorker<const N: usize> {
    /// Covariates and outcome.
    variables: Vec<usize>,
    therapists: Therapists<N>,
    summaries: Vec<Summary>,
}

impl<const N: usize> Worker for SummaryWorker<N> {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        if patients.rows().len() < N {
            return Err(Failure::TooFewPatients);
        }
        self.therapists.record(patients, &self.variables);
        fits.outcome_variance[0] = self.therapists.pooled_variance();
        let weights = self.adjusting()?;
        self.summarise(&weights);
        if self.summaries.len() < 2 {
            return Err(Failure::TooFewTherapists);
        }
        let layout = self.layout();
        let alone = self.alone(&weights);
        for (estimand, contrast) in WEIGHTS.iter().enumerate() {
            let mut strata = [Stratum::default(); 2];
            self.add_therapists(layout, contrast, &mut strata[0]);
            for arm in 0..ARMS {
                strata[1].add(&alone[arm], contrast[arm], contrast[arm].abs());
            }
            let (estimate, variance, df) = combined(&strata, contrast).ok_or(Failure::TooFewTherapists)?;
            fits.set(estimand, estimate, variance, df);
        }
        Ok(())
    }
}

impl<const N: usize> SummaryWorker<N> {
    fn new(model: &ClusterSummary) -> Self {
        SummaryWorker {
            variables: model.variables(),
            therapists: Therapists::new(false),
            summaries: Vec::new(),
        }
    }

    /// Weights of x that give the adjusted outcome: 1 for the outcome, less the covariates' slopes.
    fn adjusting(&self) -> Result<[f64; N], Failure> {
        let total = &self.therapists.total;
        let factor = factor(total).ok_or(Failure::Singular)?;
        let slopes = backward(&factor, forward(&factor, total[N - 1]));
        let mut weights = slopes.map(|slope| -slope);
        weights[..ARMS].fill(0.0);
        weights[N - 1] = 1.0;
        Ok(weights)
    }

    /// Means of each therapist with patients.
    fn summarise(&mut self, weights: &[f64; N]) {
        self.summaries.clear();
        for cells in &self.therapists.cells {
            let sizes = sizes(cells);
            let mean = |arm: usize| {
                let sum: f64 = (ARMS..N).map(|k| weights[k] * cells[arm][k]).sum();
                if sizes[arm] > 0.0 { sum / sizes[arm] } else { 0.0 }
            };
            if sizes != [0.0; ARMS] {
                self.summaries.push(Summary { sizes, means: std::array::from_fn(mean) });
            }
        }
    }

    fn layout(&self) -> Layout {
        let how_many =
            |which: &dyn Fn(&Summary) -> bool| self.summaries.iter().filter(|one| which(one)).count();
        if how_many(&|one| one.delivers(0) && one.delivers(1)) >= 2 {
            Layout::Crossed
        } else if how_many(&|one| one.has([0, 1]) || one.has([2, 3])) >= 2 {
            Layout::Nested
        } else {
            Layout::NestedInArms
        }
    }

    /// Patients alone with the levels of the context that no therapist delivers, arm by arm.
    fn alone(&self, weights: &[f64; N]) -> [Moments; ARMS] {
        let mut alone = [Moments::default(); ARMS];
        let has_therapists = [0, 1].map(|level| self.summaries.iter().any(|one| one.delivers(level)));
        for x in &self.therapists.lone {
            let arm = (0..ARMS).find(|&arm| x[arm] > 0.0).unwrap_or_default();
            if !has_therapists[arm / 2] {
                alone[arm].add((ARMS..N).map(|k| weights[k] * x[k]).sum());
            }
        }
        alone
    }

    fn add_therapists(&self, layout: Layout, contrast: &[f64; ARMS], stratum: &mut Stratum) {
        let groups = match layout {
            Layout::Crossed => 1,
            Layout::Nested => 2,
            Layout::NestedInArms => ARMS,
        };
        for group in 0..groups {
            let (pattern, weight) = pattern(layout, group, contrast);
            let mut moments = Moments::default();
            for one in self.summaries.iter().filter(|one| one.group(layout) == Some(group)) {
                if one.has((0..ARMS).filter(|&arm| pattern[arm] != 0.0)) {
                    moments.add((0..ARMS).map(|arm| pattern[arm] * one.means[arm]).sum());
                }
            }
            let covers = if layout == Layout::NestedInArms { weight.abs() } else { weight * size(&pattern) };
            stratum.add(&moments, weight, covers);
        }
    }
}

/// What is taken of each therapist of a group, and how much the group's mean counts.
fn pattern(layout: Layout, group: usize, contrast: &[f64; ARMS]) -> ([f64; ARMS], f64) {
    let within = |level: usize| std::array::from_fn(|arm| if arm / 2 == level { contrast[arm] } else { 0.0 });
    match layout {
        Layout::Crossed => (*contrast, 1.0),
        Layout::NestedInArms => {
            (std::array::from_fn(|arm| if arm == group { 1.0 } else { 0.0 }), contrast[group])
        }
        Layout::Nested => {
            let own: [f64; ARMS] = within(group);
            if own != [0.0; ARMS] {
                return (own, 1.0);
            }
            let other: [f64; ARMS] = within(1 - group);
            (std::array::from_fn(|arm| other[(arm + 2) % ARMS]), 0.0)
        }
    }
}

/// Summaries that have a variance in common.
#[derive(Debug, Clone, Copy, Default)]
struct Stratum {
    estimate: f64,
    /// Σ w²/m over groups of m.
    factor: f64,
    /// Σ of squares within groups, and its degrees of freedom.
    squares: f64,
    freedom: f64,
    /// Σ |weights| of the arms that have a say.
    covered: f64,
}

impl Stratum {
    /// A group whose mean has a weight, and speaks for arms whose weights add up to `covers`.
    fn add(&mut self, group: &Moments, weight: f64, covers: f64) {
        if group.count > 0.0 {
            self.squares += group.squares;
            self.freedom += group.count - 1.0;
            self.estimate += weight * group.mean;
            self.factor += weight * weight / group.count;
            self.covered += covers;
        }
    }

    /// Variance of the estimate and its degrees of freedom; nothing where nothing is estimated.
    fn variance_and_df(&self) -> Option<(f64, f64)> {
        if self.factor == 0.0 {
            return Some((0.0, 0.0));
        }
        let variance = self.factor * self.squares / self.freedom;
        (self.freedom >= 1.0).then_some((variance, self.freedom))
    }
}

/// Estimate, variance and degrees of freedom where everyone who is compared has a variance.
fn combined(strata: &[Stratum; 2], contrast: &[f64; ARMS]) -> Option<(f64, f64, f64)> {
    let asked = size(contrast);
    let [one, other] = strata;
    if (one.covered + other.covered - asked).abs() > 1e-9 * asked {
        return None;
    }
    let ((v, v_df), (w, w_df)) = (one.variance_and_df()?, other.variance_and_df()?);
    let variance = v + w;
    let df = match (v > 0.0, w > 0.0) {
        (true, true) => variance * variance / (v * v / v_df + w * w / w_df),
        (_, false) => v_df,
        (false, true) => w_df,
    };
    Some((one.estimate + other.estimate, variance, df))
}

/// Σ |weights|.
fn size(weights: &[f64; ARMS]) -> f64 {
    weights.iter().map(|weight| weight.abs()).sum()
}

/// Number, mean and sum of squares of some numbers.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Source: Welford (1962), Technometrics 4:419.
    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let distance = value - self.mean;
        self.mean += distance / self.count;
        self.squares += distance * (value - self.mean);
    }
}
