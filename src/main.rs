//! The `jobdeck` command.

fn main() -> std::process::ExitCode {
    jobdeck::cli::run(std::env::args_os())
}
