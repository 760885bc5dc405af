//! The simulated 2×2 data sets that reference values were computed from, in the engine's order.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use trialliance::analysis::{Estimator, OfMoments};
use trialliance::assignment::Layout;
use trialliance::estimand::ARMS;
use trialliance::observation::{self, BATCH, MomentsBatch, Recorded};

/// The estimands in the engine's order, by their names in the reference files.
pub const ESTIMANDS: [&str; 8] = [
    "alliance",
    "ifc",
    "interaction",
    "alliance_at_sham",
    "alliance_at_active",
    "ifc_at_limited",
    "ifc_at_enhanced",
    "enhanced_active_minus_limited_sham",
];

/// Columns as numbers, levels as 0 and 1; their positions are the variables' indices.
pub const COLUMNS: [&str; 7] = ["baseline", "pcs", "age", "sex=male", "site=B", "site=C", "outcome"];
pub const BASELINE: usize = 0;
pub const PCS: usize = 1;
pub const AGE: usize = 2;
pub const MALE: usize = 3;
pub const SITES: [usize; 2] = [4, 5];
pub const OUTCOME: usize = 6;

pub struct DataSet {
    pub name: &'static str,
    pub patients: &'static str,
    pub fitted: &'static str,
}

macro_rules! data_sets {
    ($($name:literal),*) => {
        [$(DataSet {
            name: $name,
            patients: include_str!(concat!("../reference/data/", $name, ".csv")),
            fitted: include_str!(concat!("../reference/linear_models/", $name, ".json")),
        }),*]
    };
}

pub const DATA_SETS: [DataSet; 6] = data_sets![
    "two_by_two_balanced_n40",
    "two_by_two_balanced_n48",
    "two_by_two_heteroscedastic_n117",
    "two_by_two_n117_29_30_29_29",
    "two_by_two_unbalanced_n24",
    "two_by_two_unbalanced_n31"
];

/// A trial's patients in the engine's order.
pub struct Trial {
    pub layout: Layout,
    pub columns: Vec<Vec<f64>>,
}

impl Trial {
    pub fn read(text: &str) -> Self {
        let mut lines = text.lines();
        let header: Vec<&str> = lines.next().unwrap().split(',').collect();
        let column = |name: &str| header.iter().position(|&field| field == name).unwrap();
        let mut arms: [Vec<[f64; COLUMNS.len()]>; ARMS] = Default::default();
        for line in lines {
            let fields: Vec<&str> = line.split(',').collect();
            let level = |name: &str, levels: [&str; 2]| {
                levels.iter().position(|&level| level == fields[column(name)]).unwrap()
            };
            let arm = 2 * level("alliance", ["limited", "enhanced"]) + level("ifc", ["sham", "active"]);
            arms[arm].push(COLUMNS.map(|name| match name.split_once('=') {
                Some((name, level)) => f64::from(u8::from(fields[column(name)] == level)),
                None => fields[column(name)].parse().unwrap(),
            }));
        }
        let layout = Layout::new(std::array::from_fn(|arm| arms[arm].len() as u64));
        let full = (0..layout.full_rows()).flat_map(|row| (0..ARMS).map(move |arm| (arm, row)));
        let mut next = [layout.full_rows(); ARMS];
        let tail = layout.tail_arms().iter().map(|&arm| {
            let arm = usize::from(arm);
            next[arm] += 1;
            (arm, next[arm] - 1)
        });
        let order: Vec<(usize, usize)> = full.chain(tail).collect();
        let columns =
            (0..COLUMNS.len()).map(|v| order.iter().map(|&(arm, row)| arms[arm][row][v]).collect()).collect();
        Trial { layout, columns }
    }

    /// Its moments, in several places of a batch.
    pub fn record(&self) -> MomentsBatch {
        let variables: Vec<usize> = (0..COLUMNS.len()).collect();
        let pairs: Vec<(usize, usize)> =
            variables.iter().flat_map(|&v| (0..=v).map(move |w| (v, w))).collect();
        let recorded = Recorded { by_arm: pairs.clone(), variables, pairs, ..Recorded::default() };
        let mut batch = MomentsBatch::new(self.layout.sizes(), COLUMNS.len());
        batch.trials = BATCH;
        for trial in 0..BATCH {
            observation::record(|v| &self.columns[v], &self.layout, &recorded, &mut batch, trial);
        }
        batch
    }
}

/// An analysis of moments.
pub fn of_moments(estimator: &Estimator) -> &dyn OfMoments {
    match estimator {
        Estimator::Moments(analysis) => analysis.as_ref(),
        Estimator::Patients(_) => panic!("it looks at patients"),
    }
}
