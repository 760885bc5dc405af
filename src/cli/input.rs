//! Finding and reading a scenario: an embedded name, a file, or standard input.

use super::files::Files;
use crate::error::{Error, ErrorKind, Result};
use crate::scenario::{self, MAX_BYTES, Override, Scenario, library};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A scenario with the text that it was read from.
pub(super) struct Loaded {
    pub scenario: Scenario,
    pub text: String,
    /// What messages call it.
    pub source: String,
}

/// Reads the scenario that `name` stands for, with overrides; `named` is what names it in the command.
pub(super) fn load(files: &Files, named: &str, name: &str, overrides: &[Override]) -> Result<Loaded> {
    let (bytes, source) = bytes(files, named, name)?;
    let read = |file: &str| {
        files.reads(format!("the scenario's {file}"), &place(name, file)).map_err(|error| error.message)?;
        beside(name, file)
    };
    let scenario = scenario::read_bytes_with_files(&bytes, &source, overrides, &read)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Loaded { scenario, text, source })
}

/// The text of a file that a scenario names, beside the scenario's own file.
pub(super) fn beside(scenario: &str, file: &str) -> std::result::Result<String, String> {
    let path = place(scenario, file);
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("no such file: {}", path.display()),
        _ => format!("something that cannot be read: {error}"),
    };
    let reader = std::fs::File::open(&path).map_err(unreadable)?;
    if path.is_dir() {
        return Err(format!("a folder, not a file: {}", path.display()));
    }
    let bytes = limited(reader, file).map_err(|error| error.message)?;
    if bytes.len() > MAX_BYTES {
        return Err(format!("more than {MAX_BYTES} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "something that is not UTF-8 text".to_owned())
}

/// Where a file stands that a scenario names.
pub(super) fn place(scenario: &str, file: &str) -> PathBuf {
    Path::new(scenario).parent().map_or_else(|| file.into(), |folder| folder.join(file))
}

/// Parses the values of `--set`.
pub(super) fn overrides(set: &[String]) -> Result<Vec<Override>> {
    set.iter().map(|text| Override::parse(text)).collect()
}

/// An error about fields that were set by options of their own, each beside what was typed.
pub(super) fn as_typed(mut error: Error, asked: &[(Override, String)]) -> Error {
    for option in error.problems.iter_mut().filter_map(|problem| problem.option.as_mut()) {
        let set = asked.iter().find(|(one, _)| one.to_string() == *option);
        set.into_iter().for_each(|(_, typed)| option.clone_from(typed));
    }
    error
}

/// What is wrong with a folder.
const FOLDER: &str = "this is a folder, not a file";

/// The largest file of data.
const MOST_DATA: u64 = 1 << 30;

/// Reads a file of data, or standard input for `-`, and says what messages call it.
pub(super) fn data(files: &Files, name: &str) -> Result<(Vec<u8>, String)> {
    files.reads("<DATA>", Path::new(name))?;
    let unreadable = |error: std::io::Error| {
        let message = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission to read the file is denied".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        };
        Error::new(ErrorKind::Input, message).about(name)
    };
    let mut bytes = Vec::new();
    if name == "-" {
        std::io::stdin().lock().take(MOST_DATA + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        let file = std::fs::File::open(name).map_err(unreadable)?;
        if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
            return Err(Error::new(ErrorKind::Input, FOLDER).about(name));
        }
        file.take(MOST_DATA + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    if bytes.len() as u64 > MOST_DATA {
        return Err(Error::new(ErrorKind::Input, "the file is larger than 1 GiB").about(name));
    }
    let source = if name == "-" { "standard input" } else { name };
    Ok((bytes, source.to_owned()))
}

/// `-` is standard input; an embedded name is that scenario; all else is a file.
fn bytes(files: &Files, named: &str, name: &str) -> Result<(Vec<u8>, String)> {
    if name == "-" {
        files.reads(named, Path::new(name))?;
        let source = "standard input";
        return Ok((limited(std::io::stdin().lock(), source)?, source.to_owned()));
    }
    if let Some(embedded) = library::find(name) {
        return Ok((embedded.text.as_bytes().to_vec(), name.to_owned()));
    }
    let unreadable = |error: std::io::Error| {
        let message = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file, and no scenario of this name".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission to read the file is denied".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        };
        let error = Error::new(ErrorKind::Input, message).about(name);
        match library::nearest(name) {
            Some(nearest) => error.help(format!("did you mean {nearest}?")),
            None => error.help("`trialliance scenarios` lists the scenarios that come with the program"),
        }
    };
    files.reads(named, Path::new(name))?;
    let file = std::fs::File::open(name).map_err(unreadable)?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(Error::new(ErrorKind::Input, FOLDER).about(name));
    }
    Ok((limited(file, name)?, name.to_owned()))
}

/// Reads just enough to know that there is too much.
fn limited(reader: impl Read, source: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader
        .take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::new(ErrorKind::Input, format!("it cannot be read: {error}")).about(source))?;
    Ok(bytes)
}
