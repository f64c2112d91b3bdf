//! Digests with a key that is drawn at random and kept nowhere else.

use super::backend::Backend;
use super::{Algorithm, Chosen, random};
use crate::limits;
use std::fmt;
use std::hint::black_box;
use zeroize::{Zeroize, Zeroizing};

/// HMAC-SHA-256 (RFC 2104) with a random key: what was digested can't be found by trying, but with this very value.
pub(crate) struct Keyed(<Chosen as Backend>::MacKey);

impl Keyed {
    /// Draws a key; `None` where the system gives no random bytes.
    pub(crate) fn new() -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        random(key.as_mut())?;
        Chosen::mac(Algorithm::HS256, key.as_ref()).ok().map(Self)
    }

    /// The digest of pieces, one after the other: where one ends is not told. They may be secret: no copy of them is left.
    pub(crate) fn digest(&self, pieces: &[&[u8]]) -> [u8; 32] {
        // Enough for credentials and their lengths, so that nothing is allocated for them.
        let mut room = [0; limits::BASIC_BYTES + 64];
        let Some(message) = join(pieces, &mut room) else {
            room.zeroize();
            return self.digest_of(&Zeroizing::new(pieces.concat()));
        };
        let digest = self.digest_of(message);
        message.zeroize();
        digest
    }

    fn digest_of(&self, message: &[u8]) -> [u8; 32] {
        let digest = self.compute(message);
        overwrite_stack(STACK_PARTS);
        digest
    }

    /// Leaves blocks of the message on the stack.
    #[inline(never)]
    fn compute(&self, message: &[u8]) -> [u8; 32] {
        Chosen::mac_of(&self.0, message)
    }
}

/// Puts pieces together; `None` where there is no room for them.
fn join<'r>(pieces: &[&[u8]], room: &'r mut [u8]) -> Option<&'r mut [u8]> {
    let mut len = 0;
    for piece in pieces {
        room.get_mut(len..len + piece.len())?.copy_from_slice(piece);
        len += piece.len();
    }
    room.get_mut(..len)
}

/// In how many parts the stack is overwritten that a digest takes with either library: a part above 2 KiB is set by a slower
/// way. ring moves the last block about there, and a block is spilled there by processors that have no instructions for SHA.
const STACK_PARTS: u32 = if cfg!(debug_assertions) { 10 } else { 3 };

/// Overwrites what was the stack of the call before.
#[inline(never)]
fn overwrite_stack(parts: u32) {
    let mut part = [0_u8; 1600];
    black_box(&mut part);
    if parts > 1 {
        overwrite_stack(parts - 1);
    }
    // It stands on the stack until here.
    black_box(&mut part);
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyed(redacted)")
    }
}
