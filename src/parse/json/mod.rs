//! Strict JSON (RFC 8259) into a flat list of nodes, in one pass and without recursion.
//!
//! Stricter than the RFC where laxity has been an attack: names must be unique within an object,
//! compared after unescaping; text is UTF-8 without lone surrogates or a byte order mark; depth
//! and members are bounded. Numbers are kept as text, so that none is wrapped or rounded.
//!
//! A [`Document`] is reused: once its buffers have grown, reading allocates nothing.

mod reader;
mod tree;
mod value;

pub(crate) use reader::REPEATED;
pub(crate) use value::Value;

use crate::limits;
use crate::secret::make_room;
use reader::Output;
use std::fmt;
use tree::{Index, Node, Piece, UNESCAPED, text_of};
use zeroize::Zeroize;

/// What is wrong, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JsonError {
    /// The place, in bytes from the start.
    pub(crate) offset: usize,
    /// What is wrong, without a capital or a full stop.
    pub(crate) what: &'static str,
}

impl JsonError {
    /// The place in `text`, the one that was parsed, as editors count it: both from 1.
    pub(crate) fn line_and_column(self, text: &[u8]) -> (usize, usize) {
        let before = text.get(..self.offset).unwrap_or(text);
        let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        (lines + 1, String::from_utf8_lossy(line).chars().count() + 1)
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.offset)
    }
}

/// The kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    False,
    True,
    Number,
    String,
    Array,
    Object,
}

/// A parsed text. Reuse it: reading another text replaces this one.
#[derive(Debug, Default)]
pub(crate) struct Document {
    source: String,
    unescaped: String,
    nodes: Vec<Node>,
    index: Index,
    sorted: Vec<(u32, u32)>,
}

/// How much a text may hold.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Most {
    /// Members of one object.
    pub(crate) members: usize,
    /// Values, those within others included.
    pub(crate) nodes: usize,
}

impl Most {
    /// Of the header or the claims of a token.
    pub(crate) const TOKEN: Self = Self { members: limits::TOKEN_MEMBERS, nodes: limits::TOKEN_NODES };

    /// As many values as the text has room for.
    pub(crate) const fn members(members: usize) -> Self {
        Self { members, nodes: usize::MAX }
    }
}

impl Document {
    /// Parses `text`, which is copied.
    pub(crate) fn read(&mut self, text: &[u8], most: Most) -> Result<(), JsonError> {
        let mut buffer = self.take_buffer(text.len());
        buffer.extend_from_slice(text);
        self.parse(buffer, most)
    }

    /// Hands out the emptied buffer of the source, with room for `bytes`, for the caller to fill and give to
    /// [`Document::parse`].
    pub(crate) fn take_buffer(&mut self, bytes: usize) -> Vec<u8> {
        self.unescaped.clear();
        self.nodes.clear();
        make_room(&mut self.source, bytes);
        std::mem::take(&mut self.source).into_bytes()
    }

    /// Parses the text in `buffer`. On failure the document is empty, and keeps the buffer's capacity.
    pub(crate) fn parse(&mut self, buffer: Vec<u8>, most: Most) -> Result<(), JsonError> {
        let outcome = match String::from_utf8(buffer) {
            Ok(source) => {
                self.source = source;
                self.parse_source(most)
            }
            Err(error) => {
                let offset = error.utf8_error().valid_up_to();
                self.give_back(error.into_bytes());
                Err(JsonError { offset, what: "the text is not UTF-8" })
            }
        };
        outcome.inspect_err(|_| self.clear())
    }

    /// Takes an unused buffer back, so that its capacity is not lost.
    pub(crate) fn give_back(&mut self, mut buffer: Vec<u8>) {
        buffer.clear();
        self.source = String::from_utf8(buffer).unwrap_or_default();
    }

    /// What its values borrow from.
    #[inline]
    pub(crate) fn texts(&self) -> [&String; 2] {
        [&self.source, &self.unescaped]
    }

    /// Forgets the text and keeps the capacity.
    pub(crate) fn clear(&mut self) {
        self.source.clear();
        self.unescaped.clear();
        self.nodes.clear();
    }

    /// Overwrites the text with zeros and forgets it, capacity and all.
    pub(crate) fn zeroize(&mut self) {
        self.source.zeroize();
        self.unescaped.zeroize();
        self.nodes.clear();
    }

    fn parse_source(&mut self, most: Most) -> Result<(), JsonError> {
        self.index.clear();
        if self.source.len() >= UNESCAPED as usize {
            return Err(JsonError { offset: 0, what: "the text has 2 GiB or more" });
        }
        let output = Output {
            unescaped: &mut self.unescaped,
            nodes: &mut self.nodes,
            index: &mut self.index,
            sorted: &mut self.sorted,
        };
        reader::read(self.source.as_bytes(), output, most)
    }

    /// The outermost value. `None` where nothing was parsed.
    pub(crate) fn root(&self) -> Option<Value<'_>> {
        (!self.nodes.is_empty()).then_some(Value { document: self, index: 0 })
    }

    fn indexed(&self, hash: u32, name: &str) -> Option<Value<'_>> {
        let is_named = |node: &Node| node.name_hash == hash && self.text(node.name) == name;
        let mut candidates = self.index.candidates(hash);
        let index = candidates.find(|index| self.nodes.get(*index as usize).is_some_and(is_named))?;
        Some(Value { document: self, index })
    }

    fn text(&self, piece: Piece) -> &str {
        text_of(&self.source, &self.unescaped, piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: Most = Most::members(limits::TOKEN_MEMBERS);

    fn read(text: &str) -> Result<Document, JsonError> {
        let mut document = Document::default();
        document.read(text.as_bytes(), MAX).map(|()| document)
    }

    fn refused(text: &str) -> &'static str {
        read(text).map(|_| ()).expect_err(text).what
    }

    #[test]
    fn values_are_found_by_name() {
        let document =
            read(r#" {"a": {"b": [1, "two", true]}, "c\u0064": "x\ny", "e": -1.5e3, "\u00e9": null} "#).unwrap();
        let root = document.root().unwrap();
        let list: Vec<_> = root.get("a").unwrap().get("b").unwrap().as_array().unwrap().collect();
        assert_eq!(list[0].as_number(), Some("1"));
        assert_eq!(list[1].as_str(), Some("two"));
        assert_eq!(list[2].as_bool(), Some(true));
        assert_eq!(root.get("cd").unwrap().as_str(), Some("x\ny"));
        assert_eq!(root.get("cd").unwrap().as_json(), r#""x\ny""#);
        assert_eq!(root.get("e").unwrap().as_number(), Some("-1.5e3"));
        assert_eq!(root.get("é").unwrap().kind(), Kind::Null);
        assert_eq!(root.get("a").unwrap().as_json(), r#"{"b": [1, "two", true]}"#);
        assert!(root.get("b").is_none());
    }

    #[test]
    fn repeated_names_are_refused_after_unescaping() {
        assert_eq!(refused(r#"{"iss":1,"iss":2}"#), REPEATED);
        assert_eq!(refused(r#"{"iss":1,"\u0069ss":2}"#), REPEATED);
        assert_eq!(refused(r#"{"x":{"a":[1,{"b":0}],"a":2}}"#), REPEATED);
        assert!(read(r#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}"#).is_ok());
    }

    #[test]
    fn repeated_names_are_refused_in_large_objects_wherever_they_stand() {
        let members =
            |skip: usize| (0..200).map(move |n| format!("\"n{}\":{{\"x\":0}}", if n == skip { 7 } else { n }));
        let object = |skip| format!("{{{}}}", members(skip).collect::<Vec<_>>().join(","));
        assert!(read(&object(7)).is_ok());
        for skip in (0..200).filter(|skip| *skip != 7) {
            assert_eq!(refused(&object(skip)), REPEATED, "{skip}");
        }
    }

    #[test]
    fn repeated_names_are_refused_behind_more_nodes_than_the_index_counts() {
        let zeros = vec!["0"; 66_000].join(",");
        assert!(read(&format!(r#"{{"keys":1,"x":[{zeros}],"y":0,"z":2}}"#)).is_ok());
        for repeated in [r#""keys":2"#, r#""y":1"#, r#""x":1"#] {
            assert_eq!(refused(&format!(r#"{{"keys":1,"x":[{zeros}],"y":0,{repeated}}}"#)), REPEATED);
        }
    }

    #[test]
    fn depth_and_members_are_bounded() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(read(&nested(limits::JSON_DEPTH)).is_ok());
        assert_eq!(refused(&nested(limits::JSON_DEPTH + 1)), "the nesting is too deep");
        let object =
            |count: usize| format!("{{{}}}", (0..count).map(|n| format!("\"{n}\":0")).collect::<Vec<_>>().join(","));
        assert!(read(&object(limits::TOKEN_MEMBERS)).is_ok());
        assert_eq!(refused(&object(limits::TOKEN_MEMBERS + 1)), "an object has too many members");
    }

    #[test]
    fn a_token_has_so_many_values_and_no_more() {
        let list = |values: usize| format!("[{}]", vec!["0"; values].join(","));
        let read = |values: usize| Document::default().read(list(values).as_bytes(), Most::TOKEN);
        assert!(read(limits::TOKEN_NODES - 1).is_ok(), "and the list itself");
        assert_eq!(read(limits::TOKEN_NODES).unwrap_err().what, "there are too many values");
    }

    /// Whoever makes up names can't aim at the few bits that they are looked for by: wherever names differ, they are spread.
    #[test]
    fn names_are_spread_by_a_key_that_nobody_knows() {
        let spread = |bits: u32, key: tree::Key| {
            let hashes = (0..64_u64).map(|high| key.hash(&(high << bits | 0x61).to_le_bytes()) % 64);
            hashes.collect::<std::collections::HashSet<_>>().len()
        };
        for bits in 7..59 {
            // By chance, 64 names have some 40 of 64 values.
            let spreads: Vec<_> = (0..32).map(|_| spread(bits, tree::Key::draw())).collect();
            assert!(spreads.iter().sum::<usize>() > 32 * 28, "{bits}: {spreads:?}");
        }
        assert_ne!(tree::Key::draw().hash(b"name"), tree::Key::draw().hash(b"name"), "each is another");
    }

    #[test]
    fn strings_agree_with_serde_json_at_each_alignment() {
        for lead in 0..17 {
            for middle in
                ["", "\\n", "\\u00e9", "\\ud83d\\ude00", "é", "\u{7f}", "\\\"", "\\ud83d", "\\ude00", "\u{1}", "\\x"]
            {
                let text = format!("\"{}{middle}{}\"", "a".repeat(lead), "b".repeat(17 - lead));
                let ours = read(&text).ok().and_then(|document| document.root()?.as_str().map(str::to_owned));
                let theirs = serde_json::from_str::<String>(&text).ok();
                assert_eq!(ours, theirs, "{text}");
            }
        }
    }

    #[test]
    fn a_reader_keeps_its_capacity_and_forgets_the_text() {
        let mut document = read(r#"{"secret":"value\t"}"#).unwrap();
        let capacity = document.source.capacity();
        assert!(document.read(b"{\"a\":\xff}", MAX).is_err());
        assert!(document.root().is_none());
        assert!(document.read(b"{\"a\":}", MAX).is_err());
        assert!(document.root().is_none());
        assert_eq!(document.source.capacity(), capacity);
    }
}
