//! No copy of a password stays in the memory of the process, nor of claims where the verdict is gone.

use doorward::{Algorithm, Code, Request, Verdict, Verifier};
use doorward_testkit::passwords::*;
use doorward_testkit::{KEY_ID, NOW, TestKey, good_claims};
use memchr::memmem;
use serde_json::json;
use std::fs::File;
use std::hint::spin_loop;
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::TcpListener;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use zeroize::{Zeroize, Zeroizing};

/// How often what the process may write holds one of these pieces: heap, stacks, and all other memory of its own. They
/// are constants, which can't be written.
fn copies(pieces: [&[u8]; 2]) -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut room = vec![0; 1 << 20];
    let own = room.as_ptr().addr() as u64..room.as_ptr().addr() as u64 + room.len() as u64;
    let mut count = 0;
    for line in maps.lines().filter(|line| line.contains(" rw-p ")) {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
        // What is read would be found once more where it is read to.
        for part in [start..end.min(own.start), start.max(own.end)..end] {
            count += copies_in(&mut memory, part, &mut room, pieces);
        }
    }
    count
}

fn copies_in(memory: &mut File, part: Range<u64>, room: &mut [u8], pieces: [&[u8]; 2]) -> usize {
    let (mut at, mut count) = (part.start, 0);
    while at < part.end {
        let len = usize::try_from(part.end - at).unwrap().min(room.len());
        memory.seek(SeekFrom::Start(at)).unwrap();
        let Ok(read) = memory.read(&mut room[..len]) else { return count };
        if read == 0 {
            return count;
        }
        count += pieces.iter().map(|piece| memmem::find_iter(&room[..read], piece).count()).sum::<usize>();
        room[..read].fill(0);
        at += read as u64;
    }
    count
}

/// Fills in the password that is looked for, so that it stands in no constant of the program as a whole.
fn password(halves: [&[u8]; 2]) -> Zeroizing<Vec<u8>> {
    let mut password = Zeroizing::new(Vec::with_capacity(64));
    halves.iter().for_each(|half| password.extend_from_slice(half));
    password
}

/// The password that is looked for, in halves.
const HALVES: [&[u8]; 2] = [b"sesame-open-", b"7f3a91c2e5d8"];

/// The same in base64.
const BASE64: [&[u8]; 2] = [b"c2VzYW1lLW9wZW4t", b"N2YzYTkxYzJlNWQ4"];

/// It by a thousand rounds of PBKDF2.
const HASHED: &str = "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHQxMjM0NTY3OA$eCBzIneljVQLYjgKTxL835RDdOTPz7BmNCyCvCeDKFU";

/// What of a token is looked for, in halves.
const TOKEN_HALVES: [&[u8]; 2] = [b"c2lnbmF0dXJl-", b"b24c3f81d7"];

/// Asks with the password, as a host does that overwrites what it hands over.
fn ask(verifier: &Verifier, user: &str) -> Code {
    let mut plain = Zeroizing::new(Vec::with_capacity(96));
    plain.extend_from_slice(user.as_bytes());
    plain.push(b':');
    plain.extend_from_slice(&password(HALVES));
    let value = Zeroizing::new(header_of(&plain));
    decide(verifier, &value).code()
}

/// A server that says the same to everybody, and overwrites what it was told.
fn server(says: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
            let mut told = Zeroizing::new([0; 4096]);
            // Head and body of a request may come one after the other.
            while matches!(socket.read(told.as_mut()), Ok(1..)) {}
            // Before the answer, which the search comes after.
            told.zeroize();
            let _ = socket.write_all(says);
        }
    });
    port
}

/// All of them in one scenario: what another one holds would be found.
pub fn after_forget_and_drop_no_copy_is_left() {
    let held = password(HALVES);
    assert!(copies(HALVES) >= 1, "the control: the search finds what is there");
    drop(held);
    let held = password(TOKEN_HALVES);
    assert!(copies(TOKEN_HALVES) >= 1, "the control of the other search");
    drop(held);
    in_a_file();
    assert_eq!(copies(HALVES), 0, "a file of passwords");
    at_a_token_endpoint();
    assert_eq!((copies(HALVES), copies(TOKEN_HALVES)), (0, 0), "Entra ID");
    in_a_directory();
    assert_eq!(copies(HALVES), 0, "LDAP");
}

fn in_a_file() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\nclear:{PBKDF2}\n"));
    let (verifier, clock) = open(&configuration(&file));
    for (number, user) in ["bob", "clear", "nobody", "SVC:bob", "D\\bob", "bob@x.example"].into_iter().enumerate() {
        set(&clock, NOW + 100 * number as i64);
        assert_eq!(ask(&verifier, user), Code::BasicRejected, "{user}");
    }
    verifier.forget("SVC:bob");
}

/// An answer with a token, as long as such answers are: spaces follow.
static GRANTED: [u8; 4096] = {
    let text = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4036\r\n\r\n{\"access_token\":\"e30.e30.c2lnbmF0dXJl-b24c3f81d7\"}";
    let mut padded = [b' '; 4096];
    let mut at = 0;
    while at < text.len() {
        padded[at] = text[at];
        at += 1;
    }
    padded
};

fn at_a_token_endpoint() {
    let refused: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 53\r\n\r\n{\"error\": \"invalid_grant\", \"error_codes\": [50126]}   ";
    assert_eq!(ask_endpoint(refused), Code::BasicRejected);
    // It names nobody, so the answer is none; the token came all the same.
    assert_eq!(ask_endpoint(&GRANTED), Code::DirectoryUnavailable);
}

fn ask_endpoint(says: &'static [u8]) -> Code {
    let (verifier, _) = open(&json!({
        "user_managers": { "AAD": { "entra_password": {
            "tenant": "contoso.example", "client_id": "11111111-2222-3333-4444-555555555555",
            "realms": ["contoso.example"], "authority": format!("http://127.0.0.1:{}", server(says))
        } } },
        "apis": { "api": { "enabled": true, "accept": ["basic"], "user_managers": ["AAD"] } },
    }));
    ask(&verifier, "bob@contoso.example")
}

fn in_a_directory() {
    // BindResponse: invalidCredentials (RFC 4511 section 4.2.2).
    let port = server(b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x31\x04\x00\x04\x00");
    let (verifier, _) = open(&json!({
        "user_managers": { "K2": { "ldap": {
            "url": format!("ldap://127.0.0.1:{port}"), "danger_plaintext": true, "domain": "CONTOSO", "base": "dc=x"
        } } },
        "apis": { "api": { "enabled": true, "accept": ["basic"], "user_managers": ["K2"] } },
    }));
    assert_eq!(ask(&verifier, "CONTOSO\\bob"), Code::BasicRejected);
}

/// The value of a header with the password. Name and colon have a length that three divides, so that the base64 of the
/// password does not depend on them.
fn value_of(user: &str) -> Zeroizing<Vec<u8>> {
    assert_eq!((user.len() + 1) % 3, 0, "{user}");
    let mut value = Zeroizing::new(Vec::with_capacity(160));
    value.extend_from_slice(header(user, "").as_bytes());
    BASE64.iter().for_each(|piece| value.extend_from_slice(piece));
    value
}

/// How many copies there are while a thread stands still right after `work`: in clear, and in base64.
fn left_by(work: impl FnOnce() + Send) -> [usize; 2] {
    let [is_done, is_seen] = [const { AtomicBool::new(false) }; 2];
    thread::scope(|scope| {
        scope.spawn(|| {
            work();
            is_done.store(true, Ordering::Release);
            while !is_seen.load(Ordering::Acquire) {
                spin_loop();
            }
        });
        while !is_done.load(Ordering::Acquire) {
            thread::sleep(Duration::from_millis(1));
        }
        let found = [copies(HALVES), copies(BASE64)];
        is_seen.store(true, Ordering::Release);
        found
    })
}

/// A token with the pieces as a user's name, in a claim, and behind an escape, and `padding` bytes that are no secret.
fn token_of(key: &TestKey, pieces: [&str; 2], padding: usize) -> String {
    let mut claims = good_claims();
    claims.as_object_mut().unwrap().remove("sub");
    let known = claims.to_string();
    let mut text = Zeroizing::new(String::with_capacity(known.len() + padding + 200));
    text.push_str(known.strip_suffix('}').unwrap());
    for before in [",\"sub\":\"", "\",\"note\":\"", "\",\"more\":\"\\t"] {
        text.push_str(before);
        pieces.iter().for_each(|piece| text.push_str(piece));
    }
    text.push_str("\",\"padding\":\"");
    text.extend(std::iter::repeat_n('p', padding));
    text.push_str("\"}");
    key.sign(&doorward_testkit::header(key).to_string(), &text).unwrap()
}

pub fn a_dropped_verdict_leaves_no_claim() {
    let key = TestKey::generate(Algorithm::ES256).unwrap();
    let verifier = doorward_testkit::open(&doorward_testkit::configuration(&[key.jwk(KEY_ID)], &[Algorithm::ES256]));
    let pieces = HALVES.map(|half| str::from_utf8(half).unwrap());
    // The last one makes every buffer grow, and is about somebody else.
    let tokens = [(pieces, 0), (pieces, 300), (["x", "y"], 3000)].map(|(pieces, bytes)| token_of(&key, pieces, bytes));
    assert_eq!(copies(HALVES), 0, "the tokens have it in base64 alone");
    for count in 1..=tokens.len() {
        let mut verdict = Verdict::new();
        for token in &tokens[..count] {
            let value = format!("Bearer {token}");
            assert_eq!(verifier.verify_into(&request(value.as_bytes()), &mut verdict), Code::Ok);
            // What it hands out.
            let user = verdict.identity().unwrap().user();
            assert!(user == "xy" || copies(HALVES) >= 6, "the control: {user}");
        }
        drop(verdict);
        assert_eq!(copies(HALVES), 0, "after {count}");
    }
}

/// What a decision leaves is looked for where it was made, at the very depth of the stack, beside what the host holds: the
/// header.
pub fn a_decision_leaves_no_copy() {
    let file = UserFile::new(&format!("clear:{HASHED}\nbo:{PBKDF2}\n"));
    let (verifier, _) = open(&configuration(&file));
    let held = password(HALVES);
    assert_eq!(left_by(|| ()), [2, 0], "the control: the search finds what is there");
    drop(held);
    // Where the password stands in a block of a digest depends on the name.
    let names: Vec<String> = (0..24).map(|number| "n".repeat(2 + 3 * number)).collect();
    for name in &names {
        assert_leaves_nothing(&verifier, name, Code::Pending);
    }
    for (name, code) in [("clear", Code::Ok), ("bo", Code::BasicRejected)] {
        thread::scope(|scope| scope.spawn(|| resolve(&verifier, name)).join().unwrap());
        assert_leaves_nothing(&verifier, name, code);
    }
}

fn resolve(verifier: &Verifier, name: &str) -> Code {
    let value = value_of(name);
    verifier.resolve(&request(&value)).code()
}

fn request(value: &[u8]) -> Request<'_> {
    Request::new("api").authorization(value)
}

fn assert_leaves_nothing(verifier: &Verifier, name: &str, expected: Code) {
    let value = value_of(name);
    assert_eq!(left_by(|| ()), [0, 2], "before {name}");
    let mut verdict = Verdict::new();
    let verified = left_by(|| {
        verifier.verify_into(&request(&value), &mut verdict);
    });
    assert_eq!((verdict.code(), verified), (expected, [0, 2]), "verify {name}");
    let explained = left_by(|| drop(verifier.explain(&request(&value))));
    assert_eq!(explained, [0, 2], "explain {name}");
}
