//! A trial with looks, made ready: its boundaries, and the numbers of patients at which it may be looked at.

use super::request::{ChangeRequest, FutilityRequest, InterimRequest, Resize, ResizeRequest};
use crate::decision::sequential::{Conduct, Dropping, Futility, InverseNormal, Plan, Sharing, Sides};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::estimand::{ARMS, WEIGHTS, arm_ids, estimands};
use crate::planning::{SizeOf, Variants};
use crate::result::HypothesisId;
use crate::scenario::{MultiplicitySpec, Override, Procedure, Scenario, resolve};
use crate::stats::normal;
use libm::sqrt;
use serde_json::{Map, Value};

/// Most sizes that a trial may end with.
const MOST_SIZES: u64 = 40;

/// A trial with looks.
#[derive(Debug)]
pub(super) struct Design {
    pub plan: Plan,
    pub conduct: Conduct,
    /// The same hypotheses at one look, at the end of the trial as planned.
    pub fixed: Conduct,
    pub procedure: Procedure,
    /// Where the trial may be looked at.
    pub points: Vec<Point>,
    /// The point of each look of a trial that changes nothing.
    pub looks: Vec<usize>,
    /// What decisions look at: the hypotheses; where a factor may be dropped, what is then left of each, and the effect of
    /// the factor.
    pub statistics: Vec<HypothesisId>,
    pub hypotheses: usize,
    pub change: Change,
}

/// Numbers of patients.
#[derive(Debug)]
pub(super) struct Point {
    pub patients: u64,
    pub overrides: Vec<Override>,
}

/// What the trial changes.
#[derive(Debug)]
pub(super) enum Change {
    Nothing,
    Size(Resizing),
    Drop(Dropped),
}

/// Another number of patients, chosen at the last interim look.
#[derive(Debug)]
pub(super) struct Resizing {
    pub request: ResizeRequest,
    /// The points at which the trial may end, the planned one first.
    pub ends: Vec<usize>,
    /// The planned benefit.
    pub benefit: f64,
    pub combination: InverseNormal,
}

/// A factor that may be dropped.
#[derive(Debug)]
pub(super) struct Dropped {
    pub factor: String,
    pub bound: f64,
    pub reallocate: bool,
    /// By the look at which it is dropped: the points of the later looks.
    pub points: Vec<Vec<usize>>,
    /// Which hypotheses are left then.
    pub left: Vec<bool>,
}

impl Design {
    pub fn new(variants: Variants<'_>, request: &InterimRequest) -> Result<Self> {
        let scenario = variants.scenario;
        if resolve::is_observational(scenario) {
            return Err(Error::new(ErrorKind::Usage, "a study without assignment has no interim looks"));
        }
        let mut points = look_points(scenario, &request.at)?;
        let looks: Vec<usize> = (0..points.len()).collect();
        let planned = points.last().map_or(1, |point| point.patients);
        let information: Vec<f64> =
            points.iter().map(|point| point.patients as f64 / planned as f64).collect();
        let stated = request.multiplicity.clone().or_else(|| scenario.multiplicity.clone());
        let stated = stated.unwrap_or_else(|| MultiplicitySpec::from(Procedure::None));
        let count = request.hypotheses.len();
        let sharing = Sharing::new(&stated, count).map_err(|problem| refused(*problem))?;
        if request.binding && !sharing.is_constant(count) {
            return Err(usage(
                "--binding",
                "a hypothesis that gets its level from another has not been stopped for futility before, so that critical \
                 values cannot count on it",
            )
            .help("leave --binding away, or judge by --multiplicity none or bonferroni"));
        }
        let plan = plan(scenario, request, &information)?;
        let mut statistics = request.hypotheses.clone();
        let mut dropping = None;
        let change = match &request.change {
            ChangeRequest::None => Change::Nothing,
            ChangeRequest::Size(resize) => {
                let resizing = resizing(scenario, request, resize, &information, &mut points)?;
                Change::Size(resizing)
            }
            ChangeRequest::Drop { factor, bound, reallocate } => {
                let (dropped, rule) = dropped(
                    scenario,
                    request,
                    (factor, *bound, *reallocate),
                    &looks,
                    &mut points,
                    &mut statistics,
                )?;
                dropping = Some(rule);
                Change::Drop(dropped)
            }
        };
        let one_look = Plan { information: vec![1.0], futility: Futility::None, ..plan.clone() };
        let fixed = Conduct::new(&one_look, sharing.clone(), count, None);
        let fixed = fixed.map_err(|problem| refused(*problem))?;
        let conduct = Conduct::new(&plan, sharing, count, dropping).map_err(|problem| refused(*problem))?;
        Ok(Design {
            plan,
            conduct,
            fixed,
            procedure: stated.procedure,
            points,
            looks,
            statistics,
            hypotheses: count,
            change,
        })
    }

    /// Patients planned in all.
    pub fn planned(&self) -> u64 {
        self.looks.last().map_or(0, |&point| self.points[point].patients)
    }

    /// The scenario at every point, with further fields changed.
    pub fn scenarios(&self, variants: Variants<'_>, more: &[Override]) -> Result<Vec<Scenario>> {
        self.points.iter().map(|point| variants.with(&[&point.overrides, more].concat())).collect()
    }

    /// Whether the blinded variance is looked at.
    pub fn is_blinded(&self) -> bool {
        matches!(&self.change, Change::Size(resizing) if resizing.request.how == Resize::Blinded)
    }
}

impl Resizing {
    /// The point at which a trial ends that had this Z, and this (blinded) squared standard error, at its last interim look.
    pub fn end(&self, points: &[Point], seen_at: u64, critical: f64, z: f64, variance: f64) -> usize {
        let planned = self.ends[0];
        // Where nothing was seen nothing is changed.
        if z.is_nan() || (self.request.how == Resize::Blinded && variance.is_nan()) {
            return planned;
        }
        let enough: &dyn Fn(u64) -> bool = match self.request.how {
            Resize::Blinded => {
                // The information that a fixed trial needs for its power.
                let drift = critical + normal::quantile(self.request.power);
                let needed = drift * drift / (self.benefit * self.benefit) * variance * seen_at as f64;
                &move |patients| patients as f64 >= needed
            }
            Resize::Unblinded => {
                let conditional = |patients: u64| self.conditional_power(patients, seen_at, critical, z);
                let as_planned = conditional(points[planned].patients);
                if as_planned < self.request.promising {
                    return planned;
                }
                &move |patients| conditional(patients) >= self.request.power
            }
        };
        let found = self.ends.iter().copied().find(|&end| enough(points[end].patients));
        found.or(self.ends.last().copied()).unwrap_or(planned)
    }

    /// The probability of a claim with so many patients if the effect is the one seen so far.
    fn conditional_power(&self, patients: u64, seen_at: u64, critical: f64, z: f64) -> f64 {
        let [first, second] = self.weights();
        let growth = (patients as f64 - seen_at as f64) / seen_at as f64;
        normal::cdf((first * z - critical) / second + z * sqrt(growth))
    }

    /// The weights of what was seen up to the last interim look and of what came after.
    pub fn weights(&self) -> [f64; 2] {
        let weights = self.combination.weights();
        let last = weights.last().copied().unwrap_or(1.0);
        [sqrt(1.0 - last * last), last]
    }
}

/// What is wrong with a plan, by the option that said it.
pub(super) fn refused(problem: Problem) -> Error {
    let option = match problem.pointer.split('/').nth(1) {
        Some("information") => "--at",
        Some("futility") => "--futility",
        Some("multiplicity") => "--multiplicity",
        Some("hypotheses") => "--estimand",
        Some("alpha") => "/alpha",
        _ => "--boundaries",
    };
    let error =
        Error::new(ErrorKind::Usage, format!("found {}; allowed: {}", problem.found, problem.allowed))
            .about(option);
    match problem.help {
        Some(help) => error.help(help),
        None => error,
    }
}

fn usage(about: impl Into<String>, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, message).about(about)
}

/// The points of the looks: whole patients in the ratio of the arms, in the order of the looks.
fn look_points(scenario: &Scenario, at: &[f64]) -> Result<Vec<Point>> {
    crate::decision::sequential::check_information(at).map_err(|problem| refused(*problem))?;
    if at.len() < 2 {
        return Err(usage("--at 1", "the only look is the last one, so that there is no interim look")
            .help("say when the looks before are, as in --at 0.5"));
    }
    let (planned, unit) = (SizeOf::Total.of(scenario), SizeOf::Total.unit(scenario));
    let mut points: Vec<Point> = Vec::with_capacity(at.len());
    for (look, &share) in at.iter().enumerate() {
        let patients = if look + 1 == at.len() {
            planned
        } else {
            ((share * planned as f64 / unit as f64).round() as u64) * unit
        };
        let before = points.last().map_or(0, |point| point.patients);
        let least = SizeOf::Total.least(scenario);
        if patients < least {
            return Err(usage(
                format!("--at {share}"),
                format!("{patients} of {planned} patients are too few to be analysed"),
            )
            .help(format!("look at {least} patients or more")));
        }
        if patients <= before {
            return Err(usage(
                format!("--at {share}"),
                format!("with {planned} patients this look and the one before it are at the same {patients}"),
            )
            .help(format!(
                "looks are at multiples of {unit} patients, so that arms have about their ratio"
            )));
        }
        points.push(Point { patients, overrides: SizeOf::Total.overrides(scenario, patients) });
    }
    Ok(points)
}

fn plan(scenario: &Scenario, request: &InterimRequest, information: &[f64]) -> Result<Plan> {
    let stops = request.futility != FutilityRequest::None;
    let sides = request.sides.unwrap_or(if stops { Sides::One } else { Sides::Two });
    if request.binding && !stops {
        return Err(usage("--binding", "there are no bounds for futility that could bind")
            .help("say where the trial stops for futility, as in --futility 0"));
    }
    let interim = information.len() - 1;
    let futility = match &request.futility {
        FutilityRequest::None => Futility::None,
        FutilityRequest::At(z) => {
            if z.iter().all(|&bound| bound == f64::NEG_INFINITY) {
                return Err(usage("--futility", "no look has a bound").help("leave --futility away"));
            }
            let z = if z.len() == 1 { vec![z[0]; interim] } else { z.clone() };
            Futility::Bounds { z, binding: request.binding }
        }
        FutilityRequest::Spending { spending, power } => {
            Futility::Spending { spending: *spending, power: *power, binding: request.binding }
        }
    };
    Ok(Plan {
        information: information.to_vec(),
        alpha: if sides == Sides::One { scenario.alpha / 2.0 } else { scenario.alpha },
        sides,
        rule: request.rule,
        futility,
    })
}

fn resizing(
    scenario: &Scenario,
    request: &InterimRequest,
    resize: &ResizeRequest,
    information: &[f64],
    points: &mut Vec<Point>,
) -> Result<Resizing> {
    let [hypothesis] = request.hypotheses.as_slice() else {
        return Err(usage("--resize", "the number of patients can be chosen anew for one hypothesis only")
            .help("name one with --estimand"));
    };
    if scenario.design.therapists.is_some() {
        let message = "with therapists what is known does not grow in proportion to the patients, as the weights of the \
                       stages take for granted";
        return Err(usage("--resize", message).help("look without changing the size"));
    }
    if !(resize.power > scenario.alpha && resize.power < 1.0) {
        return Err(usage(
            format!("--power {}", resize.power),
            format!("the power is a number above alpha, which is {}, and below 1", scenario.alpha),
        ));
    }
    if !(0.0..1.0).contains(&resize.promising) {
        return Err(usage(
            format!("--promising {}", resize.promising),
            "the conditional power is a number from 0, below 1",
        ));
    }
    let planned = points.last().map_or(0, |point| point.patients);
    let unit = SizeOf::Total.unit(scenario);
    if resize.most < planned + unit {
        return Err(usage(
            format!("--most {}", resize.most),
            format!("the trial has {planned} patients as planned, so that there is nothing to choose"),
        )
        .help(format!("say a number of at least {}", planned + unit)));
    }
    let benefit = crate::planning::MovedEffect::of(scenario, hypothesis)?.planned_value;
    if resize.how == Resize::Blinded && benefit == 0.0 {
        return Err(usage("--resize blinded", format!("the planned effect of {hypothesis} is 0"))
            .help("blinded, the size is chosen for the planned effect: plan one"));
    }
    let step = (resize.most - planned).div_ceil(MOST_SIZES).next_multiple_of(unit);
    let mut ends = vec![points.len() - 1];
    let mut size = planned;
    while size < resize.most {
        size = (size + step).min(resize.most);
        ends.push(points.len());
        points.push(Point { patients: size, overrides: SizeOf::Total.overrides(scenario, size) });
    }
    let combination = InverseNormal::of_information(information).map_err(|problem| refused(*problem))?;
    Ok(Resizing { request: resize.clone(), ends, benefit, combination })
}

/// What drops a factor, and what is left.
fn dropped(
    scenario: &Scenario,
    request: &InterimRequest,
    (factor, bound, reallocate): (&str, f64, bool),
    looks: &[usize],
    points: &mut Vec<Point>,
    statistics: &mut Vec<HypothesisId>,
) -> Result<(Dropped, Dropping)> {
    let ids: Vec<&str> = scenario.factors.iter().map(|factor| factor.id.as_str()).collect();
    let Some(number) = ids.iter().position(|id| *id == factor) else {
        return Err(usage(format!("--drop {factor}"), "the scenario has no such factor")
            .help(format!("it has {}", ids.join(" and "))));
    };
    if !bound.is_finite() {
        return Err(usage(format!("--drop-at {bound}"), "the bound is not a number"));
    }
    let has_fixed_sizes = scenario.design.n_per_arm.is_some() && !resolve::has_random_sizes(scenario);
    if !has_fixed_sizes {
        return Err(usage(format!("--drop {factor}"), "arms are dropped where their sizes are fixed")
            .help("state `n_per_arm` with assignment by the method `fixed`"));
    }
    let correlation = correlation_with_factor(number, resolve::arm_sizes(scenario));
    if correlation > MOST_CORRELATION {
        return Err(usage(
            format!("--drop {factor}"),
            format!(
                "with arms of so different sizes what is left is correlated with the effect of {factor} (at {correlation:.2}), \
                 so that choosing by the one would exceed the level of the other"
            ),
        )
        .help("plan arms of about equal size"));
    }
    // Main effects come first, each with its simple effect at the other factor's first level.
    let contrasts = estimands(&scenario.factors);
    let [other, simple] = others(number);
    let is_left: Vec<bool> =
        request.hypotheses.iter().map(|one| one.estimand == contrasts[other].id).collect();
    let Some(first) = request.hypotheses.iter().zip(&is_left).find(|(_, left)| **left).map(|(one, _)| one)
    else {
        return Err(usage(format!("--drop {factor}"), "nothing would be left to be tested")
            .help(format!("ask about the other factor too: --estimand {}", contrasts[other].id)));
    };
    let with =
        |one: &HypothesisId, estimand: &str| HypothesisId { estimand: estimand.to_owned(), ..one.clone() };
    let what_is_left: Vec<HypothesisId> = request
        .hypotheses
        .iter()
        .zip(&is_left)
        .map(|(one, left)| if *left { with(one, &contrasts[simple].id) } else { one.clone() })
        .collect();
    statistics.extend(what_is_left);
    statistics.push(with(first, &contrasts[number].id));
    // Arms are context level times 2 plus treatment level.
    let keeps = |arm: usize| if number == 1 { arm.is_multiple_of(2) } else { arm < 2 };
    let planned = resolve::arm_sizes(scenario);
    let sizes_at: Vec<[u64; ARMS]> =
        looks.iter().map(|&look| resolve::apportion(points[look].patients, planned)).collect();
    let mut later_points = Vec::new();
    let mut information = Vec::new();
    for at in 0..looks.len() - 1 {
        let mut later = Vec::new();
        let mut precision = Vec::new();
        for look in at + 1..looks.len() {
            let mut sizes: [u64; ARMS] =
                std::array::from_fn(|arm| sizes_at[if keeps(arm) { look } else { at }][arm]);
            if reallocate {
                let spared: u64 = points[looks[look]].patients - sizes.iter().sum::<u64>();
                let kept: [u64; ARMS] = std::array::from_fn(|arm| if keeps(arm) { planned[arm] } else { 0 });
                let more = resolve::apportion(spared, kept);
                (0..ARMS).for_each(|arm| sizes[arm] += more[arm]);
            }
            let inverse: f64 = (0..ARMS).filter(|&arm| keeps(arm)).map(|arm| 1.0 / sizes[arm] as f64).sum();
            precision.push(1.0 / inverse);
            later.push(points.len());
            points.push(Point { patients: sizes.iter().sum(), overrides: arms(scenario, sizes) });
        }
        let whole = precision.last().copied().unwrap_or(1.0);
        information.push(precision.into_iter().map(|one| one / whole).collect());
        later_points.push(later);
    }
    let left =
        is_left.iter().enumerate().filter(|(_, left)| **left).fold(0, |bits, (one, _)| bits | 1 << one);
    let rule = Dropping { bound, left, information };
    Ok((Dropped { factor: factor.to_owned(), bound, reallocate, points: later_points, left: is_left }, rule))
}

/// Most correlation between the effect of a factor and what is tested beside: as that of 29, 30, 29 and 29 patients, with
/// room to spare.
const MOST_CORRELATION: f64 = 0.05;

/// The largest correlation of the main effect of a factor with the other one's, and with the other one's at the first level of
/// the factor.
fn correlation_with_factor(number: usize, sizes: [u64; ARMS]) -> f64 {
    let covariance = |one: &[f64; ARMS], other: &[f64; ARMS]| -> f64 {
        (0..ARMS).map(|arm| one[arm] * other[arm] / sizes[arm] as f64).sum()
    };
    let correlation = |one: usize, other: usize| {
        let (one, other) = (&WEIGHTS[one], &WEIGHTS[other]);
        covariance(one, other).abs() / sqrt(covariance(one, one) * covariance(other, other))
    };
    let [other, simple] = others(number);
    correlation(number, other).max(correlation(number, simple))
}

/// The number of the other factor's main effect, and of its effect at the first level of this one.
fn others(number: usize) -> [usize; 2] {
    [1 - number, if number == 1 { 3 } else { 5 }]
}

fn arms(scenario: &Scenario, sizes: [u64; ARMS]) -> Vec<Override> {
    let by_arm: Map<String, Value> =
        arm_ids(&scenario.factors).into_iter().zip(sizes.map(Value::from)).collect();
    vec![Override { pointer: "/design/n_per_arm".to_owned(), value: by_arm.into() }]
}
