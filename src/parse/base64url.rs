//! Strict, canonical base64url without padding (RFC 7515 section 2, RFC 4648 section 5).
//!
//! Padding, the standard alphabet's `+` and `/`, white space, a length that no byte string
//! encodes to, and set trailing bits are refused: one byte string has one encoding.

use base64_simd::{Out, URL_SAFE_NO_PAD};

/// The text is not canonical base64url, or longer than the room for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotBase64Url;

/// Replaces the content of `out` with the decoded bytes. Allocates only where `out` has too little capacity.
pub(crate) fn decode_into(text: &[u8], out: &mut Vec<u8>) -> Result<(), NotBase64Url> {
    out.clear();
    URL_SAFE_NO_PAD.decode_append(text, out).map_err(|_| {
        out.clear();
        NotBase64Url
    })
}

/// Decodes into `room` and hands out the part that was filled.
pub(crate) fn decode_within<'a>(text: &[u8], room: &'a mut [u8]) -> Result<&'a [u8], NotBase64Url> {
    if text.len() > URL_SAFE_NO_PAD.encoded_length(room.len()) {
        return Err(NotBase64Url);
    }
    URL_SAFE_NO_PAD.decode(text, Out::from_slice(room)).map(|filled| &*filled).map_err(|_| NotBase64Url)
}

/// Decodes into a new vector.
pub(crate) fn decode(text: &[u8]) -> Result<Vec<u8>, NotBase64Url> {
    URL_SAFE_NO_PAD.decode_to_vec(text).map_err(|_| NotBase64Url)
}

/// Encodes without padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes one symbol at a time, as RFC 4648 tells it.
    fn naive(text: &[u8]) -> Option<Vec<u8>> {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut bits = 0u32;
        let mut count = 0;
        let mut out = Vec::new();
        for byte in text {
            bits = bits << 6 | u32::try_from(alphabet.iter().position(|symbol| symbol == byte)?).ok()?;
            count += 6;
            if count >= 8 {
                count -= 8;
                out.push((bits >> count) as u8);
                bits &= (1 << count) - 1;
            }
        }
        (count < 6 && bits == 0).then_some(out)
    }

    fn agree(text: &[u8]) {
        let expected = naive(text);
        assert_eq!(decode(text).ok(), expected, "{text:?}");
        let mut vector = b"left over".to_vec();
        assert_eq!(decode_into(text, &mut vector).ok().map(|()| vector.clone()), expected, "{text:?}");
        let mut room = [0; 64];
        assert_eq!(decode_within(text, &mut room).ok().map(<[u8]>::to_vec), expected, "{text:?}");
    }

    #[test]
    fn agrees_with_the_naive_decoder_on_every_short_tail() {
        for first in 0..=255u8 {
            agree(&[first]);
            for second in 0..=255u8 {
                agree(&[first, second]);
                agree(&[b'A', b'b', first, second]);
                agree(&[b'A', first, second]);
            }
        }
    }

    #[test]
    fn any_foreign_byte_is_refused_at_each_place_of_a_long_text() {
        let good = encode(&[0xa5; 45]);
        for place in 0..good.len() {
            for byte in 0..=255u8 {
                let mut text = good.clone().into_bytes();
                text[place] = byte;
                agree(&text);
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut room = [0; 4];
        assert!(decode_within(b"AAAAAA", &mut room).is_ok());
        assert_eq!(decode_within(b"AAAAAAA", &mut room), Err(NotBase64Url));
    }
}
