//! No copy of a password stays in the memory of the process.

use doorward::{Code, Verifier};
use doorward_testkit::NOW;
use doorward_testkit::passwords::*;
use serde_json::json;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;
use zeroize::Zeroizing;

/// How often the process's heap and other memory of its own hold these bytes. The pattern is given in halves that are
/// never put together.
fn copies(halves: [&[u8]; 2]) -> usize {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = File::open("/proc/self/mem").unwrap();
    let mut count = 0;
    for line in maps.lines().filter(|line| line.contains(" rw-p ") && !line.contains("[stack]")) {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
        count += copies_in(&mut memory, (start, end), halves);
    }
    count
}

fn copies_in(memory: &mut File, (start, end): (u64, u64), [first, second]: [&[u8]; 2]) -> usize {
    let mut room = vec![0; 1 << 20];
    let (mut at, mut count) = (start, 0);
    while at < end {
        let len = usize::try_from(end - at).unwrap().min(room.len());
        memory.seek(SeekFrom::Start(at)).unwrap();
        let Ok(read) = memory.read(&mut room[..len]) else { return count };
        if read == 0 {
            return count;
        }
        let found = memchr(&room[..read], first).filter(|place| {
            let after = at + *place as u64 + first.len() as u64;
            let mut rest = vec![0; second.len()];
            memory.seek(SeekFrom::Start(after)).unwrap();
            memory.read_exact(&mut rest).is_ok() && rest == second
        });
        count += found.count();
        room[..read].fill(0);
        at += read as u64;
    }
    count
}

/// The places of some bytes.
fn memchr<'a>(room: &'a [u8], wanted: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    room.windows(wanted.len()).enumerate().filter(move |(_, window)| *window == wanted).map(|(place, _)| place)
}

/// Fills in the password that is looked for, so that it stands in no constant of the program as a whole.
fn password(halves: [&[u8]; 2]) -> Zeroizing<Vec<u8>> {
    let mut password = Zeroizing::new(Vec::with_capacity(64));
    halves.iter().for_each(|half| password.extend_from_slice(half));
    password
}

/// The password that is looked for, in halves.
const HALVES: [&[u8]; 2] = [b"sesame-open-", b"7f3a91c2e5"];

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
