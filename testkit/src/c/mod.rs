//! What the tests of the C interface share: the library, built; a folder of configurations and tokens; compilers.

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
pub use windows::*;
pub use world::*;
