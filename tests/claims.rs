//! Claims other than a difference: equivalence, non-inferiority, posterior probabilities; and two analyses that
//! are there to be seen failing.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::patients::{pain, read, with};
use support::{
    CONTRASTS, ENGINES, TWO_BY_TWO, analyzed, linear_models, relative_difference, row, simulate, value,
};
use trialliance::engine::EngineChoice;
use trialliance::scenario::{AnalysisSpec, Better, NormalPrior};

fn spec(method: &str) -> AnalysisSpec {
    AnalysisSpec { covariates: Some(vec!["baseline".to_owned()]), ..AnalysisSpec::new(method, "outcome") }
}

#[track_caller]
fn same(ours: f64, theirs: &Value) {
    let theirs = theirs.as_f64().unwrap();
    assert!(relative_difference(ours, theirs) < 1e-9, "{ours} for {theirs}");
}

/// Two one-sided tests, non-inferiority and posteriors on six data sets, from R.
#[test]
fn claims_are_those_of_r() {
    for name in TWO_BY_TWO {
        let fitted = linear_models(name);
        let equivalence = analyzed(name, &AnalysisSpec { margin: Some(20.0), ..spec("equivalence") }, None);
        let theirs = &fitted["tost"]["ancova_1_interaction_20"];
        same(equivalence.results[2].p, &theirs["p"]);

        let noninferiority = AnalysisSpec { margin: Some(5.0), ..spec("noninferiority") };
        let noninferiority = analyzed(name, &noninferiority, Some(Better::Lower));
        same(noninferiority.results[0].p, &fitted["noninferiority"]["p"]);
        same(noninferiority.results[0].ci[1], &fitted["noninferiority"]["upper_97_5"]);

        let flat = analyzed(name, &spec("bayes"), Some(Better::Lower));
        let beyond = AnalysisSpec { margin: Some(5.0), ..spec("bayes") };
        let beyond = analyzed(name, &beyond, Some(Better::Lower));
        for (number, contrast) in CONTRASTS.iter().enumerate() {
            let theirs = &fitted["bayes_reference_prior"];
            same(flat.results[number].probability_above.unwrap(), &theirs["p_below_0"][contrast]);
            same(beyond.results[number].probability_above.unwrap(), &theirs["p_below_minus_5"][contrast]);
        }
        for prior in ["sceptical", "enthusiastic", "vague"] {
            for (number, contrast) in CONTRASTS[..3].iter().enumerate() {
                let theirs = &fitted["bayes_normal"][prior][contrast];
                let number_of = |what: &str| theirs[what].as_f64().unwrap();
                // R's prior is of the difference, ours of the benefit, which is minus it.
                let prior = NormalPrior { mean: -number_of("prior_mean"), sd: number_of("prior_sd") };
                let spec = AnalysisSpec { prior: Some(prior), margin: Some(2.5), ..spec("bayes") };
                let ours = &analyzed(name, &spec, Some(Better::Lower)).results[number];
                same(ours.estimate, &theirs["post_mean"]);
                same(ours.se, &theirs["post_sd"]);
            }
        }
    }
}

/// The region of practical equivalence against normal probabilities.
#[test]
fn probabilities_above_and_within_the_margin() {
    use trialliance::stats::normal;
    let prior = Some(NormalPrior { mean: 0.0, sd: 5.0 });
    let spec = AnalysisSpec { prior, margin: Some(2.5), ..spec("bayes") };
    let rows = analyzed(TWO_BY_TWO[3], &spec, Some(Better::Lower)).results;
    for row in rows {
        let at = |limit: f64| normal::cdf((limit - row.estimate) / row.se);
        assert!((row.probability_above.unwrap() - at(-2.5)).abs() < 1e-13);
        assert!((row.probability_within.unwrap() - (at(2.5) - at(-2.5))).abs() < 1e-13);
        assert!(row.df.is_none());
    }
}

fn claims(effect: f64, n: u64) -> Value {
    let effects = json!({"alliance": effect, "ifc": 0, "interaction": 0});
    let analyses = json!([
        {"method": "equivalence", "id": "plain", "outcome": "pain", "covariates": [], "margin": 5},
        {"method": "equivalence", "id": "equivalence", "outcome": "pain", "margin": 5},
        {"method": "noninferiority", "outcome": "pain", "margin": 3},
        {"method": "noninferiority", "id": "ni-plain", "outcome": "pain", "covariates": [], "margin": 3},
        {"method": "bayes", "outcome": "pain", "margin": 2},
        {"method": "bayes", "id": "sceptical", "outcome": "pain", "prior": {"mean": 0, "sd": 4}},
    ]);
    with(with(pain(n), "/response/outcomes/pain/effects", effects), "/analyses", analyses)
}

/// Simulated power of each claim against its formula, in both engines, within 5 Monte Carlo standard
/// errors: 2 engines × 2 truths × 5 analyses × 8 contrasts, a false alarm less than once in 10⁴.
#[test]
fn power_of_claims_has_its_formula() {
    for engine in ENGINES {
        for (effect, n) in [(0.0, 90), (2.0, 60)] {
            let result = simulate(&read(&claims(effect, n)), engine, 3, 20_000);
            let mut compared = 0;
            for row in &result.results {
                if row.analysis == "sceptical" {
                    assert!(row.closed_form.value.is_none());
                    continue;
                }
                let distance = row.closed_form_difference_in_mcse.unwrap_or(0.0);
                assert!(distance.abs() < 5.0, "{} {} {distance}", row.analysis, row.estimand);
                assert!(row.type_s.value.is_none() && row.type_m.value.is_none());
                compared += usize::from(row.exact_power.is_some());
            }
            assert_eq!(compared, 5 * 8);
        }
    }
}

/// On the border of its null each claim is made at its level: equivalence at alpha where the effect is the
/// margin, the others at alpha/2. 20,000 trials; bounds of 5 Monte Carlo standard errors.
#[test]
fn size_at_the_border() {
    let size = |effect: f64, analysis: &str| {
        let result = simulate(&read(&claims(effect, 60)), EngineChoice::Auto, 5, 20_000);
        value(&row(&result, analysis, "alliance").power)
    };
    let near = |size: f64, level: f64| (size - level).abs() < 5.0 * (level * (1.0 - level) / 20_000.0).sqrt();
    for analysis in ["plain", "equivalence"] {
        let size = size(5.0, analysis);
        assert!(near(size, 0.05), "{analysis} {size}");
    }
    let lost = size(-3.0, "noninferiority");
    assert!(near(lost, 0.025), "{lost}");
    let gained = size(2.0, "bayes");
    assert!(near(gained, 0.025), "{gained}");
    // A sceptic claims less often than the level.
    assert!(size(0.0, "sceptical") < 0.02);
}

/// What Kahan warns of: without an interaction the main effect of the chosen analysis is claimed too often
/// and its interval covers too seldom; with one, it is biased. 40,000 trials.
#[test]
fn testing_first_and_choosing_then_goes_wrong() {
    let strategy = json!([
        {"method": "interaction_then_choose", "outcome": "pain", "covariates": []},
        {"method": "anova", "outcome": "pain"}]);
    let run = |interaction: f64| {
        let effects = json!({"alliance": 0, "ifc": 0, "interaction": interaction});
        let scenario =
            with(with(pain(30), "/response/outcomes/pain/effects", effects), "/analyses", strategy.clone());
        simulate(&read(&scenario), EngineChoice::Auto, 1, 40_000)
    };
    let none = run(0.0);
    let chosen = row(&none, "interaction_then_choose", "alliance");
    let honest = row(&none, "anova", "alliance");
    assert!((value(&honest.power) - 0.05).abs() < 0.006);
    assert!(value(&chosen.power) > 0.058 && value(&chosen.coverage) < 0.942, "{}", value(&chosen.power));
    // An interaction that is mostly missed: the simple effect is off by half of it, less where it is found.
    let some = run(8.0);
    let simple = row(&some, "interaction_then_choose", "alliance_at_sham");
    let bias = simple.bias.value.unwrap();
    assert!(bias.abs() > 1.5 && value(&simple.coverage) < 0.93, "{bias} {}", value(&simple.coverage));
    assert!(row(&some, "anova", "alliance_at_sham").bias.value.unwrap().abs() < 0.2);
}

/// Percentage change against analysis of covariance, with baselines well away from zero.
#[test]
fn percentage_change_has_less_power_than_covariance() {
    let mut scenario =
        with(pain(40), "/response/outcomes/pain/baseline", json!({"mean": 60, "sd": 8, "correlation": 0.5}));
    scenario = with(
        scenario,
        "/analyses",
        json!([{"method": "percent_change", "outcome": "pain"}, {"method": "ancova", "outcome": "pain"}]),
    );
    let result = simulate(&read(&scenario), EngineChoice::Auto, 1, 4_000);
    assert!(result.warnings.iter().any(|warning| warning.code == "percentages"));
    let percent = row(&result, "percent_change", "alliance_percent_change");
    // An effect of −12.5 of about 60: about 21 % of the baseline, a little more as 1/x is convex.
    assert!((-22.0..-20.5).contains(&percent.truth.value), "{}", percent.truth.value);
    let z = value(&percent.bias) / percent.bias.mcse.unwrap();
    assert!(z.abs() < 5.0, "{z}");
    assert!((value(&percent.coverage) - 0.95).abs() < 0.02);
    let share = value(&percent.empirical_se) / -percent.truth.value;
    let ancova = row(&result, "ancova", "alliance");
    assert!(share > value(&ancova.empirical_se) / -ancova.truth.value);
}

/// 100 · (outcome − baseline)/baseline on R's data, by hand: the contrast of the arms' means.
#[test]
fn percentage_change_of_a_file() {
    let text = support::reference("data/two_by_two_balanced_n40.csv");
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let place = |name: &str| header.iter().position(|&one| one == name).unwrap();
    let mut arms: [Vec<f64>; 4] = Default::default();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |name: &str| cells[place(name)].parse::<f64>().unwrap();
        let arm = 2 * usize::from(cells[place("alliance")] == "enhanced")
            + usize::from(cells[place("ifc")] == "active");
        arms[arm].push(100.0 * (number("outcome") / number("baseline") - 1.0));
    }
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let spec = AnalysisSpec::new("percent_change", "outcome");
    let result = analyzed("two_by_two_balanced_n40", &spec, None);
    assert!((result.results[3].estimate - (mean(&arms[2]) - mean(&arms[0]))).abs() < 1e-10);
    assert_eq!(result.results[3].df, Some(36.0));
}
