//! A million entries: what they take of memory and time. `benches/denylist.rs` measures the time as it is to be judged.

use super::calls::lines;
use super::world::World;
use doorward::limits::DENYLIST_ENTRIES;
use doorward::{Code, Request, Verdict};
use doorward_testkit::NOW;
use serde_json::json;
use std::time::{Duration, Instant};

const UNTIL: i64 = NOW + 3600;

/// How long a good token takes, at the fastest.
fn fastest(world: &World, bearer: &str, verdict: &mut Verdict, best: &mut Duration) {
    let request = Request::new("api").authorization(bearer.as_bytes());
    let start = Instant::now();
    for _ in 0..20 {
        assert_eq!(world.verifier.verify_into(&request, verdict), Code::Ok);
    }
    *best = (*best).min(start.elapsed());
}

/// The cost must not grow with the number of entries. No machine is so busy that a search of a million would pass.
#[test]
fn a_million_entries_cost_a_request_hardly_more_than_none() {
    let (none, many) = (World::new(), World::new());
    let text = lines(0..DENYLIST_ENTRIES, UNTIL);
    let start = Instant::now();
    assert_eq!(many.verifier.revoke(&text), Ok(DENYLIST_ENTRIES));
    let revoked = start.elapsed();
    let (mut verdict, mut best) = (Verdict::new(), [Duration::MAX; 2]);
    let bearers = [&none, &many].map(|world| world.bearer(json!({ "jti": "another" })));
    for _ in 0..100 {
        fastest(&none, &bearers[0], &mut verdict, &mut best[0]);
        fastest(&many, &bearers[1], &mut verdict, &mut best[1]);
    }
    let ratio = best[1].as_secs_f64() / best[0].as_secs_f64();
    println!("{DENYLIST_ENTRIES} entries: taken in {revoked:?}, verify {ratio:.3} times that without");
    assert!(ratio < 1.5, "{ratio}");
    for id in [0, 1, 777_777, 999_999] {
        assert_eq!(many.code(json!({ "jti": format!("id-{id}") })), Code::TokenRevoked, "{id}");
    }
}
