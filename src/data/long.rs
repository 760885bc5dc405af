//! Data with a row for each patient and visit, made into one row for each patient.
//!
//! In come a table and the columns of the visit and of the outcome; out comes a table with a column of
//! the outcome for each visit, called `OUTCOME_VISIT`, and what each of them is. All else that is said of
//! a patient must be the same in all of the patient's rows, as far as it has a role: what differs is kept
//! until roles are known.

use super::dataset::IDS;
use super::table::{Cell, Table, at, enough, report};
use super::{Roles, Visits};
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::scenario::words;
use std::collections::{BTreeMap, HashMap};

/// A table with one row for each patient.
#[derive(Debug)]
pub struct Wide {
    /// The table.
    pub table: Table,
    /// Its columns of the outcome.
    pub visits: Visits,
    /// The first contradiction in each column that has one.
    contradictions: Vec<(String, Problem)>,
}

impl Wide {
    /// Makes it, `visit` and `outcome` being columns of `long`; `id` is that of the patient, unless it is
    /// to be found by its name.
    ///
    /// # Errors
    /// `Usage`, if a column is not there, or one is to be two things; `Input`, if visits have no order, or
    /// a patient has two values at one.
    pub fn new(long: &Table, id: Option<&str>, visit: &str, outcome: &str) -> Result<Self> {
        let mut problems = Vec::new();
        let mut place = |option: &str, name: &str| {
            problems.extend(no_column(long, option, name));
            long.place(name)
        };
        let named = [place("--visit", visit), place("--outcome", outcome)];
        let id_place = match id {
            Some(name) => place("--id", name),
            None => id_place(long),
        };
        if let (None, None) = (id, id_place) {
            let allowed = format!("a column that tells patients apart, called {}", words::choice(&IDS));
            problems.push(Problem::new("--id", "no such column", allowed).help("say --id COLUMN"));
        }
        let ([Some(visit_place), Some(outcome_place)], Some(id_place)) = (named, id_place) else {
            return Err(Error::new(ErrorKind::Usage, "the columns' roles are not clear").problems(problems));
        };
        let places = [visit_place, outcome_place, id_place];
        for (option, other, twin) in [("--outcome", 1, 0), ("--id", 2, 0), ("--id", 2, 1)] {
            if places[other] == places[twin] {
                let name = words::quoted(&long.header[places[other]]);
                let found = format!("{name}, which is the {} too", ["visit", "outcome"][twin]);
                problems.push(Problem::new(option, found, "a column of its own"));
            }
        }
        if !problems.is_empty() {
            return Err(Error::new(ErrorKind::Usage, "the columns' roles are not clear").problems(problems));
        }
        let mut reading = Reading {
            long,
            names: [visit, outcome, &long.header[id_place]],
            places,
            visits: Vec::new(),
            patients: Vec::new(),
            by_id: HashMap::new(),
            contradictions: BTreeMap::new(),
            problems: Vec::new(),
        };
        long.visit(|row, record| {
            reading.row(row, record);
            !enough(&reading.problems)
        })?;
        reading.finish()
    }

    /// Makes sure that nothing that has a role differs between a patient's rows.
    ///
    /// # Errors
    /// `Input`, with the row and the column of each thing that does.
    pub fn check(&self, roles: &Roles) -> Result<()> {
        let has_role = |column: &String| roles.stated.iter().any(|(_, name, _)| name == column);
        let told = self.contradictions.iter().filter(|(column, _)| has_role(column));
        report(told.map(|(_, problem)| problem.clone()).collect())
    }
}

fn no_column(long: &Table, option: &str, name: &str) -> Option<Problem> {
    if long.place(name).is_some() {
        return None;
    }
    let found = format!("no column {}", words::quoted(name));
    let problem = Problem::new(option, found, words::choice(&long.header));
    Some(match words::did_you_mean(name, &long.header) {
        Some(help) => problem.help(help),
        None => problem,
    })
}

/// The first column that has the name of one that tells patients apart.
fn id_place(long: &Table) -> Option<usize> {
    IDS.iter().find_map(|id| long.header.iter().position(|name| name.eq_ignore_ascii_case(id)))
}

/// A visit: how it is written, and where it stands in the order.
struct Visit {
    name: String,
    order: f64,
    /// The row in which it is found first.
    row: usize,
}

/// A patient: cells of the first row, and the outcome at each visit.
struct Patient {
    row: usize,
    cells: Vec<String>,
    /// Row and cell, by number of the visit.
    outcomes: HashMap<usize, (usize, String)>,
}

struct Reading<'t> {
    long: &'t Table,
    /// Visit, outcome, patient.
    names: [&'t str; 3],
    /// Visit, outcome, patient.
    places: [usize; 3],
    visits: Vec<Visit>,
    patients: Vec<Patient>,
    by_id: HashMap<String, usize>,
    contradictions: BTreeMap<usize, Problem>,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn row(&mut self, row: usize, record: &csv::StringRecord) {
        let cell = |place: usize| record.get(place).unwrap_or("");
        let [visit_place, outcome_place, id_place] = self.places;
        let (id, outcome) = (cell(id_place), cell(outcome_place));
        if self.long.cell(id) == Cell::Missing {
            let allowed = "the patient of this row".to_owned();
            self.problems.push(at(row, self.names[2], "an empty cell".to_owned(), allowed));
            return;
        }
        if let Cell::Text(text) = self.long.cell(outcome) {
            let allowed = "a number, or NA".to_owned();
            self.problems.push(at(row, self.names[1], words::quoted(text), allowed));
        }
        let Some(visit) = self.visit(row, cell(visit_place)) else { return };
        let patients = self.patients.len();
        let patient = *self.by_id.entry(id.to_owned()).or_insert(patients);
        if patient == patients {
            let cells = record.iter().map(str::to_owned).collect();
            self.patients.push(Patient { row, cells, outcomes: HashMap::new() });
        }
        let patient = &mut self.patients[patient];
        if let Some((first, _)) = patient.outcomes.insert(visit, (row, outcome.to_owned())) {
            let name = words::quoted(&self.visits[visit].name);
            let found = format!("the visit {name} of patient {} again, as in row {first}", words::quoted(id));
            let problem = at(row, self.names[0], found, "one row for each patient and visit".to_owned());
            self.problems.push(problem.help("remove one of the rows"));
        }
        for (place, known) in patient.cells.iter_mut().enumerate() {
            let new = cell(place);
            let skipped = place == visit_place || place == outcome_place;
            if skipped || *known == new || self.long.cell(new) == Cell::Missing {
                continue;
            }
            if self.long.cell(known) == Cell::Missing {
                new.clone_into(known);
                continue;
            }
            self.contradictions.entry(place).or_insert_with(|| {
                let found = format!("{} for patient {}", words::quoted(new), words::quoted(id));
                let allowed = format!("{}, as in the patient's rows before", words::quoted(known));
                let problem = at(row, &self.long.header[place], found, allowed);
                problem.help("what has a role must be the same at all visits of a patient")
            });
        }
    }

    /// The number of a visit.
    fn visit(&mut self, row: usize, text: &str) -> Option<usize> {
        let known = |visit: &Visit| match self.long.cell(text) {
            Cell::Number(number) => visit.order == number,
            _ => visit.name == text,
        };
        if let Some(visit) = self.visits.iter().position(known) {
            return Some(visit);
        }
        let (name, order) = match self.long.cell(text) {
            Cell::Number(number) => (number.to_string(), number),
            Cell::Text(text) => match order(text) {
                Some(order) => (text.to_owned(), order),
                None => {
                    let allowed = "a number, a name with one number as in week_4, or baseline".to_owned();
                    let problem = at(row, self.names[0], words::quoted(text), allowed);
                    self.problems.push(problem.help("visits are put in the order of their numbers"));
                    return None;
                }
            },
            Cell::Missing => {
                let allowed = "the visit of this row".to_owned();
                self.problems.push(at(row, self.names[0], "an empty cell".to_owned(), allowed));
                return None;
            }
        };
        if let Some(twin) = self.visits.iter().find(|visit| visit.order == order) {
            let found =
                format!("{}, while row {} says {}", words::quoted(text), twin.row, words::quoted(&twin.name));
            let allowed = "one way to write each visit".to_owned();
            self.problems.push(at(row, self.names[0], found, allowed));
            return None;
        }
        self.visits.push(Visit { name, order, row });
        Some(self.visits.len() - 1)
    }

    fn finish(mut self) -> Result<Wide> {
        let mut in_order: Vec<usize> = (0..self.visits.len()).collect();
        in_order.sort_by(|&one, &other| self.visits[one].order.total_cmp(&self.visits[other].order));
        let after = in_order.partition_point(|&visit| self.visits[visit].order <= 0.0);
        let names: Vec<&str> = in_order.iter().map(|&visit| self.visits[visit].name.as_str()).collect();
        let wrong = |found: String, allowed: &str| {
            let place = format!("column {}", self.names[0]);
            Problem::new(place, found, allowed.to_owned())
        };
        if self.problems.is_empty() && after == in_order.len() {
            let found = if names.is_empty() { "no visit".to_owned() } else { words::list(&names) };
            self.problems.push(wrong(found, "visits after treatment, numbered from 1"));
        } else if self.problems.is_empty() && after > 1 {
            let problem = wrong(words::list(&names[..after]), "one visit before treatment");
            self.problems.push(problem.help("remove the rows of the others"));
        }
        report(std::mem::take(&mut self.problems))?;
        let column = |visit: &usize| format!("{}_{}", self.names[1], self.visits[*visit].name);
        let mut columns: Vec<String> = in_order.iter().map(column).collect();
        let table = self.table(&in_order, &columns)?;
        let header = &self.long.header;
        let contradictions = self.contradictions.iter();
        let contradictions =
            contradictions.map(|(&place, problem)| (header[place].clone(), problem.clone())).collect();
        let last = columns.pop().unwrap_or_default();
        let earlier = columns.split_off(after);
        let visits = Visits { before: columns.pop(), earlier, last };
        Ok(Wide { table, visits, contradictions })
    }

    /// The table, with the other columns as they are.
    fn table(&self, in_order: &[usize], columns: &[String]) -> Result<Table> {
        let [visit, outcome, _] = self.places;
        let others: Vec<usize> =
            (0..self.long.header.len()).filter(|place| *place != visit && *place != outcome).collect();
        let header: Vec<&str> = others
            .iter()
            .map(|&place| self.long.header[place].as_str())
            .chain(columns.iter().map(String::as_str))
            .collect();
        let rows = self.patients.iter().map(|patient| {
            let others = others.iter().map(|&place| patient.cells[place].as_str());
            let outcomes = in_order
                .iter()
                .map(|visit| patient.outcomes.get(visit).map_or("", |(_, cell)| cell.as_str()));
            (patient.row, others.chain(outcomes).collect::<Vec<&str>>())
        });
        self.long.with_rows(&header, rows)
    }
}

/// Where a visit with a name stands: at its number, if it has one, and before all others if it is the
/// baseline.
fn order(name: &str) -> Option<f64> {
    if name.eq_ignore_ascii_case("baseline") {
        return Some(0.0);
    }
    let mut numbers = name.split(|sign: char| !sign.is_ascii_digit()).filter(|digits| !digits.is_empty());
    match (numbers.next(), numbers.next()) {
        (Some(number), None) => number.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str) -> Result<Wide> {
        Wide::new(&Table::read(text.as_bytes())?, None, "visit", "y")
    }

    fn rows(table: &Table) -> Vec<(usize, String)> {
        let mut rows = Vec::new();
        let see = |row, record: &csv::StringRecord| {
            rows.push((row, record.iter().collect::<Vec<_>>().join(",")));
            true
        };
        table.visit(see).expect("rows");
        rows
    }

    #[test]
    fn each_patient_has_one_row_and_each_visit_a_column() {
        let long = "id,arm,visit,y\n7,a,10,3\n7,a,0,1\n8,b,2,5\n7,,2,2\n9,,0,4\n9,b,10,NA\n";
        let found = wide(long).expect("a table");
        assert_eq!(found.table.header, ["id", "arm", "y_0", "y_2", "y_10"]);
        let expected = [(2, "7,a,1,2,3"), (4, "8,b,,5,"), (6, "9,b,4,,NA")];
        assert_eq!(rows(&found.table), expected.map(|(row, cells)| (row, cells.to_owned())));
        let visits = Visits {
            before: Some("y_0".to_owned()),
            earlier: vec!["y_2".to_owned()],
            last: "y_10".to_owned(),
        };
        assert_eq!(found.visits, visits);
        assert!(found.contradictions.is_empty());
    }

    #[test]
    fn names_with_a_number_are_put_in_its_order() {
        let found = wide("id;visit;y\n1;week 12;1,5\n1;Baseline;2\n1;week 4;3\n").expect("a table");
        assert_eq!(found.table.header, ["id", "y_Baseline", "y_week 4", "y_week 12"]);
        assert_eq!(rows(&found.table), [(2, "1,2,3,1,5".to_owned())]);
    }

    #[test]
    fn what_cannot_be_told_is_named_by_row() {
        let place = |text: &str| -> Vec<String> {
            let error = wide(text).expect_err("wrong");
            error.problems.iter().map(|problem| format!("{}: {}", problem.pointer, problem.found)).collect()
        };
        assert_eq!(
            place("id,visit,y\n1,1,2\n1,2,3\n1,1.0,4\n"),
            ["row 4, column visit: the visit `1` of patient `1` again, as in row 2"]
        );
        assert_eq!(place("id,visit,y\n1,early,2\n"), ["row 2, column visit: `early`"]);
        assert_eq!(
            place("id,visit,y\n1,week_4,2\n2,day 4,1\n"),
            ["row 3, column visit: `day 4`, while row 2 says `week_4`"]
        );
        assert_eq!(
            place("id,visit,y\n1,,2\n,1,2\n"),
            ["row 2, column visit: an empty cell", "row 3, column id: an empty cell"]
        );
        assert_eq!(place("id,visit,y\n1,1,x\n"), ["row 2, column y: `x`"]);
        assert_eq!(place("id,visit,y\n1,0,1\n"), ["column visit: `0`"]);
        assert_eq!(place("id,visit,y\n1,-1,1\n1,0,1\n1,1,1\n"), ["column visit: `-1` and `0`"]);
        assert_eq!(place("arm,visit,y\n1,0,1\n"), ["--id: no such column"]);
        assert_eq!(place("id,visits,y\n1,0,1\n"), ["--visit: no column `visit`"]);
    }
}
