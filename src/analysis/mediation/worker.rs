//! Fits mediation to trial after trial.

use super::super::matrix::{Matrix, add_square};
use super::super::patients::{Patients, Worker};
use super::super::{Failure, Fits};
use super::Mediation;
use super::paths::Paths;
use super::product::ProductOfNormals;
use crate::estimand::ARMS;
use crate::random::{OfSeed, Stage, Words};
use crate::stats::{normal, student_t};

/// Buffers for one trial after the other; N is the number of columns with the outcome.
#[derive(Debug)]
pub(super) struct MediationWorker<const N: usize> {
    model: Mediation,
    /// The columns of each patient, arm after arm: 1, treatment, covariates, context, mediator, outcome, the
    /// last ones about their means.
    patients: Vec<[f64; N]>,
    /// Products of bootstrap samples.
    products: Vec<f64>,
    product: ProductOfNormals,
    /// The stream of bootstrap samples, for a seed.
    words: OfSeed<Words>,
    /// The last degrees of freedom and their critical value: in a run they seldom change.
    critical: [(f64, f64); 2],
}

impl<const N: usize> Worker for MediationWorker<N> {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        let sizes = patients.sizes();
        if sizes.contains(&0.0) {
            return Err(Failure::Singular);
        }
        let all = patients.rows().len();
        if all < N {
            return Err(Failure::TooFewPatients);
        }
        self.read(patients);
        let cross = cross_products(self.patients.iter());
        let paths = Paths::new(&cross, all as f64).ok_or(Failure::Singular)?;
        let indirect = paths.indirect();
        fits.set(0, indirect.0, indirect.1, f64::INFINITY);
        fits.set_p(0, student_t::p_value(indirect.0 / indirect.1.sqrt(), f64::INFINITY));
        fits.set_limits(0, self.limits(&paths, patients)?);
        let others = [(paths.direct, 0), (paths.total, 1), (paths.a, 1), (paths.b, 0)];
        for (number, ((estimate, variance), more)) in others.into_iter().enumerate() {
            let df = paths.df + f64::from(more);
            let half = self.critical(more as usize, df) * variance.sqrt();
            fits.set(number + 1, estimate, variance, df);
            fits.set_p(number + 1, student_t::p_value(estimate / variance.sqrt(), df));
            fits.set_limits(number + 1, [estimate - half, estimate + half]);
        }
        Ok(())
    }
}

impl<const N: usize> MediationWorker<N> {
    pub fn new(model: &Mediation) -> Self {
        MediationWorker {
            patients: Vec::new(),
            products: Vec::with_capacity(model.resamples.unwrap_or(0) as usize),
            product: ProductOfNormals::new(),
            words: OfSeed::new(),
            critical: [(f64::NAN, f64::NAN); 2],
            model: model.clone(),
        }
    }

    fn read(&mut self, patients: &Patients<'_>) {
        let rows = patients.rows();
        self.patients.clear();
        for arm in 0..ARMS {
            let mut columns = [0.0; N];
            (columns[0], columns[1], columns[N - 3]) = (1.0, (arm % 2) as f64, (arm / 2) as f64);
            self.patients.extend(patients.arm(arm).iter().map(|_| columns));
        }
        let covariates = self.model.covariates.iter().enumerate().map(|(k, &variable)| (2 + k, variable));
        for (place, variable) in covariates.chain([(N - 2, self.model.mediator), (N - 1, self.model.outcome)])
        {
            let column = patients.column(variable);
            let mean = patients.mean(column);
            for (patient, &row) in self.patients.iter_mut().zip(rows) {
                patient[place] = column[row as usize] - mean;
            }
        }
    }

    /// The critical value of t; `which` tells the two models apart.
    fn critical(&mut self, which: usize, df: f64) -> f64 {
        if self.critical[which].0 != df {
            self.critical[which] = (df, student_t::isf(self.model.miss / 2.0, df));
        }
        self.critical[which].1
    }

    /// The limits of the indirect effect.
    fn limits(&mut self, paths: &Paths, patients: &Patients<'_>) -> Result<[f64; 2], Failure> {
        let Some(resamples) = self.model.resamples else {
            let sd = |(mean, variance): (f64, f64)| (mean, variance.sqrt());
            return Ok(self.product.limits(sd(paths.a), sd(paths.b), self.model.miss));
        };
        let (seed, replicate) = patients.draws;
        let named = || Words::new(seed, Stage::Analysis, "mediation/bootstrap");
        let mut words = self.words.get(seed, named).of(replicate);
        self.products.clear();
        for _ in 0..resamples {
            let mut cross = [[0.0; N]; N];
            let mut first = 0;
            for arm in 0..ARMS {
                let of_arm = &self.patients[first..first + patients.arm(arm).len()];
                first += of_arm.len();
                (0..of_arm.len()).for_each(|_| {
                    add_square(&mut cross, &of_arm[words.below(of_arm.len() as u64) as usize], 1.0)
                });
            }
            let product = Paths::new(&cross, self.patients.len() as f64).map(|paths| paths.indirect().0);
            self.products.extend(product.filter(|product| product.is_finite()));
        }
        self.products.sort_unstable_by(f64::total_cmp);
        percentiles(&self.products, self.model.miss).ok_or(Failure::Singular)
    }
}

/// The lower triangle of Σ of products of columns.
fn cross_products<'p, const N: usize>(patients: impl Iterator<Item = &'p [f64; N]>) -> Matrix<N> {
    let mut cross = [[0.0; N]; N];
    patients.for_each(|patient| add_square(&mut cross, patient, 1.0));
    cross
}

/// Number (R + 1)·miss/2 from either end of R sorted values. A place between two is interpolated on the
/// scale of normal quantiles (Davison, Hinkley 1997, equation 5.8); one beyond the ends is the end.
fn percentiles(sorted: &[f64], miss: f64) -> Option<[f64; 2]> {
    let (first, last) = (sorted.first()?, sorted.last()?);
    let count = sorted.len() as f64 + 1.0;
    let at = |share: f64| {
        let place = count * share;
        let below = place.floor();
        // Number k stands at index k − 1.
        match below as usize {
            0 => *first,
            k if k >= sorted.len() => *last,
            k if place == below => sorted[k - 1],
            k => {
                let of = |number: f64| normal::quantile(number / count);
                let part = (normal::quantile(share) - of(below)) / (of(below + 1.0) - of(below));
                sorted[k - 1] + part * (sorted[k] - sorted[k - 1])
            }
        }
    };
    Some([at(miss / 2.0), at(1.0 - miss / 2.0)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_numbers_of_the_sorted_samples() {
        let sorted: Vec<f64> = (1..=199).map(f64::from).collect();
        let [lower, upper] = percentiles(&sorted, 0.05).unwrap();
        assert!((lower - 5.0).abs() < 1e-9 && (upper - 195.0).abs() < 1e-9, "{lower} {upper}");
        assert_eq!(percentiles(&sorted[..19], 0.05), Some([1.0, 19.0]));
        // Halfway in probability between 2.4 % and 2.6 % lies a little beyond halfway in the quantile.
        let [lower, _] = percentiles(&sorted[..99], 0.05).unwrap();
        let expected = 2.0
            + (normal::quantile(0.025) - normal::quantile(0.02))
                / (normal::quantile(0.03) - normal::quantile(0.02));
        assert!((lower - expected).abs() < 1e-12, "{lower}");
        assert_eq!(percentiles(&[], 0.05), None);
    }
}
