//! Status codes, and what they mean.

use crate::guard::guard_value;
use crate::memory::doorward_str;
use doorward_core::Code;

/// A status code: `DOORWARD_OK`, `DOORWARD_PENDING`, or what is wrong. docs/errors.md has them all.
pub type doorward_status = u32;

/// Names a status code, such as `Expired`. Empty for a number that is none.
///
/// The text lives as long as the library. Never blocks. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_status_name(status: doorward_status) -> doorward_str {
    guard_value(doorward_str::EMPTY, || Code::from_number(status).map(|code| doorward_str::new(code.name())))
}

/// Tells a status code in one clause of plain words, which may be shown to a client. Empty for a number that is none.
///
/// The text lives as long as the library. Never blocks. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_status_message(status: doorward_status) -> doorward_str {
    guard_value(doorward_str::EMPTY, || Code::from_number(status).map(|code| doorward_str::new(code.message())))
}

/// The HTTP status that goes with a status code; 0 where none does, and 500 for a number that is none.
///
/// Never blocks. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_status_http(status: doorward_status) -> u32 {
    guard_value(500, || Code::from_number(status).map(|code| code.http().map_or(0, u32::from)))
}
