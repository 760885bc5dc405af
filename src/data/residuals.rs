//! What the residuals of a linear analysis show: are they about normal, and do single patients steer it?
//!
//! The model is that of `anova`, `ancova` and `change`: a mean in each arm, and slopes of covariates that
//! are common to the arms. Covariates are centred within arms and made orthogonal to each other, so a
//! patient's leverage is 1/n of the arm plus the squares of the orthogonal columns. With residual e,
//! leverage h, residual variance s² and p parameters, the standardised residual is e/(s√(1 − h)) and
//! Cook's distance is its square times h/((1 − h)p).
//!
//! Sources: Hoaglin, Welsch (1978), Am. Stat. 32:17 (leverage, and 2p/n as what is much); Cook (1977),
//! Technometrics 19:15; Beckman, Trussell (1974), J. Am. Stat. Assoc. 69:199 (t of a standardised residual).

use super::Dataset;
use super::result::Check;
use crate::analysis::Analysis;
use crate::estimand::ARMS;
use crate::stats::shapiro_wilk::{SIZES, shapiro_wilk};
use crate::stats::student_t;

/// The linear model of an analysis.
pub(super) struct LinearModel<'d> {
    data: &'d Dataset,
    /// The patients in whom all that it needs is there, by their place in the data.
    patients: Vec<usize>,
    response: Vec<f64>,
    covariates: Vec<Vec<f64>>,
}

/// Share of a column's length that must be left when others are taken out of it.
const LEAST_LEFT: f64 = 1e-9;

/// A leverage this close to 1 leaves no residual.
const NO_RESIDUAL: f64 = 1e-10;

/// What is found of each patient, in the model's order.
struct Fitted {
    residual: Vec<f64>,
    leverage: Vec<f64>,
    variance: f64,
    parameters: f64,
}

impl<'d> LinearModel<'d> {
    /// Of a method that is one.
    pub fn of(data: &'d Dataset, method: &str, analysis: &dyn Analysis) -> Option<Self> {
        let of_change = method == "change";
        if !of_change && !matches!(method, "anova" | "ancova") {
            return None;
        }
        let variables = analysis.variables();
        let there = |row: &usize| variables.iter().all(|&index| !data.columns[index][*row].is_nan());
        let outcome = analysis.outcome();
        let others = variables.iter().filter(|&&index| index != outcome);
        let patients: Vec<usize> = (0..data.arms.len()).filter(there).collect();
        let column = |&index: &usize| patients.iter().map(|&row| data.columns[index][row]).collect();
        let mut response: Vec<f64> = column(&outcome);
        let mut covariates: Vec<Vec<f64>> = others.map(column).collect();
        if of_change {
            let baseline = covariates.pop()?;
            response.iter_mut().zip(baseline).for_each(|(after, before)| *after -= before);
        }
        Some(LinearModel { data, patients, response, covariates })
    }

    /// All checks, under the name of the analysis; none where it cannot be fitted.
    pub fn checks(mut self, analysis: &str) -> Vec<Check> {
        let Some(fitted) = self.fit() else { return Vec::new() };
        let mut checks: Vec<Check> = normality(&fitted.residual).into_iter().collect();
        checks.extend(self.influence(&fitted));
        checks.iter_mut().for_each(|check| {
            check.analysis = Some(analysis.to_owned());
            check.message = format!("{analysis}, {}", check.message);
        });
        checks
    }

    fn fit(&mut self) -> Option<Fitted> {
        let arms: Vec<usize> =
            self.patients.iter().map(|&row| usize::from(self.data.arms[row]) % ARMS).collect();
        let mut sizes = [0.0; ARMS];
        arms.iter().for_each(|&arm| sizes[arm] += 1.0);
        let mut leverage: Vec<f64> = arms.iter().map(|&arm| 1.0 / sizes[arm]).collect();
        let mut residual = std::mem::take(&mut self.response);
        centre(&mut residual, &arms, &sizes);
        let mut basis: Vec<Vec<f64>> = Vec::new();
        for mut column in std::mem::take(&mut self.covariates) {
            let before = dot(&column, &column);
            centre(&mut column, &arms, &sizes);
            // Twice is enough: the second time takes out what rounding left of the first.
            for direction in basis.iter().chain(&basis) {
                take_out(&mut column, direction);
            }
            let length = dot(&column, &column).sqrt();
            if length <= LEAST_LEFT * before.sqrt() {
                return None;
            }
            column.iter_mut().for_each(|value| *value /= length);
            basis.push(column);
        }
        for direction in &basis {
            take_out(&mut residual, direction);
            leverage.iter_mut().zip(direction).for_each(|(h, q)| *h += q * q);
        }
        let parameters = ARMS as f64 + basis.len() as f64;
        let variance = dot(&residual, &residual) / (residual.len() as f64 - parameters);
        (variance > 0.0 && variance.is_finite()).then_some(Fitted {
            residual,
            leverage,
            variance,
            parameters,
        })
    }

    /// The largest standardised residual, leverage and Cook's distance, with the rows in which they are.
    fn influence(&self, fitted: &Fitted) -> Vec<Check> {
        let Fitted { residual, leverage, variance, parameters } = fitted;
        let count = self.patients.len();
        let standardised = |k: usize| residual[k] / (variance * (1.0 - leverage[k])).sqrt();
        let cook = |k: usize| {
            let (r, h) = (standardised(k), leverage[k]);
            r * r * h / ((1.0 - h) * parameters)
        };
        let with_residual: Vec<usize> = (0..count).filter(|&k| 1.0 - leverage[k] > NO_RESIDUAL).collect();
        let row = |k: usize| f64::from(self.data.rows[self.patients[k]]);
        let mut checks = Vec::new();
        if let Some(k) = largest(&with_residual, &|k| standardised(k).abs()) {
            let value = standardised(k);
            // With the row left out of the variance it has Student's t distribution.
            let df = count as f64 - parameters;
            let t = value.abs() * ((df - 1.0) / (df - value * value).max(0.0)).sqrt();
            let p = (student_t::p_value(t, df - 1.0) * with_residual.len() as f64).min(1.0);
            let verdict = if p.is_nan() {
                "too few patients to say whether that is much".to_owned()
            } else if p < 0.05 {
                format!("rare by chance (p {}, Bonferroni): see whether the row is right", p_in_words(p))
            } else {
                "no surprise among as many".to_owned()
            };
            let mut found = values(&[("standardised", value), ("row", row(k))]);
            found.extend(values(&[("p", p)]).into_iter().filter(|(_, p)| !p.is_nan()));
            checks.push(Check {
                code: "largest_residual".to_owned(),
                analysis: None,
                values: found,
                message: format!("largest standardised residual {value:.2}, in row {}: {verdict}", row(k)),
            });
        }
        let everybody: Vec<usize> = (0..count).collect();
        if let Some(k) = largest(&everybody, &|k| leverage[k]) {
            let (value, much) = (leverage[k], 2.0 * parameters / count as f64);
            // What rounding adds does not count: in balanced arms all leverages are p/n.
            let above = leverage.iter().filter(|&&h| h > much * (1.0 + 1e-9)).count();
            let verdict = match above {
                0 => "nobody is".to_owned(),
                1 => "1 patient is".to_owned(),
                _ => format!("{above} patients are"),
            };
            let place = if *parameters > ARMS as f64 {
                format!("in row {}", row(k))
            } else {
                "as of everyone in the smallest arm".to_owned()
            };
            checks.push(Check {
                code: "leverage".to_owned(),
                analysis: None,
                values: values(&[
                    ("largest", value),
                    ("row", row(k)),
                    ("threshold", much),
                    ("above", above as f64),
                ]),
                message: format!(
                    "largest leverage {}, {place}: {verdict} above 2p/n = {}, which counts as much{}",
                    few_digits(value),
                    few_digits(much),
                    if with_residual.len() < count {
                        "; with a leverage of 1 a patient decides an estimate alone, and nothing tells whether the row \
                         is right"
                    } else {
                        ""
                    }
                ),
            });
        }
        if let Some(k) = largest(&with_residual, &cook) {
            let value = cook(k);
            let verdict = if value > 1.0 {
                "above 1: this patient steers the estimates, see what they are without the row"
            } else if with_residual.len() < count {
                "below 1; it does not show those with a leverage of 1"
            } else {
                "below 1: no patient steers the estimates alone"
            };
            checks.push(Check {
                code: "cooks_distance".to_owned(),
                analysis: None,
                values: values(&[("largest", value), ("row", row(k))]),
                message: format!(
                    "largest Cook's distance {}, in row {}, {verdict}",
                    few_digits(value),
                    row(k)
                ),
            });
        }
        checks
    }
}

/// Shapiro and Wilk's test, where there are neither too few nor too many; skewness and excess kurtosis.
fn normality(residual: &[f64]) -> Option<Check> {
    let count = residual.len() as f64;
    let to_the = |e: f64, power: i32| (0..power).fold(1.0, |product, _| product * e);
    let moment = |power: i32| residual.iter().map(|&e| to_the(e, power)).sum::<f64>() / count;
    let spread = moment(2);
    let skewness = moment(3) / (spread * spread.sqrt());
    let kurtosis = moment(4) / (spread * spread) - 3.0;
    if !(skewness.is_finite() && kurtosis.is_finite()) {
        return None;
    }
    let mut found = values(&[("n", count), ("skewness", skewness), ("excess_kurtosis", kurtosis)]);
    // Adding 0 takes the sign off what is rounded to −0.
    let hundredths = |value: f64| (value * 100.0).round() / 100.0 + 0.0;
    let shape = format!("skewness {:.2}, excess kurtosis {:.2}", hundredths(skewness), hundredths(kurtosis));
    let message = match shapiro_wilk(residual) {
        Some(test) => {
            found.extend(values(&[("w", test.w), ("p", test.p)]));
            let verdict = if test.p >= 0.05 {
                "no sign that they are not normal"
            } else {
                "they are not normal; for means of large arms that matters little, in small arms intervals and p \
                 values are approximate"
            };
            format!(
                "residuals: Shapiro–Wilk test W = {:.3}, p {}, {shape}; {verdict}",
                test.w,
                p_in_words(test.p)
            )
        }
        None if residual.len() > *SIZES.end() => format!(
            "residuals: {shape}; no test of normality among more than {} patients, whose means are near normal \
             whatever the residuals are",
            SIZES.end()
        ),
        None => format!("residuals: {shape}; too few for a test of normality"),
    };
    Some(Check { code: "normal_residuals".to_owned(), analysis: None, values: found, message })
}

/// Three decimals, more for what is small.
fn few_digits(value: f64) -> String {
    if value < 0.01 { format!("{value:.1e}") } else { format!("{value:.3}") }
}

fn p_in_words(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("= {p:.3}") }
}

fn values(named: &[(&str, f64)]) -> indexmap::IndexMap<String, f64> {
    named.iter().map(|&(name, value)| (name.to_owned(), value)).collect()
}

/// Where a measure is largest; the first of equals.
fn largest(places: &[usize], measure: &dyn Fn(usize) -> f64) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for &place in places {
        let value = measure(place);
        if best.is_none_or(|(_, most)| value > most) {
            best = Some((place, value));
        }
    }
    best.map(|(place, _)| place)
}

/// Takes the arms' means out.
fn centre(column: &mut [f64], arms: &[usize], sizes: &[f64; ARMS]) {
    // Twice, so that far from zero no digits are lost to the sum.
    for _ in 0..2 {
        let mut sums = [0.0; ARMS];
        arms.iter().zip(column.iter()).for_each(|(&arm, value)| sums[arm] += value);
        arms.iter().zip(column.iter_mut()).for_each(|(&arm, value)| *value -= sums[arm] / sizes[arm]);
    }
}

/// Takes out what lies along a direction of length 1.
fn take_out(column: &mut [f64], direction: &[f64]) {
    let part = dot(column, direction);
    column.iter_mut().zip(direction).for_each(|(value, along)| *value -= part * along);
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(x, y)| x * y).sum()
}
