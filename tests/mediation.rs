//! Does `mediation` find what goes through a mediator, and is its truth what it claims to be?
//!
//! Against R's two models to 1e-9; simulated trials against closed forms. Seeds are fixed. A comparison by
//! Monte Carlo standard errors fails beyond 5 of them, by chance in 6 of 10 million seeds each; a
//! share of claims or of coverage is allowed 5 standard errors at its nominal value.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::patients::{near, pain, read, run, with};
use support::{reference, relative_difference, row, value};
use trialliance::data::{Asked, Dataset, Request, Roles, Table, TrialAnalysis, analyze};
use trialliance::report::{Format, render};
use trialliance::result::{RunResult, TruthKind};
use trialliance::scenario::AnalysisSpec;

/// R's analysis of a file, by ours.
fn analyzed(name: &str, resamples: Option<u64>) -> TrialAnalysis {
    let bytes = std::fs::read(format!("{}/tests/reference/data/{name}.csv", env!("CARGO_MANIFEST_DIR")));
    let table = Table::read(&bytes.unwrap()).unwrap();
    let request = Request {
        outcome: Some("outcome".to_owned()),
        methods: vec!["mediation".to_owned()],
        options: AnalysisSpec { mediator: Some("wai".to_owned()), resamples, ..AnalysisSpec::default() },
        ..Request::default()
    };
    let roles = Roles::find(&table, &request, None).unwrap();
    let data = Dataset::read(&table, &roles, None).unwrap();
    let asked = Asked { source: name, alpha: 0.05, confidence_level: 0.95, draws: (1, 0), better: &|_| None };
    analyze(&data, &roles, &asked).unwrap()
}

#[test]
fn paths_and_their_product_are_those_of_two_regressions_by_r() {
    for name in ["two_by_two_balanced_n48", "two_by_two_n117_29_30_29_29"] {
        let theirs: Value = serde_json::from_str(&reference(&format!("mediation/{name}.json"))).unwrap();
        let result = analyzed(name, Some(99));
        assert!(result.warnings.iter().any(|warning| warning.contains("sequential ignorability")));
        let [indirect, direct, total, a, b] = result.results.as_slice() else { panic!("five estimands") };
        let aroian = (a.estimate * a.estimate * b.se * b.se
            + b.estimate * b.estimate * a.se * a.se
            + a.se * a.se * b.se * b.se)
            .sqrt();
        for (what, ours, pointer) in [
            ("path a", a.estimate, "/path_a/estimate"),
            ("SE of path a", a.se, "/path_a/se"),
            ("path b", b.estimate, "/path_b/estimate"),
            ("SE of path b", b.se, "/path_b/se"),
            ("indirect", indirect.estimate, "/indirect"),
            ("Sobel", indirect.se, "/sobel_se"),
            ("z", indirect.estimate / indirect.se, "/sobel_z"),
            ("p", indirect.p, "/sobel_p"),
            ("Aroian", aroian, "/aroian_se"),
            ("direct", direct.estimate, "/direct/estimate"),
            ("SE of direct", direct.se, "/direct/se"),
            ("total", total.estimate, "/total/estimate"),
            ("SE of total", total.se, "/total/se"),
            ("total − direct", total.estimate - direct.estimate, "/total_minus_direct"),
        ] {
            let theirs = theirs.pointer(pointer).and_then(Value::as_f64).unwrap();
            assert!(relative_difference(ours, theirs) < 1e-9, "{name} {what}: {ours} for {theirs}");
        }
        // N − 4 − 1 with the mediator, one more without, and a normal statistic for the product.
        let n = result.data.n as f64;
        assert_eq!((direct.df, total.df, indirect.df), (Some(n - 5.0), Some(n - 4.0), None));
    }
}

/// The alliance acts by what patients perceive, and a fifth of it does not; its rating has no error.
fn perceived(n: u64) -> Value {
    let scenario = with(
        pain(n),
        "/response/outcomes/pain/effects",
        json!({"alliance": 12.5, "ifc": 8.6, "interaction": 0}),
    );
    let scenario = with(
        scenario,
        "/response/delivery",
        json!({"fidelity": 0.9, "contamination": 0.1, "residual_sd": 0.3, "effect_of": "delivery",
               "direct_share": 0.2,
               "rating": {"id": "rating", "at_first_level": 78, "at_second_level": 104, "sem": 0}}),
    );
    with(
        scenario,
        "/analyses",
        json!([{"method": "mediation", "outcome": "pain", "mediator": "rating", "covariates": ["baseline"]}]),
    )
}

const INDIRECT: &str = "alliance_indirect";
const DIRECT: &str = "alliance_direct";
const TOTAL: &str = "alliance_total";
const A: &str = "alliance_on_mediator";
const B: &str = "mediator_on_outcome";

/// 12.5 · 0.8 reaches patients by what they perceive, of which the styles differ by 0.8; 12.5 · 0.2 does
/// not. The rating differs by 26 · 0.8, and a point of it goes with 12.5 · 0.8 ÷ 26.
const TRUTHS: [(&str, f64); 5] =
    [(INDIRECT, -8.0), (DIRECT, -2.5), (TOTAL, -10.5), (A, 20.8), (B, -10.0 / 26.0)];

fn one<'r>(result: &'r RunResult, estimand: &str) -> &'r trialliance::result::Row {
    row(result, "mediation", estimand)
}

#[track_caller]
fn share_near(measure: &trialliance::result::Measure, nominal: f64, trials: f64) {
    near(value(measure), nominal, (nominal * (1.0 - nominal) / trials).sqrt());
}

#[test]
fn without_error_of_measurement_everything_is_found_as_it_is() {
    let result = run(&perceived(30), 4000);
    for (estimand, truth) in TRUTHS {
        let row = one(&result, estimand);
        assert!((row.truth.value - truth).abs() < 1e-12 && row.truth.kind == TruthKind::Exact, "{row:?}");
        near(value(&row.bias), 0.0, row.bias.mcse.unwrap());
        share_near(&row.coverage, 0.95, 4000.0);
        let (model, empirical) = (&row.model_se, &row.empirical_se);
        near(value(model), value(empirical), empirical.mcse.unwrap());
    }
    // What is no change of the outcome is no benefit either.
    assert_eq!(one(&result, INDIRECT).benefit_sign, Some(-1));
    assert_eq!((one(&result, A).benefit_sign, one(&result, B).benefit_sign), (None, None));
    assert!(result.warnings.iter().any(|warning| warning.code == "sequential_ignorability"));
}

/// Least squares without an interaction weighs the levels of the treatment by the sizes of their arms.
#[test]
fn averages_over_uneven_arms_are_told_where_the_effects_differ() {
    let warned = |sizes: Value, interaction: f64| {
        let uneven = with(perceived(30), "/design/n_per_arm", sizes);
        let uneven = with(uneven, "/response/outcomes/pain/effects/interaction", json!(interaction));
        let result = run(&uneven, 2000);
        let is_told = result.warnings.iter().any(|warning| warning.code == "averages_differ");
        (is_told, one(&result, TOTAL).bias.clone())
    };
    let uneven = json!({"SL": 20, "AL": 60, "SE": 20, "AE": 60});
    let (is_told, bias) = warned(uneven.clone(), 8.0);
    // A quarter of the weight at sham in place of a half, between effects that differ by 8 · 0.8 and 8 · 0.2.
    let expected = -0.25 * 8.0 * 0.84;
    near(value(&bias), expected, bias.mcse.unwrap());
    assert!(is_told);
    let (is_told, bias) = warned(uneven, 0.0);
    near(value(&bias), 0.0, bias.mcse.unwrap());
    assert!(!is_told);
    assert!(!warned(json!({"SL": 30, "AL": 30, "SE": 30, "AE": 30}), 8.0).0);
    // Weights of the total effect are equal, those of the path to the outcome are not.
    assert!(warned(json!({"SL": 40, "AL": 120, "SE": 40, "AE": 24}), 8.0).0);
    // Context levels of other sizes weigh nothing.
    assert!(!warned(json!({"SL": 20, "AL": 20, "SE": 60, "AE": 60}), 8.0).0);
    let mut by_chance = with(perceived(30), "/response/outcomes/pain/effects/interaction", json!(8));
    by_chance["design"] = json!({"n_total": 140, "ratio": {"SL": 1, "AL": 3, "SE": 2, "AE": 1},
                                 "assignment": {"method": "blocks", "block_sizes": [7]}});
    assert!(run(&by_chance, 300).warnings.iter().any(|warning| warning.code == "averages_differ"));
}

#[test]
fn error_of_the_rating_turns_indirect_into_direct_by_its_reliability() {
    let sem = 5.0;
    let scenario = with(perceived(60), "/response/delivery/rating/sem", json!(sem));
    let result = run(&scenario, 4000);
    // Within arms the rating varies by 26 · 0.3 and its error.
    let variance: f64 = (26.0_f64 * 0.3).powi(2);
    let reliability = variance / (variance + sem * sem);
    let expected = [
        (INDIRECT, -8.0 * reliability),
        (DIRECT, -2.5 - 8.0 * (1.0 - reliability)),
        (TOTAL, -10.5),
        (A, 20.8),
    ];
    for (estimand, expected) in expected {
        let mean = &one(&result, estimand).mean_estimate;
        near(value(mean), expected, mean.mcse.unwrap());
    }
    assert!((one(&result, INDIRECT).truth.value + 8.0).abs() < 1e-12);
    assert!(value(&one(&result, INDIRECT).coverage) < 0.9);
}

#[test]
fn tests_keep_their_level_where_one_path_is_strong_and_not_where_both_are_weak() {
    // Nothing goes through what is perceived, though it differs much: close to a test of path b.
    let nothing = with(perceived(30), "/response/delivery/direct_share", json!(1));
    let result = run(&nothing, 4000);
    let indirect = one(&result, INDIRECT);
    assert_eq!((indirect.truth.value, one(&result, B).truth.value), (0.0, 0.0));
    share_near(&indirect.power, 0.05, 4000.0);
    share_near(&one(&result, B).power, 0.05, 4000.0);
    share_near(&indirect.coverage, 0.95, 4000.0);
    // Two outcomes that know nothing of each other or of the arms: Sobel's test claims next to nothing.
    let mut unrelated = pain(30);
    unrelated["response"]["outcomes"] = json!({
        "pain": {"arm_means": {"SL": 40, "AL": 40, "SE": 40, "AE": 40}, "sd": 16},
        "trust": {"arm_means": {"SL": 5, "AL": 5, "SE": 5, "AE": 5}, "sd": 2}});
    unrelated["analyses"] =
        json!([{"method": "mediation", "outcome": "pain", "mediator": "trust", "covariates": []}]);
    let result = run(&unrelated, 4000);
    assert!(value(&one(&result, INDIRECT).power) < 0.005);
    share_near(&one(&result, TOTAL).power, 0.05, 4000.0);
    share_near(&one(&result, A).power, 0.05, 4000.0);
    share_near(&one(&result, B).power, 0.05, 4000.0);
}

#[test]
fn bootstrap_limits_cover_and_lie_near_those_of_the_product() {
    let scenario = with(perceived(30), "/analyses/0/resamples", json!(199));
    let result = run(&scenario, 1000);
    share_near(&one(&result, INDIRECT).coverage, 0.95, 1000.0);
    assert_eq!(one(&result, INDIRECT).failures, 0);
    // A file: 9,999 samples unless something else is asked for; other estimands have t intervals.
    let name = "two_by_two_n117_29_30_29_29";
    let [usual, stated, few] = [None, Some(9_999), Some(99)].map(|resamples| analyzed(name, resamples));
    assert_eq!(usual.results, stated.results);
    assert_ne!(usual.results[0].ci, few.results[0].ci);
    assert_eq!(usual.results[1..], few.results[1..]);
    let [lower, upper] = usual.results[0].ci;
    let se = usual.results[0].se;
    // Of about 4 standard errors' width, asymmetric; percentiles of 9,999 samples vary by 0.03 of them.
    assert!(lower < usual.results[0].estimate && upper > usual.results[0].estimate);
    assert!((3.0..5.0).contains(&((upper - lower) / se)), "{lower} {upper} {se}");
}

#[test]
fn truths_without_a_formula_are_those_with_one_where_nothing_changes_them() {
    // Steps of three points are too fine to change means, but they are not linear; and effects that go with
    // what readies patients to perceive leave the mean indirect effect what it is.
    let steps = with(perceived(20), "/observation/instruments", json!({"pain": {"step": 3}}));
    let tied = with(
        with(
            perceived(20),
            "/response/outcomes/pain/moderators",
            json!({"alliance": {"pain_baseline": 0.5}}),
        ),
        "/response/delivery/disposition_sd",
        json!(0.4),
    );
    for scenario in [steps, tied] {
        let result = run(&scenario, 64);
        for (estimand, truth) in &TRUTHS[..2] {
            let row = one(&result, estimand);
            assert!(
                row.truth.kind == TruthKind::Simulated && (row.truth.latent - truth).abs() < 1e-12,
                "{row:?}"
            );
            near(row.truth.value, *truth, row.truth.mcse);
        }
        let sum = one(&result, INDIRECT).truth.value + one(&result, DIRECT).truth.value;
        assert!((sum - one(&result, TOTAL).truth.value).abs() < 1e-9);
        assert_eq!(one(&result, B).truth.kind, TruthKind::Undefined);
    }
    // A ceiling of the rating makes less of the first path and leaves the effects alone.
    let ceiling = with(perceived(20), "/response/delivery/rating/max", json!(100));
    let result = run(&ceiling, 64);
    let on_mediator = one(&result, A);
    assert_eq!((on_mediator.truth.kind, on_mediator.truth.latent), (TruthKind::Simulated, 20.8));
    assert!(on_mediator.truth.value < 19.0);
    assert!((one(&result, INDIRECT).truth.value + 8.0).abs() < 1e-12);
}

#[test]
fn effects_through_another_outcome_have_no_truth_and_say_why() {
    let mut scenario = pain(20);
    scenario["response"]["outcomes"]["trust"] =
        json!({"arm_means": {"SL": 5, "AL": 5, "SE": 7, "AE": 7}, "sd": 2, "better": "higher"});
    scenario["analyses"] = json!([{"method": "mediation", "outcome": "pain", "mediator": "trust"}]);
    scenario["primary"] = json!([INDIRECT]);
    let result = run(&scenario, 200);
    for estimand in [INDIRECT, DIRECT, B] {
        let row = one(&result, estimand);
        assert_eq!(row.truth.kind, TruthKind::Undefined);
        assert!(row.truth.why.as_ref().unwrap().contains("does not say how trust acts"));
        for measure in [&row.bias, &row.coverage, &row.type_s, &row.type_m] {
            assert!(measure.value.is_none() && measure.why.is_some());
        }
        assert!(row.mean_estimate.value.is_some() && row.power.value.is_some());
    }
    assert_eq!(one(&result, TOTAL).truth.value, -12.5);
    assert_eq!(one(&result, A).truth.value, 2.0);
    let text = render(&result, Format::Json, "");
    assert!(!text.contains("NaN"));
    let json: Value = serde_json::from_str(&text).unwrap();
    assert!(json["results"][0]["truth"]["value"].is_null() && json["results"][0]["truth"]["why"].is_string());
    let back: RunResult = serde_json::from_str(&text).unwrap();
    assert!(back.results[0].truth.value.is_nan() && back.results[2] == result.results[2]);
    for format in [Format::Text, Format::Csv, Format::Markdown] {
        assert!(!render(&result, format, "").contains("NaN"));
    }
}

#[test]
fn a_mediator_must_be_there_and_be_named() {
    let wrong = |analysis: Value| {
        let scenario = with(perceived(20), "/analyses", json!([analysis]));
        trialliance::scenario::read(&scenario.to_string(), "test", &[]).unwrap_err().to_string()
    };
    assert!(wrong(json!({"method": "mediation", "outcome": "pain"})).contains("without `mediator`"));
    let unknown = json!({"method": "mediation", "outcome": "pain", "mediator": "ratings"});
    assert!(wrong(unknown).contains("did you mean `rating`"));
    // A mediator that is the same in all patients of an arm tells nothing beside the arms.
    let constant = with(perceived(20), "/response/delivery/residual_sd", json!(0));
    let scenario = read(&constant);
    let options = trialliance::engine::RunOptions { replicates: 32, keep_going: true, ..Default::default() };
    let result = trialliance::engine::run(&scenario, &options, &mut |_| {}).unwrap();
    assert_eq!(result.analyses["mediation"].failures.get("singular"), Some(&32));
}
