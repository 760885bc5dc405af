//! One error type for the whole crate.
//!
//! An error says where (file, line and column, JSON pointer), what was found,
//! what is allowed and what to do. The library gives it as data; only the
//! program turns it into text for a terminal.

use std::fmt;

/// What kind of thing went wrong; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Something that should not happen: a defect of this program.
    Unexpected,
    /// The command line cannot be carried out.
    Usage,
    /// The scenario is not valid.
    Scenario,
    /// An input is missing or cannot be read.
    Input,
    /// An output cannot be written.
    Output,
    /// The question was answered, but not as was required of the answer.
    Gate,
}

/// Exit codes of the program. They are part of the stable interface.
pub mod exit_code {
    /// The question was answered (whatever the answer).
    pub const ANSWERED: u8 = 0;
    /// Something unexpected happened: a defect, please report it.
    pub const UNEXPECTED: u8 = 1;
    /// The command line was not understood.
    pub const USAGE: u8 = 2;
    /// The scenario is invalid.
    pub const SCENARIO: u8 = 3;
    /// An input is missing or unreadable.
    pub const INPUT: u8 = 4;
    /// An output cannot be written.
    pub const OUTPUT: u8 = 5;
    /// The question was answered and the answer written, but a gate (`--require`) is not met, or no size reaches
    /// the target.
    pub const GATE: u8 = 7;
}

impl ErrorKind {
    /// The program's exit code for this kind.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            ErrorKind::Unexpected => exit_code::UNEXPECTED,
            ErrorKind::Usage => exit_code::USAGE,
            ErrorKind::Scenario => exit_code::SCENARIO,
            ErrorKind::Input => exit_code::INPUT,
            ErrorKind::Output => exit_code::OUTPUT,
            ErrorKind::Gate => exit_code::GATE,
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Problem {
    /// JSON pointer of the field, as in `/response/outcomes/pain/sd`.
    pub pointer: String,
    /// Line and column (from 1) in the source text, where there is one.
    pub position: Option<(usize, usize)>,
    /// The option that put the value there, as in `--set /alpha=2`, in place of a position.
    pub option: Option<String>,
    /// What was found: a lower-case fragment, as in `sd is -5`.
    pub found: String,
    /// What is allowed: a lower-case fragment, as in `a number above 0`.
    pub allowed: String,
    /// What to do next, if something can be said.
    pub help: Option<String>,
}

impl Problem {
    /// A problem at a JSON pointer; the reader adds the position.
    #[must_use]
    pub fn new(pointer: impl Into<String>, found: impl Into<String>, allowed: impl Into<String>) -> Self {
        Problem {
            pointer: pointer.into(),
            position: None,
            option: None,
            found: found.into(),
            allowed: allowed.into(),
            help: None,
        }
    }

    /// The same problem with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The problem as an error about an option of the command line, which is where its value was typed.
    #[must_use]
    pub fn about_option(self, option: impl Into<String>) -> Error {
        let message = format!("found {}; allowed: {}", self.found, self.allowed);
        Error { help: self.help, ..Error::new(ErrorKind::Usage, message).about(option) }
    }
}

/// Why a question could not be answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Error {
    /// What kind of error.
    pub kind: ErrorKind,
    /// The input or output it is about: a path, `standard input`, an embedded name, an option.
    pub source: Option<String>,
    /// The whole in one lower-case sentence without a full stop.
    pub message: String,
    /// Each thing that is wrong; empty when the message says it all.
    pub problems: Vec<Problem>,
    /// What to do next, if something can be said.
    pub help: Option<String>,
}

impl Error {
    /// An error with nothing but its message.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { kind, source: None, message: message.into(), problems: Vec::new(), help: None }
    }

    /// The same error with the input or output that it is about.
    #[must_use]
    pub fn about(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same error with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same error with the things that are wrong.
    #[must_use]
    pub fn problems(mut self, problems: Vec<Problem>) -> Self {
        self.problems = problems;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(f, "{source}: ")?;
        }
        write!(f, "{}", self.message)?;
        for problem in &self.problems {
            write!(f, "\n{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.option, self.position) {
            (Some(option), _) => write!(f, "{option}: ")?,
            (None, Some((line, column))) => write!(f, "{line}:{column}: ")?,
            (None, None) => {}
        }
        if !self.pointer.is_empty() {
            write!(f, "{}: ", self.pointer)?;
        }
        write!(f, "found {}; allowed: {}", self.found, self.allowed)?;
        if let Some(help) = &self.help {
            write!(f, "; {help}")?;
        }
        Ok(())
    }
}

/// The result of everything that can fail.
pub type Result<T> = std::result::Result<T, Error>;
