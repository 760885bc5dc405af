//! x
use trialliance::engine::*;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let text = r#"{"schema": "trialliance.scenario/1", "name": "textbook", "alpha": 0.05, "design": {"n_per_arm": {"SL": 29, "AL": 30, "SE": 29, "AE": 29}}, "response": {"outcomes": {"y": {"arm_means": {"SL": 20, "AL": 20, "SE": 20, "AE": 25}, "sd": 5,"baseline":{"mean":50,"sd":18,"correlation":0.5}}}}, "analyses": [{"method": "anova", "outcome": "y"},{"method": "ancova", "outcome": "y"},{"method": "change", "outcome": "y"},{"method": "welch", "outcome": "y"}]}"#;
    let mut s = match trialliance::scenario::library::find(&a[1]) {
        Some(e) => trialliance::scenario::read(e.text, &a[1], &[]).unwrap(),
        None => {
            let mut s = trialliance::scenario::read(text, "x", &[]).unwrap();
            s.analyses.retain(|x| x.method == a[1]);
            if a[1] == "anova" {
                s.response.outcomes["y"].baseline = None;
            }
            s
        }
    };
    let e = if a[2] == "p" { EngineChoice::Patients } else { EngineChoice::Statistics };
    let reps: u64 = a[3].parse().unwrap();
    let n: u64 = a[4].parse().unwrap();
    if n > 0 {
        for (i, (_, v)) in s.design.n_per_arm.iter_mut().enumerate() {
            *v = n / 4 + u64::from((i as u64) < n % 4);
        }
    }
    let mut best = f64::MAX;
    let mut last = None;
    for _ in 0..a[5].parse().unwrap() {
        let t = std::time::Instant::now();
        last = Some(
            run(
                &s,
                &RunOptions { replicates: reps, engine: e, threads: Some(1), ..Default::default() },
                &mut |_| {},
            )
            .unwrap(),
        );
        best = best.min(t.elapsed().as_secs_f64() / reps as f64);
    }
    println!("{} {} n {n}: {:.1} ns/trial", a[1], a[2], best * 1e9);
    if a.len() > 6 {
        for row in last.unwrap().results.iter() {
            println!(
                "{:8} {:5} {:20} t {:6.2} b {:8.4} ese {:.4} mse {:.4} cov {:.4} pow {:.4} cf {:?} z {:.2?} S {:.4?} M {:.4?} g {:.4?} eta {:.4?}",
                row.analysis,
                row.outcome,
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
}
