//! The planner's commands as their users type them: answers in every format, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use assert_cmd::Command;
use serde_json::Value;

/// Runs the program in a folder of its own: exit code, standard output, standard error.
fn trialliance(words: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let output =
        Command::cargo_bin("trialliance").unwrap().current_dir(folder.path()).args(words).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const NOISY: &str = "fuentes-2014-realistic-noise";

/// Every question, small enough to be asked often.
const QUESTIONS: [&[&str]; 8] = [
    &["curve", "sceptical", "-r", "500", "--from", "80", "--to", "160", "--by", "40"],
    &["size", NOISY, "-r", "2000", "--estimand", "ifc", "--from", "40", "--to", "200", "--by", "20"],
    &["mde", "sceptical", "-r", "500"],
    &["compare", NOISY, "--analysis", "ancova", "--analysis", "change", "-r", "500"],
    &["diff", NOISY, "sceptical", "-r", "500"],
    &["assurance", NOISY, "--prior", "alliance=sceptical", "-r", "2000"],
    &["protocol", NOISY, "-r", "500", "--n", "160"],
    &["interim", "sceptical", "-r", "500", "--at", "0.4,0.7", "--futility", "-0.5,0"],
];

#[test]
fn every_question_is_answered_in_every_format() {
    for question in QUESTIONS {
        let name = question[0];
        let asked = |format: &str| {
            let (code, out, error) = trialliance(&[question, &["--format", format]].concat());
            assert_eq!((code, error.as_str()), (0, ""), "{name} {format}");
            out
        };
        let text = asked("text");
        assert!(text.contains("Again: trialliance ") && text.contains("Simulated by trialliance"), "{text}");
        assert!(text.contains("seed 1"), "{text}");
        let markdown = asked("markdown");
        assert!(markdown.starts_with("# ") && markdown.contains("## What made it"), "{markdown}");
        let json: Value = serde_json::from_str(&asked("json")).unwrap();
        assert_eq!(json["schema"], format!("trialliance.{name}/1"));
        assert_eq!(json["command"], name);
        for field in ["seed", "replicates", "version", "engine", "engine_why", "scenario", "again"] {
            assert!(!json[field].is_null(), "{name}: {field}");
        }
        let csv = asked("csv");
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(|record| record.unwrap()).collect();
        assert!(!rows.is_empty(), "{name}");
    }
}

/// The command that stands under an answer gives the same answer, byte for byte.
#[test]
fn the_command_that_is_told_gives_the_same_again() {
    for question in QUESTIONS {
        let (_, out, _) = trialliance(&[question, &["--format", "json"]].concat());
        let json: Value = serde_json::from_str(&out).unwrap();
        let again = json["again"].as_str().unwrap();
        let words: Vec<&str> = again.split(' ').skip(1).map(|word| word.trim_matches('\'')).collect();
        for threads in ["1", "2"] {
            let (code, repeated, _) =
                trialliance(&[&words[..], &["--format", "json", "--threads", threads]].concat());
            assert_eq!((code, repeated == out), (0, true), "{again}");
        }
    }
}

#[test]
fn every_question_has_a_figure() {
    for question in QUESTIONS {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("figure.svg");
        let (code, _, error) = trialliance(&[question, &["--figure", place.to_str().unwrap()]].concat());
        assert_eq!((code, error.as_str()), (0, ""), "{}", question[0]);
        let svg = std::fs::read_to_string(place).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{}", question[0]);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", question[0]);
    }
}

#[test]
fn what_has_no_meaning_is_refused_with_what_to_do() {
    let refused: [(&[&str], &str); 39] = [
        (&["size", NOISY, "--power", "1"], "below 1"),
        (&["size", NOISY, "--power", "0.05"], "above alpha"),
        (&["size", NOISY, "--confidence", "1"], "confidence"),
        (&["size", NOISY, "--from", "200", "--to", "100"], "empty"),
        (&["size", NOISY, "--from", "82", "--to", "200", "--by", "4"], "multiple of 4"),
        (&["size", NOISY, "--half-width", "0"], "above 0"),
        (&["size", NOISY, "--half-width", "5", "--probability", "1.5"], "below 1"),
        (&["size", NOISY, "--of", "therapists"], "no therapists"),
        (&["size", "confirmatory", "--dropout", "0.1"], "count twice"),
        (&["size", NOISY, "--dropout", "1"], "below 1"),
        (&["size", NOISY, "-r", "10"], "cannot show"),
        (&["size", NOISY, "--estimand", "alianse"], "did you mean"),
        (&["size", NOISY, "--estimand", "alliance", "--estimand", "alliance"], "twice"),
        (&["size", NOISY, "--analysis", "none"], "it has ancova"),
        (&["curve", NOISY, "--over", "/response/outcomes/pain"], "only a number"),
        (&["curve", NOISY, "--over", "/design/assignment/method"], "only a number"),
        (&["curve", NOISY, "--over", "nothing"], "total, caseload"),
        (&["curve", NOISY, "--over", "effect", "--from", "3", "--to", "3"], "empty"),
        (&["curve", NOISY, "--from", "80.5", "--to", "100"], "whole numbers"),
        (&["mde", NOISY, "--power", "0.04"], "above alpha"),
        (&["mde", "script-or-gift", "-r", "200"], "effects of perfect delivery"),
        (&["mde", "consultation-acupuncture", "-r", "200"], "effect_of: assignment"),
        (&["curve", "sceptical", "--over", "therapists"], "leave --over away"),
        (&["compare", "null", "sceptical", "--analysis", "foo"], "has no analysis foo"),
        (&["compare", "null", "sceptical", "--analysis", "ancowa"], "did you mean `ancova`?"),
        (&["compare", NOISY], "nothing to compare"),
        (&["diff", NOISY, NOISY], "same trial"),
        (&["assurance", NOISY], "nothing is uncertain"),
        (&["assurance", NOISY, "--prior", "alliance=flat()"], "no distribution"),
        (
            &[
                "assurance",
                NOISY,
                "--prior",
                "alliance=normal(5,3)",
                "--prior",
                "alliance_at_sham=normal(5,3)",
            ],
            "cannot both be uncertain",
        ),
        (&["interim", NOISY, "--at", "0.7,0.5"], "more than the 0.7"),
        (&["interim", NOISY, "--at", "-0.5"], "above 0"),
        (&["interim", NOISY, "--boundaries", "kim-demets"], "kim-demets:RHO"),
        (&["interim", NOISY, "--boundaries", "kim-demets:-1"], "above 0"),
        (&["interim", NOISY, "--futility", "never"], "values of Z"),
        (&["interim", NOISY, "--futility", "0", "--sides", "two"], "one-sided"),
        (&["interim", NOISY, "--engine", "statistics"], "patients one by one"),
        (&["interim", "therapist-clustered"], "one after the other"),
        (&["interim", NOISY, "--drop", "exercise"], "alliance and ifc"),
    ];
    for (words, part) in refused {
        let (code, out, error) = trialliance(words);
        assert_eq!((code, out.as_str()), (2, ""), "{words:?}\n{error}");
        assert!(error.contains(part), "{words:?}\n{error}");
    }
    // A file of a prior that is not there is an input that is missing, whatever the prior is like.
    for prior in ["samples(no.csv:x)", "0.5*samples(no.csv:x)+0.5*normal(0, 1)"] {
        let (code, _, error) = trialliance(&["assurance", NOISY, "--prior", &format!("alliance={prior}")]);
        assert_eq!(code, 4, "{error}");
        assert!(error.contains("no such file: no.csv"), "{error}");
    }
    // As spreadsheets write them where a comma is decimal; what is no number is told with its row.
    let folder = tempfile::tempdir().unwrap();
    let planned = folder.path().join("planned.json");
    std::fs::copy("scenarios/fuentes-2014-realistic-noise.json", &planned).unwrap();
    let samples = |text: &str| {
        std::fs::write(folder.path().join("draws.csv"), text).unwrap();
        let words = ["assurance", planned.to_str().unwrap(), "-r", "200"];
        trialliance(&[&words[..], &["--prior", "alliance=samples(draws.csv:effect)"]].concat())
    };
    assert_eq!(samples("effect;x\n1,5;2\n9,5;\nNA;3\n").0, 0);
    for (text, told) in [
        ("", "draws.csv: there is nothing in the file"),
        ("x\n1\n", "there is no column `effect`"),
        ("effect\nNA\n", "there is no number in column `effect`"),
        ("effect\n1\nmuch\n", "row 3, column effect"),
    ] {
        let (code, _, error) = samples(text);
        assert!(code == 4 && error.contains(told), "{text:?}\n{error}");
    }
    // A value that the scenario cannot have, with its field.
    let (code, _, error) = trialliance(&[
        "curve",
        NOISY,
        "--over",
        "/response/outcomes/pain/baseline/correlation",
        "--from",
        "0.5",
        "--to",
        "1.5",
        "--by",
        "0.5",
    ]);
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("/response/outcomes/pain/baseline/correlation"), "{error}");
}

#[test]
fn a_gate_that_is_not_met_has_its_own_exit_code_after_the_answer() {
    let gated = |gates: &[&str]| {
        let words = ["run", "sceptical", "-r", "2000", "--format", "csv", "--n", "400"];
        trialliance(
            &[&words[..], &gates.iter().flat_map(|gate| ["--require", gate]).collect::<Vec<_>>()].concat(),
        )
    };
    let (code, out, error) =
        gated(&["ifc>=0.8", "ifc:coverage>=0.93", "any>=0.8", "interaction:half_width<=10"]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(out.starts_with("scenario,"));
    let (code, out, error) = gated(&["ifc>=0.8", "alliance>=0.8", "all>=0.8"]);
    assert_eq!(code, 7);
    assert!(out.starts_with("scenario,"), "the answer is written all the same");
    assert!(error.contains("alliance>=0.8: found 0.2") && error.contains("all>=0.8"), "{error}");
    assert!(!error.contains("ifc>="), "{error}");
    for (gate, part) in [
        ("alliance", "one `>=`"),
        ("alliance>=x", "not a number"),
        ("alianse>=0.8", "alianse"),
        ("alliance:size>=1", "no measure"),
        ("all:bias<=1", "no bias"),
    ] {
        let (code, out, error) = gated(&[gate]);
        assert_eq!((code, out.as_str()), (2, ""), "{gate}");
        assert!(error.contains(part), "{gate}: {error}");
    }
    // No size reaches the target: the answer says so, and a script notices.
    let (code, out, _) = trialliance(&[
        "size",
        "sceptical",
        "--estimand",
        "alliance",
        "--to",
        "200",
        "--from",
        "100",
        "-r",
        "1000",
        "--format",
        "json",
    ]);
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 7);
    assert!(json["answer"].is_null() && json["why"].is_string());
}

#[test]
fn looks_and_protocols_have_gates_too() {
    let looks = |gate: &str| {
        trialliance(&[
            "interim",
            "sceptical",
            "--n",
            "400",
            "-r",
            "2000",
            "--at",
            "0.5",
            "--estimand",
            "ifc",
            "--require",
            gate,
        ])
    };
    for gate in ["ifc>=0.7", "any>=0.7", "all>=0.7"] {
        let (code, _, error) = looks(gate);
        assert_eq!((code, error.as_str()), (0, ""), "{gate}");
    }
    let (code, out, error) = looks("ifc>=0.999");
    assert_eq!(code, 7);
    assert!(
        out.contains("--require 'ifc>=0.999'"),
        "the answer is written all the same, and how it is got again"
    );
    assert!(error.contains("ifc>=0.999: found 0.") && error.contains("needed at least 0.999"), "{error}");
    for (gate, part) in [("alliance>=0.8", "not among the hypotheses"), ("ifc:bias<=1", "no bias")] {
        let (code, out, error) = looks(gate);
        assert_eq!((code, out.as_str()), (2, ""), "{gate}");
        assert!(error.contains(part), "{gate}: {error}");
    }
    let protocol =
        |gate: &str| trialliance(&["protocol", "sceptical", "--n", "400", "-r", "2000", "--require", gate]);
    let (code, _, error) = protocol("ifc>=0.8");
    assert_eq!((code, error.as_str()), (0, ""));
    let (code, out, error) = protocol("alliance>=0.8");
    assert_eq!(code, 7);
    assert!(!out.is_empty() && error.contains("alliance>=0.8: found 0.2"), "{error}");
}

#[test]
fn a_protocol_shows_what_is_not_stated_and_what_is() {
    let (_, text, _) = trialliance(&["protocol", NOISY, "-r", "500", "--checklist", "--ademp"]);
    assert_eq!(text.matches("[not stated").count() - text.matches("[not stated]").count(), 5, "{text}");
    assert_eq!(text.matches("[not stated]").count(), 4, "{text}");
    assert!(text.contains("Data-generating mechanism"));
    let stated = r#"/protocol={"factorial_rationale": "Both are given.", "interaction_expected": "None is expected.",
        "target_difference_basis": "realistic", "target_difference_justification": "A meta-analysis found it."}"#;
    let (_, text, _) = trialliance(&["protocol", NOISY, "-r", "500", "--checklist", "--set", stated]);
    assert_eq!(text.matches("[not stated]").count(), 0, "{text}");
    assert!(text.contains("This is a realistic difference."));
    // What is said for people changes nothing that is simulated.
    let hash = |words: &[&str]| -> Value {
        let (_, json, _) = trialliance(&[words, &["--format", "json"]].concat());
        serde_json::from_str::<Value>(&json).unwrap_or_else(|error| panic!("{error}"))["scenario"]["hash"]
            .clone()
    };
    assert_eq!(hash(&["run", NOISY, "-r", "100"]), hash(&["run", NOISY, "-r", "100", "--set", stated]));
}

/// A trial with two sides claims harm too, and the level is that of both.
#[test]
fn the_level_of_looks_is_told_with_what_is_claimed() {
    let asked = |more: &[&str]| {
        let words = [&["interim", "sceptical", "-r", "500", "--n", "240"], more].concat();
        let (_, text, _) = trialliance(&words);
        let (_, json, _) = trialliance(&[&words[..], &["--format", "json"]].concat());
        let json: Value = serde_json::from_str(&json).unwrap();
        let none = json["effects"].as_array().unwrap().iter().find(|one| one["effects"] == "none").unwrap();
        let row = none["results"][0].clone();
        (text.split_whitespace().collect::<Vec<_>>().join(" "), row)
    };
    let percent = |measure: &Value| format!("{:.1} %", 100.0 * measure["value"].as_f64().unwrap());
    let (text, row) = asked(&[]);
    assert!(row["harm"]["value"].as_f64().unwrap() > 0.0 && row["claim"]["value"] != row["benefit"]["value"]);
    let told = format!("Without the effects {} ", percent(&row["claim"]));
    let (_, after) = text.split_once(&told).unwrap_or_else(|| panic!("{told}: {text}"));
    assert!(
        after.split_once("; the level is 5 %").unwrap().0.ends_with("claim an effect in either direction")
    );
    let (text, row) = asked(&["--sides", "one"]);
    assert!(row["harm"]["value"].is_null());
    let (_, after) = text.split_once("Without the effects ").unwrap();
    assert!(after.split_once("; the level is 2.5 %").unwrap().0.ends_with("claim a benefit"), "{text}");
}

/// A trial of very different arms: what the program chooses itself leaves two patients in each.
#[test]
fn a_small_arm_is_no_obstacle_to_sizes_that_nobody_typed() {
    let small = |size: u64| format!(r#"/design/n_per_arm={{"SL":60,"AL":60,"SE":60,"AE":{size}}}"#);
    let [ten, four, three] = [10, 4, 3].map(small);
    let asked: [&[&str]; 6] = [
        &["size", "fuentes-2014", "--estimand", "ifc", "--set", &ten],
        &["size", "sceptical", "--estimand", "ifc", "--set", "/design/n_per_arm/AE=5"],
        &["curve", "sceptical", "--estimand", "alliance", "--set", &four],
        &["protocol", "sceptical", "--set", &four],
        &["interim", "null", "--set", "/design/n_per_arm/AE=3"],
        &["interim", "null", "--set", &three],
    ];
    for words in asked {
        let (code, out, error) = trialliance(&[words, &["-r", "500", "--format", "json"]].concat());
        assert_eq!((code, error.as_str()), (0, ""), "{words:?}");
        let json: Value = serde_json::from_str(&out).unwrap();
        let again: Vec<&str> = json["again"].as_str().unwrap().split(' ').skip(1).collect();
        let again: Vec<&str> = again.iter().map(|word| word.trim_matches('\'')).collect();
        let (_, repeated, _) = trialliance(&[&again[..], &["--format", "json"]].concat());
        assert!(repeated == out, "{words:?}");
    }
}

/// Sizes and values that were typed are refused by the words that were typed.
#[test]
fn what_was_typed_is_refused_and_nothing_that_was_not() {
    let refused: [(&[&str], &str); 8] = [
        (&["size", NOISY, "--estimand", "ifc", "--from", "4", "--to", "40"], "--from 4 "),
        (&["size", NOISY, "--estimand", "ifc", "--from", "4"], "--from 4 "),
        (&["size", NOISY, "--estimand", "ifc", "--to", "4"], "--to 4:"),
        (&["curve", NOISY, "--from", "4"], "--from 4 "),
        (&["curve", NOISY, "--to", "8"], "--to 8:"),
        (&["curve", NOISY, "--over", "/alpha", "--from", "0"], "--over /alpha --from 0 "),
        (
            &["interim", NOISY, "--estimand", "ifc", "--resize", "unblinded", "--most", "9000000"],
            "--most 9000000 ",
        ),
        (&["interim", "null", "--at", "0.2", "--set", "/design/n_per_arm/AE=3"], "--at 0.2:"),
    ];
    for (words, typed) in refused {
        let (code, out, error) = trialliance(&[words, &["-r", "500"]].concat());
        assert!([2, 3].contains(&code) && out.is_empty(), "{words:?}: {code}");
        assert!(error.contains(typed) && !error.contains("--set"), "{words:?}\n{error}");
    }
}

/// No number of patients finds an effect that is 0: it is said at once, of which effect, and what can be asked instead.
#[test]
fn an_effect_of_0_is_not_looked_for_in_vain() {
    let asked = |words: &[&str]| {
        let (code, out, error) =
            trialliance(&[&["size"], words, &["-r", "1000", "--format", "json"]].concat());
        let json: Value = serde_json::from_str(&out).unwrap();
        let sizes: Vec<u64> =
            json["points"].as_array().unwrap().iter().map(|point| point["size"].as_u64().unwrap()).collect();
        (code, json["why"].as_str().unwrap_or_default().to_owned(), sizes, error)
    };
    let nothing =
        "no size finds an effect that the scenario states as 0, as that of interaction (pain, ancova)";
    let others = "--estimand alliance --estimand ifc";
    let (code, why, sizes, error) = asked(&["sceptical"]);
    assert_eq!((code, sizes), (7, vec![120]), "{why}");
    assert!(why.starts_with(nothing) && why.ends_with(others) && error.contains(&why), "{why}\n{error}");
    let (code, why, ..) = asked(&["sceptical", "--estimand", "interaction"]);
    assert!(code == 7 && why.starts_with(nothing) && why.contains("--half-width"), "{why}");
    let (code, why, sizes, _) = asked(&["sceptical", "--from", "80", "--to", "160", "--by", "40"]);
    assert_eq!((code, sizes), (7, vec![80, 120, 160]), "{why}");
    assert!(why.starts_with(nothing), "{why}");
    // Judged together there is no formula, but it is known all the same.
    let holm = ["sceptical", "--set", r#"/multiplicity={"procedure": "holm"}"#];
    let (code, why, sizes, _) = asked(&holm);
    assert_eq!((code, sizes), (7, vec![120]), "{why}");
    assert!(why.starts_with(nothing), "{why}");
    // One of several is enough; what is claimed of no effect may be right; an interval is narrow whatever is in it.
    let needs = ["sceptical", "--needs", "any", "--estimand", "interaction", "--estimand", "ifc"];
    let margin = r#"/analyses=[{"method": "noninferiority", "outcome": "pain", "margin": 8, "covariates": ["baseline"]}]"#;
    let margin = ["null", "--estimand", "alliance", "--set", margin, "--set", "/primary=[]"];
    let narrow = ["sceptical", "--half-width", "6", "--estimand", "interaction"];
    for words in [&needs[..], &margin, &narrow] {
        let (code, why, ..) = asked(words);
        assert_eq!((code, why.as_str()), (0, ""), "{words:?}");
    }
}

/// The Monte Carlo error that a curve warns of is the largest that it shows, and its advice can be followed.
#[test]
fn imprecise_powers_are_those_shown_and_the_advice_can_be_followed() {
    let words = ["curve", "sceptical", "--estimand", "alliance", "-r", "500", "--format", "json"];
    let (_, out, _) = trialliance(&words);
    let curve: Value = serde_json::from_str(&out).unwrap();
    let rows =
        curve["points"].as_array().unwrap().iter().flat_map(|point| point["results"].as_array().unwrap());
    let shown = rows.filter(|row| row["asked"] == true).filter_map(|row| row["power"]["mcse"].as_f64());
    let told = format!("known to ±{:.3} only", shown.fold(0.0, f64::max));
    let message = |warnings: &Value| {
        let all: Vec<&Value> =
            warnings.as_array().unwrap().iter().filter(|one| one["code"] == "imprecise").collect();
        assert_eq!(all.len(), 1, "{warnings}");
        all[0]["message"].as_str().unwrap().to_owned()
    };
    let of_curve = message(&curve["warnings"]);
    assert!(of_curve.contains(&told), "{told}: {of_curve}");
    let (_, out, _) = trialliance(&["protocol", "sceptical", "-r", "500", "--format", "json"]);
    let protocol: Value = serde_json::from_str(&out).unwrap();
    for message in [of_curve, message(&protocol["run"]["warnings"]), message(&protocol["curve"]["warnings"])]
    {
        assert!(message.contains("--replicates") && !message.contains("--precision"), "{message}");
    }
    // A run has this word.
    let (_, out, _) = trialliance(&["run", "sceptical", "-r", "500", "--format", "json"]);
    let run: Value = serde_json::from_str(&out).unwrap();
    assert!(message(&run["warnings"]).contains("or ask for --precision 0.005"));
}

/// A trial for claims that little is lost, with an effect of 0.
const LITTLE: &str = r#"{"schema": "trialliance.scenario/1", "name": "little",
    "design": {"n_per_arm": {"SL": 40, "AL": 40, "SE": 40, "AE": 40}},
    "response": {"outcomes": {"pain": {"better": "lower", "control_mean": 4, "sd": 2,
        "effects": {"alliance": 0, "ifc": 0.6, "interaction": 0}, "baseline": {"mean": 5, "sd": 2, "correlation": 0.5}}}},
    "analyses": [{"method": "equivalence", "outcome": "pain", "margin": 1},
                 {"method": "noninferiority", "outcome": "pain", "margin": 1}]}"#;

fn json(words: &[&str]) -> Value {
    let (code, out, error) = trialliance(&[words, &["--format", "json"]].concat());
    assert_eq!(code, 0, "{words:?}\n{error}");
    serde_json::from_str(&out).unwrap()
}

/// Success by a claim that little is lost is the claim, whichever side the estimate is on; beside the formula of each
/// claim at the planned effect, to 5 standard errors. The smallest effect that such a claim detects is no question.
#[test]
fn claims_that_little_is_lost_succeed_on_either_side_and_have_no_smallest_effect() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("little.json");
    std::fs::write(&place, LITTLE).unwrap();
    let place = place.to_str().unwrap();
    let run = json(&["run", place, "-r", "500"]);
    for method in ["equivalence", "noninferiority"] {
        let alliance = format!("{method}/pain/alliance");
        let rows = run["results"].as_array().unwrap().iter();
        let mut own = rows.filter(|row| row["analysis"] == method && row["estimand"] == "alliance");
        let formula = own.next().unwrap()["closed_form"]["value"].as_f64().unwrap();
        let prior = format!("{alliance}=normal(0.2, 0.4)");
        let words =
            ["assurance", place, "--prior", &prior, "--estimand", &alliance, "-r", "20000", "--draws", "50"];
        let found = json(&words);
        let [planned, mcse] = ["value", "mcse"].map(|part| found["power_as_planned"][part].as_f64().unwrap());
        assert!(formula > 0.8 && (planned - formula).abs() < 5.0 * mcse, "{method}: {planned} {formula}");
        let (code, _, error) = trialliance(&["mde", place, "--analysis", method, "-r", "500"]);
        assert!(code == 2 && error.contains("claims that an effect is small"), "{error}");
    }
}

/// Whether an effect is real is a matter of what the scenario states, not of whether it could state another; where it
/// states no such number, that is said.
#[test]
fn effects_that_cannot_be_moved_are_real_or_nobody_knows() {
    let perfect = ["script-or-gift", "--prior", "/response/outcomes/pain/residual_sd=normal(14, 1)"];
    let slope = ["ferreira-2013", "--prior", "/response/outcomes/pain/effects/alliance=normal(8, 4)"];
    let asked = |words: &[&str]| json(&[&["assurance"], words, &["-r", "400", "--draws", "20"]].concat());
    assert_eq!(asked(&perfect)["real_before"]["value"], 1.0);
    let unknown = asked(&slope);
    assert!(unknown["real_before"]["value"].is_null() && unknown["real_given_success"]["value"].is_null());
    let (_, text, _) = trialliance(&[&["assurance"], &slope[..], &["-r", "400", "--draws", "20"]].concat());
    assert!(text.contains("How probable a real effect is cannot be told"), "{text}");
}

/// What a run warns of is told by every question about the same scenario.
#[test]
fn questions_tell_of_uncertain_numbers_and_of_confounding() {
    let uncertain = [
        "--set",
        r#"/uncertainty={"/response/outcomes/pain/effects/ifc": {"law": "normal", "mean": 4, "sd": 2}}"#,
        "-r",
        "400",
    ];
    let told = |words: &[&str], code: &str| {
        let (_, out, error) = trialliance(&[words, &["--format", "json"]].concat());
        let answer: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{words:?}\n{error}"));
        answer["warnings"].as_array().unwrap().iter().any(|warning| warning["code"] == code)
    };
    for question in [
        &["run", "sceptical"][..],
        &["size", NOISY, "--estimand", "ifc"],
        &["mde", NOISY],
        &["interim", NOISY],
    ] {
        assert!(told(&[question, &uncertain].concat(), "uncertainty_not_used"), "{question:?}");
        assert!(!told(&[question, &["-r", "400"]].concat(), "uncertainty_not_used"), "{question:?}");
    }
    let answer = json(&["size", "ferreira-2013", "-r", "400", "--from", "100", "--to", "200", "--by", "50"]);
    assert!(answer["answer"]["n_per_arm"].as_object().unwrap().is_empty());
    assert!(told(&["size", "ferreira-2013", "-r", "400", "--to", "200"], "confounded"));
}

/// Nobody typed the words that a question puts in place of an effect at an earlier visit, or of the usual look.
#[test]
fn what_cannot_be_asked_is_refused_in_words_of_its_own() {
    let (code, _, error) = trialliance(&["mde", "pragmatic-12-weeks", "--analysis", "ancova-week-2"]);
    assert!(code == 2 && error.contains("effects on pain_week_2 follow from those on pain"), "{error}");
    for arms in ["8,6,4,3", "6,5,2,6", "4,5,3,12", "5,2,8,3"] {
        let sizes: Vec<&str> = arms.split(',').collect();
        let set = format!(
            r#"/design/n_per_arm={{"SL":{},"AL":{},"SE":{},"AE":{}}}"#,
            sizes[0], sizes[1], sizes[2], sizes[3]
        );
        let (code, _, error) =
            trialliance(&["interim", NOISY, "--estimand", "ifc", "--set", &set, "-r", "200"]);
        assert!(code == 0 || code == 2 && !error.contains("--at"), "{arms}: {code} {error}");
    }
    let (code, _, error) = trialliance(&["mde", "sceptical", "--n", "4"]);
    assert!(
        code == 3 && error.contains("--n 4  /design/n_per_arm/SL") && !error.contains("--set"),
        "{error}"
    );
}
