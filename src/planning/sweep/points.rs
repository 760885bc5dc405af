//! Where the points of a sweep lie: every combination, or a Latin hypercube.
//!
//! A Latin hypercube of N points cuts each range into N equal parts and has one point in each part of each range,
//! joined at random: so few points see every part of many ranges.
//!
//! Source: McKay, Beckman, Conover (1979), Technometrics 21:239.

use super::vary::{Spread, Vary, What};
use crate::error::{Error, ErrorKind, Result};
use crate::planning::MovedEffect;
use crate::planning::curve::number;
use crate::random::{Stage, Words};
use crate::scenario::{Override, Scenario, pointer};
use serde_json::Value;

/// Most points of one sweep.
const MOST_POINTS: u64 = 100_000;

/// The values of each point, in the order of the fields.
pub(super) fn points(
    scenario: &Scenario,
    vary: &[Vary],
    latin_hypercube: Option<u64>,
    seed: u64,
) -> Result<Vec<Vec<Value>>> {
    if vary.is_empty() {
        return Err(Error::new(ErrorKind::Usage, "nothing is varied")
            .help("say what and over which values, as in --vary n=80:240:40"));
    }
    let too_many = |count: &str, help: &str| {
        let message = format!("{count} points are too many: at most {MOST_POINTS}");
        Error::new(ErrorKind::Usage, message).help(help)
    };
    match latin_hypercube {
        None => {
            let axes = vary.iter().map(levels).collect::<Result<Vec<_>>>()?;
            let count = axes.iter().try_fold(1_u64, |count, values| count.checked_mul(values.len() as u64));
            match count.filter(|&count| count <= MOST_POINTS) {
                Some(_) => Ok(grid(&axes)),
                None => {
                    let sizes: Vec<String> = axes.iter().map(|values| values.len().to_string()).collect();
                    Err(too_many(
                        &sizes.join(" × "),
                        "take larger steps, or a Latin hypercube with --lhs 1000",
                    ))
                }
            }
        }
        Some(0) => {
            Err(Error::new(ErrorKind::Usage, "a Latin hypercube of no points says nothing").about("--lhs 0"))
        }
        Some(count) if count > MOST_POINTS => Err(too_many(
            &count.to_string(),
            "a Latin hypercube of 1,000 sees a thousand parts of each range",
        )
        .about("--lhs")),
        Some(count) => Ok(hypercube(scenario, vary, count, seed)),
    }
}

/// The values of a field in a grid.
fn levels(vary: &Vary) -> Result<&[Value]> {
    match &vary.spread {
        Spread::Listed(values) => Ok(values),
        Spread::Between(from, to) => {
            let step = (to - from) / 4.0;
            Err(Error::new(ErrorKind::Usage, "a range needs a step, for a grid has a point at each")
                .about(format!("--vary {}", vary.typed))
                .help(format!(
                    "write {}={from}:{to}:{step}, or draw a Latin hypercube with --lhs COUNT",
                    vary.name
                )))
        }
    }
}

/// All combinations; the last field changes fastest.
fn grid(axes: &[&[Value]]) -> Vec<Vec<Value>> {
    let mut points = vec![Vec::new()];
    for values in axes {
        points = points
            .iter()
            .flat_map(|point: &Vec<Value>| {
                values.iter().map(|value| [&point[..], std::slice::from_ref(value)].concat())
            })
            .collect();
    }
    points
}

fn hypercube(scenario: &Scenario, vary: &[Vary], count: u64, seed: u64) -> Vec<Vec<Value>> {
    let mut points = vec![Vec::with_capacity(vary.len()); count as usize];
    for one in vary {
        // By its name: another field more leaves this one where it was.
        let words = Words::new(seed, Stage::Sweep, &one.name);
        let mut words = words.of(0);
        let mut parts: Vec<u64> = (0..count).collect();
        for last in (1..parts.len()).rev() {
            parts.swap(last, words.below(last as u64 + 1) as usize);
        }
        for (point, part) in points.iter_mut().zip(parts) {
            // 2⁻⁵³ steps: below 1, so that the part is never left.
            let within = (words.word() >> 11) as f64 / (1_u64 << 53) as f64;
            point.push(at(scenario, one, (part as f64 + within) / count as f64));
        }
    }
    points
}

/// The value at a share of the way.
fn at(scenario: &Scenario, vary: &Vary, share: f64) -> Value {
    let pick = |count: usize| ((share * count as f64) as usize).min(count.saturating_sub(1));
    match (&vary.spread, &vary.what) {
        (Spread::Listed(values), _) => values.get(pick(values.len())).cloned().unwrap_or_default(),
        (&Spread::Between(from, to), What::Size(size_of)) => {
            let unit = size_of.unit(scenario);
            let [first, last] = whole_ends(from, to, unit);
            (unit * (first + pick((last + 1 - first) as usize) as u64)).into()
        }
        (&Spread::Between(from, to), _) => number(from + share * (to - from)),
    }
}

/// The first and last multiples of `unit` in a range of sizes, as factors.
fn whole_ends(from: f64, to: f64, unit: u64) -> [u64; 2] {
    let first = libm::ceil(from / unit as f64).max(1.0) as u64;
    [first, (libm::floor(to / unit as f64) as u64).max(first)]
}

/// The values at which a field is looked at alone: both ends of numbers, every one of words.
pub(super) fn ends(scenario: &Scenario, vary: &Vary) -> Vec<Value> {
    match &vary.spread {
        Spread::Between(..) => vec![at(scenario, vary, 0.0), at(scenario, vary, 1.0)],
        Spread::Listed(values) => {
            let mut numbers: Vec<&Value> = values.iter().filter(|value| value.is_number()).collect();
            if numbers.len() < values.len() {
                return values.clone();
            }
            let order = |value: &&Value| value.as_f64().unwrap_or(0.0);
            numbers.sort_by(|a, b| order(a).total_cmp(&order(b)));
            let ends = [numbers.first(), numbers.last()].into_iter().flatten();
            let mut ends: Vec<Value> = ends.map(|&value| value.clone()).collect();
            ends.dedup();
            ends
        }
    }
}

/// The fields to be set for each thing that is varied.
pub(super) struct Moves<'a> {
    scenario: &'a Scenario,
    vary: &'a [Vary],
    effects: Vec<Option<MovedEffect>>,
}

impl<'a> Moves<'a> {
    /// Makes sure that no two of them set the same.
    pub fn new(scenario: &'a Scenario, vary: &'a [Vary]) -> Result<Self> {
        let effect = |one: &Vary| match &one.what {
            What::Effect(hypothesis) => MovedEffect::of(scenario, hypothesis).map(Some),
            _ => Ok(None),
        };
        let moves = Moves { scenario, vary, effects: vary.iter().map(effect).collect::<Result<_>>()? };
        for later in 0..vary.len() {
            for earlier in 0..later {
                moves.keep_apart(earlier, later)?;
            }
        }
        Ok(moves)
    }

    fn keep_apart(&self, earlier: usize, later: usize) -> Result<()> {
        let [one, other] = [&self.vary[earlier], &self.vary[later]];
        let refused = |message: String| {
            Err(Error::new(ErrorKind::Usage, message).about(format!("--vary {}", other.typed)))
        };
        if one.what == other.what {
            return match refused(format!("{} is varied twice", other.name)) {
                Err(error) => Err(error.help("name it once, with all its values")),
                ok => ok,
            };
        }
        if let (Some(moved), Some(other_moved)) = (&self.effects[earlier], &self.effects[later]) {
            return match moved.is_apart_from(other_moved) {
                true => Ok(()),
                false => refused(format!(
                    "{} and {} cannot both be stated: they move one effect, or one of them moves all",
                    one.name, other.name
                )),
            };
        }
        let set = |number: usize| {
            let vary = &self.vary[number];
            let value = ends(self.scenario, vary).into_iter().next().unwrap_or_default();
            self.of_one(number, &value, &[])
        };
        let (of_one, of_other) = (set(earlier), set(later));
        let clash = of_one.iter().find_map(|a| {
            let overlaps = |b: &&Override| {
                pointer::is_within(&a.pointer, &b.pointer) || pointer::is_within(&b.pointer, &a.pointer)
            };
            of_other.iter().find(overlaps)
        });
        match clash {
            Some(clash) => refused(format!("{} and {} both set {}", one.name, other.name, clash.pointer)),
            None => Ok(()),
        }
    }

    /// The fields for these values; null leaves a field as it is planned.
    pub fn overrides(&self, values: &[Option<&Value>]) -> Vec<Override> {
        let stated = self.effects.iter().zip(values);
        let moved: Vec<(&MovedEffect, f64)> = stated
            .filter_map(|(effect, value)| Some((effect.as_ref()?, value.as_ref()?.as_f64()?)))
            .collect();
        let mut all: Vec<Override> = Vec::new();
        for (number, value) in values.iter().enumerate() {
            let Some(value) = value else { continue };
            for one in self.of_one(number, value, &moved) {
                // Two effects of one outcome set the same field to the same value.
                if all.iter().all(|known| known.pointer != one.pointer) {
                    all.push(one);
                }
            }
        }
        all
    }

    fn of_one(&self, number: usize, value: &Value, moved: &[(&MovedEffect, f64)]) -> Vec<Override> {
        match (&self.vary[number].what, &self.effects[number]) {
            (What::Size(size_of), _) => size_of.overrides(self.scenario, value.as_u64().unwrap_or(0)),
            (What::Effect(_), Some(effect)) => {
                let is_other = |(other, _): &&(&MovedEffect, f64)| !std::ptr::eq(*other, effect);
                let others: Vec<_> = moved.iter().filter(is_other).copied().collect();
                effect.together_with(&others, self.scenario, value.as_f64().unwrap_or(0.0))
            }
            (What::Field(pointer), _) => vec![Override { pointer: pointer.clone(), value: value.clone() }],
            (What::Effect(_), None) => Vec::new(),
        }
    }
}
