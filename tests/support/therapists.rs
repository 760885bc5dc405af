//! The simulated trials with therapists that reference values were computed from.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use trialliance::analysis::registry::{self, Context};
use trialliance::analysis::{Complete, Fits, Patients, Recorded};

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

macro_rules! data_sets {
    ($($name:literal),*) => {
        [$((
            $name,
            include_str!(concat!("../reference/data/", $name, ".csv")),
            include_str!(concat!("../reference/mixed_models/", $name, ".json")),
        )),*]
    };
}

/// Name, patients and fitted models of each data set.
pub const DATA_SETS: [(&str, &str, &str); 5] = data_sets![
    "therapists_crossed_n160",
    "therapists_crossed_uneven_n152",
    "therapists_nested_n160",
    "therapists_nested_uneven_n137",
    "therapists_nested_no_variance_n160"
];

/// Arms, therapists, baseline and outcome of each patient.
pub struct Trial {
    pub arms: Vec<u8>,
    pub therapists: Vec<u32>,
    pub columns: [Vec<f64>; 2],
}

pub fn read(text: &str) -> Trial {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|&field| field == name).unwrap();
    let mut trial = Trial { arms: Vec::new(), therapists: Vec::new(), columns: [Vec::new(), Vec::new()] };
    for line in lines {
        let fields: Vec<&str> = line.split(',').collect();
        let level = |name: &str, second: &str| u8::from(fields[column(name)] == second);
        trial.arms.push(2 * level("alliance", "enhanced") + level("ifc", "active"));
        trial.therapists.push(fields[column("therapist")][1..].parse().unwrap());
        for (values, name) in trial.columns.iter_mut().zip(["baseline", "outcome"]) {
            values.push(fields[column(name)].parse().unwrap());
        }
    }
    trial
}

/// What an analysis with these settings and covariates says; the baseline is variable 0, the outcome 1.
pub fn fit(trial: &Trial, method: &str, context: Context) -> Fits {
    let estimator = (registry::find(method).unwrap().build)(&Context { outcome: 1, ..context });
    let column = |variable: usize| trial.columns[variable].as_slice();
    let mut complete = Complete::new(trial.arms.len());
    let recorded = Recorded { variables: vec![0, 1], ..Recorded::default() };
    complete.list(&trial.arms, &recorded, &column);
    let patients = Patients {
        complete: &complete,
        therapists: &trial.therapists,
        blocks: &[],
        draws: (1, 0),
        column: &column,
    };
    let mut fits = Fits::new(ESTIMANDS.len());
    if let Err(failure) = estimator.worker().unwrap().fit(&patients, &mut fits) {
        fits.mark_failed(failure);
    }
    fits
}
