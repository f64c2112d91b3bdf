//! Every order in which threads can see each other's work, tried by loom, up to three preemptions.
//!
//! The set itself is published by one atomic swap of the whole (arc-swap), which is at least as strong as the
//! release and acquire that stand for it here.

#![allow(missing_docs, clippy::unwrap_used, reason = "a test fails by panicking")]

use doorward_model::Model;
use doorward_model::limits::WAITING_REQUESTS;
use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

const NOW: i64 = 1_700_000_000;

fn model(run: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(run);
}

/// What the background thread does once: a refresh, where one is asked for or due.
fn refresh(demand: &Model, due: bool, set: &AtomicBool) {
    if (due || demand.is_asked()) && demand.begin().is_some() {
        set.store(true, Ordering::Release);
        demand.end();
    }
}

fn with_threads(due: bool, request: fn(&Model, &AtomicBool), after: fn(&Model)) {
    model(move || {
        let (demand, set) = (Arc::new(Model::default()), Arc::new(AtomicBool::new(false)));
        let requests: Vec<_> = (0..2)
            .map(|_| {
                let (demand, set) = (demand.clone(), set.clone());
                thread::spawn(move || request(&demand, &set))
            })
            .collect();
        refresh(&demand, due, &set);
        requests.into_iter().for_each(|request| request.join().unwrap());
        after(&demand);
    });
}

#[test]
fn what_was_asked_for_is_done_or_still_asked_for() {
    for due in [false, true] {
        with_threads(
            due,
            |demand, _| {
                demand.ask(2, 0, NOW);
            },
            |demand| assert!(demand.is_asked() || demand.rounds() > 0),
        );
    }
}

#[test]
fn who_sees_that_a_refresh_has_ended_sees_its_keys() {
    with_threads(
        true,
        |demand, set| {
            if demand.rounds() == 1 {
                assert!(set.load(Ordering::Acquire));
            }
        },
        |demand| assert_eq!(demand.rounds(), 1),
    );
}

#[test]
fn a_refresh_that_is_under_way_ends_for_everybody_who_waits_for_it() {
    model(|| {
        let (demand, set) = (Arc::new(Model::default()), Arc::new(AtomicBool::new(false)));
        // As in `Process`: who waits looks at the rounds under the lock under which the thread rings.
        let bell = Arc::new((Mutex::new(()), Condvar::new()));
        assert!(demand.ask(2, 0, NOW));
        let waits = {
            let (demand, set, bell) = (demand.clone(), set.clone(), bell.clone());
            thread::spawn(move || {
                let mut house = bell.0.lock().unwrap();
                while demand.rounds() == 0 {
                    house = bell.1.wait(house).unwrap();
                }
                assert!(set.load(Ordering::Acquire));
            })
        };
        refresh(&demand, false, &set);
        drop(bell.0.lock().unwrap());
        bell.1.notify_all();
        waits.join().unwrap();
    });
}

#[test]
fn one_minute_grants_one_refresh_however_many_ask() {
    with_threads(
        true,
        |demand, _| {
            demand.ask(2, 0, NOW);
        },
        |demand| {
            let set = AtomicBool::new(false);
            refresh(demand, false, &set);
            let rounds = demand.rounds();
            assert!((1..=2).contains(&rounds), "the one that was due, and one that was asked for");
            // Where the budget was not spent by the others, this one has it; then it is spent in any case.
            demand.ask(4, 0, NOW);
            refresh(demand, false, &set);
            assert!(!demand.ask(6, 0, NOW) && demand.rounds() <= 3);
        },
    );
}

#[test]
fn the_last_place_to_wait_is_given_once() {
    model(|| {
        let demand = Arc::new(Model::default());
        for _ in 1..WAITING_REQUESTS {
            assert!(demand.enter(WAITING_REQUESTS));
        }
        let other = {
            let demand = demand.clone();
            thread::spawn(move || demand.enter(WAITING_REQUESTS))
        };
        let here = demand.enter(WAITING_REQUESTS);
        assert!(other.join().unwrap() != here);
    });
}

#[test]
fn two_who_refresh_never_do_it_at_once() {
    model(|| {
        let (demand, inside) = (Arc::new(Model::default()), Arc::new(AtomicBool::new(false)));
        let work = |demand: &Model, inside: &AtomicBool| {
            if demand.begin().is_some() {
                assert!(!inside.swap(true, Ordering::AcqRel));
                inside.store(false, Ordering::Release);
                demand.end();
            }
        };
        let other = {
            let (demand, inside) = (demand.clone(), inside.clone());
            thread::spawn(move || work(&demand, &inside))
        };
        work(&demand, &inside);
        other.join().unwrap();
        assert!((1..=2).contains(&demand.rounds()));
    });
}

/// What a provider publishes, and what is held of it.
struct Rotation {
    demand: Model,
    /// Whether it has the new key.
    published: AtomicBool,
    /// The set that serves: whether it has the new key, and in the upper part the refresh that fetched it.
    held: AtomicU64,
}

impl Rotation {
    const MADE_UP: u64 = 2;
    const NEW: u64 = 4;

    fn new() -> Arc<Self> {
        let (published, held) = (AtomicBool::new(false), AtomicU64::new(0));
        Arc::new(Self { demand: Model::default(), published, held })
    }

    /// A refresh as in `Refresher`: it begins, it fetches, it publishes, and it ends.
    fn refresh(&self) {
        if let Some((number, _)) = self.demand.begin() {
            let fetched = u64::from(self.published.load(Ordering::Acquire));
            self.held.store(u64::from(number) << 1 | fetched, Ordering::Release);
            self.demand.end();
        }
    }

    /// The number of the refresh that the set is of, where it lacks the new key.
    fn lacks_new(&self) -> Option<u32> {
        let held = self.held.load(Ordering::Acquire);
        (held & 1 == 0).then_some((held >> 1) as u32)
    }

    /// Whether a token of a key is denied for good.
    fn is_denied(&self, key: u64) -> bool {
        self.lacks_new().is_some_and(|fetched| self.demand.is_denied(key, fetched, NOW))
    }
}

/// The key comes up after the provider has published it, whatever was looked for before, and however many refreshes are
/// under way: its token is never thrown away.
#[test]
fn a_key_that_rotates_after_a_made_up_one_is_never_denied() {
    model(|| {
        let rotation = Rotation::new();
        assert!(!rotation.is_denied(Rotation::MADE_UP));
        let refreshes = {
            let rotation = rotation.clone();
            thread::spawn(move || rotation.refresh())
        };
        let made_up = {
            let rotation = rotation.clone();
            thread::spawn(move || rotation.is_denied(Rotation::MADE_UP))
        };
        rotation.published.store(true, Ordering::Release);
        assert!(!rotation.is_denied(Rotation::NEW));
        refreshes.join().unwrap();
        made_up.join().unwrap();
        assert!(!rotation.is_denied(Rotation::NEW));
        rotation.refresh();
        assert!(rotation.lacks_new().is_none());
    });
}

/// The control: what is denied at once, and what a refresh shows that began later, whoever asked for it.
#[test]
fn a_key_that_a_later_fetch_lacks_is_denied() {
    model(|| {
        let rotation = Rotation::new();
        assert!(!rotation.is_denied(Rotation::MADE_UP));
        let other = {
            let rotation = rotation.clone();
            thread::spawn(move || rotation.is_denied(Rotation::NEW))
        };
        rotation.refresh();
        assert!(rotation.is_denied(Rotation::MADE_UP));
        other.join().unwrap();
        rotation.refresh();
        assert!(rotation.is_denied(Rotation::NEW));
    });
}

/// Who asks while a refresh begins on schedule either has asked for this one, or asks for the next or may do so.
#[test]
fn a_refresh_that_nobody_asked_for_spends_nothing() {
    model(|| {
        let demand = Arc::new(Model::default());
        let due = {
            let demand = demand.clone();
            thread::spawn(move || {
                let (_, asked) = demand.begin().unwrap();
                demand.end();
                asked
            })
        };
        assert!(demand.ask(2, 0, NOW), "it is coming in any case");
        let was_asked = due.join().unwrap();
        assert!(was_asked || demand.is_asked() || demand.ask(4, 1, NOW));
    });
}
