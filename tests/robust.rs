//! Standard errors that do not assume equal variances: R's numbers, and what they do where variances differ.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::json;
use support::patients::{pain, read, with};
use support::{CONTRASTS, TWO_BY_TWO, analyzed, linear_models, relative_difference, row, simulate, value};
use trialliance::engine::EngineChoice;
use trialliance::scenario::{AnalysisSpec, StandardErrors};

const KINDS: [(StandardErrors, &str); 6] = [
    (StandardErrors::Hc0, "robust_hc0"),
    (StandardErrors::Hc1, "robust_hc1"),
    (StandardErrors::Hc2, "robust_hc2"),
    (StandardErrors::Hc3, "robust_hc3"),
    (StandardErrors::Hc4, "robust_hc4"),
    (StandardErrors::Hc2BellMcCaffrey, "robust_hc2_bell_mccaffrey"),
];

/// `sandwich` and `clubSandwich` on six data sets, without and with one to three covariates.
#[test]
fn robust_standard_errors_are_those_of_r() {
    let mut compared = 0;
    for name in TWO_BY_TWO {
        let fitted = linear_models(name);
        for (model, covariates) in [
            ("anova", &[][..]),
            ("ancova_1", &["baseline"][..]),
            ("ancova_2", &["baseline", "pcs"][..]),
            ("ancova_3", &["baseline", "pcs", "age"][..]),
        ] {
            for (kind, key) in KINDS {
                let method = if covariates.is_empty() { "anova" } else { "ancova" };
                let spec = AnalysisSpec {
                    covariates: Some(covariates.iter().map(|&name| name.to_owned()).collect()),
                    standard_errors: Some(kind),
                    ..AnalysisSpec::new(method, "outcome")
                };
                let result = analyzed(name, &spec, None);
                for (ours, contrast) in result.results.iter().zip(CONTRASTS) {
                    let reference = &fitted[model][key]["contrasts"][contrast];
                    let [low, high] = ours.ci;
                    let numbers = [
                        (ours.estimate, "estimate"),
                        (ours.se, "se"),
                        (ours.df.unwrap(), "df"),
                        (ours.p, "p"),
                        (low, "ci_lower"),
                        (high, "ci_upper"),
                    ];
                    for (ours, what) in numbers {
                        let Some(theirs) = reference[what].as_f64() else { continue };
                        let difference = relative_difference(ours, theirs);
                        assert!(
                            difference < 1e-9,
                            "{name} {model} {key} {contrast} {what}: {ours} for {theirs}"
                        );
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared >= 6 * 4 * 6 * 8 * 4, "{compared}");
}

/// Unequal arms, the smaller ones with the larger spread: the pooled standard error is far off, the robust
/// ones are not. 40,000 trials without any effect; a size misses its bound by 5 Monte Carlo standard
/// errors (.0011) less than once in 10⁶ times.
#[test]
fn size_and_coverage_where_variances_differ() {
    let mut scenario =
        with(pain(24), "/response/outcomes/pain/effects", json!({"alliance": 0, "ifc": 0, "interaction": 0}));
    scenario = with(scenario, "/response/outcomes/pain/sd", json!({"SL": 24, "AL": 12, "SE": 24, "AE": 12}));
    scenario = with(scenario, "/design/n_per_arm", json!({"SL": 10, "AL": 40, "SE": 10, "AE": 40}));
    let analysis = |id: &str, method: &str, errors: &str| json!({"id": id, "method": method, "outcome": "pain", "standard_errors": errors});
    scenario = with(
        scenario,
        "/analyses",
        json!([
            {"method": "anova", "outcome": "pain"},
            {"method": "welch", "outcome": "pain"},
            analysis("anova-hc2", "anova", "hc2"),
            analysis("anova-bm", "anova", "hc2-bell-mccaffrey"),
            analysis("ancova-bm", "ancova", "hc2-bell-mccaffrey"),
            analysis("ancova-hc3", "ancova", "hc3"),
        ]),
    );
    let result = simulate(&read(&scenario), EngineChoice::Auto, 1, 40_000);
    let size = |analysis: &str| value(&row(&result, analysis, "alliance").power);
    assert!(size("anova") > 0.12, "{}", size("anova"));
    for analysis in ["anova-bm", "ancova-bm"] {
        let found = row(&result, analysis, "alliance");
        // By approximation: not further off than a point of a hundred, where the pooled test is off by seven.
        assert!((size(analysis) - 0.05).abs() < 0.01, "{analysis}: {}", size(analysis));
        assert!((value(&found.coverage) - 0.95).abs() < 0.01);
    }
    assert!((size("ancova-hc3") - 0.05).abs() < 0.012, "{}", size("ancova-hc3"));
    // Without covariates the variance is Welch's; his degrees of freedom are other ones.
    let (hc2, welch) = (row(&result, "anova-hc2", "ifc"), row(&result, "welch", "ifc"));
    assert!(relative_difference(value(&hc2.model_se), value(&welch.model_se)) < 1e-12);
    // Who does not assume equal variances is not warned of unequal ones.
    let warned: Vec<&str> = result
        .warnings
        .iter()
        .filter(|warning| warning.code == "unequal_variances")
        .map(|warning| warning.message.as_str())
        .collect();
    assert!(warned.len() == 1 && warned[0].starts_with("anova "), "{warned:?}");
}
