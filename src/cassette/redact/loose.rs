//! Credentials by name in texts that no parser takes whole: JSON inside a string, cut JSON, JSON with marks
//! around it, one document on each line, parts of a form, and URLs wherever they stand.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::STANDARD};
use regex::Regex;

use super::{
    Redactor, credentials, json,
    rules::{NAMED_BIT, Rule},
    text::{Draft, rewrite, says_nothing},
};

/// Where the string of a credential's member begins: the first group is what escapes its quotation mark.
pub(super) fn member_opening(more: &[String]) -> Option<Regex> {
    let names = credentials::member_pattern(more);
    Regex::new(&format!(r#""(?:{names})\\*"[ \t\r\n]*:[ \t\r\n]*(\\*)""#)).ok()
}

/// Where the content of a credential's part of a form begins (RFC 7578).
pub(super) fn part_opening(more: &[String]) -> Option<Regex> {
    let names = credentials::member_pattern(more);
    Regex::new(&format!(r#"(?i-u:name)="(?:{names})"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n"#)).ok()
}

/// Credentials in the query or fragment of a URL.
static PARAMETER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = credentials::parameter_pattern();
    Regex::new(&format!(r#"[?&#;](?:{names})=([^&#;\s"'<>\\]+)"#)).ok()
});

/// The same where the URL stands encoded in another.
static ENCODED_PARAMETER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = credentials::parameter_pattern();
    let value = r"(?:[^%&#\s]|%(?:[013-9A-Fa-f][0-9A-Fa-f]|2[0-24-57-9A-Fa-f]))+";
    Regex::new(&format!("(?:[?&#=]|%(?:3[Ff]|26|23))(?:{names})%3[Dd]({value})")).ok()
});

/// A user and a password for an HTTP server (RFC 7617).
static BASIC: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?-u:\b)(?i-u:basic) +(?:\\*["'])?([A-Za-z0-9+/]{8,}={0,2})"#).ok()
});

impl Redactor {
    /// Takes out what stands under the name of a credential.
    pub(super) fn loose(&mut self, bits: u32, draft: &mut Draft<'_>) {
        if draft.text.contains('"') {
            let new = self.members(&draft.text);
            draft.put(new, Rule::CredentialMembers);
        }
        if bits & NAMED_BIT != 0 {
            for regex in [&*PARAMETER, &*ENCODED_PARAMETER].into_iter().flatten() {
                let new = rewrite(regex, &draft.text, |secret| {
                    let plain = percent_decoded(secret);
                    self.credential(&plain)
                });
                draft.put(new, Rule::CredentialParameters);
            }
            if let Some(regex) = &*BASIC {
                let new = rewrite(regex, &draft.text, |pair| {
                    is_pair(pair).then(|| self.credential(pair)).flatten()
                });
                draft.put(new, Rule::Bearer);
            }
        }
    }

    fn members(&mut self, text: &str) -> Option<String> {
        let opening = self.member_opening.clone()?;
        let mut out = String::new();
        let (mut kept, mut at) = (0, 0);
        while let Some(found) = opening.captures_at(text, at) {
            let start = found.get(0).map_or(text.len(), |whole| whole.end());
            let escapes = found.get(1).map_or(0, |escapes| escapes.len());
            at = start + string_bytes(&text[start..], escapes);
            if let Some(new) = self.credential(&unescaped(&text[start..at], escapes)) {
                out.extend([&text[kept..start], &new]);
                kept = at;
            }
        }
        (kept > 0).then(|| out + &text[kept..])
    }

    /// Credentials in the parts of a form.
    pub(super) fn parts(&mut self, text: &str) -> Option<String> {
        let opening = self.part_opening.clone()?;
        let mut out = String::new();
        let (mut kept, mut at) = (0, 0);
        while let Some(found) = opening.find_at(text, at) {
            let start = found.end();
            let content = &text[start..];
            let end = content.find("\n--").unwrap_or(content.len());
            let value = content[..end].trim_end_matches(['\r', '\n']);
            at = start + value.len();
            if let Some(new) = self.credential(value) {
                out.extend([&text[kept..start], &new]);
                kept = at;
            }
        }
        (kept > 0).then(|| out + &text[kept..])
    }
}

/// How long a string is whose quotation marks are escaped with so many backslashes; one without an end
/// lasts until the end of the line.
fn string_bytes(text: &str, escapes: usize) -> usize {
    let mut run = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\\' => run += 1,
            // A backslash of the string itself is written with twice as many.
            b'"' if run % (2 * (escapes + 1)) == escapes || run < escapes => {
                return at - run.min(escapes);
            }
            b'\n' | b'\r' => return at,
            _ => run = 0,
        }
        if byte == b'"' {
            run = 0;
        }
    }
    text.len()
}

/// What a string says whose quotation marks are escaped so: once more than it seems, for each doubling.
fn unescaped(text: &str, escapes: usize) -> String {
    let levels = (escapes + 1).ilog2() + 1;
    (0..levels).fold(text.to_owned(), |text, _| json::unescaped(&text).into_owned())
}

/// Whether these are a user and a password in base64, and no word of a sentence.
fn is_pair(text: &str) -> bool {
    let pair = STANDARD.decode(text).ok().and_then(|pair| String::from_utf8(pair).ok());
    pair.is_some_and(|pair| {
        pair.contains(':')
            && !pair.contains(char::is_control)
            && pair.split_once(':').is_none_or(|(_, password)| !says_nothing(password))
    })
}

fn percent_decoded(text: &str) -> String {
    let pair = format!("v={}", text.replace('+', "%2B"));
    form_urlencoded::parse(pair.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into())
}
