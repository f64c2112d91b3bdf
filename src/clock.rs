//! The clock: the system's, or one that a test sets.

use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Tells the time in whole seconds since 1970-01-01T00:00:00Z, as `exp` and its kin count it (RFC 7519 section 2).
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Clock {
    /// The clock of the operating system.
    #[default]
    System,
    /// A clock that stands still until it is set again. For tests and for `explain` of an old token.
    Fixed(Arc<AtomicI64>),
    /// As [`Clock::Fixed`], with a monotonic time of its own: the time of day can be set back, and a machine can sleep.
    /// For tests.
    Apart {
        /// Seconds since 1970.
        wall: Arc<AtomicI64>,
        /// Seconds since any moment.
        monotonic: Arc<AtomicI64>,
    },
}

/// One moment by both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Seconds since 1970. Somebody may set it.
    pub(crate) wall: i64,
    /// Seconds that never go back, and stand still while the machine sleeps.
    pub(crate) monotonic: i64,
}

/// What monotonic seconds are counted from.
static BEGIN: OnceLock<Instant> = OnceLock::new();

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
            Self::Fixed(seconds) | Self::Apart { wall: seconds, .. } => seconds.load(Ordering::Relaxed),
        }
    }

    /// Seconds that never go back. A fork goes on with those of its parent.
    pub(crate) fn monotonic(&self) -> i64 {
        match self {
            Self::System => {
                let begin = BEGIN.get_or_init(Instant::now);
                i64::try_from(begin.elapsed().as_secs()).unwrap_or(i64::MAX)
            }
            Self::Fixed(seconds) | Self::Apart { monotonic: seconds, .. } => seconds.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment { wall: self.now(), monotonic: self.monotonic() }
    }

    /// The milliseconds since 1970, for schedules.
    pub(crate) fn now_millis(&self) -> i64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)),
            Self::Fixed(_) | Self::Apart { .. } => self.now().saturating_mul(1000),
        }
    }
}

impl Clock {
    /// The places that its times stand in.
    fn places(&self) -> [usize; 2] {
        match self {
            Self::System => [0; 2],
            Self::Fixed(seconds) => [Arc::as_ptr(seconds).addr(), 0],
            Self::Apart { wall, monotonic } => [wall, monotonic].map(|seconds| Arc::as_ptr(seconds).addr()),
        }
    }
}

/// Two clocks are equal if they are the same one.
impl PartialEq for Clock {
    fn eq(&self, other: &Self) -> bool {
        self.places() == other.places()
    }
}

impl Eq for Clock {}

impl Hash for Clock {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.places().hash(state);
    }
}
