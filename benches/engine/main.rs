//! What trials, questions and the program cost, beside the least that they could cost and beside other programs.
//!
//! Run with `cargo bench --bench engine`; `benches/side_by_side.sh` puts the peers beside it and keeps the tables.
//!
//! **Jobs.** `jobs`: trials of single analyses by both engines, and every scenario of the library. `questions`: a curve,
//! a search, the time to a precise power, threads, start-up. One thread where nothing else is said.
//!
//! **Floors.** That of `patients` draws the same normal numbers (one per variable and patient) with the same
//! generator and sampler, as many trials at once, adds them up, and does nothing else. `write, read` writes as many
//! numbers in the same blocks and reads them once: what the memory alone asks for. The floor of `statistics`
//! draws the normal and χ² numbers of the sufficient statistics and does nothing else. A ratio of 1.2 to its
//! floor says that simulating the responses, recording, analysing, deciding and summarising together cost a fifth of the
//! drawing.
//!
//! **Peers.** Each is a process that answers how many seconds a job took it (`peer`); what the jobs are there stands
//! in `benches/peer`.
//!
//! **Method.** All subjects take turns in each round, so that a slow spell of the machine meets all who do the same job. A
//! time is the least of all rounds: what else the machine does can only make it longer. The cost of a trial is
//! a difference: the time of many less the time of a quarter of them, so that what a call does once falls out. A
//! ratio is that of the least times, followed in brackets by the smallest and the largest ratio of a single round.
//!
//! Options, after `--`:
//!
//! - `--rounds N`: rounds, 15 if not given
//! - `--job WORD`: only tables and jobs whose name has this word
//! - `--python PROGRAM`: an interpreter of Python that has mcpower, to measure this peer too
//! - `--rscript PROGRAM`: `Rscript`, with lmerTest, pbkrtest and nlme, to measure these too

mod floors;
mod jobs;
mod measure;
mod peer;
mod questions;
mod table;

use peer::Peer;
use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error>>;

const SEED: u64 = 1;

/// With this as its first word the program does nothing: the floor of start-up.
const NOTHING: &str = "--nothing";

fn main() -> Outcome<()> {
    if std::env::args().nth(1).is_some_and(|word| word == NOTHING) {
        return Ok(());
    }
    let options = Options::parse(std::env::args().skip(1))?;
    let peers = Peers::start(&options)?;
    let mut sections = vec![
        jobs::trials(&peers)?,
        jobs::library()?,
        questions::curve()?,
        questions::search(&peers)?,
        questions::precision(&peers)?,
        questions::threads(&peers)?,
        questions::start_up()?,
    ];
    if let Some(word) = &options.job {
        for section in &mut sections {
            let title = section.title.contains(word.as_str());
            section.groups.retain(|group| title || group.name.contains(word.as_str()));
        }
        sections.retain(|section| !section.groups.is_empty());
    }
    let groups = sections.iter_mut().flat_map(|section| &mut section.groups);
    let mut subjects: Vec<_> = groups.flat_map(|group| &mut group.subjects).collect();
    if subjects.is_empty() {
        return Err("no job has that name".into());
    }
    subjects.iter_mut().try_for_each(|subject| subject.prepare())?;
    for round in 1..=options.rounds {
        eprintln!("round {round} of {}", options.rounds);
        subjects.iter_mut().try_for_each(|subject| subject.take_turn())?;
    }
    if subjects.iter().any(|subject| subject.seconds() <= 0.0) {
        return Err("the machine is too busy to measure; give more --rounds".into());
    }
    for section in &sections {
        section.print();
    }
    Ok(())
}

/// What is asked for on the command line.
struct Options {
    rounds: u32,
    job: Option<String>,
    python: Option<String>,
    rscript: Option<String>,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Options { rounds: 15, job: None, python: None, rscript: None };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                // Cargo adds it.
                "--bench" => {}
                "--rounds" => options.rounds = value()?.parse()?,
                "--job" => options.job = Some(value()?),
                "--python" => options.python = Some(value()?),
                "--rscript" => options.rscript = Some(value()?),
                _ => {
                    let known = "there are --rounds, --job, --python and --rscript";
                    return Err(format!("unknown option {word}; {known}").into());
                }
            }
        }
        if options.rounds == 0 {
            return Err("--rounds is 0; at least 1 is needed".into());
        }
        Ok(options)
    }
}

/// The other programs, as far as there are any.
struct Peers {
    mcpower: Option<Peer>,
    mcpower_on_two: Option<Peer>,
    rscript: Option<String>,
}

impl Peers {
    fn start(options: &Options) -> Outcome<Self> {
        let mcpower = |threads: &str| -> Outcome<Option<Peer>> {
            let start = |python: &String| Peer::start(python, "mcpower_speed.py", &[threads.to_owned()]);
            options.python.as_ref().map(start).transpose()
        };
        Ok(Peers { mcpower: mcpower("1")?, mcpower_on_two: mcpower("2")?, rscript: options.rscript.clone() })
    }
}
