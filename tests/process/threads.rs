//! The background thread, as the system shows it.

use crate::instructions::instructions;
use doorward::{Code, Config, Request, Verifier};
use doorward_testkit::fetched::{ISSUER, KEYS, Signer, configuration, configuration_of, set};
use doorward_testkit::server::{Answer, Server};
use doorward_testkit::until;
use serde_json::json;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub const NAME: &str = "doorward-keys";

/// The threads of this process whose names begin like this, as folders of `/proc`.
pub fn tasks(name: &str) -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").unwrap().map(|entry| entry.unwrap().path());
    let is_named = |path: &std::path::PathBuf| {
        fs::read_to_string(path.join("comm")).is_ok_and(|found| found.trim_end().starts_with(name))
    };
    tasks.filter(is_named).map(|path| path.to_str().unwrap().to_owned()).collect()
}

pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

pub fn provider(signer: &Signer) -> Server {
    let server = Server::start();
    server.set(KEYS, Answer::json(set(&[signer])));
    server
}

/// Resolving may take long, on a machine that is busy.
pub fn open(server: &Server) -> Verifier {
    let mut configuration = configuration(server);
    configuration["resolve_timeout"] = json!("30s");
    Verifier::open(&Config::from_json(configuration.to_string())).unwrap()
}

pub fn header(signer: &Signer) -> String {
    format!("Bearer {}", signer.token(ISSUER, now()))
}

pub fn verify(verifier: &Verifier, header: &str) -> Code {
    verifier.verify(&Request::new("api").authorization(header.as_bytes())).code()
}

pub fn resolve(verifier: &Verifier, header: &str) -> Code {
    verifier.resolve(&Request::new("api").authorization(header.as_bytes())).code()
}

pub fn one_thread_serves_all_and_ends_with_the_last() {
    let signer = Signer::new("a");
    let servers = [provider(&signer), provider(&signer)];
    let verifiers = servers.each_ref().map(open);
    assert_eq!(tasks(NAME).len(), 0, "opening starts nothing");
    let header = header(&signer);
    for verifier in &verifiers {
        verify(verifier, &header);
        assert_eq!(resolve(verifier, &header), Code::Ok);
    }
    until("one thread", || tasks(NAME).len() == 1);
    let [first, second] = verifiers;
    drop(first);
    assert_eq!(tasks(NAME).len(), 1, "another still needs it");
    assert_eq!(verify(&second, &header), Code::Ok);
    drop(second);
    until("the thread to end", || tasks(NAME).is_empty());
    let again = open(&servers[0]);
    again.start();
    until("it to start again", || tasks(NAME).len() == 1);
    assert_eq!(resolve(&again, &header), Code::Ok);
    let fixed = doorward_testkit::configuration(&[signer.jwk()], &[doorward::Algorithm::ES256]);
    drop(again);
    let fixed = Verifier::open(&Config::from_json(fixed.to_string())).unwrap();
    fixed.start();
    verify(&fixed, &header);
    until("no thread where nothing is fetched", || tasks(NAME).is_empty());
}

/// Keys and files have a thread each, where there is work for it; both end with the last verifier.
pub fn files_have_a_thread_of_their_own() {
    const FILES: &str = "doorward-files";
    let file = doorward_testkit::scratch().join(format!("own-{}.jsonl", std::process::id()));
    fs::write(&file, "").unwrap();
    let signer = Signer::new("a");
    let fixed = || doorward_testkit::configuration(&[signer.jwk()], &[doorward::Algorithm::ES256]);
    let mut listed = fixed();
    listed["denylist"] = json!({ "file": file.to_str().unwrap() });
    let verifier = Verifier::open(&Config::from_json(listed.to_string())).unwrap();
    assert!(tasks("doorward").is_empty(), "opening starts nothing");
    assert_eq!(verify(&verifier, &header(&signer)), Code::Ok);
    until("a thread for the file", || tasks(FILES).len() == 1);
    assert!(tasks(NAME).is_empty(), "there is nothing to fetch");
    assert_eq!(blocked(&tasks(FILES)[0]), OF_HOST, "it blocks the signals of the host");
    // A second verifier, with keys to fetch.
    let server = provider(&signer);
    let fetching = open(&server);
    fetching.start();
    until("a thread for the keys", || tasks(NAME).len() == 1);
    assert_eq!(tasks(FILES).len(), 1);
    drop(fetching);
    drop(verifier);
    until("both to end", || tasks("doorward").is_empty());
    // A file that only another configuration names.
    let verifier = Verifier::open(&Config::from_json(fixed().to_string())).unwrap();
    verifier.start();
    assert!(tasks("doorward").is_empty());
    verifier.reload(&Config::from_json(listed.to_string())).unwrap();
    assert_eq!(verify(&verifier, &header(&signer)), Code::Ok);
    until("a thread for the file", || tasks(FILES).len() == 1);
    verifier.reload(&Config::from_json(fixed().to_string())).unwrap();
    until("it to end with the file", || tasks("doorward").is_empty());
    fs::remove_file(&file).unwrap();
}

/// The signals that a thread blocks, one bit for each.
fn blocked(task: &str) -> u64 {
    let status = fs::read_to_string(format!("{task}/status")).unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap()
}

/// HUP, INT, QUIT, USR1, USR2, PIPE, ALRM, TERM, CHLD, CONT, TSTP, TTIN, TTOU, URG, VTALRM, PROF, WINCH and IO by their numbers on
/// Linux: none of ABRT, BUS, FPE, ILL, SEGV, TRAP, PWR, XCPU and those of real time, which are sent to threads.
const OF_HOST: u64 = 0x1FFF_FFFF
    & !(1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 15 | 1 << 18 | 1 << 23 | 1 << 24);

pub fn the_thread_blocks_the_signals_of_the_host() {
    let signer = Signer::new("a");
    let server = provider(&signer);
    let before = blocked("/proc/self");
    let verifier = open(&server);
    verify(&verifier, &header(&signer));
    until("the thread", || tasks(NAME).len() == 1);
    let task = tasks(NAME).pop().unwrap();
    assert_eq!(blocked(&task), OF_HOST, "{:x}", blocked(&task));
    assert_eq!(blocked("/proc/self"), before, "the caller's own signals are as they were");
}

pub fn closing_ends_a_fetch_that_hangs() {
    for answer in
        [Answer::stall(), Answer::stall_after_head(), Answer::drip(1, Duration::from_millis(10), "x".repeat(9999))]
    {
        let server = Server::start();
        server.set(KEYS, answer);
        assert_is_cut_short(&server.url(KEYS), || server.requests(KEYS) == 1);
    }
    let silent = Server::silent();
    assert_is_cut_short(&silent.url(KEYS), || silent.connections() == 1);
}

/// Closes a verifier in the midst of a fetch. Had that been waited for, it would have failed at the end of its time, which
/// another verifier of the same keys would have been told.
fn assert_is_cut_short(address: &str, hangs: impl Fn() -> bool) {
    let configuration = configuration_of(json!({ "issuer": ISSUER, "jwks_url": address, "timeout": "30s" }));
    let config = Config::from_json(configuration.to_string());
    let other = Verifier::open(&config.clone().without_thread()).unwrap();
    let verifier = Verifier::open(&config).unwrap();
    verify(&verifier, &header(&Signer::new("a")));
    until("the fetch to hang", hangs);
    assert_eq!(tasks(NAME).len(), 1);
    drop(verifier);
    // It was waited for; the system shows it a moment longer.
    until("the thread to end", || tasks(NAME).is_empty());
    let health = other.health();
    assert_eq!((health.issuers()[0].refreshes.failed, &health.issuers()[0].failure), (0, &None));
}

/// A port whose queue of connections is full: the next one hangs.
fn full_port() -> (TcpListener, Vec<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let mut held = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        held.push(stream);
        assert!(held.len() < 20_000, "the queue never fills");
    }
    (listener, held)
}

pub fn closing_ends_a_connection_that_hangs() {
    let (listener, _held) = full_port();
    let port = listener.local_addr().unwrap().port();
    // Sent, and not answered: the state 2 of a connection to 127.0.0.1.
    let hanging = format!("0100007F:{port:04X} 02 ");
    assert_is_cut_short(&format!("http://127.0.0.1:{port}/keys"), || {
        fs::read_to_string("/proc/net/tcp").unwrap().contains(&hanging)
    });
}

pub fn a_host_may_forbid_threads() {
    let signer = Signer::new("a");
    let server = provider(&signer);
    let address = server.url(KEYS).replace("127.0.0.1", "localhost");
    let configuration = configuration_of(json!({ "issuer": ISSUER, "jwks_url": address }));
    let config = Config::from_json(configuration.to_string()).without_thread();
    let verifier = Verifier::open(&config).unwrap();
    let header = header(&signer);
    assert_eq!(verify(&verifier, &header), Code::Pending);
    let idle = verifier.poll().unwrap();
    assert!(idle > Duration::from_secs(3000), "{idle:?}");
    assert_eq!(verify(&verifier, &header), Code::Ok);
    let other = Signer::new("b");
    server.set(KEYS, Answer::json(set(&[&other])));
    assert_eq!(resolve(&verifier, &self::header(&other)), Code::Ok, "resolve fetches itself");
    assert!(tasks("doorward").is_empty());
}

/// Waits for keys that don't come: with a thread that fetches them, and without.
pub fn wait_in_vain() {
    let signer = Signer::new("a");
    let server = Server::start();
    server.set(KEYS, Answer::stall());
    let config = Config::from_json(configuration(&server).to_string());
    let header = header(&signer);
    for config in [config.clone(), config.without_thread()] {
        let verifier = Verifier::open(&config).unwrap();
        let wait = || assert_eq!(resolve(&verifier, &header), Code::KeysNeverLoaded);
        let (_, count) = instructions(|| {
            thread::scope(|scope| (0..8).for_each(|_| drop(scope.spawn(wait))));
        });
        println!("instructions of eight requests that wait two seconds: {count}");
        // A thread that does not wait makes a hundred million in a second.
        assert!(count < 20_000_000);
    }
}

/// The only scenario that changes the working directory.
pub fn paths_hold_where_the_host_goes_elsewhere() {
    let authority = doorward_testkit::server::Authority::new();
    let (server, signer) = (Server::start_tls(&authority, &["127.0.0.1"]), Signer::new("a"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    let folder = doorward_testkit::scratch().join(format!("elsewhere-{}", std::process::id()));
    fs::create_dir_all(folder.join("etc")).unwrap();
    fs::write(folder.join("etc/ca.pem"), authority.pem()).unwrap();
    let mut configuration = configuration(&server);
    configuration["issuers"]["main"]["ca_file"] = json!("ca.pem");
    configuration["state_dir"] = json!("state");
    fs::write(folder.join("etc/doorward.json"), configuration.to_string()).unwrap();
    std::env::set_current_dir(&folder).unwrap();
    let config = Config::from_file("etc/doorward.json").unwrap();
    std::env::set_current_dir("/").unwrap();
    let verifier = Verifier::open(&config).unwrap();
    assert!(verifier.wait_for_keys(Duration::from_secs(10)), "{:?}", verifier.health());
    let written = fs::read_dir(folder.join("etc/state")).unwrap().count();
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(written, 1);
}
