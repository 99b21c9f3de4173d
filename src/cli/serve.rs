//! `jobdeck serve`: the reference workspace on a port.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::json;

use super::{
    arguments::{ListFormat, Serve},
    attend::{self, admin, attend, tell_weather},
    companion::Surroundings,
    exit::Exit,
    identity::Identity,
    print,
};
use crate::{
    admin::{Admin, Desk},
    error::{Error, Kind, Result},
    exchange::Handler,
    net::{self, Server, ServerOptions},
    serve::{Clock, Fault, Kept, Options, Variant, Workspace},
    weather::Weather,
};

/// What COMMAND uses where any token will do.
pub(super) const ANY_TOKEN: &str = "jobdeck";

pub(super) fn run(arguments: &Serve) -> Result<Exit> {
    match arguments.list_faults {
        None => {}
        Some(ListFormat::Text) => return list_faults(),
        Some(ListFormat::Json) => return list_faults_as_json(),
    }
    let faults: Vec<_> =
        arguments.fault.iter().map(|name| Fault::parse(name)).collect::<Result<_>>()?;
    let variants: Vec<_> =
        arguments.variant.iter().map(|name| Variant::parse(name)).collect::<Result<_>>()?;
    for fault in &faults {
        print::note(format_args!("jobdeck: wrong on purpose ({fault}): {}", fault.about()));
    }
    if arguments.clock == Clock::Manual && arguments.deck.administration.admin.is_none() {
        return Err(Error::new(Kind::Usage, "failed to start a workspace with a manual clock")
            .because("nothing could move it")
            .hint("add --admin 127.0.0.1:0, and send POST /advance there"));
    }
    let options = Options { faults, variants, ..arguments.options() };
    match &arguments.state {
        Some(path) => serve(arguments, &options, Kept::open(path, options.clone())?),
        None => serve(arguments, &options, Workspace::new(options.clone())),
    }
}

fn serve<W: Handler + Desk>(arguments: &Serve, options: &Options, workspace: W) -> Result<Exit> {
    let keep_alive = !options.variants.contains(&Variant::Close);
    let signals = net::stop_signals()?;
    let identity = Identity::of(&arguments.deck.listening)?;
    let workspace = Arc::new(Mutex::new(workspace));
    let options =
        ServerOptions { keep_alive, ..attend::options(&arguments.deck.listening, &identity)? };
    let weather = options.weather.as_ref().map(Weather::tally);
    let handler = Admin::new(Arc::clone(&workspace)).with(weather.clone());
    let admin = admin(&arguments.deck.administration, handler)?;
    let server = Server::start(Arc::clone(&workspace), options)?;
    let surroundings = Surroundings {
        url: server.url(),
        admin: admin.as_ref().map(Server::url),
        token: Some(arguments.token.clone().unwrap_or_else(|| ANY_TOKEN.into())),
        authority: identity.authority().map(Path::to_owned),
        as_http_proxy: arguments.deck.companion.as_http_proxy,
        hidden: None,
    };
    let exit = attend(
        &arguments.deck.listening,
        &arguments.deck.companion.command,
        signals,
        &surroundings,
    );
    server.stop();
    if let Some(admin) = admin {
        admin.stop();
    }
    tell_weather(weather.as_deref());
    // A workspace that could not be kept has stopped answering before.
    workspace.lock().unwrap_or_else(PoisonError::into_inner).health()?;
    exit
}

/// Lists the behavioural faults, and behind them those that do not ask a rule.
fn list_faults() -> Result<Exit> {
    let groups = [Fault::all().collect::<Vec<_>>(), Fault::unchecked().collect()];
    for faults in groups {
        let width = |text: fn(&Fault) -> usize| faults.iter().map(text).max().unwrap_or(0);
        let name = width(|fault| fault.name().len());
        let rule = width(|fault| fault.rule().len());
        for fault in &faults {
            let about = fault.about();
            print::line(format_args!("{:name$}  {:rule$}  {about}", fault.name(), fault.rule()))?;
        }
    }
    Ok(Exit::Held)
}

/// The same list as `{"faults": [{"name": …, "kind": …, "rule": …, "about": …}, …]}`, where the kind is
/// `behaviour` or `unchecked`.
fn list_faults_as_json() -> Result<Exit> {
    let told = |kind: &'static str| {
        move |fault: Fault| {
            json!({
                "name": fault.name(), "kind": kind, "rule": fault.rule(), "about": fault.about()
            })
        }
    };
    let faults: Vec<_> = Fault::all()
        .map(told("behaviour"))
        .chain(Fault::unchecked().map(told("unchecked")))
        .collect();
    print::line(format_args!("{:#}", json!({"faults": faults})))?;
    Ok(Exit::Held)
}
