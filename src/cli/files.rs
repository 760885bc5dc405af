//! The files of one command: none is written over another.
//!
//! A command tells here what it reads and where it writes, before it computes anything. Two names are one file if their
//! canonical paths are the same; standard output takes one thing only. Devices and pipes are nobody's: `/dev/null` may
//! be named as often as one likes.

use crate::error::{Error, ErrorKind, Result};
use std::cell::RefCell;
use std::path::{Path, PathBuf};

/// What a command reads and writes, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct Files(RefCell<Vec<Named>>);

#[derive(Debug)]
struct Named {
    /// As a person finds it in the command: an option, or an argument as `<SCENARIO>`.
    named: String,
    place: Place,
    is_written: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    StandardOutput,
    File(PathBuf),
}

impl Files {
    /// Notes a file that is read; `-` is standard input, which may come from a file.
    ///
    /// # Errors
    /// `Usage` if it is written too.
    pub fn reads(&self, named: impl Into<String>, path: &Path) -> Result<()> {
        let path = if path.as_os_str() == "-" { Path::new("/dev/stdin") } else { path };
        match path.canonicalize() {
            Ok(whole) if whole.is_file() => self.note(named.into(), Place::File(whole), false),
            // A pipe; or no such file, which whoever reads it will say.
            _ => Ok(()),
        }
    }

    /// Notes a file that is written; none and `-` are standard output.
    ///
    /// # Errors
    /// `Usage` if it is read, or if something else is written there.
    pub fn writes(&self, named: impl Into<String>, path: Option<&Path>) -> Result<()> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            return self.note(named.into(), Place::StandardOutput, true);
        };
        match path.canonicalize() {
            Ok(whole) if whole.is_file() => self.note(named.into(), Place::File(whole), true),
            Ok(_) => Ok(()),
            Err(_) => self.note(named.into(), Place::File(new(path)), true),
        }
    }

    fn note(&self, named: String, place: Place, is_written: bool) -> Result<()> {
        let mut known = self.0.borrow_mut();
        let other = known.iter().find(|one| one.place == place && (one.is_written || is_written));
        if let Some(other) = other {
            return Err(clash(&named, other, is_written && other.is_written));
        }
        known.push(Named { named, place, is_written });
        Ok(())
    }
}

/// The folder in which a file stands.
pub(super) fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The canonical path that a new file will have, as far as its folder exists.
fn new(path: &Path) -> PathBuf {
    match (folder_of(path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

fn clash(named: &str, other: &Named, are_both_written: bool) -> Error {
    let both = format!("{named} and {}", other.named);
    let (message, help) = match (&other.place, are_both_written) {
        (Place::StandardOutput, _) => (
            format!("{both} would both go to standard output"),
            "name a file for one of them: where they follow each other, no program can read either",
        ),
        (Place::File(_), true) => (format!("{both} name the same file"), "each needs a file of its own"),
        (Place::File(_), false) => {
            (format!("{both} name the same file"), "what is read is not overwritten: name another file")
        }
    };
    let error = Error::new(ErrorKind::Usage, message).help(help);
    match &other.place {
        Place::StandardOutput => error,
        Place::File(path) => error.about(path.display().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_by_two_names_is_found_out() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data.csv");
        std::fs::write(&data, "x").unwrap();
        let files = Files::default();
        files.reads("<DATA>", &data).unwrap();
        files.reads("--scenario", &data).unwrap();
        let twice = files.writes("--output", Some(&folder.path().join("./data.csv"))).unwrap_err();
        assert_eq!(twice.message, "--output and <DATA> name the same file");
        assert_eq!(twice.kind, ErrorKind::Usage);
        // A file that there is not yet.
        files.writes("--output", Some(&folder.path().join("new"))).unwrap();
        let twice = files.writes("--figure", Some(&folder.path().join("./new"))).unwrap_err();
        assert_eq!(twice.message, "--figure and --output name the same file");
        // One file is written and then read.
        std::fs::write(folder.path().join("new"), "x").unwrap();
        let read = files.reads("--prior", &folder.path().join("new")).unwrap_err();
        assert_eq!(read.message, "--prior and --output name the same file");
    }

    #[test]
    fn standard_output_takes_one_thing() {
        let files = Files::default();
        files.writes("--output", None).unwrap();
        let twice = files.writes("--figure", Some(Path::new("-"))).unwrap_err();
        assert!(twice.message.contains("--figure and --output would both go to standard output"));
    }

    #[cfg(unix)]
    #[test]
    fn devices_are_written_by_whoever_likes() {
        let files = Files::default();
        for option in ["--output", "--figure"] {
            files.writes(option, Some(Path::new("/dev/null"))).unwrap();
        }
        files.reads("<DATA>", Path::new("/dev/null")).unwrap();
    }
}
