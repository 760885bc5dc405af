//! What a trial statistician does with the data.
pub mod registry;
