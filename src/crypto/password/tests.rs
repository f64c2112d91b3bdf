use super::*;
use proptest::prelude::*;

/// The password of every hash below.
const PASSWORD: &str = "Zürich-Straße.9";

/// Which tool made a hash, its kind, and the hash.
const HASHES: &[(&str, &str, &str)] = &[
    ("htpasswd -B", "bcrypt", "$2y$04$eCqmcp9MAvr2lDvxn7xNquEjOge560w0CoOhC9iO695Lw0WTPwUBe"),
    ("libxcrypt", "bcrypt", "$2a$04$abcdefghijklmnopqrstuuHOLKlEfnKzKPzIAvncSyt9H0gVOVmRi"),
    ("libxcrypt", "bcrypt", "$2b$04$abcdefghijklmnopqrstuuHOLKlEfnKzKPzIAvncSyt9H0gVOVmRi"),
    ("libxcrypt", "bcrypt", "$2y$04$abcdefghijklmnopqrstuuHOLKlEfnKzKPzIAvncSyt9H0gVOVmRi"),
    (
        "argon2-cffi",
        "argon2id",
        "$argon2id$v=19$m=128,t=2,p=2$3CZeZBPf7QNm9T1iPgTZWw$5V36tapl7ZjzP0NzPmcfF0azT976WYZ4b1mHIUFlLJE",
    ),
    (
        "argon2-cffi",
        "argon2i",
        "$argon2i$v=19$m=128,t=2,p=1$zas8IkdfEKH2+OsGTYLLzQ$Ie3iudQGthO9fTMERjGXGNk/t5NGbq1kfDaTcpivJug",
    ),
    (
        "hashlib",
        "PBKDF2-SHA256",
        "$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHQxMjM0NTY3OA$VqwiSdBc5z8ku8MqfdX3D0l2oHqCO6Lj4UtvL0K43hw",
    ),
    (
        "hashlib",
        "PBKDF2-SHA512",
        "$pbkdf2-sha512$i=1000$c2FsdHNhbHQxMjM0NTY3OA$gLRFtTOQ/gKXClWKIZPTWc62+afQ65rGYJxs+QoPF2ILXUjnG5riVyUZ3I2VdxYTazS1oDeIhdfr2Whx0bJhyw",
    ),
    (
        "passlib",
        "PBKDF2-SHA256",
        "$pbkdf2-sha256$1001$c2FsdHNhbHQxMjM0NTY3OA$r1irsKxW6rkO02h40wWNJbwD/CMpzqXJxUsVsZA1nS0",
    ),
    (
        "passlib",
        "PBKDF2-SHA512",
        "$pbkdf2-sha512$1001$c2FsdHNhbHQxMjM0NTY3OA$D56nVMmLcZ6ZLxhcvAc3xYc8ABxMqVI14Fdjcl.tLmnzi9TA9.Cz.qC2wDDimXlecpbT/.Zj7QvcpSaJCgc5.A",
    ),
    ("hashlib", "scrypt", "$scrypt$ln=4,r=8,p=2$c2FsdHNhbHQxMjM0NTY3OA$Wy94BDbb5F0b4W1UvaHU8JUURxdHmnoNpGyaqcvhg8o"),
    ("passlib", "scrypt", "$scrypt$ln=5,r=8,p=1$c2FsdHNhbHQxMjM0NTY3OA$Hrjnq0EazlfFM1jibBFfC/EcmQSH/PpImhs55QTKVEw"),
    ("libxcrypt", "SHA-256-crypt", "$5$saltsalt$tsEh14cq0RpKqDJQ9wLYa1uJID8qUB/YmnlkvwRSGXB"),
    ("libxcrypt", "SHA-256-crypt", "$5$rounds=1234$saltsaltsaltsalt$1ipyDTo6IsHKpGVVLyMkv5QmCnN55UhFcMmEWnsyfCD"),
    (
        "libxcrypt",
        "SHA-512-crypt",
        "$6$saltsalt$NG3k/eHY5zSBToK1DK67v7zNpvbnjjckfjlzsPOIIExtey6vxjoHmKSTrZc3A/e3E.m0AktvmNBQKvTdWIJSE/",
    ),
    (
        "openssl passwd -6",
        "SHA-512-crypt",
        "$6$abc$0C9C6fvj1ZVxJhTwZRt7pfUPW3TPokU0ugKldWp28FujyaTOrBVg5x6IToBNDgQB8g.t17mhUQKLZf5RBnr/9/",
    ),
    ("passlib", "SSHA", "{SSHA}uqLRjHdbiAiM58q0Nph2iC31SXqgVEpJ"),
    ("slappasswd", "SSHA", "{SSHA}COOr1dO5kBBKj/gcSByNhtt2ho6t1Gtd"),
    ("passlib", "SSHA256", "{SSHA256}A2j0dW4+/J/QPxQM8Ed7Y+3PLdAFG+ufguRd4i7ouq0Q4vxfq/Wekw=="),
    (
        "passlib",
        "SSHA512",
        "{SSHA512}M0SJ2lAppoEhLIITRUdGy+sDzTgKhAI1qoiXB2SQzRyxoraqukYagDjyPl6k36f1cC4QjKiZt5HlX5wAUXVtoEtpbY0xxrhX",
    ),
];

const WEAK_HASHES: &[(&str, &str, &str)] = &[
    ("htpasswd -s", "SHA", "{SHA}ZLFFoS9aLShy9aWj7IyIN3vGMhc="),
    ("htpasswd -m", "MD5", "$apr1$XtaqNgvg$ne5/iaXHdBzmH38K.Hz7u1"),
    ("openssl passwd -apr1", "MD5", "$apr1$ab$ZufXZT0YEIjggYn6.P7.U."),
    ("openssl passwd -1", "MD5", "$1$saltsalt$fc8//xeEzne/8t4DEbOf2."),
    ("nobody", "plain text", "Zürich-Straße.9"),
    ("nobody", "plain text", "{PLAIN}Zürich-Straße.9"),
];

/// Passwords of 72 bytes (`x`) and 71 (`y`), hashed by libxcrypt.
const LONGEST: [&str; 2] = [
    "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i",
    "$2b$04$abcdefghijklmnopqrstuu6R5AWNEaY6FuWS0k.9HTvKu/rkDr.OC",
];

#[test]
fn hashes_of_other_tools_take_their_password_and_no_other() {
    for (tool, kind, text) in HASHES.iter().chain(WEAK_HASHES) {
        let hash = PasswordHash::read(text, true).unwrap_or_else(|error| panic!("{tool} {kind}: {error}"));
        assert_eq!(hash.kind(), *kind, "{tool}");
        assert!(hash.matches(PASSWORD), "{tool} {kind}");
        for wrong in [
            "",
            "wrong",
            "Zürich-Straße.8",
            "Zürich-Straße.9 ",
            "zürich-Straße.9",
            "Zürich-Straße.",
            "Zu\u{308}rich-Straße.9",
        ] {
            assert!(!hash.matches(wrong), "{tool} {kind}: {wrong}");
        }
    }
}

#[test]
fn weak_hashes_are_taken_only_where_that_was_asked_for() {
    for (tool, kind, text) in WEAK_HASHES {
        let refused = PasswordHash::read(text, false).unwrap_err();
        assert!(refused.contains("danger_weak_hashes"), "{tool} {kind}: {refused}");
    }
    assert!(HASHES.iter().all(|(_, _, text)| PasswordHash::read(text, false).is_ok()));
}

#[test]
fn bcrypt_takes_72_bytes_and_refuses_more() {
    let hashes = LONGEST.map(|text| PasswordHash::read(text, false).unwrap());
    assert!(hashes[0].matches(&"x".repeat(72)) && hashes[1].matches(&"y".repeat(71)));
    for tail in ["x", "y", "other"] {
        assert!(!hashes[0].matches(&format!("{}{tail}", "x".repeat(72))));
    }
    assert!(!hashes[0].matches(&"x".repeat(71)) && !hashes[1].matches(&"y".repeat(72)));
}

#[test]
fn what_costs_too_little_is_told() {
    let salt = "c2FsdHNhbHQxMjM0NTY3OA";
    let long = "A".repeat(43);
    for (cheap, dear) in [
        (format!("$2b$09${}", "a".repeat(53)), format!("$2b$10${}", "a".repeat(53))),
        (
            format!("$argon2id$v=19$m=7167,t=9,p=1${salt}${long}"),
            format!("$argon2id$v=19$m=7168,t=5,p=1${salt}${long}"),
        ),
        (
            format!("$argon2id$v=19$m=19456,t=1,p=1${salt}${long}"),
            format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${long}"),
        ),
        (format!("$pbkdf2-sha256$99999${salt}${long}"), format!("$pbkdf2-sha256$100000${salt}${long}")),
        (format!("$scrypt$ln=14,r=7,p=1${salt}${long}"), format!("$scrypt$ln=14,r=8,p=1${salt}${long}")),
        (format!("$5$rounds=4999$salt${}", "1".repeat(43)), format!("$5$salt${}", "1".repeat(43))),
    ] {
        let [cheap, dear] = [cheap, dear].map(|text| (PasswordHash::read(&text, false).unwrap().is_cheap(), text));
        assert!(cheap.0 && !dear.0, "{cheap:?} {dear:?}");
    }
}

#[test]
fn a_password_with_a_zero_in_it_is_another_one() {
    for (tool, kind, text) in HASHES.iter().chain(WEAK_HASHES) {
        let hash = PasswordHash::read(text, true).unwrap();
        assert!(!hash.matches(&format!("{PASSWORD}\0")) && !hash.matches(&format!("{PASSWORD}\0x")), "{tool} {kind}");
    }
}

#[test]
fn costs_are_bounded() {
    let salt = "c2FsdHNhbHQxMjM0NTY3OA";
    let long = "A".repeat(43);
    for (text, what) in [
        ("$2b$31$abcdefghijklmnopqrstuuiWkjXpAyvg7aTmHew/q8KC6wl0n1j2a".to_owned(), "the cost 31 is more than 15"),
        (format!("$argon2id$v=19$m=4194304,t=1,p=1${salt}${long}"), "the memory in KiB 4194304 is more than 262144"),
        (format!("$argon2id$v=19$m=65536,t=65,p=1${salt}${long}"), "passes 65 is more than 64"),
        (format!("$argon2id$v=19$m=262144,t=5,p=1${salt}${long}"), "memory in KiB times passes 1310720"),
        (format!("$argon2i$v=19$m=65536,t=1,p=4000${salt}${long}"), "lanes 4000 is more than 16"),
        (format!("$pbkdf2-sha256$i=4000000000${salt}${long}"), "rounds 4000000000 is more than 5000000"),
        (format!("$scrypt$ln=24,r=8,p=1${salt}${long}"), "the memory in bytes"),
        (format!("$scrypt$ln=16,r=8,p=4096${salt}${long}"), "N times r times p"),
        (format!("$6$rounds=999999999$saltsalt${}", "a".repeat(86)), "rounds 999999999 is more than 1000000"),
    ] {
        let refused = PasswordHash::read(&text, true).unwrap_err();
        assert!(refused.contains(what), "{text}: {refused}");
    }
}

#[test]
fn malformed_hashes_are_refused_and_not_shown() {
    for text in [
        "",
        "$",
        "{",
        "$2b$",
        "$2b$04$",
        "$2b$4$abcdefghijklmnopqrstuuiWkjXpAyvg7aTmHew/q8KC6wl0n1j2a",
        "$2b$03$abcdefghijklmnopqrstuuiWkjXpAyvg7aTmHew/q8KC6wl0n1j2a",
        "$2b$04$abcdefghijklmnopqrstuuiWkjXpAyvg7aTmHew/q8KC6wl0n1j2",
        "$2b$04$abcdefghijklmnopqrstuuiWkjXpAyvg7aTmHew/q8KC6wl0n1j2aa",
        "$2b$04$abcdefghijklmnopqrst€iWkjXpAyvg7aTmHew/q8KC6wl0n1j2a",
        "$2x$04$abcdefghijklmnopqrstuuiWkjXpAyvg7aTmHew/q8KC6wl0n1j2a",
        "$2$04$abc",
        "$7$abc",
        "$y$j9T$abc",
        "{CRYPT}abc",
        "$argon2d$v=19$m=128,t=2,p=2$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=128,t=2$c2FsdHNhbHQ$AAAA",
        "$argon2id$v=18$m=128,t=2,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=1,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=128,t=2,p=1$$AAAAAAAAAAAAAAAAAAAAAA",
        "$pbkdf2-sha256$i=0$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$pbkdf2-sha256$1000$c2FsdHNhbHQ$AAAA",
        "$pbkdf2-sha256$-1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=99,r=8,p=1$c2FsdA$AAAA",
        "$scrypt$ln=4,r=0,p=1$c2FsdA$AAAAAAAAAAAAAAAAAAAAAA",
        "$5$saltsalt$short",
        "$6$rounds=1$saltsalt$abc",
        "$5$$abc",
        "$6$rounds=x$a$b",
        "$5$rounds=05000$saltsalt$tsEh14cq0RpKqDJQ9wLYa1uJID8qUB/YmnlkvwRSGXB",
        "$5$rounds=5000$tsEh14cq0RpKqDJQ9wLYa1uJID8qUB/YmnlkvwRSGXB",
        "$5$saltsalt$tsEh14cq0RpKqDJQ9wLYa1uJID8qUB/YmnlkvwRSGXz",
        "{SSHA}",
        "{SSHA}AAAA",
        "{SSHA}!!!!",
        "{SHA}AAAA",
        "$apr1$saltsaltsalt$abc",
        "$1$salt$short",
        "$1$salt",
    ] {
        let refused = PasswordHash::read(text, true).err().unwrap_or_else(|| panic!("{text} is taken"));
        assert!(text.len() < 8 || !refused.contains(text), "{refused}");
    }
}

/// What stands in the file must not be the password, though passwords in the clear are taken.
#[test]
fn what_other_tools_write_without_a_prefix_is_no_password() {
    for (text, what) in [
        ("rqXexS6ZhobKA", "DES"),
        ("_J9..rasmBYk8r9AiWNc", "BSDi"),
        ("!", "locked"),
        ("*", "locked"),
        ("!!", "locked"),
        ("*LK*", "locked"),
        ("!$6$abc$def", "locked"),
        ("*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", "locked"),
        ("*:19000:0:99999:7:::", "locked"),
        ("x", "stands elsewhere"),
        ("x:1000:1000::/home/old:/bin/sh", "further fields"),
        ("secret:19000:0", "further fields"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "hexadecimal"),
        ("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8", "hexadecimal"),
        ("pbkdf2_sha256$870000$salt$hash", "framework"),
        ("md5$salt$5f4dcc3b5aa765d61d8327deb882cf99", "framework"),
        ("argon2$argon2id$v=19$m=102400,t=2,p=8$a$b", "framework"),
        ("pbkdf2:sha256:600000$salt$hash", "further fields"),
        ("SCRAM-SHA-256$4096:salt$stored:server", "further fields"),
        ("$7$C6..../....SodiumChloride$kBGj9fHznVYFQMEn/qDCfrDevf9YDtcDdKvEqHJLV8D", "not known"),
        ("$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7", "not known"),
    ] {
        for takes_weak in [false, true] {
            let refused = PasswordHash::read(text, takes_weak).unwrap_err();
            assert!(refused.contains(what), "{text}: {refused}");
            assert_eq!(refused.contains("{PLAIN}"), takes_weak && !text.starts_with('$'), "{text}: {refused}");
        }
        let marked = PasswordHash::read(&format!("{{PLAIN}}{text}"), true);
        assert_eq!(marked.is_ok_and(|hash| hash.matches(text)), !text.contains(':'), "{text}: the control");
    }
    for text in ["secret", "pa$$word", "Correct.Horse.Battery", "rqXexS6ZhobKAB", "0123456789", "ends with a space "] {
        assert!(PasswordHash::read(text, true).unwrap().matches(text), "{text}");
    }
}

#[test]
fn a_new_hash_takes_its_password() {
    let [one, other] = [0; 2].map(|_| hash(PASSWORD).unwrap());
    assert_ne!(one, other);
    let read = PasswordHash::read(&one, false).unwrap();
    assert!(read.kind() == "argon2id" && !read.is_cheap() && read.matches(PASSWORD) && !read.matches("wrong"));
}

proptest! {
    #[test]
    fn whatever_stands_in_a_file_is_read_without_a_panic(
        prefix in proptest::sample::select(READERS.iter().map(|reader| reader.prefix).collect::<Vec<_>>()),
        rest in "[a-zA-Z0-9./+=,$v€\\-]{0,100}",
    ) {
        let _ = PasswordHash::read(&format!("{prefix}{rest}"), true);
    }

    #[test]
    fn a_changed_hash_takes_no_password_more(number in 0..HASHES.len(), place in 0_usize..200, symbol in "[a-zA-Z0-9/]") {
        let (_, _, text) = HASHES[number];
        let place = place % text.len();
        let mut changed = text.to_owned();
        changed.replace_range(place..=place, &symbol);
        // Costs may be changed to other costs: they take long, and are no matter here.
        let is_hash = place > text.rfind(['$', '}']).unwrap_or(0) + 1;
        if is_hash && changed != text && let Ok(hash) = PasswordHash::read(&changed, false) {
            // The bits at the ends of bcrypt's salt and hash stand for nothing.
            let is_spare = hash.kind() == "bcrypt" && [29, 60].contains(&(place + 1));
            prop_assert!(!hash.matches(PASSWORD) || is_spare, "{}", changed);
        }
    }
}
