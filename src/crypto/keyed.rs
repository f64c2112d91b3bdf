//! Digests with a key that is drawn at random and kept nowhere else.

use super::backend::Backend;
use super::{Algorithm, Chosen, random};
use std::fmt;
use zeroize::Zeroizing;

/// HMAC-SHA-256 (RFC 2104) with a random key: what was digested can't be found by trying, but with this very value.
pub(crate) struct Keyed(<Chosen as Backend>::MacKey);

impl Keyed {
    /// Draws a key; `None` where the system gives no random bytes.
    pub(crate) fn new() -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        random(key.as_mut())?;
        Chosen::mac(Algorithm::HS256, key.as_ref()).ok().map(Self)
    }

    /// The digest of pieces, one after the other: where one ends is not told.
    pub(crate) fn digest(&self, pieces: &[&[u8]]) -> [u8; 32] {
        Chosen::mac_of(&self.0, pieces)
    }
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyed(redacted)")
    }
}
