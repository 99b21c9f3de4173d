//! Header fields in the order in which their names first stood. Repeated fields stand together at the first
//! of them, in their own order: between fields of different names the order means nothing (RFC 9110 §5.3).

use http::{HeaderMap, HeaderName, HeaderValue};

/// Header fields: ordered, repeats kept, names in lower case. From the wire, repeated fields come together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(HeaderName, HeaderValue)>);

impl Headers {
    /// No fields, with room for so many.
    pub fn with_capacity(fields: usize) -> Self {
        Self(Vec::with_capacity(fields))
    }

    /// The first value of a field, if it is text. `name` is in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(own, _)| own.as_str() == name)
            .and_then(|(_, value)| value.to_str().ok())
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
            self.0.push((name, value));
        }
    }

    /// Adds a field at the end.
    pub fn append(&mut self, name: HeaderName, value: HeaderValue) {
        self.0.push((name, value));
    }

    /// Removes every field of this name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(own, _)| own.as_str() != name);
    }

    /// Every field, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&HeaderName, &HeaderValue)> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// Every field with a value that can be changed in place.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&HeaderName, &mut HeaderValue)> {
        self.0.iter_mut().map(|(name, value)| (&*name, value))
    }
}

impl From<HeaderMap> for Headers {
    fn from(map: HeaderMap) -> Self {
        let mut last = None;
        let mut fields = Vec::with_capacity(map.len());
        for (name, value) in map {
            // A map names only the first of repeated fields.
            if name.is_some() {
                last = name;
            }
            if let Some(name) = last.clone() {
                fields.push((name, value));
            }
        }
        Self(fields)
    }
}

impl From<Headers> for HeaderMap {
    fn from(headers: Headers) -> Self {
        headers.0.into_iter().fold(Self::new(), |mut map, (name, value)| {
            map.append(name, value);
            map
        })
    }
}
