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
            /// Asks for a key that the set of a refresh lacks. Whether another one is coming.
            pub fn ask(&self, key: u64, fetched: u32, now: i64) -> bool {
                self.reply(key, fetched, now) == Reply::Coming
            }

            /// Asks in the same way. Whether the key is known to be missing: its token is thrown away.
            pub fn is_denied(&self, key: u64, fetched: u32, now: i64) -> bool {
                self.reply(key, fetched, now) == Reply::Absent
            }

            fn reply(&self, key: u64, fetched: u32, now: i64) -> Reply {
                self.0.ask(Wanted::key(key << 32), fetched, now)
            }

            pub fn is_asked(&self) -> bool {
                self.0.is_asked()
            }

            /// The number of the refresh that begins, and whether it was asked for.
            pub fn begin(&self) -> Option<(u32, bool)> {
                self.0.begin().map(|begun| (begun.number, begun.asked))
            }

            pub fn end(&self) {
                self.0.end();
            }

            pub fn rounds(&self) -> u64 {
                self.0.rounds()
            }

            pub fn enter(&self, most: u32) -> bool {
                self.0.enter(most)
            }
        }
    }
}

pub use keys::remote::Model;
