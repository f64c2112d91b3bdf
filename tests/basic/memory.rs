//! No copy of a password stays in the memory of the process.

use crate::passwords::*;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

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
fn password(halves: [&[u8]; 2]) -> zeroize::Zeroizing<Vec<u8>> {
    let mut password = zeroize::Zeroizing::new(Vec::with_capacity(64));
    halves.iter().for_each(|half| password.extend_from_slice(half));
    password
}

#[test]
fn after_forget_and_drop_no_copy_is_left() {
    let halves: [&[u8]; 2] = [b"sesame-open-", b"7f3a91c2e5"];
    let file = UserFile::new(&format!("bob:{BCRYPT}\nclear:{PBKDF2}\n"));
    let (verifier, clock) = open(&configuration(&file));
    let run = |user: &str| {
        // What the host hands over is the host's to overwrite; here it is.
        let mut plain = zeroize::Zeroizing::new(Vec::with_capacity(96));
        plain.extend_from_slice(user.as_bytes());
        plain.push(b':');
        plain.extend_from_slice(&password(halves));
        let value = zeroize::Zeroizing::new(header_of(&plain));
        decide(&verifier, &value).code()
    };
    let held = password(halves);
    assert!(copies(halves) >= 1, "the control: the search finds what is there");
    drop(held);
    for (number, user) in ["bob", "clear", "nobody", "SVC:bob", "D\\bob", "bob@x.example"].into_iter().enumerate() {
        set(&clock, crate::support::NOW + 100 * number as i64);
        assert_eq!(run(user), doorward::Code::BasicRejected, "{user}");
    }
    verifier.forget("SVC:bob");
    drop(verifier);
    assert_eq!(copies(halves), 0);
}
