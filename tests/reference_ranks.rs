//! Do the rank tests agree with R and SciPy, ties included?

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use serde_json::Value;
use support::{reference, relative_difference};
use trialliance::analysis::{MOST_EXACT, RankSum};
use trialliance::data::{AnalyzedRow, Asked, Dataset, Request, Roles, Table, TrialAnalysis, analyze};
use trialliance::estimand::WEIGHTS;
use trialliance::scenario::AnalysisSpec;
use trialliance::stats::student_t;

const DATA_SETS: [&str; 4] =
    ["ties_small_n20", "ties_small_n21", "two_by_two_unbalanced_n31", "two_by_two_n117_29_30_29_29"];

fn analyzed(text: &str, method: &str, options: AnalysisSpec) -> TrialAnalysis {
    let table = Table::read(text.as_bytes()).unwrap();
    let request = Request {
        outcome: Some("outcome".to_owned()),
        methods: vec![method.to_owned()],
        options: AnalysisSpec { covariates: Some(Vec::new()), ..options },
        ..Request::default()
    };
    let roles = Roles::find(&table, &request, None).unwrap();
    let data = Dataset::read(&table, &roles, None).unwrap();
    let asked =
        Asked { source: method, alpha: 0.05, confidence_level: 0.95, draws: (1, 0), better: &|_| None };
    analyze(&data, &roles, &asked).unwrap()
}

fn of_file(name: &str, method: &str) -> TrialAnalysis {
    analyzed(&reference(&format!("data/{name}.csv")), method, AnalysisSpec::default())
}

fn fitted(name: &str) -> Value {
    serde_json::from_str(&reference(&format!("ranks/{name}.json"))).unwrap()
}

fn row<'a>(result: &'a TrialAnalysis, estimand: &str) -> &'a AnalyzedRow {
    result.results.iter().find(|row| row.estimand == estimand).unwrap()
}

#[track_caller]
fn same(ours: f64, theirs: &Value) {
    let theirs = theirs.as_f64().unwrap();
    assert!(relative_difference(ours, theirs) < 1e-10, "{ours} for {theirs}");
}

#[test]
fn wilcoxon_is_that_of_r() {
    for name in DATA_SETS {
        let theirs = &fitted(name)["wilcoxon"];
        let result = of_file(name, "wilcoxon");
        assert_eq!(result.results.len(), 7);
        let alliance = row(&result, "alliance_superiority");
        same(alliance.estimate + 0.5, &theirs["probability_of_superiority"]);
        same(alliance.p, &theirs["p_normal_corrected"]);
        let told = &result.rank_sums[0];
        same(told.u, &theirs["w"]);
        same(told.p_uncorrected, &theirs["p_normal_no_correction"]);
        same(told.p_exact.unwrap(), &theirs["p_exact_permutation_with_ties"]);
        // A difference of decimal numbers, of which R gives 15 digits.
        let shift = theirs["hodges_lehmann_median_difference"].as_f64().unwrap();
        assert!((told.hodges_lehmann.unwrap() - shift).abs() < 1e-12);
    }
}

/// Brunner and Munzel's statistic is (θ̂ − ½)/SE, and its p value follows from their degrees of freedom.
#[test]
fn standard_errors_of_every_contrast_are_those_of_scipy() {
    let all: Value = fitted("two_samples");
    let mut count = 0;
    for name in DATA_SETS {
        for row in of_file(name, "wilcoxon").results {
            let theirs = &all[name][row.estimand.trim_end_matches("_superiority")];
            same(row.p, &theirs["p_normal_corrected"]);
            let statistic = row.estimate / row.se;
            same(statistic, &theirs["brunner_munzel_statistic"]);
            same(student_t::p_value(statistic, row.df.unwrap()), &theirs["brunner_munzel_p"]);
            assert!(row.ci[0] < row.estimate && row.estimate < row.ci[1] && row.hedges_g.is_none());
            count += 1;
        }
    }
    assert_eq!(count, 4 * 7);
}

#[test]
fn van_elteren_is_that_of_r() {
    for name in DATA_SETS {
        let theirs = &fitted(name)["van_elteren"];
        let result = of_file(name, "van_elteren");
        let alliance = row(&result, "alliance_stratified_superiority");
        same(alliance.p, &theirs["p"]);
        assert_eq!(alliance.estimate.signum(), theirs["z"].as_f64().unwrap().signum());
        // The mean of the simple effects, weighted by n1 n2/(N + 1).
        let simple = of_file(name, "wilcoxon");
        let sizes = |arm: &str| result.data.n_per_arm[arm] as f64;
        let weight = |one: &str, other: &str| sizes(one) * sizes(other) / (sizes(one) + sizes(other) + 1.0);
        let (sham, active) = (weight("SL", "SE"), weight("AL", "AE"));
        let of = |what: &str| row(&simple, &format!("alliance_at_{what}_superiority"));
        let mean = (sham * of("sham").estimate + active * of("active").estimate) / (sham + active);
        assert!((alliance.estimate - mean).abs() < 1e-14);
        let se = (sham * of("sham").se).hypot(active * of("active").se) / (sham + active);
        assert!(relative_difference(alliance.se, se) < 1e-12);
    }
}

/// Strata of a covariate: the same as if the patients of each site were a trial of their own, put together.
#[test]
fn further_strata_are_kept_apart() {
    let name = "two_by_two_n117_29_30_29_29";
    let text = reference(&format!("data/{name}.csv"));
    let strata = AnalysisSpec { strata: Some(vec!["site".to_owned()]), ..AnalysisSpec::default() };
    let result = analyzed(&text, "van_elteren", strata);
    let (mut excess, mut variance, mut weights) = (0.0, 0.0, 0.0);
    for site in ["A", "B", "C"] {
        let of_site = |line: &&str| line.starts_with("id,") || line.split(',').nth(4) == Some(site);
        let part: String = text.lines().filter(of_site).map(|line| format!("{line}\n")).collect();
        let alone = analyzed(&part, "wilcoxon", AnalysisSpec::default());
        for (estimand, one, other) in [("sham", "SL", "SE"), ("active", "AL", "AE")] {
            let estimand = format!("alliance_at_{estimand}_superiority");
            let [n1, n2] = [one, other].map(|arm| alone.data.n_per_arm[arm] as f64);
            let told = alone.rank_sums.iter().find(|told| told.estimand == estimand).unwrap();
            // The null variance back from the p value without correction.
            let distance = told.u - 0.5 * n1 * n2;
            let z = trialliance::stats::normal::isf(told.p_uncorrected / 2.0);
            let scale = 1.0 / (n1 + n2 + 1.0);
            excess += scale * distance;
            variance += (scale * distance / z).powi(2);
            weights += scale * n1 * n2;
        }
    }
    let alliance = row(&result, "alliance_stratified_superiority");
    assert!((alliance.estimate - excess / weights).abs() < 1e-13);
    let p = 2.0 * trialliance::stats::normal::sf(excess.abs() / variance.sqrt());
    assert!(relative_difference(alliance.p, p) < 1e-8, "{} for {p}", alliance.p);
}

#[test]
fn aligned_ranks_are_those_of_r() {
    for name in DATA_SETS {
        let theirs = &fitted(name)["aligned_rank"];
        let (result, means) = (of_file(name, "aligned_rank"), of_file(name, "anova"));
        assert_eq!(result.results.len(), 3);
        for (row, anova) in result.results.iter().zip(&means.results) {
            same(row.p, &theirs[&row.estimand]["p"]);
            // What is estimated is the difference of means.
            assert_eq!(row.estimand, anova.estimand);
            assert!(relative_difference(row.estimate, anova.estimate) < 1e-12);
            assert!(relative_difference(row.se, anova.se) < 1e-12 && row.df == anova.df);
        }
    }
}

#[test]
fn samples_that_do_not_overlap_have_an_answer() {
    let line = |k: usize| {
        let (alliance, ifc) =
            [("limited", "sham"), ("limited", "active"), ("enhanced", "sham"), ("enhanced", "active")][k % 4];
        format!("{alliance},{ifc},{}\n", if alliance == "limited" { k } else { 100 + k })
    };
    let text = format!("alliance,ifc,outcome\n{}", (0..20).map(line).collect::<String>());
    for method in ["wilcoxon", "van_elteren"] {
        let result = analyzed(&text, method, AnalysisSpec::default());
        let alliance = &result.results[0];
        assert_eq!((alliance.estimate, alliance.ci[1]), (0.5, 0.5));
        assert!(alliance.se > 0.0 && alliance.ci[0] > 0.25 && alliance.ci[0] < 0.5, "{alliance:?}");
        assert!(alliance.p < 0.001);
    }
}

/// The exact p value without ties: of all 70 choices of 4 out of 8, two are as extreme as this one.
#[test]
fn exact_p_values_count_choices() {
    let values: Vec<(f64, u8)> = (0..8).map(|k| (f64::from(k), if k < 4 { 0 } else { 2 })).collect();
    let told = RankSum::new(&values, &WEIGHTS[3]).unwrap();
    assert_eq!((told.u, told.p_exact, told.shift), (16.0, Some(2.0 / 70.0), Some(4.0)));
    let many: Vec<(f64, u8)> = (0..=MOST_EXACT).map(|k| (k as f64, if k % 2 == 0 { 0 } else { 2 })).collect();
    assert_eq!(RankSum::new(&many, &WEIGHTS[3]).unwrap().p_exact, None);
}
