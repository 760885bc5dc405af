//! Are group-sequential boundaries, probabilities, sizes and estimates those of other programs?
//!
//! `boundaries_and_power.json`: rpact. It finds its boundaries to about 1e-7 and integrates to about 1e-9, so
//! the tolerance is 1e-6 relative. It writes .02499999 where its search ended below a level of .025, and
//! counts one-sided trials with Z below −6 as stopped for futility (1e-9 at each look), which the tolerance
//! covers too.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::Value;
use support::relative_difference;
use trialliance::decision::sequential::{Boundaries, Futility, Plan, Rule, Sides, Spending};

const RPACT: &str = include_str!("reference/group_sequential/boundaries_and_power.json");

/// Relative, against rpact.
const TOLERANCE: f64 = 1e-6;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// A design of the file.
fn plan(design: &Value) -> Plan {
    let looks = design["k"].as_u64().unwrap() as usize;
    let gamma = design["gamma"].as_f64();
    let rule = match design["type"].as_str().unwrap() {
        "P" => Rule::POCOCK,
        "OF" => Rule::O_BRIEN_FLEMING,
        "asP" => Rule::Spending(Spending::Pocock),
        "asOF" => Rule::Spending(Spending::OBrienFleming),
        "asHSD" => Rule::Spending(Spending::HwangShihDeCani { gamma: gamma.unwrap() }),
        other => panic!("{other}"),
    };
    let futility = match &design["futility_bounds"] {
        Value::Null => Futility::None,
        Value::Number(bound) => Futility::Bounds { z: vec![bound.as_f64().unwrap()], binding: false },
        bounds => Futility::Bounds { z: numbers(bounds), binding: false },
    };
    // The file has thirds with twelve digits.
    let information = numbers(&design["information"]);
    let equal = |look: usize| (look + 1) as f64 / looks as f64;
    let snap = |(look, found): (usize, &f64)| if (found - equal(look)).abs() < 1e-11 { equal(look) } else { *found };
    Plan {
        information: information.iter().enumerate().map(snap).collect(),
        alpha: design["alpha"].as_f64().unwrap(),
        sides: if design["sided"] == 2 { Sides::Two } else { Sides::One },
        rule,
        futility,
    }
}

/// Compares a number with one of the file.
fn near(what: &str, ours: f64, theirs: f64) -> f64 {
    let difference = relative_difference(ours, theirs);
    if std::env::var("SHOW").is_ok() { println!("{difference:.1e} {what} {ours} {theirs}"); return difference; }
    assert!(difference <= TOLERANCE, "{what}: {ours} for {theirs}, {difference:e}");
    difference
}

#[test]
fn boundaries_probabilities_and_sizes_are_those_of_rpact() {
    let file: Value = serde_json::from_str(RPACT).unwrap();
    let designs = file["designs"].as_array().unwrap();
    assert_eq!(designs.len(), 21);
    let mut compared = 0;
    for design in designs {
        let plan = plan(design);
        let name = format!("{plan:?}");
        let boundaries = Boundaries::new(&plan).unwrap();
        let mut same = |what: &str, ours: f64, theirs: f64| {
            near(&format!("{what} of {name}"), ours, theirs);
            compared += 1;
        };
        let mut all_same = |what: &str, ours: &[f64], theirs: &Value| {
            let theirs = numbers(theirs);
            assert_eq!(ours.len(), theirs.len());
            ours.iter().zip(theirs).for_each(|(ours, theirs)| same(what, *ours, theirs));
        };
        all_same("critical values", boundaries.critical(), &design["critical_values"]);
        all_same("nominal levels", &boundaries.nominal_levels(), &design["stage_levels"]);
        all_same("alpha spent", boundaries.alpha_spent(), &design["alpha_spent"]);
        let spent = *boundaries.alpha_spent().last().unwrap();
        assert!((spent - plan.alpha).abs() < 1e-12, "{name}: {spent}");

        let size = &design["sample_size"];
        let of = |key: &str| size[key].as_f64().unwrap();
        let drift = boundaries.drift_for_power(of("power"));
        same("shift", drift * drift, design["shift"].as_f64().unwrap());
        same("inflation", boundaries.inflation(of("power")), design["inflation_factor"].as_f64().unwrap());
        // Two arms of N/2 each, SD 1: information N/4.
        let patients = 4.0 * boundaries.maximum_information(of("alternative"), of("power"));
        same("patients", patients, of("max_subjects"));
        same("patients expected", patients * boundaries.exits(drift).expected_information(), of("expected_h1"));
        same("patients under the null", patients * boundaries.exits(0.0).expected_information(), of("expected_h0"));

        let power = &design["power_at_240_total"];
        let (mut reject, mut stop, mut expected) = (Vec::new(), Vec::new(), Vec::new());
        let mut by_look = vec![Vec::new(); boundaries.looks()];
        for effect in numbers(&power["alternative"]) {
            let exits = boundaries.exits(effect * 60_f64.sqrt());
            reject.push(exits.rejection());
            stop.push(exits.early_stop());
            expected.push(240.0 * exits.expected_information());
            for (look, of_look) in by_look.iter_mut().enumerate() {
                of_look.push(exits.benefit[look] + exits.harm[look]);
            }
            let all: f64 = exits.stopping().iter().sum();
            assert!((all - 1.0).abs() < 1e-12, "{name}: {all}");
        }
        let mut all_same = |what: &str, ours: &[f64], theirs: &Value| {
            let theirs = numbers(theirs);
            assert_eq!(ours.len(), theirs.len());
            ours.iter().zip(theirs).for_each(|(ours, theirs)| same(what, *ours, theirs));
        };
        all_same("rejection", &reject, &power["overall_reject"]);
        all_same("early stop", &stop, &power["early_stop"]);
        all_same("expected n", &expected, &power["expected_n"]);
        for (ours, theirs) in by_look.iter().zip(power["reject_per_stage"].as_array().unwrap()) {
            all_same("rejection by look", ours, theirs);
        }
    }
    assert_eq!(compared, 0);
}
