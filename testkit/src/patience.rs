//! Waiting without a judgement of time.

use std::thread;
use std::time::{Duration, Instant};

/// A test that fails does not hang for longer. One that passes does not come near it, on a busy machine neither.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something is so.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// How often this thread gave its core away because it had to wait: for a lock, an answer, a disk. 0 where the system does
/// not say so.
pub fn waits() -> u64 {
    let status = std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.map_or(0, |count| count.trim().parse().unwrap())
}
