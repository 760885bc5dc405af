//! Means and cross-products of a batch of trials.

use crate::estimand::ARMS;
use crate::vector::widest;

/// Trials in a full batch.
pub const BATCH: usize = 64;

/// One number per trial of a batch.
pub type Column = [f64; BATCH];

/// Means by arm, pooled within-arm cross-products, and (where needed) these
/// cross-products arm by arm, for each trial of a batch.
///
/// For two-sided analyses of Gaussian data these are sufficient: both engines
/// fill the same table, so one kernel per analysis serves both.
#[derive(Debug, Clone)]
pub struct MomentsBatch {
    /// Patients in each arm.
    pub sizes: [f64; ARMS],
    /// Trials in the batch, at most [`BATCH`].
    pub trials: usize,
    /// Mean of each variable in each arm: `mean[variable][arm][trial]`.
    pub mean: Vec<[Column; ARMS]>,
    /// Cross-products about the arm means, summed over arms:
    /// `pooled[packed(v, w)][trial]`.
    pub pooled: Vec<Column>,
    /// Cross-products about the arm mean, of the pairs recorded so:
    /// `by_arm[packed(v, w)][arm][trial]`.
    pub by_arm: Vec<[Column; ARMS]>,
    /// Contrasts between therapists of the variables recorded so: `between[variable][contrast][trial]`; empty of others.
    pub between: Vec<Vec<Column>>,
}

/// Position of the pair (v, w) in a packed lower triangle.
#[inline]
#[must_use]
pub const fn packed(v: usize, w: usize) -> usize {
    let (high, low) = if v > w { (v, w) } else { (w, v) };
    high * (high + 1) / 2 + low
}

impl MomentsBatch {
    /// An empty batch for this many variables. What is never filled stays NaN, so a
    /// missing moment shows at once.
    #[must_use]
    pub fn new(sizes: [usize; ARMS], variables: usize) -> Self {
        let pairs = variables * (variables + 1) / 2;
        MomentsBatch {
            sizes: sizes.map(|size| size as f64),
            trials: 0,
            mean: vec![[[f64::NAN; BATCH]; ARMS]; variables],
            pooled: vec![[f64::NAN; BATCH]; pairs],
            by_arm: vec![[[f64::NAN; BATCH]; ARMS]; pairs],
            between: vec![Vec::new(); variables],
        }
    }

    /// Sets a variable's means from its sums of deviations from a provisional mean, arm by arm.
    #[inline(always)]
    pub(super) fn set_means(&mut self, v: usize, trial: usize, provisional: [f64; ARMS], sums: [f64; ARMS]) {
        for arm in 0..ARMS {
            let share = 1.0 / self.sizes[arm];
            self.mean[v][arm][trial] = provisional[arm] + sums[arm] * share;
        }
    }

    /// Sets the cross-products of a pair about the means, which are set already, from those about
    /// provisional means, arm by arm; if `apart`, not only their sum.
    #[inline(always)]
    pub(super) fn set_products(
        &mut self,
        (v, w): (usize, usize),
        trial: usize,
        provisional: [[f64; ARMS]; 2],
        products: [f64; ARMS],
        apart: bool,
    ) {
        let [of_v, of_w] = provisional;
        let mut pooled = 0.0;
        // An arm without patients, as in a study without assignment, adds nothing.
        for arm in (0..ARMS).filter(|&arm| self.sizes[arm] > 0.0) {
            let (from_v, from_w) =
                (self.mean[v][arm][trial] - of_v[arm], self.mean[w][arm][trial] - of_w[arm]);
            // In this order the pair may be swapped: data read from a file have another order.
            let about_mean = products[arm] - self.sizes[arm] * (from_v * from_w);
            if apart {
                self.by_arm[packed(v, w)][arm][trial] = about_mean;
            }
            pooled += about_mean;
        }
        self.pooled[packed(v, w)][trial] = pooled;
    }

    /// Runs `work` with the widest instructions and the number of trials. In a full batch that is a number which the
    /// compiler knows: its loops have no remainder and no bounds to check. `work` is to be inlined always.
    #[inline(always)]
    pub fn widest(&self, work: impl FnOnce(usize)) {
        widest(
            #[inline(always)]
            || match self.trials {
                BATCH => work(BATCH),
                trials => work(trials.min(BATCH)),
            },
        );
    }

    /// Writes the variance of a variable, pooled over the arms, for so many trials.
    #[inline(always)]
    pub fn pooled_variance(&self, variable: usize, trials: usize, out: &mut Column) {
        let per_degree = 1.0 / self.pooled_degrees_of_freedom();
        let squares = &self.pooled[packed(variable, variable)];
        for trial in 0..trials {
            out[trial] = squares[trial] * per_degree;
        }
    }

    /// Pooled within-arm degrees of freedom.
    #[must_use]
    pub fn pooled_degrees_of_freedom(&self) -> f64 {
        self.sizes.iter().sum::<f64>() - ARMS as f64
    }
}
