//! Edits strings inside a JSON text. Everything else stays byte for byte: keys, numbers, white space, and
//! the strings that nothing is wrong with.

use std::{borrow::Cow, ops::Range};

use crate::{cassette::write, json::string_end};

/// Where a string stands: the keys and indexes that lead to it.
#[derive(Debug)]
pub(super) struct Place<'a, M> {
    steps: &'a [Step<'a, M>],
}

#[derive(Debug)]
struct Step<'a, M> {
    /// The key of the member at hand as it is written; none in a list.
    key: Option<&'a str>,
    index: usize,
    is_list: bool,
    /// What the values within are.
    within: M,
    /// What the member at hand is.
    mark: M,
}

impl<M> Place<'_, M> {
    /// The place as a JSON pointer behind another one.
    pub(super) fn behind(&self, pointer: &str) -> String {
        let mut whole = String::with_capacity(pointer.len() + 16 * self.steps.len());
        whole.push_str(pointer);
        for step in self.steps {
            whole.push('/');
            match step.key {
                // As RFC 6901 writes it.
                Some(key) if key.contains(['\\', '~', '/']) => {
                    whole.push_str(&unescaped(key).replace('~', "~0").replace('/', "~1"));
                }
                Some(key) => whole.push_str(key),
                None => whole.push_str(&step.index.to_string()),
            }
        }
        whole
    }
}

/// Edits the strings of `text`, which must be JSON; none if all stay. `mark` tells what a member is from
/// what its object is and its key; `edit` gives the new string for a place, its mark and its string, and is
/// asked only where `may_change` says so of the mark and of where the string stands in the text.
#[inline]
pub(super) fn edit<'a, M: Copy>(
    text: &'a str,
    root: M,
    mark: impl Fn(M, &str) -> M,
    mut may_change: impl FnMut(M, Range<usize>) -> bool,
    mut edit: impl FnMut(&Place<'_, M>, M, &str) -> Option<String>,
) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let is_escaped = memchr::memchr(b'\\', bytes).is_some();
    let said = |inner: &'a str| if is_escaped { unescaped(inner) } else { Cow::Borrowed(inner) };
    let mut out: Option<Vec<u8>> = None;
    let mut kept = 0;
    let mut steps: Vec<Step<'a, M>> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => {
                let within = steps.last().map_or(root, |step| step.mark);
                let is_list = byte == b'[';
                steps.push(Step { key: None, index: 0, is_list, within, mark: within });
            }
            b'}' | b']' => {
                steps.pop();
            }
            b',' => {
                if let Some(step) = steps.last_mut() {
                    step.key = None;
                    step.index += 1;
                }
            }
            b'"' => {
                let end = string_end(bytes, at);
                let inner = text.get(at + 1..end.saturating_sub(1)).unwrap_or_default();
                match steps.last_mut() {
                    Some(step) if !step.is_list && step.key.is_none() => {
                        step.key = Some(inner);
                        step.mark = mark(step.within, &said(inner));
                    }
                    step => {
                        let mark = step.map_or(root, |step| step.mark);
                        if may_change(mark, at..end)
                            && let Some(new) = edit(&Place { steps: &steps }, mark, &said(inner))
                        {
                            let out = out.get_or_insert_with(|| Vec::with_capacity(text.len()));
                            out.extend_from_slice(&bytes[kept..at]);
                            write::string(&new, out);
                            kept = end;
                        }
                    }
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    out.map(|mut out| {
        out.extend_from_slice(&bytes[kept..]);
        out
    })
}

/// The string that is written between quotation marks. One that no Unicode text can be (half of a
/// surrogate pair) is taken as it is written.
pub(super) fn unescaped(inner: &str) -> Cow<'_, str> {
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    serde_json::from_str(&format!("\"{inner}\"")).map_or(Cow::Borrowed(inner), Cow::Owned)
}
