//! `jobdeck record`: a recorder in front of a workspace, and a cassette at the end.

use std::{
    env,
    path::Path,
    sync::{Arc, Mutex},
};

use super::{
    arguments::{LogFormat, Mode, Record, Times},
    attend::{admin, attend, joined, weather},
    cassette::tell_residues,
    check::judge_recording,
    companion::Surroundings,
    episodes::Episodes,
    exit::Exit,
    identity::Identity,
    print, replay,
    serve::ANY_TOKEN,
    teller::{Teller, Told},
    token::made_up,
};
use crate::{
    admin::Admin,
    cassette::{self, Cassette, Keep, Policy, Watch},
    compare::compare,
    error::{Error, Kind, Result},
    exchange::Outcome,
    life::Unended,
    net::{self, ClientCertificate, ForwardProxy, ProxyOptions, Server, ServerOptions, Tokens},
    record::{Deck, RecordOptions, Recording, Writes},
    replay::Options,
    serve::{self, Workspace},
};

/// How many runs are named that never end; lists show those of everybody.
const UNENDED_MAX: usize = 10;

/// What stands for the embedded reference workspace in place of a URL.
const EMBEDDED: &str = "workspace";

pub(super) fn run(arguments: &Record) -> Result<Exit> {
    let signals = net::stop_signals()?;
    let mut known = match arguments.mode {
        Mode::All => None,
        Mode::Once | Mode::NewEpisodes if !arguments.cassette.exists() => None,
        Mode::Once | Mode::NewEpisodes => Some(Cassette::load(&arguments.cassette)?),
    };
    if let Some(cassette) = known.take_if(|_| arguments.mode == Mode::Once) {
        let name = arguments.cassette.display();
        print::note(format_args!("jobdeck: {name} is there: it answers, and nothing is recorded"));
        let Record { listening, administration, companion, .. } = arguments;
        return replay::instead(cassette, signals, listening, administration, companion);
    }
    // Read before it may be replaced.
    let older = arguments.against.as_deref().map(Cassette::load).transpose()?;
    let tokens = tokens(arguments)?;
    let identity = Identity::of(&arguments.listening)?;
    let workspace = if arguments.upstream == EMBEDDED { Some(embedded()?) } else { None };
    let upstream = workspace.as_ref().map_or(arguments.upstream.clone(), Server::url);

    let episodes = known.map(|cassette| {
        let transients = replay::transients(&arguments.companion);
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
    let telling = arguments.verbose || arguments.listening.log == LogFormat::Json;
    let (teller, told) = telling.then(|| Teller::start(Told::print)).unzip();
    options.watch = teller.map(|teller| Arc::new(teller) as Arc<dyn Watch>);
    let deck = Deck::start(options)?;
    let admin = admin(&arguments.administration, Admin::new(Arc::new(Mutex::new(deck.desk()))))?;
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
        token: told_token(arguments, tokens.map(|tokens| tokens.deck), workspace.is_some()),
        authority: identity.authority().map(Path::to_owned),
        as_http_proxy: arguments.companion.as_http_proxy,
        hidden: arguments.upstream_token_env.clone(),
    };
    let command =
        attend(&arguments.listening, &arguments.companion.command, signals, &surroundings);
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
        workspace.stop();
    }
    let recording = recording?;
    tell(arguments, &recording);
    let answered = episodes.as_ref().map_or(Exit::Held, Episodes::tell);
    let judged = match &recording.finished.path {
        Some(path) if arguments.check => judge_recording(path)?,
        _ => Exit::Held,
    };
    let compared = match (&older, &recording.finished.path) {
        (Some(older), Some(path)) => compare_with(older, path)?,
        _ => Exit::Held,
    };
    let own = if recording.is_unanswered() {
        Exit::Environment
    } else if recording.finished.residues.is_empty() {
        Exit::Held
    } else {
        Exit::Found
    };
    Ok([own, answered, judged, compared].into_iter().fold(command?, joined))
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
    options.policy = Policy {
        off: false,
        headers: arguments.redact_header.iter().map(|name| name.as_str().to_owned()).collect(),
        members: arguments.redact_json.clone(),
        patterns: arguments.redact_regex.clone(),
    };
    options.proxy = ProxyOptions {
        listen: arguments.listening.listen,
        host_aliases: arguments.listening.host_alias.clone(),
        upstream_ca: arguments.upstream_ca.clone(),
        client_certificate: client_certificate(arguments),
        forward_proxy: ForwardProxy::from_environment(upstream)?,
        certificate: identity.certificate.clone(),
        weather: weather(&arguments.listening)?,
        keep_encoding: arguments.keep_encoding,
        recorded_body_bytes_max: arguments.max_recorded_body,
        limits: arguments.listening.limits.of_listener(),
        ..arguments.patience.of_proxy(options.proxy)
    };
    Ok(options)
}

/// Tells what is otherwise than in an older recording.
fn compare_with(older: &Cassette, path: &Path) -> Result<Exit> {
    let comparison = compare(older, &Cassette::load(path)?);
    print::note(&comparison);
    Ok(if comparison.is_same() { Exit::Held } else { Exit::Found })
}

/// What is shown to an upstream that asks for a certificate.
fn client_certificate(arguments: &Record) -> Option<ClientCertificate> {
    let (certificates, key) =
        arguments.upstream_cert.clone().zip(arguments.upstream_key.clone())?;
    Some(ClientCertificate { certificates, key })
}

/// The reference workspace on a port of its own.
fn embedded() -> Result<Server> {
    let workspace = Workspace::new(serve::Options::default());
    let options =
        ServerOptions { listen: Some(([127, 0, 0, 1], 0).into()), ..ServerOptions::default() };
    Server::start(Arc::new(Mutex::new(workspace)), options)
}

/// The deck's own token and the workspace's, if the deck is to hold that one.
fn tokens(arguments: &Record) -> Result<Option<Tokens>> {
    let Some(name) = &arguments.upstream_token_env else { return Ok(None) };
    let usage = |doing: &str| Error::new(Kind::Usage, doing);
    let upstream = env::var(name).ok().filter(|token| !token.is_empty()).ok_or_else(|| {
        usage(&format!("failed to read the token in `{name}`")).because("it is not set")
    })?;
    let deck = match &arguments.token {
        Some(token) => token.clone(),
        None if arguments.listening.is_loopback() => made_up("deck")?,
        None => {
            return Err(usage("failed to listen beyond this machine with the workspace's token")
                .because("anybody could use it")
                .hint("choose the deck's own with --token, or listen on 127.0.0.1"));
        }
    };
    Ok(Some(Tokens { deck, upstream }))
}

/// The token that COMMAND is given; none leaves it the user's own. Without COMMAND a token that was made
/// up is told.
fn told_token(arguments: &Record, deck: Option<String>, is_embedded: bool) -> Option<String> {
    if let (Some(token), None, true) =
        (&deck, &arguments.token, arguments.companion.command.is_empty())
    {
        print::note(format_args!("jobdeck: clients use the token {token}"));
    }
    // The embedded workspace takes any token, but not none.
    let any = is_embedded && env::var_os("DATABRICKS_TOKEN").is_none();
    deck.or_else(|| any.then(|| ANY_TOKEN.to_owned()))
}

fn tell(arguments: &Record, recording: &Recording) {
    let Recording { finished, counts, refused, unended } = recording;
    match &finished.path {
        Some(path) => print::note(format_args!(
            "jobdeck: {} exchanges in {}",
            finished.exchanges,
            path.display()
        )),
        None => print::note(format_args!(
            "jobdeck: nothing was recorded; {} is as it was",
            arguments.cassette.display()
        )),
    }
    for (outcome, name) in Outcome::NAMES.into_iter().filter(|(o, _)| *o != Outcome::Complete) {
        let count = counts.of(outcome);
        if count > 0 {
            print::note(format_args!("jobdeck: {count} of them {name}"));
        }
    }
    if !refused.is_empty() {
        let refused: Vec<_> = refused.iter().map(|(name, n)| format!("{name} {n}")).collect();
        print::note(format_args!("jobdeck: refused by --allow-write: {}", refused.join(", ")));
    }
    if recording.is_unanswered() {
        let upstream = &arguments.upstream;
        let cassette = arguments.cassette.display();
        print::note(format_args!(
            "jobdeck: {upstream} gave no whole answer to any request; {cassette} is as it was"
        ));
    }
    if finished.omitted > 0 {
        let size = arguments.max_recorded_body;
        print::note(format_args!(
            "jobdeck: {} bodies are not in it: longer than {size} bytes, cut off, or encoded in a way that \
             cannot be read",
            finished.omitted
        ));
    }
    tell_unended(unended.as_deref());
    if !finished.residues.is_empty() {
        print::note(
            "jobdeck: these looked like credentials and were blanked; tell where they come from:",
        );
        tell_residues(&finished.residues);
    }
}

/// Names the runs that a replay will show as active for ever.
fn tell_unended(unended: Option<&[Unended]>) {
    let Some(unended) = unended else {
        return print::note(
            "jobdeck: too long to be searched for runs that never end; `jobdeck replay` names them",
        );
    };
    for run in unended.iter().take(UNENDED_MAX) {
        print::note(format_args!("warning: {run}"));
    }
    let more = unended.len().saturating_sub(UNENDED_MAX);
    if more > 0 {
        print::note(format_args!("warning: {more} more runs never end in this recording"));
    }
}
