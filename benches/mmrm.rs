//! Fits of `mmrm` per second on one thread, beside R.
//!
//! Run with `cargo bench --bench mmrm`; with `-- --with-r`, `Rscript benches/peer/gls_mmrm.R` takes turns
//! with it, and the table has the ratio to nlme's `gls` (corSymm with varIdent, corAR1, corCompSymm) and what
//! both say of the context.
//!
//! **Jobs.** 117 patients, four visits with dropout and visits missed in between, one covariate:
//! `tests/reference/data/longitudinal_dropout_n117.csv`. A fit begins with the patients' values and ends
//! with eight contrasts and their degrees of freedom; R's `gls` stops before these. Each covariance and
//! each way to degrees of freedom. `simulated`: whole trials of a scenario of as many patients and visits,
//! a fifth of whom leave.
//!
//! **Method.** The least time of several rounds counts: seconds by the clock here, of the processor in R.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;
use trialliance::analysis::registry::{self, Context, Settings};
use trialliance::analysis::{Complete, Fits, Patients, Recorded};
use trialliance::engine::{self, EngineChoice, RunOptions};
use trialliance::scenario::{self, CovariancePattern, DfMethod};

type Outcome<T> = Result<T, Box<dyn Error>>;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/data/longitudinal_dropout_n117.csv");
const PEER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peer/gls_mmrm.R");

const ROUNDS: u32 = 5;

/// Fits of one measurement.
const FITS: u32 = 500;

const COVARIANCES: [(CovariancePattern, &str); 3] = [
    (CovariancePattern::Unstructured, "unstructured"),
    (CovariancePattern::Ar1, "ar1"),
    (CovariancePattern::CompoundSymmetry, "compound-symmetry"),
];

const METHODS: [(DfMethod, &str); 2] =
    [(DfMethod::Satterthwaite, "satterthwaite"), (DfMethod::KenwardRoger, "kenward-roger")];

fn main() -> Outcome<()> {
    let with_r = std::env::args().any(|word| word == "--with-r");
    let trial = Trial::read()?;
    let mut seconds = [[f64::INFINITY; 2]; 3];
    let mut simulated = f64::INFINITY;
    let mut peer: HashMap<&str, [f64; 3]> = HashMap::new();
    for _ in 0..ROUNDS {
        for (row, (covariance, _)) in COVARIANCES.into_iter().enumerate() {
            for (column, (df, _)) in METHODS.into_iter().enumerate() {
                let best = &mut seconds[row][column];
                *best = best.min(trial.seconds_per_fit(covariance, df)?);
            }
        }
        simulated = simulated.min(seconds_per_trial()?);
        if with_r {
            let output = Command::new("Rscript").args([PEER, DATA]).output()?;
            let line: Value = serde_json::from_slice(&output.stdout)
                .map_err(|_| String::from_utf8_lossy(&output.stderr).into_owned())?;
            for (_, name) in COVARIANCES {
                let number = |key: &str| line[name][key].as_f64().ok_or("no number from R");
                let found = [number("seconds")?, number("estimate")?, number("se")?];
                let best = peer.entry(name).or_insert(found);
                best[0] = best[0].min(found[0]);
            }
        }
    }
    println!(
        "{:<18} {:<14} {:>8} {:>9} {:>9} {:>8}   estimate, SE of the context (R)",
        "covariance", "df", "us/fit", "fits/s", "R, s/fit", "x R"
    );
    for (row, (covariance, name)) in COVARIANCES.into_iter().enumerate() {
        for (column, (method, df)) in METHODS.into_iter().enumerate() {
            let took = seconds[row][column];
            let [estimate, se] = trial.context(covariance, method)?;
            let of_r = peer.get(name).map_or_else(String::new, |[of_r, estimate_of_r, se_of_r]| {
                let ratio = of_r / took;
                format!(
                    "{of_r:>9.3} {ratio:>8.0}   {estimate:.5}, {se:.5} ({estimate_of_r:.5}, {se_of_r:.5})"
                )
            });
            println!("{name:<18} {df:<14} {:>8.1} {:>9.0} {of_r}", took * 1e6, 1.0 / took);
        }
    }
    println!("{:<33} {:>8.1} {:>9.0}", "simulated, unstructured", simulated * 1e6, 1.0 / simulated);
    Ok(())
}

/// Arms, and the baseline and four visits of each patient.
struct Trial {
    arms: Vec<u8>,
    columns: Vec<Vec<f64>>,
}

impl Trial {
    fn read() -> Outcome<Self> {
        let text = std::fs::read_to_string(DATA)?;
        let mut trial = Trial { arms: Vec::new(), columns: vec![Vec::new(); 5] };
        let mut rows: HashMap<String, usize> = HashMap::new();
        // id,alliance,ifc,therapist,site,age,sex,baseline,visit,outcome
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let row = *rows.entry(fields[0].to_owned()).or_insert_with(|| {
                trial.arms.push(2 * u8::from(fields[1] == "enhanced") + u8::from(fields[2] == "active"));
                trial.columns.iter_mut().for_each(|column| column.push(f64::NAN));
                trial.arms.len() - 1
            });
            let visit: usize = fields[8].parse()?;
            trial.columns[visit][row] = fields[9].parse().unwrap_or(f64::NAN);
        }
        Ok(trial)
    }

    /// Seconds of a fit.
    fn seconds_per_fit(&self, covariance: CovariancePattern, df: DfMethod) -> Outcome<f64> {
        let start = Instant::now();
        self.fit(covariance, df, FITS)?;
        Ok(start.elapsed().as_secs_f64() / f64::from(FITS))
    }

    /// Estimate and standard error of the context's main effect. Kenward and Roger's standard error is larger
    /// than that of R.
    fn context(&self, covariance: CovariancePattern, df: DfMethod) -> Outcome<[f64; 2]> {
        let fits = self.fit(covariance, df, 1)?;
        Ok([fits.estimate[0][0], fits.variance[0][0].sqrt()])
    }

    /// The same fit so often.
    fn fit(&self, covariance: CovariancePattern, df: DfMethod, times: u32) -> Outcome<Fits> {
        let context = Context {
            outcome: 4,
            covariates: vec![0],
            visits: vec![1, 2, 3],
            settings: Settings { df, covariance, ..Settings::default() },
            ..Context::default()
        };
        let estimator = (registry::find("mmrm").ok_or("no mmrm")?.build)(&context);
        let mut worker = estimator.worker().ok_or("no worker")?;
        let column = |variable: usize| self.columns[variable].as_slice();
        let mut complete = Complete::new(self.arms.len());
        let recorded = Recorded { variables: vec![0], any_of: vec![1, 2, 3, 4], ..Recorded::default() };
        complete.list(&self.arms, &recorded, &column);
        let patients =
            Patients { complete: &complete, therapists: &[], blocks: &[], draws: (1, 0), column: &column };
        let mut fits = Fits::new(8);
        for _ in 0..times {
            fits.start();
            worker.fit(black_box(&patients), &mut fits).map_err(|failure| failure.meaning())?;
        }
        Ok(fits)
    }
}

/// A whole trial of 117 patients, of whom a fifth leave.
fn seconds_per_trial() -> Outcome<f64> {
    let text = json!({
        "schema": "trialliance.scenario/1", "name": "mmrm",
        "design": {"n_per_arm": {"SL": 30, "AL": 29, "SE": 29, "AE": 29}},
        "response": {
            "outcomes": {"pain": {"better": "lower", "control_mean": 50, "sd": 18,
                                  "effects": {"alliance": 4, "ifc": 5, "interaction": 0},
                                  "baseline": {"mean": 50, "sd": 18, "correlation": 0.5}}},
            "visits": {"last_week": 12, "correlation": 0.6,
                       "earlier": [{"id": "a", "week": 3}, {"id": "b", "week": 6}, {"id": "c", "week": 9}]}},
        "observation": {"missing": [{"rate": 0.2, "dropout": true}]},
        "analyses": [{"method": "mmrm", "outcome": "pain"}],
    })
    .to_string();
    let scenario = scenario::read(&text, "mmrm", &[])?;
    let time = |replicates: u64| -> Outcome<f64> {
        let options = RunOptions {
            replicates,
            engine: EngineChoice::Patients,
            threads: Some(1),
            ..RunOptions::default()
        };
        let start = Instant::now();
        black_box(engine::run(&scenario, &options, &mut |_| {})?);
        Ok(start.elapsed().as_secs_f64())
    };
    Ok((time(1024)? - time(256)?) / 768.0)
}
