//! Which secrets are worth a hunt outside the place where they were found. Whatever stands in a
//! credential's place is taken out there; but a path, a word of the contract or a number stands elsewhere
//! for what it says, and to hunt it would destroy the recording.

use std::{collections::HashSet, sync::LazyLock};

use crate::contract::{Endpoint, Shape, Structure};

/// Below this many bytes a secret is not hunted: short words stand everywhere by chance.
const BYTES_MIN: usize = 12;
/// The same for the value of a cookie, which is often no secret at all.
const COOKIE_BYTES_MIN: usize = 20;

/// Whether what stood in a credential's place is hunted elsewhere.
pub(super) fn is_hunted(secret: &str) -> bool {
    secret.len() >= BYTES_MIN && !is_number(secret) && !is_of_contract(secret)
}

/// Whether the value of a cookie looks like a credential, and not like a setting.
pub(super) fn is_hunted_cookie(value: &str) -> bool {
    value.len() >= COOKIE_BYTES_MIN
        && !value.contains('/')
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && is_hunted(value)
}

fn is_number(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'))
}

/// Whether a text is part of a path of the contract, or one of its words.
fn is_of_contract(text: &str) -> bool {
    let in_path = |prefix: &str| {
        Endpoint::ALL
            .iter()
            .any(|endpoint| format!("{prefix}{}", endpoint.signature().path).contains(text))
    };
    WORDS.contains(text) || ["/api/2.0/", "/api/2.1/", "/api/2.2/"].into_iter().any(in_path)
}

/// The names of all fields, and the words that they choose from.
static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let mut words = HashSet::new();
    let mut seen = Vec::new();
    for endpoint in Endpoint::ALL {
        let signature = endpoint.signature();
        collect(signature.request, &mut seen, &mut words);
        collect(signature.response, &mut seen, &mut words);
    }
    words
});

fn collect(
    structure: &'static Structure,
    seen: &mut Vec<&'static str>,
    words: &mut HashSet<&'static str>,
) {
    if seen.contains(&structure.name) {
        return;
    }
    seen.push(structure.name);
    for field in structure.fields {
        words.insert(field.name);
        let mut shape = &field.shape;
        while let Shape::List(inner) = shape {
            shape = inner;
        }
        if let Shape::Choice(choice) = shape {
            words.extend(choice.words);
        }
        if let Some(inner) = shape.structure() {
            collect(inner, seen, words);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_contract_says_and_numbers_are_not_hunted() {
        for text in [
            "/api/2.0/jobs/list",
            "jobs/runs/get-output",
            "existing_cluster_id",
            "INTERNAL_ERROR",
            "123456789012345678",
            "-1234567890.5e10",
        ] {
            assert!(!is_hunted(text), "{text}");
        }
        assert!(is_hunted("house-of-cards-1"));
        assert!(is_hunted("1234567890abcdef"));
    }

    #[test]
    fn a_cookie_that_is_a_setting_is_not_hunted() {
        for value in
            ["/api/2.0/jobs/list", "a-dark-and-stormy-night", "dashboard/17/of/all/the/rest"]
        {
            assert!(!is_hunted_cookie(value), "{value}");
        }
        assert!(is_hunted_cookie("0123456789abcdef0123456789"));
    }
}
