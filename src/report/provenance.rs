//! What made a result, so that anyone can make it again.
//!
//! In come a result and the command that gives it again; out come lines.

use super::digits::{exact, fixed, whole};
use crate::planning::Made;
use crate::result::{Precision, RunResult, Timing};

/// Program, seed, scenario and engine of a question's answer.
pub(super) fn made(made: &Made) -> Vec<String> {
    let hash: String = made.scenario.hash.chars().take(12).collect();
    vec![
        format!(
            "Simulated by trialliance {}: {} trials at each point, seed {}, scenario {hash}",
            made.version,
            whole(made.replicates),
            made.seed
        ),
        format!("Engine: {} ({})", made.engine, made.engine_why),
    ]
}

/// Program, engine, precision and time.
pub(super) fn provenance(result: &RunResult) -> Vec<String> {
    let hash: String = result.scenario.hash.chars().take(12).collect();
    let made = format!(
        "Simulated by trialliance {}: {} trials, seed {}, scenario {hash}",
        result.version,
        whole(result.replicates),
        result.seed,
    );
    let engine = format!("Engine: {} ({})", result.engine, result.engine_why);
    [Some(made), Some(engine), result.precision.as_ref().map(precision), result.timing.as_ref().map(timing)]
        .into_iter()
        .flatten()
        .collect()
}

fn precision(precision: &Precision) -> String {
    let verdict = if precision.met { "reached" } else { "not reached within the most replicates" };
    format!(
        "Precision: largest Monte Carlo standard error of a primary power {}, asked for {}: {verdict}",
        exact(precision.reached),
        exact(precision.asked)
    )
}

fn timing(timing: &Timing) -> String {
    format!(
        "Took {} on {} {} ({} trials per second)",
        duration(timing.seconds),
        timing.threads,
        if timing.threads == 1 { "thread" } else { "threads" },
        two_digits(timing.replicates_per_second)
    )
}

fn duration(seconds: f64) -> String {
    if seconds < 0.9995 {
        format!("{} ms", fixed((1000.0 * seconds).max(1.0), 0))
    } else if seconds < 59.95 {
        format!("{} s", fixed(seconds, 1))
    } else {
        let seconds = seconds.round() as u64;
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

/// Two significant digits: speed is not known better.
fn two_digits(value: f64) -> String {
    let step = libm::pow(10.0, libm::floor(libm::log10(value.max(1.0))) - 1.0).max(1.0);
    whole(((value / step).round() * step) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_rates_for_people() {
        let times = [0.0123, 0.9999, 2.04, 59.96, 125.0].map(duration);
        assert_eq!(times, ["12 ms", "1.0 s", "2.0 s", "1 min 0 s", "2 min 5 s"]);
        assert_eq!(two_digits(1_234_567.0), "1,200,000");
        assert_eq!(two_digits(87.0), "87");
    }
}
