//! A real Kestrel server with the authentication handler: tokens of a real OpenID provider, whose keys rotate, and passwords
//! of a real OpenLDAP.

use doorward_dotnet::Runtime;
use doorward_dotnet::http::{Server, request};
use doorward_dotnet::policy::{
    assert_addresses_are_told, assert_challenge, basic, with_directory, with_limits, with_provider,
};
use doorward_testkit::c;
use doorward_testkit::directory::{Proxy, Slapd};
use doorward_testkit::provider::{CLIENT, Provider, RESOURCE_RS256, SCOPE};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

const ME: &str = "/api/workflow/v1/me?x=y";

fn program() -> Option<Command> {
    static ONCE: OnceLock<Option<PathBuf>> = OnceLock::new();
    let assembly = ONCE.get_or_init(|| {
        const NAME: &str = "Doorward.AspNetCore.Host";
        doorward_dotnet::build(&doorward_dotnet::tools()?, &[(&format!("tests/{NAME}/{NAME}.csproj"), "net9.0")]);
        let assembly = doorward_dotnet::assembly(NAME, "net9.0");
        let frameworks = [("Microsoft.NETCore.App", "9.0.0"), ("Microsoft.AspNetCore.App", "9.0.0")];
        doorward_dotnet::write_runtime_config(&assembly, &frameworks);
        Some(assembly)
    });
    Some(doorward_dotnet::program(Runtime::CoreClr9, assembly.as_deref()?, &c::libraries().release))
}

/// A folder for one server, with its configuration.
fn folder(name: &str, configuration: &Value) -> PathBuf {
    let folder = c::scratch().join("aspnetcore").join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("doorward.json"), configuration.to_string()).unwrap();
    folder
}

fn arguments(program: &mut Command, folder: &Path, more: &[&str]) {
    program.args(["--urls", "http://127.0.0.1:0", "--contentRoot", folder.to_str().unwrap()]);
    program.args(["--Doorward:Configuration", "doorward.json", "--Logging:LogLevel:Microsoft", "Warning"]).args(more);
}

fn start(folder: &Path) -> Option<Server> {
    let mut program = program()?;
    arguments(&mut program, folder, &[]);
    Some(Server::start(&mut program))
}

/// An API that an endpoint names.
fn odata() -> Value {
    json!({ "smartobject-odata": {
        "enabled": true, "accept": ["bearer"], "user_managers": ["AAD"], "scopes": ["odata:read"],
    } })
}

#[test]
fn tokens_of_a_real_provider() {
    let Some(provider) = Provider::start() else { return };
    let Some(server) = start(&folder("tokens", &with_provider(&provider, &odata()))) else { return };
    let token = provider.token(RESOURCE_RS256);
    let good = format!("Bearer {token}");
    let answer = server.get(ME, &good);
    assert_eq!(answer.status, 200, "{answer:?}\n{}", server.output());
    let expected = json!({
        "name": "AAD:svc", "type": "Doorward", "is_administrator": true, "subject": "svc", "scopes": [SCOPE],
        "roles": ["reader"],
    });
    assert_eq!(answer.json(), expected);

    let forged = format!("{}AAAA", &good[..good.len() - 4]);
    assert_challenge(&server.get(ME, &forged), 401, "error=\"invalid_token\"");
    assert_challenge(&server.get(ME, ""), 401, "Bearer realm=\"workflow-rest\"");
    assert_challenge(&request(server.port, "GET", ME, &[&good, &good], ""), 400, "error=\"invalid_request\"");
    assert_challenge(&server.get("/api/odata/v3/me", &good), 403, "scope=\"odata:read\"");

    // What the endpoint says is for the application to know; the path is read as the client sent it.
    assert_eq!(server.get("/api/absent", &good).status, 500);
    assert_eq!(server.get("/api/workflow/v1/x/%2e%2e/me", &good).status, 400);
    assert_eq!(server.get(&format!("http://localhost{ME}"), &good).status, 200);

    // The server goes to "/", which is no API's, whatever the query looks like.
    assert_eq!(server.get("/", &good).status, 403);
    for target in [
        "http://localhost?/api/workflow/v1/me",
        "http://localhost?x=://y/api/workflow/v1/me",
        "http://localhost\\x/api/workflow/v1/me",
    ] {
        let answer = server.get(target, &good);
        assert_eq!(answer.status, 400, "{target}: {answer:?}");
    }

    // What the application asks for itself.
    let answer = server.get("/api/workflow/v1/boss", &good);
    assert_eq!((answer.status, answer.header("WWW-Authenticate")), (403, None));
    assert_eq!(server.get("/open", "").body, "nobody");
    assert_eq!(server.get("/open", &forged).body, "nobody", "who asks for nobody is not refused");

    assert_eq!(server.get("/health", "").body, "Healthy");
    let decisions = server.get("/decisions", "").json();
    assert!(decisions["Ok"].as_u64() >= Some(3) && decisions["SignatureInvalid"].as_u64() >= Some(1), "{decisions}");

    let entry = json!({ "issuer": "main", "subject": CLIENT, "until": 4_000_000_000_u64 }).to_string();
    assert_eq!(request(server.port, "POST", "/revoke", &[], &entry).status, 200, "{}", server.output());
    assert_challenge(&server.get(ME, &good), 401, "revoked");

    let log = server.output_with("denied: TokenRevoked (3016)");
    assert!(log.contains("denied: SignatureInvalid (3008)"), "{log}");
    assert!(!log.contains("PathUnknown"), "who asks for what is no API is not denied: {log}");
    assert!(log.contains("an endpoint is for the API absent, which"), "{log}");
    let signature = token.rsplit('.').next().unwrap();
    assert!(!log.contains(signature) && !log.contains(&token[..40]), "the log has the token: {log}");
}

/// The keys change while clients ask: no good token is refused, and the first one by the new key is accepted at once.
#[test]
fn keys_rotate_under_load() {
    let Some(provider) = Provider::start() else { return };
    let Some(server) = start(&folder("rotation", &with_provider(&provider, &odata()))) else { return };
    let answers = doorward_dotnet::load::keys_change(&provider, |header| server.get(ME, header));
    println!("{answers} requests while the keys changed");
    assert!(server.output().contains("keys have changed"), "{}", server.output());
}

/// The files of the directory stand beside the configuration.
fn beside(slapd: &Slapd, ldap: Value) -> PathBuf {
    fs::write(slapd.folder().join("doorward.json"), with_directory(&ldap).to_string()).unwrap();
    slapd.folder().to_owned()
}

#[test]
fn passwords_of_a_real_directory() {
    let Some(mut slapd) = Slapd::start() else { return };
    let Some(server) = start(&beside(&slapd, slapd.by_search())) else { return };
    let good = basic("alice", "alice-pw");
    for _ in 0..3 {
        let answer = server.get(ME, &good);
        assert_eq!(answer.status, 200, "{answer:?}\n{}", server.output());
        assert_eq!(answer.json()["name"], "STAFF:alice");
    }
    assert_eq!(slapd.binds(), 1, "what was proved is remembered");
    assert_challenge(&server.get(ME, &basic("alice", "wrong")), 401, "Basic realm=\"workflow-rest\"");
    assert_challenge(&server.get(ME, ""), 401, "Basic realm=\"workflow-rest\"");

    slapd.stop();
    assert_eq!(server.get(ME, &good).status, 200, "what was proved is remembered");
    let answer = server.get(ME, &basic("bob", "bob-pw"));
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("Retry-After").is_some(), "{answer:?}");
    assert_eq!(server.get("/health", "").body, "Degraded");
    let log = server.output();
    assert!(!log.contains("alice-pw") && !log.contains(&good[6..]), "{log}");
}

/// Behind a proxy, with the middleware that reads what it tells.
#[test]
fn the_clients_address_is_told() {
    let folder = c::scratch().join("aspnetcore/addresses");
    let Some(mut program) = program() else { return };
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("doorward.json"), with_limits(&folder).to_string()).unwrap();
    arguments(&mut program, &folder, &[]);
    let server = Server::start(program.env("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true"));
    assert_addresses_are_told(|header| server.get(ME, header));
}

/// A hundred requests wait for a directory that says nothing, and others are served as ever, by few threads.
#[test]
fn requests_that_wait_block_no_thread_of_the_server() {
    const WAITING: usize = 100;
    let Some(slapd) = Slapd::start() else { return };
    let proxy = Proxy::start(slapd.ldaps);
    let mut ldap = slapd.by_search();
    ldap["url"] = json!(format!("ldaps://127.0.0.1:{}", proxy.port));
    let Some(server) = start(&beside(&slapd, ldap)) else { return };
    assert_eq!(server.get(ME, &basic("alice", "alice-pw")).status, 200);
    proxy.stall(true);
    thread::scope(|scope| {
        let waiting: Vec<_> = (0..WAITING)
            .map(|number| {
                let server = &server;
                scope.spawn(move || server.get(ME, &basic(&format!("user{number}"), "x")).status)
            })
            .collect();
        thread::sleep(Duration::from_millis(500));
        for _ in 0..50 {
            assert_eq!(server.get(ME, &basic("alice", "alice-pw")).status, 200, "who was proved comes in meanwhile");
        }
        let still = waiting.iter().filter(|request| !request.is_finished()).count();
        let threads: usize = server.get("/pool", "").body.parse().unwrap();
        println!("{still} wait, with {threads} threads in the pool");
        assert!(still > 8, "{still} wait");
        assert!(threads <= 16, "{threads} threads in the pool");
        proxy.stall(false);
        let statuses: Vec<u16> = waiting.into_iter().map(|request| request.join().unwrap()).collect();
        assert!(statuses.iter().all(|status| matches!(status, 401 | 503)), "{statuses:?}");
    });
}

/// What stops the start, and the words that say why.
#[test]
fn mistakes_stop_the_start() {
    let good = json!({ "apis": { "workflow-rest": { "enabled": false } } });
    let bad = json!({ "apis": { "workflow-rest": { "enabeld": false } } });
    let rows: [(&str, &Value, &[&str], &str); 4] = [
        ("bad", &bad, &[], "apis.workflow-rest.enabeld"),
        ("elsewhere", &good, &["--Doorward:Configuration", "other.json"], "other.json, and there is no such file"),
        ("nothing", &good, &["--Doorward:Configuration", ""], "has to name the file"),
        ("api", &good, &["--Doorward:Api", "workflow"], "has no API \"workflow\", which Api of Doorward names"),
    ];
    for (name, configuration, more, words) in rows {
        let Some(mut program) = program() else { return };
        arguments(&mut program, &folder(name, configuration), more);
        let output = c::run(&mut program);
        let text = c::text(&output);
        assert!(!output.status.success() && text.contains(words), "{name}: {text}");
        assert!(!text.contains("listens on"), "{name}: {text}");
    }
}
