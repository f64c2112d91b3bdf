//! A real application of classic ASP.NET with the module, on Mono behind nginx (examples/dotnet/SystemWeb): tokens of a real
//! OpenID provider, whose keys rotate, and passwords of a real OpenLDAP.

use doorward_dotnet::http::{Answer, request};
use doorward_dotnet::policy::{
    assert_addresses_are_told, assert_challenge, basic, with_directory, with_limits, with_provider,
};
use doorward_testkit::c;
use doorward_testkit::directory::{Proxy, Slapd, free_port};
use doorward_testkit::provider::{Provider, RESOURCE_RS256, SCOPE};
use serde_json::{Value, json};
use std::fs::{self, File};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

const NGINX: &str = "/usr/sbin/nginx";
const PATIENCE: Duration = Duration::from_secs(60);
const ME: &str = "/api/workflow/v1/tasks?x=y";

/// A folder for one site, with the configuration of Doorward and other settings in web.config.
fn site(folder: PathBuf, configuration: &Value, settings: &[(&str, &str)]) -> Option<PathBuf> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    const PROJECT: &str = "../../examples/dotnet/SystemWeb";
    let has_nginx = doorward_dotnet::skipped(Path::new(NGINX).exists(), "DOORWARD_REQUIRE_NGINX", "there is no nginx");
    let built = BUILT.get_or_init(|| {
        (has_nginx && doorward_dotnet::has_mono()).then(|| {
            doorward_dotnet::build(
                &doorward_dotnet::tools().unwrap(),
                &[(&format!("{PROJECT}/TasksSite.csproj"), "net472")],
            );
            doorward_dotnet::assembly("TasksSite", "net472").parent().unwrap().to_owned()
        })
    });
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).unwrap();
    for entry in fs::read_dir(built.as_deref()?).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "dll") {
            fs::copy(&path, bin.join(path.file_name().unwrap())).unwrap();
        }
    }
    fs::copy(c::libraries().release.join("libdoorward.so"), bin.join("libdoorward.so")).unwrap();
    let mut config = fs::read_to_string(doorward_dotnet::at(PROJECT).join("Web.config")).unwrap();
    config = config.replace("    <add key=\"doorward:api\" value=\"workflow-rest\" />\n", "");
    for (key, value) in settings {
        config = config.replace("  </appSettings>", &format!("<add key=\"{key}\" value=\"{value}\" /></appSettings>"));
    }
    fs::write(folder.join("Web.config"), config).unwrap();
    fs::write(folder.join("doorward.json"), configuration.to_string()).unwrap();
    Some(folder)
}

fn named(name: &str) -> PathBuf {
    c::scratch().join("systemweb").join(name)
}

/// nginx, and behind it Mono's server, which both end when this is dropped.
struct Server {
    mono: Child,
    nginx: Child,
    folder: PathBuf,
    port: u16,
}

impl Server {
    fn start(folder: PathBuf) -> Self {
        let (port, behind) = (free_port(), free_port());
        let _ = fs::remove_file(folder.join("site.log"));
        let log = || File::options().create(true).append(true).open(folder.join("site.log")).unwrap();
        let mut mono = Command::new("fastcgi-mono-server4");
        mono.arg(format!("/applications=/:{}", folder.display())).arg(format!("/socket=tcp:127.0.0.1:{behind}"));
        // Its server has a thread read from each connection, and its pool would grow too slowly for the test.
        mono.env("MONO_THREADS_PER_CPU", "100");
        // The library is found beside the assemblies.
        mono.env_remove("LD_LIBRARY_PATH").stdin(Stdio::null()).stdout(log()).stderr(log());
        let mono = mono.spawn().unwrap();
        fs::create_dir_all(folder.join("nginx")).unwrap();
        fs::write(folder.join("nginx/nginx.conf"), nginx_conf(port, behind, &folder)).unwrap();
        let mut nginx = Command::new(NGINX);
        nginx.arg("-p").arg(folder.join("nginx")).args(["-c", "nginx.conf", "-e", "error.log"]);
        let nginx = nginx.stdin(Stdio::null()).stdout(log()).stderr(log()).spawn().unwrap();
        let server = Self { mono, nginx, folder, port };
        let end = Instant::now() + PATIENCE;
        for port in [port, behind] {
            while TcpStream::connect(("127.0.0.1", port)).is_err() {
                assert!(Instant::now() < end, "{}", server.log());
                thread::sleep(Duration::from_millis(20));
            }
        }
        server
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("site.log")).unwrap_or_default()
    }

    fn get(&self, authorization: &str) -> Answer {
        request(self.port, "GET", ME, &[authorization], "")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // All fail only for a process that has ended already.
        let _ = c::run(Command::new("kill").arg(self.nginx.id().to_string()));
        let _ = self.nginx.wait();
        let _ = self.mono.kill();
        let _ = self.mono.wait();
    }
}

fn nginx_conf(port: u16, behind: u16, folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "worker_processes 1; daemon off; pid nginx.pid;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t; uwsgi_temp_path t; scgi_temp_path t;
    server {{
        listen 127.0.0.1:{port};
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Forwarded-For;
        location / {{
            root {folder};
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_pass 127.0.0.1:{behind};
        }}
    }}
}}
"
    )
}

/// The keys change while clients ask.
#[test]
fn tokens_of_a_real_provider() {
    let Some(provider) = Provider::start() else { return };
    let Some(folder) = site(
        named("tokens"),
        &with_provider(&provider, &json!({ "off": { "enabled": false, "paths": ["/off"] } })),
        &[],
    ) else {
        return;
    };
    let server = Server::start(folder);
    let good = format!("Bearer {}", provider.token(RESOURCE_RS256));
    let answer = server.get(&good);
    assert_eq!(answer.status, 200, "{answer:?}\n{}", server.log());
    assert_eq!(answer.body, format!("these are the tasks of AAD:svc, by the scopes {SCOPE}\n"));
    println!(
        "{} requests while the keys changed",
        doorward_dotnet::load::keys_change(&provider, |header| server.get(header))
    );
    assert_challenge(&server.get(&format!("{}AAAA", &good[..good.len() - 4])), 401, "error=\"invalid_token\"");
    assert_challenge(&server.get(""), 401, "Bearer realm=\"workflow-rest\"");
    assert_eq!(request(server.port, "GET", "/off/x", &[&good], "").status, 403);
    assert_eq!(request(server.port, "GET", "/api/workflow/v1/%2e%2e/x", &[&good], "").status, 400);
    assert_eq!(request(server.port, "GET", "/elsewhere", &[&good], "").status, 403, "no API has it");
    let tokens: Vec<_> = good.rsplit('.').take(1).collect();
    assert!(!server.log().contains(tokens[0]), "{}", server.log());
}

#[test]
fn other_paths_may_pass() {
    let configuration = json!({ "apis": { "off": { "enabled": false, "paths": ["/off"] } } });
    let Some(folder) = site(named("pass"), &configuration, &[("doorward:otherPaths", "pass")]) else { return };
    let server = Server::start(folder);
    let answer = request(server.port, "GET", "/elsewhere", &[], "");
    assert_eq!(
        (answer.status, &*answer.body),
        (200, "these are the tasks of nobody, by the scopes \n"),
        "{}",
        server.log()
    );
    assert_eq!(request(server.port, "GET", "/off/x", &[], "").status, 403);
}

/// The directory says nothing for a while: requests wait for it, and others are served meanwhile.
#[test]
fn passwords_of_a_real_directory() {
    const WAITING: usize = 20;
    let Some(mut slapd) = Slapd::start() else { return };
    let proxy = Proxy::start(slapd.ldaps);
    let mut ldap = slapd.by_search();
    ldap["url"] = json!(format!("ldaps://127.0.0.1:{}", proxy.port));
    let Some(folder) = site(slapd.folder().to_owned(), &with_directory(&ldap), &[]) else { return };
    let server = Server::start(folder);
    let good = basic("alice", "alice-pw");
    for _ in 0..3 {
        let answer = server.get(&good);
        assert_eq!(
            (answer.status, &*answer.body),
            (200, "these are the tasks of STAFF:alice, by the scopes \n"),
            "{}",
            server.log()
        );
    }
    assert_eq!(slapd.binds(), 1, "what was proved is remembered");
    assert_challenge(&server.get(&basic("alice", "wrong")), 401, "Basic realm=\"workflow-rest\"");

    proxy.stall(true);
    thread::scope(|scope| {
        let ask = |number| {
            let server = &server;
            scope.spawn(move || server.get(&basic(&format!("user{number}"), "x")).status)
        };
        let waiting: Vec<_> = (0..WAITING).map(ask).collect();
        thread::sleep(Duration::from_millis(500));
        for _ in 0..20 {
            assert_eq!(server.get(&good).status, 200, "who was proved comes in meanwhile");
        }
        let still = waiting.iter().filter(|request| !request.is_finished()).count();
        println!("{still} waited while twenty requests were answered");
        assert!(still > 8, "{still} wait");
        proxy.stall(false);
        let statuses: Vec<u16> = waiting.into_iter().map(|request| request.join().unwrap()).collect();
        assert!(statuses.iter().all(|status| matches!(status, 401 | 503)), "{statuses:?}");
    });
    slapd.stop();
    let answer = server.get(&basic("bob", "bob-pw"));
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("Retry-After").is_some(), "{answer:?}");
    assert!(!server.log().contains("alice-pw"), "{}", server.log());
}

/// nginx knows it of another proxy before it.
#[test]
fn the_clients_address_is_told() {
    let folder = named("addresses");
    let Some(folder) = site(folder.clone(), &with_limits(&folder), &[]) else { return };
    let server = Server::start(folder);
    assert_addresses_are_told(|header| server.get(header));
}

/// A mistake lets nobody in, and says what is wrong where ASP.NET shows errors.
#[test]
fn mistakes_let_nobody_in() {
    let good = json!({ "apis": { "workflow-rest": { "enabled": false } } });
    let bad = json!({ "apis": { "workflow-rest": { "enabeld": false } } });
    let rows = [
        ("bad", &bad, ("doorward:otherPaths", "pass"), "apis.workflow-rest.enabeld"),
        ("api", &good, ("doorward:api", "workflow"), "doorward:api is"),
        ("word", &good, ("doorward:otherPaths", "yes"), "doorward:otherPaths is"),
    ];
    for (name, configuration, setting, words) in rows {
        let Some(folder) = site(named(name), configuration, &[setting]) else { return };
        let server = Server::start(folder);
        for _ in 0..2 {
            let answer = server.get("");
            assert_eq!(answer.status, 500, "{name}: {answer:?}");
            assert!(answer.body.contains(words) || server.log().contains(words), "{name}: {answer:?}");
        }
    }
}
