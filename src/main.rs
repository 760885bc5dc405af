//! The program: parse → load → work → write → exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    trialliance::cli::main()
}
