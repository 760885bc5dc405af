//! What a person is told about a scenario that is wrong.
//!
//! Each line of the tables is one mistake in an otherwise good scenario, with the
//! place and the key words of the message that it must get.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use proptest::prelude::*;
use trialliance::error::{Error, ErrorKind, Problem};
use trialliance::scenario::{MAX_BYTES, Override, read, read_bytes};

const GOOD: &str = r#"{
  "schema": "trialliance.scenario/1",
  "name": "good",
  "alpha": 0.05,
  "design": {"n_per_arm": {"SL": 20, "AL": 20, "SE": 20, "AE": 20}},
  "cohort": {
    "covariates": [{"id": "age", "mean": 45, "sd": 13}],
    "correlation": [{"between": ["age", "pain_baseline"], "value": 0.1}]
  },
  "response": {
    "outcomes": {
      "pain": {
        "better": "lower",
        "control_mean": 42,
        "effects": {"alliance": 5, "ifc": 4, "interaction": 0},
        "sd": 20,
        "baseline": {"mean": 52, "sd": 20, "correlation": 0.5}
      },
      "ppt": {"arm_means": {"SL": 4, "AL": 4, "SE": 4, "AE": 5}, "sd": 2}
    },
    "correlation": [{"between": ["pain", "ppt"], "value": -0.2}]
  },
  "analyses": [
    {"method": "ancova", "outcome": "pain"},
    {"method": "anova", "outcome": "ppt"}
  ],
  "primary": ["ancova/alliance"],
  "sources": {"/alpha": "a habit"}
}
"#;

/// The good scenario with one piece of text changed.
fn edited(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "the good scenario has no {from}");
    GOOD.replacen(from, to, 1)
}

fn refused(text: &str) -> Error {
    read(text, "test.json", &[]).expect_err(text)
}

/// A field that is left out for its own problem is no reason to call its source one of nothing.
#[test]
fn a_bad_field_does_not_make_its_source_bad() {
    let sources = r#""sources": {"/alpha": "a habit"}"#;
    for (from, to, of) in [
        (r#""alpha": 0.05"#, r#""alpha": 2"#, "/alpha"),
        (r#""correlation": 0.5"#, r#""correlation": 2"#, "/response/outcomes/pain/baseline/correlation"),
        (r#""control_mean": 42"#, r#""control_mean": "42""#, "/response/outcomes/pain/control_mean"),
        (r#""better": "lower""#, r#""better": "less""#, "/response/outcomes/pain/better"),
    ] {
        let cited = GOOD.replacen(sources, &format!(r#""sources": {{"{of}": "a habit"}}"#), 1);
        assert!(cited.contains(from), "{from}");
        let problem = only(&cited.replacen(from, to, 1));
        assert_eq!(problem.pointer, of, "{problem}");
    }
    // The source of another field that there is not is told as ever.
    let both =
        edited(sources, r#""sources": {"/alhpa": "a habit"}"#).replacen("\"alpha\": 0.05", "\"alpha\": 2", 1);
    assert_eq!(refused(&both).problems.len(), 2);
}

/// The one problem of a text.
fn only(text: &str) -> Problem {
    let mut error = refused(text);
    assert_eq!(error.problems.len(), 1, "{error}");
    assert_eq!(error.kind, ErrorKind::Scenario);
    error.problems.remove(0)
}

#[test]
fn the_good_scenario_is_good() {
    let scenario = read(GOOD, "test.json", &[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(scenario.name, "good");
}

#[test]
fn the_smallest_scenario_reads_without_a_word() {
    let text = r#"{"schema": "trialliance.scenario/1", "name": "textbook", "alpha": 0.05, "design": {"n_per_arm": {"SL": 20, "AL": 20, "SE": 20, "AE": 20}}, "response": {"outcomes": {"y": {"arm_means": {"SL": 20, "AL": 20, "SE": 20, "AE": 25}, "sd": 5}}}, "analyses": [{"method": "anova", "outcome": "y"}]}"#;
    assert!(read(text, "textbook", &[]).is_ok());
}

/// One mistake: what is replaced by what, and then the message's pointer, place,
/// and words of what was found, what is allowed and the help.
struct Mistake(
    &'static str,
    &'static str,
    &'static str,
    (usize, usize),
    &'static str,
    &'static str,
    &'static str,
);

#[rustfmt::skip]
const SHAPE: &[Mistake] = &[
    Mistake("\"sd\": 20,", "\"sd\": -5,", "/response/outcomes/pain/sd", (16, 15), "-5", "a number above 0", ""),
    Mistake("\"sd\": 20,", "\"sd\": 0,", "/response/outcomes/pain/sd", (16, 15), "0", "a number above 0", ""),
    Mistake("\"sd\": 20,", "\"sd\": \"20\",", "/response/outcomes/pain/sd", (16, 15), "text \"20\"", "a number above 0 or an object", "without quotes"),
    Mistake("\"sd\": 20,", "\"sd\": [20],", "/response/outcomes/pain/sd", (16, 15), "a list of 1", "a number above 0", ""),
    Mistake("\"SL\": 20", "\"SL\": 0", "/design/n_per_arm/SL", (5, 34), "0", "a whole number from 2 to 1,000,000", ""),
    Mistake("\"SL\": 20", "\"SL\": 1", "/design/n_per_arm/SL", (5, 34), "1", "a whole number from 2 to 1,000,000", ""),
    Mistake("\"SL\": 20", "\"SL\": 1000000000", "/design/n_per_arm/SL", (5, 34), "1000000000", "from 2 to 1,000,000", ""),
    Mistake("\"SL\": 20", "\"SL\": 2.5", "/design/n_per_arm/SL", (5, 34), "2.5", "a whole number from 2", ""),
    Mistake("\"SL\": 20", "\"SL\": -3", "/design/n_per_arm/SL", (5, 34), "-3", "a whole number from 2", ""),
    Mistake("\"SL\": 20", "\"SL\": null", "/design/n_per_arm/SL", (5, 34), "null", "a whole number", ""),
    Mistake("\"correlation\": 0.5", "\"correlation\": 1.2", "/response/outcomes/pain/baseline/correlation", (17, 59), "1.2", "a number above -1 and below 1", ""),
    Mistake("\"correlation\": 0.5", "\"corelation\": 0.5", "/response/outcomes/pain/baseline/corelation", (17, 44), "unknown field `corelation`", "one of `mean`", "did you mean `correlation`?"),
    Mistake("\"alpha\": 0.05", "\"alpha\": 5", "/alpha", (4, 12), "5", "a number above 0 and below 0.5", ""),
    Mistake("\"alpha\": 0.05", "\"alpha\": true", "/alpha", (4, 12), "true", "a number", ""),
    Mistake("\"alpha\": 0.05", "\"alfa\": 0.05", "/alfa", (4, 3), "unknown field `alfa`", "`alpha`", "did you mean `alpha`?"),
    Mistake("\"name\": \"good\"", "\"name\": \"two words\"", "/name", (3, 11), "text \"two words\"", "a name of letters", ""),
    Mistake("\"name\": \"good\"", "\"name\": \"\"", "/name", (3, 11), "empty text", "a name of letters", ""),
    Mistake("\"name\": \"good\",", "", "/name", (1, 1), "nothing", "a name of letters", ""),
    Mistake("scenario/1", "scenario/2", "/schema", (2, 13), "scenario/2", "`trialliance.scenario/1`", "reads `trialliance.scenario/1` only"),
    Mistake("\"lower\"", "\"low\"", "/response/outcomes/pain/better", (13, 19), "text \"low\"", "one of `lower`, `higher`", "did you mean `lower`?"),
    Mistake("\"ancova\"", "\"ancoва\"", "/analyses/0/method", (24, 16), "ancoва", "one of `anova`, `ancova`, `change`, `welch`", "did you mean `ancova`?"),
    Mistake("[\"age\", \"pain_baseline\"]", "[\"age\"]", "/cohort/correlation/0/between", (8, 33), "a list of 1", "a list of 2", ""),
    Mistake("\"sd\": 13}", "\"sd\": 13}, {\"id\": \"Age\", \"mean\": 1, \"sd\": 1}", "/cohort/covariates/1/id", (7, 64), "text \"Age\"", "lower-case letters", ""),
    Mistake("{\"mean\": 52, \"sd\": 20, \"correlation\": 0.5}", "7", "/response/outcomes/pain/baseline", (17, 21), "7", "an object", ""),
    Mistake("[\"ancova/alliance\"]", "\"ancova/alliance\"", "/primary", (27, 14), "text", "a list of at most 1,000 texts", ""),
    Mistake("\"sources\": {", "\"sd\": 1, \"sources\": {", "/sd", (28, 3), "unknown field `sd`", "one of `$schema`", ""),
];

#[rustfmt::skip]
const MEANING: &[Mistake] = &[
    Mistake("\"SL\": 20, ", "", "/design/n_per_arm", (5, 27), "nothing for `SL`", "`SL`, `AL`, `SE` and `AE`", ""),
    Mistake("\"SL\": 20", "\"sl\": 20", "/design/n_per_arm/sl", (5, 28), "unknown arm `sl`", "`SL`, `AL`, `SE` and `AE`", "did you mean `SL`?"),
    Mistake("\"SL\": 20", "\"control\": 20", "/design/n_per_arm/control", (5, 28), "unknown arm `control`", "`SL`", "`SL` is not there"),
    Mistake("\"SL\": 20", "\"SL\": 20, \"limited_sham\": 20", "/design/n_per_arm/limited_sham", (5, 38), "`limited_sham`, the arm that `SL` names", "each arm once", ""),
    Mistake("\"sd\": 2}", "\"sd\": {\"SL\": 2, \"AL\": 2, \"SE\": 2}}", "/response/outcomes/ppt/sd", (19, 72), "nothing for `AE`", "one entry for each", ""),
    Mistake(", \"AE\": 5}", ", \"AF\": 5}", "/response/outcomes/ppt/arm_means/AF", (19, 56), "unknown arm `AF`", "`AE`", "did you mean `AE`?"),
    Mistake("\"control_mean\": 42,", "", "/response/outcomes/pain/effects", (15, 9), "`effects` without `control_mean`", "either `arm_means`", ""),
    Mistake("\"effects\": {\"alliance\": 5, \"ifc\": 4, \"interaction\": 0},", "", "/response/outcomes/pain/control_mean", (14, 9), "`control_mean` without `effects`", "either `arm_means`", ""),
    Mistake("\"ppt\": {", "\"ppt\": {\"control_mean\": 4, ", "/response/outcomes/ppt/control_mean", (19, 15), "`control_mean` beside `arm_means`", "either", ""),
    Mistake("\"arm_means\": {\"SL\": 4, \"AL\": 4, \"SE\": 4, \"AE\": 5}, ", "", "/response/outcomes/ppt", (19, 14), "no means", "either `arm_means`, or `control_mean` and `effects`", ""),
    Mistake("\"interaction\": 0", "\"synergy\": 0", "/response/outcomes/pain/effects", (15, 20), "main effects and simple effects together", "`alliance`, `ifc` and `interaction`, or `alliance_at_sham`, `ifc_at_limited` and `synergy`", "the other follows"),
    Mistake(", \"interaction\": 0", "", "/response/outcomes/pain/effects", (15, 20), "nothing for `interaction`", "all three of", "stated as 0"),
    Mistake("\"ifc\": 4", "\"ifcc\": 4", "/response/outcomes/pain/effects/ifcc", (15, 36), "unknown effect `ifcc`", "`alliance`, `ifc`", "did you mean `ifc`?"),
    Mistake("\"better\": \"lower\",", "", "/response/outcomes/pain/better", (12, 15), "nothing", "`lower` or `higher`", ""),
    Mistake("\"sd\": 2}", "\"unit\": \"kg\"}", "/response/outcomes/ppt", (19, 14), "no standard deviation", "either `sd` or `residual_sd`", ""),
    Mistake("\"sd\": 20,", "\"sd\": 20, \"residual_sd\": 14,", "/response/outcomes/pain/residual_sd", (16, 19), "`residual_sd` beside `sd`", "either", ""),
    Mistake("\"sd\": 2}", "\"residual_sd\": 2}", "/response/outcomes/ppt/residual_sd", (19, 66), "`residual_sd` without `baseline`", "`sd`", "own baseline"),
    Mistake("\"mean\": 52, ", "", "/response/outcomes/pain/baseline/sd", (17, 22), "`sd` without `mean`", "either `mean` and `sd`, or `covariate`", ""),
    Mistake("\"mean\": 52, \"sd\": 20", "\"covariate\": \"pain0\"", "/response/outcomes/pain/baseline/covariate", (17, 35), "text \"pain0\"", "a covariate of the cohort: `age`", ""),
    Mistake("\"mean\": 52, \"sd\"", "\"covariate\": \"age\", \"sd\"", "/response/outcomes/pain/baseline/covariate", (17, 22), "`covariate` beside `mean` or `sd`", "either", ""),
    Mistake("\"ppt\": {", "\"PPT\": {\"arm_means\": {\"SL\": 0, \"AL\": 0, \"SE\": 0, \"AE\": 0}, \"sd\": 1}, \"ppt\": {", "/response/outcomes/PPT", (19, 7), "`PPT`", "lower-case letters", ""),
    Mistake("\"sd\": 13}", "\"sd\": 13}, {\"id\": \"pain\", \"mean\": 1, \"sd\": 1}", "/response/outcomes/pain", (12, 7), "`pain` as the name of an outcome", "a name of its own", ""),
    Mistake("\"sd\": 13}", "\"sd\": 13}, {\"id\": \"arm\", \"mean\": 1, \"sd\": 1}", "/cohort/covariates/1/id", (7, 64), "`arm` as the name of a covariate", "a name of its own", ""),
    Mistake("\"pain_baseline\"], \"value\"", "\"pain\"], \"value\"", "/cohort/correlation/0/between", (8, 33), "one of which is an outcome", "covariates and baselines", "/response/correlation"),
    Mistake("[\"pain\", \"ppt\"]", "[\"pain\", \"pain_baseline\"]", "/response/correlation/0/between", (21, 33), "an outcome and its own baseline", "two variables other", "baseline/correlation"),
    Mistake("[\"pain\", \"ppt\"]", "[\"age\", \"pain_baseline\"]", "/response/correlation/0/between", (21, 33), "neither of which is an outcome", "at least one outcome", "/cohort/correlation"),
    Mistake("[\"pain\", \"ppt\"]", "[\"pain\", \"pain\"]", "/response/correlation/0/between", (21, 33), "one variable", "two variables", ""),
    Mistake("[\"pain\", \"ppt\"]", "[\"pain\", \"ptp\"]", "/response/correlation/0/between/1", (21, 42), "unknown variable `ptp`", "`pain`", "did you mean `ppt`?"),
    Mistake("\"value\": -0.2}", "\"value\": -0.2}, {\"between\": [\"ppt\", \"pain\"], \"value\": 0.1}", "/response/correlation/1/between", (21, 78), "entry 1 names already", "each pair once", ""),
    Mistake("\"value\": -0.2}", "\"value\": 0.9}, {\"between\": [\"ppt\", \"pain_baseline\"], \"value\": -0.8}", "/response/correlation/1/value", (21, 112), "-0.8 for `pain_baseline` and `ppt`", "a number above 0.07", "`pain_baseline`, `pain` and `ppt`"),
    Mistake("\"outcome\": \"ppt\"", "\"outcome\": \"pp\"", "/analyses/1/outcome", (25, 36), "text \"pp\"", "an outcome: one of `pain`, `ppt`", "did you mean `ppt`?"),
    Mistake("\"outcome\": \"ppt\"", "\"outcome\": \"ppt\", \"id\": \"ancova\"", "/analyses/1/id", (25, 49), "the id `ancova`, which analysis 1 has", "a different id", ""),
    Mistake("\"outcome\": \"ppt\"", "\"outcome\": \"ppt\", \"covariates\": [\"age\"]", "/analyses/1/covariates", (25, 43), "`covariates` for `anova`", "only for one of `ancova`", "`ancova`"),
    Mistake("\"anova\"", "\"change\"", "/analyses/1/method", (25, 16), "`change` for `ppt`, which has no baseline", "an outcome with a `baseline`", "add `baseline`"),
    Mistake("\"anova\"", "\"ancova\"", "/analyses/1", (25, 5), "`ancova` for `ppt`, which has no baseline", "an outcome with a `baseline`", "name `covariates`"),
    Mistake("\"outcome\": \"pain\"", "\"outcome\": \"pain\", \"covariates\": [\"baseline\", \"aeg\"]", "/analyses/0/covariates/1", (24, 72), "unknown covariate `aeg`", "one of `baseline`, `age`", "did you mean `age`?"),
    Mistake("\"outcome\": \"pain\"", "\"outcome\": \"pain\", \"covariates\": [\"age\", \"age\"]", "/analyses/0/covariates/1", (24, 67), "`age`, which is adjusted for already", "each covariate once", ""),
    Mistake("[\"ancova/alliance\"]", "[\"alliance\"]", "/primary/0", (27, 15), "fits 2 hypotheses", "one of `ancova/pain/alliance`, `anova/ppt/alliance`", ""),
    Mistake("[\"ancova/alliance\"]", "[\"ancova/aliance\"]", "/primary/0", (27, 15), "ancova/aliance", "[analysis/][outcome/]estimand", "did you mean `ancova/alliance`?"),
    Mistake("[\"ancova/alliance\"]", "[\"ancova/ifc\", \"pain/ifc\"]", "/primary/1", (27, 29), "`ancova/pain/ifc` a second time", "each hypothesis once", ""),
    Mistake("{\"/alpha\"", "{\"/alhpa\"", "/sources/~1alhpa", (28, 15), "a source for `/alhpa`", "JSON pointer", "did you mean `/alpha`?"),
    Mistake("\"alpha\": 0.05", "\"factors\": [{\"id\": \"alliance\", \"role\": \"context\", \"levels\": [\"limited\", \"enhanced\"]}, {\"id\": \"joint\", \"role\": \"treatment\", \"levels\": [\"sham\", \"active\"]}]", "/factors/1/id", (4, 96), "the name of an effect", "a name of the factor's own", ""),
    Mistake("\"alpha\": 0.05", "\"factors\": [{\"id\": \"alliance\", \"role\": \"treatment\", \"levels\": [\"limited\", \"enhanced\"]}, {\"id\": \"ifc\", \"role\": \"treatment\", \"levels\": [\"sham\", \"active\"]}]", "/factors/0/role", (4, 42), "`treatment`", "`context`", "the first factor is the context"),
    Mistake("\"alpha\": 0.05", "\"factors\": [{\"id\": \"alliance\", \"role\": \"context\", \"levels\": [\"limited\", \"enhanced\"]}, {\"id\": \"ifc\", \"role\": \"treatment\", \"levels\": [\"sham\", \"sham\"]}]", "/factors/1/levels", (4, 134), "`sham` for both levels", "two different levels", ""),
    Mistake("\"alpha\": 0.05", "\"factors\": [{\"id\": \"x\", \"role\": \"context\", \"levels\": [\"a\", \"a_b\"]}, {\"id\": \"y\", \"role\": \"treatment\", \"levels\": [\"c\", \"b_c\"]}]", "/factors", (4, 14), "two arms would be called `a_b_c`", "names that tell the arms apart", ""),
    Mistake("\"alpha\": 0.05", "\"factors\": [{\"id\": \"alliance\", \"role\": \"context\", \"levels\": [\"Limited\", \"enhanced\"]}, {\"id\": \"ifc\", \"role\": \"treatment\", \"levels\": [\"sham\", \"active\"]}]", "/factors/0/levels/0", (4, 64), "text \"Limited\"", "lower-case letters", ""),
    Mistake("\"alpha\": 0.05", "\"facters\": [{\"id\": \"a\", \"role\": \"context\", \"levels\": [\"b\", \"c\"]}]", "/facters", (4, 3), "unknown field `facters`", "`factors`", "did you mean `factors`?"),
    Mistake("\"alpha\": 0.05", "\"alpha\": 0.05, \"alpha\": 0.05", "/alpha", (4, 18), "a second time; the first is at 4:3", "each field once", "remove one"),
];

#[test]
fn each_mistake_gets_one_message_with_its_place() {
    let mut surprises = String::new();
    for Mistake(from, to, pointer, position, found, allowed, help) in SHAPE.iter().chain(MEANING) {
        let error = refused(&edited(from, to));
        let as_told = |problem: &Problem| {
            problem.pointer == *pointer
                && problem.position == Some(*position)
                && problem.found.contains(found)
                && problem.allowed.contains(allowed)
                && problem.help.clone().unwrap_or_default().contains(help)
        };
        if error.kind != ErrorKind::Scenario
            || error.problems.len() != 1
            || !error.problems.iter().all(as_told)
        {
            surprises += &format!("\n{to}\n  {error}\n");
        }
    }
    assert!(surprises.is_empty(), "{surprises}");
}

#[test]
fn no_message_speaks_the_language_of_the_program() {
    for Mistake(from, to, ..) in SHAPE.iter().chain(MEANING) {
        let message = refused(&edited(from, to)).to_string();
        for word in ["serde", "invalid type", "expected ", "variant", "f64", "u64", "Option", "struct", "EOF"]
        {
            assert!(!message.contains(word), "{message}");
        }
    }
}

#[test]
fn text_that_is_not_json_says_where_it_stops_being_json() {
    let cut = &GOOD[..GOOD.find("\"sd\": 20").expect("in the text")];
    let problem = only(cut);
    assert_eq!(problem.found, "the file ends in the middle of an object");
    assert_eq!(problem.position, Some((15, 64)));
    assert!(problem.help.expect("help").contains("12:15"));

    for (from, to, position, found) in [
        ("0.05", "1e999", (4, 12), "`1e999`"),
        ("0.05", "0.05 // usual", (4, 17), "`/`"),
        ("0.05,", "0.05", (5, 3), "`\"`"),
        ("0.05", "NaN", (4, 12), "`NaN`"),
        ("0.05", ".05", (4, 12), "`.`"),
        ("\"a habit\"}\n}", "\"a habit\"}\n}}", (29, 2), "`}` after the end"),
        ("\"good\"", "good", (3, 11), "`good`"),
    ] {
        let problem = only(&edited(from, to));
        assert_eq!(problem.position, Some(position), "{problem}");
        assert!(problem.found.contains(found), "{problem}");
    }
    assert!(only("hello").found.contains("`hello`"));
}

#[test]
fn an_empty_file_gets_its_own_message() {
    for text in ["", " \n\t", "\u{feff}"] {
        let error = refused(text);
        assert_eq!(error.message, "the file is empty");
        assert!(error.help.expect("help").contains("init"));
    }
}

#[test]
fn deep_nesting_is_refused_and_not_followed() {
    for depth in [200, 100_000] {
        let problem = only(&"[".repeat(depth));
        assert!(problem.found.contains("nested"), "{problem}");
        let text = edited("0.05", &("[".repeat(depth) + &"]".repeat(depth)));
        assert!(only(&text).found.contains("nested"));
    }
}

#[test]
fn bytes_that_are_not_text_are_named() {
    let mut bytes = GOOD.as_bytes().to_vec();
    let at = GOOD.find("good").expect("in the text");
    bytes[at] = 0xFF;
    let error = read_bytes(&bytes, "test.json", &[]).expect_err("not UTF-8");
    let problem = &error.problems[0];
    assert_eq!(problem.position, Some((3, 12)));
    assert!(problem.found.contains("0xFF") && problem.found.contains(&format!("offset {at}")), "{problem}");

    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(GOOD.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let error = read_bytes(&utf16, "test.json", &[]).expect_err("not UTF-8");
    assert!(error.problems[0].help.as_deref().expect("help").contains("UTF-16"));
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let marked = format!("\u{feff}{GOOD}");
    assert!(read_bytes(marked.as_bytes(), "test.json", &[]).is_ok());
    let problem = only("\u{feff}{\"a\": 1 2}");
    assert_eq!(problem.position, Some((1, 9)));
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let error = read_bytes(&vec![b' '; MAX_BYTES + 1], "big.json", &[]).expect_err("too large");
    assert_eq!(error.message, "the file has 10,000,001 bytes, and a scenario at most 10,000,000");
}

#[test]
fn an_analysis_needs_a_residual_degree_of_freedom() {
    let covariate = |name: &str| format!("{{\"id\": \"{name}\", \"mean\": 0, \"sd\": 1}}");
    let tiny = |covariates: &str| {
        edited("\"sd\": 13}", &format!("\"sd\": 13}}, {}, {}", covariate("x"), covariate("y")))
            .replacen(
                "\"SL\": 20, \"AL\": 20, \"SE\": 20, \"AE\": 20",
                "\"SL\": 2, \"AL\": 2, \"SE\": 2, \"AE\": 2",
                1,
            )
            .replacen(
                "\"outcome\": \"pain\"",
                &format!("\"outcome\": \"pain\", \"covariates\": [{covariates}]"),
                1,
            )
    };
    assert!(read(&tiny("\"baseline\", \"x\", \"y\""), "test.json", &[]).is_ok());
    let problem = only(&tiny("\"baseline\", \"x\", \"y\", \"age\""));
    assert_eq!(problem.pointer, "/analyses/0/covariates");
    assert_eq!(problem.found, "8 patients, with 4 to adjust for beside four arms");
    assert!(problem.allowed.contains("at least 9 patients"));
}

#[test]
fn a_large_file_full_of_mistakes_is_answered_soon() {
    let many = |entry: fn(usize) -> String, count| (0..count).map(entry).collect::<Vec<_>>().join(",");
    let covariates = many(|index| format!("{{\"id\":\"x{index}\",\"mean\":0,\"sd\":1}}"), 4_000);
    let problem = only(&edited("{\"id\": \"age\", \"mean\": 45, \"sd\": 13}", &covariates));
    assert_eq!(
        (problem.found.as_str(), problem.allowed.as_str()),
        ("a list of 4,000", "a list of at most 100")
    );

    let fields = many(|index| format!("\"ä{index}\":1"), 4_000);
    let error = refused(&edited("\"alpha\": 0.05", &fields));
    assert_eq!(error.problems.len(), 4_000);
    assert_eq!(
        error.problems[3_999].position,
        Some((4, 3 + fields.chars().count() - "\"ä3999\":1".chars().count()))
    );

    let outcomes = many(|index| format!("\"y{index}\":{{\"sd\":1}}"), 101);
    assert!(only(&edited("\"ppt\":", &format!("{outcomes},\"ppt\":"))).found.contains("103 entries"));
}

#[test]
fn all_problems_come_at_once_in_the_order_of_the_text() {
    let text = edited("\"good\"", "\"not good\"")
        .replacen("\"SL\": 20", "\"SL\": 0", 1)
        .replacen("\"effects\"", "\"efects\"", 1)
        .replacen("\"sd\": 2}", "\"sd\": \"2\"}", 1)
        .replacen("\"outcome\": \"ppt\"", "\"outcome\": \"pp\"", 1)
        .replacen("[\"pain\", \"ppt\"]", "[\"pain\", \"pain\"]", 1);
    let stopped: Vec<String> = refused(&text).problems.into_iter().map(|problem| problem.pointer).collect();
    assert_eq!(
        stopped,
        ["/name", "/design/n_per_arm/SL", "/response/outcomes/pain/efects", "/response/outcomes/ppt/sd"]
    );
    // Without the misspelt `efects`, whose meaning is unknown, the rest is checked as well.
    let text = text.replacen("\"efects\"", "\"effects\"", 1);
    let all: Vec<String> = refused(&text).problems.into_iter().map(|problem| problem.pointer).collect();
    assert_eq!(
        all,
        [
            "/name",
            "/design/n_per_arm/SL",
            "/response/outcomes/ppt/sd",
            "/response/correlation/0/between",
            "/analyses/1/outcome"
        ]
    );
}

fn overridden(options: &[&str]) -> Result<trialliance::scenario::Scenario, Error> {
    let overrides: Vec<Override> =
        options.iter().map(|one| Override::parse(one).unwrap_or_else(|error| panic!("{error}"))).collect();
    read(GOOD, "test.json", &overrides)
}

#[test]
fn overrides_change_the_scenario() {
    let scenario = overridden(&["/alpha=0.1", "/design/n_per_arm/AE=40", "/name=other"]).expect("valid");
    assert_eq!((scenario.alpha, scenario.name.as_str()), (0.1, "other"));
    assert_eq!(scenario.design.n_per_arm.unwrap()["AE"], 40);
}

#[test]
fn problems_of_an_override_name_the_option_and_not_a_line() {
    for (option, pointer, found) in [
        ("/alpha=2", "/alpha", "2"),
        ("/alpha=x", "/alpha", "text \"x\""),
        ("/response/outcomes/pain/residual_sd=14", "/response/outcomes/pain/residual_sd", "beside `sd`"),
        ("/primary=[\"alliance\"]", "/primary/0", "fits 2"),
        ("/cohort/covariates=[]", "/cohort/correlation/0/between/0", ""),
    ] {
        let error = overridden(&[option]).expect_err(option);
        let problem = &error.problems[0];
        assert_eq!((error.kind, problem.pointer.as_str()), (ErrorKind::Scenario, pointer), "{error}");
        assert!(problem.found.contains(found), "{problem}");
        if pointer != "/cohort/correlation/0/between/0" {
            assert_eq!(problem.option.as_deref(), Some(&*format!("--set {option}")));
            assert_eq!(problem.position, None);
            assert!(problem.to_string().starts_with("--set "), "{problem}");
        }
    }
}

#[test]
fn an_override_of_something_that_is_not_there_is_a_usage_error() {
    let error = overridden(&["/response/outcomes/pian/sd=5"]).expect_err("no such outcome");
    assert_eq!(error.kind, ErrorKind::Usage);
    let problem = &error.problems[0];
    assert_eq!(problem.pointer, "/response/outcomes/pian/sd");
    assert!(problem.allowed.contains("`/response/outcomes`, with `pain` and `ppt`"), "{problem}");
    assert_eq!(problem.help.as_deref(), Some("did you mean `/response/outcomes/pain`?"));
    for option in
        ["/design/n_per_arm/SX=5", "/analyses/7/method=anova", "/response/outcomes/ppt/baseline/sd=1"]
    {
        assert_eq!(overridden(&[option]).expect_err(option).kind, ErrorKind::Usage);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever happens to a file, the reader answers.
    #[test]
    fn damaged_files_never_make_it_panic(
        edits in prop::collection::vec((0.0..1.0_f64, 0..4_u8, any::<u8>()), 1..5)
    ) {
        let mut bytes = GOOD.as_bytes().to_vec();
        for (place, kind, byte) in edits {
            let at = ((bytes.len() as f64 * place) as usize).min(bytes.len().saturating_sub(1));
            match kind {
                0 => _ = bytes.remove(at),
                1 => bytes[at] = byte,
                2 => bytes.insert(at, byte % 128),
                _ => bytes.insert(at, b"0123456789{}[],:\"-.e"[usize::from(byte) % 20]),
            }
        }
        if let Err(error) = read_bytes(&bytes, "damaged", &[]) {
            prop_assert_ne!(error.kind, ErrorKind::Unexpected, "{}", error);
        }
    }

    /// Whatever value goes where, the reader answers.
    #[test]
    fn strange_values_never_make_it_panic(
        place in 0..1000_usize,
        value in prop::sample::select(vec![
            "null", "true", "0", "-1", "2.5", "1e300", "-1e300", "18446744073709551615", "\"\"", "\"pain\"",
            "[]", "{}", "[1]", "[\"a\",\"b\"]", "{\"SL\":1}", "{\"id\":\"x\"}",
        ]),
    ) {
        let tree: serde_json::Value = serde_json::from_str(GOOD).expect("JSON");
        let mut pointers = Vec::new();
        collect(&tree, "", &mut pointers);
        let pointer = &pointers[place % pointers.len()];
        let one = Override::parse(&format!("{pointer}={value}")).expect("an override");
        if let Err(error) = read(GOOD, "strange", &[one]) {
            prop_assert_ne!(error.kind, ErrorKind::Unexpected, "{}", error);
        }
    }
}

fn collect(value: &serde_json::Value, at: &str, pointers: &mut Vec<String>) {
    let mut child = |name: &str, value: &serde_json::Value| {
        let pointer = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        collect(value, &pointer, pointers);
        pointers.push(pointer);
    };
    match value {
        serde_json::Value::Object(object) => object.iter().for_each(|(name, value)| child(name, value)),
        serde_json::Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| child(&index.to_string(), value));
        }
        _ => {}
    }
}
