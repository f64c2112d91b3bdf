//! The C interface: a thin layer of raw pointers over the library, and the only unsafe code of the project.
//!
//! What holds for every function stands at the head of `include/doorward.h`, which is made from these files. It decides
//! nothing: each function checks its arguments, calls the library, and writes the answer.
#![allow(non_camel_case_types, reason = "the names are those of C")]

#[cfg(panic = "abort")]
compile_error!("a panic has to become a status: build without panic = \"abort\"");

pub mod abi;
mod alone;
mod guard;
#[cfg(feature = "test-hooks")]
pub mod hooks;
pub mod log;
pub mod memory;
pub mod observe;
pub mod request;
pub mod status;
#[cfg(windows)]
mod stay;
pub mod verdict;
pub mod verifier;
pub mod version;
#[cfg(windows)]
mod windows;
