//! The names under which credentials travel, and the ways to write one name: `api_key`, `api-key`, `apiKey`
//! and `APIKEY` are the same. A name counts as a whole: `next_page_token` is none.

use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

/// Names of JSON members, and of parameters in a query or form.
const NAMES: [&str; 36] = [
    "access_token",
    "account_key",
    "api_key",
    "auth_token",
    "authorization",
    "aws_secret_access_key",
    "bearer_token",
    "bytes_value",
    "client_assertion",
    "client_secret",
    "connection_string",
    "credentials",
    "id_token",
    "passphrase",
    "passwd",
    "password",
    "personal_access_token",
    "private_key",
    "pwd",
    "refresh_token",
    "sas_token",
    "secret",
    "secret_access_key",
    "secret_key",
    "secret_value",
    "session_token",
    "signing_key",
    "storage_account_key",
    "string_value",
    "subject_token",
    "token",
    "token_value",
    "user_password",
    "webhook_secret",
    "x_amz_security_token",
    "x_auth_token",
];

/// Names of parameters alone: elsewhere these words say something else.
const PARAMETERS: [&str; 7] = [
    "assertion",
    "code",
    "code_verifier",
    "sig",
    "signature",
    "x_amz_credential",
    "x_amz_signature",
];

/// Headers that hold a credential, beside those whose names speak of one.
const HEADERS: [&str; 15] = [
    "authentication",
    "authorization",
    "cookie",
    "ocp-apim-subscription-key",
    "proxy-authorization",
    "set-cookie",
    "x-access-key",
    "x-amz-credential",
    "x-databricks-azure-sp-management-token",
    "x-databricks-azure-workspace-resource-id",
    "x-forwarded-authorization",
    "x-functions-key",
    "x-jwt",
    "x-ms-client-principal",
    "x-signature",
];

/// Names in every spelling, in lower case.
type Spellings = HashSet<Vec<u8>, foldhash::fast::RandomState>;

/// The longest name in any way of writing, and more.
const NAME_BYTES_MAX: usize = 40;

/// Whether a header holds a credential.
pub(super) fn is_header(name: &str) -> bool {
    const WORDS: [&str; 6] = ["token", "secret", "password", "api-key", "apikey", "session"];
    let name = name.to_ascii_lowercase().replace('_', "-");
    let harmless = name.contains("idempotency") || name.contains("page-token");
    HEADERS.contains(&&*name)
        || is_member(&name)
        || ["x-auth", "x-csrf", "x-xsrf"].iter().any(|start| name.starts_with(start))
        || (WORDS.iter().any(|word| name.contains(word)) && !harmless)
}

/// Whether a JSON member holds a credential.
pub(super) fn is_member(name: &str) -> bool {
    static SPELLINGS: LazyLock<Spellings> = LazyLock::new(|| set(&NAMES));
    knows(&SPELLINGS, name)
}

/// Whether a parameter of a query or form holds a credential.
pub(super) fn is_parameter(name: &str) -> bool {
    static SPELLINGS: LazyLock<Spellings> = LazyLock::new(|| set(&PARAMETERS));
    is_member(name) || knows(&SPELLINGS, name)
}

/// Every spelling of every member's name, in lower case.
pub(super) fn members() -> Vec<String> {
    NAMES.into_iter().flat_map(spellings).collect()
}

/// The words in which the names of all parameters end, however they are written.
pub(super) fn last_words() -> BTreeSet<&'static str> {
    let names = NAMES.into_iter().chain(PARAMETERS);
    names.filter_map(|name| name.rsplit('_').next()).collect()
}

/// A regular expression for one of the members' names and of these.
pub(super) fn member_pattern(more: &[String]) -> String {
    let more = more.iter().map(|name| regex::escape(name));
    let names: Vec<_> = NAMES.into_iter().map(pattern).chain(more).collect();
    format!("(?i-u:{})", names.join("|"))
}

/// A regular expression for one of the parameters' names.
pub(super) fn parameter_pattern() -> String {
    let names: Vec<_> = NAMES.into_iter().chain(PARAMETERS).map(pattern).collect();
    format!("(?i-u:{})", names.join("|"))
}

fn pattern(name: &str) -> String {
    name.replace('_', "[-_]?")
}

fn set(names: &[&str]) -> Spellings {
    names.iter().flat_map(|name| spellings(name)).map(String::into_bytes).collect()
}

fn knows(spellings: &Spellings, name: &str) -> bool {
    let mut lower = [0; NAME_BYTES_MAX];
    let Some(lower) = lower.get_mut(..name.len()) else { return false };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    spellings.contains(&*lower)
}

/// The name with every `_` as it is, as `-`, and left out.
fn spellings(name: &str) -> Vec<String> {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(vec![first], |starts, word| {
        let joined =
            |start: &String| ["", "-", "_"].map(|between| format!("{start}{between}{word}"));
        starts.iter().flat_map(joined).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Endpoint, Shape, Structure};

    #[test]
    fn a_name_counts_in_every_spelling_and_as_a_whole() {
        for name in ["accessToken", "client-secret", "api_key", "APIKEY", "X-Amz-Security-Token"] {
            assert!(is_member(name), "{name}");
        }
        for name in ["next_page_token", "idempotency_token", "code", "secret_scope", "tokens"] {
            assert!(!is_member(name), "{name}");
        }
        assert!(is_parameter("code") && is_parameter("X-Amz-Signature"));
        assert!(!is_parameter("page_token"));
        for name in ["x-auth-key", "x_csrf_token", "x-jwt", "api_key", "x-functions-key"] {
            assert!(is_header(name), "{name}");
        }
        for name in ["x-request-id", "idempotency-token", "x-next-page-token", "content-type"] {
            assert!(!is_header(name), "{name}");
        }
    }

    #[test]
    fn no_field_of_the_contract_is_taken_for_a_credential_by_its_name() {
        fn check(structure: &'static Structure, seen: &mut Vec<&'static str>) {
            if seen.contains(&structure.name) {
                return;
            }
            seen.push(structure.name);
            for field in structure.fields {
                assert!(!is_parameter(field.name) || field.secret.is_some(), "{}", field.name);
                let mut shape = &field.shape;
                while let Shape::List(inner) = shape {
                    shape = inner;
                }
                if let Some(inner) = shape.structure()
                    && inner.name != "DockerBasicAuth"
                {
                    check(inner, seen);
                }
            }
        }
        let mut seen = Vec::new();
        for endpoint in Endpoint::ALL {
            check(endpoint.signature().request, &mut seen);
            check(endpoint.signature().response, &mut seen);
        }
    }
}
