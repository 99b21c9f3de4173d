//! The `jobdeck` command.

/// What `record` keeps is made on one thread and freed on another, which costs the system's allocator dear.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    jobdeck::cli::run(std::env::args_os())
}
