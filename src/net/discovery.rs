//! The one kind of answer that a proxy changes: where a client is told to go for its credentials.
//!
//! A client that took the upstream's own endpoints from it would go on past the deck. What is no JSON, or is
//! encoded although the deck asks for it in clear, passes as it is, and the exchange is not marked then.

use bytes::Bytes;
use http::uri::Authority;
use serde_json::Value;

/// The longest such answer.
pub(super) const BYTES_MAX: usize = 1024 * 1024;

/// Whether a request asks for endpoints: the configuration of a workspace, or that of its OAuth server.
pub(super) fn is_asked_for(path: &str) -> bool {
    path == "/.well-known/databricks-config"
        || path.ends_with("/.well-known/oauth-authorization-server")
        || path.ends_with("/.well-known/openid-configuration")
}

/// The JSON text with every string that is a URL below `upstream` turned to one below `deck`; nothing if
/// there is none. Both are base URLs without a slash at their end.
///
/// URLs are compared as RFC 3986 §6.2.2 and §6.2.3 say: scheme and host in any case, and a port that is the
/// scheme's own as none.
pub(super) fn turned(text: &[u8], upstream: &str, deck: &str) -> Option<Bytes> {
    let upstream = Place::of(upstream)?;
    let mut value = serde_json::from_slice(text).ok()?;
    turn(&mut value, &upstream, deck).then(|| Bytes::from(value.to_string()))
}

/// Turns what is below a value, as deep as the parser goes, and says whether there was anything.
fn turn(value: &mut Value, upstream: &Place<'_>, deck: &str) -> bool {
    match value {
        Value::String(url) => {
            let Some(behind) = Place::of(url).and_then(|place| place.below(upstream)) else {
                return false;
            };
            *url = format!("{deck}{behind}");
            true
        }
        Value::Array(items) => {
            items.iter_mut().fold(false, |any, item| turn(item, upstream, deck) | any)
        }
        Value::Object(fields) => {
            fields.values_mut().fold(false, |any, field| turn(field, upstream, deck) | any)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What a URL over HTTP names.
struct Place<'a> {
    authority: Authority,
    port: u16,
    is_https: bool,
    /// Path, query and fragment, as written.
    rest: &'a str,
}

impl<'a> Place<'a> {
    fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let is_https = scheme.eq_ignore_ascii_case("https");
        if !is_https && !scheme.eq_ignore_ascii_case("http") {
            return None;
        }
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let authority: Authority = authority.parse().ok()?;
        let port = authority.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        Some(Self { authority, port, is_https, rest })
    }

    /// What stands behind a base, if this is below it.
    fn below(&self, base: &Place<'_>) -> Option<&'a str> {
        let same = self.is_https == base.is_https
            && self.port == base.port
            && self.authority.host().eq_ignore_ascii_case(base.authority.host());
        let behind = self.rest.strip_prefix(base.rest)?;
        // Otherwise it only begins like the base.
        let ends = behind.is_empty() || behind.starts_with(['/', '?', '#']);
        (same && ends).then_some(behind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECK: &str = "http://127.0.0.1:8421";

    /// A string of the answer in JSON, and what becomes of it.
    #[track_caller]
    fn check(upstream: &str, text: &str, expected: Option<&str>) {
        let answer = format!(r#"{{"a":[{{"b":{text}}},1.50]}}"#);
        let expected = expected.map(|url| format!(r#"{{"a":[{{"b":"{url}"}},1.50]}}"#));
        let got = turned(answer.as_bytes(), upstream, DECK);
        assert_eq!(got.as_deref(), expected.as_deref().map(str::as_bytes), "{text}");
    }

    #[test]
    fn urls_of_the_upstream_are_turned_however_they_are_written() {
        let upstream = "https://a.example";
        check(upstream, r#""https://a.example""#, Some("http://127.0.0.1:8421"));
        check(upstream, r#""https://a.example/oidc""#, Some("http://127.0.0.1:8421/oidc"));
        check(upstream, r#""https:\/\/a.example\/oidc""#, Some("http://127.0.0.1:8421/oidc"));
        check(upstream, r#""https://\u0061.example?b=c""#, Some("http://127.0.0.1:8421?b=c"));
        check(upstream, r#""HTTPS://A.Example/Oidc""#, Some("http://127.0.0.1:8421/Oidc"));
        check(upstream, r#""https://a.example:443/oidc""#, Some("http://127.0.0.1:8421/oidc"));
        check("http://A.example:80", r#""http://a.example/""#, Some("http://127.0.0.1:8421/"));
        check(
            "http://a.example:81/c",
            r#""http://a.example:81/c/d""#,
            Some("http://127.0.0.1:8421/d"),
        );
        check("http://[::1]:81", r#""http://[::1]:81/d""#, Some("http://127.0.0.1:8421/d"));
    }

    #[test]
    fn other_strings_stay() {
        let upstream = "https://a.example";
        for url in [
            "https://a.example.org/",
            "https://b.example/",
            "https://a.example:8443/",
            "https://a.example@b.example/",
            "http://a.example/",
            "a.example/oidc",
            "",
        ] {
            check(upstream, &format!(r#""{url}""#), None);
        }
        check("https://a.example/c", r#""https://a.example/cd""#, None);
    }

    #[test]
    fn what_is_no_json_stays() {
        for text in ["", "https://a.example/oidc", r#"{"a":"https://a.example"#] {
            assert_eq!(turned(text.as_bytes(), "https://a.example", DECK), None);
        }
    }

    #[test]
    fn every_url_of_an_answer_is_turned() {
        let text =
            r#"{"issuer":"https://a.example","urls":["https://a.example/b","https://c.example"]}"#;
        let turned = turned(text.as_bytes(), "https://a.example", DECK).expect("two");
        let expected = r#"{"issuer":"http://127.0.0.1:8421","urls":["http://127.0.0.1:8421/b","https://c.example"]}"#;
        assert_eq!(turned, expected);
    }
}
