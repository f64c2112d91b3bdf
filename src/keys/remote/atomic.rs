//! The atomic integers that a file may have from elsewhere: `tests/model` compiles `demand` with those of loom.

pub(super) use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
