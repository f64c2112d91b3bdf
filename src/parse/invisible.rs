//! Characters that nobody sees, and that change what is seen: two names that differ may look the same.

/// Whether a text holds one.
pub(crate) fn holds_invisible(text: &str) -> bool {
    if text.is_ascii() { text.bytes().any(|byte| byte.is_ascii_control()) } else { text.contains(is_invisible) }
}

/// Whether it is a control character, a mark of format (Unicode's category Cf), or the end of a line or paragraph.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'..='\u{891}'
                | '\u{8e2}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2064}'
                | '\u{2066}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{110bd}'
                | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0001}'
                | '\u{e0020}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::{holds_invisible, is_invisible};

    /// The standard library can't print such characters, and tells no other category apart.
    #[test]
    fn what_is_invisible_can_not_be_printed() {
        let invisible: Vec<char> = ('\0'..=char::MAX).filter(|character| is_invisible(*character)).collect();
        assert_eq!(invisible.len(), 65 + 170 + 2, "Cc, Cf of Unicode 16, Zl and Zp");
        for character in invisible {
            assert!(format!("{character:?}").starts_with("'\\"), "{character:?}");
        }
        for character in ['a', ' ', 'é', '\u{301}', '\u{a0}', '字', '🚪', '\u{5d0}', '\u{e0100}'] {
            assert!(!is_invisible(character), "{character:?}");
        }
        assert!(["a\u{7f}", "\tb", "\u{e9}\u{200b}", "\u{85}"].into_iter().all(holds_invisible));
        assert!(!["", "bob@contoso.example", "jos\u{e9}"].into_iter().any(holds_invisible));
    }
}
