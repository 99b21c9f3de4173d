//! The one kind of answer that a proxy changes: where a client is told to go for its credentials.
//!
//! A client that took the upstream's own endpoints from it would go on past the deck.

use bytes::Bytes;

/// The longest such answer.
pub(super) const BYTES_MAX: usize = 1024 * 1024;

/// Whether a request asks for endpoints: the configuration of a workspace, or that of its OAuth server.
pub(super) fn is_asked_for(path: &str) -> bool {
    path == "/.well-known/databricks-config"
        || path.ends_with("/.well-known/oauth-authorization-server")
        || path.ends_with("/.well-known/openid-configuration")
}

/// The text with every URL below `upstream` turned to one below `deck`; nothing if there is none.
pub(super) fn turned(text: &[u8], upstream: &str, deck: &str) -> Option<Bytes> {
    let text = std::str::from_utf8(text).ok()?;
    let mut turned = String::with_capacity(text.len());
    let mut rest = text;
    let mut any = false;
    while let Some(at) = rest.find(upstream) {
        let behind = &rest[at + upstream.len()..];
        // Otherwise it is only the beginning of another host's name.
        let ends = behind.is_empty() || behind.starts_with(['"', '/', '\\', '?', '#']);
        any |= ends;
        turned.push_str(&rest[..at]);
        turned.push_str(if ends { deck } else { upstream });
        rest = behind;
    }
    turned.push_str(rest);
    any.then(|| Bytes::from(turned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let got = turned(text.as_bytes(), "https://a.example", "http://127.0.0.1:8421");
        assert_eq!(got.as_deref(), expected.map(str::as_bytes));
    }

    #[test]
    fn urls_of_the_upstream_are_turned_and_no_others() {
        check(
            r#"{"oidc_endpoint":"https://a.example/oidc","other":"https://a.example"}"#,
            Some(
                r#"{"oidc_endpoint":"http://127.0.0.1:8421/oidc","other":"http://127.0.0.1:8421"}"#,
            ),
        );
        check(r#"{"a":"https://a.example.org/","b":"https://b.example/"}"#, None);
        check("", None);
    }
}
