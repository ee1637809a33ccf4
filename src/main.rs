//! The `lastlook` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    lastlook::cli::main()
}
