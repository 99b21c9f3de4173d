//! The limits of one place, gathered.

use crate::contract::{Bound, Limit, Shape};

/// The limits of a value, as whoever makes one asks for them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) minimum: i64,
    pub(super) maximum: i64,
    pub(super) chars_min: usize,
    pub(super) chars_max: usize,
    pub(super) bytes_max: usize,
    pub(super) entries_max: usize,
    pub(super) json_bytes_max: usize,
    pub(super) ascii: bool,
    pub(super) starts_with_any: &'static [&'static str],
    pub(super) starts_with_none: &'static [&'static str],
    pub(super) has_none: &'static str,
    pub(super) entries_none: &'static [&'static str],
}

impl Bounds {
    /// No limits at all.
    pub(super) const NONE: Self = Self {
        minimum: i64::MIN,
        maximum: i64::MAX,
        chars_min: 0,
        chars_max: usize::MAX,
        bytes_max: usize::MAX,
        entries_max: usize::MAX,
        json_bytes_max: usize::MAX,
        ascii: false,
        starts_with_any: &[],
        starts_with_none: &[],
        has_none: "",
        entries_none: &[],
    };

    /// What these limits come to.
    pub(super) fn of(limits: &[Limit]) -> Self {
        limits.iter().fold(Self::NONE, |bounds, limit| bounds.and(limit.bound))
    }

    /// The same with one more.
    fn and(mut self, bound: Bound) -> Self {
        match bound {
            Bound::Minimum(least) => self.minimum = self.minimum.max(least),
            Bound::Maximum(most) => self.maximum = self.maximum.min(most),
            Bound::CharsMin(least) => self.chars_min = self.chars_min.max(least),
            Bound::CharsMax(most) => self.chars_max = self.chars_max.min(most),
            Bound::BytesMax(most) => self.bytes_max = self.bytes_max.min(most),
            Bound::EntriesMax(most) => self.entries_max = self.entries_max.min(most),
            Bound::JsonBytesMax(most) => self.json_bytes_max = self.json_bytes_max.min(most),
            Bound::Ascii => self.ascii = true,
            Bound::StartsWithAny(starts) => self.starts_with_any = starts,
            Bound::StartsWithNone(starts) => self.starts_with_none = starts,
            Bound::HasNone(characters) => self.has_none = characters,
            Bound::EntriesNone(texts) => self.entries_none = texts,
        }
        self
    }

    /// The limits of one entry of a list or map with these limits.
    pub(super) fn of_entry(&self) -> Self {
        Self { ascii: self.ascii, entries_none: self.entries_none, ..Self::NONE }
    }

    /// The least and the greatest number of a shape within these limits.
    pub(super) fn range(&self, shape: Shape) -> (i64, i64) {
        let (least, most) = width(shape);
        (self.minimum.max(least), self.maximum.min(most))
    }
}

/// The least and the greatest number that a shape has room for.
pub(super) fn width(shape: Shape) -> (i64, i64) {
    match shape {
        Shape::Int32 => (i32::MIN.into(), i32::MAX.into()),
        Shape::Boolean
        | Shape::Int64
        | Shape::Double
        | Shape::String
        | Shape::Choice(_)
        | Shape::Structure(_)
        | Shape::Patch(_)
        | Shape::List(_)
        | Shape::Map(_)
        | Shape::Any => (i64::MIN, i64::MAX),
    }
}
