//! The workspace that is recorded, and whose token goes there.

use std::env;

use crate::{
    cli::{
        arguments::Record,
        databrickscfg::{Profile, without_host},
        print,
        serve::ANY_TOKEN,
        token::made_up,
    },
    error::{Error, Kind, Result},
    net::{ClientCertificate, Tokens},
    serve,
};

/// What stands for the embedded reference workspace in place of a URL.
const EMBEDDED: &str = "workspace";

/// Where a recording comes from.
pub(super) struct Source {
    /// Its URL, or `workspace`, as the user knows it.
    pub(super) name: String,
    /// The deck's token and the workspace's, if the deck holds that one.
    pub(super) tokens: Option<Tokens>,
    /// The embedded workspace, if that is it.
    pub(super) workspace: Option<serve::Server>,
}

impl Source {
    /// As the command line and the profile that it names have it.
    pub(super) fn of(arguments: &Record) -> Result<Self> {
        let profile = arguments.upstream_profile.as_deref().map(Profile::read).transpose()?;
        let host = profile.as_ref().and_then(|profile| profile.host.clone());
        let profile_name = arguments.upstream_profile.as_deref().unwrap_or_default();
        // The command line has the one or the other.
        let name = arguments.upstream.clone().or(host);
        let name = name.ok_or_else(|| without_host(profile_name))?;
        let held = held(arguments, profile)?;
        let tokens = held.map(|held| tokens(arguments, held)).transpose()?;
        let workspace = (name == EMBEDDED)
            .then(|| serve::Server::start(serve::Options::default()))
            .transpose()?;
        Ok(Self { name, tokens, workspace })
    }
}

/// What is shown to an upstream that asks for a certificate.
pub(super) fn client_certificate(arguments: &Record) -> Option<ClientCertificate> {
    let (certificates, key) =
        arguments.upstream_cert.clone().zip(arguments.upstream_key.clone())?;
    Some(ClientCertificate { certificates, key })
}

/// The workspace's token, if the deck is to hold it.
fn held(arguments: &Record, profile: Option<Profile>) -> Result<Option<String>> {
    let Some(name) = &arguments.upstream_token_env else {
        return Ok(profile.map(|profile| profile.token));
    };
    let token = env::var(name).ok().filter(|token| !token.is_empty()).ok_or_else(|| {
        let doing = format!("failed to read the token in `{name}`");
        Error::new(Kind::Usage, doing).because("it is not set")
    })?;
    Ok(Some(token))
}

/// The deck's own token beside the workspace's, which it holds.
fn tokens(arguments: &Record, upstream: String) -> Result<Tokens> {
    let deck = match &arguments.token {
        Some(token) => token.clone(),
        None if arguments.deck.listening.is_loopback() => made_up("deck")?,
        None => {
            let doing = "failed to listen beyond this machine with the workspace's token";
            return Err(Error::new(Kind::Usage, doing)
                .because("anybody could use it")
                .hint("choose the deck's own with --token, or listen on 127.0.0.1"));
        }
    };
    Ok(Tokens { deck, upstream })
}

/// The token that COMMAND is given; none leaves it the user's own. Without COMMAND a token that was made
/// up is told.
pub(super) fn told_token(
    arguments: &Record,
    deck: Option<String>,
    is_embedded: bool,
) -> Option<String> {
    if let (Some(token), None, true) =
        (&deck, &arguments.token, arguments.deck.companion.command.is_empty())
    {
        print::note(format_args!("jobdeck: clients use the token {token}"));
    }
    // The embedded workspace takes any token, but not none.
    let any = is_embedded && env::var_os("DATABRICKS_TOKEN").is_none();
    deck.or_else(|| any.then(|| ANY_TOKEN.to_owned()))
}
