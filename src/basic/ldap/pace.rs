//! Time that an unknown user takes: as long as a wrong password does.
//!
//! A server does not compute a hash for somebody whom it does not have, which shows in the time. So the times of wrong
//! passwords are noted, and an unknown user takes one of them, by chance.

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const NOTED: usize = 32;

/// The times of the last wrong passwords.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    times: [Duration; NOTED],
    count: usize,
}

impl Pace {
    /// A wrong password took that long.
    pub(super) fn note(&self, time: Duration) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = noted.count % NOTED;
        if let Some(place) = noted.times.get_mut(at) {
            *place = time;
        }
        noted.count += 1;
    }

    /// Waits until a time has passed since `start` that a wrong password took, until `end` at most.
    pub(super) fn wait(&self, start: Instant, end: Instant) {
        thread::sleep(self.left(start, end, Instant::now()));
    }

    /// How long to wait from `now` on.
    fn left(&self, start: Instant, end: Instant, now: Instant) -> Duration {
        let until = start + self.pick();
        until.min(end).saturating_duration_since(now)
    }

    fn pick(&self) -> Duration {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match noted.count.min(NOTED) {
            0 => Duration::ZERO,
            count => noted.times.get(fastrand::usize(..count)).copied().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_user_takes_as_long_as_a_wrong_password_took() {
        let pace = Pace::default();
        let start = Instant::now();
        let left = |end: u64, now: u64| {
            let [end, now] = [end, now].map(|time| start + Duration::from_millis(time));
            pace.left(start, end, now).as_millis()
        };
        assert_eq!(left(1000, 0), 0, "nothing is noted yet");
        (0..NOTED).for_each(|_| pace.note(Duration::from_secs(9)));
        (0..NOTED).for_each(|_| pace.note(Duration::from_millis(30)));
        assert_eq!([left(1000, 0), left(1000, 20), left(1000, 30), left(1000, 40)], [30, 10, 0, 0]);
        assert_eq!([left(10, 0), left(10, 9), left(10, 11)], [10, 1, 0], "the end comes first");
    }
}
