//! Generalised estimating equations: an exchangeable working correlation between patients of one
//! therapist, and variances that hold whatever the correlation is.
//!
//! Identity link. The correlation α is that of residuals of two patients of one therapist, by moments:
//! α = Σ rᵢrⱼ ÷ (φ(pairs − q)) with φ = Σ r² ÷ (N − q), and estimates and α are found in turn until they
//! agree. A moment estimate too near to where the largest cluster has no correlation any more is held
//! there and counted. The variance of the estimates is the sandwich of clusters' residuals, each enlarged
//! by (I − H)⁻¹, H being the cluster's leverage, as with few clusters residuals are too small (Mancl and
//! DeRouen). A patient without a therapist is a cluster alone.
//!
//! Degrees of freedom are Satterthwaite's: 2(E v)²/Var v of the estimated variance v of each contrast, as a
//! quadratic form in outcomes that have the working covariance. So a difference between therapists
//! has about as many as there are therapists, less what is compared, and one within them about as many.
//!
//! Everything goes through matrices of fixed effects. With A the cluster's part of M = Σ DᵀV⁻¹D = LLᵀ, g its
//! DᵀV⁻¹r, Ã = L⁻¹AL⁻ᵀ, g̃ = L⁻¹g and l̃ = L⁻¹l for a contrast l, the cluster adds (aᵀg̃)² to the variance,
//! a = (I − Ã)⁻¹l̃; with t = Ãa, Cov(aᵀg̃, bᵀh̃) of two clusters is (aᵀt if they are one) − tᵀs.
//!
//! Sources: Liang, Zeger (1986), Biometrika 73:13; Mancl, DeRouen (2001), Biometrics 57:126; for the degrees
//! of freedom Bell, McCaffrey (2002), Surv. Methodol. 28:169, and Fay, Graubard (2001), Biometrics 57:1198.

use super::closed_form::{Normal, PowerFormula};
use super::matrix::{
    Matrix, add_square, backward, by_covariates, dot, factor, forward, squared_norm, times, whiten,
};
use super::patients::{Patients, Worker};
use super::registry::{Design, Entry};
use super::therapists::Therapists;
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, MOST_COVARIATES, OfPatients};
use crate::estimand::{ARMS, Family, WEIGHTS};
use crate::scenario::Field;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "gee",
    summary: "generalised estimating equations: exchangeable by therapist, Mancl–DeRouen standard errors, contrasts of adjusted cell means",
    reference: "Liang, Zeger (1986), Biometrika 73:13; Mancl, DeRouen (2001), Biometrics 57:126; Bell, McCaffrey (2002), Surv. Methodol. 28:169",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[Field::Covariates],
    needs: &[],
    needs_baseline: false,
    needs_therapists: true,
    allows_clusters: true,
    allows_unequal_variances: true,
    build: |context| {
        Estimator::Patients(Box::new(Gee {
            outcome: context.outcome,
            covariates: context.covariates.clone(),
            working: Working::Exchangeable,
            correction: Correction::ManclDeRouen,
        }))
    },
};

/// Fewest degrees of freedom that are believed.
const LEAST_DF: f64 = 0.5;

/// Two working correlations as near as this are the same.
const CLOSE: f64 = 1e-13;

/// Steps after which the search has failed; about ten are usual.
const MOST_STEPS: usize = 500;

/// Share of the way to the least correlation that the largest cluster can have, and to 1, that is gone.
const FARTHEST: f64 = 0.9;

/// Least share of a patient that is not leverage.
const LEAST_LEFT: f64 = 1e-11;

/// The correlation that weights follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Working {
    /// None: least squares. Only for comparison with other programs.
    #[cfg_attr(not(test), allow(dead_code))]
    Independence,
    /// The same between any two patients of a therapist.
    Exchangeable,
}

/// What is done about residuals that are too small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Correction {
    /// Nothing. Only for comparison with other programs.
    #[cfg_attr(not(test), allow(dead_code))]
    None,
    /// They are enlarged by (I − H)⁻¹.
    ManclDeRouen,
}

/// The equations of one outcome.
#[derive(Debug, Clone)]
struct Gee {
    outcome: usize,
    covariates: Vec<usize>,
    working: Working,
    correction: Correction,
}

impl Analysis for Gee {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Estimated { least: LEAST_DF, most: sizes.iter().sum() }
    }

    fn variables(&self) -> Vec<usize> {
        self.covariates.iter().copied().chain(std::iter::once(self.outcome)).collect()
    }

    fn outcome(&self) -> usize {
        self.outcome
    }

    fn boundary(&self) -> Option<&'static str> {
        Some("the working correlation was held within its bounds")
    }

    fn follows_shifts(&self) -> bool {
        true
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for estimating equations with an estimated correlation" }
    }
}

impl OfPatients for Gee {
    fn worker(&self) -> Box<dyn Worker> {
        by_covariates!(self.covariates.len(), GeeWorker, self)
    }
}

/// Estimates that the equations agree on.
#[derive(Debug)]
struct Solution<const N: usize> {
    correlation: f64,
    /// Whether the correlation is held.
    held: bool,
    /// Cholesky's factor of M, the diagonal inverted.
    factor: Matrix<N>,
    slopes: [f64; N],
}

/// A therapist's part in the variance.
#[derive(Debug, Clone)]
struct Part<const N: usize> {
    /// Ã, both triangles.
    leverage: Matrix<N>,
    /// Cholesky's factor of I − Ã.
    left: Matrix<N>,
    /// g̃.
    score: [f64; N],
}

/// The equations with buffers.
#[derive(Debug)]
struct GeeWorker<const N: usize> {
    /// Covariates and outcome.
    variables: Vec<usize>,
    working: Working,
    correction: Correction,
    therapists: Therapists<N>,
    /// Σ xxᵀ of patients alone.
    alone: Matrix<N>,
    /// Patients, and sums of x, of each therapist with any.
    sums: Vec<(f64, [f64; N])>,
    parts: Vec<Part<N>>,
    /// x̃ and residual of each patient alone.
    lone: Vec<([f64; N], f64)>,
}

impl<const N: usize> Worker for GeeWorker<N> {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        if patients.rows().len() < N {
            return Err(Failure::TooFewPatients);
        }
        self.therapists.record(patients, &self.variables);
        self.add_up();
        if self.sums.len() < 2 {
            return Err(Failure::TooFewTherapists);
        }
        fits.outcome_variance[0] = self.therapists.pooled_variance();
        let solution = self.solve()?;
        fits.boundary[0] = f64::from(u8::from(solution.held));
        self.divide(&solution)?;
        for (estimand, weights) in WEIGHTS.iter().enumerate() {
            let mut contrast = [0.0; N];
            contrast[..ARMS].copy_from_slice(weights);
            let (variance, df) = self.variance(&forward(&solution.factor, contrast));
            let df = df.clamp(LEAST_DF, self.therapists.patients);
            fits.set(estimand, dot(&contrast, &solution.slopes), variance, df);
        }
        Ok(())
    }
}

impl<const N: usize> GeeWorker<N> {
    fn new(model: &Gee) -> Self {
        GeeWorker {
            variables: model.variables(),
            working: model.working,
            correction: model.correction,
            therapists: Therapists::new(true),
            alone: [[0.0; N]; N],
            sums: Vec::new(),
            parts: Vec::new(),
            lone: Vec::new(),
        }
    }

    /// Sums of each therapist with patients, whose cross-products move up beside them, and the
    /// cross-products of patients alone.
    fn add_up(&mut self) {
        self.sums.clear();
        let Therapists { cells, products, lone, .. } = &mut self.therapists;
        for therapist in 0..cells.len() {
            let of = &cells[therapist];
            let sum: [f64; N] = std::array::from_fn(|k| of.iter().map(|arm| arm[k]).sum());
            let size: f64 = sum[..ARMS].iter().sum();
            if size > 0.0 {
                products[self.sums.len()] = products[therapist];
                self.sums.push((size, sum));
            }
        }
        self.alone = [[0.0; N]; N];
        lone.iter().for_each(|x| add_square(&mut self.alone, x, 1.0));
    }

    /// Estimates and correlation in turn.
    fn solve(&self) -> Result<Solution<N>, Failure> {
        let patients = self.therapists.patients;
        let fixed = (N - 1) as f64;
        let pairs: f64 = self.sums.iter().map(|(size, _)| 0.5 * size * (size - 1.0)).sum();
        let largest = self.sums.iter().map(|(size, _)| *size).fold(0.0, f64::max);
        if self.working == Working::Exchangeable && pairs <= fixed {
            return Err(Failure::TooFewPatients);
        }
        let bounds = (-FARTHEST / (largest - 1.0), FARTHEST);
        let total = &self.therapists.total;
        let (mut correlation, mut held) = (0.0, false);
        for _ in 0..MOST_STEPS {
            let weighted = self.weighted(correlation);
            let factor = factor(&weighted).ok_or(Failure::Singular)?;
            let slopes = backward(&factor, forward(&factor, weighted[N - 1]));
            let u = residual_weights(&slopes);
            let squares = dot(&u, &times(total, &u));
            if squares.is_nan() || squares <= 1e-14 * total[N - 1][N - 1] {
                return Err(Failure::Singular);
            }
            let of_alone = dot(&u, &times(&self.alone, &u));
            let of_sums: f64 = self.sums.iter().map(|(_, sum)| dot(sum, &u) * dot(sum, &u)).sum();
            let next = match self.working {
                Working::Independence => 0.0,
                Working::Exchangeable => {
                    0.5 * (of_sums - (squares - of_alone)) * (patients - fixed) / (squares * (pairs - fixed))
                }
            };
            let kept = next.clamp(bounds.0, bounds.1);
            if (kept - correlation).abs() <= CLOSE {
                return Ok(Solution { correlation, held, factor, slopes });
            }
            (correlation, held) = (kept, kept != next);
        }
        Err(Failure::NoConvergence)
    }

    /// M and what goes with the outcome, times 1 − α.
    fn weighted(&self, correlation: f64) -> Matrix<N> {
        let mut weighted = self.therapists.total;
        for row in 0..N {
            for column in 0..=row {
                weighted[row][column] -= correlation * self.alone[row][column];
            }
        }
        for (size, sum) in &self.sums {
            add_square(&mut weighted, sum, -shared(correlation, *size));
        }
        weighted
    }

    /// The parts of the clusters in the variance.
    fn divide(&mut self, solution: &Solution<N>) -> Result<(), Failure> {
        let Solution { correlation, factor: bread, slopes, .. } = solution;
        let u = residual_weights(slopes);
        self.parts.clear();
        for ((size, sum), products) in self.sums.iter().zip(&self.therapists.products) {
            let mut own = *products;
            add_square(&mut own, sum, -shared(*correlation, *size));
            let leverage = whiten(bread, &own);
            let mut left = leverage.map(|row| row.map(|entry| -entry));
            for k in 0..N - 1 {
                left[k][k] += 1.0;
            }
            // A therapist without whom something cannot be estimated.
            let left = factor(&left).ok_or(Failure::TooFewTherapists)?;
            self.parts.push(Part { leverage, left, score: forward(bread, times(&own, &u)) });
        }
        self.lone.clear();
        let weight = (1.0 - correlation).sqrt();
        for x in &self.therapists.lone {
            let white = forward(bread, x.map(|entry| weight * entry));
            if 1.0 - dot(&white, &white) <= LEAST_LEFT {
                return Err(Failure::TooFewPatients);
            }
            self.lone.push((white, weight * dot(x, &u)));
        }
        Ok(())
    }

    /// Variance and degrees of freedom of a whitened contrast.
    fn variance(&self, contrast: &[f64; N]) -> (f64, f64) {
        let corrected = self.correction == Correction::ManclDeRouen;
        let mut sums = Sums::new();
        for Part { leverage, left, score } in &self.parts {
            let a = if corrected { backward(left, forward(left, *contrast)) } else { *contrast };
            let t = std::array::from_fn(|row| dot(&leverage[row], &a));
            sums.add(dot(&a, score), dot(&a, &t), &t);
        }
        for (x, residual) in &self.lone {
            let (along, leverage) = (dot(x, contrast), dot(x, x));
            let along = if corrected { along / (1.0 - leverage) } else { along };
            // a = l̃ + x̃ · x̃ᵀl̃/(1 − h), of which only x̃ᵀa counts.
            sums.add(along * residual, along * along, &x.map(|entry| along * entry));
        }
        sums.variance_and_df()
    }
}

/// Sums over clusters.
#[derive(Debug)]
struct Sums<const N: usize> {
    variance: f64,
    /// Σ Var(aᵀg̃).
    expected: f64,
    /// Σ over pairs of clusters of Cov², but for the squares of the t.
    spread: f64,
    /// Σ ttᵀ.
    squares: Matrix<N>,
}

impl<const N: usize> Sums<N> {
    fn new() -> Self {
        Sums { variance: 0.0, expected: 0.0, spread: 0.0, squares: [[0.0; N]; N] }
    }

    fn add(&mut self, part: f64, own: f64, t: &[f64; N]) {
        let squared = dot(t, t);
        self.variance += part * part;
        self.expected += own - squared;
        self.spread += own * (own - 2.0 * squared);
        add_square(&mut self.squares, t, 1.0);
    }

    fn variance_and_df(&self) -> (f64, f64) {
        (self.variance, self.expected * self.expected / (self.spread + squared_norm(&self.squares)))
    }
}

/// u = (−b, 1): residuals are uᵀx.
fn residual_weights<const N: usize>(slopes: &[f64; N]) -> [f64; N] {
    let mut u = slopes.map(|slope| -slope);
    u[N - 1] = 1.0;
    u
}

/// What (1 − α)V⁻¹ of a cluster has less than the identity, in each place.
fn shared(correlation: f64, size: f64) -> f64 {
    correlation / (1.0 + (size - 1.0) * correlation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Complete, Recorded};
    use crate::assignment::NOBODY;

    const NAMES: [&str; 8] = [
        "alliance",
        "ifc",
        "interaction",
        "alliance_at_sham",
        "alliance_at_active",
        "ifc_at_limited",
        "ifc_at_enhanced",
        "enhanced_active_minus_limited_sham",
    ];

    fn fit(text: &str, lone: bool, working: Working, correction: Correction) -> Fits {
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        let header = lines.next().unwrap();
        let column = |name: &str| header.iter().position(|&field| field == name).unwrap();
        let (mut arms, mut therapists, mut values) = (Vec::new(), Vec::new(), [Vec::new(), Vec::new()]);
        for fields in lines {
            let level = |name: &str, second: &str| u8::from(fields[column(name)] == second);
            let arm = 2 * level("alliance", "enhanced") + level("ifc", "active");
            let therapist: u32 = fields[column("therapist")][1..].parse().unwrap();
            therapists.push(if lone && arm < 2 { NOBODY } else { therapist });
            arms.push(arm);
            for (values, name) in values.iter_mut().zip(["baseline", "outcome"]) {
                values.push(fields[column(name)].parse::<f64>().unwrap());
            }
        }
        let column = |variable: usize| values[variable].as_slice();
        let mut complete = Complete::new(arms.len());
        complete.list(&arms, &Recorded { variables: vec![0, 1], ..Recorded::default() }, &column);
        let patients = Patients {
            complete: &complete,
            therapists: &therapists,
            blocks: &[],
            draws: (1, 0),
            column: &column,
        };
        let mut fits = Fits::new(WEIGHTS.len());
        let model = Gee { outcome: 1, covariates: vec![0], working, correction };
        GeeWorker::<6>::new(&model).fit(&patients, &mut fits).unwrap();
        fits
    }

    fn compare(fits: &Fits, reference: &serde_json::Value, tolerance: f64, place: &str) {
        for (estimand, name) in NAMES.into_iter().enumerate() {
            let ours = [
                fits.estimate[estimand][0],
                fits.variance[estimand][0].sqrt(),
                fits.degrees_of_freedom[estimand][0],
            ];
            for (ours, what) in ours.into_iter().zip(["estimate", "se", "df"]) {
                let theirs = reference[name][what].as_f64().unwrap();
                assert!(
                    (ours / theirs - 1.0).abs() < tolerance,
                    "{place} {name} {what}: {ours} for {theirs}"
                );
            }
        }
    }

    /// With working independence and without correction, clubSandwich's CR0 and its degrees of freedom; all
    /// four combinations as statsmodels and dense matrices have them.
    #[test]
    fn each_combination_is_that_of_other_programs() {
        let reference: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/reference/mixed_models/gee.json")).unwrap();
        for (name, patients, fitted) in [
            (
                "therapists_crossed_uneven_n152",
                include_str!("../../tests/reference/data/therapists_crossed_uneven_n152.csv"),
                include_str!("../../tests/reference/mixed_models/therapists_crossed_uneven_n152.json"),
            ),
            (
                "therapists_nested_uneven_n137",
                include_str!("../../tests/reference/data/therapists_nested_uneven_n137.csv"),
                include_str!("../../tests/reference/mixed_models/therapists_nested_uneven_n137.json"),
            ),
        ] {
            let fitted: serde_json::Value = serde_json::from_str(fitted).unwrap();
            let cr0 = &fitted["cluster_robust"]["contrasts"]["cr0"];
            let fits = fit(patients, false, Working::Independence, Correction::None);
            compare(&fits, cr0, 1e-8, name);
            for (lone, suffix) in [(false, ""), (true, "_lone")] {
                for (working, key) in
                    [(Working::Independence, "independence"), (Working::Exchangeable, "exchangeable")]
                {
                    for (correction, way) in
                        [(Correction::None, "uncorrected"), (Correction::ManclDeRouen, "mancl_derouen")]
                    {
                        let theirs = &reference[name][format!("{key}{suffix}")][way];
                        let fits = fit(patients, lone, working, correction);
                        compare(&fits, theirs, 1e-8, &format!("{name} {key}{suffix} {way}"));
                    }
                }
            }
        }
    }
}
