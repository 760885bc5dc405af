//! What is known of an unfinished sweep, in a file beside the answer's.
//!
//! The first line says which sweep it is, every further line has one finished point, written as soon as it is known: if
//! the program is stopped, the file has all points but those in the making. A last line without an end is one that was
//! being written, and does not count.

use crate::error::{Error, ErrorKind, Result};
use crate::planning::{Counted, PlannedSweep};
use serde_json::{Map, Value};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// An open file of finished points, to which more are added.
pub(super) struct Checkpoint {
    file: File,
    path: PathBuf,
}

impl Checkpoint {
    /// Opens the file, new or left by the same sweep, and reads the points that it has.
    pub fn open(path: &Path, sweep: &PlannedSweep<'_>) -> Result<(Self, Vec<Counted>)> {
        let unusable =
            |kind: ErrorKind, message: String| Error::new(kind, message).about(path.display().to_string());
        let unwritable =
            |error: std::io::Error| unusable(ErrorKind::Output, format!("it cannot be written: {error}"));
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = options.map_err(unwritable)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(unusable(ErrorKind::Output, "another sweep is writing it".to_owned())
                    .help("wait for it, or name another file with --checkpoint"));
            }
            // Where there are no locks two sweeps at once are the user's affair.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let mut text = String::new();
        file.read_to_string(&mut text)
            .map_err(|error| unusable(ErrorKind::Input, format!("it cannot be read: {error}")))?;
        let head = Value::from(sweep.identity()).to_string() + "\n";
        // Everything after the last end of a line was being written when the program was stopped.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let (lines, torn) = text.split_at(whole);
        let known = match lines.split_once('\n') {
            None if head.starts_with(torn) => {
                file.set_len(0)
                    .and_then(|()| file.rewind())
                    .and_then(|()| file.write_all(head.as_bytes()))
                    .map_err(unwritable)?;
                return Ok((Checkpoint { file, path: path.to_owned() }, Vec::new()));
            }
            None => return Err(foreign().about(path.display().to_string())),
            Some((first, rest)) => {
                same_sweep(first, &sweep.identity())
                    .map_err(|error| error.about(path.display().to_string()))?;
                let points = rest.lines().enumerate().map(|(number, line)| {
                    finished(line, sweep).ok_or_else(|| {
                        unusable(ErrorKind::Input, format!("line {} is no point of this sweep", number + 2))
                            .help("delete the line, and the point is simulated anew")
                    })
                });
                points.collect::<Result<Vec<_>>>()?
            }
        };
        file.set_len(whole as u64).and_then(|()| file.seek(SeekFrom::End(0))).map_err(unwritable)?;
        Ok((Checkpoint { file, path: path.to_owned() }, known))
    }

    /// Adds a finished point.
    pub fn add(&mut self, point: &Counted) -> Result<()> {
        let failed = |message: String| {
            Error::new(ErrorKind::Output, format!("it cannot be written: {message}"))
                .about(self.path.display().to_string())
        };
        let line = serde_json::to_string(point).map_err(|error| failed(error.to_string()))? + "\n";
        // In one piece, past no buffer: what is written outlives the program.
        self.file.write_all(line.as_bytes()).map_err(|error| failed(error.to_string()))
    }
}

/// A point whose counts can be.
fn finished(line: &str, sweep: &PlannedSweep<'_>) -> Option<Counted> {
    let point: Counted = serde_json::from_str(line).ok()?;
    let trials = sweep.replicates();
    let can_be = point.point < sweep.len()
        && point.counts.len() == sweep.claims()
        && point.failures <= trials
        && point.counts.iter().all(|&count| count <= trials);
    can_be.then_some(point)
}

fn foreign() -> Error {
    Error::new(ErrorKind::Input, "this is not the progress of a sweep")
        .help("name a file that does not exist yet, and the next sweep with it goes on where this one stops")
}

/// Whether points were counted for the same question; else which part of it is another.
fn same_sweep(line: &str, own: &Map<String, Value>) -> Result<()> {
    let known: Map<String, Value> = serde_json::from_str(line).map_err(|_| foreign())?;
    if known.get("schema") != own.get("schema") {
        return Err(foreign());
    }
    let Some((name, value)) = own.iter().find(|(name, value)| known.get(*name) != Some(value)) else {
        return Ok(());
    };
    let what = match name.as_str() {
        "version" => "version of the program",
        "scenario" => "scenario",
        "seed" => "seed",
        "replicates" => "number of replicates",
        "engine" => "engine",
        "hypotheses" => "choice of hypotheses",
        "varied" => "choice of fields",
        "points" => "number of points",
        _ => "set of values",
    };
    let message = match name.as_str() {
        "scenario" | "values" => format!("it is the progress of a sweep with another {what}"),
        _ => {
            let there = known.get(name).unwrap_or(&Value::Null);
            format!("it is the progress of a sweep with another {what}: {there}, and now {value}")
        }
    };
    Err(Error::new(ErrorKind::Input, message)
        .help("ask the same again to go on with it, or name another file with --checkpoint"))
}
