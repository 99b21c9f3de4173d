//! What a server said, where people and programs read it line by line.

/// A text with what would act instead of being read made visible: control characters, ends of lines, and what
/// turns the direction of writing.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if acts(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_act_is_shown_and_all_else_stays() {
        assert_eq!(visible("a\x1b[2J\r\n::error::ü<b>"), r"a\u{1b}[2J\u{d}\u{a}::error::ü<b>");
        assert_eq!(visible("abc\u{202e}cba"), r"abc\u{202e}cba");
    }
}
