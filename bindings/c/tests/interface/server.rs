//! The example of a server in C, asked over TCP: by many clients at once, and by those that don't keep to the protocol.
//! It is built with sanitizers, and each test ends it: what leaks, or is out of bounds, is an error then.

use doorward_testkit::c::*;
use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

/// As many at once as the server has threads. All of them together make more than 200 connections.
const CLIENTS: usize = 16;
const REQUESTS_OF_EACH: usize = 16;

fn compile_server() -> PathBuf {
    let (program, folder) = (scratch().join("server"), libraries().testing.to_str().unwrap());
    let mut cc = Command::new("cc");
    cc.arg("-std=c11").args(WARNINGS).args(SANITIZERS).arg("-I").arg(root().join("include"));
    cc.arg(root().join("../../examples/c/server.c")).arg("-o").arg(&program);
    silent(cc.args([&format!("-L{folder}"), &format!("-Wl,-rpath,{folder}"), "-ldoorward", "-pthread"]));
    program
}

fn server() -> Server {
    static ONCE: OnceLock<PathBuf> = OnceLock::new();
    Server::start(Command::new(ONCE.get_or_init(compile_server)).env_remove("LD_LIBRARY_PATH"))
}

/// What an answer has to be: status, the user or nothing, and what its challenge says.
#[track_caller]
fn expect(answer: &Answer, status: u32, user: &str, challenge: &str) {
    assert_eq!((answer.status, answer.body.as_str()), (status, user), "{answer:?}");
    assert!(answer.header("www-authenticate").unwrap_or_default().contains(challenge), "{answer:?}");
}

#[test]
fn each_route_has_the_policy_of_its_api() {
    let server = server();
    expect(&server.ask_with(WORKFLOW, &token("good")), 200, "AAD:alice", "");
    expect(&server.ask_with("/api/workflow/v1", &token("good")), 200, "AAD:alice", "");
    expect(&server.ask_with(WORKFLOW, &token("expired")), 401, "", "error=\"invalid_token\"");
    expect(&server.ask_with(WORKFLOW, &token("no-scope")), 403, "", "error=\"insufficient_scope\"");
    expect(&server.ask_with(ODATA, &token("good")), 403, "", "");
    expect(&server.ask(&request(WORKFLOW, &[])), 401, "", "Bearer realm=\"workflow-rest\"");
    for elsewhere in ["/", "/api/workflow/v10", "/api/workflow", "/API/workflow/v1"] {
        expect(&server.ask_with(elsewhere, &token("good")), 404, "", "");
    }
    server.stop();
}

#[test]
fn what_needs_keys_that_nobody_serves_may_be_tried_again() {
    let server = server();
    let answer = server.ask_with(ODATA, &token("remote"));
    expect(&answer, 503, "", "");
    assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().unwrap() > 0), "{answer:?}");
    expect(&server.ask_with(WORKFLOW, &token("good")), 200, "AAD:alice", "");
    server.stop();
}

#[test]
fn headers_are_counted_whatever_their_case() {
    let server = server();
    let good = token("good");
    for name in ["Authorization", "authorization", "AUTHORIZATION"] {
        expect(&server.ask(&request(WORKFLOW, &[&format!("{name}:{good}")])), 200, "AAD:alice", "");
    }
    let twice = [&format!("Authorization: {good}"), "X-Between: 1", &format!("authorization: {good}")];
    expect(&server.ask(&request(WORKFLOW, &twice)), 400, "", "");
    // These are other headers.
    for name in ["X-Authorization", "Authorizatio", "Authorization2"] {
        expect(&server.ask(&request(WORKFLOW, &[&format!("{name}: {good}")])), 401, "", "Bearer realm=");
    }
    server.stop();
}

#[test]
fn lines_that_may_be_read_in_two_ways_are_refused() {
    let server = server();
    let good = token("good");
    let lines = [
        format!("Authorization : {good}"),
        format!(" Authorization: {good}"),
        format!("X-Folded: 1\r\n Authorization: {good}"),
        format!("X-Feed: 1\nAuthorization: {good}"),
        format!("X-Return: 1\rAuthorization: {good}"),
        ": no name".to_owned(),
        "no colon".to_owned(),
    ];
    for line in &lines {
        expect(&server.ask(&request(WORKFLOW, &[line])), 400, "", "");
    }
    server.stop();
}

/// Of a line that makes the whole request so long.
fn padded(bytes: usize) -> String {
    let bare = request(WORKFLOW, &[&format!("Authorization: {}", token("good")), "X-Padding: "]);
    bare.replace("X-Padding: ", &format!("X-Padding: {}", "x".repeat(bytes - bare.len())))
}

#[test]
fn what_is_too_large_is_refused() {
    let server = server();
    expect(&server.ask(&padded(32 * 1024)), 200, "AAD:alice", "");
    expect(&server.ask(&padded(32 * 1024 + 1)), 431, "", "");
    expect(&server.ask(&padded(1024 * 1024)), 431, "", "");
    let large = server.ask_with(WORKFLOW, &format!("Bearer {}", "x".repeat(16 * 1024)));
    expect(&large, 400, "", "the Authorization header is too large");
    server.stop();
}

#[test]
fn a_body_that_nobody_reads_does_not_take_the_answer_back() {
    let server = server();
    let head = request(WORKFLOW, &[&format!("Authorization: {}", token("good")), "Content-Length: 16000000"]);
    let post = head.replacen("GET", "POST", 1) + &"x".repeat(16_000_000);
    expect(&server.ask(&post), 200, "AAD:alice", "");
    server.stop();
}

#[test]
fn a_request_may_come_in_pieces() {
    let server = server();
    let request = request(WORKFLOW, &[&format!("Authorization: {}", token("good"))]);
    let mut stream = server.connect();
    stream.set_nodelay(true).unwrap();
    // The last pieces part the end of the line and the empty line.
    let (first, last) = request.as_bytes().split_at(request.len() - 3);
    for piece in first.chunks(first.len().div_ceil(20)).chain(last.chunks(1)) {
        stream.write_all(piece).unwrap();
        thread::sleep(Duration::from_millis(10));
    }
    expect(&Answer::read(stream), 200, "AAD:alice", "");
    server.stop();
}

/// Sends a byte from time to time, which never becomes a request.
fn drip(mut stream: TcpStream) -> Answer {
    let reader = stream.try_clone().unwrap();
    thread::spawn(move || {
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(500));
        }
    });
    Answer::read(reader)
}

#[test]
fn who_is_slow_waits_for_an_end_and_others_do_not() {
    let server = server();
    thread::scope(|scope| {
        let mut idle = server.connect();
        idle.write_all(b"GET /api/workflow/v1 HTTP/1.1\r\nHost:").unwrap();
        let (idle, dripping) = (scope.spawn(|| Answer::read(idle)), scope.spawn(|| drip(server.connect())));
        expect(&server.ask_with(WORKFLOW, &token("good")), 200, "AAD:alice", "");
        assert!(!idle.is_finished() && !dripping.is_finished(), "it is answered while the others wait");
        expect(&idle.join().unwrap(), 408, "", "");
        expect(&dripping.join().unwrap(), 408, "", "");
    });
    server.stop();
}

#[test]
fn who_goes_away_takes_nobody_along() {
    let server = server();
    let good = request(WORKFLOW, &[&format!("Authorization: {}", token("good"))]);
    for _ in 0..CLIENTS * 2 {
        drop(server.connect());
        for request in ["GET /api", &good] {
            let mut gone = server.connect();
            gone.write_all(request.as_bytes()).unwrap();
            reset(gone);
        }
    }
    expect(&server.ask(&good), 200, "AAD:alice", "");
    server.stop();
}

#[test]
fn many_clients_get_each_the_answer_to_their_own() {
    let server = server();
    let kinds = [("good", 200, "AAD:alice"), ("app", 200, "AAD:robot"), ("expired", 401, ""), ("no-scope", 403, "")];
    let kinds = kinds.map(|(name, status, user)| (token(name), status, user));
    let ask = &|client: usize| {
        for at in client..client + REQUESTS_OF_EACH {
            let (token, status, user) = &kinds[at % kinds.len()];
            expect(&server.ask_with(WORKFLOW, token), *status, user, "");
        }
        REQUESTS_OF_EACH
    };
    let answered: usize = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|client| scope.spawn(move || ask(client))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    });
    assert!(answered > 200, "{answered}");
    server.stop();
}
