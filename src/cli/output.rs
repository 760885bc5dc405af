//! Writing the result: to standard output, or to a file that is whole or absent.

use crate::error::{Error, ErrorKind, Result};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Where a result goes. Made before the work starts, so that a place that cannot
/// be written fails at once.
pub(super) struct Output(Place);

enum Place {
    Standard,
    File { target: PathBuf, temporary: NamedTempFile },
}

impl Output {
    /// Standard output, or a file. The text is first written beside the file and then
    /// takes its place in one step.
    pub fn new(target: Option<&Path>) -> Result<Self> {
        let Some(target) = target.filter(|target| target.as_os_str() != "-") else {
            return Ok(Output(Place::Standard));
        };
        if target.is_dir() {
            return Err(unwritable(target, "this is a folder, not a file"));
        }
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if target.metadata().is_ok_and(|metadata| metadata.permissions().readonly()) {
            return Err(unwritable(target, "the file is read-only"));
        }
        let temporary = NamedTempFile::new_in(folder).map_err(|error| {
            let message = match error.kind() {
                std::io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
                _ => format!("nothing can be written into its folder: {error}"),
            };
            unwritable(target, &message)
        })?;
        Ok(Output(Place::File { target: target.to_owned(), temporary }))
    }

    /// Writes all of `text`.
    pub fn write(self, text: &str) -> Result<()> {
        match self.0 {
            Place::Standard => print(text),
            Place::File { target, mut temporary } => {
                let failed =
                    |error: &std::io::Error| unwritable(&target, &format!("it cannot be written: {error}"));
                temporary.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
                make_readable(&temporary);
                temporary.as_file().sync_all().map_err(|error| failed(&error))?;
                temporary.persist(&target).map_err(|error| failed(&error.error))?;
                Ok(())
            }
        }
    }
}

/// Prints to standard output. A reader that has seen enough is not an error.
pub(super) fn print(text: &str) -> Result<()> {
    let mut standard = std::io::stdout().lock();
    match standard.write_all(text.as_bytes()).and_then(|()| standard.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::new(ErrorKind::Output, format!("it cannot be written: {error}"))
                .about("standard output"))
        }
        _ => Ok(()),
    }
}

/// Temporary files are private; a result is as readable as any file that one writes.
#[cfg(unix)]
fn make_readable(temporary: &NamedTempFile) {
    use std::os::unix::fs::PermissionsExt;
    // Where this fails the file stays private, and whole.
    let _ = temporary.as_file().set_permissions(std::fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn make_readable(_: &NamedTempFile) {}

fn unwritable(target: &Path, message: &str) -> Error {
    Error::new(ErrorKind::Output, message).about(target.display().to_string())
}
