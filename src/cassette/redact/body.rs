//! Secrets in targets and bodies: queries, forms, JSON, other text, and bytes that are no text.

use std::{borrow::Cow, mem};

use bytes::Bytes;
use http::HeaderValue;

use super::{
    Found, Redactor, credentials, encoding, json,
    names::{Kind, is_nobody},
    note, note_all,
    rules::{self, Mark, Rule},
    text::{self, Draft, characters},
};
use crate::exchange::{Body, Headers};

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

impl Redactor {
    /// Takes the secrets out of a target; whether nothing is left in it for the last look.
    pub(super) fn target(&mut self, target: &mut String, found: &mut Found) -> bool {
        let result = self.once(
            [target.as_bytes(), b"", b""],
            |redactor, found| {
                let mut rules = Vec::new();
                let mut new = None;
                if let Some((path, query)) = target.split_once('?')
                    && let Some(query) = redactor.parameters(query)
                {
                    new = Some(format!("{path}?{query}"));
                    rules.push(Rule::CredentialParameters);
                }
                let text = new.as_deref().unwrap_or(target);
                let new = redactor.text(text, Mark::Plain, &mut rules).or(new);
                note(found, "/request/target", &rules);
                new
            },
            |redactor, new| redactor.is_clean(new.unwrap_or(target)),
        );
        note_all(found, &result.found);
        if let Some(new) = result.new {
            *target = new;
        }
        result.clean
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
                let custom =
                    self.policy.members.iter().any(|member| member.eq_ignore_ascii_case(&name));
                if !custom && !credentials::is_parameter(&name) {
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

    /// Takes the secrets out of a body; whether nothing is left in it for the last look.
    pub(super) fn body(
        &mut self,
        headers: &mut Headers,
        body: &mut Body,
        side: &str,
        found: &mut Found,
    ) -> bool {
        let pointer = format!("{side}/body");
        if encoding::decode(headers, body) {
            note(found, &pointer, &[Rule::Encoding]);
        }
        let Body::Whole(bytes) = &*body else { return true };
        if bytes.is_empty() {
            return true;
        }
        let is_form = headers.get("content-type").is_some_and(|kind| {
            kind.trim_start().get(..FORM.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(FORM))
        });
        let result = self.once(
            [side.as_bytes(), if is_form { b"form" } else { b"" }, bytes],
            |redactor, found| redactor.content(bytes, is_form, &pointer, found).map(Bytes::from),
            |redactor, new| {
                // Bytes that are no text were looked at as a whole.
                let text = std::str::from_utf8(new.unwrap_or(bytes));
                text.map_or(true, |text| {
                    redactor.is_clean(text) || (is_json(text) && redactor.has_no_form(text))
                })
            },
        );
        note_all(found, &result.found);
        if let Some(new) = result.new {
            replace(headers, body, new);
        }
        result.clean
    }

    fn content(
        &mut self,
        bytes: &[u8],
        is_form: bool,
        pointer: &str,
        found: &mut Found,
    ) -> Option<Vec<u8>> {
        match std::str::from_utf8(bytes) {
            Ok(text) if !is_form && !self.member_needles.strike(text) && !self.strikes(text) => {
                None
            }
            Ok(text) if is_json(text) => self.json(text, pointer, found).map(String::into_bytes),
            Ok(text) => {
                let mut rules = Vec::new();
                let mut draft = Draft { text: Cow::Borrowed(text), rules: &mut rules };
                if is_form || looks_like_a_form(text) {
                    draft.put(self.parameters(text), Rule::CredentialParameters);
                }
                let new = self.parts(&draft.text);
                draft.put(new, Rule::CredentialParameters);
                let before = match draft.text {
                    Cow::Owned(new) => Some(new),
                    Cow::Borrowed(_) => None,
                };
                let text = before.as_deref().unwrap_or(text);
                let new = self.text(text, Mark::Plain, &mut rules).or(before);
                note(found, pointer, &rules);
                new.map(String::into_bytes)
            }
            Err(_) => {
                let mut rules = Vec::new();
                let text = characters(bytes);
                let mut draft = Draft { text: Cow::Borrowed(&text), rules: &mut rules };
                let new = self.parts(&draft.text);
                draft.put(new, Rule::CredentialParameters);
                self.loose(u32::MAX, &mut draft);
                let before = match draft.text {
                    Cow::Owned(new) => Some(new),
                    Cow::Borrowed(_) => None,
                };
                let text = before.as_deref().unwrap_or(&text);
                let new = self.text(text, Mark::Data, &mut rules).or(before);
                note(found, pointer, &rules);
                new.map(|new| text::bytes(&new))
            }
        }
    }

    fn json(&mut self, text: &str, pointer: &str, found: &mut Found) -> Option<String> {
        let custom = mem::take(&mut self.policy.members);
        // An escape may hide a word, and a pattern or a hunted secret have no words.
        let plain = !text.contains('\\')
            && self.policy.patterns.is_empty()
            && !self.names.strikes(text.as_bytes());
        let ends = if plain { self.text_needles.ends(text) } else { None };
        let mut next = 0;
        let new = json::edit(
            text,
            Mark::Plain,
            |within, key| rules::mark(within, key, &custom),
            |mark, string| {
                let Some(ends) = &ends else { return true };
                next += ends[next..].iter().take_while(|end| **end <= string.start).count();
                let strikes = ends.get(next).is_some_and(|end| *end <= string.end);
                let by_form_alone = matches!(mark, Mark::Plain | Mark::Data | Mark::Settings);
                strikes || !by_form_alone
            },
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
                if is_nobody(text) {
                    return None;
                }
                rules.push(Rule::Identity);
                Some(self.names.give(Kind::User, text))
            }
            _ => self.text(text, mark, rules),
        }
    }
}

pub(super) fn replace(headers: &mut Headers, body: &mut Body, new: Bytes) {
    for (name, value) in headers.iter_mut() {
        if name.as_str() == "content-length" {
            *value = HeaderValue::from(new.len());
        }
    }
    *body = Body::Whole(new);
}

pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '"'])
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Whether a text may be a form, of whatever type it says to be.
fn looks_like_a_form(text: &str) -> bool {
    text.contains('=')
        && !text
            .trim_end()
            .contains(|letter: char| letter.is_whitespace() || "<{\"".contains(letter))
}
