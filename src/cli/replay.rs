//! `jobdeck replay`: a cassette on a port, and a receipt at the end.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
};

use super::{
    arguments::{Companion, Deck, OnMiss, Polls, Replay, Sessions, Transients},
    attend::{admin, attend, joined, options, tell_weather},
    companion::Surroundings,
    exit::Exit,
    identity::Identity,
    print,
    serve::ANY_TOKEN,
};
use crate::{
    admin::Admin,
    cassette::{self, Cassette},
    error::{Error, Kind, Result},
    exchange::{Handler, Reply, Request},
    net::{self, Server, Signal},
    replay::{self, Options, Receipt, Recording, Replayer, Verdict},
    serve::{self, Seed, Workspace},
    weather::Weather,
};

pub(super) fn run(arguments: &Replay) -> Result<Exit> {
    let signals = net::stop_signals()?;
    let replayer = replayer(arguments)?;
    if let Some(path) = &arguments.receipt {
        // Better now than after hours of tests.
        File::options()
            .create(true)
            .append(true)
            .open(path)
            .map_err(|cause| unwritable(path).because(cause))?;
    }
    let Played { command, receipt } = play(replayer, signals, &arguments.deck)?;
    if let Some(path) = &arguments.receipt {
        let text = serde_json::to_string_pretty(&receipt)
            .map_err(|cause| unwritable(path).because(cause))?;
        fs::write(path, text + "\n").map_err(|cause| unwritable(path).because(cause))?;
    }
    Ok(joined(command?, exit(&receipt, arguments.strict)))
}

/// A folder lies with its cassettes side by side, files one on the other.
fn replayer(arguments: &Replay) -> Result<Replayer> {
    let (is_folder, cassettes) = cassettes(&arguments.cassettes)?;
    let seeds = (arguments.on_miss == OnMiss::Workspace).then(|| seeds(is_folder, &cassettes));
    let recordings =
        cassettes.into_iter().map(|(name, cassette)| Recording::from(cassette).named(name));
    let replayer = if is_folder {
        Replayer::side_by_side(recordings, how(arguments))
    } else {
        Replayer::stacked(recordings, how(arguments))
    };
    Ok(match seeds {
        Some(seeds) => replayer.with_fallback(move |place, now_us| {
            let mut workspace = Workspace::new(serve::Options::default());
            workspace.adopt(seeds.get(place).cloned().unwrap_or_default(), now_us);
            workspace
        }),
        None => replayer,
    })
}

/// What workspaces are to know that stand in for cassettes: for each of a folder, or for all of them together.
fn seeds(is_folder: bool, cassettes: &[(String, Cassette)]) -> Vec<Seed> {
    let parts = if is_folder { cassettes.chunks(1) } else { cassettes.chunks(cassettes.len()) };
    let together =
        |part: &[(String, Cassette)]| Seed::of(part.iter().flat_map(|(_, one)| &one.exchanges));
    parts.map(together).collect()
}

/// The cassettes with their names, and whether they are those of a folder.
fn cassettes(paths: &[PathBuf]) -> Result<(bool, Vec<(String, Cassette)>)> {
    if let [folder] = paths
        && folder.is_dir()
    {
        return Ok((true, cassette::load_folder(folder)?));
    }
    if let Some(folder) = paths.iter().find(|path| path.is_dir()) {
        let doing = format!("failed to replay the folder `{}`", folder.display());
        return Err(Error::new(Kind::Usage, doing)
            .because("there are other cassettes beside it")
            .hint("give one folder alone, or files"));
    }
    let named = paths.iter().map(|path| Ok((path.display().to_string(), Cassette::load(path)?)));
    Ok((false, named.collect::<Result<_>>()?))
}

/// Answers from a cassette in place of the workspace that it was recorded from.
pub(super) fn instead(cassette: Cassette, signals: Receiver<Signal>, deck: &Deck) -> Result<Exit> {
    let options = Options { transients: transients(&deck.companion), ..Options::default() };
    let replayer = Replayer::new(cassette, options);
    let Played { command, receipt } = play(replayer, signals, deck)?;
    Ok(joined(command?, exit(&receipt, false)))
}

/// How a replay ended.
struct Played {
    command: Result<Exit>,
    receipt: Receipt,
}

/// Serves a replayer until COMMAND or a signal ends it, and tells its receipt.
fn play(replayer: Replayer, signals: Receiver<Signal>, deck: &Deck) -> Result<Played> {
    let identity = Identity::of(&deck.listening)?;
    for warning in replayer.warnings() {
        print::note(format_args!("warning: {warning}"));
    }
    let replayer = Arc::new(Mutex::new(replayer));
    let options = options(&deck.listening, &identity)?;
    let weather = options.weather.as_ref().map(Weather::tally);
    let handler = Admin::new(Arc::clone(&replayer)).with(weather.clone());
    let admin = admin(&deck.administration, handler)?;
    let (telling, notes) = Telling::new(Arc::clone(&replayer));
    let telling = Arc::new(Mutex::new(telling));
    let server = Server::start(telling, options)?;
    let surroundings = Surroundings {
        url: server.url(),
        admin: admin.as_ref().map(Server::url),
        token: Some(ANY_TOKEN.to_owned()),
        authority: identity.authority().map(Path::to_owned),
        as_http_proxy: deck.companion.as_http_proxy,
        hidden: None,
    };
    let command = attend(&deck.listening, &deck.companion.command, signals, &surroundings);
    server.stop();
    if let Some(admin) = admin {
        admin.stop();
    }

    tell_weather(weather.as_deref());
    // The server is gone, and with it the last that could send a note.
    let _ = notes.join();
    let receipt = locked(&replayer).receipt();
    print::note(&receipt);
    Ok(Played { command, receipt })
}

fn exit(receipt: &Receipt, strict: bool) -> Exit {
    match receipt.verdict(strict) {
        Verdict::Clean => Exit::Held,
        Verdict::Failed => Exit::Found,
    }
}

fn unwritable(path: &Path) -> Error {
    Error::new(Kind::Environment, format!("failed to write the receipt to `{}`", path.display()))
        .hint("name a file in a folder that is there and may be written to with --receipt")
}

/// A replayer whose notes reach the terminal at once: a client that waits for ever should not be the first
/// to notice. A thread of their own writes them, so that a terminal that stands still holds up nobody.
struct Telling {
    replayer: Arc<Mutex<Replayer>>,
    notes: Sender<String>,
}

impl Telling {
    /// Gives the thread as well, which ends when all notes are written.
    fn new(replayer: Arc<Mutex<Replayer>>) -> (Self, JoinHandle<()>) {
        let (notes, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            for note in told {
                print::note(format_args!("note: {note}"));
            }
        });
        (Self { replayer, notes }, thread)
    }
}

impl Handler for Telling {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        let (reply, notes) = {
            let mut replayer = locked(&self.replayer);
            (replayer.answer(request, now_us), replayer.take_notes())
        };
        for note in notes {
            // It reads until this end is dropped.
            let _ = self.notes.send(note);
        }
        reply
    }
}

fn locked(replayer: &Mutex<Replayer>) -> MutexGuard<'_, Replayer> {
    // A panic is told by the server; the positions of other questions still hold.
    replayer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// With COMMAND a test runs, and it shall not wait for what the recorded client survived.
pub(super) fn transients(companion: &Companion) -> replay::Transients {
    if companion.command.is_empty() { replay::Transients::Keep } else { replay::Transients::Skip }
}

fn how(arguments: &Replay) -> Options {
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
        transients: match arguments.transients {
            None => transients(&arguments.deck.companion),
            Some(Transients::Keep) => replay::Transients::Keep,
            Some(Transients::Skip) => replay::Transients::Skip,
        },
        volatile: arguments.volatile.clone(),
        ignore_query: arguments.ignore_query.clone(),
        latency: arguments.latency,
        shift_times: arguments.shift_times.is_some(),
        miss_status: arguments.miss_status,
        max_repeats: arguments.max_repeats,
    }
}
