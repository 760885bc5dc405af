//! trialliance simulates 2×2 trials of context and treatment.

pub mod analysis;
pub mod assignment;
pub mod cohort;
pub mod decision;
pub mod engine;
pub mod error;
pub mod estimand;
pub mod observation;
pub mod random;
pub mod response;
pub mod result;
pub mod scenario;
pub mod stats;
pub mod summary;
mod vector;
