//! A trial with looks, made ready: its boundaries, and the numbers of patients at which it may be looked at.

use super::dropping::{Dropped, dropped};
use super::request::{ChangeRequest, FutilityRequest, InterimRequest, Resize};
use super::resizing::Resizing;
use crate::decision::sequential::{Checked, Conduct, Futility, Plan, Sharing, Sides, check_information};
use crate::error::{Error, ErrorKind, Result};
use crate::planning::{SizeOf, Variants};
use crate::result::HypothesisId;
use crate::scenario::{MultiplicitySpec, Override, Procedure, Scenario, resolve};

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
        let sharing = by_option(Sharing::new(&stated, count))?;
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
                let resizing = Resizing::new(scenario, request, resize, &information, &mut points)?;
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
        let fixed = by_option(Conduct::new(&one_look, sharing.clone(), count, None))?;
        let conduct = by_option(Conduct::new(&plan, sharing, count, dropping))?;
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
        let scenario = |(number, point): (usize, &Point)| {
            let typed = || self.typed(number);
            variants.with_typed(&point.overrides, more, &typed)
        };
        self.points.iter().enumerate().map(scenario).collect()
    }

    /// The word of the command line that a point comes from.
    fn typed(&self, point: usize) -> String {
        match &self.change {
            _ if point < self.looks.len() => "--at".to_owned(),
            Change::Size(resizing) => format!("--most {}", resizing.request.most),
            Change::Drop(dropped) => format!("--drop {}", dropped.factor),
            Change::Nothing => String::new(),
        }
    }

    /// The hypotheses.
    pub fn asked(&self) -> &[HypothesisId] {
        &self.statistics[..self.hypotheses]
    }

    /// The one hypothesis of a trial that changes nothing: only then the look at which it ends says all of how it ended.
    pub fn is_plain(&self) -> bool {
        self.hypotheses == 1 && matches!(self.change, Change::Nothing)
    }

    /// Whether the blinded variance is looked at.
    pub fn is_blinded(&self) -> bool {
        matches!(&self.change, Change::Size(resizing) if resizing.request.how == Resize::Blinded)
    }
}

/// A part of the plan, or what is wrong with it, by the option that said it.
pub(super) fn by_option<T>(checked: Checked<T>) -> Result<T> {
    checked.map_err(|problem| {
        let option = match problem.pointer.split('/').nth(1) {
            Some("information") => "--at",
            Some("futility") => "--futility",
            Some("multiplicity") => "--multiplicity",
            Some("hypotheses") => "--estimand",
            Some("alpha") => "/alpha",
            _ => "--boundaries",
        };
        problem.about_option(option)
    })
}

pub(super) fn usage(about: impl Into<String>, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Usage, message).about(about)
}

/// The looks unless others are asked for: one at half of the patients, or later, as soon as every arm has what a trial needs.
///
/// # Errors
/// `Usage` if that is at the end only.
pub fn usual_looks(scenario: &Scenario) -> Result<Vec<f64>> {
    let (planned, least) = (SizeOf::Total.of(scenario), SizeOf::Total.least(scenario));
    let half = patients_at(scenario, 0.5);
    if half < planned && SizeOf::Total.is_enough(scenario, half) {
        return Ok(vec![0.5, 1.0]);
    }
    if least >= planned {
        let message =
            format!("before its end a trial of {planned} patients has too few in an arm for a look");
        return Err(Error::new(ErrorKind::Usage, message).help("plan larger arms"));
    }
    Ok(vec![least as f64 / planned as f64, 1.0])
}

/// Patients at a share of those planned, in the ratio of the arms.
fn patients_at(scenario: &Scenario, share: f64) -> u64 {
    let (planned, unit) = (SizeOf::Total.of(scenario), SizeOf::Total.unit(scenario));
    ((share * planned as f64 / unit as f64).round() as u64) * unit
}

/// The points of the looks: whole patients in the ratio of the arms, in the order of the looks.
fn look_points(scenario: &Scenario, at: &[f64]) -> Result<Vec<Point>> {
    by_option(check_information(at))?;
    if at.len() < 2 {
        return Err(usage("--at 1", "the only look is the last one, so that there is no interim look")
            .help("say when the looks before are, as in --at 0.5"));
    }
    let (planned, unit) = (SizeOf::Total.of(scenario), SizeOf::Total.unit(scenario));
    let mut points: Vec<Point> = Vec::with_capacity(at.len());
    for (look, &share) in at.iter().enumerate() {
        let patients = if look + 1 == at.len() { planned } else { patients_at(scenario, share) };
        let before = points.last().map_or(0, |point| point.patients);
        if !SizeOf::Total.is_enough(scenario, patients) {
            let least = SizeOf::Total.least(scenario);
            let help = match least < planned {
                true => format!("look at {least} patients or more"),
                false => {
                    "plan larger arms: at no look before the end all have two patients for certain".to_owned()
                }
            };
            return Err(usage(
                format!("--at {share}"),
                format!("{patients} of {planned} patients are too few to be analysed"),
            )
            .help(help));
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
