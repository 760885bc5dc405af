//! `trialliance init`: a scenario to start from, by itself or from a published claim.

use super::files::Files;
use super::listing::Listing;
use super::output::{Output, print};
use super::terminal::say;
use crate::error::{Error, ErrorKind, Result};
use crate::planning::claim::{self, WorkedOut};
use crate::report::{claim_json, claim_text};
use crate::scenario::{self, template};
use clap::Args;
use std::path::PathBuf;

/// The words of the command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trialliance init my-trial -o my.json\n  \
    trialliance init grant --from f=0.27,n=52,power=0.80 -o grant.json\n  \
    trialliance init grant --from d=0.5,of=alliance,sd=20,unit=mm,better=lower,n=128,power=80%\n  \
    trialliance init paper --from eta2=0.07,of=interaction,n_per_arm=20,r=0.5,adjusted=yes\n  \
    trialliance init paper --from 'SL=10.3 (6.6 to 12.7) n=29' --from 'AL=18.3 (14.3 to 20.3) n=30' \\\n      \
    --from 'SE=22.2 (18.9 to 25.0) n=29' --from 'AE=31.4 (27.2 to 33.3) n=29' --from unit=mm\n\n\
    A claim is WORD=VALUE with commas between, or --from repeated. The effect, one of:\n  \
    d            difference in SDs; of the interaction the difference of differences in SDs\n  \
    f, f2        Cohen's f or its square\n  \
    eta2         partial η²; eta_squared is taken for partial\n  \
    SL AL SE AE  means of the arms (Sham or Active, Limited or Enhanced) with interval, SD or SE:\n               \
    31.0 (28.0 to 34.0), 31.0 (90% CI 28.5 to 33.5), 31.0 (SD 8.1), 31.0 (SE 1.5)\n\
    What is known of it:\n  \
    of           alliance, ifc, interaction, joint, alliance_at_sham, …; any difference: any;\n               \
    group × time: time\n  \
    sd           SD of the outcome within arms; or residual_sd, what its baseline leaves of it\n  \
    n            patients in all; or n_per_arm\n  \
    power        0.80 or 80%; alpha, two-sided, 0.05 if not stated\n  \
    r            correlation of outcome and baseline within arms\n  \
    adjusted     yes or no: whether the analysis is adjusted for the baseline\n  \
    outcome      its name; unit; better=lower or higher\n\
    What is left out is left open: each reading is shown, with the power that follows.")]
pub(super) struct Arguments {
    /// The name of the scenario
    #[arg(default_value = "my-trial")]
    name: String,
    /// What a paper or a grant states, as in f=0.27,n=52,power=0.80: a scenario of it, and what follows
    #[arg(long, value_name = "CLAIM")]
    from: Vec<String>,
    /// Where to write it; standard output by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the file if there is one
    #[arg(long)]
    force: bool,
    /// How to tell what follows from a claim: on standard error, or with the scenario as JSON on standard output
    #[arg(short, long, value_enum, default_value_t = Listing::Text, requires = "from")]
    format: Listing,
    /// Do not tell on standard error what follows from the claim
    #[arg(short, long, requires = "from")]
    quiet: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let template = template::starting_scenario(&arguments.name);
    // The template is valid; only the name can be wrong.
    scenario::read(&template, &arguments.name, &[]).map_err(|error| {
        let allowed = error.problems.into_iter().next().map_or_else(String::new, |problem| problem.allowed);
        Error::new(ErrorKind::Usage, format!("this is no name for a scenario: {allowed}"))
            .about(&arguments.name)
    })?;
    let worked = match arguments.from.as_slice() {
        [] => None,
        parts => Some(claim::work_out(claim::read(parts)?, &arguments.name)?),
    };
    if let Some(file) = arguments.output.as_ref().filter(|file| file.is_file() && !arguments.force) {
        return Err(Error::new(ErrorKind::Output, "the file exists already")
            .about(file.display().to_string())
            .help("write to another file, or replace this one with --force"));
    }
    match &worked {
        None => Output::new(&Files::default(), "--output", arguments.output.as_deref())?.write(&template),
        Some(worked) => arguments.tell(worked),
    }
}

impl Arguments {
    /// The scenario to its place, and what follows from the claim beside it.
    fn tell(&self, worked: &WorkedOut) -> Result<()> {
        let as_data = self.format == Listing::Json;
        let file = self.output.as_deref().filter(|file| file.as_os_str() != "-");
        // The JSON on standard output has the scenario in it.
        if !as_data || file.is_some() {
            Output::new(&Files::default(), "--output", file)?.write(&worked.text)?;
        }
        if as_data {
            return print(&format!("{:#}\n", claim_json(worked)));
        }
        if !self.quiet {
            say(&claim_text(worked));
        }
        Ok(())
    }
}
