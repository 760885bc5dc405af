//! Power over a grid: every point is what a run of its scenario finds, and a sweep that was stopped goes on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use assert_cmd::Command;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use support::embedded;
use trialliance::engine::{EngineChoice, ReplicateRow, RunOptions, replicates, run};
use trialliance::planning::{PlannedSweep, Sweep, SweepRequest, Variants, Vary, select};
use trialliance::result::Row;
use trialliance::scenario::{Override, Scenario, library, read, resolve};

fn options(seed: u64, replicates: u64) -> RunOptions {
    RunOptions { seed, replicates, threads: Some(2), keep_going: true, ..RunOptions::default() }
}

/// A sweep of an embedded scenario.
fn sweep(name: &str, vary: &[&str], estimands: &[&str], lhs: Option<u64>, options: &RunOptions) -> Sweep {
    let scenario = embedded(name);
    let change = |overrides: &[Override]| changed(name, overrides);
    let estimands: Vec<String> = estimands.iter().map(|&one| one.to_owned()).collect();
    let request = SweepRequest {
        vary: vary.iter().map(|text| Vary::parse(text, &scenario, None).unwrap()).collect(),
        hypotheses: select(&scenario, &estimands, None).unwrap(),
        latin_hypercube: lhs,
    };
    let planned = PlannedSweep::new(Variants::new(&scenario, &change), &request, options).unwrap();
    planned.answer(Vec::new(), &mut |_| Ok(()), &mut |_| {}).unwrap()
}

fn changed(name: &str, overrides: &[Override]) -> trialliance::error::Result<Scenario> {
    read(library::find(name).unwrap().text, name, overrides)
}

fn set(pointer: &str, value: Value) -> Override {
    Override { pointer: pointer.to_owned(), value }
}

/// Arms in the ratio of the scenario's own.
fn sizes(total: u64) -> Override {
    let [sl, al, se, ae] = resolve::apportion(total, [29, 30, 29, 29]);
    set("/design/n_per_arm", json!({"SL": sl, "AL": al, "SE": se, "AE": ae}))
}

fn row<'a>(rows: &'a [Row], analysis: &str, estimand: &str) -> &'a Row {
    rows.iter().find(|row| row.analysis == analysis && row.estimand == estimand).unwrap()
}

/// The points of a sweep are those of single runs, by the sweep's engine, to the last bit.
fn equals_runs(
    sweep: &Sweep,
    name: &str,
    analysis: &str,
    options: &RunOptions,
    overrides: impl Fn(&[Value]) -> Vec<Override>,
) {
    let engine =
        if sweep.made.engine == "statistics" { EngineChoice::Statistics } else { EngineChoice::Patients };
    for point in &sweep.points {
        let scenario = changed(name, &overrides(&point.values)).unwrap();
        let found = run(&scenario, &RunOptions { engine, ..options.clone() }, &mut |_| {}).unwrap();
        assert_eq!(point.n_total, found.n_total);
        for result in point.results.iter().filter(|result| result.claimed.analysis.is_some()) {
            let row = row(&found.results, analysis, &result.claimed.estimand);
            // With failures counted as no claim.
            let power = if row.failures > 0 { &row.power_failures_as_no_claim } else { &row.power };
            assert_eq!(result.power.value, power.value, "{:?}", point.values);
            assert_eq!(result.power.mcse, power.mcse, "{:?}", point.values);
            assert_eq!(result.closed_form, row.closed_form, "{:?}", point.values);
        }
    }
}

#[test]
fn every_point_is_its_own_run_by_sufficient_statistics() {
    let options = options(7, 700);
    let vary = ["/response/outcomes/pain/residual_sd=10:18:4", "n=80:160:40"];
    let found = sweep("sceptical", &vary, &["alliance", "ifc"], None, &options);
    assert_eq!((found.points.len(), found.made.engine.as_str()), (9, "statistics"));
    assert_eq!(found.points[1].values, [json!(10), json!(120)]);
    equals_runs(&found, "sceptical", "ancova", &options, |values| {
        vec![
            set("/response/outcomes/pain/residual_sd", values[0].clone()),
            sizes(values[1].as_u64().unwrap()),
        ]
    });
    for point in &found.points {
        let [alliance, ifc, any, all] = &point.results[..] else { panic!("{point:?}") };
        let power =
            |result: &trialliance::planning::PointPower| (700.0 * result.power.value.unwrap()).round();
        // At least one and both are as many as one and the other.
        assert_eq!(power(any) + power(all), power(alliance) + power(ifc));
        assert!(alliance.closed_form.value.is_some() && any.closed_form.value.is_none());
    }
}

/// Points with therapists have the analysis that is asked about, their runs all three.
#[test]
fn points_with_therapists_are_their_own_runs_too() {
    let options = options(3, 300);
    let vary = ["/design/therapists/icc=0,0.1", "/design/therapists/layout=crossed,nested", "caseload=4,8"];
    for analysis in ["anova", "ancova", "lmm"] {
        let asked = format!("{analysis}/alliance");
        let found = sweep("therapist-clustered", &vary, &[&asked], None, &options);
        assert_eq!((found.points.len(), found.made.engine.as_str()), (8, "statistics"));
        equals_runs(&found, "therapist-clustered", analysis, &options, |values| {
            vec![
                set("/design/therapists/icc", values[0].clone()),
                set("/design/therapists/layout", values[1].clone()),
                set("/design/therapists/caseload", values[2].clone()),
            ]
        });
    }
}

#[test]
fn one_point_that_needs_patients_makes_all_points_need_them() {
    let options = options(3, 300);
    let vary = ["/design/therapists/icc=0,0.1", "/design/therapists/stratified=true,false", "caseload=5,10"];
    let found = sweep("therapist-clustered", &vary, &["ancova/alliance"], None, &options);
    assert_eq!((found.points.len(), found.made.engine.as_str()), (8, "patients"));
    equals_runs(&found, "therapist-clustered", "ancova", &options, |values| {
        vec![
            set("/design/therapists/icc", values[0].clone()),
            set("/design/therapists/stratified", values[1].clone()),
            set("/design/therapists/caseload", values[2].clone()),
        ]
    });
}

#[test]
fn words_are_varied_too_and_an_analysis_is_found_by_its_place() {
    let text = r#"{"schema": "trialliance.scenario/1", "name": "textbook", "alpha": 0.05,
        "design": {"n_per_arm": {"SL": 20, "AL": 20, "SE": 20, "AE": 20}},
        "response": {"outcomes": {"y": {"arm_means": {"SL": 20, "AL": 20, "SE": 20, "AE": 25}, "sd": 5}}},
        "analyses": [{"method": "anova", "outcome": "y"}]}"#;
    let scenario = support::scenario(text);
    let change = |overrides: &[Override]| read(text, "textbook", overrides);
    let options = options(9, 200);
    let request = SweepRequest {
        vary: vec![Vary::parse("/analyses/0/method=anova,welch", &scenario, None).unwrap()],
        hypotheses: select(&scenario, &["alliance".to_owned()], None).unwrap(),
        latin_hypercube: None,
    };
    let planned = PlannedSweep::new(Variants::new(&scenario, &change), &request, &options).unwrap();
    let found = planned.answer(Vec::new(), &mut |_| Ok(()), &mut |_| {}).unwrap();
    assert_eq!((found.made.engine.as_str(), found.points.len()), ("statistics", 2));
    for (point, method) in found.points.iter().zip(["anova", "welch"]) {
        let scenario = change(&[set("/analyses/0/method", json!(method))]).unwrap();
        let alone = run(&scenario, &options, &mut |_| {}).unwrap();
        assert_eq!(point.results[0].power, row(&alone.results, method, "alliance").power);
        assert_eq!(point.results[0].claimed.analysis.as_deref(), Some("anova"));
    }
    let swing = &found.tornado[0];
    assert_eq!([&swing.first.value, &swing.second.value], [&json!("anova"), &json!("welch")]);
}

#[test]
fn effects_are_moved_together_as_benefits() {
    let options = options(1, 400);
    let found = sweep("sceptical", &["alliance=0,5", "ifc=2,8"], &["alliance", "ifc"], None, &options);
    equals_runs(&found, "sceptical", "ancova", &options, |values| {
        let effects = json!({"alliance": values[0], "ifc": values[1], "interaction": 0});
        vec![set("/response/outcomes/pain/effects", effects)]
    });
}

/// The swing of a field is the paired difference of two runs.
#[test]
fn the_tornado_has_each_field_alone_the_largest_first() {
    let options = options(5, 1_000);
    let vary = ["/response/outcomes/pain/residual_sd=13,14,15", "ifc=1,4.3,9", "/alpha=0.04,0.05"];
    let found = sweep("sceptical", &vary, &["ifc"], None, &options);
    let fields: Vec<&str> = found.tornado.iter().map(|swing| swing.field.as_str()).collect();
    assert_eq!(fields, ["ifc", "/response/outcomes/pain/residual_sd", "/alpha"]);
    assert_eq!(
        found.varied.iter().map(|field| field.planned.clone()).collect::<Vec<_>>(),
        [json!(14), json!(4.3), json!(0.05)]
    );
    let power = |overrides: &[Override]| {
        let scenario = changed("sceptical", overrides).unwrap();
        row(&run(&scenario, &options, &mut |_| {}).unwrap().results, "ancova", "ifc").power.value
    };
    assert_eq!(found.as_planned.results[0].power.value, power(&[]));
    let sd = &found.tornado[1];
    let [at_13, at_15] = [13, 15].map(|sd| power(&[set("/response/outcomes/pain/residual_sd", json!(sd))]));
    assert_eq!(
        [&sd.first, &sd.second].map(|end| (end.value.clone(), end.power.value)),
        [(json!(13), at_13), (json!(15), at_15)]
    );
    let difference = at_15.unwrap() - at_13.unwrap();
    assert!((sd.difference.value.unwrap() - difference).abs() < 1e-12);
}

/// The Monte Carlo error of a swing is that of a mean of differences, trial by trial.
#[test]
fn a_swing_is_the_mean_of_paired_differences() {
    let options = RunOptions { engine: EngineChoice::Patients, ..options(5, 500) };
    let found =
        sweep("sceptical", &["/response/outcomes/pain/residual_sd=13,14,16"], &["ifc"], None, &options);
    let claims = |sd: i32| {
        let scenario =
            changed("sceptical", &[set("/response/outcomes/pain/residual_sd", json!(sd))]).unwrap();
        let mut claims = Vec::new();
        let mut see = |row: &ReplicateRow<'_>| {
            if row.analysis == "ancova" && row.estimand == "ifc" {
                claims.push(if row.answer.unwrap().p < 0.05 { 1.0 } else { 0.0 });
            }
            Ok(())
        };
        replicates(&scenario, &options, &mut see).unwrap();
        claims
    };
    let differences: Vec<f64> =
        claims(16).iter().zip(claims(13)).map(|(at_16, at_13): (&f64, f64)| at_16 - at_13).collect();
    let mean = differences.iter().sum::<f64>() / 500.0;
    let variance = differences.iter().map(|one| (one - mean) * (one - mean)).sum::<f64>() / 500.0;
    let swing = &found.tornado[0].difference;
    assert!(mean < -0.03 && (swing.value.unwrap() - mean).abs() < 1e-12, "{mean} {swing:?}");
    assert!((swing.mcse.unwrap() - (variance / 500.0).sqrt()).abs() < 1e-12, "{variance} {swing:?}");
}

#[test]
fn a_latin_hypercube_sees_each_part_of_each_range_once() {
    let options = options(11, 20);
    let vary = ["ifc=0:10", "/response/outcomes/pain/residual_sd=10:20", "n=80:240", "/alpha=0.01,0.05"];
    let found = sweep("sceptical", &vary, &["ifc"], Some(82), &options);
    assert_eq!((found.points.len(), found.layout.as_str()), (82, "latin hypercube"));
    let column = |place: usize| found.points.iter().map(move |point| point.values[place].as_f64().unwrap());
    for (place, from, to) in [(0, 0.0, 10.0), (1, 10.0, 20.0)] {
        let mut parts: Vec<usize> =
            column(place).map(|value| (82.0 * (value - from) / (to - from)).floor() as usize).collect();
        assert!(!parts.is_sorted());
        parts.sort_unstable();
        assert_eq!(parts, (0..82).collect::<Vec<_>>());
    }
    // 41 sizes in steps of 4, each twice; two levels, each half of the time.
    let mut sizes: Vec<u64> = found.points.iter().map(|point| point.n_total).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, (20..=60).flat_map(|step| [4 * step, 4 * step]).collect::<Vec<_>>());
    assert_eq!(column(3).filter(|&alpha| alpha == 0.01).count(), 41);
    // Another field more leaves the others where they are; another seed does not.
    let fewer = sweep("sceptical", &vary[..1], &["ifc"], Some(82), &options);
    assert!(fewer.points.iter().zip(&found.points).all(|(a, b)| a.values[0] == b.values[0]));
    let other = sweep("sceptical", &vary[..1], &["ifc"], Some(82), &RunOptions { seed: 12, ..options });
    assert!(other.points.iter().zip(&found.points).any(|(a, b)| a.values[0] != b.values[0]));
}

fn program() -> Command {
    Command::cargo_bin("trialliance").unwrap()
}

/// The words of a sweep of twelve points that takes a moment.
const LONG: [&str; 12] = [
    "sweep",
    "sceptical",
    "--vary",
    "/response/outcomes/pain/residual_sd=12,14,16",
    "--vary",
    "ifc=2,4",
    "--vary",
    "/alpha=0.01,0.05",
    "--format",
    "json",
    "--engine",
    "patients",
];

fn with_checkpoint(folder: &Path, more: &[&str]) -> (PathBuf, Vec<String>) {
    let file = folder.join("progress.jsonl");
    let mut words: Vec<String> = LONG.iter().map(|&word| word.to_owned()).collect();
    words.extend(["--checkpoint".to_owned(), file.display().to_string()]);
    words.extend(more.iter().map(|&word| word.to_owned()));
    (file, words)
}

fn printed(words: &[String]) -> Vec<u8> {
    program().args(words).assert().success().get_output().stdout.clone()
}

#[test]
fn a_sweep_that_was_stopped_anywhere_ends_as_if_it_never_was() {
    let folder = tempfile::tempdir().unwrap();
    let (file, words) = with_checkpoint(folder.path(), &["--replicates", "300"]);
    let whole = printed(&without_checkpoint(&words));
    assert_eq!(printed(&words), whole);
    let all = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = all.split_inclusive('\n').collect();
    assert_eq!(lines.len(), 13);
    // After so many lines, and in the middle of the next one.
    for kept in [0, 1, 2, 7, 12] {
        for torn in [0, 1, 9] {
            let text = lines[..kept].concat() + &lines[kept][..torn];
            std::fs::write(&file, text).unwrap();
            assert_eq!(printed(&words), whole, "{kept} lines and {torn} letters");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), all);
        }
    }
    // What is known is not simulated anew: a changed count is in the answer.
    let point: Value = serde_json::from_str(lines[1]).unwrap();
    let (failures, other) =
        (json!(point["failures"]), json!({"point": 0, "counts": [1, 2, 3, 4, 5], "failures": 0}));
    assert_eq!(failures, json!(0));
    std::fs::write(&file, format!("{}{other}\n{}", lines[0], lines[2..].concat())).unwrap();
    let changed: Value = serde_json::from_slice(&printed(&words)).unwrap();
    let mut expected: Value = serde_json::from_slice(&whole).unwrap();
    assert_eq!(changed["points"][0]["results"][1]["power"]["value"], json!(2.0 / 300.0));
    assert_ne!(changed["points"][0], expected["points"][0]);
    expected["points"][0] = changed["points"][0].clone();
    assert_eq!(changed, expected);
}

#[test]
fn a_sweep_that_was_killed_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    // A machine that is busy may sleep through a short sweep: then a longer one is killed.
    for replicates in ["4000", "20000", "100000"] {
        let (file, words) = with_checkpoint(folder.path(), &["--threads", "1", "--replicates", replicates]);
        let _ = std::fs::remove_file(&file);
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_trialliance"))
            .args(&words)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let lines = || std::fs::read_to_string(&file).map_or(0, |text| text.lines().count());
        let start = Instant::now();
        while lines() < 3 && start.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let before = lines();
        if before == 13 {
            continue;
        }
        assert!(before >= 3, "{before} lines");
        let again = printed(&words);
        assert_eq!(lines(), 13);
        assert!(
            again == printed(&without_checkpoint(&words)),
            "another answer after a kill with {before} of 13 lines"
        );
        return;
    }
    panic!("no sweep was killed before its end");
}

fn without_checkpoint(words: &[String]) -> Vec<String> {
    words.iter().filter(|word| !word.contains("progress") && *word != "--checkpoint").cloned().collect()
}

#[track_caller]
fn refused(words: &[String], code: i32, said: &[&str]) {
    let output = program().args(words).assert().code(code).get_output().clone();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.stdout.is_empty());
    for one in said {
        assert!(error.contains(one), "{one:?} is not in\n{error}");
    }
}

#[test]
fn progress_of_another_sweep_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (file, words) = with_checkpoint(folder.path(), &["--replicates", "20"]);
    printed(&words);
    let before = std::fs::read(&file).unwrap();
    let with = |from: &str, to: &str| {
        words.iter().map(|word| if word == from { to.to_owned() } else { word.clone() }).collect::<Vec<_>>()
    };
    let and = |more: &[&str]| {
        words.iter().cloned().chain(more.iter().map(|&word| word.to_owned())).collect::<Vec<_>>()
    };
    refused(&and(&["--seed", "2"]), 4, &["progress.jsonl", "another seed: 1, and now 2"]);
    refused(&with("20", "21"), 4, &["another number of replicates: 20, and now 21"]);
    refused(&with("patients", "statistics"), 4, &["another engine: \"patients\", and now \"statistics\""]);
    refused(&and(&["--set", "/confidence_level=0.9"]), 4, &["another scenario"]);
    refused(&and(&["--estimand", "ifc"]), 4, &["another choice of hypotheses"]);
    refused(&with("ifc=2,4", "alliance=2,4"), 4, &["another choice of fields"]);
    refused(&with("ifc=2,4", "ifc=2,4,6"), 4, &["another number of points: 12, and now 18"]);
    refused(&with("ifc=2,4", "ifc=2,5"), 4, &["another set of values"]);
    assert_eq!(std::fs::read(&file).unwrap(), before);
    std::fs::write(
        &file,
        String::from_utf8(before).unwrap() + "{\"point\": 12, \"counts\": [1], \"failures\": 0}\n",
    )
    .unwrap();
    refused(&words, 4, &["line 14 is no point of this sweep"]);
    for text in ["power,mcse\n0.8,0.01\n", "no line", "{\"schema\": \"else\"}\n"] {
        std::fs::write(&file, text).unwrap();
        refused(&words, 4, &["this is not the progress of a sweep"]);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}

#[test]
fn bad_input_is_refused_in_words() {
    let words = |vary: &[&str]| -> Vec<String> {
        let vary = vary.iter().flat_map(|one| ["--vary", one]);
        ["sweep", "fuentes-2014", "--replicates", "10"].into_iter().chain(vary).map(str::to_owned).collect()
    };
    let sd = "/response/outcomes/pain/sd";
    refused(&words(&[]), 2, &["--vary"]);
    refused(&words(&["n=240:80:40"]), 2, &["--vary n=240:80:40", "the range from 240 to 80 is empty"]);
    refused(&words(&["n=80:240:0"]), 2, &["a step of 0 leads nowhere"]);
    refused(&words(&["n=80:240"]), 2, &["a range needs a step", "n=80:240:40", "--lhs"]);
    refused(
        &words(&["/analyses/0/method=1:5:1"]),
        2,
        &["a range goes over numbers", "text stands there", "list its values"],
    );
    refused(&words(&["/responce/outcomes/pain/sd=1,2"]), 2, &["did you mean `/response`?"]);
    refused(
        &words(&["/response/outcomes/pain/ds=1:5:1"]),
        2,
        &["/response/outcomes/pain/ds", "`/response/outcomes/pain`"],
    );
    refused(&words(&["aliance=1,2"]), 2, &["aliance", "did you mean", "n, caseload, therapists"]);
    refused(&words(&["n=80,120", "n=160,200"]), 2, &["n is varied twice"]);
    refused(&words(&["n=80,120", "/design/n_per_arm/SL=20,30"]), 2, &["both set /design/n_per_arm"]);
    refused(&words(&["alliance=1,2", "joint=1,2"]), 2, &["cannot both be stated"]);
    refused(&words(&["therapists=8,16"]), 2, &["the scenario has no therapists"]);
    refused(&words(&["n=80,80"]), 2, &["80 stands there twice"]);
    refused(&words(&["n=80,82.5"]), 2, &["whole number"]);
    let many = [&*format!("{sd}=1:100:0.1"), "alliance=1:20:0.1"];
    refused(&words(&many), 2, &["991 × 191 points are too many: at most 100000", "--lhs"]);
    // The first point that cannot be, and why.
    let bad = [&*format!("{sd}=20,0"), "n=80,120"];
    refused(
        &words(&bad),
        3,
        &[
            "fuentes-2014: point 3 of 4, /response/outcomes/pain/sd = 0, n = 80",
            "--vary /response/outcomes/pain/sd=0",
            "above 0",
        ],
    );
    refused(&words(&["/analyses/1/method=anova,anowa"]), 3, &["point 2 of 2", "anowa", "anova"]);
    let mut lhs = words(&["n=80:240"]);
    lhs.extend(["--lhs".to_owned(), "0".to_owned()]);
    refused(&lhs, 2, &["--lhs 0"]);
    let exact = ["sweep", "unblinded", "--vary", "n=80,120", "--engine", "statistics"].map(str::to_owned);
    refused(&exact, 2, &["statistics engine is not exact"]);
    let mut same = words(&["n=80,120"]);
    same.extend(["--checkpoint", "a.csv", "--output", "a.csv"].map(str::to_owned));
    refused(&same, 2, &["--output and --checkpoint name the same file"]);
    let mut nowhere = words(&["n=80,120"]);
    nowhere.extend(["--checkpoint", "no/such/folder/a.jsonl"].map(str::to_owned));
    refused(&nowhere, 5, &["no/such/folder/a.jsonl", "cannot be written"]);
}

/// Every format says the same, and the CSV has every simulated point with one name for each column.
#[test]
fn every_format_and_both_figures() {
    let folder = tempfile::tempdir().unwrap();
    let [figure, tornado] = ["figure.svg", "tornado.svg"].map(|name| folder.path().join(name));
    let words = [
        "sweep",
        "sceptical",
        "--vary",
        "n=80,120",
        "--vary",
        "ifc=2,6",
        "--replicates",
        "200",
        "--estimand",
        "ifc",
    ];
    let print = |format: &str| {
        let mut command = program();
        command
            .args(words)
            .args(["--format", format])
            .arg("--figure")
            .arg(&figure)
            .arg("--tornado")
            .arg(&tornado);
        String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
    };
    let json: Value = serde_json::from_str(&print("json")).unwrap();
    let again =
        "trialliance sweep sceptical --vary n=80,120 --vary ifc=2,6 --estimand ifc --replicates 200 --seed 1";
    assert_eq!((&json["schema"], &json["again"]), (&json!("trialliance.sweep/1"), &json!(again)));
    let csv = print("csv");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.unwrap()).collect();
    let cell = |row: &csv::StringRecord, name: &str| {
        row[head.iter().position(|one| one == name).unwrap()].to_owned()
    };
    assert_eq!(rows.len(), 4 + 1 + 4);
    for (row, point) in rows.iter().zip(json["points"].as_array().unwrap()) {
        assert_eq!(
            [cell(row, "n"), cell(row, "ifc")],
            [point["values"][0].to_string(), point["values"][1].to_string()]
        );
        assert_eq!(
            cell(row, "power").parse::<f64>().unwrap(),
            point["results"][0]["power"]["value"].as_f64().unwrap()
        );
        assert_eq!(
            cell(row, "closed_form").parse::<f64>().unwrap(),
            point["results"][0]["closed_form"]["value"].as_f64().unwrap()
        );
    }
    let sets: Vec<String> = rows.iter().map(|row| cell(row, "set")).collect();
    assert_eq!(sets[3..], ["sweep", "planned", "alone", "alone", "alone", "alone"]);
    for format in ["text", "markdown"] {
        let text = print(format);
        assert!(text.contains("Which assumption moves power most") && text.contains(again), "{text}");
    }
    for file in [figure, tornado] {
        assert!(std::fs::read_to_string(file).unwrap().starts_with("<svg"));
    }
}
