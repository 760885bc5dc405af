//! From the names of the data to names that a scenario can have.
//!
//! A scenario's names are of lower-case letters, digits and `_`, begin with a letter, and each is
//! given once. A name of the data that is so stays as it is.

use crate::data::Roles;
use crate::scenario::{Factor, Role, standard_factors};

/// Names that columns of a scenario's data have already.
const RESERVED: [&str; 5] = ["id", "arm", "therapist", "baseline", "disposition"];

/// The names that were given so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: Vec<String>,
}

impl Names {
    /// With the factors' names given.
    pub fn new(factors: &[Factor]) -> Self {
        let reserved = RESERVED.iter().map(|&name| name.to_owned());
        Names { taken: reserved.chain(factors.iter().map(|factor| factor.id.clone())).collect() }
    }

    /// A name for a column; `second` is what else gets a name by it.
    pub fn give(&mut self, column: &str, second: impl Fn(&str) -> Option<String>) -> String {
        let plain = plain(column, "column");
        let free = |name: &String| {
            !self.taken.contains(name) && second(name).is_none_or(|second| !self.taken.contains(&second))
        };
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let name = std::iter::once(plain.clone()).chain(numbered).find(free).unwrap_or_default();
        self.taken.extend(second(&name));
        self.taken.push(name.clone());
        name
    }
}

/// Levels of a covariate as a scenario can name them, in order.
pub(super) fn levels(levels: &[String]) -> Vec<String> {
    let mut names = Names::default();
    levels
        .iter()
        .map(|level| {
            let level = if level.starts_with(|c: char| c.is_ascii_digit()) {
                format!("level_{level}")
            } else {
                level.clone()
            };
            names.give(&level, |_| None)
        })
        .collect()
}

/// The factors as the data name them; numbers for levels have the standard names.
pub(super) fn factors(roles: &Roles) -> Vec<Factor> {
    let standard = standard_factors();
    let factor = |(number, standard): (usize, &Factor)| {
        let column = &roles.arms[number];
        let named = |level: &String| level.starts_with(|c: char| c.is_ascii_alphabetic());
        let own: Vec<String> = column.levels.iter().map(|level| plain(level, "level")).collect();
        let usable = column.levels.iter().all(named) && own[0] != own[1];
        let id = plain(&column.column, &standard.id);
        Factor {
            id: if RESERVED.contains(&id.as_str()) { standard.id.clone() } else { id },
            role: if number == 0 { Role::Context } else { Role::Treatment },
            levels: if usable { own } else { standard.levels.clone() },
        }
    };
    standard.iter().enumerate().map(factor).collect()
}

/// Small letters, digits and `_`; `instead` goes before what does not begin with a letter.
fn plain(name: &str, instead: &str) -> String {
    let mut text = String::new();
    for character in name.chars().map(|c| c.to_ascii_lowercase()) {
        if character.is_ascii_alphanumeric() {
            text.push(character);
        } else if !text.is_empty() && !text.ends_with('_') {
            text.push('_');
        }
    }
    let text = text.trim_end_matches('_');
    match text.chars().next() {
        None => instead.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{instead}_{text}"),
        Some(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_those_of_a_scenario_each_once() {
        let mut names = Names::new(&standard_factors());
        let mut give = |column: &str| names.give(column, |name| Some(format!("{name}_baseline")));
        assert_eq!(give("VAS, 6 w."), "vas_6_w");
        assert_eq!(give("vas-6-w"), "vas_6_w_2");
        assert_eq!(give("6w"), "column_6w");
        assert_eq!(give("Arm"), "arm_2");
        assert_eq!(give("vas_6_w_baseline"), "vas_6_w_baseline_2");
        assert_eq!(give("Ä"), "column");
        assert_eq!(levels(&["Low".to_owned(), "2nd".to_owned()]), ["low", "level_2nd"]);
    }
}
