//! Writing the result: to standard output, or to a file that is whole or absent.

use super::files::{Files, folder_of};
use crate::error::{Error, ErrorKind, Result};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Endings of pictures that are not SVG.
const OTHER_PICTURES: [&str; 11] =
    ["png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "pdf", "eps", "emf"];

/// Where a result goes. Made before the work starts, so that a place that cannot
/// be written fails at once.
pub(super) struct Output(Place);

enum Place {
    Standard,
    /// A device or a pipe, as `/dev/null`: written as it is, never replaced.
    Device {
        name: String,
        file: File,
    },
    /// Written beside the target, which it then replaces in one step.
    File {
        target: PathBuf,
    },
}

impl Output {
    /// Standard output for nothing and `-`, else a file; `option` is what names it in the command.
    ///
    /// # Errors
    /// `Usage` if the command reads that file, or writes something else there; `Output` if it cannot be written.
    pub fn new(files: &Files, option: &str, target: Option<&Path>) -> Result<Self> {
        files.writes(option, target)?;
        let Some(target) = target.filter(|target| target.as_os_str() != "-") else {
            return Ok(Output(Place::Standard));
        };
        if target.is_dir() {
            return Err(unwritable(target, "this is a folder, not a file"));
        }
        match target.metadata() {
            Ok(metadata) if !metadata.is_file() => device(target),
            Ok(metadata) if metadata.permissions().readonly() => {
                Err(unwritable(target, "the file is read-only"))
            }
            // A link stays a link: what it points to is replaced.
            Ok(_) => beside(target, target.canonicalize().unwrap_or_else(|_| target.to_owned())),
            Err(_) => beside(target, target.to_owned()),
        }
    }

    /// The place of a figure, if one is asked for.
    ///
    /// # Errors
    /// As [`Output::new`], and `Usage` if the name says that it is a picture of another kind.
    pub fn of_figure(files: &Files, option: &str, target: Option<&Path>) -> Result<Option<Self>> {
        let Some(target) = target else { return Ok(None) };
        let kind = target.extension().map(|kind| kind.to_string_lossy().to_ascii_lowercase());
        if let Some(kind) = kind.filter(|kind| OTHER_PICTURES.contains(&kind.as_str())) {
            let message = format!("figures are drawn as SVG, not as {}", kind.to_ascii_uppercase());
            return Err(Error::new(ErrorKind::Usage, message)
                .about(format!("{option} {}", target.display()))
                .help(format!(
                    "{option} {}: browsers and word processors open it, and turn it into other kinds",
                    target.with_extension("svg").display()
                )));
        }
        Self::new(files, option, Some(target)).map(Some)
    }

    /// Writes all of `text`.
    pub fn write(self, text: &str) -> Result<()> {
        match self.0 {
            Place::Standard => print(text),
            Place::Device { name, mut file } => file
                .write_all(text.as_bytes())
                .or_else(unless_closed)
                .map_err(|error| unwritable(Path::new(&name), &failed(&error))),
            Place::File { target } => {
                let unwritable = |error: &std::io::Error| unwritable(&target, &failed(error));
                let mut temporary = temporary_in(folder_of(&target)).map_err(|error| unwritable(&error))?;
                temporary.write_all(text.as_bytes()).map_err(|error| unwritable(&error))?;
                if let Ok(earlier) = target.metadata() {
                    // Where this fails the file has the usual permissions, and is whole.
                    let _ = temporary.as_file().set_permissions(earlier.permissions());
                }
                temporary.as_file().sync_all().map_err(|error| unwritable(&error))?;
                temporary.persist(&target).map_err(|error| unwritable(&error.error))?;
                Ok(())
            }
        }
    }
}

fn device(target: &Path) -> Result<Output> {
    let file =
        OpenOptions::new().write(true).open(target).map_err(|error| unwritable(target, &failed(&error)))?;
    Ok(Output(Place::Device { name: target.display().to_string(), file }))
}

/// A file in a folder that can be written into; messages speak of what was `typed`. Nothing is left there until there is
/// something to write, as whoever interrupts a long run would find it ever after.
fn beside(typed: &Path, target: PathBuf) -> Result<Output> {
    temporary_in(folder_of(&target)).map_err(|error| {
        let message = match error.kind() {
            std::io::ErrorKind::NotFound => "its folder does not exist".to_owned(),
            std::io::ErrorKind::PermissionDenied => {
                "permission to write into its folder is denied".to_owned()
            }
            _ => format!("nothing can be written into its folder: {}", error.kind()),
        };
        unwritable(typed, &message)
    })?;
    Ok(Output(Place::File { target }))
}

/// Temporary files are private by default; a result is as readable as any new file.
#[cfg(unix)]
fn temporary_in(folder: &Path) -> std::io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt;
    let usual = std::fs::Permissions::from_mode(0o666);
    tempfile::Builder::new().permissions(usual).tempfile_in(folder)
}

#[cfg(not(unix))]
fn temporary_in(folder: &Path) -> std::io::Result<NamedTempFile> {
    NamedTempFile::new_in(folder)
}

/// Prints to standard output.
pub(super) fn print(text: &str) -> Result<()> {
    let mut standard = std::io::stdout().lock();
    standard
        .write_all(text.as_bytes())
        .and_then(|()| standard.flush())
        .or_else(unless_closed)
        .map_err(|error| Error::new(ErrorKind::Output, failed(&error)).about("standard output"))
}

/// A reader that has seen enough is not an error.
fn unless_closed(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

fn failed(error: &std::io::Error) -> String {
    format!("it cannot be written: {error}")
}

fn unwritable(target: &Path, message: &str) -> Error {
    Error::new(ErrorKind::Output, message).about(target.display().to_string())
}
