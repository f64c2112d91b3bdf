//! One text for every way to write a name that some directory takes for the same.

use crate::parse::invisible::is_invisible;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Without case, marks, width and outer space. Names that differ may have it too; they are counted together.
pub(super) fn canonical(user: &str) -> String {
    let plain = user.nfkd().filter(|character| !is_combining_mark(*character) && !is_invisible(*character));
    // There and back: "ß" and "ss" have the same capitals, and so has "ẞ" once it is small.
    let upper = plain.flat_map(char::to_lowercase).flat_map(char::to_uppercase).collect::<String>();
    let lower = upper.nfkd().filter(|character| !is_combining_mark(*character)).flat_map(char::to_lowercase);
    lower.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn what_a_directory_takes_for_one_name_is_one() {
        for (one, other) in [
            ("bob", "BOB"),
            ("bob", " bob "),
            ("bob", "ｂｏｂ"),
            ("bob", "bób"),
            ("bob", "b\u{200d}o\u{ad}b"),
            ("a b", "A\u{3000}  B"),
            ("strasse", "Straße"),
            ("strasse", "STRAẞE"),
            ("ΣΑΣ", "σας"),
            ("sir", "ſir"),
            ("ﬁle", "FILE"),
            ("ijs", "İJS"),
        ] {
            assert_eq!(canonical(one), canonical(other), "{one:?} {other:?}");
        }
        assert_ne!(canonical("bob"), canonical("rob"));
    }
}
