//! **trialliance** simulates 2×2 trials of context and treatment: how the therapist
//! relates to the patient (alliance: limited or enhanced) crossed with what is given
//! (interferential current: sham or active). It analyses each virtual trial as a
//! statistician would, and tells how often each conclusion would be reached, how
//! large the effects come out and how wrong they can be.
//!
//! ```text
//! scenario → cohort → assignment → response → observation → analysis → decision → summary → report
//!  (JSON)    who       which arm    what would   what is     estimate,   which      over all   for people
//!            they are               happen       recorded    variance    claims     replicates and scripts
//! ```
//!
//! Each word is a module, and nothing reaches back. [`engine`] drives the loop,
//! [`random`] names the streams of random numbers, [`stats`] is mathematics without
//! trials. [`data`] brings the data of a real trial to the same analyses, and [`calibration`]
//! makes a scenario of them.
//!
//! ```
//! use trialliance::{engine, scenario};
//!
//! let embedded = scenario::library::find("aberson-2x2").ok_or("no such scenario")?;
//! let scenario = scenario::read(embedded.text, embedded.name, &[])?;
//! let options = engine::RunOptions { replicates: 2_000, ..Default::default() };
//! let result = engine::run(&scenario, &options, &mut |_| {})?;
//! let first = &result.results[0];
//! // The textbook's power is 0.8975; simulated and exact stand side by side.
//! assert!((first.exact_power.unwrap_or(0.0) - 0.8975).abs() < 1e-4);
//! assert!((first.power.value.unwrap_or(0.0) - 0.8975).abs() < 0.04);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The library never reads a clock, a file or a terminal, and uses threads only with
//! the default feature `program`; without it, it compiles for WebAssembly. It is not
//! a general simulation framework: what it can and cannot do stands in the README.

pub mod analysis;
pub mod assignment;
pub mod calibration;
#[cfg(feature = "program")]
pub mod cli;
pub mod cohort;
pub mod data;
pub mod decision;
pub mod engine;
pub mod error;
pub mod estimand;
pub mod observation;
pub mod planning;
pub mod random;
pub mod report;
pub mod response;
pub mod result;
pub mod scenario;
pub mod stats;
pub mod summary;
mod vector;
