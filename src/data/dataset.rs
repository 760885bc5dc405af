//! The patients as columns.

use super::roles::{FactorColumn, Roles};
use super::table::{Cell, Table, at, enough, report};
use crate::assignment::NOBODY;
use crate::error::{Error, ErrorKind, Problem, Result};
use crate::estimand::ARMS;
use crate::observation::TherapistContrasts;
use crate::scenario::resolve::BLOCK;
use crate::scenario::{Scenario, resolve, words};
use std::collections::HashMap;
use std::sync::Arc;

/// Levels beyond which a column of texts is not a covariate.
const MOST_LEVELS: usize = 8;

/// Names of the column that tells patients apart, in small letters.
pub(crate) const IDS: [&str; 8] =
    ["id", "patient_id", "subject_id", "participant_id", "record_id", "patient", "subject", "participant"];

/// Patients, their arms, therapists and variables.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Each patient's row in the file, the header being row 1.
    pub rows: Vec<u32>,
    /// Each patient's arm.
    pub arms: Vec<u8>,
    /// Each patient's therapist, in the order of their names; empty without therapists.
    pub therapists: Vec<u32>,
    /// Each patient's block of the randomisation; empty without a column for it.
    pub blocks: Vec<u32>,
    /// The therapists' names.
    pub therapist_names: Vec<String>,
    /// The variables' names; levels after the first are variables of their own.
    pub names: Vec<String>,
    /// Their values; not a number where missing.
    pub columns: Vec<Vec<f64>>,
    /// The covariates with levels, and these.
    pub levels: HashMap<String, Vec<String>>,
    /// Values missing in each column that has a role.
    pub missing: Vec<(String, u64)>,
    /// The contrasts between therapists by which runs of the scenario fit mixed models, where these are its patients.
    pub contrasts: Option<Arc<TherapistContrasts>>,
}

impl Dataset {
    /// Reads the columns that have a role.
    ///
    /// # Errors
    /// `Input`, with the row and the column of each thing that is wrong.
    pub fn read(table: &Table, roles: &Roles, scenario: Option<&Scenario>) -> Result<Self> {
        let variables = variables(roles);
        let places: Vec<usize> = variables.iter().filter_map(|name| table.place(name)).collect();
        let mut reading = Reading::new(table, roles, &variables);
        table.visit(|row, record| {
            reading.row(row, record, &places);
            !enough(&reading.problems)
        })?;
        reading.finish(roles, scenario)
    }

    /// The index of a variable.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|one| one == name)
    }

    /// The variables that stand for a covariate: itself, or one for each level after the first.
    #[must_use]
    pub fn coded(&self, name: &str) -> Vec<usize> {
        match self.levels.get(name) {
            Some(levels) if levels.len() > 2 => {
                levels.iter().skip(1).filter_map(|level| self.index(&indicator(name, level))).collect()
            }
            _ => self.index(name).into_iter().collect(),
        }
    }

    /// How many patients there are in each arm.
    #[must_use]
    pub fn sizes(&self) -> [u64; ARMS] {
        let mut sizes = [0; ARMS];
        self.arms.iter().for_each(|&arm| sizes[usize::from(arm) % ARMS] += 1);
        sizes
    }
}

fn indicator(name: &str, level: &str) -> String {
    format!("{name}={level}")
}

/// Everything that analyses name, and baselines, each once.
fn variables(roles: &Roles) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let baselines = roles.baselines.iter().map(|(_, baseline)| baseline);
    let of_analyses =
        roles.analyses.iter().flat_map(|analysis| std::iter::once(&analysis.outcome).chain(analysis.named()));
    for name in of_analyses.chain(baselines) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// A variable while it is being read.
struct Column {
    name: String,
    must_be_number: bool,
    values: Vec<f64>,
    /// Texts, and the row of the first; as numbers in `values`.
    texts: Vec<String>,
    by_text: HashMap<String, usize>,
    first_text: Option<usize>,
    numbers: u64,
    missing: u64,
}

struct Reading<'t> {
    table: &'t Table,
    factors: [(usize, &'t FactorColumn); 2],
    therapist: Option<usize>,
    id: Option<usize>,
    ids: HashMap<String, usize>,
    rows: Vec<u32>,
    arms: Vec<u8>,
    therapist_of: Vec<Option<String>>,
    block: Option<usize>,
    block_of: Vec<Option<String>>,
    columns: Vec<Column>,
    missing_therapists: u64,
    problems: Vec<Problem>,
}

impl<'t> Reading<'t> {
    fn new(table: &'t Table, roles: &'t Roles, variables: &[String]) -> Self {
        let place = |name: &str| table.place(name).unwrap_or(usize::MAX);
        let outcomes: Vec<&String> = roles.analyses.iter().map(|analysis| &analysis.outcome).collect();
        let column = |name: &String| Column {
            name: name.clone(),
            must_be_number: outcomes.contains(&name)
                || roles.baselines.iter().any(|(_, baseline)| baseline == name),
            values: Vec::new(),
            texts: Vec::new(),
            by_text: HashMap::new(),
            first_text: None,
            numbers: 0,
            missing: 0,
        };
        let [context, treatment] = &roles.arms;
        Reading {
            table,
            factors: [(place(&context.column), context), (place(&treatment.column), treatment)],
            therapist: roles.therapist.as_deref().map(place),
            // Where rows were put together, that was done for each patient.
            id: IDS.iter().filter(|_| !table.is_of_visits()).find_map(|id| {
                let is_id = |name: &String| name.eq_ignore_ascii_case(id) && !variables.contains(name);
                table.header.iter().position(is_id)
            }),
            ids: HashMap::new(),
            rows: Vec::new(),
            arms: Vec::new(),
            therapist_of: Vec::new(),
            block: roles.block.as_deref().map(place),
            block_of: Vec::new(),
            columns: variables.iter().map(column).collect(),
            missing_therapists: 0,
            problems: Vec::new(),
        }
    }

    fn row(&mut self, row: usize, record: &csv::StringRecord, places: &[usize]) {
        let cell = |place: usize| record.get(place).unwrap_or("");
        let earlier = self.id.and_then(|place| Some((place, self.ids.insert(cell(place).to_owned(), row)?)));
        if let Some((place, first)) = earlier {
            let found = format!("the patient {} of row {first} again", words::quoted(cell(place)));
            let problem = at(row, &self.table.header[place], found, "one row for each patient".to_owned());
            let help = "if there is a row for each visit, say --visit COLUMN; else keep one row of each, or \
                        rename the column if it does not tell patients apart";
            self.problems.push(problem.help(help));
        }
        let mut arm = 0;
        for (factor, &(place, column)) in self.factors.iter().enumerate() {
            let level = column.levels.iter().position(|level| level.eq_ignore_ascii_case(cell(place)));
            match level {
                Some(level) => arm += level << (1 - factor),
                None => {
                    let found = match cell(place) {
                        "" => "an empty cell".to_owned(),
                        text => words::quoted(text),
                    };
                    let option = if factor == 0 { "alliance" } else { "ifc" };
                    let problem = at(row, &column.column, found, words::choice(&column.levels));
                    self.problems.push(problem.help(format!(
                        "if the levels have other names, say --{option} {}=REFERENCE,SECOND",
                        column.column
                    )));
                }
            }
        }
        self.rows.push(row as u32);
        self.arms.push(arm as u8);
        if let Some(place) = self.therapist {
            let therapist = Some(cell(place)).filter(|text| self.table.cell(text) != Cell::Missing);
            self.missing_therapists += u64::from(therapist.is_none());
            self.therapist_of.push(therapist.map(str::to_owned));
        }
        if let Some(place) = self.block {
            let block = cell(place);
            if self.table.cell(block) == Cell::Missing {
                let allowed = "the block that the patient was assigned in".to_owned();
                self.problems.push(at(row, BLOCK, "an empty cell".to_owned(), allowed));
            }
            self.block_of.push(Some(block.to_owned()));
        }
        for (column, &place) in self.columns.iter_mut().zip(places) {
            match self.table.cell(cell(place)) {
                Cell::Missing => {
                    column.missing += 1;
                    column.values.push(f64::NAN);
                }
                Cell::Number(number) => {
                    column.numbers += 1;
                    column.values.push(number);
                }
                Cell::Text(text) => {
                    column.first_text.get_or_insert(row);
                    if column.must_be_number || column.numbers > 0 {
                        self.problems.push(not_a_number(row, &column.name, text));
                    }
                    let next = column.texts.len();
                    let level = *column.by_text.entry(text.to_owned()).or_insert(next);
                    if level == next {
                        column.texts.push(text.to_owned());
                    }
                    column.values.push(level as f64);
                }
            }
        }
    }

    fn finish(mut self, roles: &Roles, scenario: Option<&Scenario>) -> Result<Dataset> {
        for column in self.columns.iter().filter(|column| !column.must_be_number) {
            // Texts first, numbers later: it cannot be told which were meant.
            if let (Some(row), true) = (column.first_text, column.numbers > 0) {
                let text = column.texts.first().map_or("", String::as_str);
                if !self.problems.iter().any(|problem| problem.pointer.ends_with(&column.name)) {
                    self.problems.push(not_a_number(row, &column.name, text));
                }
            }
            if column.texts.len() > MOST_LEVELS {
                let found = format!("{} different texts", column.texts.len());
                let allowed = format!("numbers, or at most {MOST_LEVELS} levels");
                self.problems.push(Problem::new(format!("column {}", column.name), found, allowed));
            }
        }
        report(std::mem::take(&mut self.problems))?;
        if self.arms.is_empty() {
            return Err(Error::new(ErrorKind::Input, "there are no patients: the file has a header only"));
        }
        let (therapists, therapist_names) = numbered(&self.therapist_of);
        let (blocks, _) = numbered(&self.block_of);
        let mut missing: Vec<(String, u64)> =
            self.columns.iter().map(|column| (column.name.clone(), column.missing)).collect();
        missing.extend(roles.therapist.iter().map(|name| (name.clone(), self.missing_therapists)));
        let mut data = Dataset {
            rows: self.rows,
            arms: self.arms,
            therapists,
            therapist_names,
            blocks,
            names: Vec::new(),
            columns: Vec::new(),
            levels: HashMap::new(),
            missing,
            contrasts: None,
        };
        for column in self.columns {
            add(&mut data, column, scenario);
        }
        let contrasts = scenario.and_then(TherapistContrasts::of);
        let contrasts = contrasts.map(TherapistContrasts::of_those_who_see_patients);
        data.contrasts = contrasts.filter(|found| found.suit(&data.arms, &data.therapists)).map(Arc::new);
        Ok(data)
    }
}

fn not_a_number(row: usize, column: &str, text: &str) -> Problem {
    let problem = at(row, column, words::quoted(text), "a number, or NA".to_owned());
    let decimal_comma = text.contains(',') && text.replacen(',', ".", 1).parse::<f64>().is_ok();
    if decimal_comma { problem.help("numbers have a decimal point here, as in 12.5") } else { problem }
}

/// Adds a variable; texts become levels in the scenario's order, else in that of the alphabet.
fn add(data: &mut Dataset, column: Column, scenario: Option<&Scenario>) {
    let Column { name, mut values, texts, .. } = column;
    if texts.is_empty() {
        data.names.push(name);
        data.columns.push(values);
        return;
    }
    let stated: Vec<String> = scenario
        .and_then(|scenario| resolve::levels(scenario, &name))
        .map(|levels| levels.keys().cloned().collect())
        .unwrap_or_default();
    let mut levels: Vec<String> = stated.iter().filter(|level| texts.contains(level)).cloned().collect();
    let mut others: Vec<String> = texts.iter().filter(|text| !levels.contains(text)).cloned().collect();
    others.sort();
    levels.extend(others);
    let place = |value: f64| {
        let text = texts.get(value as usize);
        text.and_then(|text| levels.iter().position(|level| level == text)).map_or(f64::NAN, |k| k as f64)
    };
    values.iter_mut().filter(|value| !value.is_nan()).for_each(|value| *value = place(*value));
    if levels.len() > 2 {
        for (number, level) in levels.iter().enumerate().skip(1) {
            let has = |value: &f64| {
                if value.is_nan() { f64::NAN } else { f64::from(u8::from(*value == number as f64)) }
            };
            data.names.push(indicator(&name, level));
            data.columns.push(values.iter().map(has).collect());
        }
    }
    data.names.push(name.clone());
    data.columns.push(values);
    data.levels.insert(name, levels);
}

/// Therapists by number, in the order of their names: as numbers, if all are.
fn numbered(names: &[Option<String>]) -> (Vec<u32>, Vec<String>) {
    let mut known: Vec<String> = names.iter().flatten().cloned().collect();
    known.sort();
    known.dedup();
    let numbers: Option<Vec<f64>> = known.iter().map(|name| name.parse().ok()).collect();
    if let Some(numbers) = numbers {
        let mut order: Vec<usize> = (0..known.len()).collect();
        order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
        known = order.into_iter().map(|k| known[k].clone()).collect();
    }
    let place: HashMap<&String, u32> = known.iter().zip(0..).collect();
    let number = |name: &Option<String>| name.as_ref().map_or(NOBODY, |name| place[name]);
    (names.iter().map(number).collect(), known.clone())
}
