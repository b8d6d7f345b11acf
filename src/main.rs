//! The `huiliu` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    huiliu::cli::main()
}
