//! Waiting without a judgement of time, and without making others wait.

use std::env;
use std::process::Command;
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

/// Set in the process that is started anew for a test: its name.
const ALONE: &str = "DOORWARD_TEST_ALONE";

/// Runs a test again in a process of its own, if this is not that process: then it has passed there, and is done here. For
/// tests that hold up the library's thread, of which a process has one.
#[track_caller]
pub fn in_a_process_of_its_own(test: &str) -> bool {
    if env::var_os(ALONE).is_some_and(|name| name == *test) {
        return false;
    }
    let mut command = Command::new(env::current_exe().unwrap());
    let output = command.args(["--exact", test, "--nocapture"]).env(ALONE, test).output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    print!("{text}");
    true
}
