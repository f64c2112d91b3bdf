//! Frees what is not current any more.

use std::sync::Arc;
use std::time::{Duration, Instant};

/// Frees it here rather than in a `verify` that still looks at it: those take microseconds.
pub(crate) fn retire<T>(old: Arc<T>) {
    let end = Instant::now() + Duration::from_millis(100);
    while Arc::strong_count(&old) > 1 && Instant::now() < end {
        std::thread::sleep(Duration::from_micros(100));
    }
}
