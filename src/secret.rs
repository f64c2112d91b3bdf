//! Bytes that are zeroized when dropped and never shown, files of them, and room that leaves nothing behind as it grows.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use zeroize::{Zeroize, Zeroizing};

/// Secret bytes: zeroized when dropped, redacted in `Debug`. Equality is left out on purpose:
/// secrets are compared by the cryptography, in constant time.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes over `bytes`; no copy of them is made.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads a file, of at most `max` bytes and one more: a longer file shows in the length. Some editors begin a file with a
    /// mark of its encoding (U+FEFF), which is left out. Room is made first, so that no copy is left behind by growing.
    pub(crate) fn read(path: &Path, max: usize) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX).min(max);
        let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
        file.take(max as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.starts_with("\u{feff}".as_bytes()) {
            bytes.drain(.."\u{feff}".len());
        }
        Ok(Self(bytes))
    }

    /// Reads a file that holds one secret, on one line: its mark of the encoding and the end of the line don't belong to it,
    /// spaces do. The error is one clause, without a subject.
    pub(crate) fn read_line(path: &Path, max: usize) -> Result<Self, String> {
        let file = Self::read(path, max + "\r\n".len()).map_err(|error| format!("can't be read: {error}"))?;
        let text = std::str::from_utf8(file.expose()).map_err(|_| "is not UTF-8")?;
        let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
        if text.is_empty() || text.len() > max || text.chars().any(char::is_control) {
            return Err("is empty, too long, or has more than one line".to_owned());
        }
        Ok(Self::new(text.as_bytes().to_vec()))
    }

    /// What [`Secret::read_line`] has read.
    pub(crate) fn expose_text(&self) -> &str {
        std::str::from_utf8(self.expose()).unwrap_or_default()
    }

    /// The bytes, for the cryptography and the parsers alone.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

/// Empties a text, and makes it large enough for `bytes`. Where it has to grow, what it held is overwritten: growing would
/// leave that behind.
pub(crate) fn make_room(text: &mut String, bytes: usize) {
    text.clear();
    if text.capacity() < bytes {
        text.zeroize();
        text.reserve(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    /// What editors and tools write around a secret, alike for each file of one.
    #[test]
    fn a_secret_is_the_line_without_its_end() {
        let path = std::env::temp_dir().join(format!("doorward-secret-{}", std::process::id()));
        let read = |text: &[u8]| {
            std::fs::write(&path, text).unwrap();
            Secret::read_line(&path, 8).map(|secret| secret.expose_text().to_owned())
        };
        for (text, expected) in [
            (&b"secret"[..], "secret"),
            (b"secret\n", "secret"),
            (b"secret\r\n", "secret"),
            (b"\xef\xbb\xbfsecret\r\n", "secret"),
            (b" secret \n", " secret "),
            ("s\u{e9}cret\n".as_bytes(), "s\u{e9}cret"),
            (b"12345678\r\n", "12345678"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{}", text.escape_ascii());
        }
        for text in [&b""[..], b"\n", b"a\nb\n", b"a\n\n", b"a\r", b"\xff", b"123456789", b"\xef\xbb\xbf\n", b"a\0\n"] {
            assert!(read(text).is_err(), "{}", text.escape_ascii());
        }
        std::fs::remove_file(&path).unwrap();
        assert!(Secret::read_line(&path, 8).unwrap_err().contains("can't be read"));
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new(b"hunter2".to_vec())), "Secret(redacted)");
    }
}
