//! The clock: the system's, or one that a test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time in whole seconds since 1970-01-01T00:00:00Z, as `exp` and its kin count it (RFC 7519 section 2).
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Clock {
    /// The clock of the operating system.
    #[default]
    System,
    /// A clock that stands still until it is set again. For tests and for `explain` of an old token.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// Makes a clock that stands at `seconds` since 1970.
    ///
    /// ```
    /// assert_eq!(doorward::Clock::fixed(1_700_000_000).now(), 1_700_000_000);
    /// ```
    pub fn fixed(seconds: i64) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(seconds)))
    }

    /// The seconds since 1970. A system clock before 1970 reads 0, at which every token is "not yet valid".
    pub fn now(&self) -> i64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX)),
            Self::Fixed(seconds) => seconds.load(Ordering::Relaxed),
        }
    }

    /// The milliseconds since 1970, for schedules.
    pub(crate) fn now_millis(&self) -> i64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
            Self::Fixed(_) => self.now().saturating_mul(1000),
        }
    }

    /// A number that two clocks share only where they are the same.
    pub(crate) fn identity(&self) -> usize {
        match self {
            Self::System => 0,
            Self::Fixed(seconds) => Arc::as_ptr(seconds).addr(),
        }
    }
}
