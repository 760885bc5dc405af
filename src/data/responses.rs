//! Who responds in the data at hand, and whether they are enough to be compared.

use super::Dataset;
use crate::analysis::Responds;
use crate::estimand::ARMS;

/// Patients below whom an arm has few responders, or few others.
const FEW: u64 = 5;

/// The rule for responders, with the outcome and the baseline that decide it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Responses {
    pub rule: Responds,
    pub outcome: usize,
    /// Only where it matters.
    pub baseline: Option<usize>,
}

impl Responses {
    /// Others and responders in each arm, of whom is recorded what decides it.
    fn counts(&self, data: &Dataset) -> [[u64; 2]; ARMS] {
        let mut counts = [[0; 2]; ARMS];
        for (row, &arm) in data.arms.iter().enumerate() {
            let after = data.columns[self.outcome][row];
            let before = self.baseline.map_or(0.0, |baseline| data.columns[baseline][row]);
            if !after.is_nan() && !before.is_nan() {
                counts[usize::from(arm) % ARMS][usize::from(self.rule.says(after, before))] += 1;
            }
        }
        counts
    }

    /// That an arm has few responders, or few others: then formulas for large samples do not hold.
    pub fn few(&self, data: &Dataset, id: &str, arm_names: &[String; ARMS]) -> Option<String> {
        let counts = self.counts(data).into_iter().zip(arm_names);
        let few = counts.filter(|(counts, _)| counts.iter().any(|&count| count < FEW));
        let arms: Vec<String> = few
            .map(|([others, responders], arm)| format!("{arm} {responders} of {}", responders + others))
            .collect();
        (!arms.is_empty()).then(|| {
            format!(
                "{id} rests on few events in some arms (responders: {}): with fewer than {FEW} responders or others \
                 its intervals and p values are rough",
                arms.join(", ")
            )
        })
    }

    /// In which arms nobody or everybody responds, if in any.
    pub fn separation(&self, data: &Dataset, arm_names: &[String; ARMS]) -> Option<String> {
        let counts = self.counts(data);
        let arms = |kind: usize| {
            let without = counts.iter().zip(arm_names).filter(|(counts, _)| counts[kind] == 0);
            without.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
        };
        let told = [("nobody", arms(1)), ("everybody", arms(0))];
        let told: Vec<String> = told
            .into_iter()
            .filter(|(_, arms)| !arms.is_empty())
            .map(|(who, arms)| format!("{who} responds in {arms}"))
            .collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}
