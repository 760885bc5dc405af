//! What a claim leaves open, and what would make it hold.

use super::means::Means;
use super::power::{Adjustment, MOST_PATIENTS, Test};
use super::readings::{Analysis, Frame, Meaning, Reading, USUAL_CORRELATION, Unit};
use super::words::{rounded, shown};
use super::{Asked, Size, Standardised, Stated, Statistic};
use crate::estimand::{ARMS, arm_ids};
use crate::scenario::standard_factors;
use crate::stats::root::enclosed;

/// What else would make stated patients and stated power fit, by the reading that is taken.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Alternatives {
    /// If the patients are not meant in all.
    pub sizes: Vec<OtherSize>,
    /// The correlation of the outcome with its baseline at which an adjusted analysis has the stated
    /// power; only where none is stated and it is above 0.
    pub correlation: Option<f64>,
    /// The same for group by time, whose correlation may be below 0; only where none is stated.
    pub correlation_of_time: Option<f64>,
    /// If an interaction were as large as the main effect.
    pub equal_interaction: Option<EqualInteraction>,
}

/// Patients, if the number stated is of something else than all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OtherSize {
    /// Of each arm, or else of each of the two groups that a main effect compares.
    pub per_arm: bool,
    /// Then in all.
    pub patients: u64,
    /// The power.
    pub power: f64,
    /// Whether that is the stated power.
    pub reproduces: Option<bool>,
}

/// An interaction as large as a main effect: a difference of differences of as much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EqualInteraction {
    /// Its power with the stated patients.
    pub power: Option<f64>,
    /// Patients in all that the power needs.
    pub needed: Option<u64>,
}

pub(super) fn alternatives(frame: &Frame<'_>, readings: &[Reading], taken: Option<&Reading>) -> Alternatives {
    let Some(taken) = taken else { return Alternatives::default() };
    let test = &taken.test;
    let mut found = Alternatives::default();
    // Where a reading gives the claimed power, nothing else need be meant by n.
    let explained = readings.iter().any(|reading| reading.reproduces == Some(true));
    if let Some(Size::Total(stated)) = frame.claim.size.filter(|_| !explained && frame.claim.power.is_some())
    {
        let others = [(false, 2), (true, ARMS as u64)];
        let is_main = matches!(taken.meaning, Meaning::Contrast(0 | 1));
        let others = others.into_iter().filter(|(per_arm, _)| *per_arm || is_main);
        found.sizes = others
            .map(|(per_arm, times)| (per_arm, stated * times))
            .filter(|(_, patients)| *patients <= MOST_PATIENTS)
            .map(|(per_arm, patients)| {
                let power = test.power(Size::Total(patients).arms(), frame.alpha);
                let other = Frame { sizes: Some(Size::Total(patients).arms()), ..*frame };
                let reproduces = other.reproduces(Some(power), |sizes| test.power(sizes, frame.alpha));
                OtherSize { per_arm, patients, power, reproduces }
            })
            .collect();
    }
    if let Test::Contrast { index, d, adjustment } = *test {
        if frame.claim.correlation.is_none() && adjustment == Adjustment::None {
            found.correlation = correlation_for(frame, taken, 0.0, |r| Test::Contrast {
                index,
                d,
                adjustment: Adjustment::Covariate(r),
            });
        }
        found.equal_interaction = (index < 2 && taken.meaning != Meaning::Time).then(|| {
            let test = Test::Contrast { index: 2, d, adjustment };
            EqualInteraction {
                power: frame.sizes.map(|sizes| test.power(sizes, frame.alpha)),
                needed: test.patients_for(frame.target, frame.alpha),
            }
        });
    }
    let time = readings.iter().find(|reading| reading.meaning == Meaning::Time);
    if let Some((time, Test::Contrast { index, d, .. })) = time.map(|time| (time, time.test))
        && frame.claim.correlation.is_none()
    {
        found.correlation_of_time = correlation_for(frame, time, -LARGEST, |r| Test::Contrast {
            index,
            d,
            adjustment: Adjustment::Change(r),
        });
    }
    found
}

/// The largest correlation that is tried.
const LARGEST: f64 = 0.999;

/// The correlation, from `least` on, at which the stated patients give the stated power, if the reading
/// does not do so already.
fn correlation_for(
    frame: &Frame<'_>,
    reading: &Reading,
    least: f64,
    test: impl Fn(f64) -> Test,
) -> Option<f64> {
    let ((claimed, _), sizes) = (frame.claim.power?, frame.sizes?);
    reading.reproduces.filter(|reproduces| !reproduces)?;
    let excess = |r: f64| test(r).power(sizes, frame.alpha) - claimed;
    Some(enclosed(least, LARGEST, 1e-9, excess)).filter(|r| r.is_finite())
}

/// What the claim leaves open, and what was taken in its place.
pub(super) fn left_open(frame: &Frame<'_>, means: Option<&Means>) -> Vec<String> {
    let claim = frame.claim;
    let mut open = Vec::new();
    match (&claim.effect, means) {
        (Stated::Standardised(effect), _) => of_standardised(frame, effect, &mut open),
        (Stated::Means(arms), Some(means)) => of_means(frame, arms, means, &mut open),
        (Stated::Means(_), None) => {}
    }
    if means.is_none() && frame.sizes.is_some() && claim.power.is_none() {
        open.push(
            "Power is worked out as if the effect were the truth. If it was found in these very patients, that is its p \
             value in other words, and the true effect is on average smaller."
                .to_owned(),
        );
    }
    if claim.alpha.is_none() {
        open.push("Alpha is not stated: two-sided 0.05 is taken.".to_owned());
    }
    if claim.better.is_none() {
        open.push(
            "Which direction is better is not stated: higher is taken (better=lower for pain).".to_owned(),
        );
    }
    if frame.sizes.is_none() && claim.power.is_none() {
        open.push(
            "Neither n nor power is stated: the scenario has the patients that a power of 0.80 needs."
                .to_owned(),
        );
    }
    open
}

fn of_standardised(frame: &Frame<'_>, effect: &Standardised, open: &mut Vec<String>) {
    let claim = frame.claim;
    let name = effect.statistic.name();
    match effect.of {
        None => open.push(format!(
            "What {name} is of is not stated: each reading is shown, and the scenario takes the main effect of the \
             alliance. Say of=alliance, of=interaction, of=joint, …"
        )),
        Some(Asked::AnyDifference) => open.push(
            "Any difference among four arms does not say which: the scenario gives all of it to the main effect of the \
             alliance, and tests that, which has more power."
                .to_owned(),
        ),
        Some(Asked::Time) => open.push(
            "Group by time does not say which groups: the scenario takes those with and without enhanced alliance."
                .to_owned(),
        ),
        Some(Asked::Contrast(7)) => open.push(
            "How much of the joint effect is the alliance's is not stated: the scenario takes one half, and no \
             interaction."
                .to_owned(),
        ),
        Some(Asked::Contrast(_)) => {
            open.push("What else has an effect is not stated: the scenario takes nothing else.".to_owned());
        }
    }
    if effect.statistic == Statistic::EtaSquared {
        open.push(
            "η² is taken for partial η²; a share of all variance is smaller than that if anything else has an effect."
                .to_owned(),
        );
    }
    if effect.of == Some(Asked::Contrast(2)) && effect.statistic == Statistic::D {
        open.push(
            "d of an interaction may be the difference of differences ÷ SD, or half of it: both are shown, and the \
             scenario takes the first."
                .to_owned(),
        );
    }
    if matches!(effect.of, Some(Asked::Contrast(3..))) && effect.statistic != Statistic::D {
        open.push(format!(
            "{name} of two arms may be from an analysis of all four, or of these two alone: both are shown, and the \
             scenario takes the first."
        ));
    }
    if effect.sd.is_none() && effect.residual_sd.is_none() {
        open.push(format!(
            "The SD that {name} is in is not stated: differences are in SDs of the outcome. Say sd=20, or whatever it is."
        ));
    }
    let time_alone = effect.of == Some(Asked::Time);
    let no_contrast = time_alone || effect.of == Some(Asked::AnyDifference);
    let time_among = effect.of.is_none() && matches!(effect.statistic, Statistic::F | Statistic::FSquared);
    match (claim.correlation, claim.adjusted) {
        (None, _) if time_alone => open.push(usual_correlation()),
        (None, None) => {
            open.push(
                "Whether the analysis is adjusted for the baseline is not stated: it is not, here. Say r=0.5 to see both."
                    .to_owned(),
            );
            if time_among {
                open.push(usual_correlation());
            }
        }
        (Some(_), None) if !no_contrast => open.push(
            "Whether the analysis is adjusted for the baseline is not stated: both are shown, and the scenario's primary \
             analysis is adjusted."
                .to_owned(),
        ),
        _ => {}
    }
    if claim.correlation.is_some()
        && claim.adjusted != Some(false)
        && !matches!(effect.of, Some(Asked::Contrast(0..=2)))
    {
        open.push(
            "Two arms alone, any difference and group × time are worked out without adjustment.".to_owned(),
        );
    }
    if effect.residual_sd.is_none()
        && claim.correlation.is_some()
        && claim.adjusted != Some(false)
        && !no_contrast
    {
        let takes = match (claim.adjusted, effect.statistic) {
            (
                Some(true),
                Statistic::F | Statistic::FSquared | Statistic::PartialEtaSquared | Statistic::EtaSquared,
            ) => "scenario takes what the baseline leaves, as such analyses do",
            _ => "scenario takes the outcome's",
        };
        open.push(format!(
            "{name} from an adjusted analysis may be in SDs of the outcome or of what the baseline leaves: both are \
             shown, and the {takes}."
        ));
    }
}

fn usual_correlation() -> String {
    format!(
        "Group × time needs the correlation of the outcome with its baseline: {} is taken, the default of G*Power.",
        shown(USUAL_CORRELATION)
    )
}

fn of_means(frame: &Frame<'_>, arms: &[super::ArmSummary; ARMS], means: &Means, open: &mut Vec<String>) {
    let ids = arm_ids(&standard_factors());
    let off: Vec<String> = ids
        .iter()
        .zip(means.off_centre)
        .zip(arms)
        .filter_map(|((id, off), arm)| {
            let (off, centre) = (off?, arm.centre()?);
            let side = if off > 0.0 { "above" } else { "below" };
            Some(format!(
                "{id} {} is {} {side} the centre {}",
                shown(arm.mean),
                shown(off.abs()),
                shown(centre)
            ))
        })
        .collect();
    if !off.is_empty() {
        open.push(format!(
            "Means do not lie in the centre of their intervals, by more than rounding: {}. Effects are shown by both; \
             the scenario takes the means as printed.",
            off.join("; ")
        ));
    }
    let sds: Vec<String> =
        ids.iter().zip(means.sds).map(|(id, sd)| format!("{id} {}", rounded(sd, 3))).collect();
    if means.equal_sds_p < 0.05 {
        open.push(format!(
            "The SDs of the arms ({}) differ by more than chance (Bartlett's test, p = {}): a misprint, or arms that \
             spread differently. The scenario takes the pooled SD.",
            sds.join(", "),
            rounded(means.equal_sds_p, 2)
        ));
    }
    if let Some(sd) = means.if_one_variance {
        open.push(format!(
            "How the intervals were computed is not stated: from each arm's own SD, by t with n − 1 degrees of freedom, \
             here. If from one SD for all arms, as for adjusted means, that is {} and not {}.",
            rounded(sd, 3),
            rounded(means.pooled_sd, 3)
        ));
    }
    if frame.means_are_adjusted() {
        open.push(
            "The means are adjusted, so that their spread is what the baseline leaves: it is taken for the residual SD, \
             of intervals by t with N − 5 degrees of freedom."
                .to_owned(),
        );
    } else if frame.claim.adjusted.is_none() {
        open.push(
            "Whether the means are adjusted for the baseline is not stated: they are not, here. If they are, the SD is \
             only what the baseline leaves: say adjusted=yes and r."
                .to_owned(),
        );
    }
    if let Some(Size::Total(total)) = frame.claim.size
        && !total.is_multiple_of(ARMS as u64)
    {
        let sizes = Size::Total(total).arms();
        let sizes: Vec<String> = ids.iter().zip(sizes).map(|(id, size)| format!("{id} {size}")).collect();
        open.push(format!("Patients of each arm are not stated: {} are taken.", sizes.join(", ")));
    }
    open.push(
        "Power is worked out as if the estimates were the truth. They are not: a published effect is on average larger \
         than the true one."
            .to_owned(),
    );
}

impl Analysis {
    /// In a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Analysis::Unadjusted => "unadjusted",
            Analysis::Adjusted => "adjusted",
            Analysis::Change => "change",
        }
    }
}

impl Unit {
    /// In a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Unit::Outcome => "outcome",
            Unit::Residual => "residual",
        }
    }
}
