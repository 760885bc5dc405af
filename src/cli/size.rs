//! `trialliance size`: how many patients.

use super::engine::Engine;
use super::files::Files;
use super::numbers::{count, finite, share};
use super::question::{Asked, Common, hypothesis_words};
use crate::engine::qualifies_for_statistics;
use crate::error::Result;
use crate::planning::{Needs, Range, SizeOf, SizeRequest, Target, select, size};
use crate::report::Answer;
use crate::scenario::Scenario;
use clap::{Args, ValueEnum};

/// Replicates at each size unless the words say otherwise: where statistics are drawn, and where patients are.
const REPLICATES: [u64; 2] = [100_000, 20_000];

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance size sceptical --power 0.8 --estimand alliance\n  \
    trialliance size fuentes-2014-realistic-noise --estimand alliance --estimand ifc --needs all --figure size.svg\n  \
    trialliance size sceptical --half-width 4 --probability 0.9 --estimand alliance\n  \
    trialliance size therapist-clustered --of therapists --power 0.8 --estimand ifc\n  \
    trialliance size my.json --power 0.9 --dropout 0.1 --format markdown --output size.md")]
pub(super) struct Arguments {
    /// The name of an embedded scenario, a file, or - for standard input
    scenario: String,
    #[command(flatten)]
    common: Common,
    /// The power to be reached
    #[arg(long, value_name = "PROBABILITY", value_parser = share, default_value_t = 0.8, allow_negative_numbers = true)]
    power: f64,
    /// Which hypotheses, as [analysis/][outcome/]estimand (can be repeated) [default: the primary ones]
    #[arg(long, value_name = "HYPOTHESIS")]
    estimand: Vec<String>,
    /// Of which analysis, by its id [default: that of the first primary hypothesis]
    #[arg(long, value_name = "ID")]
    analysis: Option<String>,
    /// What of several hypotheses
    #[arg(long, value_enum, default_value_t = Needs::Each)]
    needs: Needs,
    /// In place of power: an interval of at most ± this, on the outcome's scale
    #[arg(long, value_name = "NUMBER", conflicts_with = "power", value_parser = finite, allow_negative_numbers = true)]
    half_width: Option<f64>,
    /// With --half-width: the probability of such an interval
    #[arg(long, value_name = "PROBABILITY", value_parser = share, default_value_t = 0.8, requires = "half_width", allow_negative_numbers = true)]
    probability: f64,
    /// Monte Carlo confidence of the answer
    #[arg(long, value_name = "PROBABILITY", value_parser = share, default_value_t = 0.99, allow_negative_numbers = true)]
    confidence: f64,
    /// What grows
    #[arg(long, value_enum, default_value_t = SizeOf::Total)]
    of: SizeOf,
    /// The smallest size to look at [default: found by a pilot]
    #[arg(long, value_name = "SIZE", value_parser = count, allow_negative_numbers = true)]
    from: Option<u64>,
    /// The largest size to look at [default: found by a pilot]
    #[arg(long, value_name = "SIZE", value_parser = count, allow_negative_numbers = true)]
    to: Option<u64>,
    /// The step [default: what keeps the ratio of the arms, at most about 50 sizes]
    #[arg(long, value_name = "SIZE", value_parser = count, allow_negative_numbers = true)]
    by: Option<u64>,
    /// Share of patients who will be lost, where the scenario loses nobody: how many to enrol
    #[arg(long, value_name = "SHARE", value_parser = share, allow_negative_numbers = true)]
    dropout: Option<f64>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let asked = Asked {
        command: "size",
        files: &Files::default(),
        scenario: &arguments.scenario,
        words: arguments.words(),
        n: None,
        replicates,
    };
    arguments.common.answer(&asked, &|variants, options, progress| {
        let request = SizeRequest {
            hypotheses: select(variants.scenario, &arguments.estimand, arguments.analysis.as_deref())?,
            needs: arguments.needs,
            target: match arguments.half_width {
                Some(most) => Target::HalfWidth { most, probability: arguments.probability },
                None => Target::Power(arguments.power),
            },
            confidence: arguments.confidence,
            size_of: arguments.of,
            range: Range { from: arguments.from, to: arguments.to, by: arguments.by },
            dropout: arguments.dropout,
        };
        Ok(Answer::Size(size(variants, &request, options, progress)?).into())
    })
}

fn replicates(scenario: &Scenario, engine: Engine) -> u64 {
    let statistics = engine != Engine::Patients && qualifies_for_statistics(scenario);
    REPLICATES[usize::from(!statistics)]
}

impl Arguments {
    fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        match self.half_width {
            Some(most) => words.push(format!("--half-width {most} --probability {}", self.probability)),
            None => words.push(format!("--power {}", self.power)),
        }
        words.extend(hypothesis_words(&self.estimand, self.analysis.as_deref()));
        if let Some(needs) = self.needs.to_possible_value().filter(|_| self.needs != Needs::Each) {
            words.push(format!("--needs {}", needs.get_name()));
        }
        words.extend((self.of != SizeOf::Total).then(|| format!("--of {}", self.of.name())));
        words.push(format!("--confidence {}", self.confidence));
        for (option, value) in [("--from", self.from), ("--to", self.to), ("--by", self.by)] {
            words.extend(value.map(|value| format!("{option} {value}")));
        }
        words.extend(self.dropout.map(|share| format!("--dropout {share}")));
        words
    }
}
