//! Tables of ratios as Markdown that can be read as it is.

use crate::measure::{Ratio, Role, Subject};

/// Jobs that are told in one table.
pub struct Section {
    pub title: &'static str,
    /// What is measured.
    pub note: &'static str,
    /// What a time is of.
    pub unit: &'static str,
    /// What the base of each group is; empty if there is none.
    pub base: &'static str,
    pub groups: Vec<Group>,
}

/// Those that do the same job. Each base measures those after it; the peer measures all of ours.
pub struct Group {
    pub name: String,
    pub subjects: Vec<Subject>,
}

impl Section {
    pub fn print(&self) {
        let base = if self.base.is_empty() { String::new() } else { format!("÷ {}", self.base) };
        println!("## {}\n\n{}\n\n```text", self.title, self.note);
        let time = format!("time of a {}", self.unit);
        let has_peer = self.groups.iter().any(|group| group.peer().is_some());
        let of_peer = if has_peer { "peer ÷ it" } else { "" };
        let heads = format!("{:<34}{:<20}{time:>18}  {base:<24}{of_peer}", "job", "by");
        println!("{}", heads.trim_end());
        for group in &self.groups {
            group.print();
        }
        println!("```\n");
    }
}

impl Group {
    fn peer(&self) -> Option<&Subject> {
        self.subjects.iter().find(|subject| subject.role == Role::Peer)
    }

    fn print(&self) {
        let mut base = None;
        let mut name = self.name.as_str();
        for subject in &self.subjects {
            let (mut to_base, mut of_peer) = (String::new(), String::new());
            match (subject.role, base) {
                (Role::Base, _) => base = Some(subject),
                (Role::Part | Role::Ours, Some(base)) => to_base = in_words(&subject.ratio_to(base)),
                _ => {}
            }
            if let (Role::Ours, Some(peer)) = (subject.role, self.peer()) {
                of_peer = in_words(&peer.ratio_to(subject));
            }
            let line = format!(
                "{name:<34}{:<20}{:>18}  {to_base:<24}{of_peer}",
                subject.name,
                duration(subject.seconds())
            );
            println!("{}", line.trim_end());
            // A job is named once.
            name = "";
        }
    }
}

/// The ratio of the least times, and in brackets the smallest and the largest of a single round.
fn in_words(ratio: &Ratio) -> String {
    let Ratio { of_least, smallest, largest } = *ratio;
    let places = if of_least < 10.0 {
        2
    } else if of_least < 100.0 {
        1
    } else {
        0
    };
    format!("{of_least:.places$} ({smallest:.places$}–{largest:.places$})")
}

/// A time in the unit in which it has up to three digits before the point.
fn duration(seconds: f64) -> String {
    let (unit, factor) = match seconds {
        ..1e-6 => ("ns", 1e9),
        ..1e-3 => ("µs", 1e6),
        ..1.0 => ("ms", 1e3),
        _ => ("s ", 1.0),
    };
    let number = seconds * factor;
    let places = if number < 10.0 {
        2
    } else if number < 100.0 {
        1
    } else {
        0
    };
    format!("{number:.places$} {unit}")
}
