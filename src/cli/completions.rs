//! `trialliance completions`: for the shell's Tab key.

use super::output::print;
use crate::error::Result;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// The words of the command.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The shell
    shell: Shell,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::Arguments::command(), "trialliance", &mut script);
    print(&String::from_utf8_lossy(&script))
}
