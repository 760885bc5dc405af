//! What is believed of a number before the trial.
//!
//! In comes text as people type it; out comes a distribution that can be drawn from, integrated over, and asked for tails
//! and quantiles. A prior that is no probability distribution is refused.

use crate::random::WordStream;
use crate::scenario::{UncertainNumber, UncertaintyLaw};
use crate::stats::quadrature::GaussLegendre;
use crate::stats::{normal, student_t};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A prior distribution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "law")]
pub enum Prior {
    /// Normal.
    Normal {
        /// Its mean.
        mean: f64,
        /// Its standard deviation.
        sd: f64,
    },
    /// Mean plus scale times Student's t.
    T {
        /// Its mean, or its centre where it has no mean.
        mean: f64,
        /// By which Student's t is multiplied.
        scale: f64,
        /// Degrees of freedom.
        df: f64,
    },
    /// One of several, with these probabilities.
    Mixture {
        /// Probabilities, which sum to 1.
        weights: Vec<f64>,
        /// The priors.
        parts: Vec<Prior>,
    },
    /// One of these values, each equally likely.
    Samples {
        /// The values, in ascending order.
        values: Vec<f64>,
    },
}

/// Published readings of the effect of the therapeutic relationship on pain, in mm on 0 to 100: what meta-analyses of
/// context find, what one trial found, and half a chance of either.
pub const BUILT_IN: [&str; 3] = ["sceptical", "optimistic", "mixture"];

const SCEPTICAL: Prior = Prior::Normal { mean: 1.8, sd: 3.5 };
const OPTIMISTIC: Prior = Prior::Normal { mean: 12.5, sd: 2.2 };

/// Gives the values of a column of a file, or says why there are none.
pub type Samples<'a> = &'a dyn Fn(&str, &str) -> Result<Vec<f64>, String>;

/// What it takes to write a prior.
const WRITE: &str = "write normal(MEAN, SD), t(MEAN, SCALE, DF), a mixture as in 0.5*normal(0, 1)+0.5*normal(5, 2), \
                     samples(FILE.csv:COLUMN), or one of sceptical, optimistic, mixture";

impl Prior {
    /// Reads a prior; `samples` gives the values of a column of a file.
    ///
    /// # Errors
    /// What is wrong, and what to write.
    pub fn parse(text: &str, samples: Samples<'_>) -> Result<Prior, String> {
        let text = text.trim();
        match text {
            "sceptical" => return Ok(SCEPTICAL),
            "optimistic" => return Ok(OPTIMISTIC),
            "mixture" => {
                return Ok(Prior::Mixture { weights: vec![0.5; 2], parts: vec![SCEPTICAL, OPTIMISTIC] });
            }
            _ => {}
        }
        let terms = split(text, '+');
        if terms.len() > 1 || split(text, '*').len() > 1 {
            return Self::parse_mixture(&terms, samples);
        }
        let (law, inside) = text
            .strip_suffix(')')
            .and_then(|text| text.split_once('('))
            .ok_or_else(|| format!("{text:?} is no prior; {WRITE}"))?;
        let numbers = || -> Result<Vec<f64>, String> {
            let number = |part: &str| {
                let number = part.trim().parse::<f64>().ok().filter(|number| number.is_finite());
                number.ok_or_else(|| format!("{:?} in {text:?} is not a number; {WRITE}", part.trim()))
            };
            inside.split(',').map(number).collect()
        };
        let positive = |what: &str, value: f64| match value > 0.0 {
            true => Ok(value),
            false => Err(format!(
                "the {what} in {text:?} is {value}; a number above 0 is needed: else it is no distribution"
            )),
        };
        match law.trim() {
            "normal" => match numbers()?.as_slice() {
                &[mean, sd] => Ok(Prior::Normal { mean, sd: positive("SD", sd)? }),
                other => Err(format!("normal takes a mean and an SD, not {} numbers", other.len())),
            },
            "t" => match numbers()?.as_slice() {
                &[mean, scale, df] => {
                    Ok(Prior::T { mean, scale: positive("scale", scale)?, df: positive("df", df)? })
                }
                other => Err(format!(
                    "t takes a mean, a scale and degrees of freedom, not {} numbers",
                    other.len()
                )),
            },
            "samples" => {
                let (file, column) = inside.rsplit_once(':').ok_or_else(|| {
                    format!(
                        "samples takes a file and a column, as in samples(draws.csv:effect), not {inside:?}"
                    )
                })?;
                let mut values = samples(file.trim(), column.trim())?;
                if values.is_empty() {
                    return Err(format!("column {column} of {file} has no values"));
                }
                values.sort_unstable_by(f64::total_cmp);
                Ok(Prior::Samples { values })
            }
            "flat" | "uniform" | "improper" => {
                Err(format!("{law} is no distribution that a number could be drawn from; {WRITE}"))
            }
            other => Err(format!("there is no law {other:?}; {WRITE}")),
        }
    }

    fn parse_mixture(terms: &[&str], samples: Samples<'_>) -> Result<Prior, String> {
        let (mut weights, mut parts) = (Vec::new(), Vec::new());
        for term in terms {
            let factors = split(term, '*');
            let [weight, part] = factors.as_slice() else {
                return Err(format!(
                    "{:?} has no weight; as in 0.5*normal(0, 1)+0.5*normal(5, 2)",
                    term.trim()
                ));
            };
            let number =
                weight.trim().parse::<f64>().ok().filter(|weight| *weight > 0.0 && weight.is_finite());
            weights.push(
                number.ok_or_else(|| format!("the weight {:?} is not a number above 0", weight.trim()))?,
            );
            parts.push(Prior::parse(part, samples)?);
        }
        let sum: f64 = weights.iter().sum();
        if (sum - 1.0).abs() > 1e-9 {
            return Err(format!("the weights of the mixture sum to {sum}, not to 1"));
        }
        Ok(Prior::Mixture { weights, parts })
    }

    /// P(value > x).
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        match self {
            Prior::Normal { mean, sd } => normal::sf((x - mean) / sd),
            Prior::T { mean, scale, df } => student_t::sf((x - mean) / scale, *df),
            Prior::Mixture { weights, parts } => {
                weights.iter().zip(parts).map(|(weight, part)| weight * part.sf(x)).sum()
            }
            Prior::Samples { values } => {
                (values.len() - values.partition_point(|value| *value <= x)) as f64 / values.len() as f64
            }
        }
    }

    /// The value that a share `p` of the distribution lies below.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        match self {
            Prior::Normal { mean, sd } => mean + sd * normal::quantile(p),
            Prior::T { mean, scale, df } => mean + scale * student_t::quantile(p, *df),
            Prior::Samples { values } => {
                let last = values.len() - 1;
                values[(libm::ceil(p * values.len() as f64) as usize).saturating_sub(1).min(last)]
            }
            Prior::Mixture { parts, .. } => {
                let all = || parts.iter().map(|part| part.quantile(p));
                let (mut low, mut high) =
                    (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
                // The quantile lies between those of the parts.
                for _ in 0..200 {
                    let middle = 0.5 * (low + high);
                    if 1.0 - self.sf(middle) < p {
                        low = middle;
                    } else {
                        high = middle;
                    }
                }
                high
            }
        }
    }

    /// The mean of a bounded function of the value.
    #[must_use]
    pub fn expectation(&self, f: &dyn Fn(f64) -> f64) -> f64 {
        match self {
            // Beyond nine standard deviations there is less than 1e-18.
            Prior::Normal { mean, sd } => {
                let rule = GaussLegendre::new(32);
                rule.integrate_composite(|z| normal::density(z) * f(mean + sd * z), -9.0, 9.0, 18)
            }
            Prior::T { .. } => {
                // Over probabilities: heavy tails have no end.
                let rule = GaussLegendre::new(32);
                rule.integrate_composite(|p| f(self.quantile(p)), 0.0, 1.0, 64)
            }
            Prior::Mixture { weights, parts } => {
                weights.iter().zip(parts).map(|(weight, part)| weight * part.expectation(f)).sum()
            }
            Prior::Samples { values } => {
                values.iter().map(|&value| f(value)).sum::<f64>() / values.len() as f64
            }
        }
    }

    /// A value, from the next words of a stream.
    pub fn draw(&self, words: &mut WordStream) -> f64 {
        match self {
            Prior::Samples { values } => values[words.below(values.len() as u64) as usize],
            Prior::Mixture { weights, parts } => {
                let mut left = uniform(words);
                let chosen = weights.iter().position(|weight| {
                    left -= weight;
                    left < 0.0
                });
                parts[chosen.unwrap_or(parts.len() - 1)].draw(words)
            }
            Prior::Normal { .. } | Prior::T { .. } => self.quantile(uniform(words)),
        }
    }

    /// The law in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Prior::Normal { mean, sd } => format!("normal, mean {mean}, SD {sd}"),
            Prior::T { mean, scale, df } => {
                format!("Student's t with {df} degrees of freedom, mean {mean}, scale {scale}")
            }
            Prior::Mixture { weights, parts } => {
                let parts =
                    weights.iter().zip(parts).map(|(weight, part)| format!("{weight} of ({})", part.words()));
                parts.collect::<Vec<_>>().join(" and ")
            }
            Prior::Samples { values } => format!("one of {} values", values.len()),
        }
    }
}

impl From<UncertainNumber> for Prior {
    fn from(law: UncertainNumber) -> Self {
        match (law.law, law.df) {
            (UncertaintyLaw::T, Some(df)) => Prior::T { mean: law.mean, scale: law.sd, df },
            _ => Prior::Normal { mean: law.mean, sd: law.sd },
        }
    }
}

/// A number between 0 and 1, neither of them.
fn uniform(words: &mut WordStream) -> f64 {
    ((words.word() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// Parts of a text between signs that stand outside of brackets.
fn split(text: &str, sign: char) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            c if c == sign && depth == 0 => {
                parts.push(&text[start..at]);
                start = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Stage, Words};
    use crate::stats::noncentral_f;

    fn parsed(text: &str) -> Result<Prior, String> {
        Prior::parse(text, &|file, column| match column {
            "effect" => Ok(vec![3.0, 1.0, 2.0]),
            _ => Err(format!("{file} has no column {column}")),
        })
    }

    #[test]
    fn priors_are_read_as_people_write_them() {
        assert_eq!(parsed("normal(1.8, 3.5)"), Ok(SCEPTICAL));
        assert_eq!(parsed(" t(0,1,7) "), Ok(Prior::T { mean: 0.0, scale: 1.0, df: 7.0 }));
        assert_eq!(parsed("0.5*normal(1.8,3.5)+0.5*normal(12.5,2.2)"), parsed("mixture"));
        assert_eq!(parsed("samples(a.csv:effect)"), Ok(Prior::Samples { values: vec![1.0, 2.0, 3.0] }));
        for (text, part) in [
            ("normal(1)", "not 1 numbers"),
            ("normal(1, 0)", "above 0"),
            ("normal(1, -2)", "no distribution"),
            ("normal(a, 2)", "is not a number"),
            ("flat()", "no distribution"),
            ("cauchy(0, 1)", "no law"),
            ("5", "is no prior"),
            ("0.5*normal(0,1)+0.2*normal(1,1)", "sum to 0.7"),
            ("normal(0,1)+normal(1,1)", "has no weight"),
            ("samples(a.csv)", "a file and a column"),
            ("samples(a.csv:b)", "has no column b"),
        ] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn tails_quantiles_and_means_agree() {
        for text in ["normal(1.8,3.5)", "t(1,2,5)", "mixture", "0.3*t(0,1,4)+0.7*normal(3,1)"] {
            let prior = parsed(text).unwrap();
            for p in [0.01, 0.3, 0.5, 0.9, 0.999] {
                assert!((1.0 - prior.sf(prior.quantile(p)) - p).abs() < 1e-9, "{text} {p}");
            }
            let above = prior.expectation(&|x| 1.0 / (1.0 + libm::exp(-4.0 * (x - 2.0))));
            let mut words = Words::new(1, Stage::Prior, "test").of(0);
            let draws = (0..100_000).map(|_| prior.draw(&mut words));
            let simulated: f64 = draws.map(|x| 1.0 / (1.0 + libm::exp(-4.0 * (x - 2.0)))).sum::<f64>() / 1e5;
            // 5 standard errors of a mean of numbers between 0 and 1 are at most .008.
            assert!((above - simulated).abs() < 0.008, "{text}: {above} {simulated}");
        }
    }

    /// `assurance_two_sample` of `tests/reference/power/exact_power.json`: two-sided t test with a normal prior, 1e-8.
    #[test]
    fn the_mean_power_of_a_t_test_is_that_of_r() {
        for (n, mean, sd, power) in [
            (58.0, 5.0, 3.0, 0.491_578_790_199_728_83),
            (58.0, 1.8, 3.5, 0.278_886_729_296_307_3),
            (58.0, 12.5, 2.2, 0.984_249_576_573_035_5),
            (200.0, 1.8, 3.5, 0.514_246_582_849_505_3),
        ] {
            let df = 2.0 * n - 2.0;
            let critical = student_t::isf(0.025, df);
            let power_at = |effect: f64| {
                let noncentrality = effect * effect * n / (2.0 * 14.0 * 14.0);
                noncentral_f::sf(critical * critical, 1.0, df, noncentrality)
            };
            let found = Prior::Normal { mean, sd }.expectation(&power_at);
            assert!((found - power).abs() < 1e-8, "{found} {power}");
        }
    }
}
