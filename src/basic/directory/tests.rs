//! A directory that answers as a test says, behind all that stands before it.

mod accounts;
mod guessing;
mod late;
mod owners;

use super::*;
use crate::basic::Within;
use crate::crypto::Keyed;
use crate::parse::basic::split;
use std::sync::atomic::AtomicU32;
use std::sync::{Condvar, Mutex};
use std::thread;

/// Longer than anything takes here: a fault ends by it, and nothing else does.
const LONG: Duration = Duration::from_secs(30);

/// Takes the password "right", of the users that it knows.
#[derive(Debug, Default)]
struct Fake {
    asked: AtomicU32,
    at_once: AtomicU32,
    most_at_once: AtomicU32,
    /// How many answers may go, if they are held.
    may_go: Mutex<Option<u32>>,
    let_go: Condvar,
    answer: Mutex<Option<Answer>>,
    is_remote: std::sync::atomic::AtomicBool,
    forms: AtomicU32,
}

impl Fake {
    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }

    /// From now on gives no answer before the test lets it go.
    fn hold(&self) {
        *self.may_go.lock().unwrap() = Some(0);
    }

    fn let_one_go(&self) {
        *self.may_go.lock().unwrap() = Some(1);
        self.let_go.notify_one();
    }

    fn let_all_go(&self) {
        *self.may_go.lock().unwrap() = None;
        self.let_go.notify_all();
    }

    fn wait_to_go(&self) {
        let may_go = self.may_go.lock().unwrap();
        let (mut may_go, waited) = self.let_go.wait_timeout_while(may_go, LONG, |left| *left == Some(0)).unwrap();
        assert!(!waited.timed_out(), "the test lets no answer go");
        *may_go = may_go.map(|left| left - 1);
    }

    fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = Some(answer);
    }
}

/// As the directory writes the name, however it was typed. Bob has a second one.
fn person(name: &str) -> Person {
    let name = canonical(name);
    let user = if name == "bob.smith" { "bob".to_owned() } else { name };
    Person { user, ..Person::default() }
}

impl Check for Fake {
    fn is_remote(&self) -> bool {
        self.is_remote.load(Ordering::SeqCst)
    }

    fn cancel(&self) {
        self.let_all_go();
    }

    fn forms(&self) -> u32 {
        self.forms.load(Ordering::SeqCst).max(1)
    }

    fn check(&self, login: &Login<'_>, _: &mut Asked, _: Until) -> Answer {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        self.wait_to_go();
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        assert_ne!(login.password, "panic", "a check panics on purpose");
        if let Some(answer) = self.answer.lock().unwrap().clone() {
            return answer;
        }
        match login.password {
            "right" => Answer::Proved(match login.within {
                Within::Realm(realm) => person(&format!("{}@{realm}", login.user)),
                Within::Plain | Within::Domain(_) => person(login.user),
            }),
            _ => Answer::Refused(REJECTED),
        }
    }
}

const REJECTED: Refusal = Refusal::REJECTED;

const RULES: Rules = Rules {
    remember: Duration::from_secs(300),
    remember_refused: Duration::from_secs(10),
    max_concurrent: 4,
    max_waiting: 8,
    max_failures: 3,
    failure_window: Duration::from_secs(600),
    max_unchecked: 20,
    tell_account_state: false,
};

struct Bench {
    fake: Arc<Fake>,
    directory: Directory,
    wall: Arc<std::sync::atomic::AtomicI64>,
    monotonic: Arc<std::sync::atomic::AtomicI64>,
    clock: Clock,
}

fn bench(rules: Rules) -> Bench {
    let fake = Arc::new(Fake::default());
    let directory = Directory::new("K2".to_owned(), "ldap", (fake.clone(), rules), None).unwrap();
    let [wall, monotonic] = [1_000_000, 5_000].map(|seconds| Arc::new(std::sync::atomic::AtomicI64::new(seconds)));
    let clock = Clock::Apart { wall: wall.clone(), monotonic: monotonic.clone() };
    Bench { fake, directory, wall, monotonic, clock }
}

fn login<'a>(user: &'a str, password: &'a str) -> Login<'a> {
    let (user, within) = split(user);
    Login { user, within, password }
}

impl Bench {
    fn question<'a>(&self, user: &'a str, password: &'a str) -> Question<'a> {
        self.directory.question(login(user, password), None)
    }

    fn ask(&self, user: &str, password: &str) -> Outcome {
        self.ask_from(user, password, None)
    }

    fn ask_from(&self, user: &str, password: &str, peer: Option<&[u8]>) -> Outcome {
        let question = self.directory.question(login(user, password), peer);
        self.directory.ask(&question, false, &self.clock, (Instant::now() + LONG * 2, true))
    }

    /// As a request that ends without a check: a host that does not call resolve.
    fn guess(&self, user: &str, password: &str) -> bool {
        self.guess_from(user, password, None)
    }

    /// Whether what is remembered answered.
    fn guess_from(&self, user: &str, password: &str, peer: Option<&[u8]>) -> bool {
        let question = self.directory.question(login(user, password), peer);
        let is_told = self.directory.proof(&question, self.clock.moment(), |_| ()).is_some();
        if !is_told {
            let _ = self.directory.may_ask(&question, &self.clock);
        }
        is_told
    }

    fn pass(&self, seconds: i64) {
        self.wall.fetch_add(seconds, Ordering::SeqCst);
        self.monotonic.fetch_add(seconds, Ordering::SeqCst);
    }

    fn is_proved(&self, user: &str, password: &str) -> bool {
        self.directory.proof(&self.question(user, password), self.clock.moment(), |_| ()).is_some()
    }

    fn doubt(&self, user: &str, password: &str) -> Doubt {
        self.directory.doubt(&self.question(user, password), self.clock.moment())
    }

    /// The same directory after its configuration was read again.
    fn reload(self, rules: Rules) -> Self {
        let check: Arc<dyn Check> = self.fake.clone();
        let directory = Directory::new("K2".to_owned(), "ldap", (check, rules), Some(&self.directory)).unwrap();
        Self { directory, ..self }
    }
}

/// Waits until something is so.
fn until(is_so: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < end, "it does not come to that");
        thread::sleep(Duration::from_millis(1));
    }
}

fn is_proof(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Proved(_))
}

fn wait_of(outcome: &Outcome) -> Option<u32> {
    match outcome {
        Outcome::Limited(Limited(seconds)) => Some(*seconds),
        _ => None,
    }
}

#[test]
fn a_proof_is_remembered_for_its_time_and_then_recognised() {
    let bench = bench(RULES);
    assert!(!bench.is_proved("bob", "right"));
    assert!(is_proof(&bench.ask("bob", "right")));
    bench.pass(299);
    assert!(bench.is_proved("bob", "right") && is_proof(&bench.ask("bob", "right")));
    assert!(!bench.is_proved("bob", "wrong") && !bench.is_proved("rob", "right"));
    assert_eq!(bench.fake.asked(), 1);
    bench.pass(1);
    assert!(!bench.is_proved("bob", "right"));
    assert!(is_proof(&bench.ask("bob", "right")));
    assert_eq!(bench.fake.asked(), 2);
    bench.pass(300 + limits::RECOGNISED_SECONDS + 1);
    assert!(is_proof(&bench.ask("other", "right")) && !bench.is_proved("bob", "right"));
}

#[test]
fn a_refusal_is_remembered_for_its_time_and_touches_no_proof() {
    let bench = bench(RULES);
    assert!(is_proof(&bench.ask("bob", "right")));
    for _ in 0..50 {
        assert!(matches!(bench.ask("bob", "wrong"), Outcome::Refused(REJECTED)));
    }
    assert_eq!((bench.fake.asked(), bench.doubt("bob", "wrong")), (2, Doubt::Refused(REJECTED)));
    assert!(bench.is_proved("bob", "right"));
    bench.pass(10);
    assert_eq!(bench.doubt("bob", "wrong"), Doubt::Nothing);
}

#[test]
fn nothing_is_remembered_where_the_configuration_says_so() {
    let rules = Rules { remember: Duration::ZERO, remember_refused: Duration::ZERO, max_failures: 1000, ..RULES };
    let bench = bench(rules);
    for count in 1..=3 {
        assert!(is_proof(&bench.ask("bob", "right")));
        assert_eq!((bench.fake.asked(), bench.is_proved("bob", "right")), (count, false));
        assert_eq!(bench.doubt("bob", "right"), Doubt::Nothing);
    }
    assert!(matches!(bench.ask("bob", "wrong"), Outcome::Refused(_)));
    assert_eq!(bench.doubt("bob", "wrong"), Doubt::Nothing);
}

#[test]
fn two_hundred_requests_with_one_credential_ask_once() {
    let bench = bench(RULES);
    bench.fake.hold();
    let proofs = thread::scope(|scope| {
        let ask = || is_proof(&bench.ask("bob", "right"));
        let threads: Vec<_> =
            (0..200).map(|_| thread::Builder::new().stack_size(128 * 1024).spawn_scoped(scope, ask).unwrap()).collect();
        until(|| bench.directory.desk.followers() == 199);
        bench.fake.let_all_go();
        threads.into_iter().filter_map(|thread| thread.join().ok()).filter(|proved| *proved).count()
    });
    assert_eq!((proofs, bench.fake.asked()), (200, 1));
    assert_eq!(bench.directory.counts.shared.load(Ordering::Relaxed), 199);
}

#[test]
fn wrong_passwords_are_counted_however_the_name_is_written() {
    let bench = bench(RULES);
    let names = ["bob", "Bob", "BOB ", " bob", "ｂｏｂ", "bób", "b\u{200d}o\u{ad}b", "BoB\u{3000}"];
    for round in 0..10_000 {
        let name = names[round % names.len()];
        bench.ask(name, &format!("guess {round}"));
        bench.pass(i64::from(round % 100 == 0));
    }
    // A hundred seconds have passed, a sixth of the window.
    assert_eq!(bench.fake.asked(), 3);
    assert!(is_proof(&bench.ask("rob", "right")), "others are not concerned");
    let wait = wait_of(&bench.ask("bob", "right")).unwrap();
    assert!((500..=505).contains(&wait), "the window begins with the last of them: {wait}");
    bench.pass(wait.into());
    assert!(is_proof(&bench.ask("bob", "right")));
    assert!(
        is_proof(&bench.ask("BoB", "right")) && bench.fake.asked() == 6,
        "another way to write it is another credential"
    );
}

#[test]
fn each_failure_doubles_the_pause() {
    let bench = bench(Rules { max_failures: 100, ..RULES });
    let mut pauses = Vec::new();
    assert!(matches!(bench.ask("bob", "slip of the finger"), Outcome::Refused(_)));
    for round in 0..9 {
        assert!(matches!(bench.ask("bob", &format!("guess {round}")), Outcome::Refused(_)));
        let wait = wait_of(&bench.ask("bob", "right")).unwrap();
        pauses.push(wait);
        bench.pass(wait.into());
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert!(is_proof(&bench.ask("bob", "right")));
    assert!(matches!(bench.ask("bob", "guess"), Outcome::Refused(_)));
    assert_eq!(wait_of(&bench.ask("bob", "guess again")), Some(60), "a right password does not end the count");
}

#[test]
fn checks_that_run_side_by_side_count_together() {
    let bench = bench(Rules { max_concurrent: 64, ..RULES });
    bench.fake.hold();
    let turned_away = AtomicU32::new(0);
    thread::scope(|scope| {
        for guess in 0..40 {
            let (bench, turned_away) = (&bench, &turned_away);
            scope.spawn(move || {
                let outcome = bench.ask("bob", &format!("guess {guess}"));
                turned_away.fetch_add(wait_of(&outcome).map_or(0, |_| 1), Ordering::SeqCst);
            });
        }
        // While no answer goes, each of them either asks or is turned away.
        until(|| bench.fake.asked() + turned_away.load(Ordering::SeqCst) == 40);
        bench.fake.let_all_go();
    });
    assert_eq!(bench.fake.asked(), 3);
}

#[test]
fn few_ask_at_a_time_a_bounded_number_waits_and_others_are_turned_away() {
    let bench = bench(RULES);
    bench.fake.hold();
    let (proved, busy) = (AtomicU32::new(0), AtomicU32::new(0));
    thread::scope(|scope| {
        for number in 0..40 {
            let (bench, proved, busy) = (&bench, &proved, &busy);
            scope.spawn(move || match bench.ask(&format!("user {number}"), "right") {
                Outcome::Proved(_) => proved.fetch_add(1, Ordering::SeqCst),
                Outcome::Busy => busy.fetch_add(1, Ordering::SeqCst),
                other => panic!("{other:?}"),
            });
        }
        until(|| busy.load(Ordering::SeqCst) == 29);
        for answers in 1..=11 {
            until(|| bench.fake.asked() == 11.min(2 + answers));
            bench.fake.let_one_go();
            until(|| proved.load(Ordering::SeqCst) == answers);
        }
    });
    assert_eq!((proved.into_inner(), busy.into_inner()), (11, 29));
    assert_eq!(bench.fake.most_at_once.load(Ordering::SeqCst), 3, "one of four is kept for who was authenticated");
    assert!(bench.directory.may_ask(&bench.question("x", "y"), &bench.clock).is_ok());
}

#[test]
fn who_waits_for_a_turn_gives_up_in_time() {
    let bench = bench(Rules { max_concurrent: 1, ..RULES });
    bench.fake.hold();
    thread::scope(|scope| {
        scope.spawn(|| bench.ask("slow", "right"));
        until(|| bench.fake.asked() == 1);
        // No answer goes meanwhile: who comes back did not wait for it.
        let ask = |user| {
            let end = Instant::now() + Duration::from_millis(20);
            bench.directory.ask(&bench.question(user, "right"), false, &bench.clock, (end, true))
        };
        assert!(matches!(ask("bob"), Outcome::Busy));
        assert!(matches!(ask("slow"), Outcome::Unavailable(_)));
        bench.fake.let_all_go();
    });
    assert_eq!(bench.fake.asked(), 1);
}

#[test]
fn a_check_that_panics_leaves_nobody_waiting() {
    let bench = bench(Rules { max_concurrent: 1, ..RULES });
    bench.fake.hold();
    thread::scope(|scope| {
        let [leader, follower] = [0, 1].map(|followers| {
            let thread = scope.spawn(|| bench.ask("bob", "panic"));
            until(|| bench.fake.asked() == 1 && bench.directory.desk.followers() == followers);
            thread
        });
        bench.fake.let_all_go();
        assert!(leader.join().is_err());
        until(|| follower.is_finished());
        assert!(matches!(follower.join().unwrap(), Outcome::Unavailable(_)));
    });
    assert!(is_proof(&bench.ask("bob", "right")));
    assert_eq!(bench.directory.load(), (1, 0, 0));
}

#[test]
fn no_answer_is_not_remembered_and_counts_for_nobody() {
    let bench = bench(RULES);
    bench.fake.answers(Answer::Unavailable("it is down".to_owned()));
    for count in 1..=10 {
        assert!(matches!(bench.ask("bob", "right"), Outcome::Unavailable(_)));
        assert_eq!(bench.fake.asked(), count);
    }
    let message = bench.directory.counts.failure.load().as_ref().map(|failure| failure.message.clone());
    assert_eq!(message.as_deref(), Some("it is down"));
    *bench.fake.answer.lock().unwrap() = None;
    assert!(is_proof(&bench.ask("bob", "right")));
    assert!(bench.directory.counts.failure.load().is_none());
}

#[test]
fn what_is_forgotten_while_the_directory_is_asked_stays_forgotten() {
    let bench = bench(RULES);
    assert!(is_proof(&bench.ask("bob", "right")) && is_proof(&bench.ask("rob", "right")));
    assert_eq!(bench.directory.forget(|user| user == "bob"), 1);
    assert!(!bench.is_proved("bob", "right") && bench.is_proved("rob", "right"));
    assert_eq!(bench.doubt("bob", "right"), Doubt::Nothing);
    bench.fake.hold();
    thread::scope(|scope| {
        let asked = bench.fake.asked();
        let running = scope.spawn(|| bench.ask("bob", "right"));
        until(|| bench.fake.asked() > asked);
        bench.directory.forget(|user| user == "bob");
        bench.fake.let_all_go();
        assert!(is_proof(&running.join().unwrap()), "the answer was right when it was asked for");
    });
    assert!(!bench.is_proved("bob", "right"));
    assert!(is_proof(&bench.ask("bob", "right")) && bench.is_proved("bob", "right"));
    bench.directory.forget_all();
    assert!(!bench.is_proved("bob", "right") && !bench.is_proved("rob", "right"));
}

#[test]
fn proofs_are_bounded_and_what_ends_first_makes_room() {
    let memory = Memory::new(2_000);
    let key = Keyed::new().unwrap();
    let (proof, account) = (Arc::new(Proof::new(person("bob"), 0).unwrap()), Account::new(&RULES));
    let digest = |number: i64| Digest::of_login(&key, &login(&number.to_string(), "right"));
    for number in 0..4_000 {
        let until = Moment { wall: 0, monotonic: 2_000_000 + number };
        let proved = Proved { proof: proof.clone(), until, account: account.clone(), age: 0 };
        memory.insert(digest(number), &proved, 1_000_000);
    }
    let held = memory.len();
    assert!((2_000..=2_000 * 4 / 3 + 10).contains(&held), "{held}");
    let is_held = |number: &i64| memory.read(&digest(*number), |_| ()).is_some();
    assert!((3_000..4_000).filter(is_held).count() > 990 && (0..1_000).filter(is_held).count() < 10);
}
