//! What the tests of the C interface share: the library, built; a folder of configurations and tokens; compilers.
#![allow(dead_code, unused_imports, unreachable_pub, reason = "each test uses some of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

// A file of the command line, which knows the library by its own name: so a test names it too, in its root.
#[path = "../../../../src/bin/doorward/test_key.rs"]
#[allow(missing_docs, reason = "one kind of key is used")]
pub mod test_key;

#[path = "../../src/abi.rs"]
mod abi;

mod compile;
mod coreclr;
mod library;
mod process;
mod server;
mod windows;
mod world;

pub use compile::*;
pub use coreclr::*;
pub use library::*;
pub use process::*;
pub use server::*;
pub use test_key::TestKey;
pub use windows::*;
pub use world::*;
