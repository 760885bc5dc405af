//! Published claims: read, held against values that none of us computed, and refused where they cannot be.
//!
//! `tests/reference/claims/` has the calls of R's `pwr` beside its values; R's noncentral F is good to some
//! 1e-9, so that the tolerance is 1e-8. Outputs of G*Power are as published, to the digits that it prints.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use proptest::strategy::Strategy;
use serde_json::Value;
use trialliance::engine::{self, RunOptions};
use trialliance::error::ErrorKind;
use trialliance::estimand::{WEIGHTS, estimands};
use trialliance::planning::claim::{
    self, Adjustment, Analysis, Meaning, Test, Unit, WorkedOut, f_test_power,
};
use trialliance::scenario::{self, explain, standard_factors};

const TOLERANCE: f64 = 1e-8;

fn reference(of: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("reference/claims/claims.json")).expect("JSON");
    let rows = all["values"].as_array().expect("a list");
    let rows: Vec<Value> = rows.iter().filter(|row| row["of"] == of).cloned().collect();
    assert!(!rows.is_empty(), "{of}");
    rows
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found}, not {expected}");
}

fn worked(claim: &str) -> WorkedOut {
    let claim = claim::read(&[claim.to_owned()]).unwrap_or_else(|error| panic!("{claim}: {error}"));
    claim::work_out(claim, "claimed").unwrap_or_else(|error| panic!("{error}"))
}

fn place(estimand: &str) -> usize {
    estimands(&standard_factors()).iter().position(|one| one.id == estimand).expect("an estimand")
}

/// Fuentes et al. 2014, Phys Ther 94:477, as printed.
const FUENTES: &str = "SL=10.3 (6.6 to 12.7) n=29, AL=18.3 (14.3 to 20.3) n=30, SE=22.2 (18.9 to 25.0) n=29, \
                       AE=31.4 (27.2 to 33.3) n=29";

#[test]
fn power_by_f_is_that_of_pwr() {
    for row in reference("f_test") {
        let [f, df1, groups, n, alpha] =
            ["f", "df1", "groups", "n", "alpha"].map(|field| number(&row[field]));
        near(f_test_power(f, df1, groups, n, alpha), number(&row["value"]), TOLERANCE, &row.to_string());
    }
}

#[test]
fn the_fewest_patients_are_those_of_pwr() {
    for row in reference("fewest_any_difference") {
        let test = Test::AnyDifference { f: number(&row["f"]) };
        assert_eq!(test.patients_for(0.8, 0.05), row["value"].as_u64(), "{row}");
    }
    for row in reference("fewest_two_arms") {
        let test = Test::TwoArmsAlone { d: 2.0 * number(&row["f"]) };
        assert_eq!(test.patients_for(0.9, 0.05), row["value"].as_u64(), "{row}");
    }
}

/// Outputs of G*Power: 12 groups with f = .25 (main effects and interactions of a 2 × 2 × 3 design) need
/// 128 and 158 patients for 80 % with 1 and 2 degrees of freedom; 10 groups, f = .25, N = 390 (its
/// reference manual); within-between interaction, f = .1481313, 2 groups, 2 measurements, r = .5, N = 150,
/// power .95, where λ = N·f²·2/(1 − r).
#[test]
fn power_by_f_is_that_of_g_power() {
    near(f_test_power(0.25, 1.0, 12.0, 128.0, 0.05), 0.800_938_1, 5e-8, "1 of 12 groups");
    near(f_test_power(0.25, 2.0, 12.0, 158.0, 0.05), 0.801_697_2, 5e-8, "2 of 12 groups");
    near(f_test_power(0.25, 9.0, 10.0, 390.0, 0.05), 0.9524, 5e-5, "10 groups");
    near(f_test_power(2.0 * 0.148_131_3, 1.0, 2.0, 150.0, 0.05), 0.95, 1e-6, "group by time");
    // Here with four arms, which leave two degrees of freedom less.
    let time = worked("f=0.1481313,of=time,n=150,power=0.95").readings[0];
    assert_eq!(time.analysis, Analysis::Change);
    near(time.power.expect("a power"), 0.95, 1e-4, "group by time");
    assert_eq!(time.reproduces, Some(true));
}

#[test]
fn contrasts_have_the_power_of_r() {
    for row in reference("contrast") {
        let id = row["estimand"].as_str().expect("an id");
        let reading = worked(&format!("d={},of={id},n={}", row["d"], row["n"])).readings[0];
        near(reading.power.expect("a power"), number(&row["value"]), TOLERANCE, &row.to_string());
    }
    for row in reference("adjusted") {
        let claim = format!("d={},of=alliance,n={},r={},adjusted=yes", row["d"], row["n"], row["r"]);
        let reading = worked(&claim).readings[0];
        assert_eq!((reading.unit, reading.analysis), (Unit::Outcome, Analysis::Adjusted));
        near(reading.power.expect("a power"), number(&row["value"]), TOLERANCE, &claim);
    }
    for row in reference("change") {
        let reading = worked(&format!("f=0.27,of=time,n={},r={}", row["n"], row["r"])).readings[0];
        near(reading.d.expect("a d"), number(&row["d"]), 1e-14, "d of group by time");
        near(reading.power.expect("a power"), number(&row["value"]), TOLERANCE, &row.to_string());
    }
}

#[test]
fn one_claim_in_four_words_is_one_claim() {
    let f: f64 = 0.3;
    let eta_squared = f * f / (1.0 + f * f);
    let claims = [
        format!("d={},of=interaction", 4.0 * f),
        format!("f={f},of=interaction"),
        format!("f²={},of=interaction", f * f),
        format!("partial_eta_squared={eta_squared},of=interaction"),
        format!("η²={eta_squared},contrast=interaction"),
    ];
    for claim in claims {
        let reading = worked(&format!("{claim},n=88,sd=20,power=0.8")).readings[0];
        near(reading.f, f, 1e-12, &claim);
        near(reading.d.expect("a d"), 1.2, 1e-12, &claim);
        near(reading.difference.expect("a difference"), 24.0, 1e-10, &claim);
        near(reading.partial_eta_squared, eta_squared, 1e-12, &claim);
        near(reading.power.expect("a power"), f_test_power(f, 1.0, 4.0, 88.0, 0.05), 1e-12, &claim);
    }
}

/// The claim that no program would check: which reading gives 80 % with 52 patients?
#[test]
fn f_of_27_with_52_patients_is_not_80_percent() {
    let worked = worked("f=0.27,n=52,power=0.80");
    let power = |meaning: Meaning| {
        let reading = worked.readings.iter().find(|reading| reading.meaning == meaning).expect("a reading");
        assert_eq!(reading.reproduces, Some(false), "{meaning:?}");
        reading.power.expect("a power")
    };
    // Values of pwr and of R for one degree of freedom, see the reference.
    let one_degree = number(&reference("f_test")[0]["value"]);
    for contrast in [0, 2, 7] {
        near(power(Meaning::Contrast(contrast)), one_degree, TOLERANCE, "a contrast");
    }
    near(power(Meaning::TwoArmsAlone), number(&reference("f_test")[1]["value"]), TOLERANCE, "two arms");
    near(power(Meaning::AnyDifference), number(&reference("f_test")[2]["value"]), TOLERANCE, "any");
    near(power(Meaning::Time), number(&reference("change")[0]["value"]), TOLERANCE, "time");
    // What would make it so: the power is the claimed one at these correlations.
    let r = worked.alternatives.correlation.expect("a correlation");
    let adjusted = Test::Contrast { index: 0, d: 0.54, adjustment: Adjustment::Covariate(r) };
    near(adjusted.power([13; 4], 0.05), 0.80, 1e-7, "adjusted");
    let r = worked.alternatives.correlation_of_time.expect("a correlation");
    let time = Test::Contrast { index: 0, d: 1.08, adjustment: Adjustment::Change(r) };
    near(time.power([13; 4], 0.05), 0.80, 1e-7, "group by time");
    // The interaction as large as the main effect, as R has it.
    let equal = worked.alternatives.equal_interaction.expect("an interaction");
    near(equal.power.expect("a power"), number(&reference("contrast")[1]["value"]), TOLERANCE, "interaction");
}

#[test]
fn a_sound_claim_is_reproduced() {
    // Cohen (1988), table 2.3.5: d = .50, 64 in each group, power .80.
    let sound = worked("d=0.5,n=128,power=.80");
    let reproduced: Vec<Meaning> = sound
        .readings
        .iter()
        .filter(|reading| reading.reproduces == Some(true))
        .map(|reading| reading.meaning)
        .collect();
    assert_eq!(reproduced, [Meaning::Contrast(0), Meaning::HalfInteraction, Meaning::TwoArmsAlone]);
    // Where a reading gives the claimed power, n need not be of something else.
    assert!(sound.alternatives.sizes.is_empty() && sound.alternatives.correlation.is_none());
    // The fewest in steps of one in each arm are as claimed, too, though their power is .82.
    let fewest = worked("f=0.8,of=alliance,n=16,power=0.8").readings[0];
    assert!(fewest.power.is_some_and(|power| power > 0.81) && fewest.reproduces == Some(true), "{fewest:?}");
    // Per group or per arm: said, where it is what fits.
    let per_arm = worked("d=0.5,of=alliance,n=64,power=.80");
    let fits: Vec<_> =
        per_arm.alternatives.sizes.iter().map(|size| (size.per_arm, size.reproduces)).collect();
    assert_eq!(fits, [(false, Some(true)), (true, Some(false))]);
}

#[test]
fn an_adjusted_share_of_variance_is_of_what_the_baseline_leaves() {
    let worked = worked("eta2=0.06,of=ifc,n=120,r=0.6,adjusted=yes,sd=20");
    let taken = worked.readings[worked.taken.expect("a reading")];
    assert_eq!((taken.unit, taken.analysis), (Unit::Residual, Analysis::Adjusted));
    let d = taken.d.expect("a d");
    near(taken.difference.expect("a difference"), d * 20.0 * 0.8, 1e-12, "d × SD × √(1 − r²)");
    // Without a word of adjustment, all three are there.
    let open = self::worked("eta2=0.06,of=ifc,n=120,r=0.6,sd=20");
    let uses: Vec<_> = open.readings.iter().map(|reading| (reading.unit, reading.analysis)).collect();
    let (outcome, residual) = (Unit::Outcome, Unit::Residual);
    let [unadjusted, adjusted] = [Analysis::Unadjusted, Analysis::Adjusted];
    assert_eq!(uses, [(outcome, unadjusted), (outcome, adjusted), (residual, adjusted)]);
}

/// The scenario is what the reading says: a run's own exact power of its primary hypothesis is that of the
/// table, every number has a source, and the text is read as the same scenario.
#[test]
fn scenarios_have_the_power_of_their_reading() {
    for claim in [
        "f=0.27,n=52,power=0.80",
        "d=0.5,of=alliance,sd=20,n=128",
        "d=-0.5,of=ifc,sd=20,n=90,better=lower",
        "d=0.7,of=interaction,n_per_arm=25,alpha=0.01",
        "d=0.6,of=joint,n=100,sd=3",
        "d=0.6,of=alliance_at_active,n=100",
        "f2=0.07,of=ifc_at_enhanced,n=100",
        "eta2=0.07,of=interaction,n_per_arm=20,r=0.5,adjusted=yes,sd=12",
        "d=0.4,of=alliance,residual_sd=14,r=0.7,n=160",
        "d=0.4,of=alliance,residual_sd=14,r=0.7,n=160,adjusted=no",
        "f=0.2,of=time,n=60,r=0.4,sd=10",
        "f=0.2,of=ifc,power=0.9",
    ] {
        let worked = worked(claim);
        let taken = worked.readings[worked.taken.expect("a reading")];
        let scenario = scenario::read(&worked.text, "claim", &[]).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scenario, worked.scenario, "{claim}");
        let explained = explain::explain(&worked.text, &[], &scenario).expect("explained");
        assert_eq!(explained.without_source, [""; 0], "{claim}");
        let options = RunOptions { replicates: 100, ..RunOptions::default() };
        let result = engine::run(&scenario, &options, &mut |_| {}).expect("a run");
        let primary = &result.results.iter().find(|row| row.primary).expect("a primary hypothesis");
        let power = primary.exact_power.expect("a closed form");
        let expected = taken.power.unwrap_or_else(|| {
            // Without patients the scenario has those that the power needs.
            let arm = taken.needed.expect("few enough") / 4;
            taken.test.power([arm; 4], worked.alpha)
        });
        near(power, expected, 1e-9, claim);
    }
}

/// With a residual SD every reading is in it: two arms alone, too, and any difference.
#[test]
fn a_residual_sd_is_that_of_every_reading() {
    let worked = worked("f=0.3,residual_sd=16,r=0.6,n=80");
    for reading in &worked.readings {
        assert_eq!(reading.unit, Unit::Residual, "{reading:?}");
        assert!(reading.meaning != Meaning::Time, "{reading:?}");
        if let (Some(difference), Some(d)) = (reading.difference, reading.d) {
            near(difference, 16.0 * d, 1e-12, "d × residual SD");
        }
        // In SDs of the outcome, which is 16 ÷ 0.8 = 20, f is 0.24.
        if reading.meaning == Meaning::AnyDifference {
            let power = reading.power.expect("a power");
            near(power, f_test_power(0.24, 3.0, 4.0, 80.0, 0.05), 1e-12, "any difference");
        }
    }
}

#[test]
fn printed_means_give_their_spread_effects_and_power() {
    let worked = worked(FUENTES);
    let means = worked.means.as_ref().expect("means");
    let sds = reference("fuentes_sd");
    for (sd, expected) in means.sds.iter().zip(sds[0]["value"].as_array().expect("four")) {
        near(*sd, number(expected), 1e-12, "SD");
    }
    near(means.pooled_sd, number(&reference("fuentes_pooled_sd")[0]["value"]), 1e-12, "pooled SD");
    let one = number(&reference("fuentes_one_variance_sd")[0]["value"]);
    near(means.if_one_variance.expect("intervals"), one, 1e-12, "SD from one variance");
    assert_eq!(means.versions.len(), 2);
    for row in reference("fuentes") {
        let index = place(row["estimand"].as_str().expect("an id"));
        let [printed, centres] = [0, 1].map(|version| means.versions[version].effects[index]);
        match row["what"].as_str() {
            Some("difference_and_se") => {
                near(printed.value, number(&row["value"][0]), 1e-12, "difference");
                near(printed.se, number(&row["value"][1]), 1e-12, "SE");
            }
            Some("interval") => {
                for (limit, expected) in printed.interval.iter().zip(row["value"].as_array().expect("two")) {
                    near(*limit, number(expected), 1e-10, "limit");
                }
            }
            Some("by_centres") => near(centres.value, number(&row["value"]), 1e-12, "by centres"),
            _ => near(printed.power, number(&row["value"]), TOLERANCE, "power"),
        }
        // f is that of the noncentrality: λ = N·f².
        let weights = WEIGHTS[index];
        let unit: f64 = weights.iter().zip([29.0, 30.0, 29.0, 29.0]).map(|(w, n)| w * w / n).sum();
        let noncentrality = printed.value * printed.value / (means.pooled_sd * means.pooled_sd * unit);
        near(117.0 * printed.f * printed.f, noncentrality, 1e-9, "λ");
    }
    // All four means lie above the centres of their intervals.
    for (off, expected) in means.off_centre.iter().zip([0.65, 1.0, 0.25, 1.15]) {
        near(off.expect("off"), expected, 1e-12, "off the centre");
    }
    assert!(worked.left_open[0].contains("SL 10.3 is 0.65 above the centre 9.65"), "{:?}", worked.left_open);
    // The scenario has the printed means and the exact power of the first table.
    let scenario = scenario::read(&worked.text, "claim", &[]).expect("valid");
    let explained = explain::explain(&worked.text, &[], &scenario).expect("explained");
    assert_eq!(explained.without_source, [""; 0]);
    let options = RunOptions { replicates: 100, ..RunOptions::default() };
    let result = engine::run(&scenario, &options, &mut |_| {}).expect("a run");
    for effect in &means.versions[0].effects {
        let row = result.results.iter().find(|row| place(&row.estimand) == effect.index).expect("a row");
        near(row.exact_power.expect("a closed form"), effect.power, 1e-9, &row.estimand);
    }
}

#[test]
fn adjusted_means_have_a_residual_spread() {
    let worked = worked(&format!("{FUENTES},r=0.91,adjusted=yes,outcome=pain"));
    let pain = &worked.scenario.response.outcomes["pain"];
    // Intervals of adjusted means are from one variance with N − 5 degrees of freedom.
    let sd = number(&reference("fuentes_adjusted_sd")[0]["value"]);
    near(pain.residual_sd.expect("a residual SD"), sd, 1e-9, "residual SD");
    let result =
        engine::run(&worked.scenario, &RunOptions { replicates: 100, ..RunOptions::default() }, &mut |_| {});
    let result = result.expect("a run");
    let ifc =
        result.results.iter().find(|row| row.estimand == "ifc" && row.analysis == "ancova").expect("a row");
    let means = worked.means.as_ref().expect("means");
    near(ifc.exact_power.expect("a closed form"), means.versions[0].effects[1].power, 1e-9, "ifc");
}

#[test]
fn spreads_that_differ_are_pointed_out() {
    for row in reference("bartlett") {
        let [n, sd] = ["n", "sd"].map(|field| row[field].as_array().expect("four").clone());
        let arm = |id: &str, arm: usize| format!("{id}=5 (SD {}) n={}", sd[arm], n[arm]);
        let arms = ["SL", "AL", "SE", "AE"].iter().enumerate().map(|(index, id)| arm(id, index));
        let worked = worked(&arms.collect::<Vec<_>>().join(","));
        let p = number(&row["value"]);
        near(worked.means.expect("means").equal_sds_p, p, 1e-10, "Bartlett's p");
        let said = worked.left_open.iter().any(|sentence| sentence.contains("Bartlett"));
        assert_eq!(said, p < 0.05, "{row}");
    }
    // The SD of an arm is the same from its SE and from its interval.
    let same = worked(
        "SL=5 (SD 8) n=16, AL=5 (SE 2) n=16, SE=5 (0.7371 to 9.2629) n=16, AE=5 (90% CI 1.4939, 8.5061) n=16",
    );
    for sd in same.means.expect("means").sds {
        // Limits are rounded to four decimals; qt(.975, 15) = 2.131450 and qt(.95, 15) = 1.753050.
        near(sd, 8.0, 2e-4, "SD");
    }
}

#[test]
fn what_cannot_be_claimed_is_refused_with_what_would_do() {
    for (claim, found, hint) in [
        ("", "no effect", "one of d, f, f2, eta2"),
        ("g=0.3", "`g`", "WORD=VALUE with one of d, f"),
        ("powr=0.8,f=0.2", "`powr`", "did you mean `power`?"),
        ("f=0,27", "`27`", "decimals with a point"),
        ("f=-0.2", "`-0.2`", "above 0"),
        ("f=big", "`big`", "above 0"),
        ("d=0", "`0`", "other than 0"),
        ("eta2=7", "`7`", "above 0 and at most 0.999"),
        ("eta2=7%", "`7%`", "write a share"),
        ("d=0.5,f=0.25", "d and f", "one statement"),
        ("f=0.2,f=0.3", "`f` twice", "each word once"),
        ("f=0.2,n=many", "`many`", "whole number"),
        ("f=0.2,n=52.5", "`52.5`", "whole number"),
        ("f=0.2,n=4", "`4`", "at least 8"),
        ("f=0.2,n=52,n_per_arm=13", "in all and in each arm", "one of the two"),
        ("f=0.2,power=0.05", "`0.05`", "above alpha (0.05) and below 1"),
        ("f=0.2,power=100%", "`100%`", "below 1"),
        ("f=0.2,alpha=0", "`0`", "above 0 and below 1"),
        ("f=0.2,of=aliance", "`aliance`", "did you mean `alliance`?"),
        ("d=0.2,of=any", "`any`", "one of `alliance`"),
        ("f=0.2,sd=0", "`0`", "above 0"),
        ("f=0.2,sd=20,residual_sd=14,r=0.5", "sd and residual_sd", "one of the two"),
        ("f=0.2,residual_sd=14", "no r", "correlation of the outcome"),
        ("f=0.2,of=time,residual_sd=14,r=0.5", "group × time", "that of the outcome"),
        ("f=0.2,adjusted=yes", "no r", "correlation of the outcome"),
        ("f=0.2,adjusted=maybe,r=0.5", "`maybe`", "one of `yes`, `no`"),
        ("f=0.2,r=1", "`1`", "above -1 and below 1"),
        ("SL=5 (SD 2),n_per_arm=20", "no mean of `AL`, `SE` and `AE`", "all four arms"),
        ("SL=5 (SD 2),SL=5 (SD 2)", "SL twice", "each arm once"),
        ("SL=5 (7 to 3),n=80", "from 7 to 3", "lower limit first"),
        ("SL=9 (3 to 7),n=80", "outside its interval", "misprinted or mistyped"),
        ("SL=5 ± 2,n=80", "±", "say which"),
        ("SL=5 (SD 2) n=20,f=0.3", "f and means of arms", "one statement"),
        ("SL=5 (SD 2),AL=5 (SD 2),SE=5 (SD 2),AE=5 (SD 2)", "without their patients", "n_per_arm=29"),
        ("SL=5 (SD 2) n=9,AL=5 (SD 2),SE=5 (SD 2),AE=5 (SD 2),n=80", "in the arms, too", "one of the two"),
        ("SL=5 (SD 2),AL=5 (SD 2),SE=5 (SD 2),AE=5 (SD 2),n=80,sd=2", "means of arms", "their own spread"),
    ] {
        let error = claim::read(&[claim.to_owned()]).expect_err(claim);
        assert_eq!(error.kind, ErrorKind::Usage, "{claim}");
        let problems = || error.problems.iter();
        assert!(problems().all(|one| one.option.as_ref().is_some_and(|option| option.starts_with("--from"))));
        let told = problems().any(|one| {
            let advice = format!("{} {}", one.allowed, one.help.clone().unwrap_or_default());
            one.found.contains(found) && advice.contains(hint)
        });
        assert!(told, "{claim}: {error:?}");
    }
    // A name that a scenario cannot have is the claim's fault, too.
    for outcome in ["Pain", "alliance", ""] {
        let claim = claim::read(&[format!("f=0.2,outcome={outcome}")]).expect("read");
        let error = claim::work_out(claim, "claimed").expect_err(outcome);
        assert_eq!(error.kind, ErrorKind::Usage, "{outcome}: {error:?}");
    }
}

#[test]
fn extremes_are_answered_or_refused_and_never_nonsense() {
    for claim in [
        "f=1e-9,n=8",
        "f=100,n=1000000",
        "d=1e-300,of=alliance",
        "eta2=0.999,n_per_arm=2",
        "d=-100,r=-0.99,n=8",
    ] {
        let worked = worked(claim);
        for reading in &worked.readings {
            let sensible = reading.power.is_none_or(|power| (0.0..=1.0).contains(&power));
            assert!(sensible, "{claim}: {reading:?}");
        }
    }
}

#[cfg(feature = "program")]
mod program {
    use super::{FUENTES, Value};
    use assert_cmd::Command;

    fn call(words: &[&str]) -> (i32, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trialliance"));
        let output = command.args(words).output().expect("run");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
    }

    #[test]
    fn the_scenario_goes_out_and_what_follows_goes_to_people() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("grant.json");
        let file = file.to_str().expect("a path");
        let claim = ["--from", "f=0.27,n=52", "--from", "power=0.80"];
        let (code, out, told) = call(&[&["init", "grant"][..], &claim].concat());
        assert_eq!(code, 0, "{told}");
        for words in
            ["a main effect", "0.4793", "go together in none", "at 0.74", "What f is of is not stated"]
        {
            assert!(told.contains(words), "{words}: {told}");
        }
        let (code, quiet, nothing) =
            call(&[&["init", "grant", "--quiet", "--output", file][..], &claim].concat());
        assert_eq!((code, quiet.as_str(), nothing.as_str()), (0, "", ""));
        assert_eq!(std::fs::read_to_string(file).expect("a file"), out);
        let (code, checked, _) = call(&["check", file]);
        assert_eq!(code, 0);
        assert!(checked.starts_with("grant is valid: 52 patients"), "{checked}");
        // An earlier file stays.
        assert_eq!(call(&[&["init", "grant", "--output", file][..], &claim].concat()).0, 5);
    }

    #[test]
    fn programs_get_the_same_as_data() {
        let (code, out, told) = call(&["init", "paper", "--from", FUENTES, "--format", "json"]);
        assert_eq!((code, told.as_str()), (0, ""));
        let data: Value = serde_json::from_str(&out).expect("JSON");
        assert_eq!(data["scenario"]["name"], "paper");
        assert_eq!(data["means"]["versions"][1]["means"], "centres");
        let interaction = &data["means"]["versions"][0]["effects"][2];
        assert_eq!(interaction["estimand"], "interaction");
        assert!(
            interaction["nearer_limit"].is_null() && interaction["power"].as_f64().is_some_and(|p| p < 0.07)
        );
        let (_, out, _) = call(&["init", "--from", "f=0.27,n=52,power=0.80", "--format", "json"]);
        let data: Value = serde_json::from_str(&out).expect("JSON");
        let of: Vec<&str> = data["readings"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|one| one["of"].as_str())
            .collect();
        assert_eq!(of, ["alliance", "interaction", "joint", "two_arms_alone", "any", "time"]);
        assert_eq!(data["reading_of_scenario"], 0);
    }

    #[test]
    fn a_wrong_claim_exits_with_2_and_says_everything_that_is_wrong() {
        let (code, out, told) = call(&["init", "x", "--from", "f=-1,n=few,power=2,of=alianc"]);
        assert_eq!((code, out.as_str()), (2, ""));
        for words in
            ["--from f=-1", "--from n=few", "--from power=2", "did you mean `alliance`?", "4 problems"]
        {
            assert!(told.contains(words), "{words}: {told}");
        }
        assert_eq!(call(&["init", "x", "--format", "json"]).0, 2);
        assert_eq!(call(&["init", "two words", "--from", "f=0.3"]).0, 2);
    }
}

proptest::proptest! {
    /// Whatever is typed is worked out or refused, never a panic; what is worked out is a valid scenario.
    #[test]
    fn any_words_are_answered_or_refused(
        words in proptest::collection::vec(0_usize..24, 0..6),
        numbers in proptest::collection::vec(proptest::prop_oneof![
            proptest::num::f64::ANY.prop_map(|value| value.to_string()),
            (1_u32..2000).prop_map(|value| value.to_string()),
            (1_u32..999).prop_map(|value| format!("0.{value}")),
            ".{0,12}",
        ], 6),
    ) {
        const WORDS: [&str; 24] = [
            "d=", "f=", "f2=", "eta2=", "of=alliance,d=", "of=joint,f=", "of=time,f=", "sd=", "residual_sd=", "n=",
            "n_per_arm=", "power=", "alpha=", "r=", "adjusted=yes,r=", "SL=3 (SD 1) n=", "AL=3 (SE 1) n=",
            "SE=3 (1 to 5) n=", "AE=3 (1, 5) n=", "SL=", "unit=", "outcome=", "better=", "",
        ];
        let parts: Vec<String> =
            words.iter().zip(&numbers).map(|(word, number)| format!("{}{number}", WORDS[*word])).collect();
        if let Ok(claim) = claim::read(&parts) {
            match claim::work_out(claim, "claimed") {
                Ok(worked) => assert!(scenario::read(&worked.text, "claim", &[]).is_ok(), "{}", worked.text),
                Err(error) => assert_eq!(error.kind, ErrorKind::Usage, "{parts:?}: {error:?}"),
            }
        }
    }
}
