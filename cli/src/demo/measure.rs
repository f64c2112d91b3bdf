//! How long a verdict takes, and how many there are in a second.

use super::cases::Case;
use super::request;
use doorward::{Algorithm, Verdict, Verifier};
use serde_json::{Value, json};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How much is measured.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    /// Verdicts on each case; the median counts.
    repetitions: usize,
    /// For each throughput.
    time: Duration,
}

impl Effort {
    pub(super) const FULL: Self = Self { repetitions: 501, time: Duration::from_millis(400) };
    pub(super) const QUICK: Self = Self { repetitions: 21, time: Duration::from_millis(20) };
}

/// The median of the time for one verdict, in a verdict that is reused as a host reuses it.
pub(super) fn median_microseconds(verifier: &Verifier, case: &Case, effort: Effort) -> f64 {
    let request = request(case);
    let mut verdict = Verdict::new();
    let mut once = || {
        let start = Instant::now();
        black_box(verifier.verify_into(black_box(&request), &mut verdict));
        start.elapsed()
    };
    let mut times: Vec<Duration> = (0..effort.repetitions).map(|_| once()).collect();
    times.sort_unstable();
    microseconds(times[times.len() / 2])
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// Verdicts in a second, on one thread and on all.
pub(super) struct Throughput {
    pub(super) algorithm: Option<Algorithm>,
    pub(super) one: Rate,
    pub(super) all: Rate,
}

/// Verdicts in a second, on some threads.
pub(super) struct Rate {
    pub(super) threads: usize,
    pub(super) per_second: f64,
}

impl Rate {
    /// How long each thread takes for one.
    pub(super) fn microseconds_each(&self) -> f64 {
        self.threads as f64 * 1e6 / self.per_second
    }

    fn to_json(&self) -> Value {
        json!({ "threads": self.threads, "per_second": self.per_second, "microseconds_each": self.microseconds_each() })
    }
}

impl Throughput {
    /// Verifies the token of a case over and over.
    pub(super) fn of(verifier: &Verifier, case: &Case, effort: Effort) -> Self {
        let one = rate(verifier, case, effort.time, 1);
        let all = rate(verifier, case, effort.time, threads());
        Self { algorithm: case.throughput, one, all }
    }

    pub(super) fn to_json(&self) -> Value {
        let algorithm = self.algorithm.map(|algorithm| algorithm.name());
        json!({ "algorithm": algorithm, "one_thread": self.one.to_json(), "all_threads": self.all.to_json() })
    }
}

/// The threads that this process may run at once.
pub(super) fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn rate(verifier: &Verifier, case: &Case, time: Duration, threads: usize) -> Rate {
    let count = AtomicUsize::new(0);
    let start = Instant::now();
    let work = || count.fetch_add(verify_until(verifier, case, start + time), Ordering::Relaxed);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    Rate { threads, per_second: count.into_inner() as f64 / start.elapsed().as_secs_f64() }
}

/// Counts accepted verdicts until a moment. Looks at the clock now and then only.
fn verify_until(verifier: &Verifier, case: &Case, end: Instant) -> usize {
    let request = request(case);
    let mut verdict = Verdict::new();
    let mut count = 0;
    while Instant::now() < end {
        let accepted = (0..32).filter(|_| black_box(verifier.verify_into(black_box(&request), &mut verdict)).is_ok());
        count += accepted.count();
    }
    count
}
