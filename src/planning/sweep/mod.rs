//! Power over a grid, or a Latin hypercube, of any fields of the scenario.
//!
//! Every point has the same seed, so that points differ in nothing but their fields; each is what a run of its scenario
//! finds, by the one engine that is exact at all of them. Points that differ in the number of patients only are
//! simulated in one pass. Beside the points stands each field alone, at its ends: which assumption moves power most.
//!
//! A point is known by its counts. Whoever asks may hand in those that are known already, and is told of each that is
//! finished: so a long sweep goes on where it was stopped, and its answer is the same to the last byte.

mod answer;
mod counted;
mod points;
mod tornado;
mod vary;

pub use answer::{Claimed, Counted, End, PointPower, Sweep, SweepPoint, Swing, VariedField};
pub use vary::{Spread, Vary, What};

use super::made::Made;
use super::variants::Variants;
use crate::engine::{
    EngineChoice, Progress, RunOptions, Success, Successes, engine_for_all, successes, successes_side_by_side,
};
use crate::error::{Error, ErrorKind, Result};
use crate::result::{HypothesisId, Warning};
use crate::scenario::{Scenario, canonical};
use counted::{Counting, Point};
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tornado::Alone;

/// The version of the format of the answer.
const SCHEMA: &str = "trialliance.sweep/1";

/// The version of the format of what is known of an unfinished sweep.
const PROGRESS_SCHEMA: &str = "trialliance.sweep.progress/1";

/// Most points whose scenarios are kept; the rest is read once more when its turn comes.
const MOST_KEPT: usize = 4_000;

/// Most sizes that are simulated in one pass: if the program is stopped, it is begun anew.
const MOST_IN_A_PASS: usize = 25;

/// The question.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepRequest {
    /// What is varied, and over which values.
    pub vary: Vec<Vary>,
    /// Of which hypotheses.
    pub hypotheses: Vec<HypothesisId>,
    /// So many points of a Latin hypercube, in place of all combinations.
    pub latin_hypercube: Option<u64>,
}

/// A sweep of which every point is known to be a possible scenario.
pub struct PlannedSweep<'a> {
    counting: Counting<'a>,
    request: &'a SweepRequest,
    options: RunOptions,
    engine_why: String,
    points: Vec<Vec<Value>>,
    kept: Vec<Point>,
    alone: Vec<Alone>,
    warnings: Vec<Warning>,
}

impl std::fmt::Debug for PlannedSweep<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlannedSweep").field("points", &self.points.len()).finish_non_exhaustive()
    }
}

impl<'a> PlannedSweep<'a> {
    /// Lays out the points, reads each, and finds the engine.
    ///
    /// # Errors
    /// `Usage` if nothing is varied, two fields set the same, a grid's range has no step, there are too many points, or
    /// the engine asked for is not exact at each; `Scenario` with the first point that is no possible scenario.
    pub fn new(variants: Variants<'a>, request: &'a SweepRequest, options: &RunOptions) -> Result<Self> {
        if options.replicates == 0 {
            return Err(Error::new(ErrorKind::Usage, "the number of replicates is 0; at least 1 is needed"));
        }
        let counting = Counting::new(variants, request)?;
        let points = points::points(variants.scenario, &request.vary, request.latin_hypercube, options.seed)?;
        let (alone, warnings) = tornado::alone(&counting)?;
        let mut planned = PlannedSweep {
            counting,
            request,
            options: options.clone(),
            engine_why: String::new(),
            points,
            kept: Vec::new(),
            alone,
            warnings,
        };
        planned.choose_engine()?;
        Ok(planned)
    }

    fn choose_engine(&mut self) -> Result<()> {
        let choose = |point: &Point| engine_for_all([(&point.scenario, &point.criteria[..])], &self.options);
        let mut chosen: Option<(EngineChoice, String)> = None;
        // The first that needs patients decides for all.
        let mut consider = |point: &Point| -> Result<()> {
            if chosen.as_ref().is_none_or(|(engine, _)| *engine == EngineChoice::Statistics) {
                chosen = Some(choose(point)?);
            }
            Ok(())
        };
        consider(&self.planned_point()?)?;
        for point in self.alone.iter().flat_map(|alone| &alone.points) {
            consider(point)?;
        }
        let mut kept = Vec::new();
        for number in 0..self.points.len() {
            let point = self.read(number)?;
            consider(&point)?;
            if kept.len() < MOST_KEPT {
                kept.push(point);
            }
        }
        let (engine, why) = chosen.unwrap_or_default();
        self.kept = kept;
        self.options.engine = engine;
        self.engine_why = why;
        Ok(())
    }

    fn read(&self, number: usize) -> Result<Point> {
        let values: Vec<Option<&Value>> = self.points[number].iter().map(Some).collect();
        self.counting.read(&values, &|| format!("point {} of {}", number + 1, self.points.len()))
    }

    fn point(&self, number: usize) -> Result<Point> {
        self.kept.get(number).cloned().map_or_else(|| self.read(number), Ok)
    }

    fn engine(&self) -> &'static str {
        if self.options.engine == EngineChoice::Statistics { "statistics" } else { "patients" }
    }

    /// How many points there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there are no points; there always are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// How many trials are simulated at each point.
    #[must_use]
    pub fn replicates(&self) -> u64 {
        self.options.replicates
    }

    /// How many claims are counted at each point.
    #[must_use]
    pub fn claims(&self) -> usize {
        self.counting.claims.len()
    }

    /// What makes it this sweep and no other: points that were counted for another are not its own.
    #[must_use]
    pub fn identity(&self) -> Map<String, Value> {
        let text: Vec<String> =
            self.points.iter().map(|values| Value::from(values.clone()).to_string()).collect();
        let hash = blake3::hash(text.join("\n").as_bytes()).to_hex().to_string();
        let names: Vec<&str> = self.request.vary.iter().map(|vary| vary.name.as_str()).collect();
        let hypotheses: Vec<String> = self.request.hypotheses.iter().map(ToString::to_string).collect();
        let fields = json!({
            "schema": PROGRESS_SCHEMA,
            "version": env!("CARGO_PKG_VERSION"),
            "scenario": canonical::hash(self.counting.scenario()),
            "seed": self.options.seed,
            "replicates": self.options.replicates,
            "engine": self.engine(),
            "hypotheses": hypotheses,
            "varied": names,
            "points": self.points.len(),
            "values": hash,
        });
        match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    /// Simulates the points that are not `known`, tells of each as it is `finished`, and puts all together.
    ///
    /// # Errors
    /// As the engine's; whatever `finished` returns.
    pub fn answer(
        &self,
        known: Vec<Counted>,
        finished: &mut dyn FnMut(&Counted) -> Result<()>,
        progress: &mut dyn FnMut(&Progress),
    ) -> Result<Sweep> {
        let mut counted: BTreeMap<usize, Counted> = known.into_iter().map(|one| (one.point, one)).collect();
        let replicates = self.options.replicates;
        let missing = (self.points.len() - counted.len()) as u64;
        let mut done = 0;
        for passes in self.passes(&counted).chunks(self.passes_at_once()) {
            let mut told = |replicates_done: u64| {
                progress(&Progress {
                    done: replicates_done,
                    total: missing * replicates,
                    largest_primary_mcse: None,
                });
            };
            let each: u64 = passes.iter().map(|pass| pass.len() as u64).sum();
            let found = self.simulate(passes, &mut |so_far| told(done + so_far.done * each))?;
            done += each * replicates;
            told(done);
            for (pass, found) in passes.iter().zip(found) {
                for ((&point, counts), &failures) in pass.iter().zip(found.count).zip(&found.failures) {
                    let one = Counted { point, counts, failures };
                    finished(&one)?;
                    counted.insert(point, one);
                }
            }
        }
        let points = self.points.iter().zip(counted.values()).enumerate();
        let points = points.map(|(number, (values, counted))| {
            let point = self.point(number)?;
            Ok(SweepPoint {
                values: values.clone(),
                n_total: point.n_total,
                failures: counted.failures,
                results: self.counting.powers(&point, &counted.counts, replicates)?,
            })
        });
        let points = points.collect::<Result<Vec<_>>>()?;
        let swings = self.alone.iter().map(|alone| tornado::swings(&self.counting, alone, &self.options));
        let mut tornado = swings.collect::<Result<Vec<_>>>()?.concat();
        let claims = self.counting.claims.clone();
        let place = |swing: &Swing| claims.iter().position(|claimed| *claimed == swing.claimed);
        let size = |swing: &Swing| swing.difference.value.unwrap_or(0.0).abs();
        tornado.sort_by(|a, b| place(a).cmp(&place(b)).then(size(b).total_cmp(&size(a))));
        let scenario = self.counting.scenario();
        let varied = self.request.vary.iter().map(|vary| self.varied(vary)).collect::<Result<Vec<_>>>()?;
        let as_planned = self.as_planned(&varied)?;
        Ok(Sweep {
            schema: SCHEMA.to_owned(),
            command: "sweep".to_owned(),
            made: Made::new(scenario, &self.options, self.engine(), &self.engine_why),
            layout: if self.request.latin_hypercube.is_some() { "latin hypercube" } else { "grid" }
                .to_owned(),
            alpha: scenario.alpha,
            varied,
            claims,
            warnings: self.warnings(&points),
            points,
            as_planned,
            tornado,
        })
    }

    /// Passes that are simulated side by side. Sufficient statistics are drawn sooner than threads could share a pass out;
    /// of patients one pass has enough for all threads.
    fn passes_at_once(&self) -> usize {
        if self.options.engine == EngineChoice::Statistics { 64 } else { 1 }
    }

    fn simulate(&self, passes: &[Vec<usize>], progress: &mut dyn FnMut(&Progress)) -> Result<Vec<Successes>> {
        let group = |pass: &Vec<usize>| -> Result<(Vec<Scenario>, Vec<Success>)> {
            let points = pass.iter().map(|&number| self.point(number)).collect::<Result<Vec<_>>>()?;
            let criteria = points[0].criteria.clone();
            Ok((points.into_iter().map(|point| point.scenario).collect(), criteria))
        };
        let groups = passes.iter().map(group).collect::<Result<Vec<_>>>()?;
        match groups.as_slice() {
            [(points, criteria)] => Ok(vec![successes(points, criteria, &self.options, progress)?]),
            groups => successes_side_by_side(groups, &self.options),
        }
    }

    /// Points that are still to be simulated, together where they differ in the number of patients only.
    fn passes(&self, known: &BTreeMap<usize, Counted>) -> Vec<Vec<usize>> {
        let is_size = |vary: &Vary| vary.what == What::Size(super::SizeOf::Total);
        let apart: Vec<usize> =
            (0..self.request.vary.len()).filter(|&k| !is_size(&self.request.vary[k])).collect();
        let mut alike: IndexMap<String, Vec<usize>> = IndexMap::new();
        for (number, values) in
            self.points.iter().enumerate().filter(|(number, _)| !known.contains_key(number))
        {
            let all_else: Vec<&Value> = apart.iter().map(|&k| &values[k]).collect();
            alike.entry(json!(all_else).to_string()).or_default().push(number);
        }
        alike
            .into_values()
            .flat_map(|pass| pass.chunks(MOST_IN_A_PASS).map(<[usize]>::to_vec).collect::<Vec<_>>())
            .collect()
    }

    fn planned_point(&self) -> Result<Point> {
        self.counting.read(&vec![None; self.request.vary.len()], &|| "the scenario as it stands".to_owned())
    }

    fn as_planned(&self, varied: &[VariedField]) -> Result<SweepPoint> {
        let point = self.planned_point()?;
        let found =
            successes(std::slice::from_ref(&point.scenario), &point.criteria, &self.options, &mut |_| {})?;
        Ok(SweepPoint {
            values: varied.iter().map(|field| field.planned.clone()).collect(),
            n_total: point.n_total,
            failures: found.failures[0],
            results: self.counting.powers(&point, &found.count[0], found.trials)?,
        })
    }

    fn varied(&self, vary: &Vary) -> Result<VariedField> {
        let scenario = self.counting.scenario();
        let label = match &vary.what {
            What::Size(size_of) => size_of.label().to_owned(),
            What::Field(pointer) => pointer.clone(),
            What::Effect(hypothesis) => {
                let unit =
                    scenario.response.outcomes.get(&hypothesis.outcome).and_then(|one| one.unit.clone());
                let unit = unit.map_or_else(String::new, |unit| format!(", {unit}"));
                format!("effect of {} on {} as a benefit{unit}", hypothesis.estimand, hypothesis.outcome)
            }
        };
        Ok(VariedField { name: vary.name.clone(), label, planned: vary.planned(scenario)? })
    }

    fn warnings(&self, points: &[SweepPoint]) -> Vec<Warning> {
        let mut warnings = self.warnings.clone();
        if let Some((number, worst)) = points
            .iter()
            .enumerate()
            .max_by_key(|(_, point)| point.failures)
            .filter(|(_, point)| point.failures > 0)
        {
            let count = points.iter().filter(|point| point.failures > 0).count();
            let share = 100.0 * worst.failures as f64 / self.options.replicates as f64;
            let message = format!(
                "at {count} of {} points an analysis gave no answer in some trials, which then claim nothing; most often at \
                 point {} ({share:.2} %)",
                points.len(),
                number + 1
            );
            warnings.push(Warning { code: "failed_fits".to_owned(), message });
        }
        warnings
    }
}
