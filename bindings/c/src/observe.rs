//! What a host can watch and ask of a verifier: health, metrics, explanations.

use crate::guard::guard;
use crate::memory::{Buffer, borrow};
use crate::request::{self, doorward_request};
use crate::status::doorward_status;
use crate::verifier::doorward_verifier;
use doorward_core::{Code, Verifier};
use std::ffi::c_char;

/// Writes a text that was made of a verifier.
///
/// # Safety
/// The pointers are NULL, or lead to what their types say.
unsafe fn made(
    verifier: *const doorward_verifier,
    buffer: Buffer,
    make: impl FnOnce(&Verifier) -> Result<String, Code>,
) -> doorward_status {
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe {
            buffer.clear()?;
            let text = make(borrow(verifier)?.value())?;
            buffer.fill(&text)
        }
    })
}

/// Writes the health of each issuer's keys, as JSON without an end, into the caller's buffer. `*needed` is its length.
///
/// A buffer that is too small is not written to: ask again with a larger one. Safe to call from many threads.
///
/// Returns DOORWARD_OK, DOORWARD_BUFFER_TOO_SMALL, or another code of the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verifier_health(
    verifier: *const doorward_verifier,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> doorward_status {
    // SAFETY: as the caller vouches for.
    unsafe { made(verifier, Buffer { data: buffer, capacity, needed }, |verifier| Ok(verifier.health().to_json())) }
}

/// Writes every counter, in the text format of Prometheus without an end. As `doorward_verifier_health`.
///
/// Returns DOORWARD_OK, DOORWARD_BUFFER_TOO_SMALL, or another code of the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verifier_metrics(
    verifier: *const doorward_verifier,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> doorward_status {
    // SAFETY: as the caller vouches for.
    unsafe { made(verifier, Buffer { data: buffer, capacity, needed }, |verifier| Ok(verifier.metrics())) }
}

/// Explains a decision step by step, for people, with what to change. It shows what the token holds: never send it to
/// a client. `json` is 0 for text, 1 for JSON. As `doorward_verifier_health` for the rest.
///
/// Returns DOORWARD_OK, DOORWARD_BUFFER_TOO_SMALL, or another code of the block 1000. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verifier_explain(
    verifier: *const doorward_verifier,
    request: *const doorward_request,
    json: u32,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> doorward_status {
    let explain = |verifier: &Verifier| {
        // SAFETY: as the caller vouches for.
        let explanation = verifier.explain(&unsafe { request::read(request) }?);
        match json {
            0 => Ok(explanation.to_string()),
            1 => Ok(explanation.to_json()),
            _ => Err(Code::ArgumentInvalid),
        }
    };
    // SAFETY: as the caller vouches for.
    unsafe { made(verifier, Buffer { data: buffer, capacity, needed }, explain) }
}
