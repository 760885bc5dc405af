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

pub(super) fn alternatives(frame: &Frame<'_>, taken: Option<&Reading>) -> Alternatives {
    let Some(taken) = taken else { return Alternatives::default() };
    let test = &taken.test;
    let mut found = Alternatives::default();
    if let Some(Size::Total(stated)) = frame.claim.size {
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
        found.correlation = frame.sizes.filter(|_| adjustment == Adjustment::None).and_then(|sizes| {
            let (claimed, _) = frame.claim.power?;
            taken.reproduces.filter(|reproduces| !reproduces)?;
            let at = |r: f64| {
                let adjusted = Test::Contrast { index, d, adjustment: Adjustment::Covariate(r) };
                adjusted.power(sizes, frame.alpha) - claimed
            };
            Some(enclosed(0.0, 0.999, 1e-9, at)).filter(|r| r.is_finite())
        });
        found.equal_interaction = (index < 2 && taken.meaning != Meaning::Time).then(|| {
            let test = Test::Contrast { index: 2, d, adjustment };
            EqualInteraction {
                power: frame.sizes.map(|sizes| test.power(sizes, frame.alpha)),
                needed: test.patients_for(frame.target, frame.alpha),
            }
        });
    }
    found
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
    if claim.alpha.is_none() {
        open.push("Alpha is not stated: two-sided 0.05 is taken.".to_owned());
    }
    if claim.better.is_none() {
        open.push("Which direction is better is not stated: higher is taken (better=lower for pain).".to_owned());
    }
    if frame.sizes.is_none() && claim.power.is_none() {
        open.push(
            "Neither n nor power is stated: the scenario has the patients that a power of 0.80 needs.".to_owned(),
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
             alliance."
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
    if matches!(effect.of, Some(Asked::Contrast(2)) | None) && effect.statistic == Statistic::D {
        open.push(
            "d of an interaction is the difference of differences ÷ SD; some papers state half of that.".to_owned(),
        );
    }
    if effect.sd.is_none() && effect.residual_sd.is_none() {
        open.push(format!(
            "The SD that {name} is in is not stated: differences are in SDs of the outcome. Say sd=20, or whatever it is."
        ));
    }
    let time_alone = effect.of == Some(Asked::Time);
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
        (Some(_), None) if !time_alone => open.push(
            "Whether the analysis is adjusted for the baseline is not stated: both are shown, and the scenario's primary \
             analysis is adjusted."
                .to_owned(),
        ),
        _ => {}
    }
    if effect.residual_sd.is_none() && claim.correlation.is_some() && claim.adjusted != Some(false) && !time_alone {
        open.push(format!(
            "{name} from an adjusted analysis may be in the SD that the baseline leaves: both are shown, and the \
             scenario takes the outcome's. Say residual_sd if it is that."
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
            Some(format!("{id} {} is {} {side} the centre {}", shown(arm.mean), shown(off.abs()), shown(centre)))
        })
        .collect();
    if !off.is_empty() {
        open.push(format!(
            "Means do not lie in the centre of their intervals, by more than rounding: {}. Effects are shown by both; \
             the scenario takes the means as printed.",
            off.join("; ")
        ));
    }
    let sds: Vec<String> = ids.iter().zip(means.sds).map(|(id, sd)| format!("{id} {}", rounded(sd, 3))).collect();
    if means.equal_sds_p < 0.05 {
        open.push(format!(
            "The SDs of the arms ({}) differ by more than chance (Bartlett's test, p = {}): a misprint, or arms that \
             spread differently. The scenario takes the pooled SD.",
            sds.join(", "),
            rounded(means.equal_sds_p, 2)
        ));
    }
    if frame.means_are_adjusted() {
        open.push(
            "The means are adjusted, so that their spread is what the baseline leaves: it is taken for the residual SD."
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
