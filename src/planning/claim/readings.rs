//! What an effect without a unit may mean, and what follows under each reading.
//!
//! In comes a claim of d, f or η²; out comes one [`Reading`] for each combination of what
//! the number may be of, which standard deviation it is in, and whether the analysis is
//! adjusted for the baseline, as far as the claim leaves them open.

use super::power::{Adjustment, Test};
use super::{Asked, Claim, Size, Standardised, Statistic};
use crate::estimand::standardised::{d_of_f, f_of_d, f_of_partial_eta_squared, partial_eta_squared_of_f};
use crate::estimand::{ARMS, WEIGHTS, estimands};
use crate::scenario::standard_factors;

/// What all readings of a claim share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'c> {
    pub claim: &'c Claim,
    pub alpha: f64,
    pub sizes: Option<[u64; ARMS]>,
    pub target: f64,
}

/// What the number may be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// A contrast of the four arms, by its place among the estimands. If the claim does not say which,
    /// one stands for all that are alike.
    Contrast(usize),
    /// Half the difference of differences: what some papers call the d of an interaction.
    HalfInteraction,
    /// The difference of two arms in a trial, or an analysis, of these alone.
    TwoArmsAlone,
    /// Any difference among the four arms.
    AnyDifference,
    /// Group by time, as if arms differed in the change since baseline by the alliance alone.
    Time,
}

/// The standard deviation that an effect is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// That of the outcome within arms.
    Outcome,
    /// What the baseline leaves of it.
    Residual,
}

/// How the baseline is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Analysis {
    /// Not at all: analysis of variance.
    Unadjusted,
    /// As a covariate: analysis of covariance.
    Adjusted,
    /// It is subtracted: change since baseline.
    Change,
}

/// One reading of a claim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// What the number is of.
    pub meaning: Meaning,
    /// Whether the claim says so; else it stands for all contrasts that are alike.
    pub stated: bool,
    /// The standard deviation that it is in.
    pub unit: Unit,
    /// How the baseline is used.
    pub analysis: Analysis,
    /// The value of the contrast in these standard deviations; none for any difference.
    pub d: Option<f64>,
    /// Cohen's f.
    pub f: f64,
    /// Partial η².
    pub partial_eta_squared: f64,
    /// The value of the contrast on the outcome's scale, or in SDs of the outcome if no SD is stated.
    pub difference: Option<f64>,
    /// The test.
    pub test: Test,
    /// Its power with the stated patients.
    pub power: Option<f64>,
    /// Patients in all that the stated power needs; none if more than
    /// [`MOST_PATIENTS`](super::MOST_PATIENTS).
    pub needed: Option<u64>,
    /// Whether the stated power follows from the stated patients.
    pub reproduces: Option<bool>,
}

/// The correlation that the usual program takes for repeated measures, if none is stated.
pub(super) const USUAL_CORRELATION: f64 = 0.5;

/// All readings of an effect without a unit.
pub(super) fn readings(frame: &Frame<'_>, effect: &Standardised) -> Vec<Reading> {
    let meanings = match effect.of {
        Some(Asked::Contrast(index)) if index > 2 && effect.statistic != Statistic::D => {
            vec![Meaning::Contrast(index), Meaning::TwoArmsAlone]
        }
        Some(Asked::Contrast(2)) if effect.statistic == Statistic::D => {
            vec![Meaning::Contrast(2), Meaning::HalfInteraction]
        }
        Some(Asked::Contrast(index)) => vec![Meaning::Contrast(index)],
        Some(Asked::AnyDifference) => vec![Meaning::AnyDifference],
        Some(Asked::Time) => vec![Meaning::Time],
        None => {
            // The main effect of the alliance, the interaction and `joint` stand for those alike.
            let mut all = vec![Meaning::Contrast(0), Meaning::Contrast(2)];
            // f of an interaction has one meaning.
            all.extend((effect.statistic == Statistic::D).then_some(Meaning::HalfInteraction));
            all.extend([Meaning::Contrast(7), Meaning::TwoArmsAlone]);
            all.extend((effect.statistic != Statistic::D).then_some(Meaning::AnyDifference));
            // What the baseline leaves is no unit of a change.
            if matches!(effect.statistic, Statistic::F | Statistic::FSquared) && effect.residual_sd.is_none()
            {
                all.push(Meaning::Time);
            }
            all
        }
    };
    let uses = uses(frame.claim, effect);
    let of = |meaning: Meaning| -> Vec<Reading> {
        let unit = if effect.residual_sd.is_some() { Unit::Residual } else { Unit::Outcome };
        let without_baseline = [(unit, Analysis::Unadjusted)];
        let change = [(Unit::Outcome, Analysis::Change)];
        let uses = match meaning {
            Meaning::Contrast(_) | Meaning::HalfInteraction => uses.as_slice(),
            Meaning::Time => &change,
            Meaning::TwoArmsAlone | Meaning::AnyDifference => &without_baseline,
        };
        uses.iter().map(|&(unit, analysis)| reading(frame, effect, meaning, unit, analysis)).collect()
    };
    meanings.into_iter().flat_map(of).collect()
}

/// The place of the reading that a scenario is made of: the first, but adjusted if a baseline is stated.
pub(super) fn taken(readings: &[Reading]) -> Option<usize> {
    let first = readings.first()?;
    readings
        .iter()
        .position(|one| {
            one.meaning == first.meaning && one.unit == first.unit && one.analysis == Analysis::Adjusted
        })
        .or(Some(0))
}

/// In which SD, and with which use of the baseline, the claim can be meant.
fn uses(claim: &Claim, effect: &Standardised) -> Vec<(Unit, Analysis)> {
    let unadjusted = claim.adjusted != Some(true);
    let adjusted = claim.correlation.is_some() && claim.adjusted != Some(false);
    let mut uses = Vec::new();
    if effect.residual_sd.is_none() {
        uses.extend(unadjusted.then_some((Unit::Outcome, Analysis::Unadjusted)));
        uses.extend(adjusted.then_some((Unit::Outcome, Analysis::Adjusted)));
    } else {
        uses.extend(unadjusted.then_some((Unit::Residual, Analysis::Unadjusted)));
    }
    uses.extend(adjusted.then_some((Unit::Residual, Analysis::Adjusted)));
    // An adjusted analysis has its f and η² by the variance that the baseline leaves.
    if claim.adjusted == Some(true) && effect.statistic != Statistic::D {
        uses.reverse();
    }
    uses
}

fn reading(
    frame: &Frame<'_>,
    effect: &Standardised,
    meaning: Meaning,
    unit: Unit,
    analysis: Analysis,
) -> Reading {
    let (d, f) = sizes_of_effect(effect, meaning);
    let correlation = frame.claim.correlation;
    let residual = (1.0 - correlation.map_or(0.0, |r| r * r)).sqrt();
    let whole = if meaning == Meaning::HalfInteraction { 2.0 } else { 1.0 };
    let in_outcome_sds = d.map(|d| whole * if unit == Unit::Residual { d * residual } else { d });
    let sd = effect.sd.or(effect.residual_sd.map(|sd| sd / residual)).unwrap_or(1.0);
    let adjustment = match analysis {
        Analysis::Unadjusted => Adjustment::None,
        Analysis::Adjusted => Adjustment::Covariate(correlation.unwrap_or(0.0)),
        Analysis::Change => Adjustment::Change(correlation.unwrap_or(USUAL_CORRELATION)),
    };
    let contrast = |index| Test::Contrast { index, d: in_outcome_sds.unwrap_or(f64::NAN), adjustment };
    let test = match meaning {
        Meaning::Contrast(index) => contrast(index),
        Meaning::HalfInteraction => contrast(2),
        Meaning::Time => contrast(0),
        Meaning::TwoArmsAlone => Test::TwoArmsAlone { d: in_outcome_sds.unwrap_or(f64::NAN) },
        Meaning::AnyDifference => {
            Test::AnyDifference { f: if unit == Unit::Residual { f * residual } else { f } }
        }
    };
    let sizes = match (meaning, frame.claim.size) {
        (Meaning::TwoArmsAlone, Some(Size::PerArm(arm))) => Some(Size::Total(2 * arm).arms()),
        _ => frame.sizes,
    };
    let frame = &Frame { sizes, ..*frame };
    let power = sizes.map(|sizes| test.power(sizes, frame.alpha));
    Reading {
        meaning,
        stated: effect.of.is_some(),
        unit,
        analysis,
        d,
        f,
        partial_eta_squared: partial_eta_squared_of_f(f),
        difference: in_outcome_sds.map(|d| d * sd),
        test,
        power,
        needed: test.patients_for(frame.target, frame.alpha),
        reproduces: frame.reproduces(power, |sizes| test.power(sizes, frame.alpha)),
    }
}

/// d and f, if the claimed number is of `meaning`.
fn sizes_of_effect(effect: &Standardised, meaning: Meaning) -> (Option<f64>, f64) {
    let value = effect.value;
    let f = match effect.statistic {
        Statistic::D => None,
        Statistic::F => Some(value),
        Statistic::FSquared => Some(value.sqrt()),
        Statistic::PartialEtaSquared | Statistic::EtaSquared => Some(f_of_partial_eta_squared(value)),
    };
    let of_contrast = |weights: &[f64; ARMS]| match f {
        Some(f) => (Some(d_of_f(f, weights)), f),
        None => (Some(value), f_of_d(value, weights)),
    };
    match meaning {
        Meaning::Contrast(index) => of_contrast(&WEIGHTS[index]),
        // Two groups, and half of an interaction: f = |d|/2, as for a main effect.
        Meaning::TwoArmsAlone | Meaning::HalfInteraction => of_contrast(&WEIGHTS[0]),
        // Four cells of group and time: f = |d|/4, where d is the difference of changes.
        Meaning::Time => of_contrast(&WEIGHTS[2]),
        Meaning::AnyDifference => (None, f.unwrap_or(f64::NAN)),
    }
}

impl Frame<'_> {
    /// Whether the stated power follows: it is the same to the decimals stated (at least two), or the
    /// stated patients are the fewest, one more or less in each arm, that reach it.
    pub fn reproduces(&self, power: Option<f64>, at: impl Fn([u64; ARMS]) -> f64) -> Option<bool> {
        let ((claimed, decimals), power, sizes) = (self.claim.power?, power?, self.sizes?);
        let half = 0.5 * libm::pow(10.0, -(decimals.max(2) as f64));
        let same = (power - claimed).abs() <= half * (1.0 + 1e-9);
        let fewest = power >= claimed
            && sizes.iter().all(|size| *size > 2)
            && at(sizes.map(|size| size - 1)) < claimed;
        Some(same || fewest)
    }
}

impl Reading {
    /// What the number is of, in words.
    #[must_use]
    pub fn of(&self) -> String {
        let name = |index: usize| estimands(&standard_factors())[index].id.clone();
        match self.meaning {
            Meaning::Contrast(index) if self.stated => name(index),
            Meaning::Contrast(0) => "a main effect".to_owned(),
            Meaning::Contrast(2) => "the interaction".to_owned(),
            Meaning::Contrast(_) => "joint or a simple effect".to_owned(),
            Meaning::HalfInteraction => "half the interaction".to_owned(),
            Meaning::TwoArmsAlone => "two arms alone".to_owned(),
            Meaning::AnyDifference => "any difference".to_owned(),
            Meaning::Time => "group × time".to_owned(),
        }
    }

    /// A word for programs: an estimand's id, or what else it is.
    #[must_use]
    pub fn id(&self) -> String {
        match self.meaning {
            Meaning::Contrast(index) => estimands(&standard_factors())[index].id.clone(),
            Meaning::HalfInteraction => "half_interaction".to_owned(),
            Meaning::TwoArmsAlone => "two_arms_alone".to_owned(),
            Meaning::AnyDifference => "any".to_owned(),
            Meaning::Time => "time".to_owned(),
        }
    }
}
