//! The file: read again when it changes, by the thread and by `poll`; what can't be taken leaves what was.

use super::calls::entries;
use super::world::World;
use doorward::{Clock, Code, Config, Verifier};
use doorward_testkit::NOW;
use doorward_testkit::{in_a_process_of_its_own, until};
use serde_json::json;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

const UNTIL: i64 = NOW + 3600;

/// A verifier with a file, which it looks at in `poll`.
struct Listed {
    file: PathBuf,
    world: World,
}

impl Listed {
    fn new(name: &str) -> Self {
        Self::starting_with(name, &line("first"))
    }

    fn starting_with(name: &str, text: &str) -> Self {
        let file = doorward_testkit::scratch().join(format!("{name}-{}.jsonl", std::process::id()));
        fs::write(&file, text).unwrap();
        let world = World::with(json!({ "denylist": { "file": file.to_str().unwrap() } }));
        Self { file, world }
    }

    fn config(&self) -> Config {
        self.world.config(json!({ "denylist": { "file": self.file.to_str().unwrap() } }))
    }

    fn write(&self, text: &str) {
        fs::write(&self.file, text).unwrap();
        self.world.verifier.poll();
    }

    fn append(&self, text: &str) {
        let mut file = File::options().append(true).open(&self.file).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        self.world.verifier.poll();
    }

    /// Which of these token ids are revoked.
    fn revoked<const N: usize>(&self, ids: [&str; N]) -> [bool; N] {
        ids.map(|id| match self.world.code(json!({ "jti": id })) {
            Code::Ok => false,
            Code::TokenRevoked => true,
            code => panic!("{code}"),
        })
    }

    fn failure(&self) -> Option<String> {
        self.world.verifier.health().denylist().unwrap().failure.as_ref().map(|failure| failure.message.clone())
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}

fn line(id: &str) -> String {
    format!("{{\"token_id\":\"{id}\",\"until\":{UNTIL}}}\n")
}

#[test]
fn it_is_read_at_opening_and_again_when_it_changes() {
    let listed = Listed::new("changes");
    assert_eq!(listed.revoked(["first", "second", "third"]), [true, false, false]);
    listed.append(&line("second"));
    assert_eq!(listed.revoked(["first", "second", "third"]), [true, true, false]);
    // Replaced by renaming, as it should be.
    let new = listed.file.with_extension("new");
    fs::write(&new, line("second") + &line("third")).unwrap();
    fs::rename(&new, &listed.file).unwrap();
    listed.world.verifier.poll();
    assert_eq!(listed.revoked(["second", "third"]), [true, true]);
    assert_eq!(listed.failure(), None);
    assert_eq!(entries(&listed.world, "token_id", "file"), 2);
}

/// Of the same length and time, so that only the number of the file is another.
#[cfg(unix)]
#[test]
fn a_file_that_looks_the_same_is_noticed() {
    let listed = Listed::new("alike");
    let time = fs::metadata(&listed.file).unwrap().modified().unwrap();
    let new = listed.file.with_extension("new");
    fs::write(&new, line("other")).unwrap();
    File::options().write(true).open(&new).unwrap().set_modified(time).unwrap();
    fs::rename(&new, &listed.file).unwrap();
    listed.world.verifier.poll();
    assert_eq!(listed.revoked(["other"]), [true]);
}

#[test]
fn what_is_gone_from_it_holds_until_it_stands_still() {
    let listed = Listed::starting_with("gone", &(line("first") + &line("second")));
    // Somebody writes it anew in place, and is looked at in the midst of it, again and again.
    listed.write("\n");
    assert_eq!(listed.revoked(["first", "second"]), [true, true]);
    listed.write(&line("third"));
    assert_eq!(listed.revoked(["first", "second", "third"]), [true, true, true]);
    listed.append(&line("first"));
    assert_eq!(listed.revoked(["first", "second", "third"]), [true, true, true]);
    listed.world.verifier.poll();
    assert_eq!(listed.revoked(["first", "second", "third"]), [true, false, true]);
}

#[test]
fn a_file_that_is_broken_leaves_the_old_entries() {
    let listed = Listed::new("broken");
    for (text, expected) in [
        (line("second") + "{\"token_id\":\"third\"", "line 2: it is not strict JSON"),
        (line("second") + &line("third").replace("until", "untill"), "line 2: it has a field that is not known"),
        (line("second").replace("}", ",\"issuer\":\"nobody\"}"), "line 1: issuer: the configuration has no issuer"),
        (String::new(), "it is empty, and was not before"),
        ("a".repeat(100_000), "line 1: it has more than 16 KiB"),
    ] {
        listed.write(&text);
        assert_eq!(listed.revoked(["first", "second", "third"]), [true, false, false]);
        let failure = listed.failure().unwrap();
        assert!(failure.contains(expected) && failure.contains("(file "), "{failure}");
        let metrics = listed.world.verifier.metrics();
        assert!(metrics.contains("\ndoorward_denylist_file_refused 1\n"), "{metrics}");
        listed.world.verifier.poll();
        assert_eq!(listed.revoked(["first"]), [true], "it does not settle either");
    }
    listed.write(&(line("second") + "\n"));
    assert_eq!((listed.revoked(["first", "second"]), listed.failure()), ([true, true], None));
    listed.world.verifier.poll();
    assert_eq!(listed.revoked(["first", "second"]), [false, true]);
    assert!(listed.world.verifier.metrics().contains("\ndoorward_denylist_file_refused 0\n"));
}

#[test]
fn a_line_that_is_still_being_written_waits_for_its_end() {
    let listed = Listed::new("growing");
    let (start, end) = (line("second")[..20].to_owned(), line("second")[20..].to_owned());
    listed.append(&start);
    assert_eq!(listed.revoked(["first", "second"]), [true, false]);
    assert!(listed.failure().unwrap().contains("line 2: "));
    listed.append(&end);
    assert_eq!((listed.revoked(["first", "second"]), listed.failure()), ([true, true], None));
}

#[test]
fn a_file_that_is_missing_leaves_the_old_entries() {
    let listed = Listed::new("missing");
    let text = fs::read(&listed.file).unwrap();
    fs::remove_file(&listed.file).unwrap();
    listed.world.verifier.poll();
    assert_eq!(listed.revoked(["first", "second"]), [true, false]);
    assert!(listed.failure().unwrap().contains("can't read the file"), "{:?}", listed.failure());
    listed.world.set_time(NOW + 60);
    listed.world.verifier.poll();
    let health = listed.world.verifier.health();
    let file = health.denylist().unwrap();
    assert_eq!((file.entries, file.age, file.failure.as_ref().unwrap().at), (1, 60, NOW));
    fs::create_dir(&listed.file).unwrap();
    listed.world.verifier.poll();
    assert!(listed.failure().unwrap().contains("it is not a file"));
    fs::remove_dir(&listed.file).unwrap();
    fs::write(&listed.file, text).unwrap();
    listed.append(&line("second"));
    assert_eq!((listed.revoked(["first", "second"]), listed.failure()), ([true, true], None));
    assert_eq!(listed.world.verifier.health().denylist().unwrap().age, 0);
}

#[test]
fn a_reload_reads_it_and_is_refused_where_it_is_broken() {
    let listed = Listed::new("reload");
    listed.world.revoke(json!({ "token_id": "call", "until": UNTIL }));
    fs::write(&listed.file, line("second")).unwrap();
    listed.world.verifier.reload(&listed.config()).unwrap();
    assert_eq!(listed.revoked(["first", "second", "call"]), [false, true, true]);
    for text in ["{", ""] {
        fs::write(&listed.file, text).unwrap();
        let error = listed.world.verifier.reload(&listed.config()).unwrap_err();
        assert_eq!((error.code(), error.path()), (Code::DenylistRejected, "denylist.file"), "{text}");
        assert_eq!(listed.revoked(["first", "second", "call"]), [false, true, true]);
    }
    fs::remove_file(&listed.file).unwrap();
    assert_eq!(listed.world.verifier.reload(&listed.config()).unwrap_err().code(), Code::FileUnreadable);
    assert_eq!(listed.revoked(["second"]), [true]);
    // A configuration that names no file any more.
    listed.world.verifier.reload(&listed.world.config(json!({}))).unwrap();
    assert_eq!(listed.revoked(["second", "call"]), [false, true]);
    assert!(listed.world.verifier.health().denylist().is_none());
}

#[test]
fn entries_that_have_ended_are_left_out() {
    let ended = format!("{{\"token_id\":\"ended\",\"until\":{}}}\n", NOW - 301);
    let listed = Listed::starting_with("ended", &(ended + &line("first")));
    assert_eq!(entries(&listed.world, "token_id", "file"), 1);
    assert_eq!(listed.revoked(["ended", "first"]), [false, true]);
    listed.world.set_time(UNTIL + 60);
    assert_eq!(listed.revoked(["first"]), [true]);
    listed.world.set_time(UNTIL + 61);
    assert_eq!(listed.revoked(["first"]), [false]);
}

/// The thread of the library looks, whether the configuration is watched or not, and whatever else is going on.
/// `poll_says_when_to_look_again` says how often.
#[test]
fn the_thread_takes_each_change() {
    if in_a_process_of_its_own("denylist::file::the_thread_takes_each_change") {
        return;
    }
    let listed = Listed::new("thread");
    let config = Config::from_json(with_a_provider_that_hangs(&listed));
    let verifier = Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap();
    verifier.start();
    let bearer = |id: &str| listed.world.bearer(json!({ "jti": id }));
    let code = |bearer: &str| verifier.verify(&doorward::Request::new("api").authorization(bearer.as_bytes())).code();
    let tokens: Vec<_> = (0..6).map(|id| bearer(&format!("id-{id}"))).collect();
    let mut longest = Duration::ZERO;
    for (id, token) in tokens.iter().enumerate() {
        assert_eq!(code(token), Code::Ok);
        // Not in step with the looks.
        thread::sleep(Duration::from_millis(id as u64 * 83));
        let start = Instant::now();
        listed.append(&line(&format!("id-{id}")));
        until("the thread to look", || code(token) == Code::TokenRevoked);
        longest = longest.max(start.elapsed());
    }
    println!("the longest of {} changes took {longest:?}", tokens.len());
    let health = verifier.health();
    let hangs = health.issuers().iter().find(|issuer| issuer.name == "hangs").unwrap();
    assert_eq!(hangs.failure, None, "no look waited for the end of the fetch that hangs");
    assert_eq!(code(&bearer("another")), Code::Ok);
}

/// An issuer beside it whose key set does not come: fetching holds its thread for 30 seconds.
fn with_a_provider_that_hangs(listed: &Listed) -> String {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/keys", silent.local_addr().unwrap());
    // It listens as long as the process lives, and never answers.
    std::mem::forget(silent);
    let key = listed.world.key.jwk(doorward_testkit::KEY_ID);
    let mut configuration = doorward_testkit::configuration(&[key], &[doorward::Algorithm::EdDSA]);
    configuration["issuers"]["hangs"] = json!({
        "issuer": "urn:hangs", "jwks_url": address, "timeout": "30s", "audiences": ["urn:api"], "algorithms": ["ES256"],
    });
    configuration["denylist"] = json!({ "file": listed.file.to_str().unwrap() });
    configuration.to_string()
}

#[test]
fn poll_says_when_to_look_again() {
    let listed = Listed::new("poll");
    let next = listed.world.verifier.poll().unwrap();
    assert!(next <= Duration::from_millis(500), "{next:?}");
    assert_eq!(World::new().verifier.poll(), None, "where there is no file there is nothing to look at");
}

/// A verifier that was opened long ago, perhaps in the parent of this process, begins with what stands there now.
#[test]
fn start_looks_at_once() {
    let listed = Listed::new("start");
    let verifier = Verifier::open_with_clock(&listed.config().without_thread(), Clock::fixed(NOW)).unwrap();
    let bearer = listed.world.bearer(json!({ "jti": "second" }));
    let code = || verifier.verify(&doorward::Request::new("api").authorization(bearer.as_bytes())).code();
    let mut file = File::options().append(true).open(&listed.file).unwrap();
    file.write_all(line("second").as_bytes()).unwrap();
    assert_eq!(code(), Code::Ok);
    verifier.start();
    assert_eq!(code(), Code::TokenRevoked);
}
