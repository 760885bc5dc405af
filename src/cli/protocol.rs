//! `trialliance protocol`: text for a protocol.

use super::files::Files;
use super::numbers::{count, share};
use super::question::{Answered, Asked, Common, require_words};
use crate::error::Result;
use crate::planning::{Gate, ProtocolRequest, not_met, protocol};
use crate::report::{Answer, Extras, ProtocolText};
use clap::Args;

/// Replicates unless the words say otherwise.
const REPLICATES: u64 = 20_000;

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance protocol fuentes-2014-realistic-noise --n 240\n  \
    trialliance protocol my.json --checklist --ademp --format markdown --output sample-size.md --figure power.svg")]
pub(super) struct Arguments {
    /// The name of an embedded scenario, a file, or - for standard input
    scenario: String,
    #[command(flatten)]
    common: Common,
    /// Patients in all, keeping the ratio of the arms
    #[arg(long, value_name = "TOTAL", value_parser = count, allow_negative_numbers = true)]
    n: Option<u64>,
    /// The power that the trial is to have
    #[arg(long, value_name = "PROBABILITY", value_parser = share, default_value_t = 0.8, allow_negative_numbers = true)]
    power: f64,
    /// Also say which paragraph answers which item of DELTA2 and of SPIRIT and CONSORT for factorial trials
    #[arg(long)]
    checklist: bool,
    /// Also describe the simulation: aims, data, estimands, methods, performance
    #[arg(long)]
    ademp: bool,
    /// End with exit code 7 unless this is reached, as in 'alliance>=0.8', 'ifc:coverage>=0.94' or 'all>=0.8'
    /// (can be repeated)
    #[arg(long, value_name = "GATE")]
    require: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let asked = Asked {
        command: "protocol",
        files: &Files::default(),
        scenario: &arguments.scenario,
        words: arguments.words(),
        n: arguments.n,
        replicates: |_, _| REPLICATES,
    };
    let extras = Extras { checklist: arguments.checklist, ademp: arguments.ademp };
    arguments.common.answer(&asked, &|variants, options, progress| {
        let request = ProtocolRequest { power: arguments.power };
        let scenario = variants.scenario;
        let gates = Gate::parse_all(scenario, &arguments.require)?;
        let protocol = protocol(variants, &request, options, progress)?;
        let not_met = not_met(&gates, |gate| gate.in_run(scenario, &protocol.run, options, progress))?;
        Ok(Answered { answer: Answer::Protocol(ProtocolText { protocol, extras }), not_met })
    })
}

impl Arguments {
    fn words(&self) -> Vec<String> {
        let mut words = vec![format!("--power {}", self.power)];
        words.extend(self.checklist.then(|| "--checklist".to_owned()));
        words.extend(self.ademp.then(|| "--ademp".to_owned()));
        words.extend(require_words(&self.require));
        words
    }
}
