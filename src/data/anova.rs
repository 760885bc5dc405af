//! Tables of variance: sums of squares of types I, II and III.
//!
//! Each sum of squares is the drop of the residual sum of squares when a term is added to
//! a model: to the terms before it (type I), to all that do not contain it (type II), to all
//! others, with factors coded by −1 and 1 (type III). Residual sums of squares are found by
//! Householder's reflections, which keep the digits. Effect sizes: partial η² = SS/(SS + RSS),
//! partial ω² = (SS − df·s²)/(SS + (N − df)s²).
//!
//! Sources: Golub, Van Loan (2013), "Matrix computations", section 5.3; Searle (1987), "Linear
//! models for unbalanced data", chapter 12; Olejnik, Algina (2003), Psychol. Methods 8:434.

use super::effect_sizes::share_limits;
use super::result::AnovaRow;
use crate::stats::fisher_f;

/// A term of the model: its name and its columns.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub name: String,
    pub columns: Vec<Vec<f64>>,
}

/// Terms of a model with both factors: covariates, context, treatment and their product.
pub(super) struct Model {
    pub covariates: Vec<Term>,
    pub context: Term,
    pub treatment: Term,
    pub interaction: Term,
    pub outcome: Vec<f64>,
}

impl Model {
    /// The tables of all three types, with limits at `level`; none where the columns are collinear.
    pub fn tables(&self, analysis: &str, level: f64) -> Option<Vec<AnovaRow>> {
        let terms: Vec<&Term> =
            self.covariates.iter().chain([&self.context, &self.treatment, &self.interaction]).collect();
        let last = terms.len() - 1;
        let full = self.residual(&terms)?;
        let patients = self.outcome.len() as f64;
        let residual_df = patients - 1.0 - terms.iter().map(|term| term.columns.len()).sum::<usize>() as f64;
        let mean_square = full / residual_df;
        let mut rows = Vec::new();
        for kind in 1..=3_u8 {
            for (number, term) in terms.iter().enumerate() {
                let sum_of_squares = match kind {
                    1 => self.residual(&terms[..number])? - self.residual(&terms[..=number])?,
                    // The product contains the two factors and no covariate.
                    2 if number == last - 1 || number == last - 2 => {
                        let others = &terms[..last];
                        self.residual(&without(others, number))? - self.residual(others)?
                    }
                    _ => self.residual(&without(&terms, number))? - full,
                };
                let df = term.columns.len() as f64;
                let f = sum_of_squares / df / mean_square;
                let limits = share_limits(f, df, residual_df, patients, level);
                rows.push(AnovaRow {
                    analysis: analysis.to_owned(),
                    term: term.name.clone(),
                    kind,
                    df,
                    sum_of_squares,
                    f: Some(f),
                    p: Some(fisher_f::sf(f.max(0.0), df, residual_df)),
                    partial_eta_squared: Some(sum_of_squares / (sum_of_squares + full)),
                    partial_eta_squared_ci: limits,
                    partial_omega_squared: Some(
                        (sum_of_squares - df * mean_square)
                            / (sum_of_squares + (patients - df) * mean_square),
                    ),
                    partial_omega_squared_ci: limits,
                });
            }
            rows.push(AnovaRow {
                analysis: analysis.to_owned(),
                term: "residuals".to_owned(),
                kind,
                df: residual_df,
                sum_of_squares: full,
                f: None,
                p: None,
                partial_eta_squared: None,
                partial_eta_squared_ci: None,
                partial_omega_squared: None,
                partial_omega_squared_ci: None,
            });
        }
        Some(rows)
    }

    /// Residual sum of squares with a mean and these terms.
    fn residual(&self, terms: &[&Term]) -> Option<f64> {
        let mut columns = vec![vec![1.0; self.outcome.len()]];
        columns.extend(terms.iter().flat_map(|term| term.columns.iter().cloned()));
        residual(columns, self.outcome.clone())
    }
}

fn without<'t>(terms: &[&'t Term], number: usize) -> Vec<&'t Term> {
    terms.iter().enumerate().filter(|(k, _)| *k != number).map(|(_, term)| *term).collect()
}

/// Share of a column's length that must be left when others are taken out of it.
const LEAST_LEFT: f64 = 1e-9;

/// Residual sum of squares of `outcome` on `columns`.
fn residual(mut columns: Vec<Vec<f64>>, mut outcome: Vec<f64>) -> Option<f64> {
    let rows = outcome.len();
    if rows < columns.len() {
        return None;
    }
    let lengths: Vec<f64> = columns.iter().map(|column| dot(column, column).sqrt()).collect();
    for step in 0..columns.len() {
        let mut reflection = columns[step][step..].to_vec();
        let length = dot(&reflection, &reflection).sqrt();
        if length <= LEAST_LEFT * lengths[step] {
            return None;
        }
        reflection[0] += length.copysign(reflection[0]);
        let squared = dot(&reflection, &reflection);
        for column in columns[step..].iter_mut().chain([&mut outcome]) {
            let factor = 2.0 * dot(&reflection, &column[step..]) / squared;
            column[step..].iter_mut().zip(&reflection).for_each(|(x, r)| *x -= factor * r);
        }
    }
    let rest = &outcome[columns.len()..];
    Some(dot(rest, rest))
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(x, y)| x * y).sum()
}
