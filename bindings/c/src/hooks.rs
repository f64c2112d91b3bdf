//! What only tests call. Never in a release.

use crate::guard::guard;
use crate::memory::{Buffer, ErrorText, text};
use crate::status::doorward_status;
use crate::verifier::{doorward_verifier, open_config, prepare_open};
use doorward_core::{Clock, Config};
use std::ffi::c_char;

/// Panics, so that a test can see what becomes of it.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_test_panic() -> doorward_status {
    #[allow(clippy::panic, reason = "that is what it is for")]
    guard(|| panic!("this panic is the test's"))
}

/// As `doorward_verifier_open` without a thread, with a clock that stands still at `now`, in seconds since 1970.
///
/// # Safety
/// As the head of the header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_test_open_at(
    configuration: *const u8,
    configuration_len: usize,
    now: i64,
    verifier: *mut *mut doorward_verifier,
    error: *mut c_char,
    error_capacity: usize,
    error_needed: *mut usize,
) -> doorward_status {
    let error = ErrorText(Buffer { data: error, capacity: error_capacity, needed: error_needed });
    guard(|| {
        // SAFETY: as the caller vouches for.
        unsafe {
            prepare_open(0, verifier, error)?;
            let config = Config::from_json(text(configuration, configuration_len)?).without_thread();
            open_config(&config, None, Clock::fixed(now), verifier, error)
        }
    })
}
