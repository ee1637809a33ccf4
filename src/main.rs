//! The `lastlook` command.

use std::process::ExitCode;

#[cfg(feature = "mimalloc")]
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    lastlook::cli::main()
}
