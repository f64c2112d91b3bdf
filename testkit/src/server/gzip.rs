//! A gzip stream of 64 KiB that inflates to 64 MiB of zeros, written by hand: RFC 1951 and 1952.

/// Each match stands for 258 zeros, and takes two bits.
const MATCHES: usize = 1 << 18;

/// The first zero, which no match can stand for, and the matches.
const ZEROS: usize = 1 + 258 * MATCHES;

/// The CRC-32 of so many zeros; to compute it takes a second in a build for tests.
const CRC: u32 = 0x3455_d026;

/// The order in which RFC 1951 has the lengths of the codes for code lengths, up to that of the length 1.
const CODE_LENGTH_ORDER: [u8; 18] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1];

/// Writes bits, the lowest of a byte first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    count: usize,
}

impl Bits {
    /// Adds the low bits of a number, the lowest first.
    fn number(&mut self, value: usize, bits: usize) {
        (0..bits).for_each(|bit| self.bit(value >> bit & 1 == 1));
    }

    /// Adds a Huffman code, as it is read.
    fn code(&mut self, code: &str) {
        code.chars().for_each(|bit| self.bit(bit == '1'));
    }

    fn bit(&mut self, bit: bool) {
        if self.count.is_multiple_of(8) {
            self.bytes.push(0);
        }
        *self.bytes.last_mut().unwrap() |= u8::from(bit) << (self.count % 8);
        self.count += 1;
    }
}

pub(super) fn bomb() -> Vec<u8> {
    let mut stream = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    stream.extend(deflated());
    stream.extend(CRC.to_le_bytes());
    stream.extend((ZEROS as u32).to_le_bytes());
    stream
}

/// One block with Huffman codes of its own: the literal 0 is `10`, the end is `11`, a match of 258 bytes is `0`, and
/// the distance 1 is `0`.
fn deflated() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.number(0b101, 3);
    codes(&mut bits);
    bits.code("10");
    (0..MATCHES).for_each(|_| bits.code("00"));
    bits.code("11");
    bits.bytes
}

/// The lengths of the codes: of 286 literals and lengths, then of one distance.
fn codes(bits: &mut Bits) {
    bits.number(286 - 257, 5);
    bits.number(0, 5);
    bits.number(CODE_LENGTH_ORDER.len() - 4, 4);
    for symbol in CODE_LENGTH_ORDER {
        bits.number(if symbol == 18 { 1 } else { usize::from(symbol == 1 || symbol == 2) * 2 }, 3);
    }
    let (one, two) = ("10", "11");
    bits.code(two);
    absent(bits, 138);
    absent(bits, 256 - 1 - 138);
    bits.code(two);
    absent(bits, 285 - 256 - 1);
    bits.code(one);
    bits.code(one);
}

/// So many symbols, 11 to 138, that have no code.
fn absent(bits: &mut Bits, symbols: usize) {
    bits.code("0");
    bits.number(symbols - 11, 7);
}
