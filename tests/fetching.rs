//! Keys look after themselves: from the start, through reloads, restarts and failures, to the end.
#![allow(missing_docs, unreachable_pub, reason = "a test has no interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

#[path = "support/fetched.rs"]
mod fetched;
#[path = "fetching/life.rs"]
mod life;
#[path = "fetching/metrics.rs"]
mod metrics;
#[path = "support/provider.rs"]
mod provider;
#[path = "fetching/real.rs"]
mod real;
#[path = "fetching/reload.rs"]
mod reload;
#[path = "support/server/mod.rs"]
mod server;
#[path = "fetching/snapshots.rs"]
mod snapshots;
#[path = "fetching/start.rs"]
mod start;
#[path = "fetching/storm.rs"]
mod storm;
#[path = "fetching/tls.rs"]
mod tls;
