//! Both models from one matrix of cross-products.
//!
//! Columns are 1, treatment, covariates, context, mediator, outcome. In Cholesky's factor L of their
//! cross-products the row of the mediator holds its regression on all before: the context's coefficient is
//! L_mc/L_cc with the unscaled variance 1/L_cc², and L_mm² is what is left of the mediator. Likewise for the
//! outcome, and its slope on the mediator is L_ym/L_mm. The context's coefficient beside the mediator is
//! what is left of the total when ab is taken off, with unscaled variance 1/L_cc² + a²/L_mm².

use super::super::matrix::{Matrix, dot, factor, forward};

/// Coefficients of both models with their variances.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paths {
    /// Context on mediator.
    pub a: (f64, f64),
    /// Mediator on outcome.
    pub b: (f64, f64),
    /// Context on outcome beside the mediator.
    pub direct: (f64, f64),
    /// Context on outcome.
    pub total: (f64, f64),
    /// Residual degrees of freedom with the mediator; one more without.
    pub df: f64,
}

impl Paths {
    /// From the lower triangle of the cross-products of so many patients. None if a column tells
    /// nothing new.
    pub fn new<const N: usize>(cross: &Matrix<N>, patients: f64) -> Option<Self> {
        let (context, mediator, outcome) = (N - 3, N - 2, N - 1);
        let factor = factor(cross)?;
        let half = forward(&factor, cross[outcome]);
        let df = patients - (N - 1) as f64;
        let unscaled = factor[context][context] * factor[context][context];
        let inverse = factor[mediator][mediator];
        let a = factor[mediator][context] * factor[context][context];
        let b = half[mediator] * inverse;
        let total = half[context] * factor[context][context];
        let residual = cross[outcome][outcome] - dot(&half, &half);
        let (with, without) = (residual / df, (residual + half[mediator] * half[mediator]) / (df + 1.0));
        Some(Paths {
            a: (a, unscaled / (inverse * inverse * (df + 1.0))),
            b: (b, with * inverse * inverse),
            direct: (total - a * b, with * (unscaled + a * a * inverse * inverse)),
            total: (total, without * unscaled),
            df,
        })
    }

    /// The product of both paths, with Sobel's variance.
    pub fn indirect(&self) -> (f64, f64) {
        let ((a, of_a), (b, of_b)) = (self.a, self.b);
        (a * b, a * a * of_b + b * b * of_a)
    }
}
