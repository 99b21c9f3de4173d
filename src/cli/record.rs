//! `jobdeck record`: a recorder in front of a workspace, and a cassette at the end.

mod ending;
mod source;

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use super::{
    arguments::{LogFormat, Mode, Record, Times},
    attend::{self, admin, attend, joined, tell_weather},
    check::judge_recording,
    companion::Surroundings,
    episodes::Episodes,
    exit::Exit,
    identity::Identity,
    print, replay,
    teller::{Teller, Told},
};
use crate::{
    admin::Admin,
    cassette::{self, Cassette, Keep, Watch},
    error::Result,
    net::{self, ForwardProxy, ProxyOptions, Server},
    record::{Deck, RecordOptions, Writes},
    replay::Options,
    serve,
    weather::Weather,
};
use source::Source;

pub(super) fn run(arguments: &Record) -> Result<Exit> {
    let signals = net::stop_signals()?;
    // Read before it may be replaced.
    let older = arguments.against.as_deref().map(Cassette::load).transpose()?;
    let mut known = match arguments.mode {
        Mode::All => None,
        Mode::Once | Mode::NewEpisodes if !arguments.cassette.exists() => None,
        Mode::Once | Mode::NewEpisodes => Some(Cassette::load(&arguments.cassette)?),
    };
    if let Some(cassette) = known.take_if(|_| arguments.mode == Mode::Once) {
        let name = arguments.cassette.display();
        print::note(format_args!(
            "jobdeck: {name} is there: it answers, for any token, and nothing is recorded"
        ));
        let played = replay::instead(cassette, signals, &arguments.deck)?;
        return Ok(joined(played, judged(arguments, older.as_ref(), &arguments.cassette)?));
    }
    let Source { name, tokens, workspace } = Source::of(arguments)?;
    let identity = Identity::of(&arguments.deck.listening)?;
    let upstream = workspace.as_ref().map_or(name.clone(), serve::Server::url);

    let episodes = known.map(|cassette| {
        let transients = replay::transients(&arguments.deck.companion);
        Episodes::of(cassette, Options { transients, ..Options::default() })
    });
    let mut options = options(arguments, &upstream, &identity)?;
    options.proxy.tokens.clone_from(&tokens);
    if let Some(episodes) = &episodes {
        options.mode = cassette::Mode::NewEpisodes;
        options.proxy.front = Some(episodes.front());
    }
    if let Some(proxy) = &options.proxy.forward_proxy {
        print::note(format_args!("jobdeck: the workspace is reached through the proxy {proxy}"));
    }
    let telling = arguments.verbose || arguments.deck.listening.log == LogFormat::Json;
    let (teller, told) = telling.then(|| Teller::start(Told::print)).unzip();
    options.watch = teller.map(|teller| Arc::new(teller) as Arc<dyn Watch>);
    let weather = options.proxy.weather.as_ref().map(Weather::tally);
    let deck = Deck::start(options)?;
    let handler = Admin::new(Arc::new(Mutex::new(deck.desk()))).with(weather.clone());
    let admin = admin(&arguments.deck.administration, handler)?;
    if let Some(path) = deck.set_aside() {
        let path = path.display();
        print::note(format_args!(
            "jobdeck: an earlier recording was killed and its journal is damaged; it is now {path}"
        ));
    }
    if let Some(recovered) = deck.recovered() {
        let (count, path) = (recovered.exchanges, recovered.path.display());
        print::note(format_args!(
            "jobdeck: an earlier recording was killed; its {count} exchanges are now in {path}"
        ));
    }
    let surroundings = Surroundings {
        url: deck.url(),
        admin: admin.as_ref().map(Server::url),
        token: source::told_token(arguments, tokens.map(|tokens| tokens.deck), workspace.is_some()),
        authority: identity.authority().map(Path::to_owned),
        as_http_proxy: arguments.deck.companion.as_http_proxy,
        hidden: arguments.upstream_token_env.clone(),
    };
    let command = attend(
        &arguments.deck.listening,
        &arguments.deck.companion.command,
        signals,
        &surroundings,
    );
    let keep = if matches!(command, Ok(Exit::Held)) { Keep::Seal } else { Keep::Failed };
    let recording = deck.finish(keep);
    if let Some(admin) = admin {
        admin.stop();
    }
    if let Some(told) = told {
        // The recorder is gone, and with it the last that could tell of an exchange.
        let _ = told.join();
    }
    if let Some(workspace) = workspace {
        workspace.finish()?;
    }
    let recording = recording?;
    ending::tell(arguments, &name, &recording);
    tell_weather(weather.as_deref());
    let answered = episodes.as_ref().map_or(Exit::Held, Episodes::tell);
    let judged = match &recording.finished.path {
        Some(path) => judged(arguments, older.as_ref(), path)?,
        None => Exit::Held,
    };
    let own = ending::exit(&recording);
    Ok([own, answered, judged].into_iter().fold(command?, joined))
}

/// Holds a recording against the contract and against an older one, as far as that is asked for.
fn judged(arguments: &Record, older: Option<&Cassette>, path: &Path) -> Result<Exit> {
    let judged = if arguments.check { judge_recording(path)? } else { Exit::Held };
    let compared = older.map_or(Ok(Exit::Held), |older| ending::compare_with(older, path))?;
    Ok(joined(judged, compared))
}

/// How the command line has it recorded.
fn options(arguments: &Record, upstream: &str, identity: &Identity) -> Result<RecordOptions> {
    let mut options = RecordOptions::new(&arguments.cassette, upstream);
    options.durable = arguments.durable;
    options.times = match arguments.times {
        Times::Keep => cassette::Times::Keep,
        Times::Round => cassette::Times::Round,
        Times::None => cassette::Times::None,
    };
    options.writes = Writes::parse(&arguments.allow_write)?;
    options.volatile.clone_from(&arguments.volatile);
    options.policy = arguments.secrets.policy();
    options.proxy = ProxyOptions {
        listen: arguments.deck.listening.listen,
        host_aliases: arguments.deck.listening.host_alias.clone(),
        upstream_ca: arguments.upstream_ca.clone(),
        client_certificate: source::client_certificate(arguments),
        forward_proxy: ForwardProxy::from_environment(upstream)?,
        certificate: identity.certificate.clone(),
        weather: attend::weather(&arguments.deck.listening)?,
        keep_encoding: arguments.keep_encoding,
        recorded_body_bytes_max: arguments.max_recorded_body,
        limits: arguments.deck.listening.limits.of_listener(),
        ..arguments.patience.of_proxy(options.proxy)
    };
    Ok(options)
}
