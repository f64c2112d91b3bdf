//! What to answer where a verdict lets nobody in, and what to write down.

use super::doorward_verdict;
use crate::guard::guard_value;
use crate::memory::{borrow, doorward_str};
use crate::status::doorward_status;
use doorward_core::{Decision, Denial};

/// What a host answers that does not resolve what is pending: a fetch is mostly done within a second.
const PENDING_HTTP: u32 = 503;
/// See [`PENDING_HTTP`].
const PENDING_RETRY_AFTER: u32 = 1;

/// Reads something of a verdict, accepted or not.
///
/// # Safety
/// The pointer is NULL, or leads to a verdict.
unsafe fn decided<T>(
    verdict: *const doorward_verdict,
    otherwise: T,
    read: impl FnOnce(Decision<'_>) -> Option<T>,
) -> T {
    // SAFETY: as the caller vouches for.
    guard_value(otherwise, || read(unsafe { borrow(verdict) }.ok()?.0.value.decision()))
}

/// Reads something of a denied verdict.
///
/// # Safety
/// The pointer is NULL, or leads to a verdict.
unsafe fn denial<T>(verdict: *const doorward_verdict, otherwise: T, read: impl FnOnce(Denial<'_>) -> Option<T>) -> T {
    // SAFETY: as the caller vouches for.
    guard_value(otherwise, || read(unsafe { borrow(verdict) }.ok()?.0.value.denial()?))
}

/// Denied or pending: the HTTP status to send; 200 is never one. Pending is 503, for a host that does not call
/// `doorward_verifier_resolve`. 500 where the verdict is accepted.
///
/// Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_http(verdict: *const doorward_verdict) -> u32 {
    // SAFETY: as the caller vouches for.
    unsafe {
        decided(verdict, 500, |decision| match decision {
            Decision::Denied(denial) => Some(u32::from(denial.http())),
            Decision::Pending => Some(PENDING_HTTP),
            Decision::Accepted(_) => None,
        })
    }
}

/// Denied: the code that the client may be told. It is another one than `doorward_verdict_status` where the configuration
/// keeps the state of an account from whoever may be guessing its password. DOORWARD_OK where the verdict is not denied.
///
/// Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_client_status(verdict: *const doorward_verdict) -> doorward_status {
    // SAFETY: as the caller vouches for.
    unsafe {
        decided(verdict, 0, |decision| match decision {
            Decision::Denied(denial) => Some(denial.client_code().number()),
            Decision::Accepted(_) | Decision::Pending => None,
        })
    }
}

/// Denied or pending: the value of `Retry-After` to send, in seconds; 0 where no such header goes with it.
///
/// Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_retry_after(verdict: *const doorward_verdict) -> u32 {
    // SAFETY: as the caller vouches for.
    unsafe {
        decided(verdict, 0, |decision| match decision {
            Decision::Denied(denial) => denial.retry_after(),
            Decision::Pending => Some(PENDING_RETRY_AFTER),
            Decision::Accepted(_) => None,
        })
    }
}

/// Denied: the value of `WWW-Authenticate` to send.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_challenge(verdict: *const doorward_verdict) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { denial(verdict, doorward_str::EMPTY, |denial| Some(doorward_str::new(denial.challenge()))) }
}

/// Denied: the claim, or member of the token's header, that it is about; for the log.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_denied_claim(verdict: *const doorward_verdict) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { denial(verdict, doorward_str::EMPTY, |denial| denial.claim().map(doorward_str::new)) }
}

/// Denied: what was expected, or what is wrong; for the log.
///
/// Empty where there is none. The text lives until the verdict is used again or freed. Never blocks. Since 0.1.
///
/// # Safety
/// As the head of this header says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn doorward_verdict_expected(verdict: *const doorward_verdict) -> doorward_str {
    // SAFETY: as the caller vouches for.
    unsafe { denial(verdict, doorward_str::EMPTY, |denial| denial.expected().map(doorward_str::new)) }
}
