//! Errors for people, on standard error.

use crate::error::{Error, Problem};
use crate::report::printable;
use std::fmt::Write as _;
use std::io::Write as _;

/// Most problems shown; a file that is wrong everywhere is better mended from the top.
const MOST_PROBLEMS: usize = 50;

/// Shows an error.
pub(super) fn show(error: &Error) {
    say(&printable(&rendered(error)));
}

/// Shows a message on standard error; without a standard error there is nobody to tell.
pub(super) fn say(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Says that the program itself is wrong.
pub(super) fn defect(what: &str) {
    say(&format!(
        "error: something unexpected happened inside trialliance: {what}\n\
         This is a defect. Please report it with the command and the scenario that led to it.\n"
    ));
}

fn rendered(error: &Error) -> String {
    let mut text = String::from("error: ");
    if let Some(source) = &error.source {
        let _ = write!(text, "{source}: ");
    }
    let _ = writeln!(text, "{}", error.message);
    for problem in error.problems.iter().take(MOST_PROBLEMS) {
        let _ = write!(text, "\n{}", place(error.source.as_deref(), problem));
        let _ = writeln!(text, "  found    {}", problem.found);
        let _ = writeln!(text, "  allowed  {}", problem.allowed);
        if let Some(help) = &problem.help {
            let _ = writeln!(text, "  help     {help}");
        }
    }
    match error.problems.len() {
        0 | 1 => {}
        count if count > MOST_PROBLEMS => {
            let _ = writeln!(text, "\n{count} problems, of which the first {MOST_PROBLEMS} are shown");
        }
        count => {
            let _ = writeln!(text, "\n{count} problems");
        }
    }
    if let Some(help) = &error.help {
        let _ = writeln!(text, "\nhelp: {help}");
    }
    text
}

/// `file:line:column  /pointer`, or the option in place of a line.
fn place(source: Option<&str>, problem: &Problem) -> String {
    let mut place = match (&problem.option, problem.position, source) {
        (Some(option), ..) => option.clone(),
        (None, Some((line, column)), Some(source)) => format!("{source}:{line}:{column}"),
        (None, Some((line, column)), None) => format!("{line}:{column}"),
        (None, None, source) => source.unwrap_or_default().to_owned(),
    };
    if !problem.pointer.is_empty() {
        let _ = write!(place, "  {}", problem.pointer);
    }
    place.push('\n');
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn every_problem_has_its_place() {
        let mut first = Problem::new("/alpha", "2", "a number above 0 and below 1");
        first.position = Some((3, 12));
        let second = Problem::new("/name", "nothing", "a name").help("add `name`");
        let error = Error::new(ErrorKind::Scenario, "the scenario is invalid")
            .about("my.json")
            .problems(vec![first, second]);
        assert_eq!(
            rendered(&error),
            "error: my.json: the scenario is invalid\n\n\
             my.json:3:12  /alpha\n  found    2\n  allowed  a number above 0 and below 1\n\n\
             my.json  /name\n  found    nothing\n  allowed  a name\n  help     add `name`\n\n2 problems\n"
        );
    }
}
