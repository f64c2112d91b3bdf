//! The C interface in nginx: a small module (`tests/nginx`) is built for the nginx of this machine, with the static and
//! with the shared library, and serves: what a server that forks, reloads and ends its workers asks of the library.
//!
//! It does not test nginx, nor a module for real use.

mod client;
mod module;
mod provider;
mod server;
use client::Answer;
use doorward_core::{Algorithm, Clock};
use doorward_testkit::TestKey;
use doorward_testkit::c::text;
use module::{has_nginx, symbols, with_shared_library, with_static_library};
use provider::Provider;
use serde_json::{Value, json};
use server::{Nginx, WORKERS, until};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const ISSUER: &str = "https://login.contoso.example/";
const AUDIENCE: &str = "https://api.k2.com/";
const OTHER_AUDIENCE: &str = "urn:other";
const KEY_ID: &str = "key-1";

const LOCATIONS: &str = "
        location /open { empty_gif; add_header X-Name $doorward_name; }
        location /reports {
            doorward doorward.json reports;
            empty_gif;
            add_header X-Name $doorward_name;
            location /reports/inner { empty_gif; }
        }
        location /reports/app {
            doorward doorward.json reports;
            proxy_pass http://127.0.0.1:$server_port/echo;
            proxy_set_header X-Remote-User $doorward_name;
        }
        location /echo { return 200 \"user=$http_x_remote_user;\"; }
        location /off { doorward doorward.json off; empty_gif; }";

/// Connections at a time, while nginx reloads.
const CLIENTS: usize = 4;
/// Requests that each of them makes at least.
const REQUESTS: usize = 100;
const RELOADS: usize = 4;

fn key() -> &'static TestKey {
    static ONCE: OnceLock<TestKey> = OnceLock::new();
    ONCE.get_or_init(|| TestKey::generate(Algorithm::EdDSA).unwrap())
}

fn key_set() -> Value {
    json!({ "keys": [key().jwk(KEY_ID)] })
}

/// With an issuer that has its keys from there, and demands that audience.
fn configuration(keys: &str, from: Value, audience: &str) -> String {
    let mut issuer = json!({ "issuer": ISSUER, "audiences": [audience], "algorithms": ["EdDSA"] });
    issuer[keys] = from;
    json!({
        "issuers": { "contoso": issuer },
        "user_managers": { "AAD": { "issuers": ["contoso"] } },
        "apis": {
            "reports": {
                "enabled": true, "accept": ["bearer"], "user_managers": ["AAD"], "scopes": ["reports.read"],
            },
            "off": { "enabled": false },
        },
    })
    .to_string()
}

fn with_keys(audience: &str) -> String {
    configuration("jwks", key_set(), audience)
}

/// The value of an `Authorization` header: a good token, but for these claims.
fn token_by(key: &TestKey, changes: Value) -> String {
    let now = Clock::System.now();
    let header = json!({ "typ": "JWT", "alg": "EdDSA", "kid": KEY_ID });
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": now + 3600, "iat": now, "scp": "reports.read",
    });
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    format!("Bearer {}", key.sign(&header.to_string(), &claims.to_string()).unwrap())
}

fn token(changes: Value) -> String {
    token_by(key(), changes)
}

fn good() -> String {
    token(json!({}))
}

/// Good in every way, but for who signed it.
fn forged(changes: Value) -> String {
    token_by(&TestKey::generate(Algorithm::EdDSA).unwrap(), changes)
}

fn started(name: &str, module: &Path, configuration: &str) -> Nginx {
    let mut nginx = Nginx::new(name, Some(module), LOCATIONS);
    nginx.write("doorward.json", configuration);
    nginx.start();
    nginx
}

fn assert_accepted(answer: &Answer) {
    assert_eq!((answer.status, answer.headers("X-Name")), (200, vec!["AAD:alice"]), "{answer:?}");
    assert!(answer.body.starts_with(b"GIF89a"), "{answer:?}");
}

/// Refused with that status and challenge, and without what is protected.
fn assert_refused(answer: &Answer, status: u16, challenge: &[&str]) {
    assert_eq!((answer.status, answer.headers("WWW-Authenticate")), (status, challenge.to_vec()), "{answer:?}");
    assert!(answer.headers("X-Name").is_empty() && !answer.body.starts_with(b"GIF89a"), "{answer:?}");
}

fn invalid(description: &str) -> String {
    format!("Bearer realm=\"reports\", error=\"invalid_token\", error_description=\"{description}\"")
}

fn serves(name: &str, module: &Path) {
    let nginx = started(name, module, &with_keys(AUDIENCE));
    let open = nginx.get("/open", &[]);
    assert!(open.status == 200 && open.headers("X-Name").is_empty(), "{open:?}");
    for path in ["/reports", "/reports/inner"] {
        assert_refused(&nginx.get(path, &[]), 401, &["Bearer realm=\"reports\""]);
        assert_accepted(&nginx.get(path, &[&good()]));
    }
    assert_refused(&nginx.get("/off", &[&good()]), 403, &[]);
    refuses_tokens(&nginx);
    refuses_odd_headers(&nginx);
    nginx.quit();
}

fn refuses_tokens(nginx: &Nginx) {
    let refuses = |token: &str, status, challenge: &str| {
        assert_refused(&nginx.get("/reports", &[token]), status, &[challenge]);
    };
    let now = Clock::System.now();
    let expired = token(json!({ "exp": now - 86_400, "iat": now - 90_000 }));
    refuses(&expired, 401, &invalid("the token has expired"));
    refuses(&forged(json!({})), 401, &invalid("the signature of the token is invalid"));
    let stray = token(json!({ "aud": OTHER_AUDIENCE }));
    refuses(&stray, 401, &invalid("the token is for another audience"));
    let powerless = token(json!({ "scp": "reports.write" }));
    let insufficient = "Bearer realm=\"reports\", error=\"insufficient_scope\", \
        error_description=\"the token lacks a scope that this API requires\", scope=\"reports.read\"";
    refuses(&powerless, 403, insufficient);
}

fn refuses_odd_headers(nginx: &Nginx) {
    // That one is nginx's own answer.
    assert_refused(&nginx.get("/reports", &[&good(), &good()]), 400, &[]);
    // Nearly as long as nginx takes a header, where it is not told otherwise.
    let groups = json!({ "groups": "g".repeat(5000) });
    let long = token(groups.clone());
    assert!((7000..8000).contains(&long.len()), "{}", long.len());
    assert_accepted(&nginx.get("/reports", &[&long]));
    assert_refused(
        &nginx.get("/reports", &[&forged(groups)]),
        401,
        &[&invalid("the signature of the token is invalid")],
    );
    assert_accepted(&nginx.get("/reports", &[&good()]));
}

#[test]
fn a_module_that_holds_the_library_serves() {
    if has_nginx() {
        serves("holds", with_static_library());
    }
}

#[test]
fn a_module_that_loads_the_library_serves() {
    if has_nginx() {
        serves("loads", with_shared_library());
    }
}

/// What the proxy tells the application of the user is the verdict's, whatever the client sent under that name.
#[test]
fn a_header_of_the_client_is_not_what_the_application_reads() {
    if !has_nginx() {
        return;
    }
    let nginx = started("headers", with_shared_library(), &with_keys(AUDIENCE));
    for name in ["X-Remote-User", "x-remote-user", "X_Remote_User"] {
        let spoofed = format!("{}\r\n{name}: AAD:admin", good());
        let answer = nginx.get("/reports/app", &[&spoofed]);
        assert_eq!((answer.status, &*answer.body), (200, &b"user=AAD:alice;"[..]), "{name}: {answer:?}");
        assert_eq!(
            &*nginx.get("/echo", &[&spoofed]).body,
            if name.contains('_') { &b"user=;"[..] } else { b"user=AAD:admin;" }
        );
    }
    assert_refused(&nginx.get("/reports/app", &["x\r\nX-Remote-User: AAD:admin"]), 401, &["Bearer realm=\"reports\""]);
    nginx.quit();
}

#[test]
fn a_module_gives_nginx_its_own_names_only() {
    if !has_nginx() {
        return;
    }
    let names = ["ngx_http_doorward_module", "ngx_module_names", "ngx_module_order", "ngx_modules"];
    let names: BTreeSet<_> = names.iter().map(|&name| name.to_owned()).collect();
    for (module, loads) in [(with_static_library(), false), (with_shared_library(), true)] {
        assert_eq!(symbols(module, "--defined-only"), names);
        assert_eq!(symbols(module, "--undefined-only").contains("doorward_verifier_verify"), loads);
    }
}

#[test]
fn a_bad_configuration_is_told_before_it_serves() {
    if !has_nginx() {
        return;
    }
    let nginx = Nginx::new("bad", Some(with_static_library()), LOCATIONS);
    nginx.write("doorward.json", &with_keys(AUDIENCE));
    let good = nginx.run(&["-t"]);
    assert!(good.status.success(), "{}", text(&good));
    nginx.write("doorward.json", &with_keys(AUDIENCE).replace("\"scopes\"", "\"scopez\""));
    let bad = nginx.run(&["-t"]);
    let told = "doorward.json: apis.reports.scopez: there is no such field; did you mean \"scopes\"?";
    assert!(!bad.status.success() && text(&bad).contains(told), "{}", text(&bad));
    nginx.write("doorward.json", &with_keys(AUDIENCE).replace("\"off\"", "\"of\""));
    let bad = nginx.run(&["-t"]);
    assert!(!bad.status.success() && text(&bad).contains("there is no API \"off\""), "{}", text(&bad));
}

/// Asks until `enough`, and at least so often; a token that is always good, and one that never is.
fn ask_all_along(nginx: &Nginx, enough: &AtomicBool) -> usize {
    let (good, forged) = (token(json!({ "aud": [AUDIENCE, OTHER_AUDIENCE] })), forged(json!({})));
    let mut asked = 0;
    while asked < REQUESTS || !enough.load(Ordering::Acquire) {
        assert_accepted(&nginx.get("/reports", &[&good]));
        assert_refused(&nginx.get("/reports", &[&forged]), 401, &[&invalid("the signature of the token is invalid")]);
        asked += 1;
    }
    asked
}

/// Which of two tokens are accepted: of the first configuration, and of the second.
fn accepts(nginx: &Nginx) -> [bool; 2] {
    [AUDIENCE, OTHER_AUDIENCE]
        .map(|audience| nginx.get("/reports", &[&token(json!({ "aud": audience }))]).status == 200)
}

#[test]
fn a_reload_under_load_answers_each_request() {
    if !has_nginx() {
        return;
    }
    let nginx = started("reload", with_static_library(), &with_keys(AUDIENCE));
    let enough = AtomicBool::new(false);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(|| ask_all_along(&nginx, &enough))).collect();
        for round in 0..RELOADS {
            assert_eq!(accepts(&nginx), [round % 2 == 0, round % 2 == 1]);
            nginx.write("doorward.json", &with_keys(if round % 2 == 0 { OTHER_AUDIENCE } else { AUDIENCE }));
            nginx.reload();
        }
        enough.store(true, Ordering::Release);
        let asked: usize = clients.into_iter().map(|client| client.join().unwrap()).sum();
        println!("{asked} pairs of requests beside {RELOADS} reloads");
    });
    nginx.quit();
}

#[test]
fn a_broken_reload_leaves_the_old_configuration_serving() {
    if !has_nginx() {
        return;
    }
    let nginx = started("broken", with_static_library(), &with_keys(AUDIENCE));
    let before = nginx.workers();
    nginx.write("doorward.json", "{");
    let sentence = "doorward.json: the text ends too early (line 1, column 2)";
    let told = nginx.run(&["-s", "reload"]);
    assert!(!told.status.success() && text(&told).contains(sentence), "{}", text(&told));
    let before_it = nginx.log().matches(sentence).count();
    nginx.signal("HUP");
    until("the master has refused", || (nginx.log().matches(sentence).count() > before_it).then_some(()));
    assert_eq!(nginx.workers(), before);
    assert_eq!(accepts(&nginx), [true, false]);

    nginx.write("doorward.json", &with_keys(OTHER_AUDIENCE));
    nginx.reload();
    assert_eq!(accepts(&nginx), [false, true]);
    nginx.quit();
}

/// A handler for forks, or a destructor, that stayed behind would end the master.
#[test]
fn the_module_leaves_a_running_nginx_and_comes_back() {
    if !has_nginx() {
        return;
    }
    let module = with_static_library();
    let nginx = started("leaves", module, &with_keys(AUDIENCE));
    for _ in 0..3 {
        nginx.configure(None, "location / { empty_gif; }");
        nginx.reload();
        assert_eq!(nginx.get("/reports", &[]).status, 200);
        nginx.configure(Some(module), LOCATIONS);
        nginx.reload();
        assert_eq!(accepts(&nginx), [true, false]);
    }
    nginx.quit();
}

/// Whether a process has the thread that fetches keys.
fn has_thread(process: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let mut names = threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("comm")).unwrap_or_default());
    names.any(|name| name.trim_end() == "doorward-keys")
}

fn with_provider(provider: &Provider) -> String {
    configuration("jwks_url", json!(provider.url()), AUDIENCE)
}

#[test]
fn each_worker_fetches_keys() {
    if !has_nginx() {
        return;
    }
    let provider = Provider::start(key_set().to_string());
    let nginx = started("fetches", with_static_library(), &with_provider(&provider));
    until("each worker asks for keys", || (provider.asked() == WORKERS).then_some(()));
    assert!(nginx.workers().into_iter().all(has_thread) && !has_thread(nginx.master()));
    let pending = nginx.get("/reports", &[&good()]);
    assert_refused(&pending, 503, &[]);
    assert_eq!(pending.headers("Retry-After"), ["1"]);

    provider.open();
    let told = || nginx.log().matches("doorward: keys have changed").count();
    until("each worker has keys, and says so in nginx's log", || (told() == WORKERS).then_some(()));
    for _ in 0..10 {
        assert_accepted(&nginx.get("/reports", &[&good()]));
        assert_ne!(nginx.get("/reports", &[&forged(json!({}))]).status, 200);
    }
    nginx.quit();
}

#[test]
fn workers_end_in_the_midst_of_a_fetch() {
    if !has_nginx() {
        return;
    }
    let provider = Provider::start(key_set().to_string());
    let nginx = started("midst", with_static_library(), &with_provider(&provider));
    until("each worker asks for keys", || (provider.asked() == WORKERS).then_some(()));
    nginx.reload();
    until("each new worker asks for keys", || (provider.asked() == 2 * WORKERS).then_some(()));
    nginx.quit();
}
