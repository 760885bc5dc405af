//! What the planner's questions cost, beside one run and beside the cost of drawing.
//!
//! Run with `cargo bench --bench planning`. One thread; all subjects take turns in each round, and the
//! smallest time of all rounds counts.
//!
//! - **curve**: 40 sizes up to 400 and up to 1,200 patients, simulated together, as a ratio to one run at the largest size: power of
//!   the primary hypotheses alone, and every measure of the table.
//! - **search**: 12 sizes from 100 to 1,000 patients and 10 sizes from 80 to 260, 10,000 trials each, in seconds:
//!   what `size` does when it is given these sizes. `--peer FILE` (what `benches/peer/mcpower_search.py` prints)
//!   adds the ratio to the peer's search of the ten sizes.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;
use trialliance::engine::{self, EngineChoice, RunOptions, Success};
use trialliance::scenario::{self, Scenario};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let peer = match words.as_slice() {
        [] => None,
        [option, file] if option == "--peer" => Some(peer_seconds(file)?),
        _ => return Err("the only option is --peer FILE".into()),
    };
    let engines = [("patients", EngineChoice::Patients), ("statistics", EngineChoice::Statistics)];
    for (name, engine) in engines {
        for method in ["anova", "ancova"] {
            for largest in [400, 1200] {
                curve(name, engine, method, largest)?;
            }
        }
    }
    for (name, engine) in engines {
        for sizes in [(100..=1000).step_by(81).collect::<Vec<u64>>(), (80..=260).step_by(20).collect()] {
            let points: Vec<Scenario> = sizes.iter().map(|&n| trial("anova", n)).collect::<Outcome<_>>()?;
            let [seconds] = best([&|| primary(&points, engine, 10_000)])?;
            let beside = peer.filter(|_| sizes.len() == 10).map_or_else(String::new, |peer| {
                format!(", {:.1} times as fast as the peer ({peer} s)", peer / seconds)
            });
            println!(
                "search  {name:<10}  {:>2} sizes x 10,000: {:.2} ms{beside}",
                sizes.len(),
                1e3 * seconds
            );
        }
    }
    Ok(())
}

fn curve(name: &str, engine: EngineChoice, method: &str, largest: u64) -> Outcome<()> {
    let points: Vec<Scenario> =
        (1..=40).map(|part| trial(method, largest * part / 40)).collect::<Outcome<_>>()?;
    let last = std::slice::from_ref(&points[39]);
    // So many that what a question does once does not count.
    let replicates = 100_000;
    let options = RunOptions { replicates, engine, threads: Some(1), ..RunOptions::default() };
    let table = |points: &[Scenario]| {
        black_box(engine::run_together(points, &options, &mut |_| {})?);
        Ok(())
    };
    let [run, power, whole] = best([
        &|| {
            black_box(engine::run(&last[0], &options, &mut |_| {})?);
            Ok(())
        },
        &|| primary(&points, engine, replicates),
        &|| table(&points),
    ])?;
    println!(
        "curve   {name:<10}  {method:<6}  40 sizes up to {largest}: power {:.2}, whole table {:.2} runs of the largest",
        power / run,
        whole / run
    );
    Ok(())
}

/// Counts claims of the primary hypotheses.
fn primary(points: &[Scenario], engine: EngineChoice, replicates: u64) -> Outcome<()> {
    let options = RunOptions { replicates, engine, threads: Some(1), ..RunOptions::default() };
    let primary = scenario::resolve::resolve_primary(&points[0]).map_err(|_| "no primary hypotheses")?;
    let criteria: Vec<Success> = primary.into_iter().map(|one| Success::All(vec![one])).collect();
    black_box(engine::successes(points, &criteria, &options, &mut |_| {})?);
    Ok(())
}

/// The least seconds of each subject, over rounds in which all take turns.
fn best<const SUBJECTS: usize>(subjects: [&dyn Fn() -> Outcome<()>; SUBJECTS]) -> Outcome<[f64; SUBJECTS]> {
    let mut best = [f64::INFINITY; SUBJECTS];
    for _ in 0..7 {
        for (best, subject) in best.iter_mut().zip(subjects) {
            let start = Instant::now();
            subject()?;
            *best = best.min(start.elapsed().as_secs_f64());
        }
    }
    Ok(best)
}

/// One outcome, with a baseline for the analysis of covariance.
fn trial(method: &str, patients: u64) -> Outcome<Scenario> {
    let size = patients / 4;
    let baseline =
        if method == "ancova" { r#", "baseline": {"mean": 50, "sd": 20, "correlation": 0.5}"# } else { "" };
    let text = format!(
        r#"{{"schema": "trialliance.scenario/1", "name": "bench",
        "design": {{"n_per_arm": {{"SL": {size}, "AL": {size}, "SE": {size}, "AE": {size}}}}},
        "response": {{"outcomes": {{"pain": {{"arm_means": {{"SL": 50, "AL": 46, "SE": 45, "AE": 40}}, "sd": 20{baseline}}}}}}},
        "analyses": [{{"method": "{method}", "outcome": "pain"}}]}}"#
    );
    Ok(scenario::read(&text, "bench", &[])?)
}

/// The least seconds of the peer's search.
fn peer_seconds(file: &str) -> Outcome<f64> {
    let text = std::fs::read_to_string(file)?;
    let seconds = text.lines().filter_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        line.get("job")?.as_str().filter(|job| job.starts_with("size_search"))?;
        line.get("seconds")?.as_f64()
    });
    seconds.reduce(f64::min).ok_or_else(|| format!("{file} has no search of sizes").into())
}
