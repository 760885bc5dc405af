//! What made an answer, so that anyone can make it again.

use crate::engine::RunOptions;
use crate::result::ScenarioIdentity;
use crate::scenario::Scenario;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What made an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Made {
    /// Which scenario, as it stands.
    pub scenario: ScenarioIdentity,
    /// The seed of all random streams.
    pub seed: u64,
    /// How many trials were simulated at each point.
    pub replicates: u64,
    /// The version of the program.
    pub version: String,
    /// Which engine simulated them: `patients` or `statistics`.
    pub engine: String,
    /// Why this engine: asked for, or what qualified or prevented `statistics`.
    pub engine_why: String,
}

impl Made {
    /// Of a scenario, simulated by this engine.
    #[must_use]
    pub fn new(scenario: &Scenario, options: &RunOptions, engine: &str, engine_why: &str) -> Self {
        Made {
            scenario: ScenarioIdentity::of(scenario),
            seed: options.seed,
            replicates: options.replicates,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            engine: engine.to_owned(),
            engine_why: engine_why.to_owned(),
        }
    }
}
