//! Pure functions from bytes to borrowed values: no clock, no input or output, no cryptography.
//!
//! What they hand out has the right shape, and nothing more is said of it: whether a token is
//! good is decided above.

pub(crate) mod authorization;
pub(crate) mod base64url;
pub(crate) mod basic;
pub(crate) mod claims;
pub(crate) mod invisible;
pub(crate) mod json;
pub(crate) mod jwk;
pub(crate) mod jws;
pub(crate) mod path;
pub(crate) mod pem;

use crate::code::Code;

/// A refused shape: the code of its class, and what is wrong in plain words. It holds nothing of the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The class.
    pub(crate) code: Code,
    /// What is wrong, without a capital or a full stop.
    pub(crate) what: &'static str,
}

impl Fault {
    pub(crate) const fn new(code: Code, what: &'static str) -> Self {
        Self { code, what }
    }

    pub(crate) const fn token(what: &'static str) -> Self {
        Self::new(Code::TokenMalformed, what)
    }
}
