//! Values of options, as they are written. What could never mean anything is refused here, with what would.

use std::net::{IpAddr, SocketAddr};

use regex::Regex;

/// Texts that have nothing in common.
const UNLIKE_TEXTS: [&str; 4] = ["a", "Z", "0", "-"];

/// A JSON pointer into bodies and parameters, as RFC 6901 writes it.
pub(super) fn pointer(text: &str) -> Result<String, String> {
    let escapes = text.split('~').skip(1);
    let is_pointer =
        text.starts_with('/') && escapes.into_iter().all(|rest| rest.starts_with(['0', '1']));
    is_pointer.then(|| text.to_owned()).ok_or_else(|| {
        "a JSON pointer, such as /run_name (~0 stands for ~, and ~1 for /)".to_owned()
    })
}

/// A size such as `512`, `64KiB` or `16MiB`, in bytes.
pub(super) fn size_bytes(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let shift = match text[digits.len()..].trim() {
        "" | "B" => 0,
        "K" | "KiB" => 10,
        "M" | "MiB" => 20,
        "G" | "GiB" => 30,
        _ => return Err("a number with KiB, MiB or GiB".into()),
    };
    let number: usize = digits.parse().map_err(|_| "a number with KiB, MiB or GiB".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "too large".to_owned())
}

/// Where to listen.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "an IP address and a port up to 65535, such as 127.0.0.1:8421 or [::1]:0".to_owned()
    })
}

/// A name, or an address, that clients may have for a deck.
pub(super) fn host(text: &str) -> Result<String, String> {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_host = name.split('.').all(is_label) || text.parse::<IpAddr>().is_ok();
    is_host.then(|| text.to_owned()).ok_or_else(|| {
        "a name alone, such as deck.example, without scheme, port and path".to_owned()
    })
}

/// A token that a header can carry.
pub(super) fn token(text: &str) -> Result<String, String> {
    let is_token = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_token
        .then(|| text.to_owned())
        .ok_or_else(|| "letters, digits and signs of ASCII, no blanks".to_owned())
}

/// What finds secrets: it must leave something that is none.
pub(super) fn secret(text: &str) -> Result<Regex, String> {
    let pattern = Regex::new(text).map_err(|cause| cause.to_string())?;
    let finds_nothing = |text: &str| pattern.find(text).is_some_and(|found| found.is_empty());
    if finds_nothing("") || UNLIKE_TEXTS.into_iter().any(finds_nothing) {
        return Err("it matches where nothing is; a secret has at least one character".to_owned());
    }
    if UNLIKE_TEXTS.iter().all(|text| pattern.is_match(text)) {
        return Err(
            "it matches whatever is there; name what secrets have and other texts have not"
                .to_owned(),
        );
    }
    Ok(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(size_bytes("512"), Ok(512));
        assert_eq!(size_bytes("16MiB"), Ok(16 << 20));
        assert!(size_bytes("16 quarts").is_err());
        assert!(size_bytes("-1").is_err());
        assert!(size_bytes("99999999999GiB").is_err());
    }

    #[test]
    fn what_clients_may_call_a_deck_is_a_name_or_an_address() {
        for good in ["deck", "Deck.example.", "my_service", "10.0.0.5", "::1"] {
            assert_eq!(host(good).as_deref(), Ok(good));
        }
        for bad in ["", ".", "a..b", "a b", "http://a", "a:80", "a/b", "*", "[::1]"] {
            assert!(host(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pattern_of_secrets_leaves_what_is_none() {
        for good in ["order-[0-9]+", "[0-9]", ".{20,}", r"\bkey\b", "^x"] {
            assert!(secret(good).is_ok(), "{good}");
        }
        for bad in ["", ".*", "a*", "x?", r"\b", "^", "$", ".", ".+", "[^x]", r"\S+", "("] {
            assert!(secret(bad).is_err(), "{bad}");
        }
    }
}
