//! How a parsed text is kept: nodes in the order of the text, and an index of the outermost object.

use super::Kind;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::sync::LazyLock;

/// A piece of text: of the source where it holds no escape, else of the buffer of unescaped text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Piece {
    /// The highest bit tells the buffer.
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Node {
    /// The place of its name in the source, where that holds no escape, else of its value.
    pub(super) fn place(&self) -> usize {
        let named = self.name.start & UNESCAPED == 0 && self.name.start > 0;
        if named { self.name.start as usize - 1 } else { self.written.start as usize }
    }
}

/// The bit that tells the buffer of unescaped text. Texts are shorter.
pub(super) const UNESCAPED: u32 = 1 << 31;

impl Piece {
    pub(super) const fn of_source(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    pub(super) const fn of_unescaped(start: usize, end: usize) -> Self {
        Self { start: start as u32 | UNESCAPED, end: end as u32 }
    }

    /// The buffer, of the two, and the place in it.
    pub(super) fn locate<T>(self, source: T, unescaped: T) -> (T, Range<usize>) {
        let buffer = if self.start & UNESCAPED == 0 { source } else { unescaped };
        (buffer, (self.start & !UNESCAPED) as usize..self.end as usize)
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) name: Piece,
    pub(super) name_hash: u32,
    /// The content of a string.
    pub(super) string: Piece,
    /// The value as written, quotes and brackets included.
    pub(super) written: Piece,
    /// The index of the node after this one and all that it holds.
    pub(super) next: u32,
}

/// Pieces begin and end at ASCII characters of the buffer, so the text is always there.
pub(super) fn text_of<'a>(source: &'a str, unescaped: &'a str, piece: Piece) -> &'a str {
    let (buffer, range) = piece.locate(source, unescaped);
    buffer.get(range).unwrap_or_default()
}

pub(super) fn bytes_of<'a>(source: &'a [u8], unescaped: &'a [u8], piece: Piece) -> &'a [u8] {
    let (buffer, range) = piece.locate(source, unescaped);
    &buffer[range]
}

/// Where the members of the outermost object are, by the hash of their names; it has room for
/// half as many as it has slots. Objects with more members are searched from the start.
#[derive(Debug)]
pub(super) struct Index {
    /// 0 is an empty slot: the node 0 is the object itself.
    slots: [u16; INDEX_SLOTS],
    complete: bool,
    pub(super) key: Key,
}

const INDEX_SLOTS: usize = 128;

impl Default for Index {
    fn default() -> Self {
        Self { slots: [0; INDEX_SLOTS], complete: false, key: Key::default() }
    }
}

impl Index {
    pub(super) fn clear(&mut self) {
        self.slots.fill(0);
        self.complete = true;
    }

    /// Notes the node of the object's newest member, which makes it have `members`.
    pub(super) fn add(&mut self, node: usize, members: u32, hash: u32) {
        let free = Self::probe(hash).find(|slot| self.slots[*slot] == 0);
        match (u16::try_from(node), free) {
            (Ok(node), Some(slot)) if members as usize <= INDEX_SLOTS / 2 => self.slots[slot] = node,
            _ => self.complete = false,
        }
    }

    /// Whether every member of the object is noted.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// The nodes of which one may have a name of this hash.
    pub(super) fn candidates(&self, hash: u32) -> impl Iterator<Item = u32> {
        Self::probe(hash).map(|slot| u32::from(self.slots[slot])).take_while(|node| *node > 0)
    }

    /// The first slot in which a name of this hash may be, empty or not, and those after it.
    fn probe(hash: u32) -> impl Iterator<Item = usize> {
        (0..INDEX_SLOTS).map(move |step| (hash as usize + step) % INDEX_SLOTS)
    }
}

/// What names are hashed with. It is drawn once in a process, so that nobody can make up names that collide.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    start: u64,
    factor: u64,
}

impl Default for Key {
    fn default() -> Self {
        static DRAWN: LazyLock<Key> = LazyLock::new(Key::draw);
        *DRAWN
    }
}

impl Key {
    pub(super) fn draw() -> Self {
        let random = RandomState::new();
        Self { start: random.hash_one(0), factor: random.hash_one(1) | 1 }
    }

    /// A hash of a name; names that differ in it differ. It reads whole words, that overlap in short names.
    pub(super) fn hash(self, name: &[u8]) -> u32 {
        let word = |bytes: Option<&[u8; 8]>| bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let half = |bytes: Option<&[u8; 4]>| bytes.map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
        let start = self.start ^ name.len() as u64;
        let state = match name {
            [] => start,
            [a] => self.mix(start, u64::from(*a)),
            [a, b] => self.mix(start, u64::from(*a) << 8 | u64::from(*b)),
            [a, b, c] => self.mix(start, u64::from(*a) << 16 | u64::from(*b) << 8 | u64::from(*c)),
            [_, _, _, _, ..] if name.len() <= 8 => {
                self.mix(start, half(name.first_chunk()) << 32 | half(name.last_chunk()))
            }
            _ => {
                let words = name.as_chunks::<8>().0.iter().map(|chunk| word(Some(chunk)));
                self.mix(words.fold(start, |state, word| self.mix(state, word)), word(name.last_chunk()))
            }
        };
        (state >> 32) as u32 ^ state as u32
    }

    /// The upper half of the product depends on every bit.
    fn mix(self, state: u64, word: u64) -> u64 {
        let product = u128::from(state ^ word) * u128::from(self.factor);
        (product >> 64) as u64 ^ product as u64
    }
}
