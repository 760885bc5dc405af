//! Single values set from outside the file, as in `--set /alpha=0.1`.
//!
//! In come `POINTER=VALUE` texts and the JSON of a scenario; out comes the JSON
//! with the values in place, or what kept one from being set. An override may
//! replace what is there, state an optional field, and reach into a default
//! (as in `/factors/0/id`), but it never invents an outcome, an arm or an
//! effect: a misspelt name there would go unnoticed. Lists whose default follows
//! from other fields (`primary`, an analysis's `covariates`) are set whole.

use super::locate::Locations;
use super::schema_words::options;
use super::structure::scenario_schema;
use super::{pointer, words};
use crate::error::{Error, ErrorKind, Problem, Result};
use serde_json::Value;
use std::fmt;

/// One value and where it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// JSON pointer of the field.
    pub pointer: String,
    /// Its new value.
    pub value: Value,
}

impl Override {
    /// Reads `POINTER=VALUE`; VALUE is JSON, or plain text when it is not JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if there is no `=` or the part before it is not a pointer.
    pub fn parse(text: &str) -> Result<Override> {
        let usage = |message: String| {
            Error::new(ErrorKind::Usage, message)
                .about(format!("--set {text}"))
                .help("write POINTER=VALUE, as in --set /alpha=0.1")
        };
        let Some((pointer, value)) = text.split_once('=') else {
            return Err(usage("there is no `=` between the field and its value".to_owned()));
        };
        if !pointer.starts_with('/') {
            return Err(usage(format!("{} does not begin with `/`", words::quoted(pointer))));
        }
        if !pointer::is_valid(pointer) {
            let message = format!("in {} stands a `~` that is neither `~0` nor `~1`", words::quoted(pointer));
            return Err(usage(message));
        }
        if let Some(duplicate) = Locations::of(value).duplicates().first() {
            return Err(usage(format!("the value has {}", duplicate.found)));
        }
        let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
        Ok(Override { pointer: pointer.to_owned(), value })
    }
}

impl fmt::Display for Override {
    /// The option as it would be typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--set {}=", self.pointer)?;
        match &self.value {
            Value::String(text) => write!(f, "{text}"),
            value => write!(f, "{value}"),
        }
    }
}

/// The last override that set the value at `pointer`, or something around it.
pub(super) fn that_set<'o>(overrides: &'o [Override], pointer: &str) -> Option<&'o Override> {
    overrides.iter().rev().find(|one| pointer::is_within(pointer, &one.pointer))
}

/// Puts all values in place; what cannot be set comes back as problems.
pub(super) fn apply(scenario: &mut Value, overrides: &[Override]) -> Vec<Problem> {
    let set = |one: &Override| {
        let problem = apply_one(scenario, one)?;
        Some(Problem { option: Some(one.to_string()), ..problem })
    };
    overrides.iter().filter_map(set).collect()
}

/// Puts one value in place, or says what kept it from being set.
fn apply_one(scenario: &mut Value, one: &Override) -> Option<Problem> {
    let names = pointer::names(&one.pointer);
    let mut schema = Some(scenario_schema());
    let mut place = scenario;
    let mut reached = String::new();
    for (depth, name) in names.iter().enumerate() {
        let last = depth + 1 == names.len();
        let field = schema.and_then(|schema| field(schema, name));
        let blank = match field {
            Some(_) if last => Some(Value::Null),
            Some(field) => field.get("default").cloned(),
            None => None,
        };
        place = match enter(place, name, blank) {
            Entered::Inside(inside) => inside,
            Entered::Absent(there) => return Some(absent(one, &reached, name, &there)),
        };
        schema = field.or_else(|| schema.and_then(inner));
        reached = pointer::child(&reached, name);
    }
    *place = one.value.clone();
    None
}

enum Entered<'v> {
    Inside(&'v mut Value),
    /// The names that are there instead.
    Absent(Vec<String>),
}

/// Steps into a field or item; a field that is absent is made from `blank`.
fn enter<'v>(place: &'v mut Value, name: &str, blank: Option<Value>) -> Entered<'v> {
    match place {
        Value::Object(object) => {
            if let Some(blank) = blank.filter(|_| !object.contains_key(name)) {
                object.insert(name.to_owned(), blank);
            }
            let there = if object.contains_key(name) { Vec::new() } else { object.keys().cloned().collect() };
            object.get_mut(name).map_or(Entered::Absent(there), Entered::Inside)
        }
        Value::Array(items) => {
            let there = (0..items.len()).map(|index| index.to_string()).collect();
            let digits =
                name == "0" || !name.starts_with('0') && name.bytes().all(|byte| byte.is_ascii_digit());
            let index = if digits { name.parse::<usize>().ok() } else { None };
            index.and_then(|index| items.get_mut(index)).map_or(Entered::Absent(there), Entered::Inside)
        }
        _ => Entered::Absent(Vec::new()),
    }
}

/// The schema of a field that the format knows by name.
fn field(schema: &'static Value, name: &str) -> Option<&'static Value> {
    options(scenario_schema(), schema).into_iter().find_map(|option| option.get("properties")?.get(name))
}

/// The schema of a list's items or a free-form object's entries.
fn inner(schema: &'static Value) -> Option<&'static Value> {
    options(scenario_schema(), schema)
        .into_iter()
        .find_map(|option| option.get("items").or_else(|| option.get("additionalProperties")))
}

fn absent(one: &Override, reached: &str, name: &str, there: &[String]) -> Problem {
    let nearest = if reached.is_empty() { "the scenario itself".to_owned() } else { format!("`{reached}`") };
    let allowed = if there.is_empty() {
        format!("a field that exists; the nearest is {nearest}, which has nothing inside")
    } else {
        format!("a field that exists; the nearest is {nearest}, with {}", words::list(there))
    };
    let mut problem = Problem::new(&one.pointer, format!("no {} in {nearest}", words::quoted(name)), allowed);
    problem.help = words::nearest(name, there)
        .map(|meant| format!("did you mean `{}`?", pointer::child(reached, meant)));
    problem
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn scenario() -> Value {
        json!({"alpha": 0.05, "design": {"n_per_arm": {"SL": 20}}, "response": {"outcomes": {"y": {"sd": 5}}},
               "analyses": [{"method": "anova", "outcome": "y"}]})
    }

    fn set(text: &str) -> std::result::Result<Value, Box<Problem>> {
        let mut scenario = scenario();
        let one = Override::parse(text).expect("an override");
        match apply(&mut scenario, &[one]).pop() {
            Some(problem) => Err(Box::new(problem)),
            None => Ok(scenario),
        }
    }

    #[test]
    fn values_are_json_or_plain_text() {
        assert_eq!(Override::parse("/alpha=0.1").unwrap().value, json!(0.1));
        assert_eq!(Override::parse("/title=a = b").unwrap().value, json!("a = b"));
        assert_eq!(Override::parse("/a={\"b\": [1]}").unwrap().value, json!({"b": [1]}));
        assert_eq!(Override::parse("/name=").unwrap().value, json!(""));
        assert_eq!(Override::parse("/alpha=0.1").unwrap().to_string(), "--set /alpha=0.1");
        for bad in ["/alpha", "alpha=1", "=1", "/a~2=1", "", "/a={\"b\": 1, \"b\": 2}"] {
            assert_eq!(Override::parse(bad).unwrap_err().kind, ErrorKind::Usage, "{bad}");
        }
    }

    #[test]
    fn what_is_there_and_what_is_optional_can_be_set() {
        assert_eq!(set("/alpha=0.1").unwrap()["alpha"], 0.1);
        assert_eq!(set("/confidence_level=0.9").unwrap()["confidence_level"], 0.9);
        assert_eq!(set("/response/outcomes/y/unit=mm").unwrap()["response"]["outcomes"]["y"]["unit"], "mm");
        assert_eq!(set("/analyses/0/id=main").unwrap()["analyses"][0]["id"], "main");
    }

    #[test]
    fn parents_that_are_defaults_are_made() {
        assert_eq!(set("/factors/0/id=warmth").unwrap()["factors"][1]["id"], "ifc");
        assert_eq!(
            set("/design/assignment/method=fixed").unwrap()["design"]["assignment"]["method"],
            "fixed"
        );
        assert_eq!(set("/cohort/covariates=[]").unwrap()["cohort"]["covariates"], json!([]));
    }

    #[test]
    fn what_is_not_there_names_the_nearest_that_is() {
        for (text, nearest, help) in [
            ("/response/outcomes/z=1", "`/response/outcomes`", None),
            ("/design/n_per_arm/sl=1", "`/design/n_per_arm`", Some("`/design/n_per_arm/SL`")),
            ("/analyses/1/id=x", "`/analyses`", None),
            ("/analyses/00/id=x", "`/analyses`", None),
            ("/alfa=1", "the scenario itself", Some("`/alpha`")),
            ("/alpha/x=1", "`/alpha`", None),
            ("/response/outcomes/y/baseline/correlation=0.5", "`/response/outcomes/y`", None),
        ] {
            let problem = set(text).expect_err(text);
            assert!(problem.allowed.contains(nearest), "{problem}");
            assert_eq!(problem.option.as_deref(), Some(&*format!("--set {text}")));
            if let Some(help) = help {
                assert!(problem.help.as_deref().unwrap_or_default().contains(help), "{problem}");
            }
        }
    }
}
