//! Elements of BER as LDAP writes them (RFC 4511 section 5.1): definite lengths, tags of one byte.
//!
//! Reading neither recurses nor copies. A length may have more bytes than it needs: Active Directory always sends four.

use zeroize::Zeroizing;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// What is not BER, or not what stands there in LDAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

type Result<T> = std::result::Result<T, Malformed>;

/// What was written; it may hold a password.
pub(super) type Written = Zeroizing<Vec<u8>>;

/// An element whose content is the parts, one after the other. Its buffer is made once, and never grows.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Written {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let (digits, count) = digits(len);
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 + count + len));
    bytes.push(tag);
    if len < 0x80 {
        bytes.extend(digits.last());
    } else {
        bytes.push(0x80 | u8::try_from(count).unwrap_or(u8::MAX));
        bytes.extend(digits.iter().skip(digits.len() - count));
    }
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

/// A number, not negative.
pub(super) fn number(tag: u8, number: u32) -> Written {
    let (digits, count) = digits(usize::try_from(number).unwrap_or(usize::MAX));
    let digits: Vec<u8> = digits.into_iter().skip(digits.len() - count).collect();
    // The first bit is the sign.
    let sign: &[u8] = if digits.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
    element(tag, &[sign, &digits])
}

/// The bytes of a number, and how many of the last ones are needed.
fn digits(number: usize) -> ([u8; size_of::<usize>()], usize) {
    let digits = number.to_be_bytes();
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    (digits, (digits.len() - zeros).max(1))
}

/// Elements one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elements<'a>(pub(super) &'a [u8]);

impl<'a> Elements<'a> {
    /// The next one, with its tag.
    pub(super) fn next(&mut self) -> Result<Option<(u8, &'a [u8])>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (tag, head, len) = header(self.0)?.ok_or(Malformed)?;
        let (_, rest) = self.0.split_at_checked(head).ok_or(Malformed)?;
        let (content, rest) = rest.split_at_checked(len).ok_or(Malformed)?;
        self.0 = rest;
        Ok(Some((tag, content)))
    }

    /// The next one, which must have that tag.
    pub(super) fn take(&mut self, tag: u8) -> Result<&'a [u8]> {
        match self.next()? {
            Some((found, content)) if found == tag => Ok(content),
            _ => Err(Malformed),
        }
    }

    /// The next one, where it has that tag.
    pub(super) fn take_if(&mut self, tag: u8) -> Result<Option<&'a [u8]>> {
        let mut ahead = *self;
        match ahead.next()? {
            Some((found, content)) if found == tag => {
                *self = ahead;
                Ok(Some(content))
            }
            _ => Ok(None),
        }
    }

    pub(super) fn number(&mut self, tag: u8) -> Result<u32> {
        parse_number(self.take(tag)?)
    }
}

/// A number, not negative, of at most 32 bits.
pub(super) fn parse_number(content: &[u8]) -> Result<u32> {
    match content {
        [first, ..] if *first >= 0x80 => Err(Malformed),
        [] => Err(Malformed),
        _ => content.iter().try_fold(0_u32, |number, digit| {
            number.checked_mul(256).and_then(|number| number.checked_add(u32::from(*digit))).ok_or(Malformed)
        }),
    }
}

/// How many bytes the first element has; `None` where too little of it is there to know.
pub(super) fn whole(bytes: &[u8]) -> Result<Option<usize>> {
    Ok(header(bytes)?.map(|(_, head, len)| head.saturating_add(len)))
}

/// Tag, bytes before the content, and bytes of the content.
fn header(bytes: &[u8]) -> Result<Option<(u8, usize, usize)>> {
    let (Some(tag), Some(first)) = (bytes.first(), bytes.get(1)) else { return Ok(None) };
    if tag & 0x1f == 0x1f {
        return Err(Malformed);
    }
    match usize::from(*first) {
        len @ 0..=0x7f => Ok(Some((*tag, 2, len))),
        count @ 0x81..=0x84 => {
            let head = 2 + count - 0x80;
            let Some(digits) = bytes.get(2..head) else { return Ok(None) };
            let len = digits.iter().fold(0, |len, digit| len << 8 | usize::from(*digit));
            Ok(Some((*tag, head, len)))
        }
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_and_numbers_are_written_in_the_fewest_bytes() {
        assert_eq!(*element(OCTETS, &[b"ab", b"", b"c"]), b"\x04\x03abc");
        assert_eq!(*element(OCTETS, &[]), b"\x04\x00");
        assert_eq!(element(OCTETS, &[&[7; 127]])[..2], *b"\x04\x7f");
        assert_eq!(element(OCTETS, &[&[7; 128]])[..3], *b"\x04\x81\x80");
        assert_eq!(element(OCTETS, &[&[7; 256]])[..4], *b"\x04\x82\x01\x00");
        for (value, bytes) in [
            (0, &b"\x02\x01\x00"[..]),
            (127, b"\x02\x01\x7f"),
            (128, b"\x02\x02\x00\x80"),
            (255, b"\x02\x02\x00\xff"),
            (256, b"\x02\x02\x01\x00"),
            (u32::MAX, b"\x02\x05\x00\xff\xff\xff\xff"),
        ] {
            assert_eq!(*number(INTEGER, value), bytes, "{value}");
            assert_eq!(Elements(bytes).number(INTEGER), Ok(value));
        }
    }

    #[test]
    fn buffers_are_as_large_as_needed_from_the_start() {
        for len in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let written = element(OCTETS, &[&vec![0; len]]);
            assert!(written.len() <= written.capacity() && written.capacity() < len + 8, "{len}");
        }
    }

    #[test]
    fn what_is_not_ldap_is_refused() {
        let mut long = Elements(b"\x04\x84\x00\x00\x00\x01a\x05\x00");
        assert_eq!((long.take(OCTETS), long.0), (Ok(&b"a"[..]), &b"\x05\x00"[..]), "as Active Directory writes");
        for bad in [
            &b"\x04\x80a\0\0"[..],
            b"\x04\x85\x00\x00\x00\x00\x01a",
            b"\x1f\x81\x01\x00",
            b"\x04\x02a",
            b"\x04",
            b"\x04\x82\x01",
        ] {
            assert_eq!(Elements(bad).next(), Err(Malformed), "{bad:?}");
        }
        assert_eq!(whole(b"\x30\x82\x01"), Ok(None));
        assert_eq!(whole(b"\x30\x82\x01\x02"), Ok(Some(262)));
        for bad in [&b"\x02\x00"[..], b"\x02\x01\x80", b"\x02\x05\x01\x00\x00\x00\x00", b"\x04\x01\x01"] {
            assert_eq!(Elements(bad).number(INTEGER), Err(Malformed), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(tag in 0_u8..0x1f, content in proptest::collection::vec(any::<u8>(), 0..400)) {
            let written = element(tag, &[&content]);
            prop_assert_eq!(whole(&written), Ok(Some(written.len())));
            prop_assert_eq!(Elements(&written).take(tag), Ok(&content[..]));
        }

        #[test]
        fn anything_may_come(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut elements = Elements(&bytes);
            while let Ok(Some((_, content))) = elements.next() {
                prop_assert!(content.len() < bytes.len());
            }
        }
    }
}
