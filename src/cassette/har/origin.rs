//! Whom the exchanges of an archive are with: a cassette is of one workspace.

use std::{collections::BTreeMap, fmt::Write as _};

use http::uri::Authority;

use super::{Options, format::Entry};
use crate::{
    cassette::show::visible,
    error::{Error, Kind, Result},
};

/// Whose exchanges are kept, and how many go to others.
pub(super) fn chosen(
    entries: &[Entry<'_>],
    name: &str,
    options: &Options,
) -> Result<(String, BTreeMap<String, usize>)> {
    let mut calls = BTreeMap::<String, (usize, usize)>::new();
    let mut left_out = BTreeMap::new();
    for entry in entries {
        if is_tunnel(entry) {
            *left_out.entry("CONNECT".to_owned()).or_default() += 1;
            continue;
        }
        match split(&entry.request.url) {
            Ok((origin, target)) => {
                let (api, all) = calls.entry(origin).or_default();
                *api += usize::from(target.starts_with("/api/2."));
                *all += 1;
            }
            Err(scheme) => *left_out.entry(scheme).or_default() += 1,
        }
    }
    // Of equals the first by name.
    let most = || calls.iter().rev().max_by_key(|(_, count)| **count).map(|(origin, _)| origin);
    let found = options
        .host
        .as_ref()
        .map_or_else(most, |host| calls.keys().find(|origin| is_host(origin, host)));
    let Some(origin) = found.cloned() else {
        let doing = format!("failed to import `{name}`");
        return Err(match &options.host {
            Some(host) if !calls.is_empty() => {
                let hosts: Vec<&str> = calls.keys().map(String::as_str).collect();
                Error::new(Kind::Usage, doing)
                    .because(format!("no exchange in it is with `{host}`"))
                    .hint(format!("it has exchanges with {}", visible(&hosts.join(", "))))
            }
            _ => Error::new(Kind::Cassette, doing).because("it holds no exchange over HTTP"),
        });
    };
    left_out.extend(
        calls.into_iter().filter(|(other, _)| *other != origin).map(|(other, (_, n))| (other, n)),
    );
    Ok((origin, left_out))
}

/// Whether an entry only opens a way for others: it has no answer of its own, and those that it carries are
/// entries themselves, or not seen.
pub(super) fn is_tunnel(entry: &Entry<'_>) -> bool {
    entry.request.method == "CONNECT"
}

fn is_host(origin: &str, host: &str) -> bool {
    let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
    let bare = match authority.rsplit_once(':') {
        Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => bare,
        _ => authority,
    };
    [authority, bare].iter().any(|own| own.eq_ignore_ascii_case(host))
}

/// The base URL of a URL's host, without user and password, and the target behind it; the error is a scheme
/// that is not HTTP, or says that there is no host.
pub(super) fn split(url: &str) -> Result<(String, String), String> {
    let (scheme, rest) = url.split_once(':').unwrap_or(("no scheme", ""));
    let scheme = scheme.to_ascii_lowercase();
    let Some(rest) = rest.strip_prefix("//").filter(|_| matches!(&*scheme, "http" | "https"))
    else {
        return Err(scheme.chars().take(40).collect());
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let (authority, target) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
    let authority = authority.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
    let default = if scheme == "http" { ":80" } else { ":443" };
    let authority = authority.strip_suffix(default).unwrap_or(&authority);
    if !is_authority(authority) {
        return Err("a URL without a host".to_owned());
    }
    let slash = if target.starts_with('/') { "" } else { "/" };
    Ok((format!("{scheme}://{authority}"), format!("{slash}{}", sendable(target))))
}

/// Whether a text is a host, with a port if need be.
fn is_authority(text: &str) -> bool {
    text.parse::<Authority>().is_ok_and(|authority| {
        let host = authority.host();
        let port = authority.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        !host.is_empty() && text == format!("{host}{port}")
    })
}

/// A target as it can be sent: what is no visible ASCII is percent-encoded.
fn sendable(target: &str) -> String {
    let mut out = String::with_capacity(target.len());
    for byte in target.bytes() {
        if byte.is_ascii_graphic() {
            out.push(byte.into());
        } else {
            // Text into memory cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
