//! Does a map by arm name each of the four arms exactly once?
//!
//! In come the factors, a map and where it stands; out come findings. Used for
//! sizes, means and standard deviations alike.

use crate::estimand::{ARMS, arm_ids, long_arm_ids};
use crate::scenario::finding::Finding;
use crate::scenario::resolve::arm_index;
use crate::scenario::{Factor, pointer, words};
use indexmap::IndexMap;

pub(super) fn check<T>(factors: &[Factor], map: &IndexMap<String, T>, at: &str) -> Vec<Finding> {
    let names = arm_ids(factors);
    let mut seen: [Option<&str>; ARMS] = [None; ARMS];
    let mut findings = Vec::new();
    let mut strangers = Vec::new();
    for id in map.keys() {
        match arm_index(factors, id).map(|arm| (arm, seen[arm])) {
            Some((_, Some(first))) => {
                let found =
                    format!("{}, the arm that {} names already", words::quoted(id), words::quoted(first));
                findings.push(Finding::name(pointer::child(at, id), found, "each arm once"));
            }
            Some((arm, None)) => seen[arm] = Some(id),
            None => strangers.push(id),
        }
    }
    let missing: Vec<usize> = (0..ARMS).filter(|arm| seen[*arm].is_none()).collect();
    let short: Vec<&str> = missing.iter().map(|arm| names[*arm].as_str()).collect();
    let long = long_arm_ids(factors);
    let both: Vec<&str> =
        short.iter().copied().chain(missing.iter().map(|arm| long[*arm].as_str())).collect();
    for id in &strangers {
        let found = format!("an unknown arm {}", words::quoted(id));
        let allowed = format!("the arms {}", words::list(&names));
        let help = words::did_you_mean(id, &both)
            .or_else(|| (!short.is_empty()).then(|| format!("{} not there", is_or_are(&short))));
        findings.push(Finding::name(pointer::child(at, id), found, allowed).maybe_help(help));
    }
    if missing.len() > strangers.len() {
        let found = format!("nothing for {}", words::list(&short));
        findings.push(Finding::value(at, found, format!("one entry for each of {}", words::list(&names))));
    }
    findings
}

fn is_or_are(names: &[&str]) -> String {
    format!("{} {}", words::list(names), if names.len() == 1 { "is" } else { "are" })
}
