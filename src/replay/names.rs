//! Values that clients make up, which are not the same on the tape and live.

use foldhash::HashMap;

use crate::{exchange::Body, json::string_end};

/// Which kind of name: 0 for idempotency tokens, then one for each volatile pointer.
pub(super) type Class = usize;

/// The class of credentials, which are bound like names.
pub(super) const CREDENTIAL: Class = Class::MAX;

/// Live values bound to recorded ones, one to one in each class.
#[derive(Debug, Default)]
pub(super) struct Names {
    classes: HashMap<Class, Bound>,
    /// For each recorded JSON string that is called otherwise live: the live JSON string.
    renamed: HashMap<String, String>,
}

#[derive(Debug, Default)]
struct Bound {
    recorded: HashMap<String, String>,
    live: HashMap<String, String>,
}

impl Names {
    /// The recorded value that a live one is bound to.
    pub(super) fn recorded(&self, class: Class, live: &str) -> Option<&str> {
        self.classes.get(&class)?.recorded.get(live).map(String::as_str)
    }

    /// Whether a recorded value is bound to some live one.
    pub(super) fn is_taken(&self, class: Class, recorded: &str) -> bool {
        self.classes.get(&class).is_some_and(|bound| bound.live.contains_key(recorded))
    }

    /// Whether the two are bound to each other.
    pub(super) fn are_bound(&self, class: Class, live: &str, recorded: &str) -> bool {
        self.recorded(class, live) == Some(recorded)
    }

    /// Whether the two are bound to each other, or both free.
    pub(super) fn agree(&self, class: Class, live: &str, recorded: &str) -> bool {
        match self.recorded(class, live) {
            Some(bound) => bound == recorded,
            None => !self.is_taken(class, recorded),
        }
    }

    /// Binds two values that [agree](Self::agree).
    pub(super) fn bind(&mut self, class: Class, live: &str, recorded: &str) {
        if self.are_bound(class, live, recorded) {
            return;
        }
        let bound = self.classes.entry(class).or_default();
        bound.recorded.insert(live.to_owned(), recorded.to_owned());
        bound.live.insert(recorded.to_owned(), live.to_owned());
        if class != CREDENTIAL
            && live != recorded
            && [live, recorded].iter().all(|text| text.starts_with('"'))
        {
            self.renamed.entry(recorded.to_owned()).or_insert_with(|| live.to_owned());
        }
    }

    /// A body with every recorded name that stands in it as a whole JSON string given back as the live
    /// one. Nothing else changes.
    pub(super) fn give_back(&self, body: &Body) -> Option<Body> {
        let Body::Whole(bytes) = body else { return None };
        if self.renamed.is_empty() {
            return None;
        }
        let text = std::str::from_utf8(bytes).ok()?;
        let renamed = rename(text, &self.renamed)?;
        // Only of a JSON text is known what its quotes mean.
        serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
        Some(Body::Whole(renamed.into()))
    }
}

fn rename(text: &str, names: &HashMap<String, String>) -> Option<String> {
    let mut out: Option<String> = None;
    let mut copied = 0;
    let mut at = 0;
    while let Some(quote) = text[at..].find('"') {
        let start = at + quote;
        let end = string_end(text.as_bytes(), start);
        let token = &text[start..end];
        at = end;
        let is_key = text[end..].trim_ascii_start().starts_with(':');
        if is_key {
            continue;
        }
        let live = if token.contains('\\') {
            // Another way of writing the same string.
            let plain = serde_json::from_str::<String>(token).ok();
            plain.and_then(|plain| names.get(&serde_json::Value::from(plain).to_string()))
        } else {
            names.get(token)
        };
        if let Some(live) = live {
            let out = out.get_or_insert_default();
            out.push_str(&text[copied..start]);
            out.push_str(live);
            copied = end;
        }
    }
    let mut out = out?;
    out.push_str(&text[copied..]);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bound_one_to_one() {
        let mut names = Names::default();
        names.bind(0, "\"live\"", "\"a\"");
        assert!(names.agree(0, "\"live\"", "\"a\""));
        assert!(!names.agree(0, "\"live\"", "\"b\""));
        assert!(!names.agree(0, "\"other\"", "\"a\""));
        assert!(names.agree(1, "\"other\"", "\"a\""));
    }

    #[test]
    fn only_whole_strings_are_given_back() {
        let mut names = Names::default();
        names.bind(1, "\"l\u{e9}\"", "\"a\"");
        let body = |text: &str| Body::Whole(text.to_owned().into());
        assert_eq!(
            names.give_back(&body(r#"{"a": "a", "b":["ab","\u0061", 1.0]}"#)),
            Some(body("{\"a\": \"l\u{e9}\", \"b\":[\"ab\",\"l\u{e9}\", 1.0]}"))
        );
        assert_eq!(names.give_back(&body("say \"a\"")), None);
        assert_eq!(names.give_back(&body("{}")), None);
    }
}
