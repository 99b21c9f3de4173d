//! What every deck does while it runs: tell where it is, run COMMAND, wait for the end.

use std::{
    fs,
    sync::{Arc, Mutex},
};

use super::{
    arguments::{Administration, Companion, Listening},
    companion::{self, Surroundings},
    exit::Exit,
    print,
};
use crate::{
    error::{Error, Kind, Result},
    exchange::Handler,
    net::{self, Server, ServerOptions},
};

/// Tells where a running deck is, and returns when it is to stop: COMMAND has ended, or a signal came.
///
/// The base URL is the first line of stdout; with COMMAND, stdout is COMMAND's, and the URL goes to
/// stderr. Gives how COMMAND ended.
pub(super) fn attend(
    listening: &Listening,
    companion: &Companion,
    url: &str,
    token: Option<String>,
) -> Result<Exit> {
    let signals = net::stop_signals()?;
    if let Some(path) = &listening.port_file {
        let port = url.rsplit(':').next().unwrap_or_default();
        fs::write(path, port).map_err(|cause| {
            Error::new(Kind::Environment, format!("failed to write `{}`", path.display()))
                .because(cause)
        })?;
    }
    if companion.command.is_empty() {
        print::line(url);
        // It ends with a signal; a closed channel means that none can come any more.
        let _ = signals.recv();
        return Ok(Exit::Held);
    }
    print::note(format_args!("jobdeck: listening on {url}"));
    let surroundings =
        Surroundings { url: url.to_owned(), token, as_http_proxy: companion.as_http_proxy };
    companion::run(&companion.command, &surroundings, signals)
}

/// The code of the whole: COMMAND's if it failed, else the deck's own.
pub(super) fn joined(command: Exit, own: Exit) -> Exit {
    if command == Exit::Held { own } else { command }
}

/// How a server listens that answers by itself.
pub(super) fn options(listening: &Listening) -> ServerOptions {
    ServerOptions {
        listen: listening.listen,
        host_aliases: listening.host_alias.clone(),
        ..ServerOptions::default()
    }
}

/// Starts the admin listener, if one is asked for, and tells where it is.
pub(super) fn admin(at: &Administration, handler: impl Handler) -> Result<Option<Server>> {
    let Some(address) = at.admin else { return Ok(None) };
    let options = ServerOptions { listen: Some(address), ..ServerOptions::default() };
    let server = Server::start(Arc::new(Mutex::new(handler)), options)?;
    print::note(format_args!("jobdeck: admin on {}", server.url()));
    Ok(Some(server))
}
