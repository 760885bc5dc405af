//! Are group-sequential boundaries, probabilities, sizes and estimates those of other programs?
//!
//! `boundaries_and_power.json`: rpact. It finds its boundaries to about 1e-7 and integrates to about 1e-9, so
//! the tolerance is 1e-6 relative. It writes .02499999 where its search ended below a level of .025, and
//! counts one-sided trials with Z below −6 as stopped for futility (1e-9 at each look), which the tolerance
//! covers too.
//!
//! `after_stopping.json`: boxes of the trivariate normal by R's mvtnorm, good to 1e-14, roots by uniroot. What is
//! found by a root carries the error of the probability over its slope: 1e-10 relative.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::Value;
use support::relative_difference;
use trialliance::decision::sequential::{Boundaries, Futility, FutilityStops, Plan, Rule, Sides, Spending};

const RPACT: &str = include_str!("reference/group_sequential/boundaries_and_power.json");

const MVTNORM: &str = include_str!("reference/group_sequential/after_stopping.json");

/// Relative, against rpact.
const TOLERANCE: f64 = 1e-6;

/// Relative, against mvtnorm.
const TIGHT: f64 = 1e-10;

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
    let snap =
        |(look, found): (usize, &f64)| if (found - equal(look)).abs() < 1e-11 { equal(look) } else { *found };
    Plan {
        information: information.iter().enumerate().map(snap).collect(),
        alpha: design["alpha"].as_f64().unwrap(),
        sides: if design["sided"] == 2 { Sides::Two } else { Sides::One },
        rule,
        futility,
    }
}

/// Compares a number with one of the file.
fn near(what: &str, ours: f64, theirs: f64, tolerance: f64) {
    let difference = relative_difference(ours, theirs);
    assert!(difference <= tolerance, "{what}: {ours} for {theirs}, {difference:e}");
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
            near(&format!("{what} of {name}"), ours, theirs, TOLERANCE);
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
        same(
            "patients expected",
            patients * boundaries.exits(drift).expected_information(),
            of("expected_h1"),
        );
        same(
            "patients under the null",
            patients * boundaries.exits(0.0).expected_information(),
            of("expected_h0"),
        );

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
    assert_eq!(compared, 571);
}

const THIRDS: [f64; 3] = [1.0 / 3.0, 2.0 / 3.0, 1.0];
const UNEVEN: [f64; 3] = [0.25, 0.6, 1.0];

fn hwang(gamma: f64) -> Spending {
    Spending::HwangShihDeCani { gamma }
}

fn one_sided(information: [f64; 3], rule: Rule, futility: Futility) -> Plan {
    Plan { information: information.to_vec(), alpha: 0.025, sides: Sides::One, rule, futility }
}

/// A design of the second file.
fn named(name: &str) -> Plan {
    match name {
        "asOF" => one_sided(THIRDS, Rule::Spending(Spending::OBrienFleming), Futility::None),
        "HP3" => one_sided(UNEVEN, Rule::HaybittlePeto { interim: 3.0 }, Futility::None),
        "asHSD1 two-sided" => {
            let one = one_sided(THIRDS, Rule::Spending(hwang(1.0)), Futility::None);
            Plan { alpha: 0.05, sides: Sides::Two, ..one }
        }
        "asHSD-4 binding" => {
            let futility = Futility::Bounds { z: vec![0.0, 0.5], binding: true };
            one_sided(UNEVEN, Rule::Spending(hwang(-4.0)), futility)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn results_after_stopping_are_those_of_multivariate_normal_boxes() {
    let file: Value = serde_json::from_str(MVTNORM).unwrap();
    let designs = file["designs"].as_array().unwrap();
    assert_eq!(designs.len(), 4);
    for design in designs {
        let name = design["design"].as_str().unwrap();
        let boundaries = Boundaries::new(&named(name)).unwrap();
        for (ours, theirs) in boundaries.critical().iter().zip(numbers(&design["critical"])) {
            near(name, *ours, theirs, TIGHT);
        }
        for result in design["results"].as_array().unwrap() {
            let of = |key: &str| result[key].as_f64().unwrap();
            let what = |key: &str| format!("{key} of {name} at look {} with {}", result["look"], result["z"]);
            let look = of("look") as usize - 1;
            let found = boundaries.stage_wise(look, of("z"), FutilityStops::Ignored).unwrap();
            let (low, high) = found.interval(0.95);
            near(&what("p"), found.p_value(), of("p"), TIGHT);
            near(&what("median"), found.median_unbiased(), of("median"), TIGHT);
            near(&what("low"), low, of("low"), TIGHT);
            near(&what("high"), high, of("high"), TIGHT);
        }
        for moments in design["naive"].as_array().unwrap() {
            let of = |key: &str| moments[key].as_f64().unwrap();
            let what = |key: &str| format!("{key} of {name} with {}", moments["drift"]);
            let naive = boundaries.naive_estimate(of("drift"));
            // The mean of a symmetric trial without an effect is 0.
            assert!((naive.mean - of("mean")).abs() < 1e-9, "{}: {}", what("mean"), naive.mean);
            near(&what("variance"), naive.variance, of("variance"), 1e-9);
            near(&what("coverage"), boundaries.naive_coverage(of("drift"), 0.95), of("coverage"), TIGHT);
        }
        for given in design["conditional"].as_array().unwrap() {
            let of = |key: &str| given[key].as_f64().unwrap();
            let power = boundaries.conditional_power(0, of("z"), of("drift"));
            near(&format!("conditional power of {name}"), power, of("power"), TIGHT);
            let rejection = boundaries.conditional_rejection(0, of("z"));
            near(&format!("conditional rejection of {name}"), rejection, of("rejection"), TIGHT);
        }
    }
}

#[test]
fn futility_by_spending_is_that_of_multivariate_normal_boxes() {
    let file: Value = serde_json::from_str(MVTNORM).unwrap();
    let cases = file["futility_spent"].as_array().unwrap();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let (binding, power) = (case["binding"] == true, case["power"].as_f64().unwrap());
        let (alpha, beta) = if binding {
            (hwang(-4.0), Spending::OBrienFleming)
        } else {
            (Spending::OBrienFleming, hwang(-2.0))
        };
        let futility = Futility::Spending { spending: beta, power, binding };
        let boundaries = Boundaries::new(&one_sided(UNEVEN, Rule::Spending(alpha), futility)).unwrap();
        for (ours, theirs) in boundaries.critical().iter().zip(numbers(&case["critical"])) {
            near("critical value", *ours, theirs, TIGHT);
        }
        assert_eq!(boundaries.futility().len(), 2);
        for (ours, theirs) in boundaries.futility().iter().zip(numbers(&case["futility"])) {
            assert!((ours - theirs).abs() < 1e-9, "futility: {ours} for {theirs}");
        }
        near("drift", boundaries.drift_for_power(power), case["drift"].as_f64().unwrap(), TIGHT);
    }
}
