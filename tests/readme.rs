//! Is what the README says true?
//!
//! Its console blocks are run in order in an empty folder, and what they print must be
//! what stands there. `…` stands for any lines; a line that tells the time is not compared.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;
use trialliance::estimand::of_analysis;

const README: &str = include_str!("../README.md");

/// A command and what it is said to print.
struct Example {
    command: String,
    expected: Vec<String>,
}

fn examples() -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut inside = false;
    for line in README.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            examples.push(Example { command: command.to_owned(), expected: Vec::new() });
        } else if let Some(example) = examples.last_mut().filter(|_| inside) {
            example.expected.push(line.to_owned());
        }
    }
    examples
}

/// Runs a command as a reader would, with this build in place of cargo's and of the path's.
fn run(command: &str, folder: &Path) -> String {
    let program = env!("CARGO_BIN_EXE_trialliance");
    let command = command.replacen("cargo run --release --", "trialliance", 1);
    let binaries = Path::new(program).parent().expect("a folder");
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh").args(["-c", &command]).current_dir(folder).env("PATH", path).output();
    let output = output.unwrap_or_else(|error| panic!("{command}: {error}"));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    text
}

#[test]
fn every_command_of_the_readme_works_and_prints_what_it_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let examples = examples();
    assert!(examples.len() >= 10, "{} commands found", examples.len());
    let figure = || std::fs::read_to_string(folder.path().join("power.svg"));
    // The test command is the one that is running.
    for Example { command, expected } in examples.iter().filter(|one| one.command != "cargo test") {
        let printed = run(command, folder.path());
        let mut lines = printed.lines();
        for part in expected.split(|line| line == "…") {
            let Some((first, rest)) = part.split_first() else { continue };
            assert!(lines.any(|line| line == first), "{command}: nowhere {first:?} in\n{printed}");
            for line in rest.iter() {
                let next = lines.next().unwrap_or_default();
                let told_time = next.starts_with("Took ") && line.starts_with("Took ");
                assert!(told_time || next == line, "{command}: {next:?} where the README has {line:?}");
            }
        }
    }
    // The figure that the README shows is the one that its command draws.
    assert!(
        figure().expect("a figure") == include_str!("snapshots/power.svg"),
        "tests/snapshots/power.svg is another"
    );
}

#[test]
fn the_smallest_scenario_of_the_readme_is_valid_as_it_stands() {
    let json = README.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    let scenario = trialliance::scenario::read(json.expect("a JSON block"), "README", &[]).expect("valid");
    assert_eq!(scenario.name, "textbook");
    assert_eq!(scenario.alpha, 0.05);
}

/// Each claim of the table names a scenario in which each of its fields says something.
#[test]
fn every_claim_can_be_asked_about() {
    let table =
        include_str!("../scenarios/README.md").split("## Claims").nth(1).expect("the table of claims");
    let quoted =
        |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| claim "))
        .map(|line| line.trim_matches('|').split(" | ").collect())
        .collect();
    assert_eq!(rows.len(), 7);
    for row in rows {
        let [claim, fields, estimands, scenario] = row.as_slice() else { panic!("{row:?}") };
        let name = &quoted(scenario)[0];
        let found = trialliance::scenario::library::find(name).unwrap_or_else(|| panic!("{claim}: {name}"));
        let value: serde_json::Value = serde_json::from_str(found.text).expect("JSON");
        for field in quoted(fields) {
            assert!(value.pointer(&field).is_some(), "{claim}: {name} has no {field}");
        }
        let scenario = trialliance::scenario::read(found.text, name, &[]).expect("valid");
        let asked = scenario.analyses.iter().flat_map(|analysis| of_analysis(&scenario, analysis));
        let asked: Vec<String> = asked.map(|estimand| estimand.id).collect();
        for estimand in quoted(estimands).iter().filter(|estimand| *estimand != "explain") {
            assert!(asked.contains(estimand), "{claim}: {name} has no estimand {estimand}");
        }
    }
}

#[test]
fn every_scenario_has_its_row_in_the_folder_s_readme() {
    let table = include_str!("../scenarios/README.md");
    for found in trialliance::scenario::library::all() {
        assert!(table.contains(&format!("| `{}.json` |", found.name)), "{}", found.name);
    }
}
