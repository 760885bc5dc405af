//! Another number of patients, chosen at the last interim look for what was seen until then.
//!
//! The stages keep the weights that they were planned with (inverse normal combination), so that the level is kept whatever
//! is chosen. Sources: Cui, Hung, Wang (1999), Biometrics 55:853; Lehmacher, Wassmer (1999), Biometrics 55:1286; Mehta,
//! Pocock (2011), Stat. Med. 30:3267 (a promising zone).

use super::design::{Point, by_option, usage};
use super::request::{InterimRequest, Resize, ResizeRequest};
use crate::decision::sequential::InverseNormal;
use crate::error::Result;
use crate::planning::{MovedEffect, SizeOf};
use crate::scenario::Scenario;
use crate::stats::normal;
use libm::sqrt;

/// Most sizes that a trial may end with.
const MOST_SIZES: u64 = 40;

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

impl Resizing {
    /// Makes ready what is asked for; the sizes to choose from are added to the points.
    pub fn new(
        scenario: &Scenario,
        request: &InterimRequest,
        resize: &ResizeRequest,
        information: &[f64],
        points: &mut Vec<Point>,
    ) -> Result<Self> {
        let [hypothesis] = request.hypotheses.as_slice() else {
            return Err(usage(
                "--resize",
                "the number of patients can be chosen anew for one hypothesis only",
            )
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
        let benefit = MovedEffect::of(scenario, hypothesis)?.planned_value;
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
        let combination = by_option(InverseNormal::of_information(information))?;
        Ok(Resizing { request: resize.clone(), ends, benefit, combination })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::sequential::{Boundaries, Futility, Plan, Rule, Sides, Spending};

    fn resizing(how: Resize) -> (Resizing, Vec<Point>) {
        let request = ResizeRequest { how, power: 0.8, most: 400, promising: 0.3 };
        let point = |patients| Point { patients, overrides: Vec::new() };
        let points: Vec<Point> = [80, 200, 240, 280, 320, 360, 400].map(point).into_iter().collect();
        let combination = InverseNormal::of_information(&[0.4, 1.0]).unwrap();
        (Resizing { request, ends: (1..7).collect(), benefit: 5.0, combination }, points)
    }

    #[test]
    fn conditional_power_as_planned_is_that_of_the_sequential_trial() {
        let plan = Plan {
            information: vec![0.4, 1.0],
            alpha: 0.025,
            sides: Sides::One,
            rule: Rule::Spending(Spending::OBrienFleming),
            futility: Futility::None,
        };
        let boundaries = Boundaries::new(&plan).unwrap();
        let critical = boundaries.critical()[1];
        let (resizing, points) = resizing(Resize::Unblinded);
        for z in [-0.5, 0.8, 1.4, 2.2] {
            let expected = boundaries.conditional_power(0, z, z / 0.4_f64.sqrt());
            assert!((resizing.conditional_power(200, 80, critical, z) - expected).abs() < 1e-12, "{z}");
        }
        // Hopeless and promised trials stay as planned; in between as many patients as are needed.
        let sizes =
            [0.2, 1.2, 2.5].map(|z| points[resizing.end(&points, 80, critical, z, f64::NAN)].patients);
        assert_eq!([sizes[0], sizes[2]], [200, 200]);
        assert!(resizing.conditional_power(sizes[1], 80, critical, 1.2) >= 0.8 || sizes[1] == 400);
        assert!(resizing.conditional_power(sizes[1] - 40, 80, critical, 1.2) < 0.8);
        assert_eq!(resizing.end(&points, 80, critical, f64::NAN, 1.0), 1);
    }

    /// A drift of 1.96 + .84 for an effect of 5: a squared standard error of (5 ÷ 2.80)², reached by 80 patients times the one
    /// seen over it.
    #[test]
    fn blinded_as_many_patients_as_the_variance_asks_for() {
        let (resizing, points) = resizing(Resize::Blinded);
        let critical = normal::isf(0.025);
        let standard_error = 5.0 / (critical + normal::quantile(0.8));
        let wanted = standard_error * standard_error;
        let size = |factor: f64| points[resizing.end(&points, 80, critical, 1.0, factor * wanted)].patients;
        assert_eq!([1.0, 2.49, 2.51, 3.1, 9.0].map(size), [200, 200, 240, 280, 400]);
        assert_eq!(resizing.end(&points, 80, critical, 1.0, f64::NAN), 1);
    }
}
