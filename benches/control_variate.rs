//! What adjusting power by each trial's Gaussian twin saves, net of what it costs.
//!
//! Run with `cargo bench --bench control_variate`. One thread.
//!
//! **Columns.** `power`: the adjusted one with its Monte Carlo standard error. `variance`: how many times as many trials
//! the plain power needs for that error. `time`: time of a trial with its twin over that of one without. `net`: variance
//! ÷ time: how many times less the same precision costs.
//!
//! **Method.** Plain and adjusted runs take turns, and the least time of several rounds counts; the cost of a trial is
//! the time of many replicates less that of few, so that what a run does once is left out.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;
use trialliance::engine::{self, EngineChoice, RunOptions};
use trialliance::scenario::{self, Scenario};

/// Rounds, of which the quickest counts.
const ROUNDS: u32 = 9;

/// Replicates of the two runs whose times are told apart.
const REPLICATES: [u64; 2] = [4_096, 40_960];

/// Replicates from which variances are told.
const MANY: u64 = 200_000;

/// A name, what is recorded, and the method.
const CASES: &[(&str, &str, &str)] = &[
    ("NRS, error, 10 % lost, ancova", STEPS_AND_DROPOUT, "ancova"),
    ("NRS, error, 10 % lost, anova", STEPS_AND_DROPOUT, "anova"),
    ("NRS, error, 10 % lost, change", STEPS_AND_DROPOUT, "change"),
    (
        "NRS, error, nobody lost, ancova",
        r#"{"instruments": {"pain": {"min": 0, "max": 10, "step": 1, "reliability": 0.85}}}"#,
        "ancova",
    ),
    (
        "VAS in mm, nobody lost, ancova",
        r#"{"instruments": {"pain": {"min": 0, "max": 10, "step": 0.1}}}"#,
        "ancova",
    ),
    ("NRS, 10 % lost by baseline, ancova", LOST_BY_BASELINE, "ancova"),
    ("NRS, 10 % lost by baseline, anova", LOST_BY_BASELINE, "anova"),
    (
        "NRS, 10 % lost by outcome, ancova",
        r#"{"instruments": {"pain": {"min": 0, "max": 10, "step": 1}},
            "missing": [{"rate": 0.1, "mechanism": "mnar", "depends_on": "pain", "correlation": 0.6}]}"#,
        "ancova",
    ),
];

const STEPS_AND_DROPOUT: &str = r#"{"instruments": {"pain": {"min": 0, "max": 10, "step": 1, "reliability": 0.85}},
    "missing": [{"rate": 0.1}]}"#;

const LOST_BY_BASELINE: &str = r#"{"instruments": {"pain": {"min": 0, "max": 10, "step": 1}},
    "missing": [{"rate": 0.1, "mechanism": "mar", "depends_on": "pain_baseline", "correlation": 0.6}]}"#;

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "{:36} {:10} {:>18} {:>9} {:>6} {:>6}",
        "117 patients", "estimand", "power", "variance", "time", "net"
    );
    for &(name, observation, method) in CASES {
        let scenario = made(observation, method)?;
        let time = time_ratio(&scenario)?;
        let result = engine::run(&scenario, &options(MANY, true), &mut |_| {})?;
        for row in result
            .results
            .iter()
            .filter(|row| ["alliance", "ifc", "interaction"].contains(&row.estimand.as_str()))
        {
            let adjusted = row.power_adjusted.as_ref().ok_or("no control variate")?;
            let ratio = adjusted.variance_ratio.unwrap_or(f64::NAN);
            println!(
                "{name:36} {:10} {:>9.5} ±{:.5} {ratio:>9.2} {time:>6.2} {:>6.2}",
                row.estimand,
                adjusted.value.unwrap_or(f64::NAN),
                adjusted.mcse.unwrap_or(f64::NAN),
                ratio / time,
            );
        }
    }
    Ok(())
}

fn made(observation: &str, method: &str) -> Result<Scenario, Box<dyn Error>> {
    let text = format!(
        r#"{{"schema": "trialliance.scenario/1", "name": "twins",
        "design": {{"n_per_arm": {{"SL": 29, "AL": 30, "SE": 29, "AE": 29}}}},
        "response": {{"outcomes": {{"pain": {{"control_mean": 5.0, "better": "lower", "sd": 2,
            "effects": {{"alliance": 0.8, "ifc": 0.5, "interaction": 0}},
            "baseline": {{"mean": 6, "sd": 2, "correlation": 0.6}}}}}}}},
        "observation": {observation},
        "analyses": [{{"method": "{method}", "outcome": "pain"}}]}}"#
    );
    Ok(scenario::read(&text, "twins", &[])?)
}

fn options(replicates: u64, control_variate: bool) -> RunOptions {
    RunOptions {
        replicates,
        control_variate,
        engine: EngineChoice::Patients,
        threads: Some(1),
        ..RunOptions::default()
    }
}

/// Time of a trial with its twin over that of one without.
fn time_ratio(scenario: &Scenario) -> Result<f64, Box<dyn Error>> {
    let mut least = [[f64::INFINITY; 2]; 2];
    for _ in 0..ROUNDS {
        for (of_size, replicates) in least.iter_mut().zip(REPLICATES) {
            for (time, control_variate) in of_size.iter_mut().zip([false, true]) {
                let start = Instant::now();
                black_box(engine::run(scenario, &options(replicates, control_variate), &mut |_| {})?);
                *time = time.min(start.elapsed().as_secs_f64());
            }
        }
    }
    let [few, many] = least;
    Ok((many[1] - few[1]) / (many[0] - few[0]))
}
