//! Dunnett's test: its p values, its critical values, and its decisions trial by trial.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use assert_cmd::Command;
use serde_json::{Value, json};
use support::patients::{FAR, pain, read, with};
use support::{ENGINES, TWO_BY_TWO, linear_models, row, simulate, value};
use trialliance::engine::{EngineChoice, RunOptions, replicates};
use trialliance::scenario::{Override, library};
use trialliance::stats::{chi_squared, dunnett, noncentral_t, normal};

/// The comparisons and their arms in the files of R.
const COMPARISONS: [(&str, &str); 3] = [
    ("alliance_at_sham", "enhanced_sham"),
    ("ifc_at_limited", "limited_active"),
    ("joint", "enhanced_active"),
];

/// What Dunnett's test says of one data set, by the program.
fn analyzed(name: &str, words: &[&str]) -> Vec<f64> {
    let file = format!("{}/tests/reference/data/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let mut program = Command::cargo_bin("trialliance").unwrap();
    let output = program.args(["analyze", &file, "-f", "json", "--outcome", "outcome"]).args(words).output();
    let result: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    assert_eq!(result["multiplicity"], "dunnett");
    let rows = result["results"].as_array().unwrap();
    assert_eq!(rows.iter().filter(|row| !row["p_adjusted"].is_null()).count(), 3);
    let of = |id: &str| rows.iter().find(|row| row["estimand"] == id).unwrap()["p_adjusted"].as_f64();
    COMPARISONS.iter().map(|(id, _)| of(id).unwrap()).collect()
}

/// By quadrature in R, checked there with `multcomp::glht`.
#[test]
fn p_values_and_critical_values_are_those_of_r() {
    for name in TWO_BY_TWO {
        let fitted = linear_models(name);
        let theirs = &fitted["dunnett_vs_limited_sham"];
        let size = |arm: &str| fitted["cells"][arm]["n"].as_f64().unwrap();
        let loading = |arm: &str| (size(arm) / (size(arm) + size("limited_sham"))).sqrt();
        let loadings = COMPARISONS.map(|(_, arm)| loading(arm));
        let df = theirs["df"].as_f64().unwrap();
        let critical = dunnett::isf(0.05, df, &loadings);
        let difference = (critical - theirs["critical_value_95"].as_f64().unwrap()).abs();
        assert!(difference < 1e-9, "{name}: {critical}, {difference:e}");
        let ours = analyzed(name, &["--method", "anova", "--adjust", "dunnett"]);
        for ((_, arm), ours) in COMPARISONS.iter().zip(ours) {
            let of = |key: &str| theirs[key][arm].as_f64().unwrap();
            let direct = dunnett::sf(of("t").abs(), df, &loadings);
            for p in [ours, direct] {
                assert!((p - of("p_adjusted")).abs() < 1e-9, "{name} {arm}: {p} for {}", of("p_adjusted"));
            }
        }
    }
}

/// Adjusted for the baseline: the correlation matrix from the design matrix, the probabilities by SciPy
/// 1.17.1, `scipy.stats.multivariate_t.cdf(c, shape=R, df=df, lower_limit=-c, maxpts=4000000)`, good to
/// 5e-8.
#[test]
fn with_a_covariate_the_correlations_are_those_of_the_design() {
    let theirs = [
        [0.4011546, 0.0288150, 0.0000766],
        [0.2890869, 0.7164876, 0.3099757],
        [0.0005223, 0.0004392, 0.0000001],
        [0.2563357, 0.6333056, 0.0000013],
        [0.9115345, 0.8318224, 0.5228976],
        [0.1246889, 0.8330967, 0.0451613],
    ];
    for (name, theirs) in TWO_BY_TWO.iter().zip(theirs) {
        let ours = analyzed(name, &["--method", "ancova", "--baseline", "baseline", "--adjust", "dunnett"]);
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert!((ours - theirs).abs() < 2e-7, "{name}: {ours} for {theirs}");
        }
    }
}

/// A trial with Dunnett's test of the comparisons of one analysis.
fn trial(method: &str, effects: [f64; 3], n: u64) -> Value {
    let [alliance, ifc, synergy] = effects;
    let stated = json!({"alliance_at_sham": alliance, "ifc_at_limited": ifc, "synergy": synergy});
    let scenario = with(pain(n), "/response/outcomes/pain/effects", stated);
    let primary: Vec<String> = COMPARISONS.iter().map(|(id, _)| format!("{method}/{id}")).collect();
    with(with(scenario, "/primary", json!(primary)), "/multiplicity", json!({"procedure": "dunnett"}))
}

/// The family-wise error under the global null is alpha exactly, given the sizes and the covariates: fixed
/// and random sizes, with a covariate and without, few patients and many. Each fails by chance with
/// probability 6e-7 (five standard errors), so one of six with 4e-6.
#[test]
fn the_family_wise_error_is_alpha() {
    let unequal = json!({"SL": 30, "AL": 6, "SE": 12, "AE": 20});
    let none = [0.0; 3];
    let lost = json!({"missing": [{"outcomes": ["pain"], "rate": 0.25}]});
    let cases = [
        (trial("anova", none, 5), EngineChoice::Statistics, 100_000),
        (with(trial("anova", none, 5), "/design/n_per_arm", unequal), EngineChoice::Statistics, 100_000),
        (trial("ancova", none, 6), EngineChoice::Statistics, 40_000),
        (trial("ancova", none, 40), EngineChoice::Statistics, 40_000),
        (with(trial("anova", none, 8), "/observation", lost.clone()), EngineChoice::Patients, 20_000),
        (with(trial("ancova", none, 10), "/observation", lost), EngineChoice::Patients, 20_000),
    ];
    for (number, (scenario, engine, replicates)) in cases.into_iter().enumerate() {
        let result = simulate(&read(&scenario), engine, 3, replicates);
        let error = &result.family.as_ref().unwrap().familywise_error;
        let (found, mcse) = (value(error), error.mcse.unwrap());
        println!("{number}: {found} ({mcse})");
        assert!((found - 0.05).abs() < FAR * mcse, "{number}: {found} ({mcse})");
    }
}

/// Power of each comparison by the noncentral t distribution, and of any and of all by an integral over the
/// estimate of variance and the reference arm's mean, of which the simulation knows nothing. False alarms: as
/// above, for ten comparisons 6e-6.
#[test]
fn power_is_that_of_the_joint_distribution() {
    let n = 20.0_f64;
    let scenario = read(&trial("anova", [12.0, 9.0, -6.0], 20));
    let df = 4.0 * n - 4.0;
    let critical = dunnett::isf(0.05, df, &[0.5_f64.sqrt(); 3]);
    let shifts = [12.0, 9.0, 15.0].map(|effect: f64| effect / (16.0 * (2.0 / n).sqrt()));
    let middle = |k: usize, of: usize| (k as f64 + 0.5) / of as f64;
    let (mut any, mut all) = (0.0, 0.0);
    for i in 0..400 {
        let s = (chi_squared::quantile(middle(i, 400), df) / df).sqrt();
        for j in 0..400 {
            let z = normal::quantile(middle(j, 400));
            let claimed = |shift: f64| {
                let center = shift + z * 0.5_f64.sqrt();
                let beyond = |x: f64| normal::sf(x * 2.0_f64.sqrt());
                beyond(critical * s - center) + beyond(critical * s + center)
            };
            any += 1.0 - shifts.iter().map(|&shift| 1.0 - claimed(shift)).product::<f64>();
            all += shifts.iter().map(|&shift| claimed(shift)).product::<f64>();
        }
    }
    for engine in ENGINES {
        let family = simulate(&scenario, engine, 8, 20_000).family.unwrap();
        let near = |measure: &trialliance::result::Measure, expected: f64| {
            let gap = (value(measure) - expected).abs();
            assert!(gap < FAR * measure.mcse.unwrap(), "{} for {expected}", value(measure));
        };
        near(&family.any, any / 160_000.0);
        near(&family.all, all / 160_000.0);
        for (one, shift) in family.hypotheses.iter().zip(shifts) {
            near(&one.power, noncentral_t::sf(critical, df, shift) + noncentral_t::cdf(-critical, df, shift));
        }
    }
}

/// Trial by trial: bounds and integrals in the loop decide as the adjusted p value of each trial does, here
/// by its own variances. With 4 to 8 patients in an arm the correlations differ widely, and where no
/// loadings give them the comparisons count as independent.
#[test]
fn decisions_are_those_of_the_adjusted_p_values() {
    let lost = json!({"missing": [{"outcomes": ["pain"], "rate": 0.3}]});
    for (method, n, lose) in [("ancova", 8, true), ("ancova", 4, false), ("anova", 8, true)] {
        let mut scenario = trial(method, [14.0, 9.0, 2.0], n);
        if lose {
            scenario = with(scenario, "/observation", lost.clone());
        }
        let scenario = read(&scenario);
        let family = simulate(&scenario, EngineChoice::Patients, 1, 1_500).family.unwrap();
        let options = RunOptions { seed: 1, replicates: 1_500, ..RunOptions::default() };
        let mut trials: Vec<Vec<(f64, f64, f64)>> = Vec::new();
        let mut see = |seen: &trialliance::engine::ReplicateRow<'_>| {
            if seen.analysis == method {
                let answer = seen.answer.map_or((0.0, 1.0, 9.0), |one| (one.estimate, one.se, one.df));
                match trials.last_mut() {
                    Some(last) if last.len() < 8 => last.push(answer),
                    _ => trials.push(vec![answer]),
                }
            }
            Ok(())
        };
        replicates(&scenario, &options, &mut see).unwrap();
        assert_eq!(trials.len(), 1_500);
        let mut claimed = [0_u32; 3];
        for rows in &trials {
            let variance = |one: usize| rows[one].1 * rows[one].1;
            // Covariances of alliance_at_sham (3), ifc_at_limited (5) and joint (7): differences are the
            // effects of ifc_at_enhanced (6) and alliance_at_active (4), and of the main effects (0, 1).
            let of = |one: usize, other: usize, difference: f64| {
                (variance(one) + variance(other) - difference) / (2.0 * rows[one].1 * rows[other].1)
            };
            let main = 2.0 * variance(0) + 2.0 * variance(1) - variance(7);
            let correlations = [of(3, 5, main), of(3, 7, variance(6)), of(5, 7, variance(4))];
            let loadings = dunnett::loadings(&correlations).unwrap_or([0.0; 3]);
            for (count, one) in claimed.iter_mut().zip([3, 5, 7]) {
                let (estimate, se, df) = rows[one];
                *count += u32::from(dunnett::sf((estimate / se).abs(), df, &loadings) <= 0.05);
            }
        }
        for (one, count) in family.hypotheses.iter().zip(claimed) {
            assert!(count > 15, "{method} {n}: {count}");
            assert_eq!((value(&one.power) * 1_500.0).round() as u32, count, "{method} {n} {}", one.estimand);
        }
    }
}

/// It claims more than Bonferroni, and of one comparison it is the t test.
#[test]
fn it_uses_what_the_comparisons_share() {
    let scenario = trial("ancova", [8.0, 6.0, 0.0], 30);
    let run = |scenario: &Value| simulate(&read(scenario), EngineChoice::Statistics, 4, 20_000);
    let of = |procedure: &str| {
        let stated = with(scenario.clone(), "/multiplicity", json!({"procedure": procedure}));
        value(&run(&stated).family.unwrap().any)
    };
    assert!(of("dunnett") > of("sidak") && of("sidak") > of("bonferroni"));
    let alone = run(&with(scenario.clone(), "/primary", json!(["ancova/joint"])));
    let power = value(&row(&alone, "ancova", "joint").power);
    assert_eq!(value(&alone.family.as_ref().unwrap().any), power);
    assert!(power > 0.2 && power < 0.99);
    // Two of three: less is shared out.
    let two = run(&with(scenario.clone(), "/primary", json!(["ancova/joint", "ancova/ifc_at_limited"])));
    let joint = |result: &trialliance::result::RunResult| {
        let family = result.family.as_ref().unwrap();
        value(&family.hypotheses.iter().find(|one| one.estimand == "joint").unwrap().power)
    };
    assert!(joint(&two) > joint(&run(&scenario)) && joint(&two) < power);
}

#[test]
fn what_does_not_suit_it_is_refused() {
    let refused = |primary: &str| {
        let sets = [
            format!("/primary={primary}"),
            r#"/multiplicity={"procedure": "dunnett"}"#.to_owned(),
            r#"/analyses/1/standard_errors="hc3""#.to_owned(),
        ];
        let sets = sets.map(|set| Override::parse(&set).unwrap());
        let text = library::find("fuentes-2014").unwrap().text;
        let error = trialliance::scenario::read(text, "fuentes-2014", &sets).expect_err("must be refused");
        error.problems[0].clone()
    };
    let mixed = refused(r#"["ancova/joint", "ancova/alliance"]"#);
    assert_eq!(mixed.pointer, "/primary");
    assert_eq!(mixed.found, "Dunnett's test with `ancova/pain/alliance`");
    assert!(mixed.allowed.contains("`alliance_at_sham`, `ifc_at_limited` and `joint`"), "{}", mixed.allowed);
    assert!(
        mixed
            .help
            .unwrap()
            .contains(r#"["ancova/alliance_at_sham", "ancova/ifc_at_limited", "ancova/joint"]"#)
    );
    assert_eq!(refused(r#"["anova/joint"]"#).found, "Dunnett's test with the analysis `anova`");
    let unequal = refused(r#"["welch/joint"]"#);
    assert_eq!(unequal.found, "Dunnett's test with the analysis `welch`");
    assert!(unequal.allowed.contains("one of `anova`, `ancova`, `change`"), "{}", unequal.allowed);
    assert!(
        refused(r#"["ancova/joint", "change/ifc_at_limited"]"#).found.contains("change/pain/ifc_at_limited")
    );
}

#[test]
fn analyze_says_where_it_does_not_suit() {
    let file = format!("{}/tests/reference/data/{}.csv", env!("CARGO_MANIFEST_DIR"), TWO_BY_TWO[0]);
    let tell = |words: &[&str]| {
        let mut program = Command::cargo_bin("trialliance").unwrap();
        let output = program.args(["analyze", &file, "--outcome", "outcome"]).args(words).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, told) = tell(&["--method", "welch", "--adjust", "dunnett"]);
    assert_eq!(code, Some(2));
    assert!(told.contains("needs one variance for all arms, which welch has not"), "{told}");
    assert!(told.contains("--method ancova, anova or change"), "{told}");
    let (code, told) = tell(&["--method", "anova", "--standard-errors", "hc3", "--adjust", "dunnett"]);
    assert_eq!(code, Some(2));
    assert!(told.contains("which anova has not"), "{told}");
    let (code, told) = tell(&["--adjust", "graph"]);
    assert_eq!(code, Some(2));
    assert!(told.contains("--adjust graph needs a scenario that states the graph"), "{told}");
}
