//! The `huiliu` command.

use std::process::ExitCode;

/// Merging and sealing take and give back many small pieces; with the system's allocator that was a quarter of the desk's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    huiliu::cli::main()
}
