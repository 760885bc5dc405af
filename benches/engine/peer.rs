//! Other programs, each a process that is asked one job after the other.
//!
//! A peer first writes its name, then answers each line `JOB PATIENTS TRIALS` by the seconds that this took. So it takes
//! turns with the engines although it starts only once.

use crate::Outcome;
use crate::measure::{Role, Subject, Work};
use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;

/// A peer that several subjects share.
#[derive(Clone)]
pub struct Peer {
    name: String,
    process: Rc<RefCell<Process>>,
}

impl Peer {
    /// Starts a script of `benches/peer`.
    pub fn start(interpreter: &str, script: &str, arguments: &[String]) -> Outcome<Self> {
        let mut child = Command::new(interpreter)
            .arg(format!("{}/benches/peer/{script}", env!("CARGO_MANIFEST_DIR")))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {interpreter}: {error}"))?;
        let questions = child.stdin.take().ok_or("the peer has no standard input")?;
        let answers = BufReader::new(child.stdout.take().ok_or("the peer has no standard output")?);
        let mut process = Process { script: script.to_owned(), child, questions, answers };
        let name = process.answer()?;
        Ok(Peer { name, process: Rc::new(RefCell::new(process)) })
    }

    /// The peer at one job: trials of so many patients, at least `least` in a turn.
    pub fn subject(&self, job: &str, patients: u64, least: u64) -> Subject {
        Subject::new(Role::Peer, self.name.clone(), least, self.work(job, patients))
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// So many trials by the peer, timed by itself.
    pub fn work(&self, job: &str, patients: u64) -> Work {
        let (process, job) = (Rc::clone(&self.process), job.to_owned());
        Box::new(move |trials| {
            let mut process = process.borrow_mut();
            writeln!(process.questions, "{job} {patients} {trials}")?;
            let answer = process.answer()?;
            Ok(answer.parse().map_err(|_| format!("{}: '{answer}' for {job}", process.script))?)
        })
    }
}

struct Process {
    script: String,
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Process {
    fn answer(&mut self) -> Outcome<String> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err(format!("benches/peer/{} ended; its message is above", self.script).into());
        }
        Ok(line.trim().to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
