//! From text to a checked scenario.
//!
//! In comes text, the name of where it came from, and single values that
//! override it; out comes a [`Scenario`] that has passed every check, or one
//! [`Error`] with every [`Problem`] that was found, in the order of the text.
//!
//! The steps: is it text, is it JSON, where does each field stand, put the
//! overrides in place, has it the shape of a scenario, what do the fields mean
//! for each other. Problems of the last two steps come together; a problem of
//! meaning that only follows from a problem of shape is left out.

use super::check;
use super::files::{self, ReadFile};
use super::finding::{At, Consequence, Finding};
use super::locate::{Lines, Locations};
use super::overrides::{self, Override};
use super::{SCHEMA, Scenario, pointer, structure, syntax, visits, words};
use crate::error::{Error, ErrorKind, Problem, Result};
use serde_json::Value;

/// The largest scenario that is read, in bytes.
pub const MAX_BYTES: usize = 10_000_000;

/// Reads and checks a scenario from the bytes of a file.
///
/// # Errors
/// As [`read`]; also if there are more than [`MAX_BYTES`] or they are not UTF-8.
pub fn read_bytes(bytes: &[u8], source: &str, overrides: &[Override]) -> Result<Scenario> {
    read_bytes_with_files(bytes, source, overrides, &files::none)
}

/// Reads and checks a scenario from the bytes of a file that may name files of measured values.
///
/// # Errors
/// As [`read_with_files`]; also if there are more than [`MAX_BYTES`] or they are not UTF-8.
pub fn read_bytes_with_files(
    bytes: &[u8],
    source: &str,
    overrides: &[Override],
    files: ReadFile<'_>,
) -> Result<Scenario> {
    if bytes.len() > MAX_BYTES {
        let found = words::thousands(bytes.len() as u64);
        let most = words::thousands(MAX_BYTES as u64);
        let message = format!("the file has {found} bytes, and a scenario at most {most}");
        return Err(Error::new(ErrorKind::Scenario, message)
            .about(source)
            .help("is this the right file? a scenario has a few thousand bytes"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => read_with_files(text, source, overrides, files),
        Err(error) => Err(not_utf8(bytes, error.valid_up_to()).about(source)),
    }
}

/// Reads and checks a scenario. `source` names where the text came from.
///
/// ```
/// use trialliance::scenario::{library, read, Override};
///
/// let text = library::find("null").map_or("", |embedded| embedded.text);
/// let scenario = read(text, "null", &[Override::parse("/alpha=0.01")?])?;
/// assert_eq!(scenario.alpha, 0.01);
///
/// let error = read("{\"alpha\": 2}", "mine.json", &[]).unwrap_err();
/// assert_eq!(error.problems[0].pointer, "/schema");
/// # Ok::<(), trialliance::error::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Scenario`] with all problems; [`ErrorKind::Usage`] if the only
/// problems are overrides that cannot be put in place.
pub fn read(text: &str, source: &str, overrides: &[Override]) -> Result<Scenario> {
    read_with_files(text, source, overrides, &files::none)
}

/// Reads and checks a scenario that may name files of measured values.
///
/// # Errors
/// As [`read`]; also if a file cannot be read or is not what it should be.
pub fn read_with_files(
    text: &str,
    source: &str,
    overrides: &[Override],
    files: ReadFile<'_>,
) -> Result<Scenario> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(Error::new(ErrorKind::Scenario, "the file is empty")
            .about(source)
            .help("a scenario is one JSON object; `trialliance init` writes one to start from"));
    }
    let mut value = syntax::parse(text).map_err(|problem| invalid(source, vec![*problem]))?;
    let locations = Locations::of(text);
    let unset = overrides::apply(&mut value, overrides);
    let mut findings: Vec<Finding> = structure::check(&value)
        .into_iter()
        .map(about_version)
        .map(|finding| about_levels(finding, &value))
        .collect();
    let scenario = understand(value, &mut findings, files)?;

    let only_usage = findings.is_empty() && locations.duplicates().is_empty();
    let place = |finding: Finding| placed(finding, &locations, overrides);
    let mut problems: Vec<Problem> = locations.duplicates().to_vec();
    problems.extend(findings.into_iter().map(place));
    problems.extend(unset);
    problems.sort_by_key(|problem| problem.position.unwrap_or((usize::MAX, 0)));
    match scenario {
        Some(scenario) if problems.is_empty() => Ok(scenario),
        _ if only_usage => Err(unusable(source, problems)),
        _ => Err(invalid(source, problems)),
    }
}

/// Reads the JSON as a scenario as far as its shape allows, and adds what its
/// fields mean for each other. What `primary` selects depends on all the rest.
fn understand(
    mut value: Value,
    findings: &mut Vec<Finding>,
    files: ReadFile<'_>,
) -> Result<Option<Scenario>> {
    // Names of factors and levels make the names of everything else.
    let stops = |finding: &Finding| {
        finding.consequence == Consequence::Stop || pointer::is_within(finding.pointer(), "/factors")
    };
    if findings.len() > structure::MANY || findings.iter().any(stops) {
        return Ok(None);
    }
    for finding in findings.iter().filter(|finding| finding.consequence == Consequence::Drop) {
        remove(&mut value, finding.pointer());
    }
    spell_whole_numbers(&mut value);
    let mut scenario: Scenario = match serde_json::from_value(value) {
        Ok(scenario) => scenario,
        Err(_) if !findings.is_empty() => return Ok(None),
        Err(error) => {
            let message = format!("a scenario that fits its JSON Schema could not be read: {error}");
            return Err(Error::new(ErrorKind::Unexpected, message));
        }
    };
    let follows = |later: &Finding| {
        findings.iter().any(|earlier| {
            pointer::is_within(later.pointer(), earlier.pointer())
                || is_source_of(later.pointer(), earlier.pointer())
                || misses(later, earlier.pointer())
                || pointer::is_within(earlier.pointer(), later.pointer())
                || pointer::is_within(later.pointer(), "/primary")
        })
    };
    let is_within_range = findings.is_empty();
    let of_files = files::fill(&mut scenario, files);
    let of_visits = check::visits::check(&scenario);
    if of_visits.is_empty() {
        visits::expand(&mut scenario);
    }
    let all = of_files.into_iter().chain(of_visits).chain(check::check(&scenario, is_within_range));
    let meaning: Vec<Finding> = all.filter(|finding| !follows(finding)).collect();
    findings.extend(meaning);
    Ok(Some(scenario))
}

/// Whether a finding is about the source of a field that was left out for a problem of its own, so that there seemed to
/// be nothing that the source could be of.
fn is_source_of(source: &str, field: &str) -> bool {
    let key = source.strip_prefix("/sources/").map(|key| key.replace("~1", "/").replace("~0", "~"));
    key.is_some_and(|key| pointer::is_within(&key, field))
}

/// Whether a finding is that something stands without a field beside it, which was left out for a problem of its own.
fn misses(finding: &Finding, field: &str) -> bool {
    let (beside, name) = field.rsplit_once('/').unwrap_or_default();
    pointer::is_within(finding.pointer(), beside)
        && finding.problem.found.ends_with(&format!("without `{name}`"))
}

/// Another version of the format is not a misspelling of this one.
fn about_version(finding: Finding) -> Finding {
    if finding.pointer() == "/schema" && finding.problem.found != "nothing" {
        finding.help(format!("this version of the program reads `{SCHEMA}` only"))
    } else {
        finding
    }
}

/// The levels of tests and of intervals are easily stated for each other.
fn about_levels(finding: Finding, value: &Value) -> Finding {
    let level = value.pointer(finding.pointer()).and_then(Value::as_f64).unwrap_or(0.0);
    let is_other = match finding.pointer() {
        "/alpha" => (0.9..1.0).contains(&level),
        "/confidence_level" => level > 0.0 && level <= 0.1,
        _ => false,
    };
    let other = (1e9 * (1.0 - level)).round() / 1e9;
    if is_other { finding.help(format!("did you mean {other}?")) } else { finding }
}

fn remove(value: &mut Value, pointer: &str) {
    let parent = pointer::parent(pointer).and_then(|parent| value.pointer_mut(parent));
    if let (Some(Value::Object(object)), Some(name)) = (parent, pointer::names(pointer).last()) {
        object.shift_remove(name);
    }
}

/// `20.0` and `2e1` are the whole number 20, as in JSON Schema; `-0` is 0.
fn spell_whole_numbers(value: &mut Value) {
    /// Below 2⁵³ every whole number is exact.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            if let Some(whole) = number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < EXACT) {
                *value = Value::from(whole as i64);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(spell_whole_numbers),
        Value::Object(object) => object.values_mut().for_each(spell_whole_numbers),
        _ => {}
    }
}

/// The finding as a problem with its place in the text or on the command line.
fn placed(finding: Finding, locations: &Locations, overrides: &[Override]) -> Problem {
    let mut problem = finding.problem;
    match overrides::that_set(overrides, &problem.pointer) {
        Some(one) => problem.option = Some(one.to_string()),
        None => {
            problem.position = match finding.at {
                At::Name => locations.name(&problem.pointer),
                At::Value => None,
            }
            .or_else(|| locations.value(&problem.pointer));
        }
    }
    problem
}

fn invalid(source: &str, problems: Vec<Problem>) -> Error {
    let message = match problems.len() {
        1 => "one problem in the scenario".to_owned(),
        count => format!("{count} problems in the scenario"),
    };
    Error::new(ErrorKind::Scenario, message).about(source).problems(problems)
}

fn unusable(source: &str, problems: Vec<Problem>) -> Error {
    let message = match problems.len() {
        1 => "a value cannot be set".to_owned(),
        count => format!("{count} values cannot be set"),
    };
    Error::new(ErrorKind::Usage, message).about(source).problems(problems)
}

fn not_utf8(bytes: &[u8], offset: usize) -> Error {
    let before = String::from_utf8_lossy(bytes.get(..offset).unwrap_or_default());
    let position = Lines::of(&before).position(before.len());
    let byte = bytes.get(offset).copied().unwrap_or_default();
    let found = format!("the byte 0x{byte:02X} at offset {offset}, which is not UTF-8");
    let help = match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => "the file looks like UTF-16; save it as UTF-8",
        _ => "save the file as UTF-8",
    };
    let problem = Problem { position: Some(position), ..Problem::new("", found, "text in UTF-8").help(help) };
    Error::new(ErrorKind::Scenario, "the file is not text in UTF-8").problems(vec![problem])
}
