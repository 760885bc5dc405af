//! Which engine, as people say it.

use crate::engine::EngineChoice;
use clap::ValueEnum;

/// How to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    /// Statistics where that is exact, else patients
    Auto,
    /// Every patient of every trial
    Patients,
    /// Sufficient statistics only
    Statistics,
}

impl Engine {
    /// As the library says it.
    pub fn choice(self) -> EngineChoice {
        match self {
            Engine::Auto => EngineChoice::Auto,
            Engine::Patients => EngineChoice::Patients,
            Engine::Statistics => EngineChoice::Statistics,
        }
    }

    /// The option, unless it is the usual one.
    pub fn word(self) -> Option<String> {
        let value = self.to_possible_value().filter(|_| self != Engine::Auto)?;
        Some(format!("--engine {}", value.get_name()))
    }
}
