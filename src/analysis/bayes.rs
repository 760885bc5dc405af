//! Bayesian analysis of adjusted cell means.
//!
//! With a normal prior of a benefit, mean m and SD s, and the estimate taken for normal with its standard error
//! as known, the posterior is normal with precision 1/s² + 1/SE² and the mean weighted by precisions. With a flat
//! prior of the coefficients and of log σ the posterior of a contrast is t about the estimate. The same prior is
//! put on each contrast by itself. What is told: posterior mean, posterior SD (or scale of the t), the
//! credible interval, and as p value the posterior probability that the benefit is not above the margin (0
//! without one). An effect is claimed where that is at most alpha/2.
//!
//! Sources: Spiegelhalter, Abrams, Myles (2004), "Bayesian approaches to clinical trials", chapter 3; Gelman et
//! al. (2013), "Bayesian data analysis", section 14.2.

use super::ancova::Ancova;
use super::closed_form::{Normal, PowerFormula};
use super::registry::{Design, Entry};
use super::{Analysis, BATCH, Claim, DegreesOfFreedom, Estimator, Fits, MomentsBatch, OfMoments};
use crate::estimand::{ARMS, Family};
use crate::scenario::{Field, NormalPrior};
use crate::stats::student_t;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "bayes",
    summary: "posterior of adjusted cell means under a normal or a flat prior, and how probable a benefit above the margin is",
    reference: "Spiegelhalter, Abrams, Myles (2004), Bayesian approaches to clinical trials, chapter 3",
    design: Design::Trial,
    family: Family::Differences,
    takes: &[Field::Covariates, Field::Margin, Field::Prior],
    needs: &[],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: false,
    build: |context| {
        let settings = &context.settings;
        Estimator::Moments(Box::new(Bayes {
            model: Ancova::new(context),
            margin: if settings.margin.is_nan() { 0.0 } else { settings.margin },
            prior: settings.prior,
            benefit_sign: settings.benefit_sign,
        }))
    },
};

/// Posteriors for one outcome.
#[derive(Debug, Clone)]
pub struct Bayes {
    model: Ancova,
    margin: f64,
    prior: Option<NormalPrior>,
    benefit_sign: f64,
}

impl OfMoments for Bayes {
    fn fit(&self, moments: &MomentsBatch, fits: &mut Fits) {
        self.model.fit(moments, fits);
        let df = match self.degrees_of_freedom(&moments.sizes) {
            DegreesOfFreedom::Constant(df) => df,
            DegreesOfFreedom::Estimated { most, .. } => most,
        };
        let estimands = fits.estimands();
        fits.p.resize(estimands, [f64::NAN; BATCH]);
        for estimand in 0..estimands {
            for trial in 0..fits.trials {
                let (estimate, variance) =
                    (&mut fits.estimate[estimand][trial], &mut fits.variance[estimand][trial]);
                if let Some(NormalPrior { mean, sd }) = self.prior {
                    let (before, data) = (1.0 / (sd * sd), 1.0 / *variance);
                    *estimate = (before * self.benefit_sign * mean + data * *estimate) / (before + data);
                    *variance = 1.0 / (before + data);
                }
                let distance = self.benefit_sign * *estimate - self.margin;
                fits.p[estimand][trial] = student_t::sf(distance / variance.sqrt(), df);
            }
        }
    }
}

impl Analysis for Bayes {
    fn degrees_of_freedom(&self, sizes: &[f64; ARMS]) -> DegreesOfFreedom {
        match self.prior {
            Some(_) => DegreesOfFreedom::Constant(f64::INFINITY),
            None => self.model.degrees_of_freedom(sizes),
        }
    }

    fn variables(&self) -> Vec<usize> {
        self.model.variables()
    }

    fn outcome(&self) -> usize {
        self.model.outcome
    }

    fn claim(&self) -> Claim {
        Claim::Above { bound: self.margin, benefit_sign: self.benefit_sign }
    }

    fn region_of_practical_equivalence(&self) -> Option<f64> {
        (self.margin > 0.0).then_some(self.margin)
    }

    fn power(&self, normal: &Normal, weights: &[f64; ARMS], alpha: f64) -> PowerFormula {
        let Ancova { outcome, covariates } = &self.model;
        match self.prior {
            // Then the posterior probability is the p value of the one-sided t test.
            None => {
                let claim = (self.margin, self.benefit_sign);
                normal.one_sided_power(*outcome, covariates, weights, claim, alpha / 2.0)
            }
            Some(_) => PowerFormula::None {
                why: "no formula for a posterior in which the estimated variance weighs the prior",
            },
        }
    }
}
