//! Every distribution function against values computed with 50 digits (see the `reference` field of the
//! files in `tests/reference/distributions`).

// In a test file a broken reference file should stop the test there and then; the exemption in clippy.toml
// does not reach helpers outside of #[test] functions.
#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::Value;
use std::collections::BTreeMap;
use trialliance::stats::{
    beta, chi_squared, fisher_f, noncentral_chi_squared, noncentral_f, noncentral_t, normal, student_t,
};

/// Relative tolerance in the body of a distribution.
const BODY: f64 = 1e-12;
/// Relative tolerance where a tail probability is below `FAR`.
const TAIL: f64 = 1e-10;
const FAR: f64 = 1e-6;

fn number(record: &Value, field: &str) -> f64 {
    match &record[field] {
        Value::Number(number) => number.as_f64().unwrap(),
        Value::String(text) => text.parse().unwrap(),
        other => panic!("{field} is {other} in {record}"),
    }
}

/// The function under test at the record's arguments.
fn computed(record: &Value) -> f64 {
    let dist = record["dist"].as_str().unwrap();
    let function = record["fn"].as_str().unwrap();
    let argument = match function {
        "cdf" | "sf" => number(record, "x"),
        _ => number(record, "p"),
    };
    let of = |field: &str| number(record, field);
    macro_rules! dispatch {
        ($module:ident $(, $parameter:literal)*) => {
            match function {
                "cdf" => $module::cdf(argument $(, of($parameter))*),
                "sf" => $module::sf(argument $(, of($parameter))*),
                "quantile" => $module::quantile(argument $(, of($parameter))*),
                "isf" => $module::isf(argument $(, of($parameter))*),
                other => panic!("unknown function {other}"),
            }
        };
    }
    match dist {
        "norm" => dispatch!(normal),
        "t" => dispatch!(student_t, "df"),
        "chi2" => dispatch!(chi_squared, "df"),
        "beta" => dispatch!(beta, "a", "b"),
        "f" => dispatch!(fisher_f, "df1", "df2"),
        "nct" => dispatch!(noncentral_t, "df", "ncp"),
        "ncf" => dispatch!(noncentral_f, "df1", "df2", "ncp"),
        "ncchi2" => dispatch!(noncentral_chi_squared, "df", "ncp"),
        other => panic!("unknown distribution {other}"),
    }
}

fn is_tail(record: &Value) -> bool {
    match record["fn"].as_str().unwrap() {
        "cdf" | "sf" => number(record, "value") < FAR,
        _ => {
            let p = number(record, "p");
            !(FAR..=1.0 - FAR).contains(&p)
        }
    }
}

fn relative_error(computed: f64, exact: f64) -> f64 {
    if computed == exact {
        0.0
    } else if exact == 0.0 {
        computed.abs()
    } else {
        let error = (computed / exact - 1.0).abs();
        if error.is_nan() { f64::INFINITY } else { error }
    }
}

struct Worst {
    records: usize,
    error: f64,
    record: String,
}

fn check(file: &str, expected_records: usize) {
    let path = format!("{}/tests/reference/distributions/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let records = document["records"].as_array().unwrap();
    let mut worst: BTreeMap<(String, &str), Worst> = BTreeMap::new();
    let mut failures = Vec::new();
    for record in records {
        assert_eq!(record["dist"].as_str().unwrap(), file);
        let exact = number(record, "value");
        let value = computed(record);
        let error = relative_error(value, exact);
        let (region, tolerance) = if is_tail(record) { ("tail", TAIL) } else { ("body", BODY) };
        let function = record["fn"].as_str().unwrap().to_owned();
        let line = format!("{record} computed {value:e} relative error {error:.2e}");
        let entry = worst.entry((function, region)).or_insert_with(|| Worst {
            records: 0,
            error: -1.0,
            record: String::new(),
        });
        entry.records += 1;
        if error > entry.error {
            entry.error = error;
            entry.record = line.clone();
        }
        if error > tolerance {
            failures.push(line);
        }
    }
    for ((function, region), worst) in &worst {
        println!(
            "{file} {function} {region}: {} records, worst {:.2e}: {}",
            worst.records, worst.error, worst.record
        );
    }
    let checked: usize = worst.values().map(|worst| worst.records).sum();
    assert_eq!(checked, expected_records, "{file}: number of records checked");
    assert!(failures.is_empty(), "{} of {checked} failed:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn normal_distribution() {
    check("norm", 41);
}

#[test]
fn student_t_distribution() {
    check("t", 360);
}

#[test]
fn chi_squared_distribution() {
    check("chi2", 325);
}

#[test]
fn beta_distribution() {
    check("beta", 271);
}

#[test]
fn fisher_f_distribution() {
    check("f", 1433);
}

#[test]
fn noncentral_t_distribution() {
    check("nct", 471);
}

#[test]
fn noncentral_f_distribution() {
    check("ncf", 1277);
}

#[test]
fn noncentral_chi_squared_distribution() {
    check("ncchi2", 407);
}
