//! Files of one command: nothing that is read is written over, and no two outputs go to one place.

#![cfg(feature = "program")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use assert_cmd::Command;
use std::path::Path;
use tempfile::TempDir;

/// Exit code, standard output and standard error of a call in `folder`.
fn call(folder: &Path, words: &str) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trialliance"));
    let output = command.current_dir(folder).args(words.split_whitespace()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A folder with a scenario, its trial, and a scenario with a file of its own.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for words in ["init my -o my.json", "trial my.json -o t.csv"] {
        let (code, _, error) = call(folder.path(), words);
        assert_eq!(code, 0, "{error}");
    }
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_figure_of_another_kind_is_refused_before_anything_is_simulated() {
    let folder = tempfile::tempdir().unwrap();
    for words in ["curve null --figure power.png", "sweep null --vary n=80 --tornado effects.PDF"] {
        let (code, out, error) = call(folder.path(), words);
        assert_eq!((code, out.as_str()), (2, ""), "{words}");
        assert!(error.contains("figures are drawn as SVG, not as P") && error.contains(".svg"), "{error}");
    }
    assert!(names(folder.path()).is_empty());
    let (code, ..) = call(folder.path(), "curve null --to 120 -r 100 --figure power.svg");
    assert_eq!((code, names(folder.path())), (0, vec!["power.svg".to_owned()]));
}

/// Whoever interrupts a run finds nothing of it.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_trialliance"))
        .current_dir(folder.path())
        .args("run confirmatory -r 1e7 -q -o big.txt --replicates-out each.csv".split(' '))
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(run.try_wait().unwrap().is_none(), "it runs for minutes");
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
}

/// Answers about replicates that are told one by one are patients', and the command that is told says so.
#[test]
fn the_command_beside_replicates_gives_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let words = "run sceptical -r 300 --format json";
    let (_, first, _) = call(folder.path(), &format!("{words} --replicates-out each.csv"));
    let (_, text, _) = call(folder.path(), "run sceptical -r 300 --replicates-out each.csv");
    assert!(text.contains("Again: trialliance run sceptical --engine patients --replicates 300 --seed 1"));
    let (_, again, _) = call(folder.path(), &format!("{words} --engine patients"));
    assert_eq!(first, again);
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = folder();
    let folder = folder.path();
    std::fs::create_dir(folder.join("sub")).unwrap();
    let before = ["my.json", "t.csv"].map(|name| std::fs::read(folder.join(name)).unwrap());
    for (words, named) in [
        ("run my.json -o my.json", "--output and <SCENARIO>"),
        ("run my.json -o sub/../my.json", "--output and <SCENARIO>"),
        ("run my.json --replicates-out my.json", "--replicates-out and <SCENARIO>"),
        ("protocol my.json -o my.json", "--output and <SCENARIO>"),
        ("protocol my.json --figure my.json", "--figure and <SCENARIO>"),
        ("trial my.json -o my.json", "--output and <SCENARIO>"),
        ("trial my.json --dictionary my.json", "--dictionary and <SCENARIO>"),
        ("size my.json -o my.json", "--output and <SCENARIO>"),
        ("curve my.json -o my.json", "--output and <SCENARIO>"),
        ("mde my.json -o my.json", "--output and <SCENARIO>"),
        ("interim my.json -o my.json", "--output and <SCENARIO>"),
        ("assurance my.json --prior alliance=normal(1,1) -o my.json", "--output and <SCENARIO>"),
        ("assurance my.json --prior alliance=samples(t.csv:pain) -o t.csv", "--prior and --output"),
        ("sweep my.json --vary n=80 -o my.json", "--output and <SCENARIO>"),
        ("sweep my.json --vary n=80 --tornado my.json", "<SCENARIO> and --tornado"),
        ("sweep my.json --vary n=80 --checkpoint my.json", "<SCENARIO> and --checkpoint"),
        ("compare null my.json -o my.json", "--output and <SCENARIO>"),
        ("diff my.json null -o my.json", "--output and <BEFORE>"),
        ("diff null my.json -o my.json", "--output and <AFTER>"),
        ("analyze t.csv --outcome pain -o t.csv", "--output and <DATA>"),
        ("analyze t.csv --scenario my.json -o my.json", "--output and --scenario"),
        ("calibrate t.csv --outcome pain -o t.csv", "--output and <DATA>"),
        ("calibrate t.csv --outcome pain --estimates t.csv", "--estimates and <DATA>"),
        ("calibrate t.csv --scenario my.json -o my.json", "--output and --scenario"),
    ] {
        let (code, out, error) = call(folder, words);
        assert_eq!((code, out.as_str()), (2, ""), "{words}: {error}");
        assert!(error.contains(&format!("{named} name the same file")), "{words}: {error}");
        let after = ["my.json", "t.csv"].map(|name| std::fs::read(folder.join(name)).unwrap());
        assert!(before == after, "{words} changed its input");
    }
    assert_eq!(names(folder), ["my.json", "sub", "t.csv"]);
}

#[test]
fn what_a_scenario_reads_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("ages.csv"), "age\n30\n40\n50\n60\n").unwrap();
    let covariate = r#"{"id": "age", "law": "pilot", "file": "ages.csv"}"#;
    let (code, template, error) = call(folder, "scenarios --show fuentes-2014");
    assert_eq!(code, 0, "{error}");
    let mut scenario: serde_json::Value = serde_json::from_str(&template).unwrap();
    scenario["cohort"] = serde_json::from_str(&format!(r#"{{"covariates": [{covariate}]}}"#)).unwrap();
    scenario.as_object_mut().unwrap().remove("sources");
    std::fs::write(folder.join("my.json"), scenario.to_string()).unwrap();
    let (code, _, error) = call(folder, "run my.json -r 10 -o ages.csv");
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("--output and the scenario's ages.csv name the same file"), "{error}");
}

#[test]
fn two_outputs_have_two_places() {
    let folder = folder();
    let folder = folder.path();
    for (words, named) in [
        ("run null -o aa --replicates-out aa", "--replicates-out and --output"),
        ("run null -o aa --replicates-out ./aa", "--replicates-out and --output"),
        ("calibrate t.csv --outcome pain -o aa --estimates aa", "--estimates and --output"),
        ("curve null -o aa.svg --figure aa.svg", "--figure and --output"),
        ("trial null -o aa --dictionary aa", "--dictionary and --output"),
        ("sweep null --vary n=80 --tornado aa.svg --figure aa.svg", "--figure and --tornado"),
    ] {
        let (code, out, error) = call(folder, words);
        assert_eq!((code, out.as_str()), (2, ""), "{words}: {error}");
        assert!(error.contains(&format!("{named} name the same file")), "{words}: {error}");
    }
    assert_eq!(names(folder), ["my.json", "t.csv"]);
}

#[test]
fn standard_output_has_one_thing_only() {
    let folder = folder();
    let folder = folder.path();
    for (words, named) in [
        ("run null -r 10 -f json --replicates-out -", "--replicates-out and --output"),
        ("curve null -f json --figure -", "--figure and --output"),
        ("trial null --dictionary -", "--dictionary and --output"),
        ("trial null -o - --dictionary -", "--dictionary and --output"),
        ("calibrate t.csv --outcome pain --estimates -", "--estimates and --output"),
    ] {
        let (code, out, error) = call(folder, words);
        assert_eq!((code, out.as_str()), (2, ""), "{words}: {error}");
        assert!(error.contains(&format!("{named} would both go to standard output")), "{words}: {error}");
    }
    // Where the result goes to a file, standard output is free.
    let (code, out, error) = call(folder, "run null -r 10 -q -f json -o result.json --replicates-out -");
    assert_eq!(code, 0, "{error}");
    assert!(out.starts_with("replicate,analysis,"), "{out}");
    let result = std::fs::read_to_string(folder.join("result.json")).unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(&result).is_ok());
    // The scenario stands in the JSON already.
    let (code, out, error) = call(folder, "init claim --from f=0.27,n=52 -f json -o -");
    assert_eq!(code, 0, "{error}");
    assert!(serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{out}");
}
