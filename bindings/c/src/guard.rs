//! Nothing unwinds into C: a panic becomes a status.

use crate::status::doorward_status;
use doorward_core::Code;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::Once;

/// What a function comes to: nothing, or the code of what is wrong.
pub(crate) type Outcome = Result<(), Code>;

/// Runs the body of a function. The library's objects stay usable after a panic: they hold no half-done work.
pub(crate) fn guard(body: impl FnOnce() -> Outcome) -> doorward_status {
    keep_quiet();
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => Code::Ok.number(),
        Ok(Err(code)) => code.number(),
        Err(_) => Code::InternalPanic.number(),
    }
}

/// The same for a function that returns a value, with one for the case of a panic.
pub(crate) fn guard_value<T>(otherwise: T, body: impl FnOnce() -> Option<T>) -> T {
    catch_unwind(AssertUnwindSafe(body)).ok().flatten().unwrap_or(otherwise)
}

/// The standard library tells a panic on the host's standard error. Here it is told by the status. The hook belongs to
/// this library's own copy of the standard library: a host in Rust keeps its own.
fn keep_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_hook(Box::new(|_| {})));
}
