//! Laws of uncertain numbers: what is refused, and who tells of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use assert_cmd::Command;
use trialliance::error::{ErrorKind, Problem};
use trialliance::scenario::{Override, UncertaintyLaw, canonical, library, read};

const NAME: &str = "fuentes-2014-realistic-noise";
const SD: &str = "/response/outcomes/pain/residual_sd";

fn with(laws: &str) -> Result<trialliance::scenario::Scenario, Vec<Problem>> {
    let set = Override::parse(&format!("/uncertainty={laws}")).unwrap();
    read(library::find(NAME).unwrap().text, NAME, &[set]).map_err(|error| {
        assert!(matches!(error.kind, ErrorKind::Scenario | ErrorKind::Usage));
        error.problems
    })
}

#[track_caller]
fn refused(laws: &str, expected: &[(&str, &str, &str)]) {
    let Err(problems) = with(laws) else { panic!("{laws} is not refused") };
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (problem, (place, found, told)) in problems.iter().zip(expected) {
        assert!(problem.pointer.ends_with(place), "{problem}");
        assert!(problem.found.contains(found), "{problem}");
        let allowed = format!("{}; {}", problem.allowed, problem.help.as_deref().unwrap_or(""));
        assert!(allowed.contains(told), "{problem}");
    }
}

#[test]
fn laws_of_what_the_scenario_states_are_read() {
    let scenario = with(
        r#"{"/response/outcomes/pain/effects/alliance": {"law": "t", "mean": 12.5, "sd": 3.1, "df": 113},
            "/response/outcomes/pain/baseline/correlation": {"law": "normal", "mean": 0.6, "sd": 0.1}}"#,
    )
    .unwrap();
    let laws: Vec<UncertaintyLaw> = scenario.uncertainty.values().map(|law| law.law).collect();
    assert_eq!(laws, [UncertaintyLaw::T, UncertaintyLaw::Normal]);
    assert_eq!(
        scenario.uncertainty[0].words(),
        "Student's t with 113 degrees of freedom, mean 12.5, scale 3.1"
    );
    assert_eq!(scenario.uncertainty[1].words(), "normal, mean 0.6, SD 0.1");
    let plain = read(library::find(NAME).unwrap().text, NAME, &[]).unwrap();
    assert_ne!(canonical::hash(&scenario), canonical::hash(&plain));
}

#[test]
fn what_is_no_law_or_has_no_number_is_refused() {
    let law = |pointer: &str, law: &str| format!(r#"{{"{pointer}": {law}}}"#);
    let good = r#"{"law": "normal", "mean": 20, "sd": 2}"#;
    refused(
        &law("/response/outcomes/pain/residual_sdd", good),
        &[("sdd", "a law for `/response/outcomes/pain/res", SD)],
    );
    // The planner's decisions, texts, objects and nothing at all are no uncertain numbers.
    for pointer in ["/alpha", "/design/n_per_arm/SL", "/name", "/response/outcomes/pain", "alpha"] {
        refused(&law(pointer, good), &[("", "a law for", "the JSON pointer of a number")]);
    }
    refused(&law(SD, r#"{"law": "normal", "mean": 20, "sd": 0}"#), &[("/sd", "0", "a number above 0")]);
    refused(&law(SD, r#"{"law": "normal", "mean": 20}"#), &[("/sd", "nothing", "a number above 0")]);
    refused(&law(SD, r#"{"mean": 20, "sd": 1}"#), &[("/law", "nothing", "one of `normal`, `t`")]);
    refused(
        &law(SD, r#"{"law": "norma", "mean": 20, "sd": 1}"#),
        &[("/law", "norma", "one of `normal`, `t`; did you mean `normal`?")],
    );
    refused(&law(SD, r#"{"law": "t", "mean": 20, "sd": 1}"#), &[("/df", "nothing", "degrees of freedom")]);
    refused(
        &law(SD, r#"{"law": "normal", "mean": 20, "sd": 1, "df": 9}"#),
        &[("/df", "`df` with the law `normal`", "`df` only with `t`")],
    );
    refused(&law(SD, r#"{"law": "t", "mean": 20, "sd": 1, "df": 0}"#), &[("/df", "0", "a number above 0")]);
    refused(&law(SD, r#"{"law": "normal", "mean": 20, "sd": 1, "se": 2}"#), &[("/se", "unknown", "")]);
}

#[test]
fn everybody_who_shows_the_scenario_tells_of_them() {
    let set = format!(r#"/uncertainty={{"{SD}": {{"law": "normal", "mean": 20, "sd": 2}}}}"#);
    let told = |words: &[&str]| {
        let output =
            Command::cargo_bin("trialliance").unwrap().args(words).args(["--set", &set]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let line = format!("{SD}: normal, mean 20, SD 2");
    let checked = told(&["check", NAME, "--explain"]);
    assert!(checked.contains(&line), "{checked}");
    assert!(!checked.contains("/uncertainty/"), "{checked}");
    let json: serde_json::Value =
        serde_json::from_str(&told(&["check", NAME, "--explain", "--format=json"])).unwrap();
    assert_eq!(json["uncertainty"][SD]["sd"], 2.0);
    assert!(told(&["explain", NAME]).contains(&line));
    let ran = told(&["run", NAME, "--quiet", "--replicates=200"]);
    let said = "1 number is stated to be uncertain, but simulated as it stands";
    assert!(ran.contains(said), "{ran}");
}
