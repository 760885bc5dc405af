//! Whole questions of a planner, threads, and how quickly the program starts.

use crate::floors::draw_patients;
use crate::jobs::{ENGINES, PROGRAM, options, powers, read, run, trial, variables, with};
use crate::measure::Role::{Base, Ours};
use crate::measure::{Role, Subject, Work, timed};
use crate::peer::Peer;
use crate::table::{Group, Section};
use crate::{Outcome, Peers};
use serde_json::{Value, json};
use std::hint::black_box;
use std::process::{Command, Stdio};
use trialliance::engine::{self, EngineChoice};
use trialliance::scenario::{Scenario, library};

/// Sizes of a curve up to the largest.
const SIZES: u64 = 40;

/// A curve over many sizes beside one run.
pub fn curve() -> Outcome<Section> {
    let mut groups = Vec::new();
    for (name, engine) in ENGINES {
        for (method, largest) in [("anova", 400), ("anova", 1200), ("ancova", 400), ("ancova", 1200)] {
            let sizes = (1..=SIZES).map(|part| largest * part / SIZES);
            let points: Vec<_> = sizes.map(|size| read(&trial(method, size))).collect::<Outcome<_>>()?;
            let last = &points[points.len() - 1];
            let subject = |role, name, work| Subject::new(role, name, 1024, work);
            groups.push(Group {
                name: format!("{method} to {largest}, {name}"),
                subjects: vec![
                    subject(Base, "run of the largest", run(last, engine, 1)),
                    subject(Ours, "power of 40", powers(points.clone(), engine)),
                    subject(Ours, "table of 40", tables(points, engine)),
                ],
            });
        }
    }
    Ok(Section { title: "Curve", note: CURVE, unit: "trial", base: "one run", groups })
}

const CURVE: &str =
    "40 sizes up to 400 and up to 1,200 patients, simulated together, beside one run at the largest size: the
power of the primary hypotheses alone, and every measure of the table.";

/// A search among sizes.
pub fn search(peers: &Peers) -> Outcome<Section> {
    let points = |sizes: &mut dyn Iterator<Item = u64>| -> Outcome<Vec<Scenario>> {
        sizes.map(|size| read(&trial("anova", size))).collect()
    };
    let ten = points(&mut (80..=260).step_by(20))?;
    let twelve = points(&mut (100..=1000).step_by(81))?;
    let of = |points: &[Scenario]| {
        ENGINES.map(|(name, engine)| whole(Ours, name, powers(points.to_vec(), engine), 10_000))
    };
    let mut subjects = Vec::from(of(&ten));
    if let Some(peer) = &peers.mcpower {
        subjects.push(peer.subject("search", 0, 1));
    }
    let groups = vec![
        Group { name: "10 sizes, 80 to 260".into(), subjects },
        Group { name: "12 sizes, 100 to 1,000".into(), subjects: of(&twelve).into() },
    ];
    Ok(Section { title: "Search", note: SEARCH, unit: "search", base: "", groups })
}

const SEARCH: &str =
    "What `size` does when it is given these sizes: the power of `anova` at each, 10,000 trials.";

/// Every measure at every size.
fn tables(points: Vec<Scenario>, engine: EngineChoice) -> Work {
    timed(move |replicates| {
        black_box(engine::run_together(&points, &options(replicates, engine, 1), &mut |_| {})?);
        Ok(())
    })
}

/// A call for so many trials, with all that a call does once.
fn whole(role: Role, name: impl Into<String>, mut work: Work, trials: u64) -> Subject {
    // The seconds that the work tells: a peer leaves out what it prepares.
    Subject::new(role, name, 1, Box::new(move |times| (0..times).map(|_| work(trials)).sum()))
}

/// How long a power takes whose Monte Carlo standard error is .001.
pub fn precision(peers: &Peers) -> Outcome<Section> {
    let found = library::find("fuentes-2014-realistic-noise").ok_or("no such scenario")?;
    let arms = json!({ "SL": 15, "AL": 15, "SE": 15, "AE": 15 });
    let scenario: Value = serde_json::from_str(found.text)?;
    let scenario = read(&with(scenario, |it| it["design"]["n_per_arm"] = arms))?;
    let mut stopped = options(10_000_000, EngineChoice::Statistics, 1);
    stopped.precision = Some(0.001);
    let trials = engine::run(&scenario, &stopped, &mut |_| {})?.replicates;
    let mut groups = Vec::new();
    for (threads, peer) in [(1, &peers.mcpower), (2, &peers.mcpower_on_two)] {
        let mut subjects = Vec::new();
        if threads == 1 {
            subjects.push(whole(Base, "patients floor", draw_patients(&variables(&scenario), 60), trials));
        }
        subjects
            .extend(ENGINES.map(|(name, engine)| whole(Ours, name, run(&scenario, engine, threads), trials)));
        subjects.extend(
            peer.as_ref().map(|peer| whole(Role::Peer, peer.name(), peer.work("ancova", 60), trials)),
        );
        groups.push(Group { name: format!("{trials} trials, {}", threads_in_words(threads)), subjects });
    }
    Ok(Section {
        title: "Time to a Monte Carlo standard error of 0.001",
        note: PRECISION,
        unit: "run",
        base: "floor",
        groups,
    })
}

const PRECISION: &str = "`fuentes-2014-realistic-noise` with 60 patients: five analyses of two outcomes, with as many trials as the primary
power nearest to .5 needs. The peer simulates as many of one outcome and analyses them once, by ANCOVA.";

/// The same runs on one thread and on two.
pub fn threads(peers: &Peers) -> Outcome<Section> {
    let scenario = read(&trial("anova", 117))?;
    // A fifth of a second or more on one thread, by the rates of the trials above.
    let many = [1_000_000, 6_000_000];
    let mut groups = Vec::new();
    for ((name, engine), many) in ENGINES.into_iter().zip(many) {
        for trials in [many, 1_000] {
            let on = |role, threads| {
                whole(role, threads_in_words(threads), run(&scenario, engine, threads), trials)
            };
            groups.push(Group {
                name: format!("{name}, {trials} trials"),
                subjects: vec![on(Base, 1), on(Ours, 2)],
            });
        }
    }
    if let (Some(one), Some(two)) = (&peers.mcpower, &peers.mcpower_on_two) {
        let trials = 40_000;
        let on = |role, peer: &Peer, threads| {
            whole(role, threads_in_words(threads), peer.work("anova", 117), trials)
        };
        groups.push(Group {
            name: format!("{}, {trials} trials", one.name()),
            subjects: vec![on(Base, one, 1), on(Ours, two, 2)],
        });
    }
    Ok(Section { title: "Threads", note: THREADS, unit: "run", base: "1 thread", groups })
}

const THREADS: &str =
    "Whole runs of `anova` with 117 patients by the clock; half of the time on two threads would be perfect.";

fn threads_in_words(threads: usize) -> &'static str {
    if threads == 1 { "1 thread" } else { "2 threads" }
}

/// Processes from start to end.
pub fn start_up() -> Outcome<Section> {
    let this = std::env::current_exe()?.into_os_string();
    let process = |role, name, program: &std::ffi::OsStr, arguments: &'static [&str]| {
        let program = program.to_owned();
        let start = move || {
            let status = Command::new(&program).args(arguments).stdout(Stdio::null()).status()?;
            if status.success() { Ok(()) } else { Err(format!("{arguments:?} failed").into()) }
        };
        Subject::new(role, name, 1, timed(move |times| (0..times).try_for_each(|_| start())))
    };
    let subjects = vec![
        process(Base, "nothing", &this, &[crate::NOTHING]),
        process(Ours, "--version", PROGRAM.as_ref(), &["--version"]),
        process(Ours, "check", PROGRAM.as_ref(), &["check", "fuentes-2014"]),
    ];
    let groups = vec![Group { name: "trialliance".into(), subjects }];
    Ok(Section { title: "Start-up", note: START_UP, unit: "process", base: "nothing", groups })
}

const START_UP: &str =
    "A process from start to end: `trialliance --version` and `trialliance check fuentes-2014`, beside one
that does nothing.";
