//! Header fields in the order in which their names first stood. Repeated fields stand together at the first
//! of them, in their own order: between fields of different names the order means nothing (RFC 9110 §5.3).

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::{Arc, OnceLock},
};

use http::{HeaderMap, HeaderName, HeaderValue};

/// Header fields: ordered, repeats kept, names in lower case. From the wire, repeated fields come together.
#[derive(Clone)]
pub struct Headers(Fields);

/// The two forms in which fields are at hand. Neither is turned into the other before it has to be: most that come
/// from the wire are looked at and dropped, and most that a file holds are never sent.
#[derive(Clone)]
enum Fields {
    /// As files hold them, in little room. Messages with the same fields share them.
    List(Arc<List>),
    /// As the wire takes and gives them.
    Map(Box<HeaderMap>),
}

/// Fields as a list.
#[derive(Default)]
struct List {
    fields: Vec<(HeaderName, HeaderValue)>,
    /// The same for the wire, once they were sent while others shared them: what is sent is then a copy, and not
    /// made anew each time.
    map: OnceLock<Box<HeaderMap>>,
}

impl Clone for List {
    /// A list of its own, for changes.
    fn clone(&self) -> Self {
        Self::from(self.fields.clone())
    }
}

impl From<Vec<(HeaderName, HeaderValue)>> for List {
    fn from(fields: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self { fields, map: OnceLock::new() }
    }
}

impl Headers {
    /// The first value of a field, if it is text. `name` is in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        // They are few: to compare names takes less than to look one up.
        self.iter().find(|(own, _)| own.as_str() == name).and_then(|(_, value)| value.to_str().ok())
    }

    /// All values of a field that are text, in order. `name` is in lower case.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.iter()
            .filter(move |(own, _)| own.as_str() == name)
            .filter_map(|(_, v)| v.to_str().ok())
    }

    /// Adds a field at the end. A name or value that HTTP cannot carry is left out.
    pub fn push(&mut self, name: &str, value: &str) {
        if let (Ok(name), Ok(value)) = (name.parse(), HeaderValue::from_str(value)) {
            self.append(name, value);
        }
    }

    /// Adds a field at the end.
    pub fn append(&mut self, name: HeaderName, value: HeaderValue) {
        self.list().push((name, value));
    }

    /// Removes every field of this name. `name` is in lower case.
    pub fn remove(&mut self, name: &str) {
        // Fields that stay as they are go on being shared.
        if self.iter().any(|(own, _)| own.as_str() == name) {
            self.list().retain(|(own, _)| own.as_str() != name);
        }
    }

    /// Whether these are the same as others for the reason that both share them.
    pub(crate) fn are_shared_with(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Fields::List(own), Fields::List(other)) => Arc::ptr_eq(own, other),
            _ => false,
        }
    }

    /// Every field, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&HeaderName, &HeaderValue)> {
        let (list, map) = match &self.0 {
            Fields::List(list) => (Some(&list.fields), None),
            Fields::Map(map) => (None, Some(&**map)),
        };
        let list = list.into_iter().flatten().map(|(name, value)| (name, value));
        list.chain(map.into_iter().flatten())
    }

    /// Every field with a value that can be changed in place.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&HeaderName, &mut HeaderValue)> {
        self.list().iter_mut().map(|(name, value)| (&*name, value))
    }

    fn list(&mut self) -> &mut Vec<(HeaderName, HeaderValue)> {
        if let Fields::Map(map) = &mut self.0 {
            *self = list(std::mem::take(&mut **map)).into();
        }
        match &mut self.0 {
            Fields::List(list) => {
                let list = Arc::make_mut(list);
                list.map.take();
                &mut list.fields
            }
            Fields::Map(_) => unreachable!("it is a list by now"),
        }
    }
}

impl Default for Headers {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Headers {}

impl Hash for Headers {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for field in self.iter() {
            field.hash(state);
        }
    }
}

impl From<Vec<(HeaderName, HeaderValue)>> for Headers {
    fn from(fields: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self(Fields::List(Arc::new(fields.into())))
    }
}

impl From<HeaderMap> for Headers {
    fn from(map: HeaderMap) -> Self {
        Self(Fields::Map(map.into()))
    }
}

impl From<Headers> for HeaderMap {
    fn from(headers: Headers) -> Self {
        match headers.0 {
            Fields::List(list) => match Arc::try_unwrap(list) {
                Ok(list) => list.map.into_inner().map_or_else(|| map(list.fields), |map| *map),
                Err(list) => (**list.map.get_or_init(|| map(list.fields.clone()).into())).clone(),
            },
            Fields::Map(map) => *map,
        }
    }
}

fn map(fields: Vec<(HeaderName, HeaderValue)>) -> HeaderMap {
    let map = HeaderMap::with_capacity(fields.len());
    fields.into_iter().fold(map, |mut map, (name, value)| {
        map.append(name, value);
        map
    })
}

fn list(map: HeaderMap) -> Vec<(HeaderName, HeaderValue)> {
    // A map names only the first of repeated fields.
    let mut last = None;
    let named = map.into_iter().filter_map(|(name, value)| {
        last = name.or(last.take());
        last.clone().map(|name| (name, value))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::default();
        for (name, value) in fields {
            headers.push(name, value);
        }
        headers
    }

    #[test]
    fn both_forms_say_the_same() {
        let list = headers(&[("b", "1"), ("set-cookie", "x"), ("set-cookie", "y"), ("a", "2")]);
        let mut map = Headers::from(HeaderMap::from(list.clone()));
        assert_eq!(map, list);
        assert_eq!(map.get("set-cookie"), Some("x"));
        assert_eq!(map.get("c"), None);
        assert_eq!(map.all("set-cookie").collect::<Vec<_>>(), ["x", "y"]);
        map.remove("b");
        map.push("c", "3");
        assert_eq!(
            map,
            headers(&[("set-cookie", "x"), ("set-cookie", "y"), ("a", "2"), ("c", "3")])
        );
        assert_ne!(map, list);
    }

    #[test]
    fn repeated_fields_come_together_by_the_wire() {
        let list = headers(&[("a", "1"), ("b", "2"), ("a", "3")]);
        let map = Headers::from(HeaderMap::from(list));
        assert_eq!(map, headers(&[("a", "1"), ("a", "3"), ("b", "2")]));
    }
}
