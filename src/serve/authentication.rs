//! Who may come in: any credential, or one token only. It never looks at what is asked.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::refusal::Refusal;
use crate::exchange::Headers;

/// Lets a request in whose headers carry a credential: a bearer token, or a password of basic
/// authentication as `.netrc` gives it. Where one token is asked for, only that one.
pub(super) fn admit(headers: &Headers, wanted: Option<&str>) -> Result<(), Refusal> {
    let sent = headers
        .get("authorization")
        .and_then(|field| field.trim().split_once(' '))
        .and_then(|(scheme, credential)| token(scheme, credential.trim()))
        .ok_or_else(Refusal::no_credential)?;
    match wanted {
        Some(wanted) if wanted != sent => Err(Refusal::wrong_token()),
        _ => Ok(()),
    }
}

/// The token of a credential, if it has one.
fn token(scheme: &str, credential: &str) -> Option<String> {
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credential.to_owned()).filter(|token| !token.is_empty());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(credential).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: &str, wanted: Option<&str>, expected: Option<&Refusal>) {
        let mut headers = Headers::default();
        headers.push("authorization", field);
        assert_eq!(admit(&headers, wanted).err().as_ref(), expected, "{field:?}");
    }

    #[test]
    fn any_credential_will_do_but_not_none() {
        check("Bearer x", None, None);
        check("bearer  dapi-1 ", None, None);
        check("Basic dG9rZW46c2VjcmV0", None, None);
        for none in ["", "Bearer", "Bearer ", "Digest x", "Basic !", "Basic dG9rZW4="] {
            check(none, None, Some(&Refusal::no_credential()));
            check(none, Some("secret"), Some(&Refusal::no_credential()));
        }
        assert!(admit(&Headers::default(), None).is_err());
    }

    #[test]
    fn where_one_token_is_asked_for_no_other_will_do() {
        check("Bearer secret", Some("secret"), None);
        check("Basic dG9rZW46c2VjcmV0", Some("secret"), None);
        check("Bearer secrets", Some("secret"), Some(&Refusal::wrong_token()));
        check("Basic c2VjcmV0OnRva2Vu", Some("secret"), Some(&Refusal::wrong_token()));
    }
}
