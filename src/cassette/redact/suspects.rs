//! What may well be a secret by the name under which it stands, and was left in place: among the data under test
//! (parameters, results) a name alone takes nothing out.

use serde::de::IgnoredAny;

use super::{credentials, json, names::placeholder};
use crate::{cassette::Cassette, exchange::Body};

/// Ends of names, in lower case and without signs between words, that say what the value is.
const ENDS: [&str; 8] = [
    "accesskey",
    "apikey",
    "clientsecret",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secretkey",
];

/// A string that stands under such a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// The number of the exchange.
    pub seq: u64,
    /// Where in the exchange it stands, as a JSON pointer.
    pub pointer: String,
    /// The name, which `--redact-json` takes.
    pub name: String,
}

/// The strings of a cassette that stand in plain under names of secrets. None of them has the form of one, so
/// that they are no more than likely.
pub fn suspects(cassette: &Cassette) -> Vec<Suspect> {
    let mut found = Vec::new();
    for exchange in &cassette.exchanges {
        let response = exchange.response.as_ref().map(|response| ("/response", &response.body));
        for (side, body) in [("/request", &exchange.request.body)].into_iter().chain(response) {
            for pointer in in_body(body, &format!("{side}/body")) {
                let name = pointer.rsplit('/').next().unwrap_or_default();
                let name = name.replace("~1", "/").replace("~0", "~");
                found.push(Suspect { seq: exchange.seq, pointer, name });
            }
        }
    }
    found
}

/// The places in a body, if it is JSON.
fn in_body(body: &Body, pointer: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Some(text) = std::str::from_utf8(body.bytes())
        .ok()
        .filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
    else {
        return found;
    };
    let speaks = |_, name: &str| speaks_of_a_secret(name);
    // Nothing is changed: it only looks.
    let _ = json::edit(
        text,
        false,
        speaks,
        |speaks, _| speaks,
        |place, _, value| {
            let is_known = placeholder(value).is_some() || value.starts_with("{{secrets/");
            if !value.is_empty() && !is_known {
                found.push(place.behind(pointer));
            }
            None
        },
    );
    found
}

fn speaks_of_a_secret(name: &str) -> bool {
    let is_letter = |letter: &char| letter.is_ascii_alphanumeric();
    let letters: String = name.to_ascii_lowercase().chars().filter(is_letter).collect();
    credentials::is_member(name) || ENDS.iter().any(|end| letters.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cassette::tests::{cassette, exchange, post},
        exchange::Response,
    };

    #[track_caller]
    fn check(parameters: &str, expected: &[&str]) {
        let body = format!(r#"{{"job_id":1,"notebook_params":{parameters}}}"#);
        let told = Response::json(200, r#"{"run_id":1}"#);
        let whole = cassette(vec![exchange(3, post("/api/2.0/jobs/run-now", &body), told)]);
        let found: Vec<_> = suspects(&whole).into_iter().map(|suspect| suspect.pointer).collect();
        let before = "/request/body/notebook_params";
        let expected: Vec<_> = expected.iter().map(|name| format!("{before}/{name}")).collect();
        assert_eq!(found, expected, "{parameters}");
    }

    #[test]
    fn what_stands_in_plain_under_the_name_of_a_secret_is_suspect() {
        check(
            r#"{"password":"hunter2","DB_Password":"x","a":"hunter2"}"#,
            &["password", "DB_Password"],
        );
        check(
            r#"{"dbPassword":"x","storage-access-key":"x"}"#,
            &["dbPassword", "storage-access-key"],
        );
        check(r#"{"db/password":"x"}"#, &["db~1password"]);
        check(r#"{"pass\u0077ord":"x"}"#, &["password"]);
    }

    #[test]
    fn what_is_redacted_a_reference_or_nothing_is_not() {
        check(r#"{"password":"token-1","secret":"{{secrets/a/b}}","pwd":"","token":7}"#, &[]);
        check(r#"{"page_token":"x","idempotency_token":"x","passwords_file":"x","keys":"x"}"#, &[]);
    }
}
