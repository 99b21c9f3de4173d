//! The command line: joins the verbs to files, terminals, signals and exit codes. The only place that
//! prints.

mod arguments;
mod attend;
mod cassette;
mod check;
mod companion;
mod completions;
mod contract;
mod databrickscfg;
mod demo;
mod episodes;
mod exit;
mod identity;
mod man;
mod print;
mod record;
mod replay;
mod serve;
mod teller;
mod token;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser as _;

use arguments::{Arguments, Verb};
use exit::Exit;

use crate::error::Error;

/// Runs the command that these arguments (with the program's name first) ask for.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors. A closed pipe is nobody's fault.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Held }.into();
        }
    };
    if arguments.verb.tells_as_json() {
        print::tell_as_json();
    }
    let done = match arguments.verb {
        Verb::Record(arguments) => record::run(&arguments),
        Verb::Replay(arguments) => replay::run(&arguments),
        Verb::Serve(arguments) => serve::run(&arguments),
        Verb::Check(arguments) => check::run(&arguments),
        Verb::Cassette(arguments) => cassette::run(&arguments),
        Verb::Contract(arguments) => contract::run(&arguments),
        Verb::Demo(arguments) => demo::run(&arguments),
        Verb::Completions { shell } => completions::run(shell),
        Verb::Man(arguments) => man::run(&arguments),
    };
    done.unwrap_or_else(|error| report(&error)).into()
}

fn report(error: &Error) -> Exit {
    print::error(error);
    error.kind().into()
}
