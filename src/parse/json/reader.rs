//! Reads a text into nodes, in one pass and with a stack of its own.

use super::tree::{Index, Node, Piece, bytes_of};
use super::{JsonError, Kind, Most};
use crate::limits;
use crate::secret::make_room;

pub(crate) const REPEATED: &str = "a name stands twice in one object";

/// Objects with more members than this look for repeated names by sorting, when they end, if they have no index.
const COMPARED_WHILE_READING: u32 = 16;

/// An array or object that is not closed yet.
#[derive(Clone, Copy, Default)]
struct Open {
    node: u32,
    is_object: bool,
    members: u32,
    /// One bit for each hash of a name that was seen: only where it is set are names compared.
    seen: u64,
}

impl Open {
    const fn closing(&self) -> u8 {
        if self.is_object { b'}' } else { b']' }
    }
}

/// The name of the value that comes next; empty in an array.
#[derive(Clone, Copy, Default)]
struct Name {
    text: Piece,
    hash: u32,
}

/// What a text is read into. Each buffer is empty.
pub(super) struct Output<'a> {
    pub(super) unescaped: &'a mut String,
    pub(super) nodes: &'a mut Vec<Node>,
    pub(super) index: &'a mut Index,
    /// Room for sorting names.
    pub(super) sorted: &'a mut Vec<(u32, u32)>,
}

/// Reads a text of UTF-8.
pub(super) fn read(text: &[u8], output: Output<'_>, most: Most) -> Result<(), JsonError> {
    let Output { unescaped, nodes, index, sorted } = output;
    let fault = JsonError { offset: 0, what: "" };
    let mut reader = Reader { text, at: 0, unescaped, nodes, index, sorted, most, fault };
    reader.document().map_err(|Refused| reader.fault)
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    unescaped: &'a mut String,
    nodes: &'a mut Vec<Node>,
    index: &'a mut Index,
    sorted: &'a mut Vec<(u32, u32)>,
    most: Most,
    fault: JsonError,
}

/// The text is refused; the reader holds the reason.
#[derive(Debug)]
struct Refused;

impl Reader<'_> {
    fn document(&mut self) -> Result<(), Refused> {
        let mut opened = [Open::default(); limits::JSON_DEPTH];
        let mut depth = 0;
        'value: loop {
            let name = match opened[..depth].last_mut() {
                Some(open) if open.is_object => self.name_in(open)?,
                _ => Name::default(),
            };
            self.skip_white_space();
            if self.nodes.len() >= self.most.nodes {
                return self.fail("there are too many values");
            }
            match self.peek() {
                byte @ (b'{' | b'[') => {
                    let Some(open) = opened.get_mut(depth) else { return self.fail("the nesting is too deep") };
                    depth += 1;
                    *open = self.open(byte == b'{', name);
                    if self.peek() != open.closing() {
                        continue 'value;
                    }
                }
                byte => self.scalar(byte, name)?,
            }
            while let Some(open) = opened[..depth].last_mut() {
                self.skip_white_space();
                match self.peek() {
                    b',' => {
                        self.at += 1;
                        continue 'value;
                    }
                    byte if byte == open.closing() => self.close(open)?,
                    _ => return self.fail("a comma or the end is expected"),
                }
                depth -= 1;
            }
            return self.end();
        }
    }

    fn end(&mut self) -> Result<(), Refused> {
        self.skip_white_space();
        if self.at == self.text.len() { Ok(()) } else { self.fail("there is more text after the end") }
    }

    fn open(&mut self, is_object: bool, name: Name) -> Open {
        let kind = if is_object { Kind::Object } else { Kind::Array };
        let node = self.nodes.len() as u32;
        let written = Piece::of_source(self.at, 0);
        self.nodes.push(Node {
            kind,
            name: name.text,
            name_hash: name.hash,
            string: Piece::default(),
            written,
            next: 0,
        });
        self.at += 1;
        self.skip_white_space();
        Open { node, is_object, ..Open::default() }
    }

    fn close(&mut self, open: &Open) -> Result<(), Refused> {
        self.at += 1;
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[open.node as usize];
        node.written.end = self.at as u32;
        node.next = next;
        let is_indexed = open.node == 0 && self.index.is_complete();
        if open.members > COMPARED_WHILE_READING && !is_indexed { self.compare_by_sorting(open.node) } else { Ok(()) }
    }

    /// Reads a name and its colon.
    fn name_in(&mut self, open: &mut Open) -> Result<Name, Refused> {
        self.skip_white_space();
        let start = self.at;
        if self.peek() != b'"' {
            return self.fail("a name in quotes is expected");
        }
        let text = self.string()?;
        let name = Name { text, hash: self.index.key.hash(self.bytes_of(text)) };
        open.members += 1;
        if open.members as usize > self.most.members {
            return self.fail("an object has too many members");
        }
        if self.is_repeated(open, name) {
            return self.fail_at(start, REPEATED);
        }
        self.skip_white_space();
        if self.peek() != b':' {
            return self.fail("a colon is expected");
        }
        self.at += 1;
        Ok(name)
    }

    /// Whether an earlier member of the object has the same name. Where there are many members,
    /// that is looked for when the object ends.
    fn is_repeated(&mut self, open: &mut Open, name: Name) -> bool {
        let bit = 1 << (name.hash & 63);
        let suspected = open.members <= COMPARED_WHILE_READING && open.seen & bit != 0;
        open.seen |= bit;
        if open.node == 0 && self.index.is_complete() {
            let repeated = self.index.candidates(name.hash).any(|node| self.is_named(node as usize, name));
            self.index.add(self.nodes.len(), open.members, name.hash);
            return repeated;
        }
        suspected && self.members_of(open.node).any(|node| self.is_named(node, name))
    }

    fn is_named(&self, node: usize, name: Name) -> bool {
        let node = &self.nodes[node];
        node.name_hash == name.hash && self.bytes_of(node.name) == self.bytes_of(name.text)
    }

    /// The nodes of an object's members so far.
    fn members_of(&self, object: u32) -> impl Iterator<Item = usize> {
        let node = |index: usize| (index < self.nodes.len()).then_some(index);
        std::iter::successors(node(object as usize + 1), move |index| node(self.nodes[*index].next as usize))
    }

    fn bytes_of(&self, piece: Piece) -> &[u8] {
        bytes_of(self.text, self.unescaped.as_bytes(), piece)
    }

    fn compare_by_sorting(&mut self, object: u32) -> Result<(), Refused> {
        let mut sorted = std::mem::take(self.sorted);
        sorted.clear();
        sorted.extend(self.members_of(object).map(|index| (self.nodes[index].name_hash, index as u32)));
        let name = |index: u32| self.bytes_of(self.nodes[index as usize].name);
        sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| name(a.1).cmp(name(b.1))).then(a.1.cmp(&b.1)));
        let same = |pair: &&[(u32, u32)]| pair[0].0 == pair[1].0 && name(pair[0].1) == name(pair[1].1);
        let repeated = sorted.windows(2).find(same).map(|pair| pair[1].1);
        let place = repeated.map(|index| self.nodes[index as usize].place());
        *self.sorted = sorted;
        place.map_or(Ok(()), |offset| self.fail_at(offset, REPEATED))
    }

    fn scalar(&mut self, byte: u8, name: Name) -> Result<(), Refused> {
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
        self.nodes.push(Node { kind, name: name.text, name_hash: name.hash, string, written, next });
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

    #[inline(always)]
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
        if self.unescaped.is_empty() {
            // It never gets longer than the text.
            make_room(self.unescaped, self.text.len());
        }
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
