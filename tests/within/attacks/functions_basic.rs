//! Attacks on Basic credentials, against a file of passwords.

use doorward::{Code, Verifier};
use doorward_testkit::NOW;
use doorward_testkit::passwords::*;
use serde_json::json;
use std::collections::BTreeMap;
use std::thread;

fn code(verifier: &Verifier, value: &str) -> Code {
    decide(verifier, value).code()
}

pub fn bcrypt_sees_no_more_than_72_bytes_and_so_nothing_longer_is_taken() {
    // 72 bytes, by libxcrypt.
    let hash = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
    let file = UserFile::new(&format!("bob:{hash}\n"));
    let (verifier, clock) = open(&configuration(&file));
    let password = "x".repeat(72);
    assert_eq!(code(&verifier, &header("bob", &password)), Code::Ok);
    for (number, tail) in ["x", "y", "other tail", "\u{e9}"].iter().enumerate() {
        set(&clock, NOW + 100 * (number as i64 + 1));
        assert_eq!(code(&verifier, &header("bob", &format!("{password}{tail}"))), Code::BasicRejected, "{tail}");
    }
}

/// A digest that saw only the beginning of what it is of would take the next password for the same (Okta, 2024).
pub fn what_is_remembered_is_of_the_whole_credential() {
    let user = "u".repeat(300);
    let file = UserFile::new(&format!("{user}:{PBKDF2}\nab:{PBKDF2}\na:{PBKDF2}\n"));
    let (verifier, clock) = open(&configuration(&file));
    assert_eq!(code(&verifier, &header(&user, PASSWORD)), Code::Ok);
    assert_eq!(code(&verifier, &header("ab", PASSWORD)), Code::Ok);
    let longer = format!("{PASSWORD}{}", "x".repeat(900));
    let cases = [
        (user.clone(), "wrong".to_owned()),
        (user.clone(), longer),
        (user.clone(), PASSWORD[..PASSWORD.len() - 1].to_owned()),
        (user[..299].to_owned(), format!("u{PASSWORD}")),
        ("a".to_owned(), format!("b{PASSWORD}")),
        (format!("{user}u"), PASSWORD.to_owned()),
    ];
    for (number, (user, password)) in cases.iter().enumerate() {
        set(&clock, NOW + 30 * number as i64);
        let value = header(user, password);
        assert_eq!(verify(&verifier, &value).code(), Code::Pending, "nothing is remembered of it");
        assert_eq!(code(&verifier, &value), Code::BasicRejected);
    }
    assert_eq!(verify(&verifier, &header("ab", PASSWORD)).code(), Code::Ok);
}

pub fn a_changed_password_ends_what_was_remembered() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let (verifier, _) = open(&configuration(&file));
    let old = header("bob", PASSWORD);
    assert_eq!((code(&verifier, &old), verify(&verifier, &old).code()), (Code::Ok, Code::Ok));
    // "secret", by libxcrypt.
    file.write("bob:$2b$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW\n");
    verifier.poll();
    assert_eq!(verify(&verifier, &old).code(), Code::Pending);
    assert_eq!((code(&verifier, &old), code(&verifier, &header("bob", "secret"))), (Code::BasicRejected, Code::Ok));
    file.write("# bob was disabled\n");
    verifier.poll();
    assert_eq!(code(&verifier, &header("bob", "secret")), Code::BasicRejected);
}

pub fn zeros_are_refused_before_anybody_is_asked() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let (verifier, _) = open(&configuration(&file));
    for text in [
        format!("bob:{PASSWORD}\0x"),
        format!("bob:{PASSWORD}\0"),
        format!("bob\0:{PASSWORD}"),
        format!("\0bob:{PASSWORD}"),
        "bob:\0".to_owned(),
    ] {
        assert_eq!(code(&verifier, &header_of(text.as_bytes())), Code::HeaderMalformed, "{text:?}");
    }
    assert_eq!(checks(&verifier), 0);
    assert_eq!(code(&verifier, &header("bob", PASSWORD)), Code::Ok);
}

pub fn the_first_colon_ends_the_user_name() {
    // "b:c", by libxcrypt.
    let lines = "a:$2b$04$abcdefghijklmnopqrstuuZcE7RHLHHtGmRTVtdC43nfTXCeZhfEG\n";
    let file = UserFile::new(lines);
    let (verifier, _) = open(&configuration(&file));
    assert_eq!(outcome(&decide(&verifier, &header_of(b"a:b:c"))), "SVC:a");
    for text in ["a:b", "a:c", "a:b:d", "a::b:c", ":a:b:c", "a%3Ab:c"] {
        let code = code(&verifier, &header_of(text.as_bytes()));
        assert!(matches!(code, Code::BasicRejected | Code::AttemptsLimited), "{text}: {code}");
    }
}

pub fn passwords_are_utf_8_and_nothing_falls_back() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let (verifier, clock) = open(&configuration(&file));
    assert_eq!(code(&verifier, &header("bob", PASSWORD)), Code::Ok);
    let latin: Vec<u8> = format!("bob:{PASSWORD}").chars().map(|character| character as u8).collect();
    assert_eq!(code(&verifier, &header_of(&latin)), Code::HeaderMalformed);
    let utf_16: Vec<u8> = format!("bob:{PASSWORD}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(code(&verifier, &header_of(&utf_16)), Code::HeaderMalformed);
    for (number, other) in
        ["Zu\u{308}rich-Straße.9", "Zürich-Strasse.9", "ZÜRICH-STRASSE.9", "Z\u{c3}\u{bc}rich-Straße.9"]
            .iter()
            .enumerate()
    {
        set(&clock, NOW + 100 * (number as i64 + 1));
        assert_eq!(code(&verifier, &header("bob", other)), Code::BasicRejected, "{other}");
    }
    set(&clock, NOW + 1000);
    let challenge = decide(&verifier, &header("bob", "wrong"));
    assert!(challenge.denial().unwrap().challenge().contains("charset=\"UTF-8\""));
}

pub fn only_strict_base64_is_taken() {
    let file = UserFile::new(&format!("bobby:{BCRYPT}\n"));
    let (verifier, _) = open(&configuration(&file));
    let good = header("bobby", PASSWORD);
    assert_eq!(code(&verifier, &good), Code::Ok);
    let base64 = good.strip_prefix("Basic ").unwrap();
    let bare = base64.trim_end_matches('=');
    assert_ne!(bare, base64, "the control has padding, so that it can be wrong");
    let shapes = [
        bare.to_owned(),
        format!("{base64}="),
        format!("{base64}=="),
        format!("={base64}"),
        format!("{base64}A"),
        format!("{base64}{base64}"),
        base64.replace('=', "%3D"),
        base64.replacen('a', "_", 1),
        base64.replacen('a', "-", 1),
        format!("{}*{}", &base64[..4], &base64[5..]),
        base64[1..].to_owned(),
        base64[..base64.len() - 1].to_owned(),
        "====".to_owned(),
        "A".to_owned(),
        "AA".to_owned(),
        "AAA".to_owned(),
        "AB==".to_owned(),
        "AAB=".to_owned(),
        format!("bob:{PASSWORD}"),
        format!("{bare}\u{0}"),
    ];
    for shape in shapes {
        assert_eq!(code(&verifier, &format!("Basic {shape}")), Code::HeaderMalformed, "{shape}");
    }
    for (shape, expected) in [
        (format!(" {base64}"), Code::Ok),
        (format!("{base64} "), Code::HeaderMalformed),
        (format!("\"{base64}\""), Code::HeaderMalformed),
        (format!("{base64},{base64}"), Code::HeaderMalformed),
        (format!("{} {}", &base64[..4], &base64[4..]), Code::HeaderMalformed),
        (format!("{}\n{}", &base64[..4], &base64[4..]), Code::HeaderMalformed),
    ] {
        let found = code(&verifier, &format!("Basic {shape}"));
        assert!(
            found == expected || (expected == Code::HeaderMalformed && found == Code::HeaderRepeated),
            "{shape}: {found}"
        );
    }
}

pub fn a_malformed_line_keeps_its_own_user_out() {
    let lines = format!(
        "a:{BCRYPT}\nb\nc:\nd:$2b$\ne:$2b$04$\nf:$2b$04$short\n:{BCRYPT}\n\0:{BCRYPT}\n\u{fffd}\ng:{{SSHA}}\nh:$6$rounds=1$x$y\n\
         i:$argon2id$v=19$m=1,t=1,p=1$AAAA$AAAA\nj:$apr1$x$y\nk:plain\nz:{BCRYPT}\n"
    );
    let file = UserFile::new(&lines);
    let (verifier, _) = open(&configuration(&file));
    for user in ["a", "z"] {
        assert_eq!(code(&verifier, &header(user, PASSWORD)), Code::Ok);
    }
    for user in ["b", "c", "d", "e", "f", "g", "h", "i", "j", "k"] {
        for password in [PASSWORD, "plain", "$2b$04$short", "x"] {
            let code = code(&verifier, &header(user, password));
            assert!(matches!(code, Code::BasicRejected | Code::AttemptsLimited), "{user}: {code}");
        }
    }
}

pub fn the_cost_of_a_hash_is_bounded() {
    let lines = format!(
        "a:$2b$31$abcdefghijklmnopqrstuuiWkjXpAyvg7aTmHew/q8KC6wl0n1j2a\n\
         b:$argon2id$v=19$m=4194304,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\
         c:$6$rounds=999999999$saltsalt${}\nd:$pbkdf2-sha256$i=4294967295$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\
         e:$scrypt$ln=30,r=8,p=16$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nz:{BCRYPT}\n",
        "a".repeat(86)
    );
    let file = UserFile::new(&lines);
    let (verifier, _) = open(&configuration(&file));
    // The first of these hashes would take days.
    for user in ["a", "b", "c", "d", "e"] {
        assert_eq!(code(&verifier, &header(user, "x")), Code::BasicRejected, "{user}");
    }
    assert_eq!(code(&verifier, &header("z", PASSWORD)), Code::Ok);
}

pub fn other_spellings_of_a_name_are_counted_together() {
    let names =
        ["Bob", "bob ", " bob", "BOB", "ｂｏｂ", "bób", "b\u{ad}ob", "bob@x.example", "D\\bob", "SVC:bob", "bob\u{a0}"];
    let file = UserFile::new(&format!("bob:{BCRYPT}\nann:{BCRYPT}\n"));
    let mut configuration = configuration(&file);
    configuration["user_managers"]["SVC"]["passwords"] = json!({ "max_failures": 3 });
    let (verifier, clock) = open(&configuration);
    for round in 0..100_i64 {
        set(&clock, NOW + 10 * round);
        decide(&verifier, &header(names[round as usize % names.len()], &format!("guess {round}")));
    }
    // In a file a name is itself and no other: the others together are one that nobody has.
    assert_eq!(checks(&verifier), 3 + 3);
    for name in names {
        assert_eq!(code(&verifier, &header(name, PASSWORD)), Code::AttemptsLimited, "{name}");
    }
    assert_eq!(code(&verifier, &header("ann", PASSWORD)), Code::Ok);
    set(&clock, NOW + 3600);
    assert_eq!(code(&verifier, &header("BOB", "wrong again")), Code::BasicRejected);
    assert_eq!(code(&verifier, &header("bob", PASSWORD)), Code::Ok);
}

pub fn a_flood_of_log_ins_computes_few_hashes_at_once() {
    let file =
        UserFile::new(&format!("bob:{BCRYPT}\nslow:$2b$10$abcdefghijklmnopqrstuuTL3rBAB2FTLNnpGNZhAYflp5RzALnWK\n"));
    let mut configuration = configuration(&file);
    configuration["user_managers"]["SVC"]["passwords"] =
        json!({ "max_concurrent": 1, "max_waiting": 3, "max_failures": 1000 });
    let (verifier, _) = open(&configuration);
    assert_eq!(code(&verifier, &header("bob", PASSWORD)), Code::Ok);
    let mut codes: BTreeMap<Code, usize> = BTreeMap::new();
    thread::scope(|scope| {
        let log_in = |number: usize| {
            let verifier = &verifier;
            let log_in = move || code(verifier, &header(&format!("slow{number}"), "guess"));
            thread::Builder::new().stack_size(256 * 1024).spawn_scoped(scope, log_in).unwrap()
        };
        let threads: Vec<_> = (0..1000).map(log_in).collect();
        assert_eq!(verify(&verifier, &header("bob", PASSWORD)).code(), Code::Ok, "who was proved comes in at once");
        assert!(metric(&verifier, "doorward_password_checks_running{label=\"SVC\"}") <= 1);
        assert!(metric(&verifier, "doorward_password_checks_waiting{label=\"SVC\"}") <= 3);
        threads.into_iter().for_each(|thread| *codes.entry(thread.join().unwrap()).or_default() += 1);
    });
    println!("a thousand log-ins at once: {codes:?}");
    assert!(codes.keys().all(|code| matches!(code, Code::BasicRejected | Code::DirectoryBusy)), "{codes:?}");
    assert!(codes[&Code::DirectoryBusy] > 500, "{codes:?}");
    assert_eq!(code(&verifier, &header("bob", PASSWORD)), Code::Ok);
}
