//! Does `analyze` take visits as columns and as rows, tell of them what the run told, and say what is
//! wrong with them?

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use assert_cmd::Command;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

fn program() -> Command {
    Command::cargo_bin("trialliance").unwrap()
}

fn run(words: &[&str]) -> String {
    let output = program().args(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The pragmatic trial with every covariance and both ways to degrees of freedom.
fn scenario(folder: &Path) -> String {
    let text = trialliance::scenario::library::find("pragmatic-12-weeks").unwrap().text;
    let mut value: Value = serde_json::from_str(text).unwrap();
    let one = |id: &str, covariance: &str, df: &str| {
        json!({"method": "mmrm", "id": id, "outcome": "pain", "covariates": ["baseline"], "df": df,
               "covariance": covariance})
    };
    value["analyses"] = json!([
        one("unstructured", "unstructured", "satterthwaite"),
        one("ar1", "ar1", "kenward-roger"),
        one("symmetric", "compound-symmetry", "kenward-roger"),
        {"method": "mmrm", "id": "of-two", "outcome": "pain", "visits": ["pain_week_6"]}]);
    for other in ["sources", "primary"] {
        value.as_object_mut().unwrap().remove(other);
    }
    let path = folder.join("visits.json");
    std::fs::write(&path, value.to_string()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Estimand, estimate, SE, df, p of the lines of an analysis.
fn numbers(text: &str, start: &str, skip: usize) -> Vec<String> {
    let lines = text.lines().filter(|line| line.starts_with(start));
    lines.map(|line| line.split(',').skip(skip).take(5).collect::<Vec<_>>().join(",")).collect()
}

/// The exported trial with a row for each patient and visit.
fn rows(wide: &str) -> String {
    let mut lines = wide.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let place = |name: &str| header.iter().position(|one| *one == name).unwrap();
    let visits =
        [("2", "pain_week_2"), ("6", "pain_week_6"), ("12", "pain")].map(|(week, name)| (week, place(name)));
    let kept = ["id", "alliance", "ifc", "pain_baseline"].map(place);
    let mut text = "id,alliance,ifc,pain_baseline,week,vas\n".to_owned();
    for cells in lines {
        let patient = kept.map(|place| cells[place]).join(",");
        for (week, place) in visits {
            writeln!(text, "{patient},{week},{}", cells[place]).unwrap();
        }
    }
    text
}

#[test]
fn columns_and_rows_of_an_exported_trial_have_the_run_s_estimates_to_the_last_bit() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (scenario, number) = (scenario(folder.path()), "11");
    run(&["run", &scenario, "-q", "--replicates", "12", "--replicates-out", &file("all.csv")]);
    run(&["trial", &scenario, "--replicate", number, "--output", &file("one.csv")]);
    let all = std::fs::read_to_string(file("all.csv")).unwrap();
    let recorded = |id: &str| numbers(&all, &format!("{number},{id},"), 3);
    // As the scenario says.
    let found = run(&["analyze", &file("one.csv"), "--scenario", &scenario, "-f", "csv"]);
    for id in ["unstructured", "ar1", "symmetric", "of-two"] {
        assert_eq!(recorded(id).len(), 8);
        assert_eq!(numbers(&found, &format!("{id},"), 2), recorded(id), "{id}");
    }
    // By columns that are named, and by rows; names of columns that hold a visit differ, numbers do not.
    let wide = std::fs::read_to_string(file("one.csv")).unwrap();
    std::fs::write(file("long.csv"), rows(&wide)).unwrap();
    for (id, options) in [
        ("unstructured", vec![]),
        ("ar1", vec!["--covariance", "ar1", "--df", "kenward-roger"]),
        ("symmetric", vec!["--covariance", "compound-symmetry", "--df", "kenward-roger"]),
    ] {
        let analyze = |words: &[&str]| run(&[&["analyze", "-f", "csv"], words, &options].concat());
        let [one, long] = [file("one.csv"), file("long.csv")];
        let columns = analyze(&[&one, "--outcome", "pain", "--visits", "pain_week_2,pain_week_6"]);
        assert_eq!(numbers(&columns, "mmrm,pain,", 2), recorded(id), "{id}");
        let rows = analyze(&[&long, "--outcome", "vas", "--visit", "week", "--baseline", "pain_baseline"]);
        assert_eq!(numbers(&rows, "mmrm,vas_12,", 2), recorded(id), "{id}");
    }
}

/// Twelve patients at three visits, one of them not seen at the last.
fn small() -> String {
    let mut text = "id,alliance,ifc,vas0,visit,vas\n".to_owned();
    let levels = [("limited", "sham"), ("limited", "active"), ("enhanced", "sham"), ("enhanced", "active")];
    for k in 0..24_usize {
        let (alliance, ifc) = levels[k % 4];
        for visit in 1..=3_usize {
            if k != 7 || visit < 3 {
                let vas = 50 - 4 * visit - 3 * (k % 4) + (k * (5 + visit) + visit * visit) % 13;
                let before = 40 + (k * 7) % 11;
                writeln!(text, "{},{alliance},{ifc},{before},{visit},{vas}", k + 1).unwrap();
            }
        }
    }
    text
}

/// Exit code and standard output and error of `analyze` on a text.
fn analyzed(text: &str, words: &[&str]) -> (i32, String) {
    let output = program().args(["analyze", "-"]).args(words).write_stdin(text).output().unwrap();
    let all = [output.stdout, output.stderr].concat();
    let text = String::from_utf8(all).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    (output.status.code().unwrap(), text)
}

#[track_caller]
fn told(text: &str, words: &[&str], code: i32, parts: &[&str]) {
    let (found, message) = analyzed(text, words);
    assert_eq!(found, code, "{message}");
    for part in parts {
        assert!(message.contains(part), "no {part:?} in {message}");
    }
}

const BY_VISIT: [&str; 4] = ["--outcome", "vas", "--visit", "visit"];

#[test]
fn rows_of_visits_are_told_with_what_they_became() {
    let text = small();
    told(
        &text,
        &BY_VISIT,
        0,
        &[
            "24 patients (SL 6, AL 6, SE 6, AE 6); missing: vas_3 in 1.",
            "outcome: column vas_3 (by its visit)",
            "earlier visit: column vas_1 (by its visit)",
            "mmrm: vas_3 of 24 patients",
            "mmrm uses every visit that was measured, of all 24 patients",
        ],
    );
    // A visit before treatment is the baseline; another name for the patient's column; another method.
    let before = text.replace("vas0,visit", "age,visit").replace(",1,", ",0,").replace(",2,", ",4,");
    told(&before, &BY_VISIT, 0, &["baseline: column vas_0 (by its visit)", "earlier visit: column vas_3"]);
    let other = text.replacen("id,", "case,", 1);
    told(&other, &[&BY_VISIT[..], &["--id", "case"]].concat(), 0, &["mmrm: vas_3"]);
    // A column that sounds like the patient's and is not.
    let twin = other.replacen("vas0,", "patient,", 1);
    told(&twin, &[&BY_VISIT[..], &["--id", "case"]].concat(), 0, &["mmrm: vas_3 of 24 patients"]);
    told(&text, &[&BY_VISIT[..], &["--method", "anova"]].concat(), 0, &["anova: vas_3 of 23 patients"]);
    let last = text.lines().filter(|line| line.starts_with("id") || line.contains(",3,"));
    told(&last.map(|line| format!("{line}\n")).collect::<String>(), &BY_VISIT, 0, &["anova: vas_3 of 23"]);
}

#[test]
fn what_is_wrong_with_rows_of_visits_is_told_with_row_and_column() {
    let text = small();
    told(&text, &["--outcome", "vas"], 4, &["row 3, column id", "say --visit COLUMN"]);
    told(&text, &["--visit", "visit"], 2, &["--outcome"]);
    told(&text, &["--outcome", "vas", "--visit", "vist"], 2, &["no column `vist`", "did you mean `visit`?"]);
    told(&text, &["--outcome", "vas", "--visit", "vas"], 2, &["`vas`, which is the visit too"]);
    told(&text.replacen("id,", "case,", 1), &BY_VISIT, 2, &["--id", "a column that tells patients apart"]);
    let twice = format!("{text}{}\n", text.lines().nth(1).unwrap());
    told(&twice, &BY_VISIT, 4, &["row 73, column visit", "the visit `1` of patient `1` again, as in row 2"]);
    let cell = |from: &str, to: &str| text.replacen(from, to, 1);
    told(&cell(",40,2,", ",40,second,"), &BY_VISIT, 4, &["row 3, column visit", "`second`", "week_4"]);
    told(&cell(",40,2,", ",40,,"), &BY_VISIT, 4, &["row 3, column visit", "an empty cell"]);
    let aged = [&BY_VISIT[..], &["--baseline", "vas0"]].concat();
    told(&cell(",40,2,", ",41,2,"), &aged, 4, &["row 3, column vas0", "`41` for patient `1`", "`40`, as in"]);
    // What has no role may differ.
    told(&cell(",40,2,", ",41,2,"), &BY_VISIT, 0, &["mmrm: vas_3"]);
    let moved = cell("1,limited,sham,40,2,", "1,enhanced,sham,40,2,");
    told(&moved, &BY_VISIT, 4, &["row 3, column alliance", "`enhanced` for patient `1`"]);
    let absent = text.lines().filter(|line| !(line.contains("enhanced,active") && line.contains(",2,")));
    let absent: String = absent.map(|line| format!("{line}\n")).collect();
    told(&absent, &BY_VISIT, 4, &["mmrm gives no answer: no patient in AE has vas_2"]);
}

#[test]
fn what_is_wrong_with_columns_of_visits_is_told() {
    let text = "id,alliance,ifc,a,b,c\n1,limited,sham,1,2,3\n2,limited,active,1,2,3\n";
    let visits = |names: &str, parts: &[&str]| {
        told(text, &["--outcome", "c", "--visits", names, "--method", "mmrm"], 2, parts);
    };
    visits("a,d", &["no column `d`"]);
    visits("a,a", &["`a` a second time", "each visit once"]);
    visits("a,c", &["`c`, which is the outcome"]);
    told(text, &["--outcome", "c", "--visits", "a,b", "--baseline", "a"], 2, &["`a`, which is the baseline"]);
    told(text, &["--outcome", "c", "--method", "mmrm"], 2, &["--visits", "earlier visits, for `mmrm`"]);
    told(text, &["--outcome", "c", "--visits", "a,b", "--method", "welch"], 2, &["it only with", "`mmrm`"]);
    told(text, &["--outcome", "c", "--covariance", "ar1"], 2, &["--covariance", "it only with `mmrm`"]);
    told(text, &["--outcome", "c", "--visits", "a,b"], 4, &["mmrm gives no answer: no patient in SE"]);
}
