//! Secrets in targets and bodies: queries, forms, JSON, other text, and bytes that are no text.

use std::{borrow::Cow, mem};

use bytes::Bytes;
use http::HeaderValue;

use super::{
    Found, Redactor, credentials, json,
    names::{Kind, is_nobody},
    note, note_all,
    rules::{self, Mark, Rule},
    seen::{Content, Result},
    text::{self, Draft, characters},
};
use crate::{
    exchange::{Body, Headers},
    json::Outline,
};

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

impl Redactor {
    /// A target without its secrets, if it holds any. `clean` stays if nothing is left in it for the last
    /// look.
    pub(super) fn target(
        &mut self,
        target: &str,
        found: &mut Found,
        clean: &mut bool,
    ) -> Option<String> {
        let result = self.once([target.as_bytes(), b"", b""], |redactor, found| {
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
            let clean = redactor.is_clean(new.as_deref().unwrap_or(target));
            (new, clean)
        });
        note_all(found, &result.found);
        *clean &= result.clean;
        result.new
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

    /// What becomes of a body without its secrets. `clean` stays if nothing is left in it for the last look.
    pub(super) fn body(
        &mut self,
        headers: &Headers,
        body: &Body,
        side: &str,
        found: &mut Found,
        clean: &mut bool,
    ) -> Content {
        let Body::Whole(bytes) = body else { return Content::default() };
        if bytes.is_empty() {
            return Content::default();
        }
        let is_form = headers.get("content-type").is_some_and(|kind| {
            kind.trim_start().get(..FORM.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(FORM))
        });
        let result = self.once(
            [side.as_bytes(), if is_form { b"form" } else { b"" }, bytes],
            |redactor, found| {
                let pointer = format!("{side}/body");
                let text = std::str::from_utf8(bytes);
                let outline = text.ok().and_then(outline);
                let (new, clean) = match text {
                    Ok(text) if outline.is_some() => {
                        let suspects = redactor.suspects(text);
                        redactor.json(text, suspects.as_deref(), &pointer, found)
                    }
                    Ok(text) => (redactor.plain(text, is_form, &pointer, found), false),
                    Err(_) => (redactor.no_text(bytes, &pointer, found), false),
                };
                let new = new.map(Bytes::from);
                let clean = clean || redactor.is_clean_body(new.as_ref().unwrap_or(bytes));
                // Only strings change, so that the outline stays.
                (Some(Content { new, outline }), clean)
            },
        );
        note_all(found, &result.found);
        *clean &= result.clean;
        result.new.unwrap_or_default()
    }

    /// Whether the last look finds nothing in a body.
    fn is_clean_body(&self, bytes: &[u8]) -> bool {
        // Bytes that are no text were looked at as a whole.
        std::str::from_utf8(bytes)
            .map_or(true, |text| self.is_clean(text) || (is_json(text) && self.has_no_form(text)))
    }

    /// What stands in the place of a text that is no JSON.
    fn plain(
        &mut self,
        text: &str,
        is_form: bool,
        pointer: &str,
        found: &mut Found,
    ) -> Option<Vec<u8>> {
        if !is_form && !self.member_needles.strike(text) && !self.strikes(text) {
            return None;
        }
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

    /// What stands in the place of bytes that are no text.
    fn no_text(&mut self, bytes: &[u8], pointer: &str, found: &mut Found) -> Option<Vec<u8>> {
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

    /// What stands in the place of a JSON text, given where something suspicious stands in it, if that is
    /// known. Also whether the last look surely finds nothing in it: no form of a credential reaches beyond
    /// a string, so that this holds if it holds for each, and nothing suspicious stands anywhere else.
    fn json(
        &mut self,
        text: &str,
        suspects: Option<&[usize]>,
        pointer: &str,
        found: &mut Found,
    ) -> (Option<Vec<u8>>, bool) {
        let custom = mem::take(&mut self.policy.members);
        let (mut next, mut in_strings, mut clean) = (0, 0, true);
        let new = json::edit(
            text,
            Mark::Plain,
            |within, key| rules::mark(within, key, &custom),
            |mark, string| {
                let Some(suspects) = suspects else { return true };
                next += suspects[next..].iter().take_while(|start| **start < string.start).count();
                let within = suspects[next..].iter().take_while(|start| **start < string.end);
                let count = within.count();
                next += count;
                in_strings += count;
                let by_form_alone = matches!(mark, Mark::Plain | Mark::Data | Mark::Settings);
                count > 0 || !by_form_alone
            },
            |place, mark, text| {
                let result = self.string_once(mark, text);
                clean &= result.clean;
                let new = result.new?;
                let place = place.behind(pointer);
                for (_, rule) in &*result.found {
                    note(found, &place, &[*rule]);
                }
                Some(new.into_string())
            },
        );
        self.policy.members = custom;
        (new, clean && suspects.is_some_and(|suspects| suspects.len() == in_strings))
    }

    fn string_once(&mut self, mark: Mark, text: &str) -> Result<Box<str>> {
        self.once([mark.name().as_bytes(), text.as_bytes(), b""], |redactor, found| {
            let mut rules = Vec::new();
            let new = redactor.string(text, mark, &mut rules);
            found.extend(rules.into_iter().map(|rule| (String::new(), rule)));
            let clean = redactor.has_no_form(new.as_deref().unwrap_or(text));
            (new.map(String::into_boxed_str), clean)
        })
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
    outline(text).is_some()
}

/// The outline of a JSON text that may hold a string.
fn outline(text: &str) -> Option<Outline> {
    let may_hold = text.trim_start().starts_with(['{', '[', '"']);
    if may_hold { Outline::of(text) } else { None }
}

/// Whether a text may be a form, of whatever type it says to be.
fn looks_like_a_form(text: &str) -> bool {
    text.contains('=')
        && !text
            .trim_end()
            .contains(|letter: char| letter.is_whitespace() || "<{\"".contains(letter))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;
    use serde_json::Value;

    use crate::{
        cassette::{
            Policy, Redactor,
            tests::{exchange, post},
            write::{self, Lines},
        },
        exchange::Response,
    };

    const UPSTREAM: &str = "https://adb-984752964297111.11.azuredatabricks.net";

    /// Secrets of every form, what only looks like them, and what is none.
    const WORDS: [&str; 27] = [
        concat!("da", "pi0123456789abcdef0123456789abcdef-2"),
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_1",
        concat!("AK", "IAIOSFODNN7EXAMPLE"),
        concat!("gh", "p_0123456789abcdefghijklmnopqrstuvwxyz"),
        concat!("github", "_pat_0123456789abcdefghijklmn"),
        "-----BEGIN RSA PRIVATE KEY-----",
        "bearer ",
        "BEARER abcdefghijkl",
        "abcdefghijkl",
        "Basic dXNlcjpwYXNzd29yZA==",
        "https://x.blob.core.windows.net/c?sv=1&sig=AbCdEf%2B12%3D&x",
        "https://e.x/y?a=1&CODE=p&b#token=q",
        "/go?to=https%3A%2F%2Fe.x%3Fa%3D1%26sig%3Dp%2Bq%26b%3D1",
        "jdbc:x://me:pa55@h/db",
        "https://abcdefghijklmnopqrstuvwxyz@e.x/y",
        "ada@example.com",
        "ada%40example.com",
        "https://adb-984752964297111.11.azuredatabricks.net/?o=984752964297111#job/1",
        "ADB-1.2.AzureDataBricks.NET",
        "house-of-cards-1",
        "token-1",
        "user-1@jobdeck.invalid",
        "TERMINATED",
        "eyJ and dapi and sig= and ://",
        "a \\ and a \" and a \n",
        "caf\u{e9}",
        "",
    ];

    const KEYS: [&str; 17] = [
        concat!("da", "pi0123456789abcdef0123456789abcdef"),
        "run_id",
        "said",
        "password",
        "clientSecret",
        "API-KEY",
        "spark_conf",
        "a.secret.key",
        "creator_user_name",
        "run_page_url",
        "result",
        "notebook_params",
        "basic_auth",
        "key",
        "value",
        "me@example.com",
        "next_page_token",
    ];

    fn any_body() -> impl Strategy<Value = Value> {
        let words = prop::collection::vec(prop::sample::select(WORDS.to_vec()), 1..3);
        let leaf = prop_oneof![
            4 => words.prop_map(|words| Value::from(words.concat())),
            1 => any::<i64>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 5, |inner| {
            let key = prop::sample::select(KEYS.to_vec()).prop_map(str::to_owned);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((key, inner), 0..6)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

        #[test]
        fn where_something_may_stand_changes_nothing_of_what_is_taken_out(
            bodies in prop::collection::vec(any_body(), 1..5),
        ) {
            let mut quick = Redactor::new(Policy::default(), UPSTREAM);
            // With a pattern of the user's, which here finds nothing, it may stand anywhere.
            let pattern = Regex::new(r"[^\s\S]").unwrap();
            let policy = Policy { patterns: vec![pattern], ..Policy::default() };
            let mut exact = Redactor::new(policy, UPSTREAM);
            for (seq, body) in (1..).zip(bodies) {
                let exchange =
                    exchange(seq, post("/x", &body.to_string()), Response::json(200, body.to_string()));
                let (mut one, outlines) = quick.redact_with_outlines(exchange.clone());
                let mut other = exact.redact(exchange);
                // One that is found late stands behind those of the second look.
                one.exchange.redacted.sort();
                other.exchange.redacted.sort();
                let (mut line, mut plain_line) = (Vec::new(), Vec::new());
                Lines::default().line_with_outlines(&one.exchange, outlines, &mut line);
                write::line(&other.exchange, &mut plain_line);
                prop_assert_eq!(String::from_utf8(line), String::from_utf8(plain_line));
                prop_assert_eq!(one.exchange, other.exchange);
                prop_assert_eq!(one.residues, other.residues);
            }
        }
    }
}
