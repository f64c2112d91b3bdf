//! The keys of one address, as requests see them: published as a whole, with how old they are.

use super::demand::{Demand, Reply, Wanted};
use super::{Origin, Remote};
use crate::clock::Clock;
use crate::code::Code;
use crate::crypto::Algorithm;
use crate::keys::failure::RefreshFailure;
use crate::keys::set::{Found, Key, KeySet, Skipped};
use crate::limits::{ABSENT_SECONDS, ASK_SECONDS, STARTUP_SECONDS};
use arc_swap::{ArcSwap, Guard};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};

/// Keys that are fetched, and what is known of fetching them.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(super) remote: Remote,
    pub(super) clock: Clock,
    pub(super) demand: Demand,
    pub(super) tally: Tally,
    held: ArcSwap<Held>,
    report: ArcSwap<Report>,
    hasher: RandomState,
    /// The process that it serves in, and since when. After a fork it is another one.
    process: AtomicUsize,
    /// Whether the background thread refreshes it; else its host does.
    by_thread: AtomicBool,
    started_at: AtomicI64,
}

/// The keys that serve.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) keys: Arc<KeySet>,
    pub(crate) skipped: Arc<[Skipped]>,
    /// The cloud that the discovery document names; keys of another one are not its own.
    pub(crate) cloud: Option<Arc<str>>,
    /// The hash of the document that they are of.
    pub(super) sum: [u8; 32],
    pub(crate) from: From,
    /// Counts the sets.
    generation: u64,
    /// The number of the refresh that fetched it, or confirmed it by a fetch; 0 where none of this feed did.
    fetched: u32,
    /// Seconds since 1970 when the provider last said that these are its keys.
    pub(crate) checked_at: i64,
    pub(crate) changed_at: i64,
}

/// What a document of keys is made into.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    pub(super) set: Arc<KeySet>,
    pub(super) skipped: Arc<[Skipped]>,
    pub(super) sum: [u8; 32],
}

/// Where the keys that serve came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    /// There are none yet.
    Nowhere,
    Snapshot,
    Network,
}

/// What is told of the last refreshes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    /// The address of the key set, where it is known.
    pub(crate) address: Option<String>,
    /// The last refresh, where it failed.
    pub(crate) failure: Option<RefreshFailure>,
    /// The end of the last refresh that succeeded in this process.
    pub(crate) succeeded_at: Option<i64>,
    /// Seconds that the server's clock was ahead of ours when it last sent a key set.
    pub(crate) clock_difference: Option<i64>,
    /// When it is refreshed next, and when it was tried last, in milliseconds since 1970.
    pub(crate) next_at: i64,
    pub(super) tried_at: i64,
    /// Failures since the last success.
    pub(super) failures: u32,
}

/// Counters for the metrics.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) changed: AtomicU64,
    pub(crate) unchanged: AtomicU64,
    pub(crate) failed: AtomicU64,
    pub(crate) unwritten: AtomicU64,
}

/// How a request asks for a key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    /// Seconds since 1970.
    pub(crate) now: i64,
    pub(crate) patience: Patience,
}

/// Whether the answer may be that the request has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// It has to be definite.
    None,
    /// It may, where less than so many requests wait for the key set.
    WhereRoom(u32),
    /// The request is one of those that wait.
    Waiting,
}

/// No key, and what to say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Missing {
    pub(crate) code: Code,
    /// Seconds after which it is worth another try; 0 where it is not.
    pub(crate) retry_after: u32,
}

impl std::convert::From<Code> for Missing {
    fn from(code: Code) -> Self {
        Self { code, retry_after: 0 }
    }
}

impl Held {
    pub(crate) fn cloud(&self) -> Option<&str> {
        self.cloud.as_deref()
    }

    /// Whether the provider said within so many seconds that these are its keys.
    fn is_confirmed_within(&self, seconds: i64, now: i64) -> bool {
        (0..seconds).contains(&(now - self.checked_at))
    }
}

impl Feed {
    pub(super) fn new(remote: Remote, clock: Clock) -> Self {
        let nothing = Held {
            keys: Arc::new(KeySet::empty()),
            skipped: Arc::new([]),
            cloud: None,
            sum: [0; 32],
            from: From::Nowhere,
            generation: 0,
            fetched: 0,
            checked_at: 0,
            changed_at: 0,
        };
        let address = match &remote.origin {
            Origin::KeySet(address) => Some(address.to_string()),
            Origin::Discovery { .. } => None,
        };
        Self {
            remote,
            clock,
            demand: Demand::new(),
            tally: Tally::default(),
            held: ArcSwap::from_pointee(nothing),
            report: ArcSwap::from_pointee(Report { address, ..Report::default() }),
            hasher: RandomState::new(),
            process: AtomicUsize::new(0),
            by_thread: AtomicBool::new(false),
            started_at: AtomicI64::new(0),
        }
    }

    /// Begins to serve in this process: the wait for the first keys counts from here.
    pub(super) fn start_in(&self, process: usize, by_thread: bool) {
        self.by_thread.fetch_or(by_thread, Ordering::AcqRel);
        if self.process.swap(process, Ordering::AcqRel) != process {
            self.demand.forget();
            self.started_at.store(self.clock.now(), Ordering::Release);
            self.spread();
        }
    }

    /// Moves a plan that a fork inherited a little, so that its many children don't ask all at once.
    fn spread(&self) {
        let (report, now) = (self.report(), self.clock.now_millis());
        let left = report.next_at - now;
        if left > 0 {
            let sooner = (left as f64 * 0.2 * fastrand::f64()) as i64;
            self.set_report(Report { next_at: report.next_at - sooner, ..(*report).clone() });
        }
    }

    /// Whether it is to be refreshed, and nobody is at it.
    pub(super) fn is_due(&self) -> bool {
        let (report, now) = (self.report.load(), self.clock.now_millis());
        // Where the clock was set back, the plan means nothing any more.
        let is_time = self.demand.is_asked() || now >= report.next_at || now < report.tried_at;
        is_time && !self.demand.is_running()
    }

    /// Whether a request asks for a refresh, or waits for one.
    pub(super) fn is_wanted(&self) -> bool {
        self.demand.is_asked() || self.waiting() > 0
    }

    pub(super) fn is_by_thread(&self) -> bool {
        self.by_thread.load(Ordering::Acquire)
    }

    /// Takes the keys of another feed, as old as they are.
    pub(super) fn take_over(&self, other: &Self) {
        // The other one counts its own refreshes.
        self.held.store(Arc::new(Held { fetched: 0, ..(**other.held()).clone() }));
        // Keys that may serve for a shorter time than before are refreshed sooner.
        let (report, latest) = (other.report(), self.clock.now_millis() + self.remote.max_key_age * 500);
        self.set_report(Report { next_at: report.next_at.min(latest), ..(*report).clone() });
    }

    pub(crate) fn held(&self) -> Guard<Arc<Held>> {
        self.held.load()
    }

    pub(crate) fn report(&self) -> Arc<Report> {
        self.report.load_full()
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// How many requests wait for it.
    pub(crate) fn waiting(&self) -> u32 {
        self.demand.waiting()
    }

    pub(crate) fn remote(&self) -> &Remote {
        &self.remote
    }

    pub(super) fn set_report(&self, report: Report) {
        self.report.store(Arc::new(report));
    }

    /// Publishes a set, unless it is the one that serves: then only its age changes. `fetched`: the number of the refresh
    /// that fetched it just now, if one did. Whether it is another.
    pub(super) fn publish(&self, keys: &Keys, cloud: Option<Arc<str>>, from: From, at: (i64, Option<u32>)) -> bool {
        let (old, (checked_at, fetched)) = (self.held.load(), at);
        let same = old.from != From::Nowhere && old.sum == keys.sum;
        let (generation, changed_at) =
            if same { (old.generation, old.changed_at) } else { (old.generation + 1, self.clock.now()) };
        let fetched = fetched.unwrap_or(old.fetched);
        let Keys { set, skipped, sum } = keys.clone();
        self.held.store(Arc::new(Held {
            keys: set,
            skipped,
            cloud,
            sum,
            from,
            generation,
            fetched,
            checked_at,
            changed_at,
        }));
        !same
    }

    /// The keys that serve, where there are some.
    pub(super) fn keys(&self) -> Option<Keys> {
        let held = self.held.load();
        let keys = Keys { set: held.keys.clone(), skipped: held.skipped.clone(), sum: held.sum };
        (held.from != From::Nowhere).then_some(keys)
    }

    /// Finds the key of a token, or says whether to wait for it. Never blocks.
    pub(crate) fn find<'h>(
        &self,
        held: &'h Held,
        id: Option<&str>,
        algorithm: Algorithm,
        asking: Asking,
    ) -> Result<&'h Key, Missing> {
        if held.from == From::Nowhere {
            let since = asking.now - self.started_at.load(Ordering::Acquire);
            return Err(self.wait_or((0..STARTUP_SECONDS).contains(&since), Code::KeysNeverLoaded, asking));
        }
        // Keys from the future are as old as their time is far: the clock was set back.
        if (asking.now - held.checked_at).abs() > self.remote.max_key_age {
            return Err(self.wait_or(self.prospect(Wanted::ANY, 0, asking) == Reply::Coming, Code::KeysStale, asking));
        }
        match held.keys.find(id, algorithm) {
            Found::One(key) if key.is_of_cloud(held.cloud()) => Ok(key),
            Found::One(_) => Err(Code::KeyUnknown.into()),
            Found::Ambiguous => Err(Code::KeyAmbiguous.into()),
            Found::Unknown => Err(self.unknown(held, id, algorithm, asking)),
        }
    }

    /// What to say of a signature that its key did not make. The key may have been replaced under its id: a set that was
    /// not confirmed lately is worth a refresh, and that is worth waiting for, unless the provider failed to answer the
    /// last one. Who forges tokens then holds no thread of the host.
    pub(crate) fn bad_signature(&self, held: &Held, asking: Asking) -> Missing {
        if self.has_changed_since(held) {
            return self.look_again(asking);
        }
        if held.is_confirmed_within(ASK_SECONDS, asking.now) || self.is_unheard() {
            return Code::SignatureInvalid.into();
        }
        let coming = self.prospect(Wanted::ANY, 0, asking) == Reply::Coming;
        if coming && self.has_room(asking) { Code::Pending.into() } else { Code::SignatureInvalid.into() }
    }

    fn unknown(&self, held: &Held, id: Option<&str>, algorithm: Algorithm, asking: Asking) -> Missing {
        if self.has_changed_since(held) {
            return self.look_again(asking);
        }
        let wanted = Wanted::key(self.hasher.hash_one((id, algorithm as u8)));
        let fetched = if held.is_confirmed_within(ABSENT_SECONDS, asking.now) { held.fetched } else { 0 };
        match self.prospect(wanted, fetched, asking) {
            // As long as the provider was not heard, nobody knows that it has no such key.
            Reply::Absent | Reply::Unasked if !self.is_unheard() => Code::KeyUnknown.into(),
            reply => self.wait_or(reply == Reply::Coming, Code::KeysUnavailable, asking),
        }
    }

    /// Whether a refresh ended between the look into this set and the question for another: then the new set is to be
    /// looked into.
    fn has_changed_since(&self, held: &Held) -> bool {
        self.held.load().generation != held.generation
    }

    /// The new set is there: to look into it takes no waiting, and so no room.
    fn look_again(&self, asking: Asking) -> Missing {
        match asking.patience {
            Patience::None => Missing { code: Code::KeysUnavailable, retry_after: 1 },
            Patience::WhereRoom(_) | Patience::Waiting => Code::Pending.into(),
        }
    }

    /// Whether the last refresh failed.
    fn is_unheard(&self) -> bool {
        self.report.load().failure.is_some()
    }

    /// Whether a refresh is under way, or is granted now.
    fn prospect(&self, wanted: Wanted, fetched: u32, asking: Asking) -> Reply {
        match asking.patience {
            Patience::None => self.demand.look(wanted, fetched, asking.now),
            Patience::WhereRoom(_) | Patience::Waiting => self.demand.ask(wanted, fetched, asking.now),
        }
    }

    fn has_room(&self, asking: Asking) -> bool {
        match asking.patience {
            Patience::None => false,
            Patience::WhereRoom(most) => self.demand.waiting() < most,
            Patience::Waiting => true,
        }
    }

    fn wait_or(&self, coming: bool, code: Code, asking: Asking) -> Missing {
        if coming && self.has_room(asking) {
            return Code::Pending.into();
        }
        // The next refresh: the one that is coming, that of the plan, or one that this request may ask for then.
        let planned = self.report.load().next_at / 1000;
        let next = match self.demand.ask_from() {
            _ if coming => asking.now,
            from if from > asking.now => planned.min(from),
            _ => planned,
        };
        let left = (next - asking.now).clamp(1, ASK_SECONDS);
        Missing { code, retry_after: u32::try_from(left).unwrap_or(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Address, ProxyChoice, Transport};
    use crate::keys::remote::Origin;
    use crate::parse::jwk;
    use std::time::Duration;

    const NOW: i64 = 1_700_000_000;
    const POINT: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn keys(id: &str) -> Keys {
        let text = format!(r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"{id}","x":"{POINT}"}}]}}"#);
        let (set, skipped) = KeySet::prepare_published(jwk::parse_set(text.as_bytes()).unwrap());
        Keys { set: Arc::new(set), skipped: skipped.into(), sum: crate::crypto::sha256(text.as_bytes()) }
    }

    fn feed() -> Feed {
        let origin = Origin::KeySet(Address::parse("https://issuer.example/keys").unwrap());
        let transport = Transport { trust: None, proxy: ProxyChoice::Never, timeout: Duration::from_secs(5) };
        let remote = Remote { origin, transport, state_dir: None, max_key_age: 86_400 };
        let feed = Feed::new(remote, Clock::fixed(NOW));
        assert!(refresh(&feed, "old"));
        feed
    }

    /// A refresh that fetches a set with one key. Whether it is another set.
    fn refresh(feed: &Feed, id: &str) -> bool {
        let begun = feed.demand.begin().unwrap();
        let changed = feed.publish(&keys(id), None, From::Network, (feed.clock.now(), Some(begun.number)));
        feed.demand.end();
        changed
    }

    fn fails(feed: &Feed) {
        let fault = crate::http::Fault::new(crate::http::FailureKind::Timeout, "the test says so");
        let failure = RefreshFailure::new(fault, crate::keys::failure::RefreshStep::KeySet, NOW);
        feed.set_report(Report { failure: Some(failure), ..(*feed.report()).clone() });
    }

    const ROOM: Patience = Patience::WhereRoom(1);

    fn missing(feed: &Feed, held: &Held, id: &str, (now, patience): (i64, Patience)) -> (Code, u32) {
        match feed.find(held, Some(id), Algorithm::EdDSA, Asking { now, patience }) {
            Ok(_) => (Code::Ok, 0),
            Err(Missing { code, retry_after }) => (code, retry_after),
        }
    }

    fn code(feed: &Feed, held: &Held, id: &str, patience: Patience) -> Code {
        missing(feed, held, id, (NOW, patience)).0
    }

    fn signature(feed: &Feed, held: &Held, now: i64, patience: Patience) -> Code {
        feed.bad_signature(held, Asking { now, patience }).code
    }

    /// Another request's refresh spends the minute's budget, and publishes the key, after this one has looked.
    #[test]
    fn a_refresh_that_ends_meanwhile_makes_no_key_unknown() {
        let feed = feed();
        let held = feed.held();
        assert_eq!(code(&feed, &held, "new", ROOM), Code::Pending);
        assert!(!refresh(&feed, "old"));
        assert_eq!(code(&feed, &feed.held(), "new", ROOM), Code::KeyUnknown, "the control: nothing has changed");
        assert!(refresh(&feed, "new"));
        for patience in [ROOM, Patience::Waiting, Patience::WhereRoom(0)] {
            assert_eq!(code(&feed, &held, "new", patience), Code::Pending, "the new set takes no waiting");
            assert_eq!(signature(&feed, &held, NOW, patience), Code::Pending);
        }
        assert_eq!(missing(&feed, &held, "new", (NOW, Patience::None)), (Code::KeysUnavailable, 1));
        assert_eq!(signature(&feed, &held, NOW, Patience::None), Code::KeysUnavailable);
        assert_eq!(code(&feed, &feed.held(), "new", ROOM), Code::Ok);
        assert_eq!(signature(&feed, &feed.held(), NOW, ROOM), Code::SignatureInvalid);
    }

    #[test]
    fn only_a_fetch_that_began_later_makes_a_key_unknown() {
        let feed = feed();
        let ask = |id: &str, seconds: i64| missing(&feed, &feed.held(), id, (NOW + seconds, ROOM));
        assert_eq!(ask("made up", 0), (Code::Pending, 0));
        refresh(&feed, "old");
        assert_eq!(ask("made up", 0), (Code::KeyUnknown, 0));
        feed.set_report(Report { next_at: (NOW + 3600) * 1000, ..Report::default() });
        assert_eq!(ask("rotated", 1), (Code::KeysUnavailable, 59), "the budget is spent, and is there again then");
        // On schedule, and with what another feed fetched a moment ago.
        feed.demand.begin();
        feed.publish(&keys("old"), None, From::Network, (NOW, None));
        feed.demand.end();
        assert_eq!(ask("rotated", 58), (Code::KeysUnavailable, 2));
        refresh(&feed, "old");
        assert_eq!(ask("rotated", 59), (Code::KeyUnknown, 0));
        assert_eq!(ask("rotated", ABSENT_SECONDS), (Code::Pending, 0), "it may have come in the meantime");
        assert_eq!(ask("another", -86_400).0, Code::Pending, "the clock was set back");
    }

    /// Who explains asks for nothing: a key id that nobody has asked about is told as what asking would show, most likely.
    #[test]
    fn what_nobody_asked_about_is_explained_as_unknown() {
        let feed = feed();
        let explained = || code(&feed, &feed.held(), "made up", Patience::None);
        assert_eq!(explained(), Code::KeyUnknown);
        assert!(!feed.demand.is_asked());
        assert_eq!(code(&feed, &feed.held(), "another", ROOM), Code::Pending);
        assert_eq!(explained(), Code::KeysUnavailable, "a refresh is coming");
        refresh(&feed, "old");
        assert_eq!(explained(), Code::KeysUnavailable, "the budget is spent, as verify says");
        fails(&feed);
        let later = (NOW + 60, Patience::None);
        assert_eq!(missing(&feed, &feed.held(), "made up", later).0, Code::KeysUnavailable, "the provider fails");
    }

    #[test]
    fn nothing_is_unknown_while_the_provider_fails() {
        let feed = feed();
        assert_eq!(code(&feed, &feed.held(), "made up", ROOM), Code::Pending);
        refresh(&feed, "old");
        fails(&feed);
        assert_eq!(code(&feed, &feed.held(), "made up", ROOM), Code::KeysUnavailable);
    }

    #[test]
    fn another_feed_s_numbers_are_not_believed() {
        let (old, new) = (feed(), feed());
        (0..9).for_each(|_| assert!(!refresh(&old, "old")));
        new.take_over(&old);
        assert_eq!(code(&new, &new.held(), "new", ROOM), Code::Pending);
        assert_eq!(code(&new, &new.held(), "new", Patience::None), Code::KeysUnavailable);
    }

    #[test]
    fn a_bad_signature_waits_for_keys_of_old_that_can_be_refreshed() {
        let feed = feed();
        let ask = |seconds: i64, patience| signature(&feed, &feed.held(), NOW + seconds, patience);
        assert_eq!([ask(0, ROOM), ask(59, ROOM)], [Code::SignatureInvalid; 2]);
        assert!(!feed.demand.is_asked(), "nothing is asked for");
        assert_eq!([ask(60, ROOM), ask(-1, ROOM)], [Code::Pending; 2]);
        assert_eq!([ask(60, Patience::WhereRoom(0)), ask(60, Patience::None)], [Code::SignatureInvalid; 2]);
        fails(&feed);
        assert!(feed.demand.is_busy(), "even if a refresh is coming");
        assert_eq!([ask(60, ROOM), ask(60, Patience::Waiting)], [Code::SignatureInvalid; 2]);
    }
}
