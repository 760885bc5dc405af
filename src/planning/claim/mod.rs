//! A published claim, checked: what a paper or a grant states of an effect, and what follows from it.
//!
//! In come words such as `f=0.27,n=52,power=0.80` or the means of four arms with their
//! intervals; out come every reading that the words allow, each with its effect on the
//! natural scale, the power that follows and the patients that the stated power needs
//! ([`WorkedOut`]), what the claim leaves open, and a scenario that says so.
//!
//! Nothing here is simulated: each reading has a closed form. The scenario is there to go
//! on from.

mod arms;
mod draft;
mod means;
mod open;
mod power;
mod read;
mod readings;
mod words;

pub use arms::{ArmSummary, Dispersion};
pub use means::{Estimated, Means, Version};
pub use open::{Alternatives, EqualInteraction, OtherSize};
pub use power::{Adjustment, MOST_PATIENTS, Test, f_test_power, patients_for};
pub use read::read;
pub use readings::{Analysis, Meaning, Reading, Unit};

use crate::calibration::render;
use crate::error::Result;
use crate::estimand::ARMS;
use crate::scenario::{Better, Scenario};

/// What was stated.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The words, as they were typed.
    pub text: String,
    /// The effect.
    pub effect: Stated,
    /// How many patients.
    pub size: Option<Size>,
    /// The power, and to how many decimals it was stated.
    pub power: Option<(f64, usize)>,
    /// The two-sided level, if it was stated.
    pub alpha: Option<f64>,
    /// Correlation of the outcome with its baseline within arms.
    pub correlation: Option<f64>,
    /// Whether the analysis is adjusted for the baseline.
    pub adjusted: Option<bool>,
    /// The outcome's name.
    pub outcome: Option<String>,
    /// Its unit.
    pub unit: Option<String>,
    /// Which direction is better.
    pub better: Option<Better>,
}

/// The effect that is claimed.
#[derive(Debug, Clone, PartialEq)]
pub enum Stated {
    /// One number without a unit.
    Standardised(Standardised),
    /// Means of the four arms, in arm order.
    Means(Box<[ArmSummary; ARMS]>),
}

/// An effect without a unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standardised {
    /// Which number.
    pub statistic: Statistic,
    /// Its value.
    pub value: f64,
    /// What it is of.
    pub of: Option<Asked>,
    /// The standard deviation of the outcome within arms.
    pub sd: Option<f64>,
    /// The standard deviation of the outcome given its baseline, in which the effect then is.
    pub residual_sd: Option<f64>,
}

/// A number that states an effect without a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// A difference in standard deviations.
    D,
    /// Cohen's f.
    F,
    /// Its square.
    FSquared,
    /// Partial η².
    PartialEtaSquared,
    /// η², taken for partial.
    EtaSquared,
}

/// What an effect is said to be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A contrast, by its place among the eight estimands.
    Contrast(usize),
    /// Any difference among the four arms.
    AnyDifference,
    /// Group by time: the alliance's effect on the change since baseline.
    Time,
}

/// How many patients were stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// In all, in arms as equal as can be.
    Total(u64),
    /// In each arm.
    PerArm(u64),
    /// In each of the arms.
    Arms([u64; ARMS]),
}

/// A claim, worked out.
#[derive(Debug, Clone)]
pub struct WorkedOut {
    /// The claim.
    pub claim: Claim,
    /// The two-sided level, stated or usual.
    pub alpha: f64,
    /// Patients in each arm, if stated.
    pub sizes: Option<[u64; ARMS]>,
    /// The power that numbers of patients are for, stated or usual.
    pub target: f64,
    /// What the claim may mean; empty where it states means.
    pub readings: Vec<Reading>,
    /// The reading that the scenario takes.
    pub taken: Option<usize>,
    /// What means with their intervals say.
    pub means: Option<Means>,
    /// What else would make stated patients and stated power fit.
    pub alternatives: Alternatives,
    /// What the claim leaves open, and what was taken in its place.
    pub left_open: Vec<String>,
    /// A checked scenario.
    pub scenario: Scenario,
    /// Its text.
    pub text: String,
}

/// The usual two-sided level.
const USUAL_ALPHA: f64 = 0.05;

/// The power that is usually asked for.
const USUAL_POWER: f64 = 0.80;

/// Works a claim out, and makes a scenario called `name` of it.
///
/// # Errors
/// If the scenario cannot be called so, or the claim's words make no scenario.
pub fn work_out(claim: Claim, name: &str) -> Result<WorkedOut> {
    let alpha = claim.alpha.unwrap_or(USUAL_ALPHA);
    let target = claim.power.map_or(USUAL_POWER, |(power, _)| power);
    let sizes = claim.size.map(Size::arms);
    let frame = readings::Frame { claim: &claim, alpha, sizes, target };
    let (readings, means) = match &claim.effect {
        Stated::Standardised(effect) => (readings::readings(&frame, effect), None),
        Stated::Means(arms) => (Vec::new(), Some(means::means(&frame, arms))),
    };
    let taken = readings::taken(&readings);
    let alternatives = open::alternatives(&frame, &readings, taken.map(|index| &readings[index]));
    let left_open = open::left_open(&frame, means.as_ref());
    let scenario =
        draft::scenario(&frame, name, taken.map(|index| &readings[index]), means.as_ref(), &left_open)?;
    let text = render(&scenario);
    Ok(WorkedOut {
        alpha,
        sizes,
        target,
        readings,
        taken,
        means,
        alternatives,
        left_open,
        scenario,
        text,
        claim,
    })
}

impl Size {
    /// Patients in each arm.
    #[must_use]
    pub fn arms(self) -> [u64; ARMS] {
        match self {
            Size::Total(total) => crate::scenario::resolve::apportion(total, [1; ARMS]),
            Size::PerArm(arm) => [arm; ARMS],
            Size::Arms(arms) => arms,
        }
    }
}

impl Statistic {
    /// As it is written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Statistic::D => "d",
            Statistic::F => "f",
            Statistic::FSquared => "f²",
            Statistic::PartialEtaSquared => "partial η²",
            Statistic::EtaSquared => "η²",
        }
    }
}
