//! `jobdeck serve`: the reference workspace on a port.

use std::sync::{Arc, Mutex};

use super::{
    arguments::Serve,
    attend::{admin, attend, options},
    companion::Surroundings,
    exit::Exit,
};
use crate::{
    admin::Admin,
    error::{Error, Kind, Result},
    net::{self, Server},
    serve::{Clock, Options, Phases, Workspace},
};

/// What COMMAND uses where any token will do.
pub(super) const ANY_TOKEN: &str = "jobdeck";

pub(super) fn run(arguments: &Serve) -> Result<Exit> {
    if arguments.clock == Clock::Manual && arguments.administration.admin.is_none() {
        return Err(Error::new(Kind::Usage, "failed to start a workspace with a manual clock")
            .because("nothing could move it")
            .hint("add --admin 127.0.0.1:0, and send POST /advance there"));
    }
    let signals = net::stop_signals()?;
    let workspace = Arc::new(Mutex::new(Workspace::new(Options {
        token: arguments.token.clone(),
        clock: arguments.clock,
        phases: Phases {
            pending_ms: arguments.pending_ms,
            running_ms: arguments.running_ms,
            terminating_ms: arguments.terminating_ms,
        },
        ..Options::default()
    })));
    let admin = admin(&arguments.administration, Admin::new(Arc::clone(&workspace)))?;
    let server = Server::start(workspace, options(&arguments.listening))?;
    let surroundings = Surroundings {
        url: server.url(),
        token: Some(arguments.token.clone().unwrap_or_else(|| ANY_TOKEN.into())),
        as_http_proxy: arguments.companion.as_http_proxy,
        hidden: None,
    };
    let exit = attend(&arguments.listening, &arguments.companion.command, signals, &surroundings);
    server.stop();
    if let Some(admin) = admin {
        admin.stop();
    }
    exit
}
