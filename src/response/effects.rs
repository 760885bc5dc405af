//! What the arms do to one patient's outcome, beyond what they do on average.
//!
//! The benefit of patient i in the arm with context a and treatment c is
//!
//! Bᵢ(a, c) = Aᵢwᵢ(a) + Cᵢc + Sᵢwᵢ(a)c + b·Gᵢ,
//!
//! with effects Aᵢ = A(1 + moderation) + heterogeneity + therapist's slope (and
//! likewise C and S), wᵢ(a) what the patient perceives of the context, and Gᵢ
//! whether the patient believes to be treated. The mean of B belongs to the arm's
//! mean; what is computed here is the patient's deviation from it.

use crate::estimand::ARMS;

/// The number of effects: of the context, of the treatment, and what both do beyond their sum.
pub const EFFECTS: usize = 3;

/// The effects on one outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effects {
    /// Mean effects of context, treatment, and synergy, as benefits.
    pub mean: [f64; EFFECTS],
    /// Mean of w at the two levels of the context.
    pub level: [f64; 2],
    /// How much of a deviation of what is perceived reaches w.
    pub passed_on: f64,
    /// Benefit of believing to be treated.
    pub belief: f64,
    /// Share of patients who believe it, by arm.
    pub believers: [f64; ARMS],
}

/// What is particular to the patients; a column is empty where there is nothing particular.
#[derive(Debug, Clone, Copy)]
pub struct Particular<'a> {
    /// Deviation of each effect from its mean.
    pub effects: [&'a [f64]; EFFECTS],
    /// Deviation of what is perceived from the level's mean.
    pub perceived: &'a [f64],
    /// Standard normal; below the arm's limit the patient believes to be treated.
    pub belief: &'a [f64],
    /// The limits.
    pub belief_limits: [f64; ARMS],
}

impl Particular<'_> {
    /// Whether all patients have the arm's mean benefit.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.effects.iter().all(|effect| effect.is_empty())
            && self.perceived.is_empty()
            && self.belief.is_empty()
    }
}

impl Effects {
    /// Variance of the benefit between the patients of an arm, given the variances of each effect
    /// and of what is perceived, all independent.
    #[must_use]
    pub fn variance(&self, arm: usize, of_effects: &[f64; EFFECTS], of_perceived: f64) -> f64 {
        let (level, given) = (self.level[arm / 2], (arm % 2) as f64);
        let through_context = of_effects[0] + given * of_effects[2];
        let mean = self.mean[0] + given * self.mean[2];
        let perceived = self.passed_on * self.passed_on * of_perceived;
        let share = self.believers[arm];
        through_context * (level * level + perceived)
            + mean * mean * perceived
            + given * of_effects[1]
            + self.belief * self.belief * share * (1.0 - share)
    }

    /// Adds to each patient's value `sign` times the deviation of the benefit in their arm.
    pub fn add_deviations(&self, sign: f64, arms: &[u8], of: &Particular<'_>, out: &mut [f64]) {
        let at = |column: &[f64], patient: usize| column.get(patient).copied().unwrap_or(0.0);
        for (patient, (value, &arm)) in out.iter_mut().zip(arms).enumerate() {
            let arm = usize::from(arm) % ARMS;
            let (level, given) = (self.level[arm / 2], (arm % 2) as f64);
            let perceived = self.passed_on * at(of.perceived, patient);
            let [context, treatment, synergy] = of.effects.map(|effect| at(effect, patient));
            let through_context = (context + given * synergy) * level
                + (self.mean[0] + context + given * (self.mean[2] + synergy)) * perceived;
            let mut deviation = through_context + given * treatment;
            if self.belief != 0.0 {
                let believes = at(of.belief, patient) < of.belief_limits[arm];
                let share = self.believers[arm];
                deviation += self.belief * (if believes { 1.0 - share } else { -share });
            }
            *value += sign * deviation;
        }
    }

    /// The benefit of an arm at its mean level of context, if the effects were these.
    #[must_use]
    pub fn benefit_of(&self, [context, treatment, synergy]: [f64; EFFECTS], arm: usize) -> f64 {
        let (level, given) = (self.level[arm / 2], (arm % 2) as f64);
        context * level + given * (treatment + synergy * level)
    }

    /// The patient's benefit of one unit of the context in an arm.
    #[must_use]
    pub fn of_context(&self, arm: usize, of: &Particular<'_>, patient: usize) -> f64 {
        let effect = |k: usize| self.mean[k] + of.effects[k].get(patient).copied().unwrap_or(0.0);
        effect(0) + (arm % 2) as f64 * effect(2)
    }

    /// The patient's benefit of the arm without belief: what is lost when treatment is stopped.
    #[must_use]
    pub fn benefit_of_arm(&self, arm: usize, of: &Particular<'_>, patient: usize) -> f64 {
        let at = |column: &[f64]| column.get(patient).copied().unwrap_or(0.0);
        let given = (arm % 2) as f64;
        let perceived = self.level[arm / 2] + self.passed_on * at(of.perceived);
        let [context, treatment, synergy] = std::array::from_fn(|k| self.mean[k] + at(of.effects[k]));
        context * perceived + given * (treatment + synergy * perceived)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_benefit(effects: &Effects, arm: usize) -> f64 {
        let [context, treatment, synergy] = effects.mean;
        let (level, given) = (effects.level[arm / 2], (arm % 2) as f64);
        context * level
            + treatment * given
            + synergy * level * given
            + effects.belief * effects.believers[arm]
    }

    #[test]
    fn deviations_and_means_make_the_benefit() {
        let effects = Effects {
            mean: [10.0, 8.0, 1.5],
            level: [0.1, 0.9],
            passed_on: 0.8,
            belief: 3.0,
            believers: [0.5, 0.6, 0.5, 0.7],
        };
        let of = Particular {
            effects: [&[2.0], &[-1.0], &[0.5]],
            perceived: &[0.3],
            belief: &[-1.0],
            belief_limits: [0.0, 0.25, 0.0, 0.5],
        };
        for arm in 0..ARMS {
            let mut out = [0.0];
            effects.add_deviations(-1.0, &[arm as u8], &of, &mut out);
            let total = effects.benefit_of_arm(arm, &of, 0) + effects.belief;
            assert!((mean_benefit(&effects, arm) - out[0] - total).abs() < 1e-14);
        }
    }
}
