//! What a test can claim.

/// What is claimed where a test of an effect succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Claim {
    /// That there is an effect, in either direction.
    #[default]
    Difference,
    /// That the effect lies between −margin and margin.
    Within {
        /// The margin.
        margin: f64,
    },
    /// That the benefit is above a bound: with a negative one, that nothing much is lost.
    Above {
        /// The bound of the benefit.
        bound: f64,
        /// +1 if a positive difference is a benefit, −1 if a negative one is.
        benefit_sign: f64,
    },
}

impl Claim {
    /// Whether it would be right where the effect is so large.
    #[must_use]
    pub fn is_right(self, effect: f64) -> bool {
        match self {
            Claim::Difference => effect != 0.0,
            Claim::Within { margin } => effect.abs() < margin,
            Claim::Above { bound, benefit_sign } => benefit_sign * effect > bound,
        }
    }

    /// The level of its own p value at two-sided level `alpha`: a claim of one direction has half of it.
    #[must_use]
    pub fn level(self, alpha: f64) -> f64 {
        match self {
            Claim::Difference | Claim::Within { .. } => alpha,
            Claim::Above { .. } => alpha / 2.0,
        }
    }

    /// What is claimed, in words; none for a difference.
    #[must_use]
    pub fn words(self) -> Option<String> {
        match self {
            Claim::Difference => None,
            Claim::Within { margin } => Some(format!("the effect lies between -{margin} and {margin}")),
            Claim::Above { bound: 0.0, .. } => Some("there is a benefit".to_owned()),
            Claim::Above { bound, .. } if bound > 0.0 => Some(format!("the benefit is above {bound}")),
            Claim::Above { bound, .. } => Some(format!("no more than {} is lost", -bound)),
        }
    }

    /// Whether it can be wrong in sign and too large in size.
    #[must_use]
    pub fn has_sign_and_size(self) -> bool {
        self == Claim::Difference
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_claim_has_its_own_null() {
        let within = Claim::Within { margin: 5.0 };
        assert!(within.is_right(-4.9) && !within.is_right(5.0));
        // Pain may rise by less than 5.
        let above = Claim::Above { bound: -5.0, benefit_sign: -1.0 };
        assert!(above.is_right(4.9) && above.is_right(-20.0) && !above.is_right(5.0));
        assert!(!Claim::Difference.is_right(0.0));
        assert_eq!((above.level(0.05), within.level(0.05)), (0.025, 0.05));
    }
}
