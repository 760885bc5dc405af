//! Odds ratios of responding, by logistic regression.
//!
//! Cells and covariates with common slopes on the scale of log odds. What is told are contrasts of the arms'
//! log odds: of two arms the log odds ratio, of a main effect the mean of the two at the other factor's
//! levels, of the interaction their difference. With covariates they are conditional: they compare
//! patients with the same covariates, and are farther from 0 than without, even in a trial in which the
//! covariates are balanced. `logistic` tells differences of shares, which are not.
//!
//! Sources: McCullagh, Nelder (1989), "Generalized linear models", chapter 4; Gail, Wieand, Piantadosi
//! (1984), Biometrika 71:431; Venzon, Moolgavkar (1988), Appl. Stat. 37:87.

use super::closed_form::{Normal, PowerFormula};
use super::log_odds::LogOdds;
use super::patients::{Patients, Worker};
use super::registry::{Design, Entry};
use super::responders::Responders;
use super::{Analysis, DegreesOfFreedom, Estimator, Failure, Fits, OfPatients};
use crate::estimand::{ARMS, Family};
use crate::scenario::Field;

/// The registry's line.
pub(super) const ENTRY: Entry = Entry {
    name: "odds_ratio",
    summary: "logistic regression: log odds ratios of responding, given the covariates; likelihood-ratio tests, profile \
              likelihood limits",
    reference: "McCullagh, Nelder (1989), Generalized linear models, chapter 4; Venzon, Moolgavkar (1988), Appl. Stat. 37:87",
    design: Design::Trial,
    family: Family::OddsRatios,
    takes: &[Field::Covariates, Field::Responder],
    needs: &[Field::Responder],
    needs_baseline: false,
    needs_therapists: false,
    allows_clusters: false,
    allows_unequal_variances: true,
    build: |context| {
        Estimator::Patients(Box::new(OddsRatio {
            responders: Responders::new(context),
            covariates: context.covariates.clone(),
            confidence_level: context.settings.confidence_level,
        }))
    },
};

/// Odds ratios for one outcome.
#[derive(Debug, Clone)]
pub struct OddsRatio {
    responders: Responders,
    covariates: Vec<usize>,
    confidence_level: f64,
}

impl Analysis for OddsRatio {
    fn degrees_of_freedom(&self, _: &[f64; ARMS]) -> DegreesOfFreedom {
        DegreesOfFreedom::Constant(f64::INFINITY)
    }

    fn variables(&self) -> Vec<usize> {
        self.responders.variables_beside(&self.covariates)
    }

    fn outcome(&self) -> usize {
        self.responders.outcome
    }

    fn power(&self, _: &Normal, _: &[f64; ARMS], _: f64) -> PowerFormula {
        PowerFormula::None { why: "no formula for odds ratios" }
    }
}

impl OfPatients for OddsRatio {
    fn worker(&self) -> Box<dyn Worker> {
        Box::new(OddsRatioWorker {
            responders: self.responders,
            log_odds: LogOdds::new(&self.covariates, self.confidence_level),
        })
    }
}

#[derive(Debug)]
struct OddsRatioWorker {
    responders: Responders,
    log_odds: LogOdds,
}

impl Worker for OddsRatioWorker {
    fn fit(&mut self, patients: &Patients<'_>, fits: &mut Fits) -> Result<(), Failure> {
        let of_arm = |arm| self.responders.of_arm(patients, arm).map(|responds| u8::from(responds > 0.0));
        self.log_odds.fit(patients, 2, of_arm, fits)
    }
}
