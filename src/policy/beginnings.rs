//! Prefixes as texts: what a host finds that compares characters, and not segments.
//!
//! Such hosts serve `/api/strictusers` and `/api/strict.json` by what is configured for `/api/strict`.

use crate::parse::path::Path;
use std::cmp::Ordering;

/// The texts of prefixes in lower case, sorted.
#[derive(Debug, Default)]
pub(super) struct Beginnings(Vec<Text>);

#[derive(Debug)]
struct Text {
    text: Box<str>,
    /// The prefix that it is of, by its place.
    prefix: usize,
    /// The longest of the others that it begins with, by its place here.
    shorter: Option<usize>,
}

impl Beginnings {
    /// Texts in lower case that begin with a slash and don't end with one, each with the place of its prefix.
    pub(super) fn new(texts: impl Iterator<Item = (String, usize)>) -> Self {
        let mut sorted: Vec<_> =
            texts.map(|(text, prefix)| Text { text: text.into(), prefix, shorter: None }).collect();
        sorted.sort_unstable_by(|one, other| one.text.cmp(&other.text));
        for at in 1..sorted.len() {
            let text = sorted[at].text.clone();
            let mut others = Self::chain(&sorted, Some(at - 1));
            let shorter = others.find(|shorter| text.starts_with(&*sorted[*shorter].text));
            drop(others);
            sorted[at].shorter = shorter;
        }
        Self(sorted)
    }

    /// The prefixes that a path begins with, by their places and the lengths of their texts; the longest comes first.
    pub(super) fn of<'b>(&'b self, path: Path<'b>) -> impl Iterator<Item = (usize, usize)> + 'b {
        // What the path begins with is not behind it, and whatever stands between begins with that, too.
        let behind = self.0.partition_point(|text| text.text.bytes().cmp(path.folded()) != Ordering::Greater);
        let places = Self::chain(&self.0, behind.checked_sub(1));
        let begins = move |text: &&Text| {
            let mut folded = path.folded();
            text.text.bytes().all(|byte| folded.next() == Some(byte))
        };
        places.map(|at| &self.0[at]).filter(begins).map(|text| (text.prefix, text.text.len()))
    }

    /// A text, and what it begins with.
    fn chain(sorted: &[Text], first: Option<usize>) -> impl Iterator<Item = usize> {
        std::iter::successors(first, |at| sorted[*at].shorter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::path;

    #[test]
    fn the_longest_text_comes_first() {
        let texts = ["/a", "/a/b", "/a/bc", "/a/bc/d", "/b", "/ab"];
        let beginnings = Beginnings::new(texts.iter().enumerate().map(|(at, text)| ((*text).to_owned(), at)));
        for (target, expected) in [
            ("/a", vec!["/a"]),
            ("/A/BCD/x", vec!["/a/bc", "/a/b", "/a"]),
            ("/a/bc/d.json", vec!["/a/bc/d", "/a/bc", "/a/b", "/a"]),
            ("/a%2Fb;x=1/c", vec!["/a/b", "/a"]),
            ("/abc", vec!["/ab", "/a"]),
            ("/a-b", vec!["/a"]),
            ("/az/b", vec!["/a"]),
            ("/c", vec![]),
            ("/", vec![]),
        ] {
            let path = path::parse(target.as_bytes()).unwrap();
            let found: Vec<_> = beginnings.of(path).map(|(prefix, _)| texts[prefix]).collect();
            assert_eq!(found, expected, "{target}");
        }
    }
}
