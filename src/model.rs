//! A second root of these sources, for `tests/model`: the state between requests and refreshes, compiled with the atomics of
//! loom in place of the standard library's. The library itself knows nothing of it.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "it is the library's, and the tests use a part of it")]

pub mod limits;
mod keys {
    pub(crate) mod remote {
        mod atomic {
            pub(super) use loom::sync::atomic::{AtomicI64, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
        }
        mod demand;

        use demand::{Demand, Reply, Wanted};

        /// What requests ask of a key set.
        pub struct Model(Demand);

        impl Default for Model {
            fn default() -> Self {
                Self(Demand::new())
            }
        }

        impl Model {
            /// Asks for a key. Whether a refresh is coming.
            pub fn ask(&self, key: u64, now: i64) -> bool {
                self.0.ask(Wanted::key(key << 32), now) == Reply::Coming
            }

            pub fn is_asked(&self) -> bool {
                self.0.is_asked()
            }

            pub fn begin(&self) -> bool {
                self.0.begin().is_some()
            }

            pub fn end(&self, same: bool, now: i64) {
                self.0.end(same, now);
            }

            pub fn rounds(&self) -> u64 {
                self.0.rounds()
            }

            pub fn enter(&self) -> bool {
                self.0.enter()
            }
        }
    }
}

pub use keys::remote::Model;
