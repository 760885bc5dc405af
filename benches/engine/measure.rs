//! How long things take: subjects that take turns, and the ratios of their times.

use crate::Outcome;
use std::time::Instant;

/// Does so many units, trials for example, and tells how many seconds that took.
pub type Work = Box<dyn FnMut(u64) -> Outcome<f64>>;

/// What a turn has beyond a quarter of it takes at least so many seconds: long beside the clock's steps, short enough
/// that in some round nothing disturbs it.
const LONG: f64 = 0.01;

/// Work by this process, timed from outside.
pub fn timed(mut work: impl FnMut(u64) -> Outcome<()> + 'static) -> Work {
    Box::new(move |units| {
        let start = Instant::now();
        work(units)?;
        Ok(start.elapsed().as_secs_f64())
    })
}

/// What a subject is compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The measure of those after it.
    Base,
    /// Does a part of the job: compared with the base only.
    Part,
    /// Compared with the base and with the peer.
    Ours,
    /// Another program.
    Peer,
}

/// One of those that do the same job.
pub struct Subject {
    pub name: String,
    pub role: Role,
    work: Work,
    /// Units of a turn; a quarter of them is timed beside it.
    many: u64,
    /// The least seconds of a quarter of the units.
    few_seconds: f64,
    /// The seconds of all units, round by round.
    many_seconds: Vec<f64>,
}

impl Subject {
    /// `least` units at least in a turn.
    pub fn new(role: Role, name: impl Into<String>, least: u64, work: Work) -> Self {
        let (name, few_seconds) = (name.into(), f64::INFINITY);
        Subject { name, role, work, many: least, few_seconds, many_seconds: Vec::new() }
    }

    /// Finds how many units make a turn; warms up on the way.
    pub fn prepare(&mut self) -> Outcome<()> {
        loop {
            let [few, many] = self.time()?;
            // What a run does once took as long as 1,000 trials of a scenario of the library. Where that is most of a
            // turn, the difference says little.
            if many - few >= LONG && many >= 2.0 * few {
                return Ok(());
            }
            self.many *= 2;
        }
    }

    pub fn take_turn(&mut self) -> Outcome<()> {
        let [few, many] = self.time()?;
        self.few_seconds = self.few_seconds.min(few);
        self.many_seconds.push(many);
        Ok(())
    }

    /// Seconds of a quarter of the units, and of all.
    fn time(&mut self) -> Outcome<[f64; 2]> {
        let few = match self.few() {
            0 => 0.0,
            few => (self.work)(few)?,
        };
        Ok([few, (self.work)(self.many)?])
    }

    fn few(&self) -> u64 {
        self.many / 4
    }

    /// Seconds of a unit in each round. What a call does once falls out with the least time of a quarter of
    /// the units: that of the same round could have been disturbed, and would make the rest look quick.
    fn rounds(&self) -> impl Iterator<Item = f64> {
        let units = (self.many - self.few()) as f64;
        self.many_seconds.iter().map(move |seconds| (seconds - self.few_seconds) / units)
    }

    /// Seconds of a unit: the least of all rounds.
    pub fn seconds(&self) -> f64 {
        self.rounds().fold(f64::INFINITY, f64::min)
    }

    /// The time of this as a multiple of the other's.
    pub fn ratio_to(&self, other: &Subject) -> Ratio {
        let rounds = self.rounds().zip(other.rounds()).map(|(this, other)| this / other);
        let (smallest, largest) =
            rounds.fold((f64::INFINITY, 0.0_f64), |(least, most), ratio| (least.min(ratio), most.max(ratio)));
        Ratio { of_least: self.seconds() / other.seconds(), smallest, largest }
    }
}

/// How one time relates to another.
pub struct Ratio {
    /// Of the least times of all rounds.
    pub of_least: f64,
    /// The smallest of a single round.
    pub smallest: f64,
    /// The largest of a single round.
    pub largest: f64,
}
