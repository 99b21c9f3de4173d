//! Who may come in: any credential, or one token only. It never looks at what is asked.

use super::refusal::Refusal;
use crate::exchange::{Headers, token};

/// Lets a request in whose headers carry a credential: a bearer token, or a password of basic
/// authentication as `.netrc` gives it. Where one token is asked for, only that one.
pub(super) fn admit(headers: &Headers, wanted: Option<&str>) -> Result<(), Refusal> {
    let sent = headers.get("authorization").and_then(token).ok_or_else(Refusal::no_credential)?;
    match wanted {
        Some(wanted) if wanted != sent => Err(Refusal::wrong_token()),
        _ => Ok(()),
    }
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
