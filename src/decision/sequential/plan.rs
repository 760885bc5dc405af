//! What a group-sequential trial plans: its looks, its level, how critical values and futility are chosen.

use super::information::check_information;
use super::spending::Spending;
use super::{Checked, problem};

/// Which claims the trial can make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sides {
    /// A benefit, at `alpha`.
    One,
    /// A difference in either direction, at `alpha` in all: by symmetric boundaries.
    Two,
}

/// How the critical values are chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// By an error spending function.
    Spending(Spending),
    /// c · t^(delta − ½), where c keeps the level: O'Brien and Fleming's boundaries with 0, Pocock's with ½.
    /// Source: Wang, Tsiatis (1987), Biometrics 43:193.
    WangTsiatis {
        /// From 0 to ½.
        delta: f64,
    },
    /// One critical value at all looks but the last, whose own keeps the level. Source: Haybittle (1971), Br.
    /// J. Radiol. 44:793; Peto et al. (1976), Br. J. Cancer 34:585.
    HaybittlePeto {
        /// The critical value at the interim looks; most often 3.
        interim: f64,
    },
}

/// The largest critical value: a level of 1e-300.
const MOST_CRITICAL: f64 = 37.0;

impl Rule {
    /// O'Brien and Fleming's boundaries, not by spending. Source: O'Brien, Fleming (1979), Biometrics 35:549.
    pub const O_BRIEN_FLEMING: Rule = Rule::WangTsiatis { delta: 0.0 };
    /// Pocock's boundaries, not by spending. Source: Pocock (1977), Biometrika 64:191.
    pub const POCOCK: Rule = Rule::WangTsiatis { delta: 0.5 };

    fn check(self) -> Checked<()> {
        match self {
            Rule::Spending(spending) => spending.check(),
            Rule::WangTsiatis { delta } if !(0.0..=0.5).contains(&delta) => {
                Err(problem("/delta", format!("delta of {delta}"), "a number from 0 to 0.5"))
            }
            Rule::HaybittlePeto { interim } if !(interim > 0.0 && interim <= MOST_CRITICAL) => {
                let allowed = format!("a number above 0, at most {MOST_CRITICAL}");
                Err(problem("/interim", format!("a critical value of {interim}"), allowed))
            }
            _ => Ok(()),
        }
    }
}

/// When a trial stops because a claim has become unlikely.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Futility {
    /// Never.
    #[default]
    None,
    /// At or below these values of Z.
    Bounds {
        /// One for each look but the last; −∞ where a look has none.
        z: Vec<f64>,
        /// Whether the trial must stop there. Then the critical values are lower, and going on in spite of it
        /// raises the type I error; without, the level is kept either way.
        binding: bool,
    },
    /// Where a spending function puts them, for the type II error: at the drift at which the trial has the
    /// power `power`, as much of 1 − `power` has been spent by each look as the function allows.
    /// Source: Pampallona, Tsiatis, Kim (2001), Drug Inf. J. 35:1113.
    Spending {
        /// How the type II error is spent.
        spending: Spending,
        /// The power, above the level and below 1.
        power: f64,
        /// Whether the trial must stop there.
        binding: bool,
    },
}

impl Futility {
    /// Whether the critical values count on stopping for futility.
    #[must_use]
    pub fn is_binding(&self) -> bool {
        match self {
            Futility::None => false,
            Futility::Bounds { binding, .. } | Futility::Spending { binding, .. } => *binding,
        }
    }
}

/// A group-sequential plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The information fractions of the looks; the last is 1.
    pub information: Vec<f64>,
    /// The type I error, of both sides together.
    pub alpha: f64,
    /// Which claims the trial can make.
    pub sides: Sides,
    /// How the critical values are chosen.
    pub rule: Rule,
    /// When the trial stops for futility; only with one side.
    pub futility: Futility,
}

impl Plan {
    /// The level of one side.
    #[must_use]
    pub fn one_sided_level(&self) -> f64 {
        match self.sides {
            Sides::One => self.alpha,
            Sides::Two => 0.5 * self.alpha,
        }
    }

    /// Checks everything that does not need the boundaries.
    ///
    /// # Errors
    /// The first thing that is wrong, by its pointer.
    pub fn check(&self) -> Checked<()> {
        check_information(&self.information)?;
        let most = match self.sides {
            Sides::One => 0.5,
            Sides::Two => 1.0,
        };
        if !(self.alpha >= LEAST_ALPHA && self.alpha < most) {
            let allowed = format!("a number from {LEAST_ALPHA:e}, below {most}");
            return Err(problem("/alpha", format!("alpha of {}", self.alpha), allowed));
        }
        self.rule.check()?;
        self.check_futility()
    }

    fn check_futility(&self) -> Checked<()> {
        if self.futility != Futility::None && self.sides == Sides::Two {
            let found = "bounds for futility with a two-sided level";
            return Err(problem("/futility", found, "bounds for futility with a one-sided level")
                .help("plan one-sided with half of alpha: the critical values are as good as the same")
                .into());
        }
        match &self.futility {
            Futility::None => Ok(()),
            Futility::Bounds { z, .. } => {
                let interim = self.information.len() - 1;
                if z.len() != interim {
                    let allowed = format!("{interim}: one for each look but the last");
                    return Err(problem("/futility", format!("{} bounds for futility", z.len()), allowed));
                }
                match z.iter().position(|bound| bound.is_nan() || *bound == f64::INFINITY) {
                    Some(look) => {
                        let found = format!("a bound for futility of {}", z[look]);
                        Err(problem(
                            format!("/futility/{look}"),
                            found,
                            "a number, or minus infinity for none",
                        ))
                    }
                    None => Ok(()),
                }
            }
            Futility::Spending { spending, power, .. } => {
                spending.check()?;
                if *power > self.alpha && *power < 1.0 {
                    return Ok(());
                }
                let allowed = format!("a number above alpha, {}, and below 1", self.alpha);
                Err(problem("/futility/power", format!("power of {power}"), allowed))
            }
        }
    }
}

/// The lowest level: the boundaries are reckoned to 1e-13.
const LEAST_ALPHA: f64 = 1e-9;
