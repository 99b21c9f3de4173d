//! Patterns over the ids of rules and over the paths of requests, as people write them.

/// A pattern over paths: `jobs/create`, `jobs/runs/*`, `clusters/*` for what stands behind `/api/2.0/`,
/// `/api/2.1/` or `/api/2.2/` alike; one that begins with `/` for the whole path. `*` stands for any
/// characters, also none and `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern(String);

impl PathPattern {
    /// The pattern that this text is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether a path fits, letter by letter.
    pub fn fits(&self, path: &str) -> bool {
        let held = if self.0.starts_with('/') { Some(path) } else { behind_version(path) };
        held.is_some_and(|text| fits(&self.0, text))
    }
}

/// What stands behind the version in a path of the API: `jobs/create` of `/api/2.1/jobs/create`. None for any
/// other path. The versions 2.0, 2.1 and 2.2 count alike.
pub fn behind_version(path: &str) -> Option<&str> {
    path.strip_prefix("/api/2.")?.strip_prefix(['0', '1', '2'])?.strip_prefix('/')
}

/// Whether a text fits a pattern, in which `*` stands for any characters, also none.
pub fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, mut rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    // The earliest place for each part leaves the most room for those behind it.
    while let Some((part, behind)) = rest.split_once('*') {
        let Some(found) = text.find(part) else { return false };
        text = &text[found + part.len()..];
        rest = behind;
    }
    text.ends_with(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, path: &str, expected: bool) {
        assert_eq!(PathPattern::new(pattern).fits(path), expected, "{pattern} {path}");
    }

    #[test]
    fn a_pattern_is_held_against_what_stands_behind_the_version() {
        check("jobs/create", "/api/2.0/jobs/create", true);
        check("jobs/create", "/api/2.1/jobs/create", true);
        check("jobs/runs/*", "/api/2.2/jobs/runs/cancel", true);
        check("jobs/*", "/api/2.0/jobs/runs/cancel", true);
        check("*", "/api/2.0/clusters/create", true);
        check("jobs/create", "/api/2.3/jobs/create", false);
        check("jobs/create", "/jobs/create", false);
        check("jobs/create", "/api/2.0/jobs/create/", false);
        check("jobs/create", "/api/2.0/Jobs/create", false);
        check("*", "/login", false);
    }

    #[test]
    fn one_with_a_slash_before_it_is_held_against_the_whole_path() {
        check("/api/2.1/jobs/create", "/api/2.1/jobs/create", true);
        check("/api/2.1/jobs/create", "/api/2.0/jobs/create", false);
        check("/api/1.2/*", "/api/1.2/commands/execute", true);
        check("/*", "/login", true);
    }
}
