//! `jobdeck replay`: a cassette on a port, and a receipt at the end.

use std::{
    fs,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    arguments::{Polls, Replay, Sessions, Transients},
    attend::{admin, attend, joined, options},
    exit::Exit,
    print,
    serve::ANY_TOKEN,
};
use crate::{
    cassette::Cassette,
    error::{Error, Kind, Result},
    exchange::{Handler, Reply, Request},
    net::Server,
    replay::{self, Admin, Options, Replayer, Verdict},
};

pub(super) fn run(arguments: &Replay) -> Result<Exit> {
    let cassette = Cassette::load(&arguments.cassette)?;
    let replayer = Replayer::new(cassette, how(arguments));
    for warning in replayer.warnings() {
        print::note(format_args!("warning: {warning}"));
    }
    let replayer = Arc::new(Mutex::new(replayer));

    let admin = admin(&arguments.administration, Admin::new(Arc::clone(&replayer)))?;
    let told = Arc::new(Mutex::new(Telling(Arc::clone(&replayer))));
    let server = Server::start(told, options(&arguments.listening))?;
    let token = Some(ANY_TOKEN.to_owned());
    let command = attend(&arguments.listening, &arguments.companion, &server.url(), token);
    server.stop();
    if let Some(admin) = admin {
        admin.stop();
    }

    let receipt = locked(&replayer).receipt();
    print::note(&receipt);
    if let Some(path) = &arguments.receipt {
        let failed =
            || Error::new(Kind::Environment, format!("failed to write `{}`", path.display()));
        let text =
            serde_json::to_string_pretty(&receipt).map_err(|cause| failed().because(cause))?;
        fs::write(path, text + "\n").map_err(|cause| failed().because(cause))?;
    }
    let own = match receipt.verdict(arguments.strict) {
        Verdict::Clean => Exit::Held,
        Verdict::Failed => Exit::Found,
    };
    Ok(joined(command?, own))
}

/// A replayer whose notes reach the terminal at once: a client that waits for ever should not be the first
/// to notice.
struct Telling(Arc<Mutex<Replayer>>);

impl Handler for Telling {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        let (reply, notes) = {
            let mut replayer = locked(&self.0);
            (replayer.answer(request, now_us), replayer.take_notes())
        };
        for note in notes {
            print::note(format_args!("note: {note}"));
        }
        reply
    }
}

fn locked(replayer: &Mutex<Replayer>) -> MutexGuard<'_, Replayer> {
    // A panic is told by the server; the positions of other questions still hold.
    replayer.lock().unwrap_or_else(PoisonError::into_inner)
}

fn how(arguments: &Replay) -> Options {
    let transients = arguments.transients.unwrap_or(if arguments.companion.command.is_empty() {
        Transients::Keep
    } else {
        Transients::Skip
    });
    Options {
        strict: arguments.strict,
        polls: match arguments.polls {
            Polls::Recorded => replay::Polls::Recorded,
            Polls::ByState => replay::Polls::ByState,
        },
        sessions: match arguments.sessions {
            Sessions::Shared => replay::Sessions::Shared,
            Sessions::PerToken => replay::Sessions::PerToken,
        },
        transients: match transients {
            Transients::Keep => replay::Transients::Keep,
            Transients::Skip => replay::Transients::Skip,
        },
        volatile: arguments.volatile.clone(),
        ignore_query: arguments.ignore_query.clone(),
        latency: arguments.latency,
        miss_status: arguments.miss_status,
        max_repeats: arguments.max_repeats,
    }
}
