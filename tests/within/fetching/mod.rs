//! Keys look after themselves: from the start, through reloads, restarts and failures, to the end.

mod life;
mod metrics;
mod reload;
mod snapshots;
mod start;
mod storm;
mod tls;
mod waiting;
