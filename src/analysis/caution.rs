//! What an analysis assumes that no data can show, or does that its name does not.

use super::registry::Entry;
use crate::estimand::Family;
use crate::scenario::{AnalysisSpec, Field, MissingAssumption};

/// An assumption: a name for scripts, and the end of a sentence that begins with the analysis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caution {
    /// The name.
    pub code: &'static str,
    /// What it does as if it knew.
    pub message: String,
    /// Whether it matters only where outcomes are missing.
    pub of_missing: bool,
}

/// What an analysis assumes, if that is more than what can be looked at.
#[must_use]
pub fn caution(entry: &Entry, spec: &AnalysisSpec) -> Option<Caution> {
    if let (true, Some(mediator)) = (entry.takes(Field::Mediator), &spec.mediator) {
        let message = format!(
            "takes the path from {mediator} to {} for causal, although nobody assigned {mediator}: that needs that \
             nothing but what is adjusted for acts on both (sequential ignorability), which assigning the \
             context at random does not give; error in {mediator} makes the indirect effect look smaller and \
             the direct one larger",
            spec.outcome
        );
        return Some(Caution { code: "sequential_ignorability", message, of_missing: false });
    }
    if entry.family == Family::PercentChange {
        let message = "divides by the baseline: where baselines near zero can occur, as where they are normal, percentages \
                       have no mean, and a few patients decide the estimate, its truth and its bias; ancova of the \
                       outcome serves better";
        return Some(Caution { code: "percentages", message: message.to_owned(), of_missing: false });
    }
    if !entry.takes(Field::Imputation) {
        return None;
    }
    let imputation = spec.imputation.unwrap_or_default();
    let like = "fills in missing outcomes as if those who lack them were";
    let own = "like patients of the same arm with the same covariates and earlier outcomes";
    let message = match (imputation.assumption, imputation.delta) {
        (MissingAssumption::Delta, Some(delta)) => format!(
            "{like} {own}, but worse by {delta} in every arm; raise it until a claim is lost to find the tipping \
             point"
        ),
        (MissingAssumption::JumpToReference, _) => format!(
            "{like}, from when they leave, like patients of the arm of both reference levels; its standard errors \
             (Rubin's) are then larger than its estimates vary, so it claims too seldom"
        ),
        _ => format!("{like} {own}; the data cannot show whether they are"),
    };
    Some(Caution { code: "imputed_outcomes", message, of_missing: true })
}
