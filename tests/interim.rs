//! Trials with interim looks: simulated against rpact and closed forms, against runs, and at their level.
//!
//! Random comparisons allow 5 Monte Carlo standard errors, which chance exceeds once in 1.7 million; there are fewer than
//! 300. Seeds are fixed.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::Value;
use support::scenario;
use trialliance::decision::sequential::{Rule, Sides, Spending};
use trialliance::engine::{EngineChoice, RunOptions, run};
use trialliance::error::Result;
use trialliance::planning::{
    ChangeRequest, FutilityRequest, Interim, InterimRequest, InterimRow, Resize, ResizeRequest, UnderEffects,
    Variants, interim, select,
};
use trialliance::result::Measure;
use trialliance::scenario::{Override, Procedure, read};

/// As many patients in each of four arms, an effect of alliance in SDs, half of it for the current.
fn plain(n_per_arm: u64, alliance: f64) -> String {
    format!(
        r#"{{"schema": "trialliance.scenario/1", "name": "plain",
    "design": {{"n_per_arm": {{"SL": {n_per_arm}, "AL": {n_per_arm}, "SE": {n_per_arm}, "AE": {n_per_arm}}}}},
    "response": {{"outcomes": {{"pain": {{"better": "lower", "control_mean": 50, "sd": 1,
        "effects": {{"alliance": {alliance}, "ifc": {}, "interaction": 0}},
        "baseline": {{"mean": 55, "sd": 1, "correlation": 0.5}}}}}}}},
    "analyses": [{{"method": "anova", "outcome": "pain"}}, {{"method": "ancova", "outcome": "pain"}}]}}"#,
        alliance / 2.0
    )
}

/// One hypothesis of the analysis of variance, one look at half of the patients.
fn request() -> InterimRequest {
    InterimRequest {
        hypotheses: Vec::new(),
        at: vec![0.5, 1.0],
        sides: None,
        rule: Rule::Spending(Spending::OBrienFleming),
        futility: FutilityRequest::None,
        binding: false,
        multiplicity: None,
        change: ChangeRequest::None,
    }
}

fn ask(text: &str, selectors: &[&str], request: &InterimRequest, replicates: u64) -> Result<Interim> {
    let base = scenario(text);
    let change = |overrides: &[Override]| read(text, "test", overrides);
    let selectors: Vec<String> = selectors.iter().map(|one| (*one).to_owned()).collect();
    let request = InterimRequest { hypotheses: select(&base, &selectors, None)?, ..request.clone() };
    let options =
        RunOptions { seed: 11, replicates, threads: Some(2), keep_going: true, ..RunOptions::default() };
    interim(Variants::new(&base, &change), &request, &options, &mut |_| {})
}

fn under<'a>(answer: &'a Interim, effects: &str) -> &'a UnderEffects {
    answer.effects.iter().find(|under| under.effects == effects).unwrap()
}

fn row<'a>(answer: &'a Interim, effects: &str) -> &'a InterimRow {
    &under(answer, effects).results[0]
}

/// Within 5 Monte Carlo standard errors, and what the closed form leaves out.
fn near(found: &Measure, expected: f64, besides: f64, what: &str) {
    let (value, mcse) = (found.value.unwrap(), found.mcse.unwrap());
    assert!((value - expected).abs() < 5.0 * mcse + besides, "{what}: {value} ±{mcse}, expected {expected}");
}

/// rpact's designs with 240 patients in two arms and an effect of .4 SD, here with ten times as many patients and an effect
/// of .4/√10 SD: the same drift, and t statistics that are normal to 1e-3.
#[test]
fn trials_stop_as_often_as_rpact_says() {
    let text = std::fs::read_to_string("tests/reference/group_sequential/boundaries_and_power.json").unwrap();
    let reference: Value = serde_json::from_str(&text).unwrap();
    let numbers = |value: &Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|one| one.as_f64().unwrap()).collect()
    };
    let trial = plain(600, 0.4 / 10.0_f64.sqrt());
    let mut compared = 0;
    for design in reference["designs"].as_array().unwrap() {
        let gamma = design["gamma"].as_f64();
        let rule = match design["type"].as_str().unwrap() {
            "OF" => Rule::O_BRIEN_FLEMING,
            "P" => Rule::POCOCK,
            "asOF" => Rule::Spending(Spending::OBrienFleming),
            "asP" => Rule::Spending(Spending::Pocock),
            "asHSD" => Rule::Spending(Spending::HwangShihDeCani { gamma: gamma.unwrap() }),
            "asKD" => Rule::Spending(Spending::KimDeMets { rho: gamma.unwrap() }),
            _ => continue,
        };
        let power = &design["power_at_240_total"];
        if design["alpha"].as_f64() != Some(0.025) || design["sided"] != 1 || power.is_null() {
            continue;
        }
        let at = numbers(&design["information"]);
        // Looks at whole patients of each arm: fractions that 600 does not hold are another design.
        if at.iter().any(|share| ((share * 600.0).round() / 600.0 - share).abs() > 1e-9) || at.len() > 4 {
            continue;
        }
        let futility = match &design["futility_bounds"] {
            Value::Null => FutilityRequest::None,
            Value::Array(_) => FutilityRequest::At(numbers(&design["futility_bounds"])),
            single => FutilityRequest::At(vec![single.as_f64().unwrap()]),
        };
        let asked = InterimRequest { at, sides: Some(Sides::One), rule, futility, ..request() };
        let answer = ask(&trial, &["anova/alliance"], &asked, 20_000).unwrap();
        for (found, expected) in answer.boundaries[0].looks.iter().zip(numbers(&design["critical_values"])) {
            assert!((found.critical.unwrap() - expected).abs() < 1e-6);
        }
        for (number, effects) in ["none", "planned"].into_iter().enumerate() {
            let found = under(&answer, effects);
            let what = format!("{} {} looks, {effects}", design["type"], answer.looks.len());
            near(&found.results[0].claim, numbers(&power["overall_reject"])[number], 0.001, &what);
            near(&found.early, numbers(&power["early_stop"])[number], 0.001, &what);
            near(&found.n_expected, 10.0 * numbers(&power["expected_n"])[number], 2.0, &what);
            let formula = found.results[0].claim_by_formula.unwrap();
            assert!((formula - numbers(&power["overall_reject"])[number]).abs() < 2e-3, "{what}");
            for (look, stage) in power["reject_per_stage"].as_array().unwrap().iter().enumerate() {
                let look_of_row = &found.results[0].looks[look];
                near(&look_of_row.benefit, numbers(stage)[number], 0.001, &what);
            }
        }
        compared += 1;
    }
    assert_eq!(compared, 14);
}

/// Decided by Z or by t, with the last look alone: the trials of a run of that size.
#[test]
fn with_one_look_it_is_the_run() {
    for text in [&plain(30, 0.4), trialliance::scenario::library::find("sceptical").unwrap().text] {
        let answer = ask(text, &["ancova/alliance"], &request(), 4_000).unwrap();
        let options = RunOptions {
            seed: 11,
            replicates: 4_000,
            engine: EngineChoice::Patients,
            ..RunOptions::default()
        };
        let result = run(&scenario(text), &options, &mut |_| {}).unwrap();
        let found = result.results.iter().find(|row| row.analysis == "ancova" && row.estimand == "alliance");
        assert_eq!(row(&answer, "planned").fixed_claim.value, found.unwrap().power.value);
    }
}

/// Every kind of design keeps its level at 400 patients, where t statistics as Z are exact for one look and nearly so for
/// several: 20,000 trials, 5 standard errors (.0077 of .05).
#[test]
fn every_design_keeps_its_level() {
    let trial = plain(100, 0.3);
    let spending =
        |spending| InterimRequest { rule: Rule::Spending(spending), at: vec![0.3, 0.6, 1.0], ..request() };
    let resize = |how| ChangeRequest::Size(ResizeRequest { how, power: 0.9, most: 1000, promising: 0.1 });
    let drop = |reallocate| ChangeRequest::Drop { factor: "ifc".to_owned(), bound: 0.5, reallocate };
    let futile = InterimRequest { futility: FutilityRequest::At(vec![0.3]), ..spending(Spending::Pocock) };
    let beta = |binding| InterimRequest {
        futility: FutilityRequest::Spending {
            spending: Spending::HwangShihDeCani { gamma: -2.0 },
            power: 0.8,
        },
        binding,
        ..spending(Spending::HwangShihDeCani { gamma: -4.0 })
    };
    let designs = [
        ("O'Brien-Fleming", spending(Spending::OBrienFleming)),
        ("Pocock", spending(Spending::Pocock)),
        ("Hwang-Shih-DeCani", spending(Spending::HwangShihDeCani { gamma: -4.0 })),
        ("Kim-DeMets", spending(Spending::KimDeMets { rho: 2.0 })),
        ("Haybittle-Peto", InterimRequest { rule: Rule::HaybittlePeto { interim: 3.0 }, ..request() }),
        ("Wang-Tsiatis", InterimRequest { rule: Rule::WangTsiatis { delta: 0.25 }, ..request() }),
        ("futility, not binding", futile),
        ("futility by spending", beta(false)),
        ("futility that binds", beta(true)),
        ("resized, blinded", InterimRequest { change: resize(Resize::Blinded), ..request() }),
        ("resized, unblinded", InterimRequest { change: resize(Resize::Unblinded), ..request() }),
        ("dropped", InterimRequest { change: drop(false), ..spending(Spending::Pocock) }),
        ("dropped, reallocated", InterimRequest { change: drop(true), ..spending(Spending::OBrienFleming) }),
    ];
    for (name, design) in designs {
        for analysis in ["anova/alliance", "ancova/alliance"] {
            let answer = ask(&trial, &[analysis], &design, 20_000).unwrap();
            let error = &row(&answer, "none").claim;
            let (value, mcse) = (error.value.unwrap(), error.mcse.unwrap());
            assert!(value < answer.alpha + 5.0 * mcse, "{name}, {analysis}: {value} ±{mcse}");
            // A design that stops for futility, and is not bound to, has less; so has one that dropped a factor.
            let least = if answer.futility_by.is_some() && !answer.binding { 0.7 } else { 0.9 };
            assert!(value > least * answer.alpha - 5.0 * mcse, "{name}, {analysis}: {value} ±{mcse}");
        }
    }
}

#[test]
fn several_hypotheses_keep_the_level_together() {
    let trial = plain(100, 0.3);
    for procedure in [Procedure::Bonferroni, Procedure::Holm, Procedure::FixedSequence, Procedure::Fallback] {
        let design = InterimRequest {
            multiplicity: Some(procedure.into()),
            rule: Rule::Spending(Spending::Pocock),
            ..request()
        };
        let both = ["anova/alliance", "anova/interaction"];
        let answer = ask(&trial, &both, &design, 20_000).unwrap();
        let any = under(&answer, "none").any.as_ref().unwrap();
        let (value, mcse) = (any.value.unwrap(), any.mcse.unwrap());
        assert!(value < 0.05 + 5.0 * mcse, "{procedure:?}: {value}");
        let planned = under(&answer, "planned");
        let [any, all] = [&planned.any, &planned.all].map(|one| one.as_ref().unwrap().value.unwrap());
        assert!(all <= any);
        // A sequence claims the second only after the first.
        if procedure == Procedure::FixedSequence {
            assert_eq!(Some(any), planned.results[0].claim.value);
            assert_eq!(Some(all), planned.results[1].claim.value);
        }
    }
    let design = InterimRequest { multiplicity: Some(Procedure::Hommel.into()), ..request() };
    let refused = ask(&trial, &["anova/alliance", "anova/ifc"], &design, 100).unwrap_err();
    assert!(refused.message.contains("fixed-sequence"), "{refused}");
    // Each at the whole level is not one level: it is said.
    let design = InterimRequest { rule: Rule::Spending(Spending::Pocock), ..request() };
    let answer = ask(&trial, &["anova/alliance", "anova/ifc"], &design, 20_000).unwrap();
    assert!(answer.warnings.iter().any(|warning| warning.code == "level_exceeded"), "{:?}", answer.warnings);
}

/// What the plain estimate and the stage-wise one are worth, with 2,400 patients where formulas for normal estimates hold.
#[test]
fn estimates_fare_as_the_theory_says() {
    let trial = plain(600, 0.1);
    for futility in [FutilityRequest::None, FutilityRequest::At(vec![0.2])] {
        let design = InterimRequest {
            at: vec![0.3, 0.6, 1.0],
            rule: Rule::Spending(Spending::Pocock),
            sides: Some(Sides::One),
            futility,
            ..request()
        };
        let answer = ask(&trial, &["anova/alliance"], &design, 20_000).unwrap();
        for effects in ["planned", "none"] {
            let [plain, stage_wise] = row(&answer, effects).estimates.as_slice() else { panic!() };
            assert_eq!([plain.estimator.as_str(), stage_wise.estimator.as_str()], ["plain", "stage_wise"]);
            if let Some(bias) = plain.bias_by_formula {
                near(&plain.bias, bias, 1e-4, effects);
            }
            near(&plain.coverage, plain.coverage_by_formula.unwrap(), 0.001, effects);
            near(&stage_wise.coverage, 0.95, 0.001, effects);
            near(&stage_wise.above_truth, 0.5, 0.002, effects);
            assert!(stage_wise.bias.value.unwrap().abs() < plain.bias.value.unwrap().abs());
        }
    }
}

/// A size that is chosen for what was seen biases the plain estimate; the weighted one hardly, where the trial seldom
/// stops early.
/// Answers over 200 seeds, of trials that stop early now and then: an SD of 200 numbers is known to 5 %, so that 25 % are 5
/// standard errors, a false alarm in 1.7 million for each of 2. A normal's standard error was too small by 40 %.
#[test]
fn the_error_of_a_root_mean_square_error_is_that_of_its_answers() {
    let text = plain(20, 0.0);
    let base = scenario(&text);
    let change = |overrides: &[Override]| read(&text, "test", overrides);
    let request = InterimRequest {
        hypotheses: select(&base, &["anova/alliance".to_owned()], None).unwrap(),
        at: vec![0.3, 1.0],
        rule: Rule::Spending(Spending::Pocock),
        ..request()
    };
    // By estimator: the sums of answers, their squares, and their squared standard errors.
    let mut sums = [[0.0; 3]; 2];
    let seeds = 200;
    for seed in 0..seeds {
        let options = RunOptions { seed, replicates: 500, threads: Some(2), ..RunOptions::default() };
        let answer = interim(Variants::new(&base, &change), &request, &options, &mut |_| {}).unwrap();
        for (sums, estimate) in sums.iter_mut().zip(&row(&answer, "none").estimates) {
            let found = &estimate.root_mean_square_error;
            let (value, error) = (found.value.unwrap(), found.mcse.unwrap());
            *sums = [sums[0] + value, sums[1] + value * value, sums[2] + error * error];
        }
    }
    for [sum, squares, errors] in sums {
        let count = seeds as f64;
        let spread = ((squares - sum * sum / count) / (count - 1.0)).sqrt();
        let ratio = (errors / count).sqrt() / spread;
        assert!((0.75..1.25).contains(&ratio), "{ratio}");
    }
}

#[test]
fn a_trial_takes_the_patients_that_it_chooses() {
    let trial = plain(25, 0.4);
    let resized = |how, most| {
        let change = ChangeRequest::Size(ResizeRequest { how, power: 0.9, most, promising: 0.0 });
        ask(&trial, &["anova/alliance"], &InterimRequest { change, ..request() }, 10_000).unwrap()
    };
    // A fixed trial of 263 patients has a power of .9 for .4 SD; its arms' effects blow up the variance by 5 %. The weights
    // of 50 patients and of the rest are as if these were 50 too, which costs some of the power.
    let answer = resized(Resize::Blinded, 600);
    let average = under(&answer, "planned").n_expected.value.unwrap();
    assert!((255.0..300.0).contains(&average), "{average}");
    let power = row(&answer, "planned").claim.value.unwrap();
    assert!((0.85..0.9).contains(&power), "{power}");
    assert!(power > row(&answer, "planned").fixed_claim.value.unwrap() + 0.2);
    let [_, weighted] = row(&answer, "planned").estimates.as_slice() else { panic!() };
    near(&weighted.coverage, 0.95, 0.01, "weighted");
    // The more patients there may be, the more are taken and the more is claimed.
    let few = resized(Resize::Unblinded, 140);
    let many = resized(Resize::Unblinded, 400);
    assert_eq!((few.n_most, many.n_most), (140, 400));
    let [less, more] = [&few, &many].map(|answer| under(answer, "planned"));
    assert!(less.n_expected.value < more.n_expected.value);
    assert!(less.results[0].claim.value < more.results[0].claim.value);
    let most = less.n_most.as_ref().unwrap().value.unwrap();
    let (early, rest) = (less.early.value.unwrap(), less.n_expected.value.unwrap());
    assert!(rest >= 50.0 * early + 100.0 * (1.0 - early) && rest <= 140.0, "{rest}");
    assert!(most > 0.0 && most < 1.0 - early);
}

/// A factor without an effect is dropped where its Z is below the bound: as often as a normal Z is.
#[test]
fn a_factor_is_dropped_as_often_as_its_statistic_says() {
    let trial = plain(60, 0.3);
    let dropped = |reallocate| {
        let change = ChangeRequest::Drop { factor: "ifc".to_owned(), bound: 0.5, reallocate };
        ask(&trial, &["anova/alliance", "anova/ifc"], &InterimRequest { change, ..request() }, 10_000)
            .unwrap()
    };
    let (left_out, moved) = (dropped(false), dropped(true));
    // 120 patients with an effect of .15 SD: a drift of .15·√120/2.
    let expected = trialliance::stats::normal::cdf(0.5 - 0.15 * 120.0_f64.sqrt() / 2.0);
    // Those who had claimed alliance by then had nothing left: few.
    near(&under(&left_out, "planned").dropped[0], expected, 0.03, "dropped");
    assert_eq!(under(&left_out, "planned").dropped, under(&moved, "planned").dropped);
    let hypothesis = &left_out.hypotheses[0];
    assert_eq!(hypothesis.after_dropping.as_deref(), Some("alliance_at_sham"));
    assert_eq!(left_out.hypotheses[1].after_dropping, None);
    // 60 patients fewer where it was dropped; all 240 where these go to the other arms.
    let (few, all) = (under(&left_out, "planned"), under(&moved, "planned"));
    let share = few.dropped[0].value.unwrap();
    let early = few.stops[0].value.unwrap();
    assert!((few.n_expected.value.unwrap() - (240.0 - 60.0 * share - 120.0 * early)).abs() < 1e-9);
    assert_eq!(all.n_expected.value.unwrap(), 240.0 - 120.0 * all.stops[0].value.unwrap());
    let after = |under: &UnderEffects| under.results[0].after_dropping.as_ref().unwrap().value.unwrap();
    assert!(after(all) > after(few) && after(few) > 0.0);
    assert_eq!(row(&moved, "planned").estimates[1].bias.value, None);
}

/// A trial whose analysis has no answer claims nothing: with half of the patients lost and 24 in all, many have an arm
/// that is empty or too small.
#[test]
fn trials_without_an_answer_claim_nothing() {
    let lossy = plain(6, 0.0).replace(
        r#""analyses""#,
        r#""observation": {"missing": [{"mechanism": "mcar", "rate": 0.6}]}, "analyses""#,
    );
    for change in [
        ChangeRequest::None,
        ChangeRequest::Size(ResizeRequest { how: Resize::Unblinded, power: 0.8, most: 60, promising: 0.0 }),
        ChangeRequest::Size(ResizeRequest { how: Resize::Blinded, power: 0.8, most: 60, promising: 0.0 }),
    ] {
        let blinded = matches!(&change, ChangeRequest::Size(one) if one.how == Resize::Blinded);
        let lossy =
            if blinded { lossy.replace(r#""alliance": 0"#, r#""alliance": 0.5"#) } else { lossy.clone() };
        let asked = InterimRequest { at: vec![0.7, 1.0], change, ..request() };
        let answer = ask(&lossy, &["anova/alliance"], &asked, 4_000).unwrap();
        let null = row(&answer, "none");
        assert!(null.failures > 200, "{}", null.failures);
        let claims = 4_000.0 * null.claim.value.unwrap();
        assert!(claims + null.failures as f64 <= 4_000.0);
        let (value, mcse) = (null.claim.value.unwrap(), null.claim.mcse.unwrap());
        assert!(value < 0.05 + 5.0 * mcse, "{value}");
        assert!(null.fixed_claim.value.unwrap() < 0.05 + 5.0 * mcse);
        assert!(answer.warnings.iter().any(|warning| warning.code == "failed_at_the_end"));
    }
}

/// Tests by p values of their own too: what is left of the trial before is no claim, and no look at the threads.
#[test]
fn a_trial_without_an_answer_has_no_p_value_either() {
    for (method, asked, estimand) in [
        ("odds_ratio", r#", "responder": {"at_most": 50}"#, "alliance_log_odds_ratio"),
        ("mantel_haenszel", r#", "responder": {"at_most": 50}"#, "alliance_common_log_odds_ratio"),
        ("wilcoxon", "", "alliance_superiority"),
    ] {
        let lossy = plain(8, 2.0).replace(
            r#""analyses": [{"method": "anova", "outcome": "pain"},"#,
            &format!(
                r#""observation": {{"missing": [{{"mechanism": "mcar", "rate": 0.6}}]}},
                "analyses": [{{"method": "{method}", "outcome": "pain"{asked}}},"#
            ),
        );
        let scenario = scenario(&lossy);
        let selected = select(&scenario, &[format!("{method}/{estimand}")], None);
        let answer = ask(&lossy, &[&format!("{method}/{estimand}")], &request(), 2_000);
        let (selected, answer) = (selected.unwrap(), answer.unwrap());
        let options = RunOptions { seed: 11, replicates: 2_000, keep_going: true, ..RunOptions::default() };
        let result = run(&scenario, &options, &mut |_| {}).unwrap();
        let found = result
            .results
            .iter()
            .find(|row| selected[0].analysis == row.analysis && row.estimand == estimand);
        let found = found.unwrap();
        assert!(found.failures > 200, "{method}: {}", found.failures);
        let claimed = row(&answer, "planned").fixed_claim.value;
        assert_eq!(claimed, found.power_failures_as_no_claim.value, "{method}");
    }
}

/// At one look, what a procedure claims is what a run judged by it claims.
#[test]
fn with_one_look_several_hypotheses_are_judged_as_in_a_run() {
    for (procedure, name) in [
        (Procedure::Holm, "holm"),
        (Procedure::FixedSequence, "fixed-sequence"),
        (Procedure::Bonferroni, "bonferroni"),
    ] {
        let text = plain(30, 0.5).replace(
            r#""analyses""#,
            &format!(
                r#""multiplicity": {{"procedure": "{name}"}}, "primary": ["anova/alliance", "anova/ifc"], "analyses""#
            ),
        );
        let design = InterimRequest { multiplicity: Some(procedure.into()), ..request() };
        let answer = ask(&text, &["anova/alliance", "anova/ifc"], &design, 4_000).unwrap();
        let options = RunOptions {
            seed: 11,
            replicates: 4_000,
            engine: EngineChoice::Patients,
            ..RunOptions::default()
        };
        let family = run(&scenario(&text), &options, &mut |_| {}).unwrap().family.unwrap();
        for (found, expected) in under(&answer, "planned").results.iter().zip(&family.hypotheses) {
            assert_eq!(found.fixed_claim.value, expected.power.value, "{name}");
        }
    }
}

/// What an effect frees does not reach a hypothesis without one beyond the level: partial nulls.
#[test]
fn a_claim_that_is_right_does_not_raise_the_level_of_another() {
    // An effect of alliance that is nearly always found, and no interaction.
    let trial = plain(100, 0.6);
    for procedure in [Procedure::Holm, Procedure::FixedSequence, Procedure::Fallback, Procedure::Graph] {
        let mut multiplicity: trialliance::scenario::MultiplicitySpec = procedure.into();
        multiplicity.transitions =
            (procedure == Procedure::Graph).then(|| vec![vec![0.0, 1.0], vec![0.5, 0.0]]);
        let design = InterimRequest {
            at: vec![0.3, 0.6, 1.0],
            multiplicity: Some(multiplicity),
            rule: Rule::Spending(Spending::Pocock),
            futility: FutilityRequest::At(vec![-0.5]),
            ..request()
        };
        let answer = ask(&trial, &["anova/alliance", "anova/interaction"], &design, 20_000).unwrap();
        let [alliance, interaction] = under(&answer, "planned").results.as_slice() else { panic!() };
        assert!(alliance.claim.value.unwrap() > 0.99);
        let (value, mcse) = (interaction.claim.value.unwrap(), interaction.claim.mcse.unwrap());
        assert!(value < 0.025 + 5.0 * mcse, "{procedure:?}: {value}");
        let binding = InterimRequest { binding: true, ..design };
        let refused = ask(&trial, &["anova/alliance", "anova/interaction"], &binding, 100).unwrap_err();
        assert!(refused.message.contains("gets its level from another"), "{refused}");
    }
}

/// A hypothesis that stopped for futility stays so when its factor is given up at the same look.
#[test]
fn a_stop_for_futility_is_told_though_the_factor_is_given_up() {
    let trial = plain(60, 0.0);
    let stops = |change| {
        let asked = InterimRequest { futility: FutilityRequest::At(vec![0.0]), change, ..request() };
        let answer = ask(&trial, &["anova/alliance", "anova/ifc"], &asked, 4_000).unwrap();
        under(&answer, "planned").results[1].looks[0].futility.value
    };
    let drop = ChangeRequest::Drop { factor: "ifc".to_owned(), bound: 0.0, reallocate: false };
    assert_eq!(stops(drop), stops(ChangeRequest::None));
}

/// An answer is read back as it was written, an infinite critical value too.
#[test]
fn answers_are_read_back() {
    let change = ChangeRequest::Drop { factor: "ifc".to_owned(), bound: 0.0, reallocate: false };
    let rule = Rule::Spending(Spending::HwangShihDeCani { gamma: 40.0 });
    let asked = InterimRequest { at: vec![0.7, 0.9, 1.0], rule, change, ..request() };
    let answer = ask(&plain(60, 0.3), &["anova/alliance"], &asked, 200).unwrap();
    assert_eq!(answer.boundaries[0].after_dropping[0][1], None);
    let json = serde_json::to_string(&answer).unwrap();
    assert_eq!(serde_json::from_str::<Interim>(&json).unwrap(), answer);
}

#[test]
fn what_cannot_be_is_refused() {
    let trial = plain(30, 0.4);
    let refused = |change: &dyn Fn(&mut InterimRequest), part: &str| {
        let mut asked = request();
        change(&mut asked);
        let error = ask(&trial, &["anova/alliance"], &asked, 100).unwrap_err();
        let told = format!("{error}; {}", error.help.as_deref().unwrap_or_default());
        assert!(told.contains(part), "{told}");
    };
    refused(&|one| one.at = vec![0.7, 0.5, 1.0], "--at");
    refused(&|one| one.at = vec![0.01, 1.0], "too few");
    refused(&|one| one.at = vec![0.5, 0.51, 1.0], "the same 60");
    refused(&|one| one.binding = true, "no bounds for futility that could bind");
    refused(&|one| one.futility = FutilityRequest::At(vec![9.0]), "--futility");
    refused(&|one| one.futility = FutilityRequest::At(vec![0.0, 0.0]), "one for each look but the last");
    refused(&|one| one.rule = Rule::WangTsiatis { delta: 2.0 }, "--boundaries");
    refused(
        &|one| {
            one.sides = Some(Sides::Two);
            one.futility = FutilityRequest::At(vec![0.0]);
        },
        "one-sided",
    );
    let size = ResizeRequest { how: Resize::Unblinded, power: 0.8, most: 100, promising: 0.3 };
    refused(&|one| one.change = ChangeRequest::Size(size.clone()), "nothing to choose");
    let size = ResizeRequest { power: 1.0, most: 400, ..size };
    refused(&|one| one.change = ChangeRequest::Size(size.clone()), "below 1");
    let drop =
        |factor: &str| ChangeRequest::Drop { factor: factor.to_owned(), bound: 0.0, reallocate: false };
    refused(&|one| one.change = drop("exercise"), "alliance and ifc");
    refused(&|one| one.change = drop("alliance"), "--estimand ifc");
    refused(&|one| one.at = vec![1.0], "no interim look");
    refused(&|one| one.futility = FutilityRequest::At(vec![f64::NEG_INFINITY]), "no look has a bound");
    refused(&|one| one.rule = Rule::HaybittlePeto { interim: 1e300 }, "at most 37");
    let nowhere = ChangeRequest::Drop { factor: "ifc".to_owned(), bound: f64::NAN, reallocate: false };
    refused(&|one| one.change = nowhere.clone(), "not a number");
    let of = |text: String, change: ChangeRequest| {
        ask(&text, &["anova/alliance"], &InterimRequest { change, ..request() }, 100).unwrap_err()
    };
    let uneven = trial.replace(r#""SL": 30, "AL": 30"#, r#""SL": 90, "AL": 30"#);
    assert!(of(uneven, drop("ifc")).message.contains("correlated with the effect of ifc"));
    let silent = r#"{"schema": "trialliance.scenario/1", "name": "silent",
        "design": {"n_per_arm": {"SL": 30, "AL": 30, "SE": 30, "AE": 30}},
        "response": {"outcomes": {"pain": {"arm_means": {"SL": 50, "AL": 46, "SE": 43, "AE": 39}, "sd": 20}}},
        "analyses": [{"method": "anova", "outcome": "pain"}]}"#;
    let direction = of(silent.to_owned(), ChangeRequest::None);
    assert!(direction.message.contains("whether a lower or a higher pain is better"), "{direction}");
}
