//! What the rows, columns and signs of a report mean.
//!
//! In comes a result; out come pairs of a term and its explanation.

use super::digits::{NOTHING, exact};
use crate::result::RunResult;

/// The standard arms, which are named by two letters.
const ARMS: [(&str, &str); 4] = [
    ("SL", "sham current, limited alliance"),
    ("AL", "active current, limited alliance"),
    ("SE", "sham current, enhanced alliance"),
    ("AE", "active current, enhanced alliance"),
];

/// Term and explanation: first the rows, then the arms, the columns and the signs.
pub(super) fn legend(result: &RunResult) -> Vec<(String, String)> {
    let mut legend: Vec<(String, String)> =
        result.estimands.iter().map(|(id, definition)| (id.clone(), definition.clone())).collect();
    legend.extend(
        ARMS.iter()
            .filter(|(arm, _)| result.n_per_arm.contains_key(*arm))
            .map(|&(arm, meaning)| (arm.to_owned(), meaning.to_owned())),
    );
    legend.extend(columns(result).map(|(term, meaning)| (term.to_owned(), meaning)));
    legend
}

fn columns(result: &RunResult) -> impl Iterator<Item = (&'static str, String)> {
    let (alpha, level) = (exact(result.alpha), exact(100.0 * result.confidence_level));
    let power = format!("share of trials with p < {alpha}");
    let coverage = format!("share of {level} % confidence intervals that contain the truth");
    let fixed = [
        ("*", "a primary hypothesis of the scenario"),
        (
            "truth",
            "the effect that the scenario puts in, a raw difference on the outcome's own scale as measured; with ± where it was simulated",
        ),
        ("power", &power),
        ("by formula", "power without simulation; exact, or an approximation where marked ≈"),
        (
            "diff",
            "(power − by formula) in Monte Carlo standard errors; beyond ±4 something is wrong, \
             unless the formula is an approximation",
        ),
        ("type S", "share of significant trials whose estimate has the wrong sign"),
        ("type M", "how many times too large the significant estimates are on average"),
        ("bias", "mean estimate minus truth"),
        ("empirical SE", "how much the estimate really varies from trial to trial"),
        ("model SE", "how much the analysis believes it varies (root mean square)"),
        ("coverage", &coverage),
        ("Hedges g", "estimate ÷ within-arm SD of the outcome, corrected for small samples"),
        ("partial η²", "share of the variance not explained by the rest that the contrast explains"),
        ("±", "Monte Carlo standard error: what more replicates would make smaller"),
        ("<, >", "seen in no trial, or in all: the bound that this allows (95 %, rule of three)"),
        (NOTHING, "not defined here, as type S and type M where the truth is 0"),
    ];
    let asked = result.results.iter().any(|row| row.power_adjusted.is_some());
    let adjusted = asked.then_some([
        ("power adjusted", "power, adjusted by the trial's Gaussian twin, whose power is known exactly"),
        ("worth trials ×", "so many times as many trials would make the plain power as precise"),
    ]);
    let needed = result.results.iter().any(|row| row.nnt.is_some()).then(|| {
        let meaning =
            "number needed to treat: patients to treat for one more to respond to their benefit, in truth";
        ("NNT", meaning.to_owned())
    });
    let adjusted = adjusted.into_iter().flatten().map(|(term, meaning)| (term, meaning.to_owned()));
    needed.into_iter().chain(adjusted).chain(fixed.map(|(term, meaning)| (term, meaning.to_owned())))
}
