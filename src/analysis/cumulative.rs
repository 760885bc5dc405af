//! The likelihood of cumulative log odds that are proportional.
//!
//! An outcome in K ordered categories, in arm a with covariates x: P(Y ≤ k) = F(θₖ − η), F the logistic
//! distribution, η = βₐ + γ'x, β = 0 in the first arm. So exp(βₐ − βᵦ) is the ratio of the odds of a higher
//! category, wherever the categories are cut. With two categories it is logistic regression.
//!
//! For a = θₖ − η and b = θₖ₋₁ − η the probability of category k is F(a) − F(b) = F(a)·(1 − F(b))·(1 − e^(b − a)).
//! So log P = log F(a) + log(1 − F(b)) + log(1 − e^(θₖ₋₁ − θₖ)): nothing cancels, each term is concave, and the last
//! depends on the category alone.
//!
//! Sources: McCullagh (1980), J. R. Stat. Soc. B 42:109; Pratt (1981), J. Am. Stat. Assoc. 76:103.

use crate::estimand::ARMS;

/// Patients as the likelihood sees them.
pub(crate) trait Observations {
    /// Tells of each its arm, category, weight and covariates.
    fn visit(&self, each: impl FnMut(usize, usize, f64, &[f64]));
}

/// The log likelihood at some parameters, its slopes and its curvature.
#[derive(Debug, Clone, Default)]
pub(crate) struct Point {
    pub value: f64,
    pub score: Vec<f64>,
    /// Minus the second derivatives, row by row; the lower triangle counts.
    pub information: Vec<f64>,
}

/// A model. Its parameters are the cutpoints in ascending order, the arms after the first, the covariates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cumulative {
    pub categories: usize,
    pub covariates: usize,
}

/// F(x), 1 − F(x), and log F(x), the first two from one exponential and free of cancellation.
#[inline(always)]
fn logistic(x: f64) -> [f64; 3] {
    let small = libm::exp(-x.abs());
    let [less, more] = [small / (1.0 + small), 1.0 / (1.0 + small)];
    let [below, above] = if x > 0.0 { [more, less] } else { [less, more] };
    [below, above, x.min(0.0) - libm::log1p(small)]
}

impl Cumulative {
    /// How many cutpoints there are.
    pub fn cuts(self) -> usize {
        self.categories - 1
    }

    /// How many parameters there are.
    pub fn order(self) -> usize {
        self.cuts() + ARMS - 1 + self.covariates
    }

    /// Where an arm's parameter is; the first has none.
    pub fn arm(self, arm: usize) -> Option<usize> {
        (arm > 0).then(|| self.cuts() + arm - 1)
    }

    /// Parameters to start from, with the shares of all patients in the categories and no effects.
    pub fn start(self, observations: &impl Observations, parameters: &mut Vec<f64>) {
        parameters.clear();
        parameters.resize(self.order(), 0.0);
        let mut all = 0.0;
        observations.visit(|_, category, weight, _| {
            all += weight;
            if category < self.cuts() {
                parameters[category] += weight;
            }
        });
        let mut below = 0.0;
        for cut in &mut parameters[..self.cuts()] {
            below += *cut;
            *cut = libm::log(below / (all - below));
        }
    }

    /// η of a patient.
    #[inline(always)]
    fn predictor(self, parameters: &[f64], arm: usize, covariates: &[f64]) -> f64 {
        let of_arm = self.arm(arm).map_or(0.0, |place| parameters[place]);
        let slopes = &parameters[self.cuts() + ARMS - 1..];
        of_arm + covariates.iter().zip(slopes).map(|(x, slope)| x * slope).sum::<f64>()
    }

    /// Σ of a direction's entries times the slopes of one patient's log likelihood.
    pub fn slope_along(
        self,
        parameters: &[f64],
        direction: &[f64],
        (arm, category, covariates): (usize, usize, &[f64]),
    ) -> f64 {
        let predictor = self.predictor(parameters, arm, covariates);
        let along = self.predictor(direction, arm, covariates);
        let mut slope = 0.0;
        if category < self.cuts() {
            let [_, above, _] = logistic(parameters[category] - predictor);
            slope += above * (direction[category] - along);
        }
        if category > 0 {
            let [below, ..] = logistic(parameters[category - 1] - predictor);
            slope -= below * (direction[category - 1] - along);
        }
        if category > 0 && category < self.cuts() {
            let gap = parameters[category] - parameters[category - 1];
            slope += (direction[category] - direction[category - 1]) / libm::expm1(gap);
        }
        slope
    }

    /// The log likelihood with its derivatives; −∞ where the cutpoints are not in order.
    pub fn evaluate(self, observations: &impl Observations, parameters: &[f64], at: &mut Point) {
        let (order, cuts) = (self.order(), self.cuts());
        let first = cuts + ARMS - 1;
        let Point { value, score, information } = at;
        *value = 0.0;
        score.clear();
        score.resize(order, 0.0);
        information.clear();
        information.resize(order * order, 0.0);
        if !parameters[..cuts].is_sorted_by(|lower, upper| lower < upper) {
            *value = f64::NEG_INFINITY;
            return;
        }
        let mut inner = [0.0; MOST_CATEGORIES];
        observations.visit(|arm, category, weight, covariates| {
            let predictor = self.predictor(parameters, arm, covariates);
            let (mut slope, mut curvature) = (0.0, 0.0);
            // Each cutpoint beside the category: its slope, its curvature.
            let mut bound = |cut: usize, pull: f64, bend: f64| {
                score[cut] += pull;
                information[cut * order + cut] += bend;
                slope -= pull;
                curvature += bend;
                if let Some(place) = self.arm(arm) {
                    information[place * order + cut] -= bend;
                }
                for (k, x) in covariates.iter().enumerate() {
                    information[(first + k) * order + cut] -= bend * x;
                }
            };
            if category < cuts {
                let [below, above, log_below] = logistic(parameters[category] - predictor);
                *value += weight * log_below;
                bound(category, weight * above, weight * below * above);
            }
            if category > 0 {
                let [above, below, log_above] = logistic(predictor - parameters[category - 1]);
                *value += weight * log_above;
                bound(category - 1, -weight * below, weight * below * above);
            }
            inner[category] += weight;
            if let Some(place) = self.arm(arm) {
                score[place] += slope;
                information[place * order + place] += curvature;
                for (k, x) in covariates.iter().enumerate() {
                    information[(first + k) * order + place] += curvature * x;
                }
            }
            for (k, x) in covariates.iter().enumerate() {
                score[first + k] += slope * x;
                for (j, y) in covariates[..=k].iter().enumerate() {
                    information[(first + k) * order + first + j] += curvature * x * y;
                }
            }
        });
        for category in 1..cuts {
            let (weight, gap) = (inner[category], parameters[category] - parameters[category - 1]);
            let pull = 1.0 / libm::expm1(gap);
            *value += weight * libm::log(-libm::expm1(-gap));
            score[category] += weight * pull;
            score[category - 1] -= weight * pull;
            let bend = weight * pull * (1.0 + pull);
            information[category * order + category] += bend;
            information[(category - 1) * order + category - 1] += bend;
            information[category * order + category - 1] -= bend;
        }
    }
}

/// The largest number of categories.
pub(crate) const MOST_CATEGORIES: usize = 20;
