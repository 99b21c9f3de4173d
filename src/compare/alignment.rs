//! Which name of one recording is which of the other, one to one.

use std::collections::HashMap;

/// What a name is the name of. Equal texts of different kinds are different names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Job,
    Run,
    /// Something else that the service made.
    Service,
    /// What a client made up.
    MadeUp,
    /// A user, or the placeholder for one.
    User,
    /// A placeholder for anything else.
    Placeholder,
}

/// What was learned so far. The first that is learned of a name holds.
#[derive(Debug, Default)]
pub(super) struct Alignment {
    new_of: HashMap<(Kind, String), String>,
    old_of: HashMap<(Kind, String), String>,
}

impl Alignment {
    /// Whether two names stand for the same; if nothing is known of either, from now on they do.
    pub(super) fn bind(&mut self, kind: Kind, old: &str, new: &str) -> bool {
        let (old_key, new_key) = ((kind, old.to_owned()), (kind, new.to_owned()));
        match (self.new_of.get(&old_key), self.old_of.get(&new_key)) {
            (None, None) => {
                self.new_of.insert(old_key, new.to_owned());
                self.old_of.insert(new_key, old.to_owned());
                true
            }
            (Some(bound), _) => bound == new,
            (None, Some(_)) => false,
        }
    }

    /// Whether two names are known to stand for the same.
    pub(super) fn is_same(&self, kind: Kind, old: &str, new: &str) -> bool {
        self.new_of(kind, old) == Some(new)
    }

    /// What the old recording calls what the new one calls so.
    pub(super) fn old_of(&self, kind: Kind, new: &str) -> Option<String> {
        self.old_of.get(&(kind, new.to_owned())).cloned()
    }

    /// What the new recording calls what the old one calls so.
    pub(super) fn new_of(&self, kind: Kind, old: &str) -> Option<&str> {
        self.new_of.get(&(kind, old.to_owned())).map(String::as_str)
    }
}
