//! From the words of a claim to a [`Claim`], with everything that is wrong at once.

use super::arms::{self, ArmSummary};
use super::power::MOST_PATIENTS;
use super::words::{Item, decimals, items, number};
use super::{Asked, Claim, Size, Standardised, Stated, Statistic};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::estimand::{ARMS, arm_ids, estimands};
use crate::scenario::{Better, standard_factors, words};

/// Most that a standardised effect can be; a percentage is more.
const MOST: f64 = 100.0;

/// The words of a claim, the first of each line as help and messages name it.
const WORDS: [&[&str]; 17] = [
    &["d", "cohens_d"],
    &["f", "cohens_f"],
    &["f2", "f²"],
    &["eta2", "η²", "η2", "partial_eta2", "partial_η²", "partial_eta_squared", "np2", "ηp²"],
    &["eta_squared"],
    &["of", "contrast"],
    &["sd"],
    &["residual_sd"],
    &["n", "n_total", "total"],
    &["n_per_arm"],
    &["power"],
    &["alpha", "α"],
    &["r", "correlation"],
    &["adjusted"],
    &["outcome"],
    &["unit"],
    &["better"],
];

/// Words that belong to the effects that have no unit.
const OF_STANDARDISED: [&str; 3] = ["of", "sd", "residual_sd"];

/// Reads a claim that was typed in one or several parts.
///
/// # Errors
/// [`ErrorKind::Usage`] with everything that is wrong with it.
pub fn read(parts: &[String]) -> Result<Claim> {
    let text = parts.join(", ");
    let mut reader = Reader { found: Vec::new(), arms: [const { None }; ARMS], problems: Vec::new() };
    for item in items(&text) {
        reader.take(&item);
    }
    let claim = reader.claim(text.trim());
    match claim {
        Some(claim) if reader.problems.is_empty() => Ok(claim),
        _ => Err(Error::new(ErrorKind::Usage, "the claim is not understood")
            .problems(reader.problems)
            .help("`trialliance init --help` shows examples")),
    }
}

struct Reader<'t> {
    /// Words by the name of their line, as they came.
    found: Vec<(&'static str, Item<'t>)>,
    arms: [Option<std::result::Result<ArmSummary, Box<Problem>>>; ARMS],
    problems: Vec<Problem>,
}

fn problem(option: &str, found: impl Into<String>, allowed: impl Into<String>) -> Problem {
    Problem {
        option: Some(format!("--from {option}").trim_end().to_owned()),
        found: found.into(),
        allowed: allowed.into(),
        ..Problem::default()
    }
}

impl<'t> Reader<'t> {
    /// Sorts an item by its word.
    fn take(&mut self, item: &Item<'t>) {
        let arms = arm_ids(&standard_factors());
        if let Some(arm) = arms.iter().position(|id| item.word.eq_ignore_ascii_case(id)) {
            let read = arms::read(&format!("--from {}", item.text), item.value);
            if self.arms[arm].replace(read).is_some() {
                self.problems.push(problem(item.text, format!("{} twice", arms[arm]), "each arm once"));
            }
            return;
        }
        let word = item.word.to_lowercase();
        let known = WORDS.iter().find(|names| names.contains(&word.as_str())).map(|names| names[0]);
        let Some(name) = known else {
            self.problems.push(unknown(item));
            return;
        };
        if self.found.iter().any(|(other, _)| *other == name) {
            self.problems.push(problem(item.text, format!("`{name}` twice"), "each word once"));
            return;
        }
        self.found.push((name, item.clone()));
    }

    fn item(&self, name: &str) -> Option<Item<'t>> {
        self.found.iter().find(|(found, _)| *found == name).map(|(_, item)| item.clone())
    }

    /// A number that `fits`.
    fn number(&mut self, name: &str, allowed: &str, fits: impl Fn(f64) -> bool) -> Option<f64> {
        let item = self.item(name)?;
        let value = number(item.value).filter(|value| fits(*value));
        if value.is_none() {
            let mut problem = problem(item.text, quoted(item.value), allowed);
            if item.value.ends_with('%') {
                problem = problem.help("write a share, as in 0.07 for 7 %");
            }
            self.problems.push(problem);
        }
        value
    }

    fn whole(&mut self, name: &str, least: f64, allowed: &str) -> Option<u64> {
        let fits = |n: f64| n >= least && n.fract() == 0.0 && n <= MOST_PATIENTS as f64;
        self.number(name, allowed, fits).map(|n| n as u64)
    }

    /// One of several words.
    fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let item = self.item(name)?;
        let chosen = choices.iter().find(|(word, _)| item.value.eq_ignore_ascii_case(word));
        if chosen.is_none() {
            let names: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let mut problem = problem(item.text, quoted(item.value), words::choice(&names));
            problem.help = words::did_you_mean(item.value, &names);
            self.problems.push(problem);
        }
        chosen.map(|(_, choice)| *choice)
    }

    fn claim(&mut self, text: &str) -> Option<Claim> {
        let above_zero = "a number above 0";
        let alpha = self.number("alpha", "a level above 0 and below 1", |alpha| alpha > 0.0 && alpha < 1.0);
        let correlation = self.number("r", "a correlation above -1 and below 1", |r| r.abs() < 1.0);
        let sd = self.number("sd", above_zero, |sd| sd > 0.0);
        let residual_sd = self.number("residual_sd", above_zero, |sd| sd > 0.0);
        let power = self.power(alpha.unwrap_or(super::USUAL_ALPHA));
        let adjusted = self.choice("adjusted", &[("yes", true), ("no", false)]);
        let better = self.choice("better", &[("lower", Better::Lower), ("higher", Better::Higher)]);
        let size = self.size();
        let effect = self.effect(sd, residual_sd);
        self.clashes(residual_sd, correlation, adjusted);
        Some(Claim {
            text: text.to_owned(),
            effect: effect?,
            size: size.or_else(|| self.sizes_of_arms()),
            power,
            alpha,
            correlation,
            adjusted,
            outcome: self.item("outcome").map(|item| item.value.to_owned()),
            unit: self.item("unit").map(|item| item.value.to_owned()),
            better,
        })
    }

    /// As a share or in per cent.
    fn power(&mut self, alpha: f64) -> Option<(f64, usize)> {
        let item = self.item("power")?;
        let percent = item.value.strip_suffix('%').map(str::trim_end);
        let digits = decimals(percent.unwrap_or(item.value));
        let stated = number(percent.unwrap_or(item.value));
        let share = stated.map(|stated| if percent.is_some() { stated / 100.0 } else { stated });
        let share = share.filter(|power| *power > alpha && *power < 1.0);
        if share.is_none() {
            let allowed = format!("a power above alpha ({alpha}) and below 1, or in per cent as in 80%");
            self.problems.push(problem(item.text, quoted(item.value), allowed));
        }
        Some((share?, if percent.is_some() { digits + 2 } else { digits }))
    }

    fn size(&mut self) -> Option<Size> {
        let total = self.whole("n", 8.0, "a whole number of patients in all, at least 8");
        let per_arm = self.whole("n_per_arm", 2.0, "a whole number of patients in each arm, at least 2");
        if let (Some(item), Some(_)) = (self.item("n_per_arm"), self.item("n")) {
            self.problems.push(problem(item.text, "patients in all and in each arm", "one of the two"));
        }
        if per_arm.is_some_and(|arm| arm > MOST_PATIENTS / ARMS as u64) {
            let allowed = format!("at most {MOST_PATIENTS} patients in all");
            self.problems.push(problem("n_per_arm", "more patients than are worked out", allowed));
        }
        total.map(Size::Total).or(per_arm.map(Size::PerArm))
    }

    /// Patients that are stated with the arms.
    fn sizes_of_arms(&mut self) -> Option<Size> {
        let mut sizes = [0; ARMS];
        for (size, arm) in sizes.iter_mut().zip(&self.arms) {
            *size = arm.as_ref()?.as_ref().ok()?.patients?;
        }
        Some(Size::Arms(sizes))
    }

    fn effect(&mut self, sd: Option<f64>, residual_sd: Option<f64>) -> Option<Stated> {
        let statistics = [
            ("d", Statistic::D),
            ("f", Statistic::F),
            ("f2", Statistic::FSquared),
            ("eta2", Statistic::PartialEtaSquared),
            ("eta_squared", Statistic::EtaSquared),
        ];
        let there: Vec<(&str, Statistic)> =
            statistics.into_iter().filter(|(name, _)| self.item(name).is_some()).collect();
        let some_arm = self.arms.iter().any(Option::is_some);
        match there.as_slice() {
            [] if some_arm => self.means(),
            [] => {
                let allowed = "one of d, f, f2, eta2, or the means of the arms SL, AL, SE and AE";
                // Words that were not understood say enough.
                if self.problems.is_empty() {
                    self.problems.push(problem("", "no effect", allowed));
                }
                None
            }
            [(name, statistic)] if !some_arm => {
                let value = self.value(name, *statistic);
                let of = self.of(*statistic);
                Some(Stated::Standardised(Standardised {
                    statistic: *statistic,
                    value: value?,
                    of,
                    sd,
                    residual_sd,
                }))
            }
            several => {
                let mut names: Vec<&str> = several.iter().map(|(name, _)| *name).collect();
                names.extend(some_arm.then_some("means of arms"));
                let item = self.item(names[0]).map_or("", |item| item.text);
                self.problems.push(
                    problem(item, names.join(" and "), "one statement of the effect")
                        .help("two claims are two calls: each gets its own readings"),
                );
                None
            }
        }
    }

    fn value(&mut self, name: &str, statistic: Statistic) -> Option<f64> {
        match statistic {
            Statistic::D => {
                let allowed = "a difference in SDs other than 0, between -100 and 100";
                self.number(name, allowed, |d| d != 0.0 && d.abs() <= MOST)
            }
            Statistic::F => self.number(name, "a number above 0, at most 100", |f| f > 0.0 && f <= MOST),
            Statistic::FSquared => {
                self.number(name, "a number above 0, at most 10000", |f| f > 0.0 && f <= MOST * MOST)
            }
            Statistic::PartialEtaSquared | Statistic::EtaSquared => {
                self.number(name, "a share of variance above 0 and at most 0.999", |eta| {
                    eta > 0.0 && eta <= 0.999
                })
            }
        }
    }

    fn of(&mut self, statistic: Statistic) -> Option<Asked> {
        let estimands = estimands(&standard_factors());
        let mut choices: Vec<(&str, Asked)> = estimands
            .iter()
            .enumerate()
            .map(|(index, estimand)| (estimand.id.as_str(), Asked::Contrast(index)))
            .collect();
        // A difference among four means has no d.
        if statistic != Statistic::D {
            choices.push(("any", Asked::AnyDifference));
        }
        if matches!(statistic, Statistic::F | Statistic::FSquared) {
            choices.push(("time", Asked::Time));
        }
        self.choice("of", &choices)
    }

    fn means(&mut self) -> Option<Stated> {
        let ids = arm_ids(&standard_factors());
        let missing: Vec<&String> =
            ids.iter().zip(&self.arms).filter(|(_, arm)| arm.is_none()).map(|(id, _)| id).collect();
        if !missing.is_empty() {
            let found = format!("no mean of {}", words::list(&missing));
            let allowed =
                "the means of all four arms: SL, AL, SE and AE (sham or active × limited or enhanced)";
            self.problems.push(problem("", found, allowed));
        }
        for name in OF_STANDARDISED {
            if let Some(item) = self.item(name) {
                let allowed = format!("{name} with d, f, f2 or eta2; the arms state their own spread");
                self.problems.push(problem(item.text, "means of arms", allowed));
            }
        }
        let mut read = Vec::new();
        for arm in std::mem::take(&mut self.arms) {
            match arm {
                Some(Ok(arm)) => read.push(arm),
                Some(Err(problem)) => self.problems.push(*problem),
                None => {}
            }
        }
        let with_size = read.iter().filter(|arm| arm.patients.is_some()).count();
        let total = self.item("n").or_else(|| self.item("n_per_arm"));
        match total {
            Some(item) if with_size > 0 => {
                self.problems.push(problem(item.text, "patients in the arms, too", "one of the two"));
            }
            None if with_size < read.len() => {
                let allowed =
                    "n of each arm, as in SL=31.0 (28.0 to 34.0) n=29, or n_per_arm=29, or n=117 in all";
                self.problems.push(problem("", "arms without their patients", allowed));
            }
            _ => {}
        }
        let arms: Box<[ArmSummary; ARMS]> = Box::new(read.try_into().ok()?);
        self.arms = std::array::from_fn(|arm| Some(Ok(arms[arm].clone())));
        Some(Stated::Means(arms))
    }

    fn clashes(&mut self, residual_sd: Option<f64>, correlation: Option<f64>, adjusted: Option<bool>) {
        if let (Some(item), Some(_)) = (self.item("residual_sd"), self.item("sd")) {
            self.problems.push(problem(item.text, "sd and residual_sd", "one of the two"));
        }
        let no_r = correlation.is_none() && self.item("r").is_none();
        let needs_r = "also r, the correlation of the outcome with its baseline within arms, as in r=0.5";
        if let Some(item) = self.item("residual_sd").filter(|_| residual_sd.is_some() && no_r) {
            self.problems.push(problem(item.text, "no r", needs_r));
        }
        let time = self.item("of").filter(|item| item.value.eq_ignore_ascii_case("time"));
        if let Some(item) = time.filter(|_| self.item("residual_sd").is_some()) {
            self.problems.push(problem(
                item.text,
                "residual_sd with group × time",
                "sd, that of the outcome",
            ));
        }
        if let Some(item) = self.item("adjusted").filter(|_| adjusted == Some(true) && no_r) {
            self.problems.push(problem(item.text, "no r", needs_r));
        }
    }
}

/// A word that is not known, or no word at all.
fn unknown(item: &Item<'_>) -> Problem {
    let names: Vec<&str> = WORDS.iter().map(|names| names[0]).collect();
    let allowed = format!("WORD=VALUE with one of {}, or an arm: SL, AL, SE, AE", names.join(", "));
    if item.word.is_empty() {
        let only_digits = item.text.chars().all(|c| c.is_ascii_digit());
        let unknown = problem(item.text, quoted(item.text), allowed);
        return match only_digits {
            true => unknown.help("write decimals with a point, as in f=0.27"),
            false => unknown,
        };
    }
    let mut unknown = problem(item.text, words::quoted(item.word), allowed);
    unknown.help = words::did_you_mean(item.word, &names);
    unknown
}

/// What was found in place of a number or a choice.
fn quoted(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { words::quoted(text) }
}
