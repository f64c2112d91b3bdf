//! Texts of a token or a configuration, made fit for a terminal and a log.

use crate::parse::claims::Claims;
use crate::parse::invisible::is_invisible;
use crate::parse::json::Value;
use jiff::Timestamp;

/// As many characters of a foreign text are shown.
const CHARACTERS: usize = 120;

/// As many texts of a list are shown.
const TEXTS: usize = 8;

/// A text without characters that nobody sees, and not too long.
pub(super) fn text(text: &str) -> String {
    let mut shown: String = text.chars().take(CHARACTERS).flat_map(escape).collect();
    if text.chars().count() > CHARACTERS {
        shown.push('…');
    }
    if shown.is_empty() { "an empty text".to_owned() } else { shown }
}

fn escape(character: char) -> impl Iterator<Item = char> {
    let (escaped, plain) =
        if is_invisible(character) { (Some(character.escape_unicode()), None) } else { (None, Some(character)) };
    escaped.into_iter().flatten().chain(plain)
}

/// Texts with commas between.
pub(super) fn list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let mut texts = texts.into_iter();
    let shown: Vec<String> = texts.by_ref().take(TEXTS).map(|shown| text(shown.as_ref())).collect();
    match (shown.is_empty(), texts.count()) {
        (true, _) => "none".to_owned(),
        (false, 0) => shown.join(", "),
        (false, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A claim as it is, or that it is not there.
pub(super) fn claim(claims: Claims<'_>, name: &str) -> String {
    claims.get(name).map_or("nothing".to_owned(), value)
}

/// A value as JSON, so that a text of digits and a number do not look the same.
pub(super) fn exact(value: Value<'_>) -> String {
    text(value.as_json())
}

/// A text in quotes, to paste into a configuration. Nothing where it is empty, or is not shown as
/// it is: what is pasted has to be what the token holds.
pub(super) fn pasted(pasted: &str) -> Option<String> {
    let whole = !pasted.is_empty() && text(pasted) == pasted;
    whole.then(|| serde_json::Value::from(pasted).to_string())
}

/// Texts in quotes with commas between, to paste; nothing where one of them can't be.
pub(super) fn pasted_list(texts: &[&str]) -> Option<String> {
    let texts: Option<Vec<String>> =
        (1..=TEXTS).contains(&texts.len()).then(|| texts.iter().map(|text| pasted(text)).collect())?;
    Some(texts?.join(", "))
}

/// Strings without quotes, as in the configuration's lists; anything else as JSON.
pub(super) fn value(value: Value<'_>) -> String {
    let texts = || value.as_array()?.map(|element| element.as_str()).collect::<Option<Vec<_>>>();
    match (value.as_str(), texts()) {
        (Some(string), _) => text(string),
        (None, Some(texts)) => list(texts),
        (None, None) => text(value.as_json()),
    }
}

/// A time as RFC 3339 tells it.
pub(super) fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

/// A span of time in the unit that fits it.
pub(super) fn span(seconds: i64) -> String {
    let (number, unit) = match seconds {
        ..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        7200..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_harmless() {
        assert_eq!(text("a\r\nb\u{202e}c"), "a\\u{d}\\u{a}b\\u{202e}c");
        assert_eq!(text(&"x".repeat(500)).chars().count(), CHARACTERS + 1);
        assert_eq!(list(["a", "b"]), "a, b");
        assert_eq!(list(vec!["a"; 10]), "a, a, a, a, a, a, a, a and 2 more");
    }

    #[test]
    fn only_what_is_shown_whole_is_pasted() {
        assert_eq!(pasted("a\"b"), Some("\"a\\\"b\"".to_owned()));
        assert_eq!(pasted_list(&["a", "b"]), Some("\"a\", \"b\"".to_owned()));
        for text in ["", "a\nb", "\u{202e}", &"x".repeat(CHARACTERS + 1)] {
            assert_eq!(pasted(text), None, "{text:?}");
            assert_eq!(pasted_list(&["a", text]), None, "{text:?}");
        }
        assert_eq!(pasted_list(&[]), None);
    }

    #[test]
    fn times_and_spans_are_readable() {
        assert_eq!(time(1_700_000_000), "2023-11-14T22:13:20Z");
        for (seconds, words) in
            [(1, "1 second"), (119, "119 seconds"), (120, "2 minutes"), (7200, "2 hours"), (172_800, "2 days")]
        {
            assert_eq!(span(seconds), words);
        }
    }
}
