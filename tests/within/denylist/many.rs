//! A million entries. `benches/denylist.rs` measures what they cost a request.

use super::calls::lines;
use super::world::World;
use doorward::Code;
use doorward::limits::DENYLIST_ENTRIES;
use doorward_testkit::NOW;
use serde_json::json;

const UNTIL: i64 = NOW + 3600;

/// A request looks its own values up, and reads no list: no more is allocated beside a million entries than beside none.
#[test]
fn a_million_entries_are_found_and_cost_a_request_no_allocation() {
    let (none, many) = (World::new(), World::new());
    assert_eq!(many.verifier.revoke(&lines(0..DENYLIST_ENTRIES, UNTIL)), Ok(DENYLIST_ENTRIES));
    for world in [&none, &many] {
        let bearer = world.bearer(json!({ "jti": "another" }));
        let request = doorward::Request::new("api").authorization(bearer.as_bytes());
        let mut verdict = world.verifier.verify(&request);
        let allocated = allocation_counter::measure(|| {
            assert_eq!(world.verifier.verify_into(&request, &mut verdict), Code::Ok);
        });
        assert_eq!(allocated.count_total, 0);
    }
    for id in [0, 1, 777_777, 999_999] {
        assert_eq!(many.code(json!({ "jti": format!("id-{id}") })), Code::TokenRevoked, "{id}");
    }
}
