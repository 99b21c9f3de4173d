//! An archive as a cassette: what one workspace was asked, redacted.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use jiff::Timestamp;

use super::{
    entry::{Reading, Taken},
    format::File,
    origin::{chosen, is_tunnel, split},
};
use crate::{
    cassette::{Cassette, Policy, Redaction, Residue, file, redact},
    error::{Error, Kind, Result},
    exchange::Exchange,
};

/// How an archive is read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What is redacted.
    pub policy: Policy,
    /// Whose exchanges are kept: a host, or `host:port`. By default that of most calls of a Databricks API,
    /// or else of most exchanges.
    pub host: Option<String>,
}

/// An archive, read and redacted.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What is kept of it.
    pub cassette: Cassette,
    /// How many exchanges are left out, by whom they went to: a base URL, or a scheme that is not HTTP.
    pub left_out: BTreeMap<String, usize>,
    /// How many bodies the archive tells of and does not hold.
    pub missing_bodies: usize,
    /// How many headers are left out that HTTP cannot carry.
    pub impossible_headers: usize,
    /// What still looked like a credential after redaction, and was blanked.
    pub residues: Vec<Residue>,
}

/// Reads an archive from a file.
pub fn load(path: &Path, options: &Options) -> Result<Imported> {
    import(&file::read_archive(path)?, &path.display().to_string(), options)
}

/// Reads an archive from its bytes; `name` stands for it in errors.
pub fn import(bytes: &[u8], name: &str, options: &Options) -> Result<Imported> {
    let failed = |place: &str| Error::new(Kind::Cassette, format!("failed to read HAR `{place}`"));
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let file: File<'_> = serde_json::from_slice(bytes).map_err(|error| {
        let words = error.to_string();
        let words = words.rsplit_once(" at line ").map_or(&*words, |(words, _)| words);
        failed(&format!("{name}:{}", error.line()))
            .because(without_value(words))
            .hint("a HAR is JSON: {\"log\": {\"entries\": [...]}}")
    })?;
    let log = file.log;
    let (origin, left_out) = chosen(&log.entries, name, options)?;
    let mut reading = Reading::default();
    let mut kept = Vec::new();
    for (index, entry) in log.entries.into_iter().enumerate() {
        let Ok((from, target)) = split(&entry.request.url) else { continue };
        if from == origin && !is_tunnel(&entry) {
            let taken = reading.entry(entry, &target).map_err(|cause| {
                failed(name).because(format!("in entry {} of its list, {cause}", index + 1))
            })?;
            kept.push(taken);
        }
    }
    // What a hand changed into something else is an archive like any other.
    let own = log.own.filter(|own| split(&own.upstream).is_ok());
    let is_ours = own.is_some() && kept.iter().all(|taken| taken.own.is_some());
    let (recorded, exchanges) = timed(kept, is_ours);
    let (recorded, upstream, volatile, redaction) = match own.filter(|_| is_ours) {
        Some(own) => (
            own.recorded.into_owned(),
            own.upstream.into_owned(),
            own.volatile,
            own.redaction.into_owned(),
        ),
        None => (recorded, origin, Vec::new(), Redaction::none()),
    };
    let whole =
        Cassette { recorded, upstream, redaction, volatile, exchanges, sha256: String::new() };
    let redacted = redact::recording(whole, options.policy.clone());
    // What is written must be good to read, so the limits of reading hold here too.
    let text = redacted.cassette.to_text();
    let cassette = Cassette::parse(text.as_bytes(), name).map_err(|error| {
        // The line that it names is none of the archive.
        let words = error.to_string();
        let cause = words.split_once("`: ").map_or(&*words, |(_, cause)| cause);
        failed(name).because(cause.to_owned())
    })?;
    Ok(Imported {
        cassette,
        left_out,
        missing_bodies: reading.missing_bodies,
        impossible_headers: reading.impossible_headers,
        residues: redacted.residues,
    })
}

/// What is wrong with a value, without the value: it may be a secret.
fn without_value(words: &str) -> String {
    let value = words.split_once(" string \"").zip(words.rsplit_once("\", expected "));
    value.map_or_else(
        || words.to_owned(),
        |((before, _), (_, expected))| format!("{before} string, expected {expected}"),
    )
}

/// Settles numbers and times; also when the first exchange began, to the second.
fn timed(mut kept: Vec<Taken<'_>>, is_ours: bool) -> (String, Vec<Exchange>) {
    let first = kept.iter().filter_map(|taken| taken.started).min();
    let first = first.and_then(|first| Timestamp::from_second(first.as_second()).ok());
    let first = first.unwrap_or(Timestamp::UNIX_EPOCH);
    let mut seqs = HashSet::new();
    let numbered = is_ours && kept.iter().all(|taken| seqs.insert(taken.exchange.seq));
    if !is_ours {
        for taken in &mut kept {
            let since = taken.started.map(|started| started.duration_since(first).as_micros());
            taken.exchange.at_us = since.and_then(|us| u64::try_from(us).ok()).unwrap_or(0);
        }
    }
    let mut exchanges: Vec<Exchange> = kept.into_iter().map(|taken| taken.exchange).collect();
    if numbered {
        exchanges.sort_by_key(|exchange| exchange.seq);
    } else {
        exchanges.sort_by_key(|exchange| exchange.at_us);
        for (seq, exchange) in (1..).zip(&mut exchanges) {
            exchange.seq = seq;
        }
    }
    (first.to_string(), exchanges)
}
