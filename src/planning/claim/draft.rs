//! A scenario from a claim: its effects on the natural scale, and where each number comes from.

use super::means::Means;
use super::readings::{Frame, Meaning, Reading, USUAL_CORRELATION, Unit};
use super::words::{rounded, shown};
use super::{Asked, Standardised, Stated};
use crate::calibration::render;
use crate::error::{Error, ErrorKind, Result};
use crate::estimand::{ARMS, arm_ids, estimands};
use crate::scenario::{self, Better, SCHEMA, Scenario, standard_factors};
use serde_json::{Map, Value, json};

/// The name of an outcome that has none.
const OUTCOME: &str = "outcome";

/// Patients in each arm, if nothing says how many.
const USUAL_ARM: u64 = 60;

/// Makes a checked scenario of a claim.
pub(super) fn scenario(
    frame: &Frame<'_>,
    name: &str,
    taken: Option<&Reading>,
    means: Option<&Means>,
    left_open: &[String],
) -> Result<Scenario> {
    let outcome = frame.claim.outcome.clone().unwrap_or_else(|| OUTCOME.to_owned());
    let mut draft = Draft { frame, at: format!("/response/outcomes/{outcome}"), sources: Map::new() };
    let n_per_arm = draft.sizes(taken);
    let fields = match (&frame.claim.effect, taken, means) {
        (Stated::Standardised(effect), Some(reading), _) => draft.of_standardised(effect, reading),
        (_, _, Some(means)) => draft.of_means(means),
        _ => Map::new(),
    };
    let has_baseline = fields.contains_key("baseline");
    let alpha = match frame.claim.alpha {
        Some(_) => draft.claim(),
        None => "assumption: the usual two-sided level".to_owned(),
    };
    draft.source("/alpha", alpha);
    let notes = format!(
        "From a claim: {}. What it leaves open, and what was taken in its place: {} Outcomes are taken for normal with \
         the same SD in each arm.",
        frame.claim.text,
        left_open.join(" ")
    );
    let mut value = json!({
        "schema": SCHEMA,
        "name": name,
        "title": format!("As claimed: {}", shortened(&frame.claim.text)),
        "notes": notes,
        "design": {"n_per_arm": n_per_arm},
        "response": {"outcomes": {&outcome: fields}},
        "alpha": frame.alpha,
        "analyses": analyses(frame, &outcome, taken, has_baseline),
    });
    if let Some(estimand) = taken.map(primary) {
        value["primary"] = json!([format!("{}/{estimand}", first_method(frame, taken, has_baseline))]);
    }
    value["sources"] = Value::Object(draft.sources);
    let scenario: Scenario = serde_json::from_value(value).map_err(|error| {
        Error::new(ErrorKind::Unexpected, format!("the draft of a scenario could not be read: {error}"))
    })?;
    // Only the outcome's name and unit can be wrong.
    scenario::read(&render(&scenario), name, &[]).map_err(|error| {
        let mut problems = error.problems;
        for problem in &mut problems {
            (problem.position, problem.option) = (None, Some("--from".to_owned()));
        }
        Error::new(ErrorKind::Usage, "the claim makes no valid scenario").problems(problems)
    })
}

/// A title is one line.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 100;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The estimand that a claim is about.
fn primary(reading: &Reading) -> String {
    let index = match reading.meaning {
        Meaning::Contrast(index) => index,
        Meaning::HalfInteraction => 2,
        Meaning::TwoArmsAlone | Meaning::AnyDifference | Meaning::Time => 0,
    };
    estimands(&standard_factors())[index].id.clone()
}

/// The analysis that a claim is about.
fn first_method(frame: &Frame<'_>, taken: Option<&Reading>, has_baseline: bool) -> &'static str {
    let is_time = taken.is_some_and(|reading| reading.meaning == Meaning::Time);
    match (is_time, has_baseline, frame.claim.adjusted) {
        (true, ..) => "change",
        (_, false, _) | (_, _, Some(false)) => "anova",
        _ => "ancova",
    }
}

/// The analysis that the claim is about first, then the others that the baseline allows.
fn analyses(frame: &Frame<'_>, outcome: &str, taken: Option<&Reading>, has_baseline: bool) -> Value {
    let first = first_method(frame, taken, has_baseline);
    let others = ["ancova", "anova"].into_iter().filter(|method| has_baseline && *method != first);
    let analysis = |method: &str| match method {
        "ancova" => json!({"method": method, "outcome": outcome, "covariates": ["baseline"]}),
        _ => json!({"method": method, "outcome": outcome}),
    };
    std::iter::once(first).chain(others).map(analysis).collect()
}

struct Draft<'f, 'c> {
    frame: &'f Frame<'c>,
    /// Where the outcome stands.
    at: String,
    sources: Map<String, Value>,
}

impl Draft<'_, '_> {
    fn source(&mut self, pointer: &str, source: String) {
        self.sources.insert(pointer.to_owned(), source.into());
    }

    fn of_outcome(&mut self, field: &str, source: String) {
        let pointer = format!("{}/{field}", self.at);
        self.source(&pointer, source);
    }

    /// The claim as a source.
    fn claim(&self) -> String {
        format!("claim: {}", shortened(&self.frame.claim.text))
    }

    /// Patients of each arm.
    fn sizes(&mut self, taken: Option<&Reading>) -> Value {
        let needed = taken.and_then(|reading| reading.needed).map(|total| total / ARMS as u64);
        let (sizes, source) = match (self.frame.sizes, needed) {
            (Some(sizes), _) => (sizes, self.claim()),
            (None, Some(arm)) => {
                // Fewer than two in an arm cannot be analysed.
                let arm = arm.max(2);
                let source =
                    format!("the fewest, in equal arms, with a power of {}", shown(self.frame.target));
                ([arm; ARMS], source)
            }
            (None, None) => ([USUAL_ARM; ARMS], "assumption: the size to be tried".to_owned()),
        };
        self.source("/design/n_per_arm", source);
        let ids = arm_ids(&standard_factors());
        Value::Object(ids.into_iter().zip(sizes.map(Value::from)).collect())
    }

    fn words(&self, fields: &mut Map<String, Value>) {
        if let Some(unit) = &self.frame.claim.unit {
            fields.insert("unit".to_owned(), unit.clone().into());
        }
        fields.insert("better".to_owned(), json!(self.frame.claim.better.unwrap_or(Better::Higher)));
    }

    fn of_standardised(&mut self, effect: &Standardised, reading: &Reading) -> Map<String, Value> {
        let mut fields = Map::new();
        self.words(&mut fields);
        fields.insert("control_mean".to_owned(), json!(0));
        self.of_outcome("control_mean", "assumption: where the scale begins changes no effect".to_owned());
        let (effects, split) = self.effects(reading);
        fields.insert("effects".to_owned(), effects);
        let steps = steps(effect, reading);
        let source = format!("{}; {steps}{split}", self.claim());
        self.of_outcome("effects", source);
        let correlation = match reading.meaning {
            Meaning::Time => Some(self.frame.claim.correlation.unwrap_or(USUAL_CORRELATION)),
            _ => self.frame.claim.correlation,
        };
        match (effect.residual_sd, correlation) {
            (Some(sd), Some(r)) => {
                fields.insert("residual_sd".to_owned(), sd.into());
                self.of_outcome("residual_sd", self.claim());
                self.baseline(&mut fields, sd / (1.0 - r * r).sqrt(), r);
            }
            (_, correlation) => {
                let sd = effect.sd.unwrap_or(1.0);
                fields.insert("sd".to_owned(), sd.into());
                let source = match effect.sd {
                    Some(_) => self.claim(),
                    None => {
                        "assumption: no SD is stated, so that effects are in SDs of the outcome".to_owned()
                    }
                };
                self.of_outcome("sd", source);
                if let Some(r) = correlation {
                    self.baseline(&mut fields, sd, r);
                }
            }
        }
        fields
    }

    /// The effects on the natural scale, and what was assumed to fill them in.
    fn effects(&self, reading: &Reading) -> (Value, &'static str) {
        let value = json!(tidy(reading.difference.unwrap_or(0.0)));
        let half = json!(tidy(0.5 * reading.difference.unwrap_or(0.0)));
        let nothing_else = "; assumption: nothing else has an effect";
        match reading.meaning {
            Meaning::Contrast(0) | Meaning::Time | Meaning::TwoArmsAlone => {
                (json!({"alliance": value, "ifc": 0, "interaction": 0}), nothing_else)
            }
            // f of any difference is that of a main effect which is alone.
            Meaning::AnyDifference => {
                let d = tidy(2.0 * reading.f * self.sd_of_claim());
                (
                    json!({"alliance": d, "ifc": 0, "interaction": 0}),
                    "; assumption: all of it is the alliance's",
                )
            }
            Meaning::Contrast(1) => (json!({"alliance": 0, "ifc": value, "interaction": 0}), nothing_else),
            Meaning::Contrast(2) | Meaning::HalfInteraction => {
                (json!({"alliance": 0, "ifc": 0, "interaction": value}), nothing_else)
            }
            Meaning::Contrast(3 | 4) => (
                json!({"alliance_at_sham": value, "ifc_at_limited": 0, "synergy": 0}),
                "; assumption: the same at both levels of ifc, and ifc has no effect",
            ),
            Meaning::Contrast(5 | 6) => (
                json!({"alliance_at_sham": 0, "ifc_at_limited": value, "synergy": 0}),
                "; assumption: the same at both levels of alliance, and alliance has no effect",
            ),
            Meaning::Contrast(_) => (
                json!({"alliance": half, "ifc": half, "interaction": 0}),
                "; assumption: one half is the alliance's, one half that of ifc",
            ),
        }
    }

    /// The SD that the claimed number is in.
    fn sd_of_claim(&self) -> f64 {
        let Stated::Standardised(effect) = &self.frame.claim.effect else { return 1.0 };
        effect.sd.or(effect.residual_sd).unwrap_or(1.0)
    }

    fn of_means(&mut self, means: &Means) -> Map<String, Value> {
        let mut fields = Map::new();
        self.words(&mut fields);
        let ids = arm_ids(&standard_factors());
        let printed = means.versions.first().map_or([f64::NAN; ARMS], |version| version.means);
        let stated: Map<String, Value> = ids.iter().cloned().zip(printed.map(Value::from)).collect();
        fields.insert("arm_means".to_owned(), Value::Object(stated));
        self.of_outcome("arm_means", self.claim());
        let sds: Vec<String> =
            ids.iter().zip(means.sds).map(|(id, sd)| format!("{id} {}", shown(sd))).collect();
        let df = if self.frame.means_are_adjusted() { "N − 5" } else { "n − 1" };
        let source = format!(
            "{}; SDs that the stated spread implies (of an interval: half its width × √n ÷ t with {df} degrees of \
             freedom): {}; pooled",
            self.claim(),
            sds.join(", ")
        );
        let sd = tidy(means.pooled_sd);
        match self.frame.claim.correlation {
            Some(r) if self.frame.means_are_adjusted() => {
                fields.insert("residual_sd".to_owned(), sd.into());
                self.of_outcome("residual_sd", source);
                self.baseline(&mut fields, sd / (1.0 - r * r).sqrt(), r);
            }
            correlation => {
                fields.insert("sd".to_owned(), sd.into());
                self.of_outcome("sd", source);
                if let Some(r) = correlation {
                    self.baseline(&mut fields, sd, r);
                }
            }
        }
        fields
    }

    /// The outcome before treatment. Its mean and SD change neither an adjusted nor an unadjusted
    /// analysis; the SD changes that of change.
    fn baseline(&mut self, fields: &mut Map<String, Value>, sd: f64, correlation: f64) {
        fields.insert("baseline".to_owned(), json!({"mean": 0, "sd": tidy(sd), "correlation": correlation}));
        self.of_outcome("baseline/mean", "assumption: where the scale begins changes no effect".to_owned());
        self.of_outcome("baseline/sd", "assumption: as large as that of the outcome".to_owned());
        let source = match self.frame.claim.correlation {
            Some(_) => self.claim(),
            None => "assumption: the default of G*Power, as the claim does not state it".to_owned(),
        };
        self.of_outcome("baseline/correlation", source);
    }
}

/// How the claimed number became a difference, step by step.
fn steps(effect: &Standardised, reading: &Reading) -> String {
    let mut steps = format!("{} {}", effect.statistic.name(), shown(effect.value));
    if effect.statistic.name() != "f" && effect.statistic.name() != "d" {
        steps.push_str(&format!(" is f {}", shown(reading.f)));
    }
    let Some(d) = reading.d else { return steps };
    if effect.statistic.name() != "d" {
        let factor = match reading.meaning {
            Meaning::Contrast(2) | Meaning::Time => "4f",
            Meaning::Contrast(3..) => "√8·f",
            _ => "2f",
        };
        steps.push_str(&format!(", d = {factor} = {}", shown(d)));
    }
    let residual = if reading.unit == Unit::Residual { " × √(1 − r²)" } else { "" };
    let difference = shown(reading.difference.unwrap_or(d));
    match (effect.sd, effect.residual_sd) {
        (_, Some(sd)) => steps.push_str(&format!(", × the residual SD {} = {difference}", shown(sd))),
        (Some(sd), _) => steps.push_str(&format!(", × the SD {}{residual} = {difference}", shown(sd))),
        (None, None) if residual.is_empty() => steps.push_str(" in SDs of the outcome"),
        (None, None) => steps.push_str(&format!("{residual} = {difference} in SDs of the outcome")),
    }
    if let Some(Asked::Time) = effect.of {
        steps.push_str(" more change since baseline");
    }
    steps
}

/// Digits enough for the same power, without what arithmetic leaves behind.
fn tidy(value: f64) -> f64 {
    rounded(value, 12)
}
