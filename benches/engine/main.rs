//! Trials per second of both engines on one thread, beside the least that they could cost.
//!
//! Run with `cargo bench`; `benches/side_by_side.sh` puts another program beside it.
//!
//! **Jobs.** `anova`: one outcome, no baseline, so one normal number per patient.
//! `ancova`: the same with a baseline (r = 0.5) to adjust for, so two. Both at 40, 117 and
//! 400 patients in all, with every measure of the result. `lmm`: 160 patients of 16 therapists
//! (intraclass correlation .1), a random intercept by REML with Satterthwaite's degrees of freedom;
//! by patients only.
//!
//! **Floors.** The floor of `patients` draws the same normal numbers with the same
//! generator and sampler, as many trials at once, adds them up, and does nothing else. The floor
//! of `statistics` draws the normal and χ² numbers of the sufficient statistics and does
//! nothing else. A ratio of 1.2 to its floor says that simulating the responses, recording,
//! analysing, deciding and summarising together cost a fifth of the drawing.
//!
//! **Method.** The cost of a trial is a difference: the time of many replicates less the
//! time of a quarter of them, divided by the difference of their numbers. What a run does
//! once (reading tables, power by formula) falls out, so this says nothing about
//! start-up. All subjects take turns in each round, and the smallest time of all rounds
//! counts: what else the machine does can only make a time longer.
//!
//! Options, after `--`:
//!
//! - `--rounds N`: rounds, 15 if not given
//! - `--peer FILE`: JSON lines of `benches/peer/mcpower_speed.py`; adds the ratio to the peer
//! - `--record FILE`: appends what was measured as JSON lines; lines already there count
//!   as further rounds

use serde_json::{Value, json};
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;
use trialliance::analysis::BATCH;
use trialliance::cohort::{ROWS, Rows, SourceDraws, SourceRows};
use trialliance::engine::{self, EngineChoice, RunOptions};
use trialliance::random::{ABREAST, ChiSquared, LANES, Lanes, Stage, StandardNormal, StreamKey};
use trialliance::scenario::{self, Scenario};

type Outcome<T> = Result<T, Box<dyn Error>>;

const SEED: u64 = 1;
const SIZES: [u64; 3] = [40, 117, 400];

fn main() -> Outcome<()> {
    let options = Options::parse(std::env::args().skip(1))?;
    let earlier = options.record.as_deref().map_or(Ok(Vec::new()), json_lines_if_any)?;
    let peers = options.peer.as_deref().map_or(Ok(Vec::new()), json_lines)?;
    let mut subjects = subjects()?;
    for _ in 0..options.rounds {
        for subject in &mut subjects {
            subject.take_turn()?;
        }
    }
    if let Some(path) = &options.record {
        let mut file = fs::File::options().create(true).append(true).open(path)?;
        for subject in &subjects {
            writeln!(file, "{}", subject.record())?;
        }
    }
    for subject in &mut subjects {
        subject.recall(&earlier);
    }
    print(&subjects, &peers);
    if subjects.iter().any(|subject| subject.nanoseconds_per_trial() <= 0.0) {
        return Err("the machine is too busy to measure; give more --rounds".into());
    }
    Ok(())
}

/// Simulates this many trials.
type Work = Box<dyn Fn(u64) -> Outcome<()>>;

/// What is asked for on the command line.
struct Options {
    rounds: u32,
    peer: Option<String>,
    record: Option<String>,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Options { rounds: 15, peer: None, record: None };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                // Cargo adds it.
                "--bench" => {}
                "--rounds" => options.rounds = value()?.parse()?,
                "--peer" => options.peer = Some(value()?),
                "--record" => options.record = Some(value()?),
                _ => {
                    return Err(
                        format!("unknown option {word}; there are --rounds, --peer and --record").into()
                    );
                }
            }
        }
        if options.rounds == 0 {
            return Err("--rounds is 0; at least 1 is needed".into());
        }
        Ok(options)
    }
}

/// What is measured: one engine, or its floor, on one job at one size.
struct Subject {
    job: Job,
    patients: u64,
    engine: &'static str,
    work: Work,
    /// A quarter of the replicates, and all.
    replicates: [u64; 2],
    /// The least seconds that each took so far.
    seconds: [f64; 2],
}

impl Subject {
    /// `many` replicates should take some 60 ms: long beside what a run does once, short
    /// enough that in some round nothing disturbs it.
    fn new(job: Job, patients: u64, engine: &'static str, many: u64, work: Work) -> Self {
        let replicates = [many / 4, many];
        Subject { job, patients, engine, work, replicates, seconds: [f64::INFINITY; 2] }
    }

    fn take_turn(&mut self) -> Outcome<()> {
        for (least, &replicates) in self.seconds.iter_mut().zip(&self.replicates) {
            let start = Instant::now();
            (self.work)(replicates)?;
            *least = least.min(start.elapsed().as_secs_f64());
        }
        Ok(())
    }

    fn nanoseconds_per_trial(&self) -> f64 {
        let [few, many] = self.replicates;
        (self.seconds[1] - self.seconds[0]) / (many - few) as f64 * 1e9
    }

    fn record(&self) -> Value {
        json!({
            "job": self.job.name(), "n": self.patients, "engine": self.engine,
            "replicates": self.replicates, "seconds": self.seconds,
        })
    }

    /// Takes earlier times of the same work into account.
    fn recall(&mut self, earlier: &[Value]) {
        for line in earlier {
            if self.is_on(line)
                && line["engine"] == self.engine
                && line["replicates"] == json!(self.replicates)
            {
                for (which, least) in self.seconds.iter_mut().enumerate() {
                    *least = least.min(line["seconds"][which].as_f64().unwrap_or(f64::INFINITY));
                }
            }
        }
    }

    fn is_on(&self, line: &Value) -> bool {
        line["job"] == self.job.name() && line["n"] == self.patients
    }

    /// The best rate of the peer on the same job, in trials per second.
    fn peer_rate(&self, peers: &[Value]) -> Option<f64> {
        let rates =
            peers.iter().filter(|line| self.is_on(line)).filter_map(|line| line["trials_per_s"].as_f64());
        rates.reduce(f64::max)
    }
}

/// Every job at every size; each engine follows its floor.
fn subjects() -> Outcome<Vec<Subject>> {
    let mut subjects = Vec::new();
    for job in [Job::Anova, Job::Ancova, Job::Lmm] {
        for &n in job.sizes() {
            let scenario = job.scenario(n)?;
            let by_patient = ((1 << 23) / (n * job.sources().len() as u64)).next_multiple_of(1 << 12);
            let by_statistics = (1 << 20) / job.sources().len() as u64;
            let on = |engine, many, work| Subject::new(job, n, engine, many, work);
            subjects.extend([
                on("patients floor", by_patient, draw_patients(job, n)),
                on("patients", by_patient, run(scenario.clone(), EngineChoice::Patients)),
            ]);
            if let Job::Lmm = job {
                continue;
            }
            subjects.extend([
                on("statistics floor", by_statistics, draw_statistics(job, n)),
                on("statistics", by_statistics, run(scenario, EngineChoice::Statistics)),
            ]);
        }
    }
    Ok(subjects)
}

#[derive(Clone, Copy)]
enum Job {
    Anova,
    Ancova,
    Lmm,
}

impl Job {
    /// Patients in all.
    fn sizes(self) -> &'static [u64] {
        match self {
            Job::Anova | Job::Ancova => &SIZES,
            Job::Lmm => &[160],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Job::Anova => "anova",
            Job::Ancova => "ancova",
            Job::Lmm => "lmm",
        }
    }

    /// The variables drawn: the baseline, if any, before the outcome.
    fn sources(self) -> &'static [&'static str] {
        match self {
            Job::Anova | Job::Lmm => &["pain"],
            Job::Ancova => &["pain_baseline", "pain"],
        }
    }

    fn scenario(self, patients: u64) -> Outcome<Scenario> {
        let [sl, al, se, ae] = arm_sizes(patients);
        let mut outcome = json!({ "arm_means": { "SL": 50, "AL": 45, "SE": 46, "AE": 40 }, "sd": 18 });
        if let Job::Ancova = self {
            outcome["baseline"] = json!({ "mean": 50, "sd": 18, "correlation": 0.5 });
        }
        let mut scenario = json!({
            "schema": "trialliance.scenario/1",
            "name": self.name(),
            "alpha": 0.05,
            "design": { "n_per_arm": { "SL": sl, "AL": al, "SE": se, "AE": ae } },
            "response": { "outcomes": { "pain": outcome } },
            "analyses": [{ "method": self.name(), "outcome": "pain" }],
        });
        if let Job::Lmm = self {
            scenario["design"]["therapists"] = json!({ "n": 16, "icc": 0.1 });
            scenario["analyses"][0]["covariates"] = json!([]);
        }
        let text = scenario.to_string();
        Ok(scenario::read(&text, self.name(), &[])?)
    }
}

/// Arms as equal as possible, the larger ones first.
fn arm_sizes(patients: u64) -> [u64; 4] {
    [0, 1, 2, 3].map(|arm| patients / 4 + u64::from(arm < patients % 4))
}

/// Whole runs of an engine on one thread.
fn run(scenario: Scenario, engine: EngineChoice) -> Work {
    Box::new(move |replicates| {
        let options = RunOptions {
            seed: SEED,
            replicates,
            precision: None,
            engine,
            threads: Some(1),
            keep_going: false,
            control_variate: false,
        };
        black_box(engine::run(&scenario, &options, &mut |_| {})?);
        Ok(())
    })
}

/// Draws every patient's normal numbers, in as many trials at once as the engine does, and adds them up.
fn draw_patients(job: Job, patients: u64) -> Work {
    let rows = patients.div_ceil(4) as usize;
    let draws: Vec<_> = job.sources().iter().map(|name| SourceDraws::new(SEED, name)).collect();
    Box::new(move |replicates| {
        let mut sources: Vec<_> = draws.iter().cloned().map(SourceRows::new).collect();
        let mut drawn: Rows = [[[0.0; ABREAST]; ROWS]; 4];
        let mut total = 0.0;
        for first in (0..replicates).step_by(ABREAST) {
            for source in &mut sources {
                source.start(first);
                for from in (0..rows).step_by(ROWS) {
                    let rows = ROWS.min(rows - from);
                    source.draw(rows, &mut drawn);
                    total += drawn.iter().map(|arm| sum(arm[..rows].as_flattened())).sum::<f64>();
                }
            }
        }
        black_box(total);
        Ok(())
    })
}

/// Sixteen sums side by side: a single one would wait for each addition.
fn sum(column: &[f64]) -> f64 {
    let mut lanes = [0.0; 16];
    let (rows, rest) = column.as_chunks::<16>();
    for row in rows {
        for (lane, value) in lanes.iter_mut().zip(row) {
            *lane += value;
        }
    }
    lanes.iter().chain(rest).sum()
}

/// Draws the numbers behind the sufficient statistics: four arm means and one χ² for each
/// variable, and a normal for each pair of variables.
fn draw_statistics(job: Job, patients: u64) -> Work {
    let rows: Vec<_> = job
        .sources()
        .iter()
        .enumerate()
        .map(|(before, name)| {
            let key = StreamKey::new(SEED, Stage::Statistics, name, 0);
            (key, ChiSquared::new(patients - 4 - before as u64), 4 + before)
        })
        .collect();
    Box::new(move |replicates| {
        let mut scratch = Scratch::new();
        for first in (0..replicates).step_by(BATCH) {
            for (key, chi_squared, normals) in &rows {
                // With the same vector instructions as the engine uses.
                pulp::Arch::new().dispatch(
                    #[inline(always)]
                    || scratch.draw(key, first, chi_squared, *normals),
                );
                black_box(&mut scratch);
            }
        }
        Ok(())
    })
}

/// Buffers for the draws of one batch.
struct Scratch {
    words: [[u64; BATCH]; 8],
    outside: [u32; BATCH + 1],
    drawn: [[f64; BATCH]; 8],
}

impl Scratch {
    fn new() -> Self {
        Scratch { words: [[0; BATCH]; 8], outside: [0; BATCH + 1], drawn: [[0.0; BATCH]; 8] }
    }

    #[inline(always)]
    fn draw(&mut self, key: &StreamKey, first: u64, chi_squared: &ChiSquared, normals: usize) {
        let Scratch { words, outside, drawn } = self;
        for group in (0..BATCH).step_by(LANES) {
            let mut lanes = Lanes::<LANES>::of_replicates(key, first + group as u64);
            for column in &mut words[..normals + 2] {
                column[group..group + LANES].copy_from_slice(&lanes.step());
            }
        }
        for (column, out) in words[..normals].iter().zip(drawn.iter_mut()) {
            StandardNormal::new().fill(column, out, outside);
        }
        let words = words[normals].iter().zip(&words[normals + 1]);
        for (slot, (&normal, &uniform)) in drawn[normals].iter_mut().zip(words) {
            *slot = chi_squared.sample(normal, uniform);
        }
    }
}

fn json_lines(path: &str) -> Outcome<Vec<Value>> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))?;
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| Ok(serde_json::from_str(line).map_err(|error| format!("{path}: {error}: {line}"))?))
        .collect()
}

fn json_lines_if_any(path: &str) -> Outcome<Vec<Value>> {
    if fs::exists(path)? { json_lines(path) } else { Ok(Vec::new()) }
}

fn print(subjects: &[Subject], peers: &[Value]) {
    let peer = peers.iter().find_map(|line| line["peer"].as_str());
    print!("{:<7} {:>4}  {:<16} {:>9} {:>13} {:>8}", "job", "n", "engine", "ns/trial", "trials/s", "× floor");
    println!("{}", peer.map_or(String::new(), |name| format!("   × {name}")));
    let mut floor = f64::NAN;
    for subject in subjects {
        let nanoseconds = subject.nanoseconds_per_trial();
        if subject.engine.ends_with("floor") {
            floor = nanoseconds;
        }
        let rate = 1e9 / nanoseconds;
        print!(
            "{:<7} {:>4}  {:<16} {:>9.1} {:>13.0} {:>8.2}",
            subject.job.name(),
            subject.patients,
            subject.engine,
            nanoseconds,
            rate,
            nanoseconds / floor,
        );
        // A floor does not do the peer's work.
        let ratio = subject.peer_rate(peers).filter(|_| !subject.engine.ends_with("floor"));
        match ratio {
            Some(peer_rate) => println!("   {:>7.1}", rate / peer_rate),
            None => println!(),
        }
    }
}
