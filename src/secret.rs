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

    /// Reads a file, of at most `max` bytes and one more: a longer file shows in the length. Room is
    /// made first, so that no copy is left behind by growing.
    pub(crate) fn read(path: &Path, max: usize) -> io::Result<Self> {
        let file = File::open(path)?;
        let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX).min(max);
        let mut bytes = Zeroizing::new(Vec::with_capacity(size + 1));
        file.take(max as u64 + 1).read_to_end(&mut bytes)?;
        Ok(Self(bytes))
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

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new(b"hunter2".to_vec())), "Secret(redacted)");
    }
}
