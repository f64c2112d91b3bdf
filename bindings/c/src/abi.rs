//! The version of the binary interface. The build reads this file too: it is the number of the shared library's soname.

/// The version of the binary interface that this header describes. Compare it with `doorward_abi_version()`.
pub const DOORWARD_ABI_VERSION: u32 = 1;
