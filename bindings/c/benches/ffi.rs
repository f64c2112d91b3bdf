//! What a decision costs through the C interface of the released library, beside the same decision of the Rust library:
//! in turns, so that noise does not decide; the fastest round of each, and the difference.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

extern crate doorward_core as doorward;

use doorward::{Algorithm, Request, Verdict, Verifier};
use doorward_testkit::*;
use libloading::{Library, Symbol};
use std::env;
use std::ffi::c_void;
use std::hint::black_box;
use std::mem::size_of;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::ptr;
use std::time::{Duration, Instant};

/// Calls in a round, and rounds of each.
const CALLS: u32 = 200;
const ROUNDS: usize = 2000;

const API: &str = "api";

/// `struct doorward_request`: what a request here has, and the rest.
#[repr(C)]
struct CRequest {
    struct_size: usize,
    api: (*const u8, usize),
    path: (*const u8, usize),
    authorization: (*const u8, usize),
    authorization_count: usize,
    reserved: [(*const u8, usize); 4],
    peer: (*const u8, usize),
}

type Verify = unsafe extern "C" fn(*const c_void, *const CRequest, *mut c_void) -> u32;
type VerdictNew = unsafe extern "C" fn(*mut *mut c_void) -> u32;
type Open =
    unsafe extern "C" fn(*const u8, usize, *const u8, usize, u32, *mut *mut c_void, *mut u8, usize, *mut usize) -> u32;

/// The released library, built where it is not there yet.
fn library() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let built =
        Command::new(env!("CARGO")).args(["build", "--release", "--package", "doorward-c"]).current_dir(&root).status();
    assert!(built.unwrap().success());
    target.join("release").join(libloading::library_filename("doorward"))
}

/// One request, asked of both.
struct Case {
    name: &'static str,
    header: Option<String>,
    verifier: Verifier,
    opened: *mut c_void,
}

impl Case {
    fn new(name: &'static str, header: Option<String>, configuration: &str, open: Open) -> Self {
        let config = doorward::Config::from_json(configuration);
        let mut opened = ptr::null_mut();
        let base = ptr::null();
        let (text, len) = (configuration.as_ptr(), configuration.len());
        // SAFETY: as the header of the library says.
        let status = unsafe { open(text, len, base, 0, 0, &raw mut opened, ptr::null_mut(), 0, ptr::null_mut()) };
        assert_eq!(status, 0, "the configuration");
        Self { name, header, verifier: Verifier::open(&config).unwrap(), opened }
    }

    fn rust(&self, verdict: &mut Verdict) -> u32 {
        let request = Request::new(black_box(API));
        let request = match &self.header {
            Some(header) => request.authorization(black_box(header.as_bytes())),
            None => request,
        };
        self.verifier.verify_into(&request, verdict).number()
    }

    fn c(&self, verify: Verify, verdict: *mut c_void) -> u32 {
        let absent = (ptr::null(), 0);
        let header = self.header.as_ref().map_or(absent, |header| (header.as_ptr(), header.len()));
        let request = CRequest {
            struct_size: size_of::<CRequest>(),
            api: black_box((API.as_ptr(), API.len())),
            path: absent,
            authorization: black_box(header),
            authorization_count: usize::from(self.header.is_some()),
            reserved: [absent; 4],
            peer: absent,
        };
        // SAFETY: as the header of the library says.
        unsafe { verify(self.opened, &raw const request, verdict) }
    }
}

/// Nanoseconds of one call, over a round of some.
fn round(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..CALLS).for_each(|_| call());
    start.elapsed().as_nanos() as f64 / f64::from(CALLS)
}

fn compare(case: &Case, verify: Verify, c_verdict: *mut c_void, rounds: usize) {
    let mut verdict = Verdict::new();
    assert_eq!(case.rust(&mut verdict), case.c(verify, c_verdict), "both doors answer the same");
    let (mut rust, mut c) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..rounds {
        rust = rust.min(round(|| _ = black_box(case.rust(&mut verdict))));
        c = c.min(round(|| _ = black_box(case.c(verify, c_verdict))));
    }
    println!("{:<24} {rust:>9.1} ns  {c:>9.1} ns  {:>+7.1} ns", case.name, c - rust);
}

/// A configuration with one key, and a good token by it, as of now.
fn configured(algorithm: Algorithm) -> (String, String) {
    let key = TestKey::generate(algorithm).unwrap();
    let mut claims = good_claims();
    let now = doorward::Clock::System.now();
    (claims["exp"], claims["nbf"], claims["iat"]) = ((now + 7200).into(), (now - 60).into(), (now - 60).into());
    let token = sign(&key, &header(&key), &claims);
    (configuration(&[key.jwk(KEY_ID)], &[algorithm]).to_string(), format!("Bearer {token}"))
}

/// Keeps what a shared library holds for every host: with it, the compiler has the same functions to put together on both
/// sides, and what is compared is the interface.
fn link_the_whole_library() {
    black_box(Verifier::explain as fn(&Verifier, &Request<'_>) -> doorward::Explanation);
    black_box(Verifier::resolve_into as fn(&Verifier, &Request<'_>, &mut Verdict) -> doorward::Code);
    black_box(Verifier::reload as fn(&Verifier, &doorward::Config) -> Result<(), doorward::ConfigError>);
    black_box(Verifier::revoke as fn(&Verifier, &str) -> Result<usize, doorward::RevocationError>);
    black_box(Verifier::forget as fn(&Verifier, &str) -> usize);
    black_box(Verifier::unlock as fn(&Verifier, &str) -> bool);
    black_box(Verifier::poll as fn(&Verifier) -> Option<Duration>);
    black_box(Verifier::wait_for_keys as fn(&Verifier, Duration) -> bool);
    black_box(Verifier::start as fn(&Verifier));
    black_box(Verifier::has_api as fn(&Verifier, &str) -> bool);
    black_box(Verifier::health as fn(&Verifier) -> doorward::Health);
    black_box(Verifier::metrics as fn(&Verifier) -> String);
}

fn main() {
    link_the_whole_library();
    let rounds = if env::args().any(|argument| argument == "--test") { 2 } else { ROUNDS };
    // SAFETY: the library's own start-up is safe, and the types are those of its header.
    let library = unsafe { Library::new(library()) }.unwrap();
    let (open, verify, verdict_new): (Symbol<'_, Open>, Symbol<'_, Verify>, Symbol<'_, VerdictNew>) = unsafe {
        // SAFETY: as above.
        (
            library.get(b"doorward_verifier_open").unwrap(),
            library.get(b"doorward_verifier_verify").unwrap(),
            library.get(b"doorward_verdict_new").unwrap(),
        )
    };
    let mut verdict = ptr::null_mut();
    // SAFETY: as the header of the library says.
    assert_eq!(unsafe { verdict_new(&raw mut verdict) }, 0);
    let (hmac, token) = configured(Algorithm::HS256);
    let (ecdsa, ecdsa_token) = configured(Algorithm::ES256);
    let cases = [
        Case::new("no credentials", None, &hmac, *open),
        Case::new("a malformed token", Some("Bearer a.b.c".to_owned()), &hmac, *open),
        Case::new("HS256, accepted", Some(token), &hmac, *open),
        Case::new("ES256, accepted", Some(ecdsa_token), &ecdsa, *open),
    ];
    println!("{:<24} {:>12} {:>13} {:>11}", "", "Rust", "C", "more");
    for case in &cases {
        let rounds = if case.name.starts_with("ES256") { rounds.div_ceil(20) } else { rounds };
        compare(case, *verify, verdict, rounds);
    }
}
