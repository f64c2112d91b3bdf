//! The clock: the system's, or one that a test sets.

use std::hash::{Hash, Hasher};
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
}

/// Two clocks are equal where they are the same one.
impl PartialEq for Clock {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::System, Self::System) => true,
            (Self::Fixed(one), Self::Fixed(other)) => Arc::ptr_eq(one, other),
            (Self::System, Self::Fixed(_)) | (Self::Fixed(_), Self::System) => false,
        }
    }
}

impl Eq for Clock {}

impl Hash for Clock {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Self::System => 0,
            Self::Fixed(seconds) => Arc::as_ptr(seconds).addr(),
        }
        .hash(state);
    }
}
