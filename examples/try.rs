//! x
use trialliance::{engine::*, scenario::Scenario};
fn main() {
    let text = r#"{"schema": "trialliance.scenario/1", "name": "textbook", "alpha": 0.05, "design": {"n_per_arm": {"SL": 20, "AL": 20, "SE": 20, "AE": 20}}, "response": {"outcomes": {"y": {"arm_means": {"SL": 20, "AL": 20, "SE": 20, "AE": 25}, "sd": 5,"baseline":{"mean":50,"sd":18,"correlation":0.5}}}}, "analyses": [{"method": "anova", "outcome": "y"},{"method": "ancova", "outcome": "y"},{"method": "change", "outcome": "y"},{"method": "welch", "outcome": "y"}]}"#;
    let s: Scenario = serde_json::from_str(text).unwrap();
    for e in [EngineChoice::Patients, EngineChoice::Statistics] {
        let t = std::time::Instant::now();
        let r = run(
            &s,
            &RunOptions { replicates: 200_000, engine: e, threads: Some(1), ..Default::default() },
            &mut |_| {},
        )
        .unwrap();
        println!("{e:?} {:.0}/s", 200_000.0 / t.elapsed().as_secs_f64());
        for row in r.results.iter() {
            println!(
                "{:8} {:20} t {:6.2} b {:8.4} ese {:.4} mse {:.4} cov {:.4} pow {:.4} cf {:?} z {:.2?} S {:.4?} M {:.4?} g {:.4?} eta {:.4?}",
                row.analysis,
                row.estimand,
                row.truth.value,
                row.bias.value.unwrap(),
                row.empirical_se.value.unwrap(),
                row.model_se.value.unwrap(),
                row.coverage.value.unwrap(),
                row.power.value.unwrap(),
                row.closed_form.value,
                row.closed_form_difference_in_mcse,
                row.type_s.value,
                row.type_m.value,
                row.effect_size.hedges_g.value,
                row.effect_size.partial_eta_squared.value
            );
        }
    }
    for (n, base) in [(40u64, false), (117, false), (400, false), (40, true), (117, true), (400, true)] {
        for e in [EngineChoice::Patients, EngineChoice::Statistics] {
            let mut s = s.clone();
            s.analyses.truncate(2);
            if base {
                s.analyses.remove(0);
            } else {
                s.analyses.truncate(1);
                s.response.outcomes["y"].baseline = None;
            }
            for (i, (_, v)) in s.design.n_per_arm.iter_mut().enumerate() {
                *v = n / 4 + u64::from((i as u64) < n % 4);
            }
            let reps = if e == EngineChoice::Patients { 400_000_00 / n / 4 } else { 4_000_000 };
            let mut best = f64::MAX;
            for _ in 0..5 {
                let t = std::time::Instant::now();
                run(
                    &s,
                    &RunOptions { replicates: reps, engine: e, threads: Some(1), ..Default::default() },
                    &mut |_| {},
                )
                .unwrap();
                best = best.min(t.elapsed().as_secs_f64() / reps as f64);
            }
            println!("n {n} ancova {base} {e:?}: {:.1} ns/trial {:.0}/s", best * 1e9, 1.0 / best);
        }
    }
}
