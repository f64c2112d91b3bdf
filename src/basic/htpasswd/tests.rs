use super::*;
use crate::crypto::password::computed::costs;
use proptest::prelude::*;
use proptest::sample;
use std::fs;
use std::time::{Duration, Instant};

const REJECTED: Answer = Answer::Refused(Refusal::REJECTED);

/// "secret" by bcrypt at the lowest cost.
const SECRET: &str = "$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW";

struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("doorward-htpasswd-{name}-{}", std::process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }

    fn open(&self) -> Opening {
        open(&Settings { file: self.0.clone(), danger_weak_hashes: false }).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn check(opening: &Opening, user: &str, password: &str) -> Answer {
    let (user, within) = crate::parse::basic::split(user);
    let end = Instant::now() + Duration::from_secs(5);
    match opening.directory.check(&Login { user, within, password }, &mut Asked::alone(), Until { end, answer: end }) {
        // To the client it is the same.
        Answer::Missing(refusal) => Answer::Refused(refusal),
        answer => answer,
    }
}

fn proves(opening: &Opening, user: &str, password: &str) -> bool {
    check(opening, user, password) == Answer::Proved(Person { user: user.to_owned(), ..Person::default() })
}

#[test]
fn users_of_the_file_come_in_by_their_password() {
    let file = File::new(
        "users",
        &format!("# people\n\nbob:{SECRET}\r\nCONTOSO\\ann:{SECRET}\nx@y.example:{SECRET}:more:fields\n"),
    );
    let opening = file.open();
    for user in ["bob", "CONTOSO\\ann", "x@y.example"] {
        assert!(proves(&opening, user, "secret"), "{user}");
        assert_eq!(check(&opening, user, "wrong"), REJECTED, "{user}");
    }
    for user in ["Bob", "ann", "x", "nobody", "# people", "bob "] {
        assert_eq!(check(&opening, user, "secret"), REJECTED, "{user}");
    }
}

#[test]
fn a_broken_line_refuses_only_itself() {
    let text = format!(
        "good:{SECRET}\nno colon\n:{SECRET}\nplain:secret\nmd5:$apr1$saltsalt$/j5wetGTzlx3gpsPrXgyi/\n\
         sha:{{SHA}}8MCLEunsrWbDuTyxgR6dIGyZrug=\ncost:$2b$31$abcdefghijklmnopqrstuuiWkjXpAyvg7aTmHew/q8KC6wl0n1j2a\n\
         good:$2b$04$abcdefghijklmnopqrstuuiWkjXpAyvg7aTmHew/q8KC6wl0n1j2a\n bob:{SECRET}\nunknown:$9$abc\nlast:{SECRET}"
    );
    let opening = File::new("broken", &text).open();
    assert!(proves(&opening, "good", "secret") && proves(&opening, "last", "secret"));
    for user in ["no colon", "", "plain", "md5", "sha", "cost", "bob", " bob", "unknown"] {
        assert_eq!(check(&opening, user, "secret"), REJECTED, "{user}");
    }
    let lines: Vec<&str> = opening.notes.iter().filter_map(|note| note.split(':').next()).collect();
    let wrong = ["line 2", "line 3", "line 4", "line 5", "line 6", "line 7", "line 8", "line 9", "line 10"];
    assert!(wrong.iter().all(|line| lines.contains(line)), "{:?}", opening.notes);
    assert!(!opening.notes.iter().any(|note| note.contains("secret") || note.contains("$2b")), "{:?}", opening.notes);
}

#[test]
fn a_file_that_can_not_be_read_is_an_error() {
    let settings = Settings { file: "/nowhere/users.htpasswd".into(), danger_weak_hashes: false };
    assert_eq!(open(&settings).unwrap_err().0, Code::FileUnreadable);
}

#[test]
fn a_change_holds_and_a_file_that_is_gone_changes_nothing() {
    let file = File::new("change", &format!("bob:{SECRET}\nann:{SECRET}\n"));
    let opening = file.open();
    assert!(!opening.directory.tend() && opening.directory.is_tended());
    fs::write(&file.0, format!("ann:{SECRET}\nnew:{SECRET}\n")).unwrap();
    assert!(opening.directory.tend());
    assert_eq!(check(&opening, "bob", "secret"), REJECTED);
    assert!(proves(&opening, "ann", "secret") && proves(&opening, "new", "secret"));
    fs::remove_file(&file.0).unwrap();
    assert!(!opening.directory.tend() && !opening.directory.tend());
    assert!(proves(&opening, "ann", "secret"));
    fs::write(&file.0, format!("bob:{SECRET}\n")).unwrap();
    assert!(opening.directory.tend() && proves(&opening, "bob", "secret"));
}

#[test]
fn a_file_in_the_midst_of_being_written_keeps_nobody_out() {
    let file = File::new("midst", &format!("ann:{SECRET}\nbob:{SECRET}\n"));
    let opening = file.open();
    for half in ["", "ann:$2b$04$abcdef", &format!("ann:{SECRET}")] {
        fs::write(&file.0, half).unwrap();
        assert!(!opening.directory.tend(), "{half}");
        assert!(proves(&opening, "bob", "secret"));
    }
    // It stays so: then that is what was meant.
    assert!(opening.directory.tend());
    assert_eq!(check(&opening, "bob", "secret"), REJECTED);
    assert!(proves(&opening, "ann", "secret"));
}

#[test]
fn a_change_is_seen_though_the_file_looks_the_same() {
    let other = SECRET.replace("JnfC", "JnfD");
    assert_ne!(other, SECRET);
    let file = File::new("tick", &format!("ann:{SECRET}\n"));
    let opening = file.open();
    let tick = fs::metadata(&file.0).unwrap().modified().unwrap();
    fs::write(&file.0, format!("ann:{other}\n")).unwrap();
    // As where both writes fall into one tick of the file system's clock.
    fs::File::options().write(true).open(&file.0).unwrap().set_modified(tick).unwrap();
    assert!(opening.directory.tend() && !opening.directory.tend());
    assert_eq!(check(&opening, "ann", "secret"), REJECTED);
}

#[test]
fn what_is_written_again_as_it_was_is_no_change() {
    let file = File::new("same", &format!("ann:{SECRET}\n"));
    let opening = file.open();
    for _ in 0..3 {
        fs::remove_file(&file.0).unwrap();
        fs::write(&file.0, format!("ann:{SECRET}\n")).unwrap();
        assert!(!opening.directory.tend());
    }
    assert!(proves(&opening, "ann", "secret"));
}

#[test]
fn a_file_that_has_looked_the_same_for_a_while_is_not_read_again() {
    let file = File::new("settled", &format!("ann:{SECRET}\n"));
    let first = Look::at(&file.0);
    let after = |time| {
        let mut look = Look::at(&file.0);
        look.since = first.since + time;
        look
    };
    let tick = Duration::from_secs(limits::HTPASSWD_TICK_SECONDS);
    let mut look = first;
    for time in [Duration::ZERO, tick / 2, tick - Duration::from_millis(1)] {
        look = look.then(after(time)).unwrap();
        assert_eq!(look.found, Found::Fresh);
    }
    look = look.then(after(tick)).unwrap();
    assert_eq!(look.found, Found::Settled);
    assert!(look.then(after(tick)).is_none() && look.then(after(tick * 2)).is_none());
    fs::write(&file.0, "longer than before").unwrap();
    assert_eq!(look.then(after(tick * 2)).unwrap().found, Found::Fresh);
}

#[test]
fn what_could_not_be_read_once_is_read_later() {
    let file = File::new("later", &format!("bob:{SECRET}\nann:{SECRET}\n"));
    let directory = Htpasswd::open(&Settings { file: file.0.clone(), danger_weak_hashes: false }).unwrap();
    fs::write(&file.0, format!("ann:{SECRET}\n")).unwrap();
    // As where the process has no file descriptor left: the file itself has not changed since.
    directory.keep(&directory.held.load_full(), Look::at(&file.0).finding(Found::Unreadable), "why");
    assert!(directory.held.load().users.find("bob").is_some());
    assert!(directory.tend());
    assert!(directory.held.load().users.find("bob").is_none() && directory.held.load().users.find("ann").is_some());
}

#[test]
#[cfg(unix)]
fn what_is_no_file_is_not_waited_for() {
    let pipe = std::env::temp_dir().join(format!("doorward-htpasswd-{}.pipe", std::process::id()));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe.clone(), std::env::temp_dir()] {
        let (tell, told) = std::sync::mpsc::channel();
        thread::spawn(move || tell.send(open(&Settings { file: path, danger_weak_hashes: false }).unwrap_err()));
        let refused = told.recv_timeout(Duration::from_secs(10)).expect("it waits");
        assert_eq!(refused, (Code::FileUnreadable, "it is not a file".to_owned()));
    }
    fs::remove_file(&pipe).unwrap();
}

#[test]
fn a_file_that_is_too_large_is_refused_and_a_line_for_itself() {
    let line = |len: usize| format!("long:{}\n", "x".repeat(len));
    let mut text = format!("\u{feff}first:{SECRET}\n{}last:{SECRET}\n", line(limits::HTPASSWD_LINE_BYTES));
    let opening = File::new("long", &text).open();
    assert_eq!(opening.notes.iter().filter(|note| note.contains("line 2: it has more than 4096 bytes")).count(), 1);
    assert!(proves(&opening, "first", "secret") && proves(&opening, "last", "secret"));
    text.push_str(&line(limits::HTPASSWD_BYTES));
    let file = File::new("large", &text);
    let refused = open(&Settings { file: file.0.clone(), danger_weak_hashes: false }).unwrap_err();
    assert_eq!(refused, (Code::FileUnreadable, "the file has more than 16 MiB".to_owned()));
}

#[test]
fn a_first_line_that_is_wrong_is_not_made_good_by_another() {
    let lines = format!("bob:!{SECRET}\nbob:{SECRET}\nann:\u{fffd}\nann:{SECRET}\nx:\nx:{SECRET}\nok:{SECRET}\n");
    let opening = File::new("first", &lines).open();
    assert!(proves(&opening, "ok", "secret"));
    for user in ["bob", "ann", "x"] {
        assert_eq!(check(&opening, user, "secret"), REJECTED, "{user}");
    }
}

/// What an attacker sees of a name: what its hash costs.
fn cost(users: &Users, name: &str) -> (&'static str, u64) {
    users.find(name).or_else(|| users.stand_in(name)).unwrap().cost()
}

#[test]
fn somebody_who_is_not_there_costs_the_same_each_time() {
    let slow = SECRET.replace("$04$", "$05$");
    let line = |number: usize| format!("user{number}:{}\n", if number.is_multiple_of(2) { SECRET } else { &slow });
    let text: String = (0..50).map(line).collect();
    let users = Users::read(text.as_bytes(), false);
    let costs = |users: &Users| (0..500).map(|number| cost(users, &format!("none{number}"))).collect::<Vec<_>>();
    let before = costs(&users);
    let slow = before.iter().filter(|(_, cost)| *cost == 5).count();
    assert!((200..=300).contains(&slow), "{slow} of 500 are slow, as half of the users are");
    assert_eq!(before, costs(&Users::read(text.as_bytes(), false)), "another process, or after a restart");
    let again = costs(&Users::read(format!("{text}{}", line(50)).as_bytes(), false));
    let moved = before.iter().zip(&again).filter(|(before, after)| before != after).count();
    // Half a user of 51 more is fast. Where the smallest digest is that of the new line, all names are drawn anew.
    assert!(moved <= 25, "{moved}");
    assert!(Users::read(b"# nobody\n", false).stand_in("none").is_none());
}

/// What a check computes, which is what its time tells.
fn computed(opening: &Opening, user: &str, password: &str) -> Vec<(&'static str, u64)> {
    costs();
    assert_eq!(check(opening, user, password), REJECTED, "{user}");
    costs()
}

/// A file with a hundred users, who have these hashes in turns.
fn hundred_users(name: &str, hashes: &[&str]) -> File {
    let line = |number: usize| format!("user{number}:{}\n", hashes[number % hashes.len()]);
    File::new(name, &(0..100).map(line).collect::<String>())
}

#[test]
fn an_unknown_user_costs_as_much_as_a_wrong_password() {
    let file = hundred_users("unknown", &[SECRET]);
    let opening = file.open();
    for number in 0..100 {
        let costs = ["user", "none"].map(|kind| computed(&opening, &format!("{kind}{number}"), "wrong"));
        assert_eq!(costs, [[("bcrypt", 4)], [("bcrypt", 4)]], "{number}");
    }
    assert!(proves(&opening, "user1", "secret"));
}

/// Half of the users have a hash that takes longer. Somebody who is not there takes as long as some user who is, with a
/// password that the hash does not take, too.
#[test]
fn mixed_hashes_and_long_passwords_tell_nobody_apart() {
    let slow = SECRET.replace("$04$", "$05$");
    let file = hundred_users("mixed", &[SECRET, &slow]);
    let opening = file.open();
    for password in ["wrong", &"x".repeat(73), &"x".repeat(1000)] {
        let costs = |kind: &str| -> Vec<u64> {
            let of = |number| match computed(&opening, &format!("{kind}{number}"), password)[..] {
                [("bcrypt", cost)] => cost,
                ref other => panic!("{kind}{number}: {other:?}"),
            };
            (0..100).map(of).collect()
        };
        let slow = |kind: &str| costs(kind).iter().filter(|cost| **cost == 5).count();
        assert_eq!(slow("user"), 50, "the control: the costs differ");
        assert!((20..=80).contains(&slow("none")), "unknown users are told apart");
        assert_eq!(costs("none"), costs("none"), "asked again, a name costs the same");
    }
}

proptest! {
    #[test]
    fn any_line_is_refused_with_a_note_or_checks(
        name in "[a-zé]{1,8}",
        kind in sample::select(vec![
            "$2a$", "$2b$", "$2y$", "$argon2id$v=19$", "$argon2i$", "$pbkdf2-sha256$", "$pbkdf2-sha512$", "$scrypt$", "$5$",
            "$6$", "{SSHA}", "{SSHA256}", "{SSHA512}", "{SHA}", "$apr1$", "$1$", "{PLAIN}", "", "$9$", "{x}",
        ]),
        costs in sample::select(vec![
            "", "04$", "05$", "99$", "m=8,t=1,p=1$", "m=64,t=2,p=8$", "m=,t=1,p=1$", "i=1$", "i=7,l=5$", "9$", "-1$",
            "ln=1,r=1,p=1$", "ln=4,r=2,p=3$", "ln=63,r=0,p=0$", "rounds=1000$", "rounds=01000$", "rounds=$",
        ]),
        salt in "[a-zA-Z0-9./]{0,22}|.{0,20}",
        separator in sample::select(vec!["$", "", ":", "$$"]),
        hash in "[a-zA-Z0-9./]{22}|[a-zA-Z0-9./]{31}|[a-zA-Z0-9./]{43}|[a-zA-Z0-9./]{86}|.{0,90}|[a-zA-Z0-9+/]{0,30}={0,2}",
        password in ".{0,100}",
    ) {
        let users = Users::read(format!("{name}:{kind}{costs}{salt}{separator}{hash}").as_bytes(), true);
        match users.find(&name) {
            Some(found) => prop_assert!(!found.matches(&password) || found.kind() == "plain text"),
            None => prop_assert!(users.notes.iter().any(|note| note.starts_with("line ")), "{:?}", users.notes),
        }
    }

    #[test]
    fn any_file_is_read(text in proptest::collection::vec(any::<u8>(), 0..300)) {
        let users = Users::read(&text, true);
        users.names.iter().for_each(|name| assert!(users.find(name).is_some()));
    }
}
