//! Which library this is.

use crate::abi::DOORWARD_ABI_VERSION;
use crate::memory::doorward_str;

/// The version of the binary interface that the library has.
///
/// A host that was built for another one must not go on. Never blocks. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_abi_version() -> u32 {
    DOORWARD_ABI_VERSION
}

/// The version of the library, such as `0.1.0`.
///
/// The text lives as long as the library. Never blocks. Since 0.1.
#[unsafe(no_mangle)]
pub extern "C" fn doorward_version() -> doorward_str {
    doorward_str::new(env!("CARGO_PKG_VERSION"))
}
