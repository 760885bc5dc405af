//! One trial looked at several times, for many trials.
//!
//! In come the points at which a trial may be looked at (numbers of patients, each the first of the largest) and the
//! statistics that a decision may need; whoever conducts the trials sees, for one trial after the other, what the analyses
//! say at every point, and keeps a tally. Which points a trial really comes to is up to the conductor: a trial that
//! stops, or changes its size for what it has seen, is a way through the points.

use super::needed::judged_alone;
use super::{Keeper, Together};
use crate::analysis::{BATCH, Claim, Column, Fits};
use crate::decision::Critical;
use crate::engine::plan::{Plan, PlannedAnalysis, TruthsFrom};
use crate::engine::{EngineChoice, Progress, RunOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::result::HypothesisId;
use crate::scenario::Scenario;
use crate::stats::{normal, student_t};
use crate::summary::{Merge, MergeTree, squared_half_widths};

/// Whoever conducts trials and keeps a tally of what became of them.
pub trait Conductor: Sync {
    /// The tally.
    type Tally: Merge + Clone + Send;

    /// An empty one.
    fn tally(&self) -> Self::Tally;

    /// Conducts one trial.
    fn conduct(&self, trial: &Looks<'_>, tally: &mut Self::Tally);
}

/// What the analyses of one trial say, wherever it may be looked at.
#[derive(Debug, Clone, Copy)]
pub struct Looks<'a> {
    seen: &'a Seen,
    trial: usize,
}

impl Looks<'_> {
    /// The estimate as a benefit; not a number where the analysis gave no answer.
    #[must_use]
    pub fn benefit(&self, point: usize, statistic: usize) -> f64 {
        self.of(point, statistic).benefit[self.trial]
    }

    /// Its standard error.
    #[must_use]
    pub fn standard_error(&self, point: usize, statistic: usize) -> f64 {
        self.of(point, statistic).variance[self.trial].sqrt()
    }

    /// Half of the width of its confidence interval.
    #[must_use]
    pub fn half_width(&self, point: usize, statistic: usize) -> f64 {
        self.of(point, statistic).squared_half_width[self.trial].sqrt()
    }

    /// The statistic as a standard normal one, positive for a benefit: with the p value of the analysis's own test. Not a
    /// number where the analysis gave no answer.
    #[must_use]
    pub fn z(&self, point: usize, statistic: usize) -> f64 {
        let seen = self.of(point, statistic);
        let benefit = seen.benefit[self.trial];
        if benefit.is_nan() {
            // Else a p value would make a number of it: signs of what is no number are signs too.
            return f64::NAN;
        }
        let p = seen.p[self.trial];
        let size = if p.is_nan() {
            let t = benefit.abs() / seen.variance[self.trial].sqrt();
            normal::isf(student_t::sf(t, seen.degrees_of_freedom[self.trial]))
        } else {
            normal::isf(0.5 * p)
        };
        // Not `min`, which takes the bound for what is not a number: a trial without an answer would claim an effect.
        if size > LARGEST { LARGEST.copysign(benefit) } else { size.copysign(benefit) }
    }

    /// The squared standard error that the estimate will have, told without knowing the arms.
    #[must_use]
    pub fn blinded_variance(&self, point: usize, statistic: usize) -> f64 {
        self.of(point, statistic).blinded_variance[self.trial]
    }

    /// The truth of a statistic's estimand as a benefit; not a number where it is not defined.
    #[must_use]
    pub fn truth(&self, statistic: usize) -> f64 {
        self.seen.truth[statistic]
    }

    fn of(&self, point: usize, statistic: usize) -> &Columns {
        &self.seen.columns[point * self.seen.truth.len() + statistic]
    }
}

/// Degrees of freedom of a hypothesis's t statistic; infinite where they are estimated from each trial.
///
/// # Errors
/// `Unexpected` if the scenario has no such hypothesis.
pub fn degrees_of_freedom(scenario: &Scenario, hypothesis: &HypothesisId) -> Result<f64> {
    let needed = judged_alone(scenario, std::slice::from_ref(hypothesis));
    let plan = Plan::new(&needed, TruthsFrom::Nowhere)?;
    let place = Place::new(&plan, hypothesis)?;
    Ok(match plan.analyses[place.analysis].target.critical {
        Critical::Constant { degrees_of_freedom, .. } => degrees_of_freedom,
        Critical::Estimated { .. } => f64::INFINITY,
    })
}

/// The largest Z, where p values are too small for a number: 1e-300.
const LARGEST: f64 = 37.0;

/// What trials were looked at for.
#[derive(Debug, Clone)]
pub struct Looked<T> {
    /// The tally of all trials.
    pub tally: T,
    /// The truths of the statistics' estimands as benefits; not numbers where they are not defined.
    pub truth: Vec<f64>,
}

/// Why trials that are looked at several times are simulated patient by patient.
pub const WHY_PATIENTS: &str = "what is seen later contains what was seen before";

/// Simulates trials and has them conducted. `points` are scenarios that differ in the numbers of patients only; with
/// `blinded` the statistics' blinded variances are found too.
///
/// # Errors
/// `Usage` if sufficient statistics are asked for, if the first patients of the trial are not those of an interim look, if an
/// analysis claims something else than a difference, or knows no blinded variance; `Unexpected` if a statistic is
/// not among a scenario's hypotheses.
pub fn look<C: Conductor>(
    points: &[Scenario],
    statistics: &[HypothesisId],
    blinded: bool,
    conductor: &C,
    options: &RunOptions,
    progress: &mut dyn FnMut(&Progress),
) -> Result<Looked<C::Tally>> {
    if options.engine == EngineChoice::Statistics {
        return Err(Error::new(
            ErrorKind::Usage,
            format!("interim looks need the patients one by one: {WHY_PATIENTS}"),
        )
        .about("--engine statistics")
        .help("leave --engine away"));
    }
    let needed: Vec<Scenario> = points.iter().map(|point| judged_alone(point, statistics)).collect();
    let patients = RunOptions { engine: EngineChoice::Patients, ..options.clone() };
    let mut together = Together::of_looks(&needed, &patients)?;
    if !together.is_nested() {
        return Err(Error::new(
            ErrorKind::Usage,
            "the therapists of this trial get their patients one after the other, so that its first patients are \
             not those of an interim look",
        )
        .help(
            "state therapists that are crossed with the arms, and an assignment by simple, blocks, minimisation or urn: \
             then patients come to them by chance",
        ));
    }
    for plan in &mut together.plans {
        plan.want_only(statistics);
    }
    let places = Place::all(&together.plans[0], statistics)?;
    if blinded {
        for plan in &mut together.plans {
            plan.add_blinded(places.iter().map(|place| place.analysis))?;
        }
    }
    let places = Place::with_blinded(places, &together.plans[0]);
    let truth: Vec<f64> = places.iter().map(|place| place.sign * place.truth).collect();
    let keeper = || Watching::new(conductor, &places, &truth, points.len());
    let mut tree = MergeTree::new();
    let take = |tally: C::Tally| {
        tree.push(tally);
        Ok(())
    };
    together.simulate(options, keeper, take, progress)?;
    Ok(Looked { tally: tree.total().unwrap_or_else(|| conductor.tally()), truth })
}

/// Where a statistic is found.
#[derive(Debug, Clone, Copy)]
struct Place {
    analysis: usize,
    estimand: usize,
    /// The number of the analysis that is blinded.
    blinded: Option<usize>,
    sign: f64,
    truth: f64,
}

impl Place {
    fn all(plan: &Plan, statistics: &[HypothesisId]) -> Result<Vec<Self>> {
        statistics.iter().map(|one| Self::new(plan, one)).collect()
    }

    fn new(plan: &Plan, hypothesis: &HypothesisId) -> Result<Self> {
        let [analysis, estimand] = plan.place(hypothesis)?;
        let planned = &plan.analyses[analysis];
        if planned.estimator.analysis().claim() != Claim::Difference {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("{} claims something else than a difference", hypothesis.analysis),
            )
            .about(format!("--estimand {hypothesis}"))
            .help("interim looks judge differences: name an analysis such as anova or ancova"));
        }
        Ok(Place {
            analysis,
            estimand,
            blinded: None,
            sign: f64::from(planned.benefit_sign.ok_or_else(|| unstated_direction(&planned.outcome))?),
            truth: planned.truths.value[estimand],
        })
    }

    /// The same places once blinded analyses were added.
    fn with_blinded(mut places: Vec<Self>, plan: &Plan) -> Vec<Self> {
        for place in &mut places {
            let id = PlannedAnalysis::blinded_id(&plan.analyses[place.analysis].id);
            place.blinded = plan.analyses.iter().position(|planned| planned.id == id);
        }
        places
    }
}

fn unstated_direction(outcome: &str) -> Error {
    Error::new(
        ErrorKind::Usage,
        format!("the scenario does not say whether a lower or a higher {outcome} is better"),
    )
    .help(format!("say so, as in --set '/response/outcomes/{outcome}/better=\"lower\"'"))
}

/// What is seen of a batch of trials.
#[derive(Debug)]
struct Seen {
    /// By point and statistic.
    columns: Vec<Columns>,
    truth: Vec<f64>,
}

/// One statistic at one point.
#[derive(Debug, Clone)]
struct Columns {
    benefit: Column,
    variance: Column,
    degrees_of_freedom: Column,
    /// Not a number where the test is a t test.
    p: Column,
    squared_half_width: Column,
    blinded_variance: Column,
}

/// Keeps a batch until its last point has come, then has its trials conducted.
struct Watching<'a, C: Conductor> {
    conductor: &'a C,
    places: &'a [Place],
    points: usize,
    seen: Seen,
    tally: C::Tally,
}

impl<'a, C: Conductor> Watching<'a, C> {
    fn new(conductor: &'a C, places: &'a [Place], truth: &[f64], points: usize) -> Self {
        let nothing = [f64::NAN; BATCH];
        let columns = Columns {
            benefit: nothing,
            variance: nothing,
            degrees_of_freedom: nothing,
            p: nothing,
            squared_half_width: nothing,
            blinded_variance: nothing,
        };
        let seen = Seen { columns: vec![columns; points * places.len()], truth: truth.to_vec() };
        Watching { conductor, places, points, seen, tally: conductor.tally() }
    }
}

impl<C: Conductor> Keeper for Watching<'_, C> {
    type Kept = C::Tally;

    fn take(&mut self, point: usize, plan: &Plan, fits: &mut [Fits], trials: usize) {
        let start = point * self.places.len();
        for (place, columns) in self.places.iter().zip(&mut self.seen.columns[start..]) {
            columns.copy(place, plan, fits, trials);
        }
        if point + 1 == self.points {
            for trial in 0..trials {
                self.conductor.conduct(&Looks { seen: &self.seen, trial }, &mut self.tally);
            }
        }
    }

    fn block(&mut self) -> C::Tally {
        std::mem::replace(&mut self.tally, self.conductor.tally())
    }
}

impl Columns {
    fn copy(&mut self, place: &Place, plan: &Plan, fits: &[Fits], trials: usize) {
        let (planned, own) = (&plan.analyses[place.analysis], &fits[place.analysis]);
        let estimand = place.estimand;
        for trial in 0..trials {
            let answers = own.answers(trial);
            self.benefit[trial] = if answers { place.sign * own.estimate[estimand][trial] } else { f64::NAN };
        }
        self.variance = own.variance[estimand];
        self.degrees_of_freedom = match &planned.target.critical {
            Critical::Constant { degrees_of_freedom, .. } => [*degrees_of_freedom; BATCH],
            Critical::Estimated { .. } => own.degrees_of_freedom[estimand],
        };
        self.p = own.p.get(estimand).copied().unwrap_or([f64::NAN; BATCH]);
        self.squared_half_width = squared_half_widths(own, estimand, &planned.target.critical);
        if let Some(blinded) = place.blinded {
            self.blinded_variance = fits[blinded].variance[estimand];
        }
    }
}
