//! `verify` under seccomp, which kills a thread on any system call but read, write and exit.

use crate::scenarios::SCENARIO;
use crate::threads::{header, now, provider, resolve};
use doorward::{Clock, Code, Config, Request, Verdict, Verifier};
use doorward_testkit::fetched::{Signer, configuration};
use doorward_testkit::passwords::{self, BCRYPT, PASSWORD, UserFile};
use serde_json::json;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::thread;
use std::time::Duration;

const COUNT: usize = 100_000;

/// The names of the processes: one that only verifies, and one that proves that the mode is on.
const VERIFY: &str = "seccomp:verify";
const CONTROL: &str = "seccomp:control";

/// Under strict mode the clock stands still, for the mode takes away what it is read from; under a filter with the same
/// rule it is the system's. See seccomp.c.
const MODE: &str = "DOORWARD_SECCOMP";
const STRICT: &str = "strict";
const FILTER: &str = "filter";

/// The exit code of seccomp.c where the mode can't be entered.
const REFUSED: i32 = 77;

pub fn verify_makes_no_system_call() {
    let library = build();
    for mode in [STRICT, FILTER] {
        let (code, _) = run(&library, CONTROL, mode);
        if code == Some(REFUSED) {
            println!("verify_makes_no_system_call ({mode}): skipped, for this kernel refuses seccomp");
            continue;
        }
        assert_eq!(code, Some(9), "the control makes a system call, and must be killed for it ({mode})");
        let (code, said) = run(&library, VERIFY, mode);
        assert_eq!(code, Some(0), "verify made a system call ({mode}): {said}");
        print!("{said}");
    }
}

fn run(library: &Path, name: &str, mode: &str) -> (Option<i32>, String) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    let output = child.env(SCENARIO, name).env(MODE, mode).env("LD_PRELOAD", library).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn build() -> PathBuf {
    let library = doorward_testkit::scratch().join("seccomp.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/process/seccomp.c");
    let arguments = ["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"];
    assert!(Command::new("cc").args(arguments).arg(&library).arg(source).status().unwrap().success());
    library
}

/// Requests of each kind, with the codes that they end with.
fn requests() -> (Verifier, Vec<(String, Vec<Code>)>) {
    let signer = Signer::new("a");
    let server = provider(&signer);
    let strict = std::env::var(MODE).unwrap() == STRICT;
    let clock = if strict { Clock::fixed(now()) } else { Clock::System };
    let users = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let mut configuration = configuration(&server);
    configuration["user_managers"]["SVC"] = json!({ "htpasswd": users.0.to_str().unwrap() });
    let api = &mut configuration["apis"]["api"];
    api["accept"] = json!(["bearer", "basic"]);
    api["user_managers"] = json!(["SVC"]);
    let config = Config::from_json(configuration.to_string());
    let verifier = Verifier::open_with_clock(&config, clock).unwrap();
    let good = header(&signer);
    assert_eq!(resolve(&verifier, &good), Code::Ok);
    let revoked =
        format!("{{\"client\":\"revoked\",\"until\":{}}}\n{{\"issued_before\":1,\"until\":{0}}}", now() + 3600);
    assert_eq!(verifier.revoke(&revoked), Ok(2));
    let claims = json!({ "iss": doorward_testkit::fetched::ISSUER, "aud": doorward_testkit::AUDIENCE, "sub": "bob", "exp": now() - 3600 });
    let head = json!({ "alg": "ES256", "kid": "a" });
    let expired = format!("Bearer {}", doorward_testkit::sign(&signer.key, &head, &claims));
    let mut claims = claims;
    claims["exp"] = json!(now() + 3600);
    claims["iat"] = json!(now());
    claims["azp"] = json!("revoked");
    let revoked = format!("Bearer {}", doorward_testkit::sign(&signer.key, &head, &claims));
    let unknown = header(&Signer::new("unknown"));
    let (input, signature) = good.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{input}.{other}{}", &signature[1..]);
    let denied = vec![Code::Pending, Code::KeyUnknown, Code::KeysUnavailable];
    let (proved, refused) = (passwords::header("bob", PASSWORD), passwords::header("bob", "wrong"));
    assert_eq!([&proved, &refused].map(|value| resolve(&verifier, value)), [Code::Ok, Code::BasicRejected]);
    let requests = vec![
        (good, vec![Code::Ok]),
        (proved, vec![Code::Ok]),
        (refused, vec![Code::BasicRejected, Code::Pending]),
        (passwords::header("bob", "another"), vec![Code::Pending]),
        (expired, vec![Code::Expired]),
        (revoked, vec![Code::TokenRevoked]),
        (unknown, denied),
        (forged, vec![Code::SignatureInvalid, Code::Pending]),
    ];
    // The provider is gone from here on: nothing may depend on it.
    drop(server);
    (verifier, requests)
}

/// One of the processes: a thread goes under seccomp, and says by a pipe that it got through.
pub fn child(name: &str) {
    let (verifier, requests) = requests();
    let is_control = name == CONTROL;
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    thread::spawn(move || {
        let mut verdict = Verdict::new();
        let mut round = |check: bool| {
            for (header, expected) in &requests {
                let request = Request::new("api").authorization(header.as_bytes());
                let code = verifier.verify_into(&request, &mut verdict);
                if check && !expected.contains(&code) {
                    let _ = writer.write_all(b"code");
                }
            }
        };
        round(true);
        // This puts the thread under seccomp, see seccomp.c.
        let _ = std::os::unix::process::parent_id();
        if is_control {
            let _ = std::fs::metadata("/");
        }
        for _ in 0..COUNT / requests.len() {
            round(true);
        }
        let _ = writer.write_all(b"done");
        loop {
            std::hint::spin_loop();
        }
    });
    thread::spawn(move || {
        // A thread that is killed says nothing.
        thread::sleep(Duration::from_secs(if is_control { 3 } else { 90 }));
        exit(9);
    });
    let mut word = [0; 4];
    reader.read_exact(&mut word).unwrap();
    println!(
        "{COUNT} verifications under seccomp ({}): {}",
        std::env::var(MODE).unwrap(),
        String::from_utf8_lossy(&word)
    );
    exit(i32::from(&word != b"done"));
}
