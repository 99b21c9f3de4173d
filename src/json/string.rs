//! Where the strings and other values of a JSON text end.

/// How many bytes of a text, from `start` on, stand in a JSON string as they are: as far as the next
/// quotation mark, backslash or control character.
pub fn plain_bytes(bytes: &[u8], start: usize) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGHS: u64 = ONES << 7;
    // The high bit of the lowest byte below the limit is set, and perhaps some of higher bytes.
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word & HIGHS;
    let equal = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    // How many bytes of a word come before the first that is special, if one is.
    let plain = |eight: &[u8; 8]| {
        let word = u64::from_le_bytes(*eight);
        let found = equal(word, b'"') | equal(word, b'\\') | below(word, b' ');
        (found != 0).then(|| found.trailing_zeros() as usize / 8)
    };
    let text = bytes.get(start..).unwrap_or_default();
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        if let Some(plain) = plain(word) {
            return 8 * index + plain;
        }
    }
    if let Some(word) = text.last_chunk::<8>() {
        // Some of its bytes are known to be plain.
        return plain(word).map_or(text.len(), |plain| text.len() - 8 + plain);
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    rest.iter().position(is_special).unwrap_or(rest.len())
}

/// Where the JSON string ends whose first quotation mark is at `start`: behind its last one, or at the end
/// of `bytes` if it has none.
pub fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        at += plain_bytes(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}

/// Where the value ends that begins at `start` of a JSON text; the end of `bytes` if it has none.
pub fn value_end(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at),
            b'{' | b'[' => {
                depth += 1;
                at += 1;
                continue;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            _ if depth > 0 => {
                at += 1;
                continue;
            }
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}') || *byte <= b' ';
                let length = bytes[at..].iter().position(is_end);
                return length.map_or(bytes.len(), |length| at + length);
            }
        }
        if depth == 0 {
            break;
        }
    }
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, plain: usize, end: usize) {
        let bytes = text.as_bytes();
        assert_eq!((plain_bytes(bytes, 1), string_end(bytes, 0)), (plain, end), "{text:?}");
    }

    #[test]
    fn a_string_ends_at_the_quotation_mark_that_is_not_escaped() {
        check(r#""" "#, 0, 2);
        check(r#""abc","def""#, 3, 5);
        check(r#""a\"b\\","c""#, 1, 8);
        check(r#""no end"#, 6, 7);
        check(r#""no end\"#, 6, 8);
        check("\"caf\u{e9} and \u{7f}, a longer one\" ", 25, 27);
        check("\"a line\nfeed\"", 6, 13);
    }

    #[track_caller]
    fn check_value(text: &str, end: usize) {
        assert_eq!(value_end(text.as_bytes(), 0), end, "{text:?}");
    }

    #[test]
    fn a_value_ends_with_its_last_bracket() {
        check_value(r#"{"a}":[1,{"b":"]"}],"c":{}},1"#, 27);
        check_value("[],1", 2);
        check_value(r#""a,b","c""#, 5);
        check_value("-1.5e7,2", 6);
        check_value("null}", 4);
        check_value("[1,2", 4);
        check_value("", 0);
    }

    proptest::proptest! {
        #[test]
        fn every_byte_is_judged_alike_wherever_it_stands(bytes: Vec<u8>, start in 0..40_usize) {
            let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
            let rest = bytes.get(start..).unwrap_or_default();
            let expected = rest.iter().position(is_special).unwrap_or(rest.len());
            proptest::prop_assert_eq!(plain_bytes(&bytes, start), expected);
        }
    }
}
