//! Error spending functions: how much of a level may be spent by a share of the information.
//!
//! Source: Lan, DeMets (1983), Biometrika 70:659; the families are named with their own.

use super::{Checked, problem};
use crate::stats::normal;
use libm::{expm1, log1p, pow, sqrt};

/// The largest |γ| of Hwang, Shih and DeCani's family, and the largest ρ of Kim and DeMets'.
const MOST: f64 = 40.0;

/// How a level is spent over the information.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spending {
    /// Close to O'Brien and Fleming's boundaries: 2 − 2Φ(z/√t), where z has half the level above it. Source:
    /// Lan, DeMets (1983), α₁*.
    OBrienFleming,
    /// Close to Pocock's boundaries: level · ln(1 + (e − 1)t). Source: Lan, DeMets (1983), α₂*.
    Pocock,
    /// level · (1 − e^(−γt))/(1 − e^(−γ)), and level · t with γ = 0: −4 is close to O'Brien and Fleming's
    /// boundaries, 1 to Pocock's. Source: Hwang, Shih, DeCani (1990), Stat. Med. 9:1439.
    HwangShihDeCani {
        /// γ, from −40 to 40.
        gamma: f64,
    },
    /// level · t^ρ. Source: Kim, DeMets (1987), Biometrika 74:149.
    KimDeMets {
        /// ρ, above 0 and at most 40.
        rho: f64,
    },
}

impl Spending {
    /// Checks the family's parameter.
    ///
    /// # Errors
    /// A parameter outside its range.
    pub fn check(self) -> Checked<()> {
        match self {
            Spending::HwangShihDeCani { gamma } if gamma.is_nan() || gamma.abs() > MOST => Err(problem(
                "/gamma",
                format!("gamma of {gamma}"),
                format!("a number from -{MOST} to {MOST}"),
            )),
            Spending::KimDeMets { rho } if !(rho > 0.0 && rho <= MOST) => {
                Err(problem("/rho", format!("rho of {rho}"), format!("a number above 0, at most {MOST}")))
            }
            _ => Ok(()),
        }
    }

    /// What of a one-sided `level` may be spent by the information fraction `t`: nothing at 0, all from 1 on.
    #[must_use]
    pub fn spent(self, level: f64, t: f64) -> f64 {
        if t <= 0.0 {
            return 0.0;
        }
        if t >= 1.0 {
            return level;
        }
        match self {
            Spending::OBrienFleming => 2.0 * normal::sf(normal::isf(0.5 * level) / sqrt(t)),
            Spending::Pocock => level * log1p((core::f64::consts::E - 1.0) * t),
            Spending::HwangShihDeCani { gamma: 0.0 } => level * t,
            Spending::HwangShihDeCani { gamma } => level * expm1(-gamma * t) / expm1(-gamma),
            Spending::KimDeMets { rho } => level * pow(t, rho),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Spending; 6] = [
        Spending::OBrienFleming,
        Spending::Pocock,
        Spending::HwangShihDeCani { gamma: -4.0 },
        Spending::HwangShihDeCani { gamma: 0.0 },
        Spending::HwangShihDeCani { gamma: 1.0 },
        Spending::KimDeMets { rho: 3.0 },
    ];

    #[test]
    fn spending_rises_from_nothing_to_the_level() {
        for spending in ALL {
            let mut before = spending.spent(0.025, 0.0);
            assert_eq!(before, 0.0);
            for step in 1..=100 {
                let now = spending.spent(0.025, f64::from(step) / 100.0);
                assert!(now > before, "{spending:?} {step}");
                before = now;
            }
            assert_eq!((before, spending.spent(0.025, 1.5)), (0.025, 0.025));
            let almost = spending.spent(0.025, 1.0 - 1e-12);
            assert!((almost / 0.025 - 1.0).abs() < 1e-10, "{spending:?} is not continuous at 1");
        }
    }

    #[test]
    fn families_meet() {
        let linear = Spending::KimDeMets { rho: 1.0 }.spent(0.05, 0.3);
        assert!((linear - 0.015).abs() < 1e-17);
        assert_eq!(Spending::HwangShihDeCani { gamma: 0.0 }.spent(0.05, 0.3), 0.015);
        let close = Spending::HwangShihDeCani { gamma: 1e-9 }.spent(0.05, 0.3);
        assert!((close / 0.015 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn parameters_have_a_range() {
        ALL.iter().for_each(|spending| assert!(spending.check().is_ok()));
        for wrong in [f64::NAN, f64::INFINITY, 41.0] {
            assert!(Spending::HwangShihDeCani { gamma: wrong }.check().is_err());
            assert!(Spending::KimDeMets { rho: wrong }.check().is_err());
        }
        let problem = Spending::KimDeMets { rho: 0.0 }.check().unwrap_err();
        assert_eq!(problem.to_string(), "/rho: found rho of 0; allowed: a number above 0, at most 40");
    }
}
