//! trialliance simulates 2×2 trials of context and treatment.

pub mod stats;
