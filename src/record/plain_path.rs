//! A path as the most lenient of servers might read it.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// How often a path is decoded; what is encoded more often than that is meant to mislead.
const ROUNDS_MAX: usize = 8;

/// The one plain way to write a path: percent-encoding undone as often as there is any, `\` as `/`, path
/// parameters (`;a=b`), empty segments, `.` and white space gone, `..` followed, all in lower case. None if
/// that is no text.
///
/// Servers differ in which of these they do. Two paths that any of them could take for the same have the same
/// plain form.
pub(super) fn plain_path(path: &str) -> Option<String> {
    let decoded = decoded(path)?;
    // What was an encoded query or fragment may have become a real one.
    let path = decoded.split(['?', '#']).next().unwrap_or_default();
    let mut segments = Vec::new();
    for segment in path.split(['/', '\\']) {
        match segment.split([';', '\0']).next().unwrap_or_default().trim() {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            segment => segments.push(segment.to_lowercase()),
        }
    }
    Some(format!("/{}", segments.join("/")))
}

fn decoded(path: &str) -> Option<String> {
    let mut text = path.to_owned();
    for _ in 0..ROUNDS_MAX {
        match percent_decode_str(&text).decode_utf8().ok()? {
            Cow::Borrowed(_) => return Some(text),
            Cow::Owned(decoded) => text = decoded,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, expected: &str) {
        assert_eq!(plain_path(path).as_deref(), Some(expected), "{path}");
    }

    #[test]
    fn however_a_path_is_disguised_its_plain_form_is_the_same() {
        const CREATE: &str = "/api/2.0/jobs/create";
        for path in [
            "/api/2.0/jobs/create",
            "/api/2.0/jobs/create/",
            "//api//2.0/jobs///create",
            "/API/2.0/Jobs/CREATE",
            "/api/2.0/jobs/%63reate",
            "/api/2.0/jobs/%2563reate",
            "/api/2.0/jobs%2Fcreate",
            "/api/2.0/jobs%5ccreate",
            "/api/2.0/jobs\\create",
            "/api/2.0/jobs/./create",
            "/api/2.0/jobs/list/../create",
            "/api/2.0/jobs/list/%2e%2E/create",
            "/api/2.0/jobs/list/..;x=1/create",
            "/api/2.0/jobs/create;jsessionid=1",
            "/api/2.0/jobs;v=1/create",
            "/api/2.0/jobs/create%3fx",
            "/api/2.0/jobs/create%23x",
            "/api/2.0/jobs/create%00.html",
            "/api/2.0/jobs/create%20",
            "/../../api/2.0/jobs/create",
        ] {
            check(path, CREATE);
        }
    }

    #[test]
    fn what_is_no_encoding_stays() {
        check("/a%zz/b%2", "/a%zz/b%2");
        check("/a%C3%A9", "/aé");
        check("", "/");
    }

    #[test]
    fn what_is_no_text_has_no_plain_form() {
        assert_eq!(plain_path("/jobs/%c0%ae%c0%ae/delete"), None);
        assert_eq!(plain_path(&format!("/%{}41", "25".repeat(9))), None);
    }
}
