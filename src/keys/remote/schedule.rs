//! When a key set is refreshed next. Pure functions of milliseconds.

use crate::limits::{BACKOFF_SECONDS_MAX, REFRESH_SECONDS_MAX, REFRESH_SECONDS_MIN};

/// Seconds between two refreshes where the server says nothing.
const USUAL: i64 = 60 * 60;

/// The time after a success. `fresh` is what `Cache-Control` says, in seconds; `age` the seconds that keys may
/// serve at all: a refresh comes before half of them have passed, so that an outage can last as long. `random` is
/// from 0 to 1.
pub(super) fn after_success(now: i64, fresh: Option<i64>, age: i64, random: f64) -> i64 {
    let most = REFRESH_SECONDS_MAX.min(age / 2).max(REFRESH_SECONDS_MIN);
    let period = fresh.unwrap_or(USUAL).clamp(REFRESH_SECONDS_MIN, most);
    let spread = (period as f64 * 1000.0 * (0.9 + 0.2 * random)) as i64;
    now + spread.clamp(REFRESH_SECONDS_MIN * 1000, most * 1000)
}

/// The time after so many failures in a row, at least one: full jitter below a bound that doubles from one second.
pub(super) fn after_failure(now: i64, failures: u32, random: f64) -> i64 {
    let bound = 1_i64.checked_shl(failures.saturating_sub(1)).unwrap_or(BACKOFF_SECONDS_MAX);
    let bound = if failures > 32 { BACKOFF_SECONDS_MAX } else { bound.min(BACKOFF_SECONDS_MAX) };
    now + (bound as f64 * 1000.0 * random) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;
    const DAY: i64 = 86_400;

    #[test]
    fn what_the_server_says_is_clamped_and_spread() {
        for (fresh, least, most) in [
            (None, 3240, 3960),
            (Some(0), 60, 66),
            (Some(i64::MAX), 77_760, 86_400),
            (Some(600), 540, 660),
            (Some(DAY), 77_760, 86_400),
        ] {
            let seconds = |random| (after_success(NOW, fresh, 30 * DAY, random) - NOW) / 1000;
            assert_eq!((seconds(0.0), seconds(1.0)), (least, most), "{fresh:?}");
        }
    }

    #[test]
    fn a_refresh_comes_before_half_the_age_has_passed() {
        for (age, most) in [(DAY, 43_200), (600, 300), (60, 60)] {
            assert_eq!((after_success(NOW, Some(DAY), age, 1.0) - NOW) / 1000, most);
        }
    }

    #[test]
    fn failures_double_the_bound_up_to_five_minutes() {
        for (failures, bound) in [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (40, 300), (u32::MAX, 300)] {
            assert_eq!(after_failure(NOW, failures, 0.0), NOW);
            assert_eq!(after_failure(NOW, failures, 1.0), NOW + bound * 1000, "{failures}");
        }
    }
}
