//! x
use trialliance::{engine::*, scenario::Scenario};
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let text = r#"{"schema": "trialliance.scenario/1", "name": "textbook", "alpha": 0.05, "design": {"n_per_arm": {"SL": 29, "AL": 30, "SE": 29, "AE": 29}}, "response": {"outcomes": {"y": {"arm_means": {"SL": 20, "AL": 20, "SE": 20, "AE": 25}, "sd": 5,"baseline":{"mean":50,"sd":18,"correlation":0.5}}}}, "analyses": [{"method": "anova", "outcome": "y"},{"method": "ancova", "outcome": "y"},{"method": "change", "outcome": "y"},{"method": "welch", "outcome": "y"}]}"#;
    let mut s: Scenario = serde_json::from_str(text).unwrap();
    s.analyses.retain(|x| x.method == a[1]);
    if a[1] == "anova" {
        s.response.outcomes["y"].baseline = None;
    }
    let e = if a[2] == "p" { EngineChoice::Patients } else { EngineChoice::Statistics };
    let reps: u64 = a[3].parse().unwrap();
    let n: u64 = a[4].parse().unwrap();
    for (i, (_, v)) in s.design.n_per_arm.iter_mut().enumerate() {
        *v = n / 4 + u64::from((i as u64) < n % 4);
    }
    let mut best = f64::MAX;
    for _ in 0..a[5].parse().unwrap() {
        let t = std::time::Instant::now();
        run(
            &s,
            &RunOptions { replicates: reps, engine: e, threads: Some(1), ..Default::default() },
            &mut |_| {},
        )
        .unwrap();
        best = best.min(t.elapsed().as_secs_f64() / reps as f64);
    }
    println!("{} {} n {n}: {:.1} ns/trial", a[1], a[2], best * 1e9);
}
