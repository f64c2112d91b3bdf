//! A flood of made-up key ids beside valid traffic and a rotation: what it costs the provider, the memory, and the
//! others.

use base64_simd::URL_SAFE_NO_PAD;
use doorward::{Code, Request, Verdict};
use doorward_testkit::fetched::{Driven, ISSUER, KEYS, Signer, configuration, set};
use doorward_testkit::server::{Answer, Server};
use doorward_testkit::{NOW, waits};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const TOKENS: usize = 200_000;
const ROUNDS: usize = 10;
/// Tokens in a second of the clock, which is the test's: the whole flood takes ten minutes of it.
const TOKENS_A_SECOND: usize = TOKENS / 600;
/// How long the provider says that its keys stay fresh, in seconds.
const FRESH: i64 = 300;

struct World {
    server: Server,
    signers: [Signer; 2],
    driven: Driven,
}

impl World {
    fn new() -> Self {
        let (server, signers) = (Server::start(), ["first", "second"].map(Signer::new));
        server.set(KEYS, published(&[&signers[0]]));
        let driven = Driven::loaded(&configuration(&server));
        assert_eq!(driven.code(&signers[0]), Code::Ok);
        Self { server, signers, driven }
    }

    /// One round of the flood. The rotation comes in the midst of the fifth.
    fn flood(&self, round: usize) {
        let mut verdict = Verdict::new();
        let payload = json!({ "iss": ISSUER, "aud": doorward_testkit::AUDIENCE, "sub": "eve", "exp": NOW + 3600 });
        let payload = URL_SAFE_NO_PAD.encode_to_string(payload.to_string());
        for number in 0..TOKENS / ROUNDS {
            let kid = fastrand::u128(..);
            let header = URL_SAFE_NO_PAD.encode_to_string(format!(r#"{{"alg":"ES256","kid":"{kid:x}"}}"#));
            let token = format!("Bearer {header}.{payload}.{}", "A".repeat(86));
            let code =
                self.driven.verifier.verify_into(&Request::new("api").authorization(token.as_bytes()), &mut verdict);
            assert!([Code::KeyUnknown, Code::Pending, Code::KeysUnavailable].contains(&code), "{code}");
            if number % TOKENS_A_SECOND == 0 {
                self.driven.after(1);
            }
            if round == 4 && number == TOKENS / ROUNDS / 2 {
                self.server.set(KEYS, published(&[&self.signers[0], &self.signers[1]]));
            }
        }
    }

    /// Decides about valid requests, one by one, while the flood goes on: how many, and how often that had to wait.
    fn beside(&self, round: usize) -> (usize, u64) {
        let header = format!("Bearer {}", self.signers[0].token(ISSUER, NOW));
        let request = Request::new("api").authorization(header.as_bytes());
        let (ended, mut verdict) = (AtomicBool::new(false), Verdict::new());
        self.driven.verifier.verify_into(&request, &mut verdict);
        thread::scope(|scope| {
            scope.spawn(|| {
                self.flood(round);
                ended.store(true, Ordering::Relaxed);
            });
            let (mut decisions, before) = (0, waits());
            while !ended.load(Ordering::Relaxed) {
                let code = self.driven.verifier.verify_into(&request, &mut verdict);
                assert_eq!(code, Code::Ok, "a valid token is refused during the flood");
                decisions += 1;
            }
            (decisions, waits() - before)
        })
    }
}

fn published(signers: &[&Signer]) -> Answer {
    Answer::json(set(signers)).header("Cache-Control", &format!("max-age={FRESH}"))
}

/// Memory of this process, in KiB.
fn memory() -> i64 {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return 0 };
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

pub fn a_flood_costs_a_fetch_a_minute_no_memory_and_lets_nobody_else_wait() {
    let world = World::new();
    let (mut decisions, mut waited, mut before) = (0, 0, 0);
    for round in 0..ROUNDS {
        let (more, waits) = world.beside(round);
        (decisions, waited) = (decisions + more, waited + waits);
        if round == 0 {
            before = memory();
        }
    }
    let (grown, fetches) = (memory() - before, world.server.requests(KEYS));
    assert_eq!(world.driven.code(&world.signers[1]), Code::Ok, "the rotation is picked up");
    let minutes = (world.driven.now() - NOW) / 60;
    // The first one; one a minute that the flood asks for; and those on schedule, at most 10 % early.
    let most = 1 + (minutes + 1) + (minutes * 60) / (FRESH * 9 / 10);
    println!(
        "{TOKENS} tokens in {minutes} minutes: {fetches} fetches, {grown} KiB more; {decisions} valid requests beside \
         them waited {waited} times"
    );
    assert!((minutes..=most).contains(&(fetches as i64)), "{fetches} fetches in {minutes} minutes, at most {most}");
    assert!(grown < 1024, "{grown} KiB more");
    // The system makes it wait for its own locks when the flood's thread begins and ends. A lock of ours would be met by one
    // of a few requests.
    assert!(decisions > 1000 && waited < decisions as u64 / 500, "{decisions} valid requests waited {waited} times");
}

/// On schedule, without anybody who asks.
pub fn a_rotation_is_picked_up_on_its_schedule() {
    let world = World::new();
    world.server.set(KEYS, published(&[&world.signers[1]]));
    world.driven.after(FRESH * 9 / 10 - 1);
    assert_eq!(world.driven.health().key_ids[0].0.as_deref(), Some("first"));
    world.driven.after(FRESH * 2 / 10 + 2);
    assert_eq!(world.driven.health().key_ids[0].0.as_deref(), Some("second"));
}
