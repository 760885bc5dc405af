//! The program as people and scripts use it: words in, results, messages and exit codes out.

#![cfg(feature = "program")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use assert_cmd::Command;
use std::path::Path;

/// What a call gave.
struct Answer {
    code: i32,
    out: String,
    err: String,
}

fn call(words: &[&str]) -> Answer {
    call_with(words, "")
}

fn call_with(words: &[&str], input: &str) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trialliance"));
    let output = command.args(words).write_stdin(input).output().unwrap();
    Answer {
        code: output.status.code().unwrap_or_else(|| panic!("{words:?} was ended by a signal")),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A short run of the published trial with more words.
fn run(words: &[&str]) -> Answer {
    call(&[&["run", "fuentes-2014", "--replicates", "500"], words].concat())
}

fn json(answer: &Answer) -> serde_json::Value {
    assert_eq!(answer.code, 0, "{}", answer.err);
    serde_json::from_str(&answer.out).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn help_begins_with_examples_and_tells_the_exit_codes() {
    let help = call(&["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    assert!(help.out.starts_with("Examples:\n  trialliance run fuentes-2014"), "{}", help.out);
    assert!(help.out.contains("Exit codes:\n  0  the question was answered"));
    assert!(call(&["--version"]).out.starts_with("trialliance "));
}

#[test]
fn each_command_has_help() {
    for command in [
        "run",
        "explain",
        "trial",
        "analyze",
        "calibrate",
        "analyses",
        "scenarios",
        "init",
        "check",
        "schema",
        "completions",
    ] {
        let help = call(&[command, "--help"]);
        assert_eq!(help.code, 0, "{command}");
        assert!(help.out.contains(&format!("Usage: trialliance {command}")), "{}", help.out);
    }
}

#[test]
fn wrong_words_exit_with_2_and_say_what_was_meant() {
    for (words, hint) in [
        (&["rum", "fuentes-2014"][..], "'run'"),
        (&["run", "fuentes-2014", "--fromat", "json"], "'--format'"),
        (&["run", "fuentes-2014", "--format", "jsn"], "'json'"),
        (&["run", "fuentes-2014", "--replicates", "many"], "a whole number"),
        (&["run", "fuentes-2014", "--replicates", "0"], "at least 1"),
        (&["run", "fuentes-2014", "--threads", "0"], "--threads"),
        (&["run", "fuentes-2014", "-s", "-1"], "a seed is a whole number from 0"),
        (&["curve", "fuentes-2014", "--seed", "1.5"], "a seed is a whole number from 0"),
        (&["run", "fuentes-2014", "--require", "alliance>=80"], "write 0.8"),
        (&["interim", "fuentes-2014", "--require", "alliance>=80"], "write 0.8"),
        (&["protocol", "fuentes-2014", "--require", "alliance>=80"], "write 0.8"),
        (&["run", "fuentes-2014", "--require", "alliance:coverage>=94"], "write 0.94"),
        (&["run", "fuentes-2014", "--require", "all>=-0.1"], "a power is a number from 0 to 1"),
        (&["run", "fuentes-2014", "--require", "alliance:bias<=5%"], "not told in per cent"),
        (&["mde", "fuentes-2014", "--power", "80"], "as in 0.8"),
        (&["run", "fuentes-2014", "--precision", "nan"], "above 0"),
        (
            &["assurance", "sceptical", "--prior", "alliance=normal(5,3)", "--real", "nan"],
            "a number is needed",
        ),
        (&["size", "sceptical", "--half-width", "inf"], "a number is needed"),
        (&["mde", "sceptical", "--power", "nan"], "a number such as 0.8 or 80% is needed"),
        (&["curve", "sceptical", "--over", "effect", "--to", "inf"], "a number is needed"),
        (&["interim", "sceptical", "--at", "0.5,nan"], "a number such as 0.8 or 80% is needed"),
        (&["interim", "sceptical", "--futility", "nan"], "neither numbers"),
        (&["interim", "sceptical", "--boundaries", "haybittle-peto:nan"], "no such boundaries"),
        (&["run", "fuentes-2014", "--n", "80", "--n-per-arm", "20"], "cannot be used with"),
        (&["run", "fuentes-2014", "--n-per-arm", "SL=20,SL=30"], "ARM=NUMBER"),
        (&["run", "fuentes-2014", "--set", "alpha=1"], "/alpha"),
        (&["init", "two words"], "a name of letters"),
        (&["run"], "<SCENARIO>"),
        (&[], "Usage"),
    ] {
        let answer = call(words);
        assert_eq!(answer.code, 2, "{words:?}: {}", answer.err);
        assert_eq!(answer.out, "", "{words:?}");
        assert!(answer.err.contains(hint), "{words:?}: {}", answer.err);
    }
}

#[test]
fn an_invalid_scenario_exits_with_3_and_shows_every_problem() {
    let answer = call(&["run", "fuentes-2014", "--set", "/alpha=2", "--set", "/name=a b"]);
    assert_eq!((answer.code, answer.out.as_str()), (3, ""));
    for place in ["--set /alpha=2", "/name=a b"] {
        assert!(answer.err.contains(place), "{}", answer.err);
    }
    assert!(answer.err.contains("2 problems"), "{}", answer.err);
    let too_few = run(&["--n", "4"]);
    assert_eq!(too_few.code, 3);
    assert!(too_few.err.contains("--n 4"), "{}", too_few.err);
}

#[test]
fn a_missing_input_exits_with_4_and_names_the_nearest() {
    let answer = call(&["run", "fuentes-2013"]);
    assert_eq!(answer.code, 4);
    assert!(answer.err.contains("fuentes-2014"), "{}", answer.err);
    assert!(call(&["run", "no/such.json"]).err.contains("trialliance scenarios"));
    assert_eq!(call(&["scenarios", "--show", "nothing-like-it"]).code, 4);
    assert_eq!(call(&["check", "."]).code, 4);
}

#[test]
fn more_than_the_limit_is_not_read() {
    let answer = call_with(&["check", "-"], &" ".repeat(10_000_100));
    assert_eq!(answer.code, 3, "{}", answer.err);
    assert!(answer.err.lines().count() < 12, "{}", answer.err);
}

#[test]
fn an_output_that_cannot_be_written_exits_with_5_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing/result.json");
    for target in [text(folder.path()), text(&missing)] {
        // So many replicates would take minutes.
        let answer = call(&["run", "fuentes-2014", "--replicates", "1e12", "--output", target]);
        assert_eq!(answer.code, 5, "{target}: {}", answer.err);
    }
}

#[test]
fn a_read_only_target_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("result.txt");
    std::fs::write(&target, "mine").unwrap();
    let mut permissions = target.metadata().unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&target, permissions).unwrap();
    assert_eq!(run(&["--output", text(&target)]).code, 5);
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "mine");
}

#[test]
fn an_output_file_is_whole_and_alone() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("result.csv");
    std::fs::write(&target, "earlier").unwrap();
    let answer = run(&["--format", "csv", "--output", text(&target)]);
    assert_eq!((answer.code, answer.out.as_str(), answer.err.as_str()), (0, "", ""));
    assert_eq!(std::fs::read_to_string(&target).unwrap(), run(&["--format", "csv"]).out);
    assert_eq!(folder.path().read_dir().unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_device_and_a_link_are_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    assert_eq!(run(&["--output", "/dev/null"]).code, 0);
    assert!(Path::new("/dev/null").metadata().unwrap().file_type().is_char_device());
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("file"), folder.path().join("link"));
    std::fs::write(&file, "earlier").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert_eq!(run(&["--output", text(&link)]).code, 0);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert!(std::fs::read_to_string(&file).unwrap().contains("In short"));
}

#[test]
fn results_alone_are_on_standard_output() {
    let answer = run(&["--format", "json"]);
    assert_eq!(answer.err, "");
    let result = json(&answer);
    assert_eq!(result["schema"], "trialliance.result/1");
    assert_eq!(result["replicates"], 500);
    assert!(result.get("timing").is_none());
    assert!(json(&run(&["--format", "json", "--timing"]))["timing"]["threads"].is_u64());
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let one = run(&["--format", "json", "--threads", "1"]);
    assert_eq!(one.out, run(&["--format", "json", "--threads", "3"]).out);
    assert_ne!(one.out, run(&["--format", "json", "--seed", "2"]).out);
}

#[test]
fn the_command_in_the_report_gives_the_report_again() {
    let words =
        ["--n", "80", "--set", "/title=a 'new' title", "--engine", "patients", "--format", "markdown"];
    let first = run(&words);
    let again = first.out.lines().find(|line| line.starts_with("- Again: ")).unwrap();
    let command = again.trim_start_matches("- Again: `").trim_end_matches('`');
    let command = command.replacen("trialliance", env!("CARGO_BIN_EXE_trialliance"), 1);
    let second = Command::new("sh").args(["-c", &format!("{command} --format markdown")]).output().unwrap();
    assert_eq!(String::from_utf8(second.stdout).unwrap(), first.out);
}

#[test]
fn further_methods_analyse_the_same_trials() {
    let plain = json(&run(&["--format", "json"]));
    let more = run(&["--analyze-with", "anova,welch", "--format", "json"]);
    let more = json(&more);
    let rows = |result: &serde_json::Value| result["results"].as_array().unwrap().clone();
    let planned = rows(&plain);
    // What was planned comes first and stays as it is, but for the engine that both can use.
    assert_eq!(rows(&more)[..planned.len()], planned);
    let names: Vec<&String> = more["analyses"].as_object().unwrap().keys().collect();
    assert!(names.iter().any(|name| *name == "welch"), "{names:?}");
    let report = run(&["--analyze-with", "welch"]).out;
    assert!(report.contains("--analyze-with welch --replicates 500"), "{report}");
    assert_eq!(run(&["--analyze-with", "welsh"]).code, 2);
    let needs = run(&["--analyze-with", "equivalence"]);
    assert_eq!(needs.code, 3);
    assert!(
        needs.err.contains("margin") && needs.err.contains("--analyze-with equivalence"),
        "{}",
        needs.err
    );
}

#[test]
fn sizes_keep_the_ratio_or_are_as_typed() {
    let sizes = |words: &[&str]| json(&run(&[words, &["--format", "json"]].concat()))["n_per_arm"].clone();
    assert_eq!(sizes(&["--n", "1170"]), serde_json::json!({"SL": 290, "AL": 300, "SE": 290, "AE": 290}));
    assert_eq!(sizes(&["--n-per-arm", "25"]), serde_json::json!({"SL": 25, "AL": 25, "SE": 25, "AE": 25}));
    assert_eq!(
        sizes(&["--n-per-arm", "SL=40,AL=40,SE=20,AE=21"]),
        serde_json::json!({"SL": 40, "AL": 40, "SE": 20, "AE": 21})
    );
}

#[test]
fn precision_stops_the_run() {
    let words = ["run", "fuentes-2014-realistic-noise", "--precision", "0.02", "--format", "json"];
    let result = json(&call(&words));
    assert_eq!(result["precision"]["met"], true);
    assert!(result["replicates"].as_u64().unwrap() < 10_000);
}

#[test]
fn a_scenario_goes_through_a_file_and_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trial.json");
    assert_eq!(call(&["init", "trial", "--output", text(&file)]).code, 0);
    let refused = call(&["init", "trial", "--output", text(&file)]);
    assert_eq!(refused.code, 5);
    assert!(refused.err.contains("--force"));
    assert_eq!(call(&["init", "trial", "--output", text(&file), "--force"]).code, 0);
    let checked = call(&["check", text(&file)]);
    assert!(checked.out.starts_with("trial is valid: "), "{}", checked.err);
    assert_eq!(checked.out.lines().count(), 1);
    let piped = call_with(&["check", "-"], &std::fs::read_to_string(&file).unwrap());
    assert_eq!(piped.out, checked.out);
}

#[test]
fn check_answers_programs_too() {
    let valid = json(&call(&["check", "fuentes-2014", "--format", "json", "--explain"]));
    assert_eq!((&valid["valid"], &valid["n_total"]), (&true.into(), &117.into()));
    let values = valid["values"].as_array().unwrap();
    assert!(values.iter().any(|value| value["pointer"] == "/design/assignment/method"));
    let invalid = call_with(&["check", "-", "--format", "json"], "{\n  \"alpha\": 2\n}");
    assert_eq!(invalid.code, 3);
    let problems: serde_json::Value = serde_json::from_str(&invalid.out).unwrap();
    let alpha =
        problems["problems"].as_array().unwrap().iter().find(|one| one["pointer"] == "/alpha").unwrap();
    assert_eq!(alpha["line"], 2);
}

#[test]
fn embedded_scenarios_are_listed_and_shown() {
    let list = json(&call(&["scenarios", "--format", "json"]));
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"fuentes-2014"));
    for name in names {
        assert!(call(&["scenarios"]).out.contains(name));
        assert_eq!(json(&call(&["scenarios", "--show", name]))["name"], name);
    }
}

#[test]
fn analyses_are_listed_and_shown() {
    let list = json(&call(&["analyses", "--format", "json"]));
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert!(names.len() > 20 && names.contains(&"lmm"));
    let all = call(&["analyses"]).out;
    for name in names {
        assert!(all.lines().any(|line| line.starts_with(&format!("{name} "))), "{name}");
        let shown = call(&["analyses", "--show", name]).out;
        assert!(shown.starts_with(name) && shown.contains("Source: "), "{shown}");
    }
    let lmm = call(&["analyses", "--show", "lmm"]).out;
    assert!(lmm.contains("It needs therapists.") && lmm.contains("random_effects: what differs"), "{lmm}");
    assert!(lmm.contains("simple effect of alliance with sham"), "{lmm}");
    let wrong = call(&["analyses", "--show", "ancov"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("did you mean ancova?"), "{}", wrong.err);
}

#[test]
fn schemas_and_completions_are_printed() {
    assert!(json(&call(&["schema"]))["properties"]["alpha"].is_object());
    assert!(json(&call(&["schema", "--result"]))["properties"]["results"].is_object());
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(call(&["completions", shell]).out.contains("trialliance"), "{shell}");
    }
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_quiet() {
    for words in ["run fuentes-2014", "--help", "schema", "check fuentes-2014 --explain"] {
        let line = format!("{{ {} {words}; echo code $? >&2; }} | true", env!("CARGO_BIN_EXE_trialliance"));
        let output = Command::new("sh").args(["-c", &line]).output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "code 0\n", "{words}");
    }
}

#[test]
fn a_trial_is_a_csv_with_its_dictionary() {
    let folder = tempfile::tempdir().unwrap();
    let dictionary = folder.path().join("trial.json");
    let words = ["trial", "confirmatory", "--seed", "4", "--replicate", "2"];
    let answer = call(&[&words[..], &["--reveal", "--dictionary", text(&dictionary)]].concat());
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let mut lines = answer.out.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(names[..6], ["id", "arm", "alliance", "ifc", "pain_baseline", "pain"]);
    assert_eq!(names[6..], ["pain_if_sl", "pain_if_al", "pain_if_se", "pain_if_ae"]);
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 300);
    let mut missing = 0;
    for (number, row) in rows.iter().enumerate() {
        assert_eq!((row.len(), row[0]), (names.len(), (number + 1).to_string().as_str()));
        let own =
            names.iter().position(|name| *name == format!("pain_if_{}", row[1].to_lowercase())).unwrap();
        missing += usize::from(row[5].is_empty());
        // What is recorded is the potential outcome of the patient's own arm.
        assert!(row[5].is_empty() || row[5] == row[own], "{row:?}");
    }
    let dictionary: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&dictionary).unwrap()).unwrap();
    assert_eq!(dictionary["columns"][5]["name"], "pain");
    assert_eq!(dictionary["columns"][5]["missing"], missing);
    assert_eq!(dictionary["columns"][6]["hidden"], true);
    assert!(call(&words).out.starts_with("id,arm,alliance,ifc,pain_baseline,pain\n"));
}

#[test]
fn an_explanation_shows_the_parts_of_the_change() {
    let answer = call(&["explain", "fuentes-2014"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    assert!(answer.out.starts_with("Fuentes 2014: "));
    let row = answer.out.lines().find(|line| line.starts_with("AE ")).unwrap();
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["AE", "10.30", "11.90", "8.00", "1.20", "31.40"]);
    let truth = answer.out.lines().find(|line| line.starts_with("alliance_at_active ")).unwrap();
    assert_eq!(truth.split_whitespace().collect::<Vec<_>>(), ["alliance_at_active", "-13.1", "-13.1"]);
    assert!(call(&["explain", "confirmatory"]).out.contains("±"), "a simulated truth has its error");
    assert!(answer.out.contains("not in the bars"), "the synergy of ppt is negative");
    assert!(answer.out.lines().all(|line| line.chars().count() <= 100), "{}", answer.out);
    assert!(call(&["explain", "aberson-2x2"]).out.contains("no baseline to change from"));
    assert_eq!(call(&["explain", "nope"]).code, 4);
}

#[test]
fn values_come_from_a_csv_file_beside_the_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let (scenario, data) = (folder.path().join("mine.json"), folder.path().join("pilot.csv"));
    let template = call(&["init", "mine"]).out;
    let mut value: serde_json::Value = serde_json::from_str(&template).unwrap();
    value["cohort"]["covariates"] = serde_json::json!([
        {"id": "age", "law": "pilot", "file": "pilot.csv"},
        {"id": "bmi", "law": "pilot", "file": "pilot.csv", "column": "BMI at entry"}]);
    value["cohort"]["correlation"] = serde_json::json!([]);
    value["response"]["correlation"] = serde_json::json!([]);
    value["sources"] = serde_json::json!({});
    std::fs::write(&scenario, value.to_string()).unwrap();
    let missing = call(&["check", text(&scenario)]);
    assert_eq!(missing.code, 3);
    assert!(
        missing.err.contains("no such file") && missing.err.contains("/cohort/covariates/0/file"),
        "{}",
        missing.err
    );
    std::fs::write(&data, "id,age,BMI at entry\n1,40,22.5\n2,fifty,27\n3,61,31\n").unwrap();
    let wrong = call(&["check", text(&scenario)]);
    assert!(wrong.err.contains("`fifty` in row 3 of column `age`"), "{}", wrong.err);
    std::fs::write(&data, "id,age,BMI at entry\n1,40,22.5\n2,50,27\n3,61,31\n").unwrap();
    let trial = call(&["trial", text(&scenario)]);
    assert_eq!(trial.code, 0, "{}", trial.err);
    assert!(trial.out.lines().next().unwrap().contains("age,bmi"), "{}", trial.out);
    let explained = call(&["explain", text(&scenario)]);
    assert!(explained.out.contains("one of 3 patients of a pilot"), "{}", explained.out);
}

#[test]
fn n_is_the_number_of_patients_of_every_design() {
    for name in ["fuentes-2014", "ferreira-2013", "therapist-clustered"] {
        let words = ["run", name, "--n", "96", "--replicates", "20", "--format", "json"];
        let result = json(&call(&words));
        assert_eq!(result["n_total"], 96, "{name}");
    }
    let answer = call(&["run", "ferreira-2013", "--n", "100", "--replicates", "20"]);
    assert!(answer.out.contains("--n 100"), "{}", answer.out);
    let few = call(&["run", "ferreira-2013", "--n", "0"]);
    assert_eq!(few.code, 3);
    assert!(few.err.contains("--n 0"), "{}", few.err);
}

#[test]
fn shares_and_counts_are_read_as_people_type_them() {
    let gate = |gate| run(&["--require", gate]).code;
    assert_eq!([gate("alliance>=80%"), gate("alliance>=0.8"), gate("alliance<=1%")], [0, 0, 7]);
    let mde = |power| call(&["mde", "fuentes-2014", "-r", "200", "--power", power, "-f", "json"]);
    assert_eq!(json(&mde("90%")), json(&mde("0.9")));
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("t.csv");
    assert_eq!(call(&["trial", "fuentes-2014", "-o", text(&data)]).code, 0);
    let permuted = |resamples| {
        call(&[
            "analyze",
            text(&data),
            "--outcome",
            "pain",
            "--method",
            "permutation",
            "--resamples",
            resamples,
            "-f",
            "json",
        ])
    };
    assert_eq!(json(&permuted("1e3")), json(&permuted("1000")));
}
