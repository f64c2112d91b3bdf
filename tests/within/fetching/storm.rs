//! Everything at once: verifying, resolving, reloading, opening and closing, while keys rotate.

use doorward::{Clock, Code, Config, Request, Verdict, Verifier};
use doorward_testkit::NOW;
use doorward_testkit::fetched::{ISSUER, KEYS, Signer, configuration, set};
use doorward_testkit::server::{Answer, Server};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

struct Storm {
    server: Server,
    kept: Signer,
    config: Config,
    verifier: Verifier,
    ended: AtomicBool,
    rotations: AtomicUsize,
}

impl Storm {
    fn new() -> Self {
        let (server, kept) = (Server::start(), Signer::new("kept"));
        server.set(KEYS, Answer::json(set(&[&kept])));
        let config = Config::from_json(configuration(&server).to_string());
        let verifier = Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap();
        assert!(verifier.wait_for_keys(Duration::from_secs(10)));
        Self { server, kept, config, verifier, ended: AtomicBool::new(false), rotations: AtomicUsize::new(0) }
    }

    fn until_the_end(&self, mut work: impl FnMut()) {
        while !self.ended.load(Ordering::Relaxed) {
            work();
        }
    }

    /// The key that is there all the time is never refused, whatever happens beside it.
    fn verify(&self, unknown: &str) {
        let good = format!("Bearer {}", self.kept.token(ISSUER, NOW));
        let mut verdict = Verdict::new();
        self.until_the_end(|| {
            let code = self.verifier.verify_into(&Request::new("api").authorization(good.as_bytes()), &mut verdict);
            assert_eq!(code, Code::Ok);
            let code = self.verifier.verify_into(&Request::new("api").authorization(unknown.as_bytes()), &mut verdict);
            assert_ne!(code, Code::Ok);
        });
    }

    fn resolve(&self, unknown: &str) {
        self.until_the_end(|| {
            let code = self.verifier.resolve(&Request::new("api").authorization(unknown.as_bytes())).code();
            assert!([Code::KeyUnknown, Code::KeysUnavailable].contains(&code), "{code}");
        });
    }

    fn rotate(&self) {
        self.until_the_end(|| {
            let number = self.rotations.fetch_add(1, Ordering::Relaxed);
            let other = Signer::new(&format!("other-{number}"));
            let answer = match number % 4 {
                0 => Answer::status(500),
                1 => Answer::json("{\"keys\":[]}"),
                _ => Answer::json(set(&[&self.kept, &other])).header("Cache-Control", "max-age=0"),
            };
            self.server.set(KEYS, answer);
            thread::sleep(Duration::from_millis(20));
        });
    }

    fn open_and_close(&self) {
        self.until_the_end(|| {
            let other = Verifier::open_with_clock(&self.config, Clock::fixed(NOW)).unwrap();
            other.start();
            let token = format!("Bearer {}", self.kept.token(ISSUER, NOW));
            let code = other.resolve(&Request::new("api").authorization(token.as_bytes())).code();
            assert!([Code::Ok, Code::KeysNeverLoaded].contains(&code), "{code}");
        });
    }
}

#[test]
fn a_storm_of_everything_ends_well() {
    let storm = Storm::new();
    let unknown = format!("Bearer {}", Signer::new("unknown").token(ISSUER, NOW));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| storm.verify(&unknown));
            scope.spawn(|| storm.resolve(&unknown));
            scope.spawn(|| storm.open_and_close());
        }
        scope.spawn(|| storm.rotate());
        scope.spawn(|| storm.until_the_end(|| storm.verifier.reload(&storm.config).unwrap()));
        scope.spawn(|| {
            storm.until_the_end(|| {
                assert!(storm.verifier.health().to_json().contains("kept"));
                assert!(storm.verifier.metrics().contains("doorward_panics_total 0"));
            });
        });
        thread::sleep(Duration::from_secs(2));
        storm.ended.store(true, Ordering::Relaxed);
    });
    assert!(storm.rotations.into_inner() > 20);
}
