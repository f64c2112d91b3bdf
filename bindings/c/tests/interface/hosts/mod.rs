//! What hosts do to the library: programs in C (`tests/c`) that load and unload it, have another copy of it or a
//! cryptography of their own, allow no threads, fork, get signals, and end whenever they like.
//!
//! They use the library as it is released, and their keys come from servers of this test. A program prints nothing where
//! it passes, and else says which line failed.

mod clang;
mod sequences;
mod server;
mod world;

use doorward_testkit::c::{available, compile, libraries, run, scratch, silent, text};
pub use server::key_server;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;
use world::world;

/// The exit code of a program that was not denied what it has to do without.
const NOT_DENIED: i32 = 77;

/// What links the released library: the shared one.
fn shared() -> Vec<String> {
    let folder = libraries().release.to_str().unwrap();
    let flags = [format!("-L{folder}"), format!("-Wl,-rpath,{folder}")];
    flags.into_iter().chain(["-ldoorward", "-pthread", "-ldl", "-lm"].map(str::to_owned)).collect()
}

/// What links the static one.
fn archive() -> Vec<String> {
    let library = libraries().release.join("libdoorward.a").to_str().unwrap().to_owned();
    [library].into_iter().chain(["-pthread", "-ldl", "-lm"].map(str::to_owned)).collect()
}

fn build(name: &str, kind: &str, flags: &[&str], link: &[String]) -> PathBuf {
    let link: Vec<_> = link.iter().map(String::as_str).collect();
    compile("cc", &format!("{name}.c"), "c11", kind, flags, &link)
}

/// A program that is linked with the shared library, and gets the folder.
fn host(name: &str) -> Command {
    start(&build(name, "host", &["-O2"], &shared()))
}

fn start(program: &Path) -> Command {
    let mut command = Command::new(program);
    // Cargo names its own target folder there, which comes before what the program was linked with.
    command.env_remove("LD_LIBRARY_PATH").arg(&world().folder);
    command
}

#[test]
fn it_is_unloaded_without_a_trace() {
    silent(host("unload").arg(libraries().release.join("libdoorward.so")).arg("2000"));
}

/// Linked in both ways; in the static program also everything that the other copy might find is shown to it.
#[test]
fn two_copies_leave_each_other_alone() {
    let another = scratch().join("libanother.so");
    fs::copy(libraries().release.join("libdoorward.so"), &another).unwrap();
    silent(host("copies").arg(&another));
    silent(start(&build("copies", "static", &["-O2", "-rdynamic"], &archive())).arg(&another));
}

#[test]
fn an_openssl_of_the_host_and_ours_don_t_meet() {
    let header = Command::new("cc").args(["-E", "-include", "openssl/evp.h", "-x", "c", "/dev/null"]).output().unwrap();
    if !available("openssl", header.status.success()) {
        return;
    }
    let openssl = ["-lssl", "-lcrypto"].map(str::to_owned).to_vec();
    for (kind, link) in [("shared", shared()), ("static", archive())] {
        let orders = [[link.clone(), openssl.clone()].concat(), [openssl.clone(), link].concat()];
        for (order, link) in orders.iter().enumerate() {
            let kind = format!("openssl-{kind}-{order}");
            silent(&mut start(&build("openssl", &kind, &["-O2", "-rdynamic"], link)));
        }
    }
}

#[test]
fn allocators_of_the_host_are_not_found() {
    silent(start(&build("allocator", "shared", &["-O2", "-rdynamic"], &shared())).arg("shared"));
    silent(start(&build("allocator", "static", &["-O2", "-rdynamic"], &archive())).arg("static"));
}

/// Of each algorithm: all allocations of a call, and those of the cryptography.
#[test]
fn only_the_cryptography_allocates() {
    let wraps = ["malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign"].map(|f| format!("-Wl,--wrap={f}"));
    let program = build("allocations", "static", &["-O2"], &[wraps.to_vec(), archive()].concat());
    let output = run(&mut start(&program));
    let text = text(&output);
    assert!(output.status.success() && text.lines().count() == doorward_core::Algorithm::ALL.len(), "{text}");
    for line in text.lines() {
        let [name, all, cryptography] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{text}") };
        assert_eq!(all, cryptography, "{name}");
        assert_eq!(all == "0", name.starts_with("HS"), "{name}: {all}");
    }
    println!("allocations of a call, and those of the cryptography:\n{text}");
}

#[test]
fn it_works_where_no_thread_may_be_started() {
    let mut denied = host("denied");
    let output = run(&mut denied);
    if output.status.code() == Some(NOT_DENIED) {
        println!("skipped: this system denies no threads");
        return;
    }
    assert!(output.status.success() && text(&output).is_empty(), "{}{}", output.status, text(&output));
}

#[test]
fn signals_are_the_host_s() {
    silent(&mut host("signals"));
    // Else nobody was there to write to, and nothing was tried.
    assert!(world().rude.load(Ordering::Relaxed) > 20);
}

/// Where a locale is made whose numbers have a comma, and whose `i` has no dot in capitals.
fn turkish() -> Option<PathBuf> {
    let folder = scratch().join("locale");
    fs::create_dir_all(&folder).unwrap();
    let made = Command::new("localedef").args(["-i", "tr_TR", "-f", "UTF-8"]).arg(folder.join("tr_TR.UTF-8")).output();
    available("localedef", made.is_ok_and(|output| output.status.success())).then_some(folder)
}

#[test]
fn what_the_host_has_set_up_is_left_alone() {
    silent(&mut host("untouched"));
    if let Some(locales) = turkish() {
        let mut command = host("untouched");
        for proxy in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
            command.env(proxy, "http://127.0.0.1:1");
        }
        command.env("SSL_CERT_FILE", "/nowhere").env("SSL_CERT_DIR", "/nowhere");
        command.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "full").env("LOCPATH", locales);
        silent(command.arg("tr_TR.UTF-8"));
    }
}

#[test]
fn a_stack_of_64_kib_is_enough() {
    silent(&mut host("small_stack"));
}

#[test]
fn the_host_ends_when_it_likes() {
    let program = build("ends", "host", &["-O2"], &shared());
    for how in ["exit", "return", "fork"] {
        for milliseconds in ["0", "1", "2", "3", "5", "8", "13", "21", "34", "55"] {
            silent(start(&program).args([how, milliseconds]));
        }
    }
}

#[test]
fn it_is_forked_at_any_moment() {
    silent(&mut host("forks"));
}
