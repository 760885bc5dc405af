//! Are limits of effect sizes, tests of residuals and measures of influence those of other programs?

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use serde_json::Value;
use std::collections::HashMap;
use support::{TWO_BY_TWO, linear_models, reference, relative_difference};
use trialliance::data::{Asked, Check, Dataset, Request, Roles, Table, TrialAnalysis, analyze};
use trialliance::scenario::AnalysisSpec;
use trialliance::stats::noncentrality::{limits_of_f, limits_of_t};
use trialliance::stats::shapiro_wilk::shapiro_wilk;
use trialliance::stats::{noncentral_f, noncentral_t};

#[track_caller]
fn same(ours: f64, theirs: f64, tolerance: f64, place: &str) {
    let difference = relative_difference(ours, theirs);
    assert!(difference < tolerance, "{place}: {ours} for {theirs} ({difference:.1e})");
}

/// Numbers that are written with all their digits.
fn digits(values: &Value) -> [f64; 2] {
    [0, 1].map(|k| values[k].as_str().unwrap().parse().unwrap())
}

fn file(path: &str) -> Value {
    serde_json::from_str(&reference(path)).unwrap()
}

#[test]
fn limits_of_noncentralities_agree_with_fifty_digits() {
    let limits = file("effect_sizes/limits.json");
    let number = |case: &Value, name: &str| case[name].as_f64().unwrap();
    let mut cases = 0;
    for case in limits["t"].as_array().unwrap() {
        let ours = limits_of_t(number(case, "t"), number(case, "df"), number(case, "level"));
        for (ours, theirs) in ours.iter().zip(digits(&case["limits"])) {
            same(*ours, theirs, 1e-11, &case.to_string());
            cases += 1;
        }
    }
    for case in limits["f"].as_array().unwrap() {
        let [f, df1, df2] = ["f", "df1", "df2"].map(|name| number(case, name));
        let ours = limits_of_f(f, df1, df2, number(case, "level"));
        for (ours, theirs) in ours.iter().zip(digits(&case["limits"])) {
            same(*ours, theirs, 1e-11, &case.to_string());
            cases += 1;
        }
    }
    assert_eq!(cases, 40);
}

/// The example of `conf.limits.nct` in the manual of the R package MBESS.
#[test]
fn a_printed_example_is_met() {
    let [lower, upper] = limits_of_t(2.83, 126.0, 0.95);
    assert!((lower - 0.833_750_2).abs() < 1e-6 && (upper - 4.815_359).abs() < 1e-6, "{lower} {upper}");
}

#[test]
fn shapiro_and_wilk_s_test_agrees_with_scipy() {
    let samples = file("effect_sizes/shapiro_wilk.json");
    let samples = samples["samples"].as_array().unwrap();
    for sample in samples {
        let [n, power] = ["n", "power"].map(|name| sample[name].as_u64().unwrap());
        let values: Vec<f64> = (1..=n).map(|k| (k * 7919 % 10_007).pow(power as u32) as f64).collect();
        let ours = shapiro_wilk(&values).unwrap();
        same(ours.w, sample["w"].as_f64().unwrap(), 1e-6, &sample.to_string());
        same(ours.p, sample["p"].as_f64().unwrap(), 1e-6, &sample.to_string());
    }
    assert_eq!(samples.len(), 24);
}

/// Analysis of the data of `text` by methods with covariates.
fn analyzed(text: &str, methods: &[&str], covariates: &[&str], baseline: bool, level: f64) -> TrialAnalysis {
    let table = Table::read(text.as_bytes()).unwrap();
    let named = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let request = Request {
        outcome: Some("outcome".to_owned()),
        methods: named(methods),
        options: AnalysisSpec { covariates: Some(named(covariates)), ..AnalysisSpec::default() },
        ..Request::default()
    };
    let mut roles = Roles::find(&table, &request, None).unwrap();
    if !baseline {
        for analysis in &mut roles.analyses {
            analysis.covariates = Some(named(covariates));
        }
    }
    let data = Dataset::read(&table, &roles, None).unwrap();
    let asked =
        Asked { source: "data", alpha: 0.05, confidence_level: level, draws: (1, 0), better: &|_| None };
    analyze(&data, &roles, &asked).unwrap()
}

fn data(name: &str) -> String {
    reference(&format!("data/{name}.csv"))
}

fn check<'r>(result: &'r TrialAnalysis, analysis: &str, code: &str) -> &'r Check {
    let mut checks = result.checks.iter();
    checks.find(|check| check.code == code && check.analysis.as_deref() == Some(analysis)).unwrap()
}

#[test]
fn shapiro_and_wilk_s_test_of_residuals_agrees_with_r() {
    for name in TWO_BY_TWO {
        let theirs = &linear_models(name)["assumptions"]["shapiro_residuals"];
        let result = analyzed(&data(name), &["anova"], &[], true, 0.95);
        let ours = &check(&result, "anova", "normal_residuals").values;
        same(ours["w"], theirs["w"].as_f64().unwrap(), 1e-10, name);
        same(ours["p"], theirs["p"].as_f64().unwrap(), 1e-10, name);
    }
}

/// R's t statistics and sizes of arms are all that exact limits of a contrast need.
#[test]
fn limits_of_hedges_g_are_those_at_which_t_has_the_tails() {
    for name in TWO_BY_TWO {
        let fitted = linear_models(name);
        let cells = &fitted["cells"];
        let arms = ["limited_sham", "limited_active", "enhanced_sham", "enhanced_active"];
        let sizes = arms.map(|arm| cells[arm]["n"].as_f64().unwrap());
        for level in [0.95, 0.8] {
            let result = analyzed(&data(name), &["anova", "change", "welch", "ancova"], &[], true, level);
            for row in result.results.iter().filter(|row| row.analysis == "anova") {
                let estimand = match row.estimand.as_str() {
                    "joint" => "enhanced_active_minus_limited_sham",
                    estimand => estimand,
                };
                let theirs = &fitted["anova"]["contrasts"][estimand];
                let (t, df) = (theirs["t"].as_f64().unwrap(), theirs["df"].as_f64().unwrap());
                let weights = fitted["contrast_weights"][estimand].as_array().unwrap();
                let scale: f64 =
                    weights.iter().zip(sizes).map(|(w, n)| w.as_f64().unwrap().powi(2) / n).sum();
                let [low, high] = row.hedges_g_ci.unwrap().map(|limit| limit / scale.sqrt());
                let place = format!("{name} {estimand}");
                same(noncentral_t::sf(t, df, low), (1.0 - level) / 2.0, 1e-8, &place);
                same(noncentral_t::cdf(t, df, high), (1.0 - level) / 2.0, 1e-8, &place);
                let g = row.hedges_g.unwrap();
                assert!(row.hedges_g_ci.unwrap()[0] < g && g < row.hedges_g_ci.unwrap()[1], "{place}");
            }
            // Their t statistics are not those of the standardised difference.
            let others = result.results.iter().filter(|row| row.analysis != "anova");
            assert!(others.clone().all(|row| row.hedges_g.is_some() && row.hedges_g_ci.is_none()));
            assert_eq!(others.count(), 24);
        }
    }
}

#[test]
fn without_covariates_ancova_has_the_limits_of_anova() {
    let text = data(TWO_BY_TWO[0]);
    let result = analyzed(&text, &["anova", "ancova"], &[], false, 0.95);
    let of = |analysis: &str| -> Vec<Option<[f64; 2]>> {
        let rows = result.results.iter().filter(|row| row.analysis == analysis);
        rows.map(|row| row.hedges_g_ci).collect()
    };
    assert_eq!(of("anova").len(), 8);
    for (one, other) in of("anova").iter().zip(of("ancova")) {
        for (a, b) in one.unwrap().iter().zip(other.unwrap()) {
            same(*a, b, 1e-12, "anova and ancova");
        }
    }
}

#[test]
fn limits_of_shares_of_variance_are_those_at_which_f_has_the_tails() {
    let mut zero = 0;
    for name in TWO_BY_TWO {
        let fitted = linear_models(name);
        let patients = fitted["n"].as_f64().unwrap();
        let result = analyzed(&data(name), &["ancova"], &[], true, 0.9);
        for (kind, key) in [(1, "type1_covariates_first"), (2, "type2"), (3, "type3")] {
            let table = &fitted["ancova_1"][key]["table"];
            let df2 = table["Residuals"]["df"].as_f64().unwrap();
            for row in result.anova.iter().filter(|row| row.kind == kind) {
                if row.term == "residuals" {
                    assert!(row.partial_eta_squared_ci.is_none() && row.partial_omega_squared_ci.is_none());
                    continue;
                }
                let f = table[&row.term]["f"].as_f64().unwrap();
                let [low, high] =
                    row.partial_eta_squared_ci.unwrap().map(|share| patients * share / (1.0 - share));
                assert_eq!(row.partial_eta_squared_ci, row.partial_omega_squared_ci);
                let place = format!("{name} {key} {}", row.term);
                for (limit, tail, at_zero) in [
                    (
                        low,
                        noncentral_f::sf(f, row.df, df2, low),
                        noncentral_f::sf(f, row.df, df2, 0.0) >= 0.05,
                    ),
                    (
                        high,
                        noncentral_f::cdf(f, row.df, df2, high),
                        noncentral_f::cdf(f, row.df, df2, 0.0) <= 0.05,
                    ),
                ] {
                    assert_eq!(limit == 0.0, at_zero, "{place}");
                    if limit > 0.0 {
                        same(tail, 0.05, 1e-8, &place);
                    } else {
                        zero += 1;
                    }
                }
            }
        }
    }
    assert!(zero > 5);
}

/// Columns of a file by name.
fn columns(text: &str) -> HashMap<String, Vec<String>> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut columns: HashMap<String, Vec<String>> = HashMap::new();
    for line in lines {
        for (name, cell) in header.iter().zip(line.split(',')) {
            columns.entry((*name).to_owned()).or_default().push(cell.to_owned());
        }
    }
    columns
}

/// Residuals, leverages, standardised residuals and Cook's distances by the normal equations of the whole
/// design, with an indicator of each cell.
fn influence(text: &str, response: &dyn Fn(usize) -> f64, covariates: &[Vec<f64>]) -> [Vec<f64>; 4] {
    let named = columns(text);
    let (alliance, ifc) = (&named["alliance"], &named["ifc"]);
    let n = alliance.len();
    let design: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            let cell = 2 * usize::from(alliance[i] == "enhanced") + usize::from(ifc[i] == "active");
            let indicators = (0..4).map(|k| f64::from(u8::from(k == cell)));
            indicators.chain(covariates.iter().map(|column| column[i])).collect()
        })
        .collect();
    let p = design[0].len();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let cross: Vec<Vec<f64>> =
        (0..p).map(|j| (0..p).map(|k| design.iter().map(|row| row[j] * row[k]).sum()).collect()).collect();
    let solve = |right: &[f64]| trialliance::stats::cholesky::solve(&cross, right).unwrap();
    let right: Vec<f64> = (0..p).map(|j| (0..n).map(|i| design[i][j] * response(i)).sum()).collect();
    let slopes = solve(&right);
    let residual: Vec<f64> = (0..n).map(|i| response(i) - dot(&design[i], &slopes)).collect();
    let leverage: Vec<f64> = design.iter().map(|row| dot(row, &solve(row))).collect();
    let variance = dot(&residual, &residual) / (n - p) as f64;
    let standardised: Vec<f64> =
        residual.iter().zip(&leverage).map(|(e, h)| e / (variance * (1.0 - h)).sqrt()).collect();
    let cook = standardised.iter().zip(&leverage).map(|(r, h)| r * r * h / ((1.0 - h) * p as f64)).collect();
    [residual, leverage, standardised, cook]
}

/// Row of the largest in a file with a header, and the value.
fn largest(values: &[f64]) -> (f64, f64) {
    let place = (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b])).unwrap();
    (values[place], place as f64 + 2.0)
}

#[test]
fn residuals_and_influence_are_those_of_the_normal_equations() {
    for name in TWO_BY_TWO {
        let text = data(name);
        let result = analyzed(&text, &["ancova", "change", "anova"], &["age", "sex"], true, 0.95);
        let named = columns(&text);
        let number =
            |column: &str| -> Vec<f64> { named[column].iter().map(|cell| cell.parse().unwrap()).collect() };
        let (outcome, baseline) = (number("outcome"), number("baseline"));
        let male: Vec<f64> = named["sex"].iter().map(|sex| f64::from(u8::from(sex == "male"))).collect();
        let adjusted = [baseline.clone(), number("age"), male];
        for (analysis, covariates) in [("ancova", adjusted.as_slice()), ("change", &[]), ("anova", &[])] {
            let response = |i: usize| outcome[i] - if analysis == "change" { baseline[i] } else { 0.0 };
            let [residual, leverage, standardised, cook] = influence(&text, &response, covariates);
            let place = format!("{name} {analysis}");
            let shapiro = shapiro_wilk(&residual).unwrap();
            let normal = &check(&result, analysis, "normal_residuals").values;
            same(normal["w"], shapiro.w, 1e-10, &place);
            let sizes: Vec<f64> = standardised.iter().map(|r| r.abs()).collect();
            let (value, row) = largest(&sizes);
            let found = &check(&result, analysis, "largest_residual").values;
            same(found["standardised"].abs(), value, 1e-9, &place);
            assert_eq!(found["row"], row, "{place}");
            let found = &check(&result, analysis, "leverage").values;
            let (value, row) = largest(&leverage);
            same(found["largest"], value, 1e-9, &place);
            let much = 2.0 * (4 + covariates.len()) as f64 / leverage.len() as f64;
            same(found["threshold"], much, 1e-14, &place);
            let above = leverage.iter().filter(|&&h| h > much).count();
            assert_eq!(found["above"], above as f64, "{place}");
            if analysis == "ancova" {
                assert_eq!(found["row"], row, "{place}");
            }
            let found = &check(&result, analysis, "cooks_distance").values;
            let (value, row) = largest(&cook);
            same(found["largest"], value, 1e-9, &place);
            assert_eq!(found["row"], row, "{place}");
        }
    }
}

#[test]
fn rows_are_those_of_the_file_and_a_wrong_entry_is_pointed_at() {
    let text = data(TWO_BY_TWO[3]);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let place = lines[0].split(',').position(|name| name == "outcome").unwrap();
    let mut set = |row: usize, value: &str| {
        let mut cells: Vec<&str> = lines[row - 1].split(',').collect();
        cells[place] = value;
        lines[row - 1] = cells.join(",");
    };
    // A patient left out before it moves nothing.
    set(5, "NA");
    set(40, "450");
    let result = analyzed(&lines.join("\n"), &["ancova"], &[], true, 0.95);
    for code in ["largest_residual", "cooks_distance"] {
        assert_eq!(check(&result, "ancova", code).values["row"], 40.0, "{code}");
    }
    let found = check(&result, "ancova", "largest_residual");
    assert!(found.values["p"] < 1e-6 && found.message.contains("row 40"), "{}", found.message);
    let normal = check(&result, "ancova", "normal_residuals");
    assert!(normal.values["p"] < 1e-6 && normal.message.contains("not normal"), "{}", normal.message);
    assert_eq!(normal.values["n"], 116.0);
}

/// A patient alone in an arm has no residual.
#[test]
fn an_arm_of_one_is_no_trouble() {
    let mut text = "alliance,ifc,outcome\nlimited,sham,50\n".to_owned();
    for k in 0..9 {
        text +=
            &format!("limited,active,{}\nenhanced,sham,{}\nenhanced,active,{}\n", k % 5, k * k % 7, k % 4);
    }
    let result = analyzed(&text, &["anova"], &[], true, 0.95);
    assert_eq!(check(&result, "anova", "leverage").values["largest"], 1.0);
    assert!(check(&result, "anova", "cooks_distance").values["row"] > 2.0);
}

#[test]
fn methods_without_a_linear_model_have_no_such_checks() {
    let result = analyzed(&data(TWO_BY_TWO[0]), &["welch"], &[], true, 0.95);
    assert!(result.checks.iter().all(|check| check.analysis.is_none()));
}
