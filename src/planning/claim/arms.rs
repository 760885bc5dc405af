//! What a paper states of one arm: a mean, how it is spread, and perhaps how many patients.
//!
//! In come words such as `31.0 (95% CI 28.0 to 34.0) n=29`; out comes an [`ArmSummary`], or
//! what is wrong with them. An interval becomes a standard deviation so: half its width ÷ t
//! is the standard error, and that × √n the standard deviation. The degrees of freedom of t
//! are those of whoever computed the interval: n − 1 from the arm alone, and those of the
//! residual where one variance serves all arms, as for adjusted means.

use super::words::{decimals, number};
use crate::error::Problem;
use crate::stats::student_t;

/// What was stated of one arm.
#[derive(Debug, Clone, PartialEq)]
pub struct ArmSummary {
    /// As it was typed.
    pub text: String,
    /// The mean.
    pub mean: f64,
    /// To how many decimals the mean was stated.
    pub decimals: usize,
    /// How far patients, or means, spread.
    pub dispersion: Dispersion,
    /// Patients, if stated with the arm.
    pub patients: Option<u64>,
}

/// How the spread of an arm was stated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Dispersion {
    /// Limits of the mean's confidence interval.
    Interval {
        /// The lower.
        lower: f64,
        /// The upper.
        upper: f64,
        /// Its level, as .95.
        level: f64,
        /// To how many decimals the limits were stated.
        decimals: usize,
    },
    /// The standard deviation of patients.
    StandardDeviation(f64),
    /// The standard error of the mean.
    StandardError(f64),
}

/// The level of an interval that states none.
const USUAL_LEVEL: f64 = 0.95;

/// What an arm may look like.
const ALLOWED: &str = "a mean with its interval, SD or SE, as in 31.0 (28.0 to 34.0), 31.0 (SD 8.1) or 31.0 (SE 1.5), \
                       and if you like its patients, as in n=29";

impl ArmSummary {
    /// The standard deviation of patients within the arm, if it has `patients` and its interval was
    /// computed with `df` degrees of freedom.
    #[must_use]
    pub fn sd(&self, patients: u64, df: f64) -> f64 {
        let n = patients as f64;
        match self.dispersion {
            Dispersion::StandardDeviation(sd) => sd,
            Dispersion::StandardError(se) => se * n.sqrt(),
            Dispersion::Interval { lower, upper, level, .. } => {
                0.5 * (upper - lower) / student_t::isf(0.5 * (1.0 - level), df) * n.sqrt()
            }
        }
    }

    /// The centre of the interval, if there is one.
    #[must_use]
    pub fn centre(&self) -> Option<f64> {
        match self.dispersion {
            Dispersion::Interval { lower, upper, .. } => Some(0.5 * (lower + upper)),
            _ => None,
        }
    }

    /// How far the mean lies from the centre of its interval, if that is further than rounding of the
    /// mean and of the limits can make it.
    #[must_use]
    pub fn off_centre(&self) -> Option<f64> {
        let Dispersion::Interval { decimals, .. } = self.dispersion else { return None };
        let unit = |decimals: usize| libm::pow(10.0, -(decimals as f64));
        let off = self.mean - self.centre()?;
        let rounding = 0.5 * unit(self.decimals) + 0.5 * unit(decimals);
        (off.abs() > rounding * (1.0 + 1e-9)).then_some(off)
    }
}

/// Reads what is stated of one arm; problems name it as it was typed.
pub(super) fn read(option: &str, value: &str) -> Result<ArmSummary, Box<Problem>> {
    let refused = |found: String, allowed: &str, help: Option<String>| {
        let (option, allowed) = (Some(option.to_owned()), allowed.to_owned());
        Box::new(Problem { option, found, allowed, help, ..Problem::default() })
    };
    let problem = |found: String| refused(found, ALLOWED, None);
    let plus_minus = ["±", "+/-", "+-"];
    if plus_minus.iter().any(|sign| value.contains(sign)) {
        let help = "say which, as in 31.0 (SD 8.1) or 31.0 (SE 1.5)".to_owned();
        return Err(refused("±, which may stand before an SD or an SE".to_owned(), ALLOWED, Some(help)));
    }
    let plain = value
        .to_lowercase()
        .replace(['–', '—', ',', ';'], " to ")
        .replace(['(', ')', '[', ']', ':', '='], " ");
    let plain = plain.replace("%ci", "% ci").replace(" %", "%");
    let mut words = plain.split_whitespace().peekable();
    let first = words.next().unwrap_or_default();
    let Some(mean) = number(first) else {
        return Err(problem(if first.is_empty() { "nothing".to_owned() } else { format!("`{value}`") }));
    };
    let (mut level, mut dispersion, mut patients) = (USUAL_LEVEL, None, None);
    let mut limits_seen = 0;
    let mut limits = [0.0; 2];
    let mut places = 0;
    while let Some(word) = words.next() {
        let mut stated = |what: &str| {
            let next = words.next().unwrap_or_default();
            number(next).ok_or_else(|| problem(format!("{what} `{next}`, which is no number")))
        };
        match word {
            "ci" | "to" | "and" => {}
            "sd" => set(&mut dispersion, Dispersion::StandardDeviation(stated("SD")?)).map_err(problem)?,
            "se" | "sem" => {
                set(&mut dispersion, Dispersion::StandardError(stated("SE")?)).map_err(problem)?
            }
            "n" => {
                let n = stated("n")?;
                if !(n >= 2.0 && n.fract() == 0.0 && n <= super::power::MOST_PATIENTS as f64) {
                    let allowed = "a whole number of patients in the arm, at least 2";
                    return Err(refused(format!("n {n}"), allowed, None));
                }
                patients = Some(n as u64);
            }
            word => match (word.strip_suffix('%').map(number), number(word)) {
                (Some(Some(percent)), _) if percent > 50.0 && percent < 100.0 => level = percent / 100.0,
                (None, Some(limit)) if limits_seen < 2 => {
                    limits[limits_seen] = limit;
                    places = places.max(decimals(word));
                    limits_seen += 1;
                }
                _ => return Err(problem(format!("`{value}`, of which `{word}` is not understood"))),
            },
        }
    }
    match limits_seen {
        0 => {}
        2 => {
            let [lower, upper] = limits;
            let interval = Dispersion::Interval { lower, upper, level, decimals: places };
            set(&mut dispersion, interval).map_err(problem)?;
        }
        _ => return Err(problem(format!("`{value}`, an interval with one limit"))),
    }
    let Some(dispersion) = dispersion else {
        return Err(problem(format!("`{value}`, a mean without a spread")));
    };
    let arm = ArmSummary { text: value.to_owned(), mean, decimals: decimals(first), dispersion, patients };
    match wrong(&arm) {
        None => Ok(arm),
        Some((found, allowed)) => Err(refused(found, allowed, None)),
    }
}

/// Only one spread for an arm.
fn set(dispersion: &mut Option<Dispersion>, stated: Dispersion) -> Result<(), String> {
    match dispersion.replace(stated) {
        None => Ok(()),
        Some(_) => Err("two statements of the spread".to_owned()),
    }
}

/// What is wrong with numbers that could be read, and what is allowed.
fn wrong(arm: &ArmSummary) -> Option<(String, &'static str)> {
    match arm.dispersion {
        Dispersion::StandardDeviation(sd) if sd <= 0.0 => Some((format!("an SD of {sd}"), "an SD above 0")),
        Dispersion::StandardError(se) if se <= 0.0 => Some((format!("an SE of {se}"), "an SE above 0")),
        Dispersion::Interval { lower, upper, .. } if lower >= upper => {
            Some((format!("an interval from {lower} to {upper}"), "the lower limit first, then a higher one"))
        }
        Dispersion::Interval { lower, upper, .. } if arm.mean <= lower || arm.mean >= upper => Some((
            format!("a mean of {} outside its interval from {lower} to {upper}", arm.mean),
            "a mean inside its interval: one of the three is misprinted or mistyped",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arm_may_be_written_as_papers_do() {
        for text in [
            "31.0 (28.0 to 34.0) n=29",
            "31.0 (28.0, 34.0), n = 29",
            "31.0 [28.0; 34.0] n=29",
            "31.0 (95% CI 28.0–34.0) n 29",
            "31.0 (95 % CI: 28.0 to 34.0; n=29)",
        ] {
            let arm = read("SL", text).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
            let interval = Dispersion::Interval { lower: 28.0, upper: 34.0, level: 0.95, decimals: 1 };
            assert_eq!((arm.mean, arm.dispersion, arm.patients), (31.0, interval, Some(29)), "{text}");
        }
        let of = |text: &str| read("SL", text).map(|arm| arm.dispersion);
        assert_eq!(of("31 (SD 8.1)"), Ok(Dispersion::StandardDeviation(8.1)));
        assert_eq!(of("31 SE 1.5"), Ok(Dispersion::StandardError(1.5)));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for (text, hint) in [
            ("", "nothing"),
            ("31", "without a spread"),
            ("31 (34 to 28)", "from 34 to 28"),
            ("31 (32 to 34)", "outside"),
            ("31 (28)", "one limit"),
            ("31 (SD 0)", "SD of 0"),
            ("31 ± 8", "SD or an SE"),
            ("31 (SD 8) (28 to 34)", "two statements"),
            ("31 (28 to 34) n=1", "n 1"),
            ("31 (28 to 34 to 36)", "`36`"),
            ("31 (SD x)", "no number"),
        ] {
            let problem = read("SL", text).expect_err(text);
            assert!(problem.found.contains(hint), "{text}: {problem:?}");
        }
    }

    #[test]
    fn rounding_is_no_asymmetry() {
        let off = |text: &str| read("SL", text).expect(text).off_centre();
        assert_eq!(off("31.0 (28.0 to 34.0)"), None);
        assert_eq!(off("31.05 (28.0 to 34.0)"), None);
        assert_eq!(off("31.1 (28.0 to 34.0)"), None);
        assert!((off("31.2 (28.0 to 34.0)").expect("off") - 0.2).abs() < 1e-12);
        // As printed in Fuentes et al. 2014.
        assert!((off("10.3 (6.6 to 12.7)").expect("off") - 0.65).abs() < 1e-12);
    }
}
