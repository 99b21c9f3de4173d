//! The token in an `Authorization` field.

use base64::{Engine, engine::general_purpose::STANDARD};

/// The token that the value of an `Authorization` field carries: that of a bearer (RFC 6750 §2.1), or the
/// password of basic authentication (RFC 7617), as clients send it that read `.netrc`. None if it is
/// neither.
pub fn token(authorization: &str) -> Option<String> {
    let (scheme, credential) = authorization.trim().split_once(' ')?;
    let credential = credential.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credential.to_owned()).filter(|token| !token.is_empty());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(credential).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}
