//! Takes secrets out of exchanges before they are written, and finds what still looks like one.
//!
//! A secret becomes a placeholder that keeps type and syntax (`token-1`, `user-1@jobdeck.invalid`), the same
//! secret the same one through a recording, in requests and responses alike, so that a recording stays a
//! recording: what was equal is equal. Redacting twice changes nothing. Bodies are edited inside their own
//! bytes: strings change, everything else stays. `rules` says what a secret is.
//!
//! What this never does: change the bytes in flight, tell a secret in an error or a residue, or look
//! secrets up anywhere.

mod anchors;
mod body;
mod credentials;
mod encoding;
mod headers;
mod hunted;
mod json;
mod loose;
mod names;
mod renumber;
mod rules;
mod seen;
mod suspects;
mod text;

use std::{borrow::Cow, collections::HashMap, fmt};

use http::{HeaderName, HeaderValue};
use regex::Regex;

use super::{Cassette, Redaction};
use crate::{
    exchange::{Body, Exchange, Headers, Request, Response},
    json::Outline,
};
use anchors::Anchors;
use names::{Kind, Names};
pub use names::{is_organization, placeholders};
pub(super) use renumber::Renumbering;
use rules::{Mark, Needle, Rule};
use seen::{Content, Seen};
pub use suspects::{Suspect, suspects};
use text::{Draft, Needles};
pub(super) use text::{host_of, is_loopback};

/// What is redacted beyond the rules that always hold.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Nothing is redacted at all.
    pub off: bool,
    /// Headers whose values are secret, in lower case.
    pub headers: Vec<String>,
    /// Names of JSON members whose strings are secret.
    pub members: Vec<String>,
    /// Forms of secrets.
    pub patterns: Vec<Regex>,
}

/// Something that looks like a credential, by place and rule, never by value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Residue {
    /// The exchange.
    pub seq: u64,
    /// Where in it, as a JSON pointer.
    pub pointer: String,
    /// The name of the rule that found it.
    pub rule: &'static str,
}

impl fmt::Display for Residue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exchange {}, `{}`: {}", self.seq, self.pointer, self.rule)
    }
}

/// An exchange without its secrets.
#[derive(Clone, Debug)]
pub struct Redacted {
    /// The exchange; `redacted` lists the places.
    pub exchange: Exchange,
    /// How many places were changed.
    pub places: usize,
    /// What still looked like a credential at the end and was blanked.
    pub residues: Vec<Residue>,
}

/// The outlines of the bodies of an exchange, where they are known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outlines {
    pub(super) request: Option<Outline>,
    pub(super) response: Option<Outline>,
}

/// What was taken out of an exchange.
struct Taken {
    found: Found,
    /// Whether nothing is left for the last look.
    clean: bool,
    outlines: Outlines,
}

/// Takes secrets out of the exchanges of one recording.
pub struct Redactor {
    policy: Policy,
    names: Names,
    /// What redaction came to before, of parts that come again.
    seen: Seen,
    /// Finds what stands in every string that a rule for text could change.
    text_needles: Needles,
    /// Finds where those may stand, and much faster, where this machine can.
    anchors: Option<Anchors>,
    /// Finds the names of the members whose strings are secret.
    member_needles: Needles,
    /// Where the string of a credential's member begins, in any text.
    member_opening: Option<Regex>,
    /// Where the content of a credential's part of a form begins.
    part_opening: Option<Regex>,
    /// Whether a header holds a credential, for the names seen.
    credential_headers: HashMap<HeaderName, bool>,
    /// The host of the workspace, wherever it stands; none if it is on loopback.
    host: Option<Regex>,
    /// Whether names of users, hosts and workspaces stay.
    credentials_only: bool,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It knows secrets.
        f.debug_struct("Redactor").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// Places with the rule that struck there.
type Found = Vec<(String, Rule)>;

impl Redactor {
    /// For a recording from the workspace at this base URL.
    pub fn new(policy: Policy, upstream: &str) -> Self {
        Self::with_names(policy, upstream, Names::default())
    }

    /// For a recording that exists: new placeholders are numbered after those that stand in it.
    pub fn continuing(policy: Policy, cassette: &Cassette) -> Self {
        let mut names = Names::default();
        names.skip_those_of(cassette);
        Self::with_names(policy, &cassette.upstream, names)
    }

    fn with_names(policy: Policy, upstream: &str, mut names: Names) -> Self {
        let host = host_of(upstream).filter(|host| !is_loopback(host)).and_then(|host| {
            names.give(Kind::Host, host);
            // A name without a dot may be any word, and counts in a URL only.
            let before =
                if host.contains('.') { r"(?:%[0-9a-f]{2}|(?-u:\b))" } else { "(?:://|%3a%2f%2f)" };
            Regex::new(&format!(r"(?i){before}({})(?-u:\b)", regex::escape(host))).ok()
        });
        let mut needles = rules::text_needles();
        needles.extend(host.iter().filter_map(|_| host_of(upstream)).map(|host| Needle {
            word: host.to_owned(),
            bit: rules::HOST_BIT,
            any_case: true,
        }));
        let mut members = rules::member_needles();
        for name in &policy.members {
            members.extend([format!("\"{name}\""), format!("\"{name}\\")]);
        }
        Self {
            member_opening: loose::member_opening(&policy.members),
            part_opening: loose::part_opening(&policy.members),
            policy,
            names,
            seen: Seen::new(),
            text_needles: Needles::new(needles.iter().map(|needle| (&*needle.word, needle.bit))),
            anchors: Anchors::of(&needles),
            member_needles: Needles::new(members.iter().map(|name| (&**name, 1))),
            credential_headers: HashMap::new(),
            host,
            credentials_only: false,
        }
    }

    /// What a cassette says about the redaction.
    pub fn redaction(&self) -> Redaction {
        if self.policy.off {
            return Redaction { policy: "none".to_owned(), rules: Vec::new() };
        }
        let custom = !self.policy.headers.is_empty()
            || !self.policy.members.is_empty()
            || !self.policy.patterns.is_empty();
        let rules = rules::RULES.iter().filter(|(rule, ..)| custom || *rule != Rule::Custom);
        Redaction {
            policy: "default@1".to_owned(),
            rules: rules.map(|(_, name, ..)| (*name).to_owned()).collect(),
        }
    }

    /// The base URL of the workspace without its host.
    pub fn upstream(&mut self, upstream: &str) -> String {
        if self.policy.off {
            return upstream.to_owned();
        }
        self.text(upstream, Mark::WorkspaceUrl, &mut Vec::new())
            .unwrap_or_else(|| upstream.to_owned())
    }

    /// Numbers new placeholders after those of a cassette that is continued.
    pub fn number_after(&mut self, cassette: &Cassette) {
        self.names.skip_those_of(cassette);
    }

    /// Whether a line holds what stood in a credential's place, of this exchange or of a later one.
    pub(super) fn knows(&self, line: &[u8]) -> bool {
        self.names.strikes(line)
    }

    /// Takes the secrets out of an exchange.
    pub fn redact(&mut self, exchange: Exchange) -> Redacted {
        self.redact_with_outlines(exchange).0
    }

    /// The same, with what is known of the bodies from then on.
    pub(super) fn redact_with_outlines(&mut self, mut exchange: Exchange) -> (Redacted, Outlines) {
        if self.policy.off {
            let redacted = Redacted { exchange, places: 0, residues: Vec::new() };
            return (redacted, Outlines::default());
        }
        let Taken { mut found, clean, mut outlines } = self.take_out(&mut exchange);
        let seq = exchange.seq;
        let mut blanked = Found::new();
        if !clean {
            self.blank(&mut exchange, &mut blanked);
            outlines = Outlines::default();
        }
        let mut residues: Vec<_> = blanked
            .iter()
            .map(|(pointer, rule)| Residue { seq, pointer: pointer.clone(), rule: rule.name() })
            .collect();
        if self.names.take_overflow() {
            // From here on a secret may stand elsewhere in plain, and whoever keeps the recording must know.
            residues.push(Residue { seq, pointer: String::new(), rule: "too-many-secrets" });
        }
        found.append(&mut blanked);
        exchange.redacted.reserve_exact(found.len());
        let mut places = 0;
        let mut last = None;
        for (pointer, _) in found {
            // What several rules found in one place stands together.
            places += usize::from(last.as_ref() != Some(&pointer));
            last = Some(pointer.clone());
            if !exchange.redacted.contains(&pointer) {
                exchange.redacted.push(pointer);
            }
        }
        (Redacted { exchange, places, residues }, outlines)
    }

    /// Takes out what the rules find.
    fn take_out(&mut self, exchange: &mut Exchange) -> Taken {
        let mut found = Found::new();
        let Exchange { request, response, .. } = exchange;
        decode(&mut request.headers, &mut request.body, "/request", &mut found);
        if let Some(response) = response {
            decode(&mut response.headers, &mut response.body, "/response", &mut found);
        }
        // A secret found late may stand in a part that was read before, and may hold one that was taken
        // out of it already: so all is read again as it was, and changed only then.
        loop {
            let known = self.names.hunted();
            let mut clean = true;
            let mut asked = Changes::default();
            let mut answered = Changes::default();
            asked.headers = self.headers(&request.headers, "/request", &mut found, &mut clean);
            if let Some(response) = &*response {
                answered.headers =
                    self.headers(&response.headers, "/response", &mut found, &mut clean);
            }
            let target = self.target(&request.target, &mut found, &mut clean);
            let Request { headers, body, .. } = &*request;
            asked.body = self.body(headers, body, "/request", &mut found, &mut clean);
            if let Some(Response { headers, body, .. }) = &*response {
                answered.body = self.body(headers, body, "/response", &mut found, &mut clean);
            }
            if self.names.hunted() != known {
                continue;
            }
            if let Some(target) = target {
                request.target = target;
            }
            let outlines =
                Outlines { request: asked.body.outline, response: answered.body.outline };
            asked.make(&mut request.headers, &mut request.body);
            if let Some(response) = response {
                answered.make(&mut response.headers, &mut response.body);
            }
            return Taken { found, clean, outlines };
        }
    }

    /// The last look: whatever has the form of a credential in the bytes that are about to be written, even
    /// where nothing is edited otherwise, such as the keys of an object.
    fn blank(&mut self, exchange: &mut Exchange, found: &mut Found) {
        if let Some(new) = self.last_look(&exchange.request.target, true, "/request/target", found)
        {
            exchange.request.target = new;
        }
        let request = &mut exchange.request;
        let mut messages = vec![("/request", &mut request.headers, &mut request.body)];
        if let Some(response) = &mut exchange.response {
            messages.push(("/response", &mut response.headers, &mut response.body));
        }
        for (side, headers, content) in messages {
            for (name, value) in headers.iter_mut() {
                // What is no ASCII was looked at before, and no placeholder goes into it.
                if let Ok(text) = value.to_str()
                    && self.strikes(text)
                    && let Some(new) =
                        self.last_look(text, true, &format!("{side}/headers/{name}"), found)
                    && let Ok(new) = HeaderValue::from_str(&new)
                {
                    *value = new;
                }
            }
            let new = match std::str::from_utf8(content.bytes()) {
                Ok(text) if self.strikes(text) => {
                    // The strings of JSON were searched one by one; its keys and numbers stay what they
                    // are, whatever stood in the place of a credential elsewhere.
                    let hunt = !body::is_json(text);
                    self.last_look(text, hunt, &format!("{side}/body"), found)
                }
                // Bytes that are no text were looked at as a whole before.
                _ => None,
            };
            if let Some(new) = new {
                body::replace(headers, content, new.into());
            }
        }
    }

    fn last_look(
        &mut self,
        text: &str,
        hunt: bool,
        pointer: &str,
        found: &mut Found,
    ) -> Option<String> {
        let bits = self.text_needles.bits(text);
        let mut rules = Vec::new();
        let mut draft = Draft { text: Cow::Borrowed(text), rules: &mut rules };
        self.forms(bits, &mut draft);
        if hunt {
            let new = self.names.replace(&draft.text);
            draft.put(new, Rule::SeenElsewhere);
        }
        let Cow::Owned(new) = draft.text else { return None };
        note(found, pointer, &rules);
        Some(new)
    }
}

/// A recording without its secrets.
#[derive(Clone, Debug)]
pub struct RedactedRecording {
    /// The recording.
    pub cassette: Cassette,
    /// How many places were changed.
    pub places: usize,
    /// What still looked like a credential at the end and was blanked.
    pub residues: Vec<Residue>,
}

/// Takes the secrets out of a recording that exists, whatever was taken out of it before. Done twice, it
/// changes nothing more.
pub fn recording(mut cassette: Cassette, policy: Policy) -> RedactedRecording {
    if policy.off {
        return RedactedRecording { cassette, places: 0, residues: Vec::new() };
    }
    let mut redactor = Redactor::continuing(policy, &cassette);
    let (mut places, mut residues) = (0, Vec::new());
    let mut take = |redactor: &mut Redactor, exchange: Exchange| {
        let redacted = redactor.redact(exchange);
        places += redacted.places;
        residues.extend(redacted.residues);
        redacted.exchange
    };
    let first = cassette.exchanges.into_iter().map(|exchange| take(&mut redactor, exchange));
    let mut exchanges: Vec<Exchange> = first.collect();
    // What showed itself to be a secret only later may stand in the earlier ones.
    let mut line = Vec::new();
    for exchange in &mut exchanges {
        line.clear();
        super::write::line(exchange, &mut line);
        if redactor.knows(&line) {
            *exchange = take(&mut redactor, exchange.clone());
        }
    }
    cassette.exchanges = exchanges;
    let upstream = redactor.upstream(&cassette.upstream);
    places += usize::from(upstream != cassette.upstream);
    cassette.upstream = upstream;
    let own = redactor.redaction();
    let was_redacted = cassette.redaction != Redaction::none();
    cassette.redaction = if was_redacted { cassette.redaction.and(&own) } else { own };
    RedactedRecording { cassette, places, residues }
}

/// What looks like a credential in a cassette. A recording has none, unless it was made without
/// redaction or edited afterwards.
pub fn scan(cassette: &Cassette) -> Vec<Residue> {
    let mut redactor = Redactor::new(Policy::default(), &cassette.upstream);
    redactor.credentials_only = true;
    let mut residues = Vec::new();
    for exchange in &cassette.exchanges {
        let mut exchange = exchange.clone();
        let Taken { mut found, clean, .. } = redactor.take_out(&mut exchange);
        if !clean {
            redactor.blank(&mut exchange, &mut found);
        }
        residues.extend(
            found
                .into_iter()
                .filter(|(_, rule)| rule.is_credential())
                .map(|(pointer, rule)| Residue { seq: exchange.seq, pointer, rule: rule.name() }),
        );
    }
    residues
}

/// What is to be changed in a message.
#[derive(Default)]
struct Changes {
    /// The fields, by their index.
    headers: Vec<(usize, HeaderValue)>,
    body: Content,
}

impl Changes {
    fn make(self, headers: &mut Headers, body: &mut Body) {
        for (index, new) in self.headers {
            if let Some((_, value)) = headers.iter_mut().nth(index) {
                *value = new;
            }
        }
        if let Some(new) = self.body.new {
            body::replace(headers, body, new);
        }
    }
}

/// Decodes a body in a content coding, so that it can be searched and read.
fn decode(headers: &mut Headers, body: &mut Body, side: &str, found: &mut Found) {
    if encoding::decode(headers, body) {
        note(found, &format!("{side}/body"), &[Rule::Encoding]);
    }
}

fn note_all(found: &mut Found, more: &[(String, Rule)]) {
    for (pointer, rule) in more {
        note(found, pointer, &[*rule]);
    }
}

fn note(found: &mut Found, pointer: &str, rules: &[Rule]) {
    for rule in rules {
        if !found.iter().any(|(known, by)| known == pointer && by == rule) {
            found.push((pointer.to_owned(), *rule));
        }
    }
}

#[cfg(test)]
mod tests;
