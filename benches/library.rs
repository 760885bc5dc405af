//! Trials per second of every library scenario, and what each stage costs per patient.
//!
//! Run with `cargo bench --bench library`. One thread, the engine of patients.
//!
//! **Columns.** `trials/s` and `ns/patient`: a whole trial with its analyses and sums. `cohort`,
//! `response`, `observation`: nanoseconds per patient of drawing patients before treatment, of
//! what would happen to them, and of what is recorded, each stage alone on the same columns; the
//! rest of a trial is analysis and summary, and assignment where chance decides it. Scenarios of
//! plain normal variables take a shorter way than their stages. `draw`: nanoseconds of one normal
//! number per patient, drawn as all stages draw them: the floor.
//!
//! **Method.** The least of several rounds counts: what else the machine does can only make a time
//! longer. The cost of a trial is the time of many replicates less that of a quarter of them.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;
use trialliance::assignment::Layout;
use trialliance::cohort::{CohortModel, DrawBuffers, SourceDraws};
use trialliance::engine::{self, EngineChoice, RunOptions};
use trialliance::observation::{Before, ObservationModel, Purpose};
use trialliance::response::ResponseModel;
use trialliance::scenario::{self, Scenario, library, resolve};

/// Rounds, of which the quickest counts.
const ROUNDS: u32 = 7;

/// Replicates of one measurement of a stage.
const TRIALS: u64 = 300;

fn main() -> Result<(), Box<dyn Error>> {
    println!("draw {:.1} ns\n", draw());
    println!(
        "{:30} {:>8} {:>10} {:>11} {:>8} {:>9} {:>12}",
        "scenario", "patients", "trials/s", "ns/patient", "cohort", "response", "observation"
    );
    for found in library::all() {
        let scenario = scenario::read(found.text, found.name, &[])?;
        let patients: u64 = resolve::arm_sizes(&scenario).iter().sum();
        let trial = whole(&scenario)?;
        let [cohort, response, observation] = stages(&scenario).ok_or("a scenario without stages")?;
        println!(
            "{:30} {patients:>8} {:>10.0} {:>11.1} {cohort:>8.1} {response:>9.1} {observation:>12.1}",
            found.name,
            1e9 / trial,
            trial / patients as f64,
        );
    }
    Ok(())
}

/// The least nanoseconds of several rounds.
fn quickest(mut work: impl FnMut()) -> f64 {
    let time = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64() * 1e9
    };
    (0..ROUNDS).map(time).fold(f64::INFINITY, f64::min)
}

/// One normal number for each of 200 patients.
fn draw() -> f64 {
    let layout = Layout::new([50; 4]);
    let (draws, mut buffers, mut column) =
        (SourceDraws::new(1, "floor"), DrawBuffers::new(&layout), vec![0.0; 200]);
    let all = quickest(|| {
        for replicate in 0..10 * TRIALS {
            draws.draw(replicate, &layout, &mut buffers, &mut column);
            black_box(&column);
        }
    });
    all / (10 * TRIALS * 200) as f64
}

/// Nanoseconds of a whole trial.
fn whole(scenario: &Scenario) -> Result<f64, Box<dyn Error>> {
    let run = |replicates: u64| {
        let options = RunOptions {
            replicates,
            engine: EngineChoice::Patients,
            threads: Some(1),
            ..RunOptions::default()
        };
        engine::run(scenario, &options, &mut |_| {})
    };
    run(1)?;
    let [few, many] = [1024, 4096].map(|replicates| quickest(|| _ = black_box(run(replicates))));
    Ok((many - few) / 3072.0)
}

/// Nanoseconds per patient of cohort, response and observation.
fn stages(scenario: &Scenario) -> Option<[f64; 3]> {
    let layout = Layout::new(resolve::arm_sizes(scenario));
    let patients = (TRIALS * layout.patients() as u64) as f64;
    let cohort = CohortModel::new(scenario, 1).ok()?;
    let therapists = scenario.design.therapists.as_ref().map_or(0, |stated| stated.n as usize);
    let response = ResponseModel::new(scenario, &cohort, therapists, 1)?;
    let observation = ObservationModel::new(scenario, &cohort, &response, 1);
    let (mut before, mut particular, mut recorded) =
        (cohort.room(&layout), response.room(&layout), observation.room(&layout));
    let mut arms = vec![0; layout.patients()];
    layout.write_arms(&mut arms);
    let of: Vec<u32> =
        (0..layout.patients()).map(|k| if therapists > 0 { (k % therapists) as u32 } else { 0 }).collect();
    let of = if therapists > 0 { of.as_slice() } else { &[] };
    let mut outcomes = vec![vec![0.0; layout.patients()]; response.outcomes.len()];
    let of_cohort = quickest(|| {
        (0..TRIALS).for_each(|replicate| cohort.draw(replicate, &layout, &mut before));
    });
    let of_response = quickest(|| {
        for replicate in 0..TRIALS {
            response.draw(replicate, &layout, of, &mut before, &mut particular);
            for (number, (outcome, values)) in response.outcomes.iter().zip(&mut outcomes).enumerate() {
                outcome.value(number, &arms, &before, &particular, values);
            }
        }
    });
    let earlier = Before { response: &response, cohort: &before, particular: &particular };
    let of_observation = quickest(|| {
        for replicate in 0..TRIALS {
            observation.draw(replicate, &layout, &mut recorded);
            observation.record(Purpose::Data, &arms, &earlier, &mut recorded, &mut outcomes);
        }
    });
    Some([of_cohort, of_response, of_observation].map(|time| time / patients))
}
