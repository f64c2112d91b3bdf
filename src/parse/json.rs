//! Strict JSON (RFC 8259) into a flat list of nodes, in one pass and without recursion.
//!
//! Stricter than the RFC where laxity has been an attack: names must be unique within an object,
//! compared after unescaping; text is UTF-8 without lone surrogates or a byte order mark; depth
//! and members are bounded. Numbers are kept as text, so that none is wrapped or rounded.
//!
//! A [`Document`] is reused: once its buffers have grown, reading allocates nothing.

use crate::limits;
use memchr::memchr;
use std::fmt;
use std::ops::Range;
use zeroize::Zeroize;

/// What is wrong, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct JsonError {
    /// The place, in bytes from the start.
    pub(crate) offset: usize,
    /// What is wrong, without a capital or a full stop.
    pub(crate) what: &'static str,
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

/// A piece of text: of the source where it holds no escape, else of the buffer of unescaped text.
#[derive(Debug, Clone, Copy, Default)]
struct Piece {
    /// The highest bit tells the buffer.
    start: u32,
    end: u32,
}

/// The bit that tells the buffer of unescaped text. Texts are shorter.
const UNESCAPED: u32 = 1 << 31;

impl Piece {
    const fn of_source(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    const fn of_unescaped(start: usize, end: usize) -> Self {
        Self { start: start as u32 | UNESCAPED, end: end as u32 }
    }

    /// The buffer, of the two, and the place in it.
    fn locate<T>(self, source: T, unescaped: T) -> (T, Range<usize>) {
        let buffer = if self.start & UNESCAPED == 0 { source } else { unescaped };
        (buffer, (self.start & !UNESCAPED) as usize..self.end as usize)
    }
}

#[derive(Debug, Clone, Copy)]
struct Node {
    kind: Kind,
    name: Piece,
    name_hash: u32,
    /// The content of a string.
    string: Piece,
    /// The value as written, quotes and brackets included.
    written: Piece,
    /// The index of the node after this one and all that it holds.
    next: u32,
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

/// Where the members of the outermost object are, by the hash of their names; it has room for
/// half as many as it has slots. Objects with more members are searched from the start.
#[derive(Debug)]
struct Index {
    /// 0 is an empty slot: the node 0 is the object itself.
    slots: [u16; INDEX_SLOTS],
    complete: bool,
}

const INDEX_SLOTS: usize = 128;

impl Default for Index {
    fn default() -> Self {
        Self { slots: [0; INDEX_SLOTS], complete: false }
    }
}

impl Index {
    fn clear(&mut self) {
        self.slots.fill(0);
        self.complete = true;
    }

    /// The first slot in which a name of this hash may be, empty or not, and those after it.
    fn probe(hash: u32) -> impl Iterator<Item = usize> {
        (0..INDEX_SLOTS).map(move |step| (hash as usize + step) % INDEX_SLOTS)
    }
}

/// How many members one object may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MembersMax(pub(crate) usize);

impl Document {
    /// Parses `text`, which is copied.
    pub(crate) fn read(&mut self, text: &[u8], members_max: MembersMax) -> Result<(), JsonError> {
        let mut buffer = self.take_buffer();
        buffer.extend_from_slice(text);
        self.parse(buffer, members_max)
    }

    /// Hands out the emptied buffer of the source, for the caller to fill and give to [`Document::parse`].
    pub(crate) fn take_buffer(&mut self) -> Vec<u8> {
        self.unescaped.clear();
        self.nodes.clear();
        let mut buffer = std::mem::take(&mut self.source).into_bytes();
        buffer.clear();
        buffer
    }

    /// Parses the text in `buffer`. On failure the document is empty, and keeps the buffer's capacity.
    pub(crate) fn parse(&mut self, buffer: Vec<u8>, members_max: MembersMax) -> Result<(), JsonError> {
        let outcome = match String::from_utf8(buffer) {
            Ok(source) => {
                self.source = source;
                self.parse_source(members_max)
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

    fn parse_source(&mut self, members_max: MembersMax) -> Result<(), JsonError> {
        self.index.clear();
        if self.source.len() >= UNESCAPED as usize {
            return Err(JsonError { offset: 0, what: "the text has 2 GiB or more" });
        }
        let mut reader = Reader {
            text: self.source.as_bytes(),
            at: 0,
            unescaped: &mut self.unescaped,
            nodes: &mut self.nodes,
            index: &mut self.index,
            sorted: &mut self.sorted,
            members_max: members_max.0,
            fault: JsonError { offset: 0, what: "" },
        };
        reader.document().map_err(|Refused| reader.fault)
    }

    /// The outermost value. `None` where nothing was parsed.
    pub(crate) fn root(&self) -> Option<Value<'_>> {
        (!self.nodes.is_empty()).then_some(Value { document: self, index: 0 })
    }

    fn indexed(&self, hash: u32, name: &str) -> Option<Value<'_>> {
        for slot in Index::probe(hash) {
            let index = u32::from(self.index.slots[slot]);
            let node = self.nodes.get(index as usize).filter(|_| index > 0)?;
            if node.name_hash == hash && self.text(node.name) == name {
                return Some(Value { document: self, index });
            }
        }
        None
    }

    fn text(&self, piece: Piece) -> &str {
        text_of(&self.source, &self.unescaped, piece)
    }
}

/// Pieces begin and end at ASCII characters of the buffer, so the text is always there.
fn text_of<'a>(source: &'a str, unescaped: &'a str, piece: Piece) -> &'a str {
    let (buffer, range) = piece.locate(source, unescaped);
    buffer.get(range).unwrap_or_default()
}

/// One value of a [`Document`].
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    document: &'a Document,
    index: u32,
}

impl<'a> Value<'a> {
    fn node(&self) -> &'a Node {
        &self.document.nodes[self.index as usize]
    }

    pub(crate) fn kind(&self) -> Kind {
        self.node().kind
    }

    /// Whether any string of the document may hold a control character. JSON has them escaped,
    /// save for those from U+007F to U+009F. It may say yes where there is none.
    pub(crate) fn may_hold_control_characters(&self) -> bool {
        let Document { source, unescaped, .. } = self.document;
        !unescaped.is_empty() || !source.is_ascii() || memchr(0x7f, source.as_bytes()).is_some()
    }

    pub(crate) fn as_str(&self) -> Option<&'a str> {
        (self.kind() == Kind::String).then(|| self.document.text(self.node().string))
    }

    pub(crate) fn as_bool(&self) -> Option<bool> {
        match self.kind() {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    /// The text of a number, as written.
    pub(crate) fn as_number(&self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then(|| self.as_json())
    }

    /// The JSON text of this value, as written.
    pub(crate) fn as_json(&self) -> &'a str {
        self.document.text(self.node().written)
    }

    pub(crate) fn as_object(&self) -> Option<Members<'a>> {
        (self.kind() == Kind::Object).then(|| Members(self.children()))
    }

    pub(crate) fn as_array(&self) -> Option<Elements<'a>> {
        (self.kind() == Kind::Array).then(|| Elements(self.children()))
    }

    /// The member of an object by its name.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'a>> {
        if self.kind() != Kind::Object {
            return None;
        }
        let hash = hash(name.as_bytes());
        if self.index == 0 && self.document.index.complete {
            return self.document.indexed(hash, name);
        }
        let nodes = &self.document.nodes;
        let end = self.node().next;
        let mut index = self.index + 1;
        while index < end {
            let node = &nodes[index as usize];
            if node.name_hash == hash && self.document.text(node.name) == name {
                return Some(Value { document: self.document, index });
            }
            index = node.next;
        }
        None
    }

    fn children(&self) -> Children<'a> {
        Children { document: self.document, index: self.index + 1, end: self.node().next }
    }
}

struct Children<'a> {
    document: &'a Document,
    index: u32,
    end: u32,
}

impl<'a> Iterator for Children<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        (self.index < self.end).then(|| {
            let value = Value { document: self.document, index: self.index };
            self.index = value.node().next;
            value
        })
    }
}

/// The members of an object, in the order of the text.
pub(crate) struct Members<'a>(Children<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.0.next()?;
        Some((value.document.text(value.node().name), value))
    }
}

/// The elements of an array, in the order of the text.
pub(crate) struct Elements<'a>(Children<'a>);

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        self.0.next()
    }
}

/// A hash of a name; names that differ in it differ. It reads whole words, that overlap in short
/// names, and is not keyed: who makes names collide gains a bounded number of comparisons.
fn hash(name: &[u8]) -> u32 {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |state: u64, word: u64| (state ^ word).wrapping_mul(PRIME).rotate_left(29);
    let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let half = |bytes: Option<&[u8; 4]>| bytes.map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
    let length = name.len() as u64;
    let state = match name {
        [] => 0,
        [a] => mix(length, u64::from(*a)),
        [a, b] => mix(length, u64::from(*a) << 8 | u64::from(*b)),
        [a, b, c] => mix(length, u64::from(*a) << 16 | u64::from(*b) << 8 | u64::from(*c)),
        [_, _, _, _, ..] if name.len() <= 8 => mix(length, half(name.first_chunk()) << 32 | half(name.last_chunk())),
        _ => {
            let words = name.as_chunks::<8>().0.iter().map(|chunk| word(Some(chunk)));
            mix(words.fold(length, mix), word(name.last_chunk()))
        }
    };
    (state >> 32) as u32 ^ state as u32
}

/// Objects with more members than this look for repeated names by sorting, when they end.
const COMPARED_WHILE_READING: u32 = 48;

/// An array or object that is not closed yet.
#[derive(Clone, Copy)]
struct Open {
    node: u32,
    is_object: bool,
    members: u32,
    /// One bit for each hash of a name that was seen: only where it is set are names compared.
    seen: u64,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    CommaOrEnd,
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    unescaped: &'a mut String,
    nodes: &'a mut Vec<Node>,
    index: &'a mut Index,
    sorted: &'a mut Vec<(u32, u32)>,
    members_max: usize,
    fault: JsonError,
}

/// The text is refused; the reader holds the reason.
#[derive(Debug)]
struct Refused;

impl Reader<'_> {
    fn document(&mut self) -> Result<(), Refused> {
        let mut open = [Open { node: 0, is_object: false, members: 0, seen: 0 }; limits::JSON_DEPTH];
        let mut depth = 0;
        let mut expect = Expect::Value;
        let mut name = (Piece::default(), 0);
        loop {
            self.skip_white_space();
            let byte = self.peek();
            match expect {
                Expect::CommaOrEnd if byte == b',' => {
                    self.at += 1;
                    expect = if open[depth - 1].is_object { Expect::Name } else { Expect::Value };
                    continue;
                }
                Expect::Name | Expect::NameOrEnd if byte == b'"' => {
                    name = self.name(&mut open[depth - 1])?;
                    expect = Expect::Value;
                    continue;
                }
                Expect::NameOrEnd | Expect::ValueOrEnd | Expect::CommaOrEnd
                    if byte == if open[depth - 1].is_object { b'}' } else { b']' } =>
                {
                    self.close(&open[depth - 1])?;
                    depth -= 1;
                }
                Expect::Value | Expect::ValueOrEnd if byte == b'{' || byte == b'[' => {
                    let Some(slot) = open.get_mut(depth) else { return self.fail("the nesting is too deep") };
                    *slot = self.open(byte == b'{', name);
                    depth += 1;
                    expect = if byte == b'{' { Expect::NameOrEnd } else { Expect::ValueOrEnd };
                    name = (Piece::default(), 0);
                    continue;
                }
                Expect::Value | Expect::ValueOrEnd => {
                    self.scalar(byte, name)?;
                    name = (Piece::default(), 0);
                }
                Expect::Name | Expect::NameOrEnd => return self.fail("a name in quotes is expected"),
                Expect::CommaOrEnd => return self.fail("a comma or the end is expected"),
            }
            if depth == 0 {
                return self.end();
            }
            expect = Expect::CommaOrEnd;
        }
    }

    fn end(&mut self) -> Result<(), Refused> {
        self.skip_white_space();
        if self.at == self.text.len() { Ok(()) } else { self.fail("there is more text after the end") }
    }

    fn open(&mut self, is_object: bool, (name, name_hash): (Piece, u32)) -> Open {
        let kind = if is_object { Kind::Object } else { Kind::Array };
        let node = self.nodes.len() as u32;
        let written = Piece::of_source(self.at, 0);
        self.nodes.push(Node { kind, name, name_hash, string: Piece::default(), written, next: 0 });
        self.at += 1;
        Open { node, is_object, members: 0, seen: 0 }
    }

    fn close(&mut self, open: &Open) -> Result<(), Refused> {
        self.at += 1;
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[open.node as usize];
        node.written.end = self.at as u32;
        node.next = next;
        if open.members > COMPARED_WHILE_READING { self.compare_by_sorting(open.node) } else { Ok(()) }
    }

    /// Reads a name and its colon.
    fn name(&mut self, open: &mut Open) -> Result<(Piece, u32), Refused> {
        let start = self.at;
        let name = self.string()?;
        let text = text_of_bytes(self.text, self.unescaped.as_bytes(), name);
        let hash = hash(text);
        let bit = 1 << (hash & 63);
        open.members += 1;
        if open.members as usize > self.members_max {
            return self.fail("an object has too many members");
        }
        if open.members <= COMPARED_WHILE_READING && open.seen & bit != 0 && self.is_repeated(open.node, text, hash) {
            return self.fail_at(start, REPEATED);
        }
        open.seen |= bit;
        if open.node == 0 {
            self.add_to_index(open.members, hash);
        }
        self.skip_white_space();
        if self.peek() != b':' {
            return self.fail("a colon is expected");
        }
        self.at += 1;
        Ok((name, hash))
    }

    /// Notes the node that comes next, which is the value of the name.
    fn add_to_index(&mut self, members: u32, hash: u32) {
        let node = u16::try_from(self.nodes.len());
        let free = Index::probe(hash).find(|slot| self.index.slots[*slot] == 0);
        match (node, free) {
            (Ok(node), Some(slot)) if members as usize <= INDEX_SLOTS / 2 => self.index.slots[slot] = node,
            _ => self.index.complete = false,
        }
    }

    fn is_repeated(&self, object: u32, text: &[u8], hash: u32) -> bool {
        let mut index = object as usize + 1;
        while let Some(node) = self.nodes.get(index) {
            if node.name_hash == hash && self.name_of(node) == text {
                return true;
            }
            index = node.next as usize;
        }
        false
    }

    fn name_of(&self, node: &Node) -> &[u8] {
        text_of_bytes(self.text, self.unescaped.as_bytes(), node.name)
    }

    fn compare_by_sorting(&mut self, object: u32) -> Result<(), Refused> {
        let mut sorted = std::mem::take(self.sorted);
        sorted.clear();
        let mut index = object + 1;
        while let Some(node) = self.nodes.get(index as usize) {
            sorted.push((node.name_hash, index));
            index = node.next;
        }
        sorted.sort_unstable_by(|a, b| {
            let name = |index: u32| self.name_of(&self.nodes[index as usize]);
            a.0.cmp(&b.0).then_with(|| name(a.1).cmp(name(b.1)))
        });
        let repeated = sorted.windows(2).find(|pair| {
            pair[0].0 == pair[1].0
                && self.name_of(&self.nodes[pair[0].1 as usize]) == self.name_of(&self.nodes[pair[1].1 as usize])
        });
        let place = repeated.map(|pair| self.nodes[pair[1].1 as usize].written.start as usize);
        *self.sorted = sorted;
        place.map_or(Ok(()), |offset| self.fail_at(offset, REPEATED))
    }

    fn scalar(&mut self, byte: u8, (name, name_hash): (Piece, u32)) -> Result<(), Refused> {
        let start = self.at;
        let mut string = Piece::default();
        let kind = match byte {
            b'"' => {
                string = self.string()?;
                Kind::String
            }
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.literal(b"true", Kind::True)?,
            b'f' => self.literal(b"false", Kind::False)?,
            b'n' => self.literal(b"null", Kind::Null)?,
            _ => return self.fail("a value is expected"),
        };
        let written = Piece::of_source(start, self.at);
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node { kind, name, name_hash, string, written, next });
        Ok(())
    }

    fn literal(&mut self, literal: &[u8], kind: Kind) -> Result<Kind, Refused> {
        if !self.text[self.at..].starts_with(literal) {
            return self.fail("a value is expected");
        }
        self.at += literal.len();
        Ok(kind)
    }

    /// RFC 8259 section 6: no leading zero, no plus, no bare point.
    fn number(&mut self) -> Result<Kind, Refused> {
        self.at += usize::from(self.text[self.at] == b'-');
        match self.text.get(self.at) {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return self.fail("a number has no digits"),
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if let Some(b'e' | b'E') = self.text.get(self.at) {
            self.at += 1;
            self.at += usize::from(matches!(self.text.get(self.at), Some(b'+' | b'-')));
            self.some_digits()?;
        }
        Ok(Kind::Number)
    }

    fn some_digits(&mut self) -> Result<(), Refused> {
        let start = self.at;
        self.digits();
        if self.at == start { self.fail("a number has no digits") } else { Ok(()) }
    }

    fn digits(&mut self) {
        while let Some(b'0'..=b'9') = self.text.get(self.at) {
            self.at += 1;
        }
    }

    #[inline]
    fn string(&mut self) -> Result<Piece, Refused> {
        self.at += 1;
        let start = self.at;
        self.skip_plain();
        if self.peek() == b'"' {
            self.at += 1;
            return Ok(Piece::of_source(start, self.at - 1));
        }
        self.string_with_escapes(start)
    }

    #[cold]
    fn string_with_escapes(&mut self, start: usize) -> Result<Piece, Refused> {
        let from = self.unescaped.len();
        let mut plain = start;
        loop {
            self.skip_plain();
            let byte = self.peek();
            self.push_plain(plain);
            match byte {
                b'"' => {
                    self.at += 1;
                    return Ok(Piece::of_unescaped(from, self.unescaped.len()));
                }
                b'\\' => self.escape()?,
                _ => return self.fail("a string holds a control character"),
            }
            plain = self.at;
        }
    }

    /// Copies the text since `plain`, which is whole characters: it ends at an ASCII one.
    fn push_plain(&mut self, plain: usize) {
        self.unescaped.push_str(str::from_utf8(&self.text[plain..self.at]).unwrap_or_default());
    }

    fn escape(&mut self) -> Result<(), Refused> {
        let character = match self.text.get(self.at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return self.fail("a string has an unknown escape"),
        };
        self.at += 2;
        self.unescaped.push(character);
        Ok(())
    }

    fn unicode_escape(&mut self) -> Result<(), Refused> {
        let first = self.four_hex_digits(self.at)?;
        let mut units = [first, 0];
        let mut count = 1;
        if (0xd800..0xdc00).contains(&first) {
            units[1] = self.four_hex_digits(self.at + 6)?;
            count = 2;
        }
        match char::decode_utf16(units[..count].iter().copied()).next() {
            Some(Ok(character)) => self.unescaped.push(character),
            _ => return self.fail("a string has half of a surrogate pair"),
        }
        self.at += 6 * count;
        Ok(())
    }

    fn four_hex_digits(&mut self, at: usize) -> Result<u16, Refused> {
        let digits = self
            .text
            .get(at..at + 6)
            .and_then(|escape| escape.strip_prefix(b"\\u"))
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| str::from_utf8(digits).ok());
        match digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()) {
            Some(unit) => Ok(unit),
            None => self.fail("a string has an incomplete \\u escape"),
        }
    }

    /// Goes to the next quote, backslash or control character, eight bytes at a time.
    #[inline]
    fn skip_plain(&mut self) {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGHS: u64 = 0x8080_8080_8080_8080;
        const fn zeros(word: u64) -> u64 {
            word.wrapping_sub(ONES) & !word
        }
        let (chunks, _) = self.text[self.at..].as_chunks::<8>();
        for chunk in chunks {
            let word = u64::from_le_bytes(*chunk);
            let quotes = zeros(word ^ (ONES * b'"' as u64));
            let backslashes = zeros(word ^ (ONES * b'\\' as u64));
            let controls = word.wrapping_sub(ONES * 0x20) & !word;
            let special = (quotes | backslashes | controls) & HIGHS;
            if special != 0 {
                self.at += (special.trailing_zeros() / 8) as usize;
                return;
            }
            self.at += 8;
        }
        while self.text.get(self.at).is_some_and(|byte| *byte != b'"' && *byte != b'\\' && *byte >= 0x20) {
            self.at += 1;
        }
    }

    fn skip_white_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.text.get(self.at) {
            self.at += 1;
        }
    }

    /// The next byte; 0, which no place allows, at the end.
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    #[cold]
    fn fail<T>(&mut self, what: &'static str) -> Result<T, Refused> {
        let what = if self.at < self.text.len() { what } else { "the text ends too early" };
        self.fail_at(self.at, what)
    }

    #[cold]
    fn fail_at<T>(&mut self, offset: usize, what: &'static str) -> Result<T, Refused> {
        self.fault = JsonError { offset, what };
        Err(Refused)
    }
}

const REPEATED: &str = "a name stands twice in one object";

fn text_of_bytes<'a>(source: &'a [u8], unescaped: &'a [u8], piece: Piece) -> &'a [u8] {
    let (buffer, range) = piece.locate(source, unescaped);
    &buffer[range]
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: MembersMax = MembersMax(limits::TOKEN_MEMBERS);

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
