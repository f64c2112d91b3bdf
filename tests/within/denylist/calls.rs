//! Entries by calls: at once, for every thread, through a reload, all or none, and no more than there is room for.

use super::world::World;
use doorward::limits::{CLOCK_SKEW_SECONDS_MAX, DENYLIST_ENTRIES};
use doorward::{Code, Request, Verdict};
use doorward_testkit::NOW;
use serde_json::json;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

const UNTIL: i64 = NOW + 3600;

/// Lines for the token ids of a range.
pub fn lines(ids: std::ops::Range<usize>, until: i64) -> String {
    let mut text = String::new();
    for id in ids {
        writeln!(text, r#"{{"token_id":"id-{id}","until":{until}}}"#).unwrap();
    }
    text
}

/// How many entries the metrics tell of.
pub fn entries(world: &World, kind: &str, from: &str) -> usize {
    let metrics = world.verifier.metrics();
    let sample = format!(r#"doorward_denylist_entries{{kind="{kind}",from="{from}"}} "#);
    metrics.lines().find_map(|line| line.strip_prefix(&sample)).map_or(0, |value| value.parse().unwrap())
}

/// Once `revoke` has returned, no thread lets the token in that it named.
#[test]
fn what_is_revoked_is_denied_by_every_thread_at_once() {
    const TOKENS: usize = 64;
    let world = World::new();
    let tokens: Vec<_> = (0..TOKENS).map(|id| world.bearer(json!({ "jti": format!("id-{id}") }))).collect();
    // So many tokens, from the first on, are revoked.
    let revoked = AtomicU64::new(0);
    let world = &world;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|seed| {
                let (tokens, revoked) = (&tokens, &revoked);
                scope.spawn(move || {
                    let (mut verdict, mut accepted, mut denied) = (Verdict::new(), 0, 0);
                    let mut at = seed * 7;
                    while revoked.load(Ordering::SeqCst) < TOKENS as u64 || denied == 0 {
                        at = (at + 13) % TOKENS;
                        let before = revoked.load(Ordering::SeqCst) as usize;
                        let request = Request::new("api").authorization(tokens[at].as_bytes());
                        match world.verifier.verify_into(&request, &mut verdict) {
                            Code::Ok => assert!(at >= before, "the token {at} came in after {before} were revoked"),
                            code => assert_eq!(code, Code::TokenRevoked),
                        }
                        *(if verdict.is_accepted() { &mut accepted } else { &mut denied }) += 1;
                    }
                    (accepted, denied)
                })
            })
            .collect();
        for id in 0..TOKENS {
            thread::sleep(std::time::Duration::from_millis(2));
            world.revoke(json!({ "token_id": format!("id-{id}"), "until": UNTIL }));
            revoked.store(id as u64 + 1, Ordering::SeqCst);
        }
        let counts: Vec<(u32, u32)> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(counts.iter().any(|(accepted, _)| *accepted > 0), "no thread ran before everything was revoked");
        assert!(counts.iter().all(|(_, denied)| *denied > 0), "{counts:?}");
    });
}

#[test]
fn many_threads_may_revoke_at_a_time() {
    let world = &World::new();
    thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for id in (thread * 500..thread * 500 + 1000).step_by(50) {
                    assert_eq!(world.verifier.revoke(&lines(id..id + 50, UNTIL)), Ok(50));
                }
            });
        }
    });
    assert_eq!(entries(world, "token_id", "calls"), 4500, "half of what each thread revoked the next one did, too");
    for id in (0..4500).step_by(101) {
        assert_eq!(world.code(json!({ "jti": format!("id-{id}") })), Code::TokenRevoked, "{id}");
    }
    assert_eq!(world.code(json!({ "jti": "id-4500" })), Code::Ok);
}

#[test]
fn a_reload_keeps_them() {
    let world = World::new();
    world.revoke(json!({ "token_id": "t", "until": UNTIL }));
    world.verifier.reload(&world.config(json!({ "clock_skew": "30s" }))).unwrap();
    assert_eq!(world.code(json!({ "jti": "t" })), Code::TokenRevoked);
    assert_eq!(world.code(json!({ "jti": "u" })), Code::Ok);
    world.verifier.reload(&world.config(json!({ "clock_skew": "30x" }))).unwrap_err();
    assert_eq!(world.code(json!({ "jti": "t" })), Code::TokenRevoked);
    assert_eq!(entries(&world, "token_id", "calls"), 1);
}

#[test]
fn another_verifier_knows_nothing_of_them() {
    let (one, other) = (World::new(), World::new());
    one.revoke(json!({ "token_id": "t", "until": UNTIL }));
    assert_eq!(one.code(json!({ "jti": "t" })), Code::TokenRevoked);
    assert_eq!(other.code(json!({ "jti": "t" })), Code::Ok);
}

#[test]
fn all_lines_are_taken_or_none() {
    let world = World::new();
    let text = format!("{}\n\n  \n{{\"token_id\":\"b\"}}\n", lines(0..2, UNTIL).trim_end());
    let error = world.verifier.revoke(&text).unwrap_err();
    assert_eq!(error.code(), Code::ArgumentInvalid);
    assert!(error.to_string().starts_with("line 5: until: the field is missing"), "{error}");
    assert_eq!(world.code(json!({ "jti": "id-0" })), Code::Ok);
    assert_eq!(world.verifier.revoke(&lines(0..2, UNTIL)), Ok(2));
    assert_eq!(world.code(json!({ "jti": "id-0" })), Code::TokenRevoked);
    assert_eq!(world.verifier.revoke(""), Ok(0));
}

#[test]
fn what_has_ended_is_left_out_and_makes_room() {
    let world = World::new();
    let ended = NOW - CLOCK_SKEW_SECONDS_MAX - 1;
    assert_eq!(world.verifier.revoke(&lines(0..2, ended)), Ok(0));
    assert_eq!(world.verifier.revoke(&lines(0..2, ended + 1)), Ok(2));

    assert_eq!(world.verifier.revoke(&lines(2..DENYLIST_ENTRIES, UNTIL)), Ok(DENYLIST_ENTRIES - 2));
    let error = world.verifier.revoke(&lines(0..1, UNTIL).replace("id-", "one-more-")).unwrap_err();
    assert_eq!(error.code(), Code::DenylistFull, "{error}");
    assert_eq!(entries(&world, "token_id", "calls"), DENYLIST_ENTRIES);
    // Two of them end, and two come.
    world.set_time(NOW + 1);
    assert_eq!(world.verifier.revoke(&lines(0..3, UNTIL).replace("id-", "x-")).unwrap_err().code(), Code::DenylistFull);
    assert_eq!(world.verifier.revoke(&lines(0..2, UNTIL).replace("id-", "x-")), Ok(2));
    assert_eq!(world.code(json!({ "jti": "x-1" })), Code::TokenRevoked);
    assert_eq!(world.code(json!({ "jti": "id-999999" })), Code::TokenRevoked);
    assert_eq!(entries(&world, "token_id", "calls"), DENYLIST_ENTRIES);
    // All of them end, and the next one makes the room free again.
    world.set_time(UNTIL + CLOCK_SKEW_SECONDS_MAX + 1);
    assert_eq!(world.verifier.revoke(&lines(0..1, UNTIL + 7200)), Ok(1));
    assert_eq!(entries(&world, "token_id", "calls"), 1);
    assert_eq!(world.code(json!({ "jti": "id-0" })), Code::TokenRevoked);
    assert_eq!(world.code(json!({ "jti": "id-999999" })), Code::Ok);
}

#[test]
fn more_than_the_maximum_in_one_call_is_refused() {
    let world = World::new();
    let error = world.verifier.revoke(&lines(0..DENYLIST_ENTRIES + 1, UNTIL)).unwrap_err();
    assert_eq!(error.code(), Code::DenylistFull);
    assert_eq!(world.code(json!({ "jti": "id-0" })), Code::Ok);
}
