//! `jobdeck serve`: the reference workspace on a port.

use std::sync::{Arc, Mutex};

use super::{
    arguments::Serve,
    attend::{admin, attend, options},
    exit::Exit,
};
use crate::{
    admin::Admin,
    error::Result,
    net::{self, Server},
    serve::{Options, Phases, Workspace},
};

/// What COMMAND uses where any token will do.
pub(super) const ANY_TOKEN: &str = "jobdeck";

pub(super) fn run(arguments: &Serve) -> Result<Exit> {
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
    let token = arguments.token.clone().unwrap_or_else(|| ANY_TOKEN.into());
    let exit =
        attend(&arguments.listening, &arguments.companion, signals, &server.url(), Some(token));
    server.stop();
    if let Some(admin) = admin {
        admin.stop();
    }
    exit
}
