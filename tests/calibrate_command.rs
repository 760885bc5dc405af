//! Is the scenario that `calibrate` writes one to work with, and what is refused?

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod support;

use assert_cmd::Command;
use serde_json::Value;
use std::path::Path;
use support::calibrated::{columns, embedded, estimate, exported, of_text, settings};
use support::relative_difference;
use trialliance::calibration::{Columns, CovariatesAs, Settings};
use trialliance::engine;
use trialliance::scenario::{self, Better, Scenario, canonical, explain};

fn program() -> Command {
    Command::cargo_bin("trialliance").unwrap()
}

#[track_caller]
fn same(ours: f64, theirs: f64, tolerance: f64, place: &str) {
    let difference = relative_difference(ours, theirs);
    assert!(difference < tolerance, "{place}: {ours} for {theirs} ({difference:.1e})");
}

#[test]
fn the_layout_of_therapists_is_read_off_the_data() {
    use trialliance::scenario::TherapistLayout::{Crossed, Nested, NestedInArms};
    for (stated, layout, stratified, only) in [
        (r#"{"n": 12}"#, Crossed, None, None),
        (r#"{"n": 12, "stratified": false}"#, Crossed, Some(false), None),
        (r#"{"n": 12, "layout": "nested"}"#, Nested, None, None),
        (r#"{"n": 12, "layout": "nested_in_arms"}"#, NestedInArms, None, None),
        (r#"{"n": 12, "only_with": "enhanced"}"#, Crossed, None, Some("enhanced")),
    ] {
        let sizes = r#"/design/n_per_arm={"SL": 30, "AL": 30, "SE": 30, "AE": 30}"#;
        let truth = embedded("therapist-clustered", &[sizes, &format!("/design/therapists={stated}")]);
        let fitted = of_text(&exported(&truth, 51, 0), &columns(&["pain"], &[]), &settings());
        let therapists = fitted.scenario.design.therapists.as_ref().unwrap();
        assert_eq!(
            (therapists.n, therapists.layout, therapists.stratified, therapists.only_with.as_deref()),
            (12, layout, stratified, only),
            "{stated}"
        );
    }
}

#[test]
fn outcomes_that_are_missing_together_have_one_reason() {
    let truth = embedded("fuentes-2014", &[]);
    let text = exported(&truth, 61, 0);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // Two patients of each arm, and a third of the first.
    let mut left = std::collections::HashMap::from([("SL", 3), ("AL", 2), ("SE", 2), ("AE", 2)]);
    for line in &mut lines[1..] {
        let cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        let left = left.get_mut(cells[1].as_str()).unwrap();
        if *left > 0 {
            *left -= 1;
            *line = format!("{},,", cells[..cells.len() - 2].join(","));
        }
    }
    let together = of_text(&lines.join("\n"), &columns(&["pain", "ppt"], &[]), &settings());
    let missing = &together.scenario.observation.missing;
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0].outcomes.as_deref(), Some(&["pain".to_owned(), "ppt".to_owned()][..]));
    let rate = estimate(&together, "/observation/missing/0/rate");
    assert_eq!((rate.value, rate.patients), (9.0 / 117.0, 117));
    // scipy.stats.binomtest(9, 117).proportion_ci(method="wilson"), SciPy 1.17.1.
    let [low, high] = rate.interval.unwrap();
    assert!(
        (low - 0.040_995_170_798_906).abs() < 1e-12 && (high - 0.139_749_575_531_100).abs() < 1e-12,
        "{low} {high}"
    );
    let last = lines.len() - 1;
    lines[last] = lines[last].rsplit_once(',').unwrap().0.to_owned() + ",";
    let apart = of_text(&lines.join("\n"), &columns(&["pain", "ppt"], &[]), &settings());
    assert_eq!(apart.scenario.observation.missing.len(), 2);
}

/// Columns of numbers, the arms in turn.
fn table(names: &[&str], row: impl Fn(usize) -> Vec<String>, patients: usize) -> String {
    let mut text = format!("alliance,ifc,{}\n", names.join(","));
    for patient in 0..patients {
        let alliance = ["limited", "enhanced"][patient / 2 % 2];
        let ifc = ["sham", "active"][patient % 2];
        text.push_str(&format!("{alliance},{ifc},{}\n", row(patient).join(",")));
    }
    text
}

/// Numbers without pattern between −0.5 and 0.5.
fn noise(k: usize, column: usize) -> f64 {
    let x = (k as f64 * 12.9898 + column as f64 * 78.233).sin() * 43_758.547;
    x - x.floor() - 0.5
}

#[test]
fn correlations_that_cannot_be_are_moved_and_told() {
    // A column of two values goes with one of two peaks more closely than it can with a normal one.
    let two_peaks = |k: usize| {
        let side = if (k / 4).is_multiple_of(2) { 10.0 } else { -10.0 };
        vec![
            (side + noise(k, 1)).to_string(),
            (noise(k, 2) * 9.0 + side).to_string(),
            u8::from(side > 0.0).to_string(),
        ]
    };
    let text = table(&["pain_baseline", "pain", "group"], two_peaks, 80);
    let fitted = of_text(&text, &columns(&["pain"], &["group"]), &settings());
    assert!(fitted.notes.iter().any(|note| note.contains("their laws reach only")), "{:?}", fitted.notes);
    engine::trial(&fitted.scenario, 1, 0).unwrap();

    // Three columns, each pair measured in other patients: correlations of 0.9, 0.9 and −0.9.
    let pairs = |k: usize| {
        let shared = noise(k, 3);
        let near = |sign: f64, column: usize| (sign * shared + 0.15 * noise(k, column)).to_string();
        let lacks = || "NA".to_owned();
        let [x, y, z] = match k / 4 % 3 {
            0 => [near(1.0, 4), near(1.0, 5), lacks()],
            1 => [near(1.0, 4), lacks(), near(1.0, 6)],
            _ => [lacks(), near(1.0, 5), near(-1.0, 6)],
        };
        vec![x, y, z, noise(k, 7).to_string()]
    };
    let text = table(&["x", "y", "z", "pain"], pairs, 120);
    let normal = Settings { covariates_as: Some(CovariatesAs::Normal), ..settings() };
    let fitted = of_text(&text, &columns(&["pain"], &["x", "y", "z"]), &normal);
    assert!(fitted.notes.iter().any(|note| note.contains("cannot all go together")), "{:?}", fitted.notes);
    let value = |index: usize| fitted.scenario.cohort.correlation[index].value;
    // The nearest matrix to r, r, −r has half of that, as far as they are alike.
    for index in 0..3 {
        assert!((value(index).abs() - 0.5).abs() < 0.1, "{}", value(index));
    }
}

/// An intraclass correlation of 0.445 beside a baseline that explains 57 %.
#[test]
fn what_lies_between_therapists_finds_room_beside_the_baseline() {
    let truth = embedded("therapist-clustered", &["/design/therapists/icc=0.2"]);
    let fitted = of_text(&exported(&truth, 3, 0), &columns(&["pain"], &[]), &settings());
    let (icc, r) = (
        fitted.scenario.design.therapists.as_ref().unwrap().icc.as_ref().unwrap().of("pain").unwrap(),
        fitted.scenario.response.outcomes["pain"].baseline.as_ref().unwrap().correlation,
    );
    let estimated = ["/design/therapists/icc/pain", "/response/outcomes/pain/baseline/correlation"]
        .map(|pointer| estimate(&fitted, pointer).value);
    assert!(estimated[0] + estimated[1].powi(2) > 1.0, "{estimated:?}");
    assert!(
        icc + r * r < 1.0 && icc > 0.98 * estimated[0] && r > 0.98 * estimated[1],
        "{icc} {r} for {estimated:?}"
    );
    assert!(fitted.notes.iter().any(|note| note.contains("cannot all go together")));
}

#[test]
fn uncertain_numbers_are_about_those_stated() {
    let truth = embedded("psychosocial-moderation", &[]);
    let text = exported(&truth, 71, 0);
    let asked = Settings { uncertain: true, ..settings() };
    let fitted = of_text(&text, &columns(&["pain"], &["risk", "catastrophising", "expectation"]), &asked);
    assert_eq!(fitted.scenario.uncertainty.len(), fitted.estimates.len());
    let value = serde_json::to_value(&fitted.scenario).unwrap();
    for (pointer, law) in &fitted.scenario.uncertainty {
        assert_eq!(value.pointer(pointer).unwrap().as_f64(), Some(law.mean), "{pointer}");
        same(law.sd, estimate(&fitted, pointer).se.unwrap(), 1e-3, pointer);
    }
    let mean = fitted.scenario.uncertainty["/response/outcomes/pain/arm_means/SL"];
    assert_eq!(mean.df, Some(236.0));
    let plain = of_text(&text, &columns(&["pain"], &["risk", "catastrophising", "expectation"]), &settings());
    assert!(plain.scenario.uncertainty.is_empty());
    assert_ne!(canonical::hash(&plain.scenario), canonical::hash(&fitted.scenario));
    // Every number has its source.
    let rows = explain::explain(&fitted.text, &[], &fitted.scenario).unwrap();
    assert_eq!(rows.without_source, [""; 0]);
    assert_eq!(rows.uncertain.len(), fitted.scenario.uncertainty.len());
}

#[test]
fn the_file_s_own_names_are_kept_as_far_as_a_scenario_has_them() {
    let row = |k: usize| {
        vec![(50.0 + 20.0 * noise(k, 1)).to_string(), ["Low risk", "High risk"][k / 4 % 2].to_owned()]
    };
    let text = table(&["VAS 6w", "Risk"], row, 40)
        .replace("alliance,ifc", "style,device")
        .replace("limited", "usual")
        .replace("enhanced", "warm")
        .replace("sham", "0")
        .replace("active", "1");
    let columns = Columns {
        context: Some("style=usual,warm".to_owned()),
        treatment: Some("device=0,1".to_owned()),
        ..columns(&["VAS 6w"], &["Risk"])
    };
    let fitted = of_text(&text, &columns, &settings());
    let factors = &fitted.scenario.factors;
    assert_eq!((factors[0].id.as_str(), factors[0].levels.join(" ")), ("style", "usual warm".to_owned()));
    assert_eq!((factors[1].id.as_str(), factors[1].levels.join(" ")), ("device", "sham active".to_owned()));
    let outcome = &fitted.scenario.response.outcomes["vas_6w"];
    assert_eq!(outcome.label.as_deref(), Some("VAS 6w"));
    let risk = &fitted.scenario.cohort.covariates[0];
    assert_eq!((risk.id.as_str(), risk.label.as_deref()), ("risk", Some("Risk")));
    assert_eq!(risk.levels.as_ref().unwrap().keys().collect::<Vec<_>>(), ["high_risk", "low_risk"]);
    assert_eq!(fitted.scenario.analyses[0].method, "ancova");
}

#[test]
fn each_outcome_has_its_direction() {
    let text = exported(&embedded("fuentes-2014", &[]), 91, 0);
    let directions = vec![(Some("ppt".to_owned()), Better::Higher), (None, Better::Lower)];
    let fitted =
        of_text(&text, &columns(&["pain", "ppt"], &[]), &Settings { better: directions, ..settings() });
    let better = |name: &str| fitted.scenario.response.outcomes[name].better;
    assert_eq!((better("pain"), better("ppt")), (Some(Better::Lower), Some(Better::Higher)));
}

#[test]
fn a_scenario_that_is_followed_keeps_its_words_and_analyses() {
    let like = embedded("psychosocial-moderation", &[]);
    let text = exported(&like, 81, 0);
    let asked = Settings { like: Some(&like), keep_analyses: true, n: Some(1000), ..settings() };
    let fitted = of_text(&text, &columns(&[], &[]), &asked);
    assert_eq!(fitted.scenario.analyses, like.analyses);
    assert_eq!(fitted.scenario.factors, like.factors);
    assert_eq!(fitted.scenario.alpha, like.alpha);
    let (ours, theirs) = (&fitted.scenario.response.outcomes["pain"], &like.response.outcomes["pain"]);
    assert_eq!((ours.better, &ours.label, &ours.unit), (theirs.better, &theirs.label, &theirs.unit));
    assert_eq!(fitted.scenario.design.n_per_arm.as_ref().unwrap().values().sum::<u64>(), 1000);
    let levels = |scenario: &Scenario| {
        let risk = scenario.cohort.covariates.iter().find(|one| one.id == "risk").unwrap();
        risk.levels.as_ref().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    assert_eq!(levels(&fitted.scenario), levels(&like));
}

/// Runs `calibrate` in a folder; its exit code, standard output and standard error.
fn run(folder: &Path, words: &[&str]) -> (i32, String, String) {
    let output = program().arg("calibrate").args(words).current_dir(folder).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_writes_a_scenario_that_runs_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path();
    std::fs::write(inside.join("pilot study.csv"), exported(&embedded("therapist-clustered", &[]), 1, 0))
        .unwrap();
    let words = [
        "pilot study.csv",
        "--outcome",
        "pain",
        "--better",
        "lower",
        "--uncertain",
        "-o",
        "s.json",
        "--estimates",
        "e.csv",
    ];
    let (code, out, err) = run(inside, &words);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert!(err.contains("pain: intraclass correlation") && err.contains("95 % interval"), "{err}");
    let text = std::fs::read_to_string(inside.join("s.json")).unwrap();
    let scenario = scenario::read(&text, "s.json", &[]).unwrap();
    assert_eq!(scenario.name, "pilot-study");
    let source = &scenario.sources["/response/outcomes/pain/control_mean"];
    assert!(source.starts_with("pilot study.csv: ") && source.ends_with(", 40 patients in SL"), "{source}");
    let estimates = std::fs::read_to_string(inside.join("e.csv")).unwrap();
    assert_eq!(estimates.lines().next(), Some("pointer,quantity,estimate,se,lower,upper,df,patients"));
    assert!(estimates.lines().count() > scenario.uncertainty.len());
    program().args(["check", "s.json"]).current_dir(inside).assert().success();
    let ran = program()
        .args(["run", "s.json", "--replicates", "100", "--format", "json"])
        .current_dir(inside)
        .output();
    let result: Value = serde_json::from_slice(&ran.unwrap().stdout).unwrap();
    let codes: Vec<&str> =
        result["warnings"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes.iter().filter(|code| **code == "uncertainty_not_used").count(), 1);
    // The same bytes again, on standard output, and silently if asked.
    let (code, out, err) =
        run(inside, &["pilot study.csv", "--outcome=pain", "--better=lower", "--uncertain", "-q"]);
    assert_eq!((code, out, err.as_str()), (0, text, ""));
}

/// A pilot of 24 patients.
fn small() -> String {
    let row = |k: usize| {
        vec![
            (k + 1).to_string(),
            (60.0 + 20.0 * noise(k, 1)).to_string(),
            (50.0 + 20.0 * noise(k, 2)).to_string(),
            "7".to_owned(),
            (2.0 * (60.0 + 20.0 * noise(k, 1))).to_string(),
            format!("T{}", k % 3),
        ]
    };
    table(&["number", "pain0", "pain", "constant", "twice", "helper"], row, 24)
}

#[test]
fn what_cannot_be_calibrated_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("small.csv", &small());
    let wide = |k: usize| (0..10).map(|column| (10.0 * noise(k, column)).to_string()).collect();
    write("wide.csv", &table(&["y", "a", "b", "c", "d", "e", "f", "g", "h", "i"], wide, 80));
    write("one.csv", &small().lines().take(7).collect::<Vec<_>>().join("\n"));
    write("header.csv", "alliance,ifc,pain\n");
    let long =
        small().replacen("alliance,ifc,number", "alliance,ifc,subject", 1).replace("sham,5,", "sham,1,");
    write("long.csv", &long);
    let two = small().replacen("pain0", "baseline", 1).replacen("twice", "function", 1);
    write("two.csv", &two);
    write("text.csv", &small().replacen(",7,", ",seven,", 1));
    let cases: [(&[&str], i32, &[&str]); 26] = [
        (&["nowhere.csv", "--outcome=pain"], 4, &["there is no such file"]),
        (&["small.csv"], 2, &["no outcome", "`pain`"]),
        (&["small.csv", "--outcome=pian"], 2, &["no column `pian`", "did you mean `pain`?"]),
        (
            &["small.csv", "--outcome=pain,pian", "--covariates=twise"],
            2,
            &["no column `pian`", "did you mean `twice`?"],
        ),
        (
            &["small.csv", "--outcome=pain", "--alliance=ifc"],
            4,
            &["row 2, column ifc", "one of `limited`, `enhanced`"],
        ),
        (
            &["small.csv", "--outcome=pain", "--baseline=pain"],
            4,
            &["the baseline of pain, which is an outcome, too"],
        ),
        (
            &["small.csv", "--outcome=pain", "--covariates=pain"],
            4,
            &["a covariate, which is an outcome, too"],
        ),
        (&["small.csv", "--outcome=constant"], 4, &["column constant", "7 in every patient"]),
        (
            &["small.csv", "--outcome=pain", "--covariates=constant"],
            4,
            &["column constant", "values that differ"],
        ),
        (
            &["small.csv", "--outcome=pain", "--covariates=number"],
            4,
            &["column number", "not the number of the patient"],
        ),
        (
            &["small.csv", "--outcome=pain", "--covariates=pain0,twice"],
            4,
            &["column twice", "a correlation of 1 with `pain0`", "leave one of them out"],
        ),
        (&["small.csv", "--outcome=helper"], 4, &["row 2, column helper", "a number, or NA"]),
        (&["text.csv", "--outcome=constant"], 4, &["`seven`"]),
        (&["one.csv", "--outcome=pain"], 4, &["1 patient in `SE`", "at least 2 patients of each arm"]),
        (&["header.csv", "--outcome=pain"], 4, &["there are no patients"]),
        (&["long.csv", "--outcome=pain"], 4, &["column subject", "again", "one row for each patient"]),
        (
            &["two.csv", "--outcome=pain,function"],
            4,
            &["the baseline of function, which is the baseline of pain, too", "--baseline OUTCOME=COLUMN"],
        ),
        (
            &["two.csv", "--outcome=pain,function", "--baseline=baseline"],
            2,
            &["OUTCOME=COLUMN, as there are several"],
        ),
        (&["small.csv", "--outcome=pain", "--n=9"], 0, &[]),
        (
            &["small.csv", "--outcome=pain", "--n=6"],
            2,
            &["of 6 patients SE would have 1", "at least 2 in each arm"],
        ),
        (
            &["small.csv", "--outcome=pain", "--better=pian=lower"],
            2,
            &["`pian`, which is no outcome", "`pain`"],
        ),
        (
            &["small.csv", "--outcome=pain", "--n=1e9"],
            2,
            &["--n 1000000000: ", "would have 250,000,000 patients", "at most 1,000,000"],
        ),
        (
            &["wide.csv", "--outcome=y", "--covariates=a,b,c,d,e,f,g,h,i"],
            2,
            &["--covariates: ancova would adjust y for 9 columns", "at most 8"],
        ),
        (&["small.csv", "--outcome=pain", "--better=less"], 2, &["a direction is lower or higher"]),
        (&["small.csv", "--outcome=pain", "--name=a b"], 2, &["--name is \"a b\""]),
        (&["small.csv", "--outcome=pain", "--scenario=ferreira-2013"], 2, &["assigns nothing"]),
    ];
    for (words, code, told) in cases {
        let (ours, out, err) = run(folder.path(), words);
        assert_eq!(ours, code, "{words:?}: {err}");
        assert_eq!(out.is_empty(), code != 0, "{words:?}");
        for part in told {
            assert!(err.contains(part), "{words:?} lacks {part:?}:\n{err}");
        }
    }
    // Stated for one outcome, a column `baseline` is not guessed for the other.
    let (code, out, err) =
        run(folder.path(), &["two.csv", "--outcome=pain", "--outcome=helper2", "--baseline=pain=baseline"]);
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
}
