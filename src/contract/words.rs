//! Shapes, bounds and relations in words: what a finding says was expected, and what the OpenAPI
//! document says where JSON Schema has no word for it.

use std::fmt::{self, Display, Formatter};

use super::{Bound, Relation, Shape};

impl Display for Shape {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => f.write_str("true or false"),
            Self::Int32 => f.write_str("a whole number of 32 bits"),
            Self::Int64 => f.write_str("a whole number of 64 bits"),
            Self::Double => f.write_str("a number"),
            Self::String => f.write_str("a string"),
            Self::Choice(choice) => listed(f, choice.words, "or"),
            Self::Structure(_) | Self::Patch(_) => f.write_str("an object"),
            Self::List(_) => f.write_str("an array"),
            Self::Map(map) if map.scalars => {
                f.write_str("an object of strings, numbers and booleans")
            }
            Self::Map(_) => f.write_str("an object of strings"),
            Self::Any => f.write_str("anything"),
        }
    }
}

impl Display for Bound {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minimum(least) => write!(f, "at least {least}"),
            Self::Maximum(most) => write!(f, "at most {most}"),
            Self::CharsMin(1) => f.write_str("at least 1 character"),
            Self::CharsMin(least) => write!(f, "at least {least} characters"),
            Self::CharsMax(most) => write!(f, "at most {most} characters"),
            Self::BytesMax(most) => write!(f, "at most {most} bytes in UTF-8"),
            Self::EntriesMax(most) => write!(f, "at most {most} entries"),
            Self::JsonBytesMax(most) => {
                write!(
                    f,
                    "at most {most} bytes as compact JSON, with its name and the braces around"
                )
            }
            Self::Ascii => f.write_str("ASCII characters only"),
            Self::StartsWithAny(starts) => {
                f.write_str("a text that starts with ")?;
                listed(f, starts, "or")
            }
            Self::StartsWithNone(starts) => {
                f.write_str("a text that does not start with ")?;
                listed(f, starts, "or")
            }
            Self::HasNone(characters) => write!(f, "none of the characters `{characters}`"),
            Self::EntriesNone(texts) => {
                f.write_str("no entry ")?;
                listed(f, texts, "or")
            }
        }
    }
}

impl Display for Relation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeastOne(names) => {
                f.write_str("at least one of ")?;
                listed(f, names, "and")
            }
            Self::AtMostOne(names) => {
                f.write_str("at most one of ")?;
                listed(f, names, "and")
            }
            Self::Excludes(name, others) => {
                f.write_str("no ")?;
                listed(f, others, "or")?;
                write!(f, " beside `{name}`")
            }
            Self::Needs(name, other) => write!(f, "`{other}` beside `{name}`"),
            Self::NotAbove(less, more) => write!(f, "`{less}` not above `{more}`"),
            Self::Differ(one, other) => write!(f, "`{one}` other than `{other}`"),
            Self::NotBothTrue(one, other) => write!(f, "`{one}` and `{other}` not both true"),
        }
    }
}

/// `a`, `b` or `c`.
fn listed(f: &mut Formatter<'_>, names: &[&str], last: &str) -> fmt::Result {
    for (at, name) in names.iter().enumerate() {
        if at > 0 && at + 1 == names.len() {
            write!(f, " {last} ")?;
        } else if at > 0 {
            f.write_str(", ")?;
        }
        write!(f, "`{name}`")?;
    }
    Ok(())
}
