//! Takes secrets out of exchanges before they are written, and finds what still looks like one.
//!
//! A secret becomes a placeholder that keeps type and syntax (`token-1`, `user-1@jobdeck.invalid`), the same
//! secret the same one through a recording, in requests and responses alike, so that a recording stays a
//! recording: what was equal is equal. Redacting twice changes nothing. Bodies are edited inside their own
//! bytes: strings change, everything else stays. `rules` says what a secret is.
//!
//! What this never does: change the bytes in flight, tell a secret in an error or a residue, or look
//! secrets up anywhere.

mod encoding;
mod json;
mod names;
mod rules;

use std::{fmt, mem};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderValue;
use regex::{Captures, Regex};

use super::{Cassette, Redaction};
use crate::exchange::{Body, Exchange, Headers};
use names::{Kind, Names, placeholder};
use rules::{Mark, Rule};

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
    /// What still looked like a credential at the end and was blanked.
    pub residues: Vec<Residue>,
}

/// Takes secrets out of the exchanges of one recording.
pub struct Redactor {
    policy: Policy,
    names: Names,
    /// Stands in every text that has a secret.
    needles: Option<AhoCorasick>,
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
        let mut names = Names::default();
        let host = host_of(upstream).filter(|host| !is_loopback(host)).and_then(|host| {
            names.give(Kind::Host, host);
            // A name without a dot may be any word, and counts in a URL only.
            let before = if host.contains('.') { r"(?:\b|^)" } else { "://" };
            Regex::new(&format!(r"(?i){before}({})(?:\b|$)", regex::escape(host))).ok()
        });
        let mut needles = rules::needles();
        needles.extend(policy.members.iter().map(|name| format!("\"{name}\"")));
        needles.extend(host_of(upstream).map(str::to_owned));
        let needles = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(needles);
        // Without needles every text is looked at.
        Self { policy, names, needles: needles.ok(), host, credentials_only: false }
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
        let Ok(numbered) = Regex::new("(?:token|user)-[0-9]+") else { return };
        let mut line = Vec::new();
        for exchange in &cassette.exchanges {
            line.clear();
            super::write::line(exchange, &mut line);
            for found in numbered.find_iter(&String::from_utf8_lossy(&line)) {
                if let Some((kind, number)) = placeholder(found.as_str()) {
                    // A number from afar is no placeholder of ours, and would leave none behind it.
                    self.names.skip(kind, number.min(1 << 40));
                }
            }
        }
    }

    /// Whether a line holds what stood in a credential's place, of this exchange or of a later one.
    pub(super) fn knows(&self, line: &[u8]) -> bool {
        self.names.strikes(line)
    }

    /// Takes the secrets out of an exchange.
    pub fn redact(&mut self, mut exchange: Exchange) -> Redacted {
        if self.policy.off {
            return Redacted { exchange, residues: Vec::new() };
        }
        let mut found = self.take_out(&mut exchange);
        let seq = exchange.seq;
        let mut blanked = Found::new();
        self.blank(&mut exchange, &mut blanked);
        let residues = blanked
            .iter()
            .map(|(pointer, rule)| Residue { seq, pointer: pointer.clone(), rule: rule.name() })
            .collect();
        found.append(&mut blanked);
        for (pointer, _) in found {
            if !exchange.redacted.contains(&pointer) {
                exchange.redacted.push(pointer);
            }
        }
        Redacted { exchange, residues }
    }

    fn take_out(&mut self, exchange: &mut Exchange) -> Found {
        let mut found = Found::new();
        // A secret found late may stand in a part that was read before.
        loop {
            let known = self.names.hunted();
            let request = &mut exchange.request;
            self.headers(&mut request.headers, "/request", &mut found);
            if let Some(response) = &mut exchange.response {
                self.headers(&mut response.headers, "/response", &mut found);
            }
            self.target(&mut request.target, &mut found);
            self.body(&mut request.headers, &mut request.body, "/request", &mut found);
            if let Some(response) = &mut exchange.response {
                self.body(&mut response.headers, &mut response.body, "/response", &mut found);
            }
            if self.names.hunted() == known {
                return found;
            }
        }
    }

    fn headers(&mut self, headers: &mut Headers, side: &str, found: &mut Found) {
        for (name, value) in headers.iter_mut() {
            let mut rules = Vec::new();
            let name = name.as_str();
            // Each byte as a character: what is no ASCII comes back as it was.
            let text: String = value.as_bytes().iter().copied().map(char::from).collect();
            let Some(new) = self.header(name, &text, &mut rules) else { continue };
            let new: Vec<u8> = new.chars().filter_map(|letter| u8::try_from(letter).ok()).collect();
            if let Ok(new) = HeaderValue::from_bytes(&new) {
                *value = new;
                note(found, &format!("{side}/headers/{name}"), &rules);
            }
        }
    }

    fn header(&mut self, name: &str, text: &str, rules: &mut Vec<Rule>) -> Option<String> {
        let credential = |rules: &mut Vec<Rule>| rules.push(Rule::CredentialHeaders);
        match name {
            "authorization" | "proxy-authorization" => {
                let new = self.authorization(text)?;
                credential(rules);
                Some(new)
            }
            "cookie" | "set-cookie" => {
                let new = self.cookies(text, name == "set-cookie")?;
                credential(rules);
                Some(new)
            }
            "x-databricks-org-id" if !self.credentials_only => {
                let new = self.organization(text)?;
                rules.push(Rule::Organization);
                Some(new)
            }
            _ if self.policy.headers.iter().any(|header| header.eq_ignore_ascii_case(name)) => {
                let new = self.credential(text)?;
                rules.push(Rule::Custom);
                Some(new)
            }
            _ if rules::is_credential_header(name) => {
                let new = self.credential(text)?;
                credential(rules);
                Some(new)
            }
            _ => self.text(text, Mark::Plain, rules),
        }
    }

    /// The placeholder for what stands in the place of a credential; none if it is one or says nothing.
    fn credential(&mut self, text: &str) -> Option<String> {
        let known =
            text.is_empty() || placeholder(text).is_some() || text.starts_with("{{secrets/");
        (!known).then(|| self.names.give_hunted(text))
    }

    fn authorization(&mut self, text: &str) -> Option<String> {
        let Some((scheme, rest)) = text.split_once(' ') else { return self.credential(text) };
        let pair = STANDARD.decode(rest.trim()).ok().and_then(|pair| String::from_utf8(pair).ok());
        if let (true, Some((user, password))) =
            (scheme.eq_ignore_ascii_case("basic"), pair.as_deref().and_then(|p| p.split_once(':')))
        {
            let new_password = self.credential(password);
            // This name says that the password is an access token.
            let stays = user.is_empty() || user == "token" || placeholder(user).is_some();
            let new_user = (!stays).then(|| self.names.give(Kind::User, user));
            if new_user.is_none() && new_password.is_none() {
                return None;
            }
            let user = new_user.as_deref().unwrap_or(user);
            let password = new_password.as_deref().unwrap_or(password);
            return Some(format!("{scheme} {}", STANDARD.encode(format!("{user}:{password}"))));
        }
        Some(format!("{scheme} {}", self.credential(rest.trim())?))
    }

    fn cookies(&mut self, text: &str, only_first: bool) -> Option<String> {
        let mut changed = false;
        let parts: Vec<String> = text
            .split(';')
            .enumerate()
            .map(|(index, part)| {
                let Some((name, value)) =
                    part.split_once('=').filter(|_| index == 0 || !only_first)
                else {
                    return part.to_owned();
                };
                self.credential(value).map_or_else(
                    || part.to_owned(),
                    |new| {
                        changed = true;
                        format!("{name}={new}")
                    },
                )
            })
            .collect();
        changed.then(|| parts.join(";"))
    }

    fn organization(&mut self, text: &str) -> Option<String> {
        let is_number = text.len() >= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        // No number of a workspace begins with a zero, so that is a placeholder.
        (is_number && !text.starts_with('0')).then(|| self.names.give(Kind::Organization, text))
    }

    fn target(&mut self, target: &mut String, found: &mut Found) {
        let mut rules = Vec::new();
        if let Some((path, query)) = target.split_once('?')
            && let Some(new) = self.parameters(query)
        {
            *target = format!("{path}?{new}");
            rules.push(Rule::CredentialParameters);
        }
        if let Some(new) = self.text(target, Mark::Plain, &mut rules) {
            *target = new;
        }
        note(found, "/request/target", &rules);
    }

    /// Credentials in a query or form.
    fn parameters(&mut self, query: &str) -> Option<String> {
        let mut changed = false;
        let parts: Vec<String> = query
            .split('&')
            .map(|part| {
                let Some((name, value)) = form_urlencoded::parse(part.as_bytes()).next() else {
                    return part.to_owned();
                };
                let custom = self.policy.members.iter().any(|member| *member == *name);
                if !custom && !rules::is_credential_parameter(&name) {
                    return part.to_owned();
                }
                self.credential(&value).map_or_else(
                    || part.to_owned(),
                    |new| {
                        changed = true;
                        format!("{}={new}", part.split('=').next().unwrap_or_default())
                    },
                )
            })
            .collect();
        changed.then(|| parts.join("&"))
    }

    fn body(&mut self, headers: &mut Headers, body: &mut Body, side: &str, found: &mut Found) {
        let pointer = format!("{side}/body");
        if encoding::decode(headers, body) {
            note(found, &pointer, &[Rule::Encoding]);
        }
        let Body::Whole(bytes) = &*body else { return };
        if bytes.is_empty() {
            return;
        }
        let is_form = headers
            .get("content-type")
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let new: Option<Vec<u8>> = match std::str::from_utf8(bytes) {
            Ok(text) if !is_form && !self.strikes(text) => None,
            Ok(text) if is_json(text) => self.json(text, &pointer, found).map(String::into_bytes),
            Ok(text) => {
                let mut rules = Vec::new();
                let form = if is_form { self.parameters(text) } else { None };
                if form.is_some() {
                    rules.push(Rule::CredentialParameters);
                }
                let new =
                    self.text(form.as_deref().unwrap_or(text), Mark::Plain, &mut rules).or(form);
                note(found, &pointer, &rules);
                new.map(String::into_bytes)
            }
            Err(_) => {
                let mut rules = Vec::new();
                let text: String = bytes.iter().copied().map(char::from).collect();
                let new = self.text(&text, Mark::Data, &mut rules);
                note(found, &pointer, &rules);
                new.map(|new| new.chars().filter_map(|letter| u8::try_from(letter).ok()).collect())
            }
        };
        if let Some(new) = new {
            replace(headers, body, new);
        }
    }

    fn json(&mut self, text: &str, pointer: &str, found: &mut Found) -> Option<String> {
        let custom = mem::take(&mut self.policy.members);
        let new = json::edit(
            text,
            Mark::Plain,
            |within, key| rules::mark(within, key, &custom),
            |place, mark, text| {
                let mut rules = Vec::new();
                let new = self.string(text, mark, &mut rules)?;
                note(found, &format!("{pointer}{}", place.pointer().as_str()), &rules);
                Some(new)
            },
        );
        self.policy.members = custom;
        new
    }

    fn string(&mut self, text: &str, mark: Mark, rules: &mut Vec<Rule>) -> Option<String> {
        match mark {
            Mark::Credential(rule) => {
                let new = self.credential(text)?;
                rules.push(rule);
                Some(new)
            }
            Mark::Identity if !self.credentials_only && !text.is_empty() => {
                if placeholder(text).is_some() {
                    return None;
                }
                rules.push(Rule::Identity);
                Some(self.names.give(Kind::User, text))
            }
            _ => self.text(text, mark, rules),
        }
    }

    /// Whether a text may hold anything to take out.
    fn strikes(&self, text: &str) -> bool {
        self.needles.as_ref().is_none_or(|needles| needles.is_match(text))
            || self.names.strikes(text.as_bytes())
            || !self.policy.patterns.is_empty()
    }

    /// What looks like a secret in a text, wherever it stands.
    fn text(&mut self, text: &str, mark: Mark, rules: &mut Vec<Rule>) -> Option<String> {
        if !self.strikes(text) {
            return None;
        }
        let mut new: Option<String> = None;
        let mut put = |changed: Option<String>, rule: Rule| {
            if changed.is_some() {
                rules.push(rule);
                new = changed;
            }
            new.clone()
        };
        let mut now = put(self.names.replace(text), Rule::SeenElsewhere);
        for pattern in rules::PATTERNS.iter() {
            let text = now.as_deref().unwrap_or(text);
            if pattern.needles.iter().any(|needle| text.contains(needle)) {
                let changed = rewrite(&pattern.regex, text, |secret| self.credential(secret));
                now = put(changed, pattern.rule);
            }
        }
        for pattern in self.policy.patterns.clone() {
            let text = now.as_deref().unwrap_or(text);
            now = put(rewrite(&pattern, text, |secret| self.credential(secret)), Rule::Custom);
        }
        if mark == Mark::Data || self.credentials_only {
            return now;
        }
        if mark == Mark::WorkspaceUrl
            && let Some(host) = host_of(now.as_deref().unwrap_or(text))
            && !is_loopback(host)
            && placeholder(host).is_none()
        {
            let instead = self.names.give(Kind::Host, host);
            now = put(Some(now.as_deref().unwrap_or(text).replacen(host, &instead, 1)), Rule::Host);
        }
        let workspace = rules::WORKSPACE_HOST.as_ref();
        for host in self.host.clone().iter().chain(workspace) {
            let text = now.as_deref().unwrap_or(text);
            let changed = rewrite(host, text, |host| {
                placeholder(host).is_none().then(|| self.names.give(Kind::Host, host))
            });
            now = put(changed, Rule::Host);
        }
        if let Some(email) = rules::EMAIL.as_ref() {
            let text = now.as_deref().unwrap_or(text);
            let changed = rewrite(email, text, |email| self.email(email));
            now = put(changed, Rule::Email);
        }
        if let Some(organization) = rules::ORGANIZATION.as_ref() {
            let text = now.as_deref().unwrap_or(text);
            let changed = rewrite(organization, text, |number| self.organization(number));
            now = put(changed, Rule::Organization);
        }
        now
    }

    fn email(&mut self, email: &str) -> Option<String> {
        if email.ends_with(names::DOMAIN) {
            return None;
        }
        let encoded = !email.contains('@');
        let instead = self.names.give(Kind::User, &email.replacen("%40", "@", 1));
        Some(if encoded { instead.replacen('@', "%40", 1) } else { instead })
    }

    /// The last look: whatever has the form of a credential in the bytes that are about to be written, even
    /// where nothing is edited otherwise, such as the keys of an object.
    fn blank(&mut self, exchange: &mut Exchange, found: &mut Found) {
        if let Some(new) = self.last_look(&exchange.request.target, "/request/target", found) {
            exchange.request.target = new;
        }
        let request = &mut exchange.request;
        let mut messages = vec![("/request", &mut request.headers, &mut request.body)];
        if let Some(response) = &mut exchange.response {
            messages.push(("/response", &mut response.headers, &mut response.body));
        }
        for (side, headers, body) in messages {
            for (name, value) in headers.iter_mut() {
                let text: String = value.as_bytes().iter().copied().map(char::from).collect();
                let pointer = || format!("{side}/headers/{name}");
                if self.strikes(&text)
                    && let Some(new) = self.last_look(&text, &pointer(), found)
                    && let Ok(new) = HeaderValue::from_str(&new)
                {
                    *value = new;
                }
            }
            let new = match std::str::from_utf8(body.bytes()) {
                Ok(text) if self.strikes(text) => {
                    self.last_look(text, &format!("{side}/body"), found)
                }
                // Bytes that are no text were looked at as a whole before.
                _ => None,
            };
            if let Some(new) = new {
                replace(headers, body, new.into_bytes());
            }
        }
    }

    fn last_look(&mut self, text: &str, pointer: &str, found: &mut Found) -> Option<String> {
        let mut new: Option<String> = None;
        for pattern in rules::PATTERNS.iter() {
            let now = new.as_deref().unwrap_or(text);
            if pattern.needles.iter().any(|needle| now.contains(needle))
                && let Some(changed) =
                    rewrite(&pattern.regex, now, |secret| self.credential(secret))
            {
                note(found, pointer, &[pattern.rule]);
                new = Some(changed);
            }
        }
        if let Some(changed) = self.names.replace(new.as_deref().unwrap_or(text)) {
            note(found, pointer, &[Rule::SeenElsewhere]);
            new = Some(changed);
        }
        new
    }
}

#[cfg(test)]
mod tests;

/// What looks like a credential in a cassette. A recording has none, unless it was made without
/// redaction or edited afterwards.
pub fn scan(cassette: &Cassette) -> Vec<Residue> {
    let mut redactor = Redactor::new(Policy::default(), &cassette.upstream);
    redactor.credentials_only = true;
    let mut residues = Vec::new();
    for exchange in &cassette.exchanges {
        let mut exchange = exchange.clone();
        let mut found = redactor.take_out(&mut exchange);
        redactor.blank(&mut exchange, &mut found);
        residues.extend(
            found
                .into_iter()
                .filter(|(_, rule)| rule.is_credential())
                .map(|(pointer, rule)| Residue { seq: exchange.seq, pointer, rule: rule.name() }),
        );
    }
    residues
}

fn note(found: &mut Found, pointer: &str, rules: &[Rule]) {
    for rule in rules {
        if !found.iter().any(|(known, by)| known == pointer && by == rule) {
            found.push((pointer.to_owned(), *rule));
        }
    }
}

/// Replaces the first group of every match, or else the match; none if nothing changes.
fn rewrite(
    regex: &Regex,
    text: &str,
    mut instead: impl FnMut(&str) -> Option<String>,
) -> Option<String> {
    let mut changed = false;
    let new = regex.replace_all(text, |captures: &Captures<'_>| {
        let whole = &captures[0];
        let start = captures.get(0).map_or(0, |found| found.start());
        let Some(secret) = captures.get(1).or(captures.get(0)) else { return whole.to_owned() };
        let Some(new) = instead(secret.as_str()) else { return whole.to_owned() };
        changed = true;
        let (before, after) = (secret.start() - start, secret.end() - start);
        format!("{}{new}{}", &whole[..before], &whole[after..])
    });
    changed.then(|| new.into_owned())
}

fn replace(headers: &mut Headers, body: &mut Body, new: Vec<u8>) {
    for (name, value) in headers.iter_mut() {
        if name.as_str() == "content-length" {
            *value = HeaderValue::from(new.len());
        }
    }
    *body = Body::Whole(new.into());
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '"'])
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// The host of a URL, without user, port and path.
fn host_of(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next()?,
        None => host.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.ends_with(".localhost")
        || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}
