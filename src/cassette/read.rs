//! Reads a document: from its bytes to a [`Cassette`], or to what is wrong and on which line.

use std::{fs, ops::Range, path::Path, thread};

use bytes::Bytes;
use foldhash::{HashMap, HashSet};
use http::{HeaderName, HeaderValue, Method};
use serde::{
    Deserializer as _,
    de::{self, DeserializeSeed, Error as _},
};
use serde_json::value::RawValue;

use super::{
    Cassette,
    bare::{self, Bare, Refused},
    body::Source,
    document::{
        DocumentText, EXCHANGES_MAX, ExchangeText, FILE_BYTES_MAX, HEADER_BYTES_MAX, HEADERS_MAX,
        HeaderText, NESTING_MAX, SEQ_MAX, VERSION,
    },
    file::{self, Opened},
};
use crate::{
    error::{Error, Result},
    exchange::{Exchange, Headers, Outcome, Request, Response},
    parts,
};

/// From how many bytes on it pays to work out the digest of a text while it is read.
const LONG_BYTES: usize = 1 << 20;

/// Where a document is read from. As it is written, with all white space, it is looked at again only to tell where
/// it is damaged.
#[derive(Clone, Copy)]
pub(super) enum Original<'a> {
    File(&'a Path),
    Bytes(&'a [u8]),
}

impl Original<'_> {
    fn bare(self, name: &str) -> Result<Bare> {
        let bare = match self {
            Self::File(path) => {
                let Opened { file, bytes } = file::open(path)?;
                Bare::of(file, bytes)
            }
            Self::Bytes(bytes) => Bare::of(bytes, bytes.len()),
        };
        let unread = || file::unread(Path::new(name));
        match bare {
            Ok(bare) if bare.bytes > FILE_BYTES_MAX => Err(unread().because(file::too_large())),
            Ok(bare) => Ok(bare),
            Err(Refused::Unread(cause)) => Err(unread().because(cause)),
            Err(Refused::TooDeep(at)) => {
                let cause = format!("it nests deeper than {NESTING_MAX} levels");
                Err(Damage::at(line_at(&self.text(), at), cause).in_file(name))
            }
        }
    }

    /// The text as it is written. Of a file that is gone by now nothing is told but what was wrong.
    fn text(self) -> Vec<u8> {
        match self {
            Self::File(path) => bare::without_mark(&fs::read(path).unwrap_or_default()).to_vec(),
            Self::Bytes(bytes) => bare::without_mark(bytes).to_vec(),
        }
    }
}

/// Reads a document and holds it against its seal.
pub(super) fn sealed(original: Original<'_>, name: &str) -> Result<Cassette> {
    read(original, name, true)
}

/// Reads a document whatever its seal.
pub(super) fn unsealed(original: Original<'_>, name: &str) -> Result<Cassette> {
    read(original, name, false)
}

/// What is wrong, and on which line if that is known.
struct Damage {
    line: Option<usize>,
    cause: String,
    hint: Option<String>,
}

impl Damage {
    fn at(line: usize, cause: impl Into<String>) -> Self {
        Self { line: Some(line), cause: cause.into(), hint: None }
    }

    fn in_file(self, name: &str) -> Error {
        let place = self.line.map_or_else(|| name.to_owned(), |line| format!("{name}:{line}"));
        let error = file::unread(Path::new(&place)).because(shortened(self.cause));
        match self.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

fn read(original: Original<'_>, name: &str, demand_seal: bool) -> Result<Cassette> {
    let bare = original.bare(name)?;
    let read = if bare.text.len() < LONG_BYTES {
        cassette(&bare, || bare.sha256(), original, name, demand_seal)
    } else {
        thread::scope(|scope| {
            let sha256 = scope.spawn(|| bare.sha256());
            let sha256 = || sha256.join().unwrap_or_default();
            cassette(&bare, sha256, original, name, demand_seal)
        })
    };
    read.map_err(|damage| damage.in_file(name))
}

/// A cause without the middle of what it quotes, which may be as long as the file.
fn shortened(cause: String) -> String {
    const KEPT_CHARS: usize = 120;
    let end = |(at, _)| at;
    let head = cause.char_indices().nth(KEPT_CHARS).map(end);
    let tail = cause.char_indices().nth_back(KEPT_CHARS).map(end);
    match head.zip(tail) {
        Some((head, tail)) if head < tail => format!("{} … {}", &cause[..head], &cause[tail..]),
        _ => cause,
    }
}

fn cassette(
    Bare { text: whole, exchanges: items, .. }: &Bare,
    sha256: impl FnOnce() -> String,
    original: Original<'_>,
    name: &str,
    demand_seal: bool,
) -> Result<Cassette, Damage> {
    let line = |offset| {
        let text = original.text();
        line_at(&text, bare::place(&text, offset))
    };
    let read = items.as_ref().and_then(|items| {
        let list = items.list();
        let frame = [&whole[..list.start], b"[]", &whole[list.end..]].concat();
        let document = serde_json::from_slice::<DocumentText<'_>>(&frame).ok()?;
        Some((document.without_exchanges(), side_by_side(whole, &items.ranges())?))
    });
    // Where anything is wrong, all is read once more, in order, to tell the first thing that is.
    let (document, exchanges) = match read {
        Some(read) if read.0.jobdeck == VERSION => read,
        _ => in_order(whole, original, &line)?,
    };
    let sha256 = sha256();
    if demand_seal {
        let reseal =
            Some(format!("jobdeck cassette verify --reseal {name} accepts an edit by hand"));
        let (line, cause) = match document.seal {
            None => (None, "it has no seal".to_owned()),
            Some(found) if found.exchanges != exchanges.len() => (
                seal_line(original),
                format!(
                    "its seal counts {} exchanges, but it holds {}",
                    found.exchanges,
                    exchanges.len()
                ),
            ),
            Some(found) if found.sha256 != sha256 => {
                (seal_line(original), "its contents are not those that were sealed".to_owned())
            }
            Some(_) => (None, String::new()),
        };
        if !cause.is_empty() {
            return Err(Damage { line, cause, hint: reseal });
        }
    }
    Ok(Cassette {
        recorded: document.recorded,
        upstream: document.upstream,
        redaction: document.redaction,
        volatile: document.volatile,
        exchanges,
        sha256,
    })
}

/// Reads a document from its beginning to its end, or to the first thing that is wrong.
fn in_order(
    whole: &Bytes,
    original: Original<'_>,
    line: &impl Fn(usize) -> usize,
) -> Result<(DocumentText<'static>, Vec<Exchange>), Damage> {
    let bare = std::str::from_utf8(whole)
        .map_err(|error| Damage::at(line(error.valid_up_to()), "it is not UTF-8 text"))?;
    let document: DocumentText<'_> = serde_json::from_str(bare)
        .map_err(|error| unreadable(original, line(offset_of(bare, &error)), &error))?;
    if document.jobdeck != VERSION {
        return Err(version(document.jobdeck));
    }
    let raw = document.exchanges.get();
    let mut reading = Reading {
        text: bare,
        source: Source::Bare(whole),
        count: document.seal.as_ref().map_or(0, |seal| seal.exchanges),
        places: Vec::new(),
        impossible: None,
        shared: Shared::default(),
    };
    let mut deserializer = serde_json::Deserializer::from_str(raw);
    let mut exchanges = deserializer.deserialize_seq(&mut reading).map_err(|error| {
        match (&reading.impossible, reading.places.last()) {
            (Some(cause), Some(at)) => Damage::at(line(*at), cause.as_str()),
            _ => unreadable(original, line(offset(bare, raw) + offset_of(raw, &error)), &error),
        }
    })?;
    // As they are written, they stand in order.
    if !exchanges.is_sorted_by(|one, other| one.seq < other.seq) {
        let mut seen = HashSet::default();
        let mut places = exchanges.iter().zip(&reading.places);
        let again = places.find(|(exchange, _)| !seen.insert(exchange.seq));
        if let Some((exchange, at)) = again {
            let cause = format!("a second exchange has the seq {}", exchange.seq);
            return Err(Damage::at(line(*at), cause));
        }
        exchanges.sort_by_key(|exchange| exchange.seq);
    }
    Ok((document.without_exchanges(), exchanges))
}

/// Reads exchanges that stand in these places of a text, each by itself; none if one is none, or if they do not
/// stand in order.
fn side_by_side(whole: &Bytes, places: &[Range<usize>]) -> Option<Vec<Exchange>> {
    let exchanges = parts::side_by_side(places, |part| {
        let mut shared = Shared::default();
        let mut read = |place: &Range<usize>| {
            let text = serde_json::from_slice(&whole[place.clone()]).ok()?;
            exchange(text, Source::Bare(whole), &mut shared).ok()
        };
        part.iter().map(&mut read).collect()
    });
    let exchanges: Vec<Exchange> = exchanges.into_iter().collect::<Option<_>>()?;
    exchanges.is_sorted_by(|one, other| one.seq < other.seq).then_some(exchanges)
}

/// Why a text is no document, in the words that help most.
fn unreadable(original: Original<'_>, line: usize, error: &serde_json::Error) -> Damage {
    const MARKS: [&str; 3] = ["<<<<<<< ", "=======", ">>>>>>> "];
    #[derive(serde::Deserialize)]
    struct Version {
        jobdeck: u64,
    }

    let text = original.text();
    let text = String::from_utf8_lossy(&text);
    let marked = text.lines().position(|line| MARKS.iter().any(|mark| line.starts_with(mark)));
    if let Some(line) = marked {
        return Damage {
            line: Some(line + 1),
            cause: "it holds the conflict markers of a merge".to_owned(),
            hint: Some("take one side of the conflict whole, or record again".to_owned()),
        };
    }
    if let Ok(Version { jobdeck }) = serde_json::from_str(&text)
        && jobdeck != VERSION
    {
        return version(jobdeck);
    }
    if error.is_eof() {
        return Damage {
            line: Some(line),
            cause: "it is cut short".to_owned(),
            hint: Some(
                "take it from version control or a copy; a cut document cannot be made whole"
                    .to_owned(),
            ),
        };
    }
    if serde_json::from_str::<Version>(&text).is_err()
        && serde_json::from_str::<de::IgnoredAny>(&text).is_ok()
    {
        return Damage {
            line: None,
            cause: "it is JSON, but no cassette of jobdeck".to_owned(),
            hint: Some("jobdeck record makes one".to_owned()),
        };
    }
    let words = error.to_string();
    let words = words.rsplit_once(" at line ").map_or(&*words, |(words, _)| words);
    Damage::at(line, words)
}

fn version(found: u64) -> Damage {
    Damage {
        line: None,
        cause: format!("it is of version {found}; this jobdeck reads version {VERSION}"),
        hint: (found > VERSION).then(|| "install a newer jobdeck".to_owned()),
    }
}

/// Where a part of a text begins. The part must be borrowed from the text.
fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize).min(text.len())
}

fn line_at(bytes: &[u8], offset: usize) -> usize {
    bytes[..offset.min(bytes.len())].split(|byte| *byte == b'\n').count()
}

fn seal_line(original: Original<'_>) -> Option<usize> {
    let text = original.text();
    memchr::memmem::rfind(&text, b"\"seal\"").map(|at| line_at(&text, at))
}

/// The offset in a text at which it could not be read any further.
fn offset_of(text: &str, error: &serde_json::Error) -> usize {
    if error.is_eof() {
        return text.len();
    }
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1)
}

/// The reading of the list of exchanges.
struct Reading<'a> {
    text: &'a str,
    source: Source<'a>,
    /// How many exchanges there are, if the seal is right.
    count: usize,
    /// Where each exchange's number stands.
    places: Vec<usize>,
    /// Why the last of them is no exchange, though it is written as one.
    impossible: Option<String>,
    shared: Shared<'a>,
}

impl<'de> de::Visitor<'de> for &mut Reading<'de> {
    type Value = Vec<Exchange>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of exchanges")
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        // No exchange is written in fewer bytes.
        const EXCHANGE_BYTES_MIN: usize = 100;
        let room = self.count.min(self.text.len() / EXCHANGE_BYTES_MIN);
        let mut exchanges = Vec::with_capacity(room);
        self.places.reserve_exact(room);
        while let Some(exchange) = list.next_element_seed(&mut *self)? {
            if exchanges.len() >= EXCHANGES_MAX {
                return Err(A::Error::custom(format!("more than {EXCHANGES_MAX} exchanges")));
            }
            exchanges.push(exchange);
        }
        exchanges.shrink_to_fit();
        Ok(exchanges)
    }
}

impl<'de> DeserializeSeed<'de> for &mut Reading<'de> {
    type Value = Exchange;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Exchange, D::Error> {
        let text = <ExchangeText<'de> as de::Deserialize>::deserialize(deserializer)?;
        self.places.push(offset(self.text, text.seq.get()));
        let seq = text.seq.get();
        exchange(text, self.source, &mut self.shared).map_err(|cause| {
            self.impossible = Some(format!("in exchange {seq}, {cause}"));
            D::Error::custom(cause)
        })
    }
}

/// Reads one exchange from a line of a journal.
pub(super) fn line(text: &str) -> Result<Exchange, String> {
    serde_json::from_str::<ExchangeText<'_>>(text)
        .map_err(|error| error.to_string())
        .and_then(|text| exchange(text, Source::Line, &mut Shared::default()))
        .map_err(shortened)
}

/// Headers seen before, which are shared: most repeat from exchange to exchange.
#[derive(Default)]
struct Shared<'a> {
    lists: HashMap<&'a str, Headers>,
    values: HashMap<Bytes, HeaderValue>,
}

/// How many different lists and how many different values are remembered.
const SHARED_MAX: usize = 4096;

impl<'a> Shared<'a> {
    /// The headers of a message.
    fn headers(&mut self, text: &'a RawValue) -> Result<Headers, String> {
        if let Some(headers) = self.lists.get(text.get()) {
            return Ok(headers.clone());
        }
        let list: Vec<(HeaderText<'_>, HeaderText<'_>)> = serde_json::from_str(text.get())
            .map_err(|error| {
                let words = error.to_string();
                let words = words.rsplit_once(" at line ").map_or(&*words, |(words, _)| words);
                format!("`headers`: {words}")
            })?;
        if list.len() > HEADERS_MAX {
            return Err(format!("a message has more than {HEADERS_MAX} headers"));
        }
        let fields = list.into_iter().map(|(name, value)| {
            let name = HeaderName::from_bytes(&name.0).map_err(|_| {
                format!("`{}` is no header name", String::from_utf8_lossy(&name.0).escape_debug())
            })?;
            Ok((name, self.value(&value.0)?))
        });
        let headers = Headers::from(fields.collect::<Result<Vec<_>, String>>()?);
        if self.lists.len() < SHARED_MAX {
            self.lists.insert(text.get(), headers.clone());
        }
        Ok(headers)
    }

    fn value(&mut self, text: &[u8]) -> Result<HeaderValue, String> {
        if let Some(value) = self.values.get(text) {
            return Ok(value.clone());
        }
        if text.len() > HEADER_BYTES_MAX {
            return Err(format!("a header value is longer than {HEADER_BYTES_MAX} bytes"));
        }
        let bytes = Bytes::copy_from_slice(text);
        let value = HeaderValue::from_maybe_shared(bytes.clone())
            .map_err(|_| "a header value holds a control character".to_owned())?;
        if self.values.len() < SHARED_MAX {
            self.values.insert(bytes, value.clone());
        }
        Ok(value)
    }
}

fn exchange<'a>(
    text: ExchangeText<'a>,
    source: Source<'_>,
    shared: &mut Shared<'a>,
) -> Result<Exchange, String> {
    let request = text.request;
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| format!("`{}` is no method", request.method.escape_debug()))?;
    let response = match text.response {
        None => None,
        Some(response) => Some(Response {
            status: Some(response.status)
                .filter(|status| (100..1000).contains(status))
                .ok_or_else(|| format!("`{}` is no status", response.status))?,
            headers: shared.headers(response.headers)?,
            body: response.body.read(source)?,
        }),
    };
    Ok(Exchange {
        seq: text.seq.get().parse().ok().filter(|seq| *seq <= SEQ_MAX).ok_or_else(|| {
            let seq = text.seq.get();
            format!("`seq` is `{seq}`, and not a whole number up to {SEQ_MAX}")
        })?,
        connection: text.connection,
        at_us: text.at_us,
        first_byte_us: text.first_byte_us,
        took_us: text.took_us,
        request: Request {
            method,
            target: request.target.into_owned(),
            headers: shared.headers(request.headers)?,
            body: request.body.read(source)?,
        },
        response,
        redacted: text.redacted,
        outcome: Outcome::from_name(&text.outcome)
            .ok_or_else(|| format!("`{}` is no outcome", text.outcome.escape_debug()))?,
        weather: None,
    })
}
