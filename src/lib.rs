//! trialliance simulates 2×2 trials of context and treatment.

pub mod analysis;
pub mod error;
pub mod estimand;
pub mod result;
pub mod scenario;
pub mod stats;
