//! Secrets in targets and bodies: queries, forms, JSON, other text, and bytes that are no text.

use std::mem;

use http::HeaderValue;

use super::{
    Found, Redactor, encoding, json,
    names::{Kind, placeholder},
    note,
    rules::{self, Mark, Rule},
    text::{self, characters},
};
use crate::exchange::{Body, Headers};

impl Redactor {
    pub(super) fn target(&mut self, target: &mut String, found: &mut Found) {
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

    pub(super) fn body(
        &mut self,
        headers: &mut Headers,
        body: &mut Body,
        side: &str,
        found: &mut Found,
    ) {
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
            Ok(text) if !is_form && !self.member_needles.strike(text) && !self.strikes(text) => {
                None
            }
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
                let new = self.text(&characters(bytes), Mark::Data, &mut rules);
                note(found, &pointer, &rules);
                new.map(|new| text::bytes(&new))
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
}

pub(super) fn replace(headers: &mut Headers, body: &mut Body, new: Vec<u8>) {
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
