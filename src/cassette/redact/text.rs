//! Secrets in any text, by their form, and what takes their place.
//!
//! Most texts hold none: one search for many words tells which rules could strike, and only those run.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::{Captures, Regex};

use super::{
    Redactor,
    names::{Kind, is_nobody, placeholder},
    rules::{self, Mark, Rule},
};

/// Finds many words at once, and tells them by bits.
pub(super) struct Needles {
    searcher: Option<AhoCorasick>,
    bits: Vec<u32>,
}

impl Needles {
    pub(super) fn new<'a>(words: impl Iterator<Item = (&'a str, u32)>) -> Self {
        let (words, bits): (Vec<_>, _) = words.unzip();
        let searcher = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            // Bodies are full of the words' rare bytes, so that to look for those first costs more.
            .prefilter(false)
            .kind(Some(AhoCorasickKind::DFA))
            .build(words);
        Self { searcher: searcher.ok(), bits }
    }

    /// The bits of the words in a text.
    pub(super) fn bits(&self, text: &str) -> u32 {
        // Without a searcher, whatever could be there is looked for.
        self.searcher.as_ref().map_or(u32::MAX, |searcher| {
            searcher
                .find_overlapping_iter(text)
                .fold(0, |bits, found| bits | self.bits[found.pattern().as_usize()])
        })
    }

    /// Where the words in a text begin, in order; none if that is not known.
    pub(super) fn starts(&self, text: &str) -> Option<Vec<usize>> {
        let searcher = self.searcher.as_ref()?;
        let mut starts: Vec<_> =
            searcher.find_overlapping_iter(text).map(|found| found.start()).collect();
        starts.sort_unstable();
        Some(starts)
    }

    pub(super) fn strike(&self, text: &str) -> bool {
        self.searcher.as_ref().is_none_or(|searcher| searcher.is_match(text))
    }
}

/// A text that is rewritten rule by rule.
pub(super) struct Draft<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) rules: &'a mut Vec<Rule>,
}

impl Draft<'_> {
    pub(super) fn put(&mut self, new: Option<String>, rule: Rule) {
        if let Some(new) = new {
            self.text = Cow::Owned(new);
            self.rules.push(rule);
        }
    }
}

impl Redactor {
    /// Where in a JSON text something may stand that a rule for text could change, in order. None if it may
    /// stand anywhere: an escape may hide a word, and a pattern or a hunted secret have no words.
    pub(super) fn suspects(&self, text: &str) -> Option<Vec<usize>> {
        let plain = !text.contains('\\')
            && self.policy.patterns.is_empty()
            && !self.names.strikes(text.as_bytes());
        if !plain {
            return None;
        }
        let anchors = self.anchors.as_ref().map(|anchors| anchors.starts(text));
        anchors.or_else(|| self.text_needles.starts(text))
    }

    /// Whether a text may hold anything to take out.
    pub(super) fn strikes(&self, text: &str) -> bool {
        self.text_needles.strike(text)
            || self.names.strikes(text.as_bytes())
            || !self.policy.patterns.is_empty()
    }

    /// Whether the last look surely finds nothing in a text.
    pub(super) fn is_clean(&self, text: &str) -> bool {
        self.has_no_form(text) && !self.names.strikes(text.as_bytes())
    }

    /// Whether nothing in a text has the form of a credential.
    pub(super) fn has_no_form(&self, text: &str) -> bool {
        let bits = self.text_needles.bits(text);
        let mut patterns = rules::PATTERNS.iter().enumerate();
        !patterns.any(|(bit, pattern)| bits & (1 << bit) != 0 && pattern.regex.is_match(text))
    }

    /// What looks like a secret in a text, wherever it stands.
    pub(super) fn text(&mut self, text: &str, mark: Mark, rules: &mut Vec<Rule>) -> Option<String> {
        let bits = self.text_needles.bits(text);
        let mut draft = Draft { text: Cow::Borrowed(text), rules };
        draft.put(self.names.replace(text), Rule::SeenElsewhere);
        if mark != Mark::Data {
            self.loose(bits, &mut draft);
        }
        self.forms(bits, &mut draft);
        for pattern in self.policy.patterns.clone() {
            let new = rewrite(&pattern, &draft.text, |secret| self.credential(secret));
            draft.put(new, Rule::Custom);
        }
        if mark != Mark::Data && !self.credentials_only {
            self.identities(bits, mark, &mut draft);
        }
        match draft.text {
            Cow::Borrowed(_) => None,
            Cow::Owned(new) => Some(new),
        }
    }

    /// What has the form of a credential.
    pub(super) fn forms(&mut self, bits: u32, draft: &mut Draft<'_>) {
        for (bit, pattern) in rules::PATTERNS.iter().enumerate() {
            if bits & (1 << bit) != 0 {
                let new = rewrite(&pattern.regex, &draft.text, |secret| self.credential(secret));
                draft.put(new, pattern.rule);
            }
        }
    }

    /// Users, hosts and workspaces.
    fn identities(&mut self, bits: u32, mark: Mark, draft: &mut Draft<'_>) {
        if mark == Mark::WorkspaceUrl
            && let Some(host) = host_of(&draft.text)
            && !is_loopback(host)
            && !is_nobody(host)
        {
            let instead = self.names.give(Kind::Host, host);
            let new = draft.text.replacen(host, &instead, 1);
            draft.put(Some(new), Rule::Host);
        }
        // Before hosts: what stands before one is a user.
        if bits & rules::EMAIL_BIT != 0 {
            let new = rewrite(&rules::EMAIL, &draft.text, |email| self.email(email));
            draft.put(new, Rule::Email);
        }
        if bits & rules::HOST_BIT != 0 {
            let names = &mut self.names;
            for host in self.host.iter().chain([&*rules::WORKSPACE_HOST]) {
                let new = rewrite(host, &draft.text, |host| {
                    (!is_nobody(host)).then(|| names.give(Kind::Host, host))
                });
                draft.put(new, Rule::Host);
            }
        }
        if bits & rules::ORGANIZATION_BIT != 0 {
            let new =
                rewrite(&rules::ORGANIZATION, &draft.text, |number| self.organization(number));
            draft.put(new, Rule::Organization);
        }
    }

    fn email(&mut self, email: &str) -> Option<String> {
        let encoded = !email.contains('@');
        let plain = email.replacen("%40", "@", 1);
        if is_nobody(&plain) {
            return None;
        }
        let instead = self.names.give(Kind::User, &plain);
        Some(if encoded { instead.replacen('@', "%40", 1) } else { instead })
    }

    pub(super) fn organization(&mut self, text: &str) -> Option<String> {
        let is_number = text.len() >= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        // No number of a workspace begins with a zero, so that is a placeholder.
        (is_number && !text.starts_with('0')).then(|| self.names.give(Kind::Organization, text))
    }

    /// The placeholder for what stands in the place of a credential; none if it is one or says nothing.
    pub(super) fn credential(&mut self, text: &str) -> Option<String> {
        (!says_nothing(text)).then(|| self.names.give_hunted(text))
    }
}

/// Whether what stands in the place of a credential is none: a placeholder, or the name of a secret
/// (`{{secrets/SCOPE/KEY}}`) and nothing beside it.
pub(super) fn says_nothing(text: &str) -> bool {
    let name = text.strip_prefix("{{secrets/").and_then(|rest| rest.strip_suffix("}}"));
    let is_name = name.and_then(|name| name.split_once('/')).is_some_and(|(scope, key)| {
        let is_word = |word: &str| {
            let mut letters = word.bytes();
            let allowed =
                |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'@' | b' ');
            !word.is_empty() && letters.all(allowed)
        };
        is_word(scope) && is_word(key)
    });
    text.is_empty() || placeholder(text).is_some() || is_name
}

/// Replaces the first group of every match, or else the match; none if nothing changes.
pub(super) fn rewrite(
    regex: &Regex,
    text: &str,
    mut instead: impl FnMut(&str) -> Option<String>,
) -> Option<String> {
    if !regex.is_match(text) {
        return None;
    }
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

/// Each byte as a character: patterns for ASCII work on it, and all else comes back as it was.
pub(super) fn characters(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The bytes of [`characters`].
pub(super) fn bytes(characters: &str) -> Vec<u8> {
    characters.chars().filter_map(|letter| u8::try_from(letter).ok()).collect()
}

/// The host of a URL, without user, port and path.
pub(in crate::cassette) fn host_of(url: &str) -> Option<&str> {
    let rest = url.split_once("://")?.1;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next()?,
        None => host.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

pub(in crate::cassette) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.ends_with(".localhost")
        || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}
