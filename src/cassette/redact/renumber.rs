//! Moves the placeholders of one recording behind those of another, so that a number stands for one secret
//! in both together. Only where redaction took something out is anything changed.

use std::{collections::HashSet, sync::LazyLock};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use http::HeaderValue;
use regex::{Captures, Regex};

use super::{
    body::{self, is_json},
    json,
    names::{Kind, Names, is_organization, placeholder, placeholders},
    text::{bytes, characters, host_of},
};
use crate::{
    cassette::Cassette,
    exchange::{Body, Exchange, Headers},
};

/// How the numbers of a later recording change.
pub(in crate::cassette) struct Renumbering {
    /// The last number of each kind that is taken.
    taken: Names,
    /// The number of the workspace's host, if that is the same in both.
    host: Option<u64>,
}

impl Renumbering {
    /// For a recording that is put behind another.
    pub(in crate::cassette) fn behind(earlier: &Cassette, later: &Cassette) -> Self {
        let mut taken = Names::default();
        taken.skip_those_of(earlier);
        let host = host_of(&later.upstream).filter(|_| earlier.upstream == later.upstream);
        let host = host.and_then(placeholder).map(|(_, number)| number);
        Self { taken, host }
    }

    /// Renumbers the placeholders of an exchange.
    pub(in crate::cassette) fn exchange(&self, exchange: &mut Exchange) {
        let places: HashSet<&str> = exchange.redacted.iter().map(String::as_str).collect();
        if places.is_empty() {
            return;
        }
        let request = &mut exchange.request;
        if places.contains("/request/target")
            && let Some(new) = self.text(&request.target)
        {
            request.target = new;
        }
        self.message(&mut request.headers, &mut request.body, "/request", &places);
        if let Some(response) = &mut exchange.response {
            self.message(&mut response.headers, &mut response.body, "/response", &places);
        }
    }

    fn message(
        &self,
        headers: &mut Headers,
        content: &mut Body,
        side: &str,
        places: &HashSet<&str>,
    ) {
        for (name, value) in headers.iter_mut() {
            if places.contains(&*format!("{side}/headers/{name}"))
                && let Some(new) = self.header(name.as_str(), &characters(value.as_bytes()))
                && let Ok(new) = HeaderValue::from_bytes(&bytes(&new))
            {
                *value = new;
            }
        }
        let pointer = format!("{side}/body");
        let new = match std::str::from_utf8(content.bytes()) {
            Ok(text) if places.contains(&*pointer) => self.text(text).map(String::into_bytes),
            Ok(text) if is_json(text) => json::edit(
                text,
                (),
                |(), _| (),
                |(), _| true,
                |place, (), string| {
                    places.contains(&*place.behind(&pointer)).then(|| self.text(string)).flatten()
                },
            ),
            Err(_) if places.contains(&*pointer) => {
                self.text(&characters(content.bytes())).map(|text| bytes(&text))
            }
            _ => None,
        };
        if let Some(new) = new {
            body::replace(headers, content, new.into());
        }
    }

    fn header(&self, name: &str, text: &str) -> Option<String> {
        if name == "x-databricks-org-id" && is_organization(text) {
            return Some(self.placeholder(text));
        }
        if matches!(name, "authorization" | "proxy-authorization")
            && let Some((scheme, pair)) = text.split_once(' ')
            && scheme.eq_ignore_ascii_case("basic")
            && let Some(pair) = STANDARD.decode(pair).ok().and_then(|b| String::from_utf8(b).ok())
        {
            return Some(format!("{scheme} {}", STANDARD.encode(self.text(&pair)?)));
        }
        self.text(text)
    }

    /// A text with the placeholders in it renumbered; none if it holds none.
    fn text(&self, text: &str) -> Option<String> {
        /// `token-` in base64, and what follows: digits, and `-` up to three bytes.
        static ENCODED: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new("dG9rZW4t((?:[A-Za-z0-9+/]{4})+)").ok());
        let mut out = String::with_capacity(text.len());
        let mut kept = 0;
        for place in placeholders(text) {
            out.push_str(&text[kept..place.start]);
            out.push_str(&self.placeholder(&text[place.clone()]));
            kept = place.end;
        }
        out.push_str(&text[kept..]);
        if let Some(encoded) = &*ENCODED {
            let new = encoded.replace_all(&out, |found: &Captures<'_>| {
                self.encoded(&found[1]).unwrap_or_else(|| found[0].to_owned())
            });
            out = new.into_owned();
        }
        (out != text).then_some(out)
    }

    /// What follows `token-` in base64, with the number changed and `token-` before it.
    fn encoded(&self, groups: &str) -> Option<String> {
        let mut number = String::new();
        let mut at = 0;
        while let Some(group) = groups.get(at..at + 4) {
            let Ok(part) = STANDARD_NO_PAD.decode(group) else { break };
            let Ok(part) = String::from_utf8(part) else { break };
            let digits = part.trim_end_matches('-');
            if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                break;
            }
            number.push_str(digits);
            at += 4;
            if digits.len() < 3 {
                break;
            }
        }
        let new = self.placeholder(&format!("token-{}", number.parse::<u64>().ok()?));
        let padded = format!("{new:-<width$}", width = new.len().div_ceil(3) * 3);
        Some(format!("{}{}", STANDARD_NO_PAD.encode(padded), &groups[at..]))
    }

    /// A placeholder with its new number.
    fn placeholder(&self, text: &str) -> String {
        if is_organization(text) {
            let number: u64 = text.parse().unwrap_or(0);
            let new = number.saturating_add(self.taken.last(Kind::Organization));
            return format!("{new:0width$}", width = text.len());
        }
        let Some((kind, number)) = placeholder(&text.replace("%40", "@")) else {
            return text.to_owned();
        };
        if kind == Kind::Host && self.host == Some(number) {
            return text.to_owned();
        }
        let new = number.saturating_add(self.taken.last(kind));
        text.replacen(&number.to_string(), &new.to_string(), 1)
    }
}
