//! What every deck does while it runs: tell where it is, run COMMAND, wait for the end.

use std::{
    ffi::OsString,
    fs,
    path::Path,
    sync::{Arc, Mutex, mpsc::Receiver},
};

use super::{
    arguments::{Administration, Listening},
    companion::{self, Surroundings},
    exit::Exit,
    identity::Identity,
    print,
};
use crate::{
    error::{Error, Kind, Result},
    exchange::Handler,
    net::{Server, ServerOptions, Signal},
    weather::{Tally, Weather},
};

/// Tells where a running deck is, and returns when it is to stop: COMMAND has ended, or a signal came.
///
/// The base URL is the first line of stdout; with COMMAND, stdout is COMMAND's, and the URL goes to
/// stderr. Gives how COMMAND ended.
///
/// `signals` have to be caught before the deck takes connections, so that none ends it unsealed.
pub(super) fn attend(
    listening: &Listening,
    command: &[OsString],
    signals: Receiver<Signal>,
    surroundings: &Surroundings,
) -> Result<Exit> {
    let url = &surroundings.url;
    if let Some(path) = &listening.port_file {
        write_whole(path, url.rsplit(':').next().unwrap_or_default())?;
    }
    if command.is_empty() {
        print::line(url)?;
        // It ends with a signal; a closed channel means that none can come any more.
        let _ = signals.recv();
        return Ok(Exit::Held);
    }
    print::note(format_args!("jobdeck: listening on {url}"));
    companion::run(command, surroundings, signals)
}

/// Writes a file that others wait for: it is there with all its contents, or not at all.
fn write_whole(path: &Path, text: &str) -> Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    fs::write(&beside, text).and_then(|()| fs::rename(&beside, path)).map_err(|cause| {
        Error::new(Kind::Environment, format!("failed to write `{}`", path.display()))
            .because(cause)
    })
}

/// The code of the whole: COMMAND's if it failed, else the deck's own.
pub(super) fn joined(command: Exit, own: Exit) -> Exit {
    if command == Exit::Held { own } else { command }
}

/// The script of the weather, if one is given.
pub(super) fn weather(listening: &Listening) -> Result<Option<Weather>> {
    let Some(path) = &listening.weather else { return Ok(None) };
    let failed =
        || Error::new(Kind::Usage, format!("failed to read the weather `{}`", path.display()));
    let text = fs::read_to_string(path).map_err(|cause| failed().because(cause))?;
    Weather::parse(&text).map(Some).map_err(|cause| failed().because(cause))
}

/// How a server listens that answers by itself.
pub(super) fn options(listening: &Listening, identity: &Identity) -> Result<ServerOptions> {
    Ok(ServerOptions {
        listen: listening.listen,
        host_aliases: listening.host_alias.clone(),
        certificate: identity.certificate.clone(),
        weather: weather(listening)?,
        limits: listening.limits.of_listener(),
        ..ServerOptions::default()
    })
}

/// Tells at the end what weather there was.
pub(super) fn tell_weather(tally: Option<&Tally>) {
    if let Some(struck) = tally.map(Tally::to_string).filter(|struck| !struck.is_empty()) {
        print::note(format_args!("jobdeck: struck by weather: {struck}"));
    }
}

/// Starts the admin listener, if one is asked for, and tells where it is.
pub(super) fn admin(at: &Administration, handler: impl Handler) -> Result<Option<Server>> {
    let Some(address) = at.admin else { return Ok(None) };
    let options =
        ServerOptions { listen: Some(address), own_page: true, ..ServerOptions::default() };
    let server = Server::start(Arc::new(Mutex::new(handler)), options)?;
    print::note(format_args!("jobdeck: admin on {}", server.url()));
    Ok(Some(server))
}
