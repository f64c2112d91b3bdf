//! The examples (examples/dotnet), each as its host runs it. That of classic ASP.NET is what `systemweb.rs` runs.

use doorward_dotnet::Runtime;
use doorward_dotnet::http::Server;
use doorward_testkit::c;
use serde_json::json;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

/// The configuration that the examples are for, with the key of this test in the place of the one that everybody has.
fn folder() -> PathBuf {
    let folder = c::scratch().join("dotnet-examples");
    fs::create_dir_all(&folder).unwrap();
    let example = fs::read_to_string(doorward_dotnet::at("../../examples/doorward.json")).unwrap();
    let mut configuration: serde_json::Value = serde_json::from_str(&example).unwrap();
    let world = fs::read_to_string(c::world().join("config.json")).unwrap();
    let world: serde_json::Value = serde_json::from_str(&world).unwrap();
    configuration["issuers"]["contoso"]["jwks"] = world["issuers"]["contoso"]["jwks"].clone();
    assert_eq!(configuration["apis"]["workflow-rest"]["enabled"], json!(true));
    fs::write(folder.join("doorward.json"), configuration.to_string()).unwrap();
    folder
}

fn token(name: &str) -> String {
    fs::read_to_string(c::world().join(format!("{name}.token"))).unwrap()
}

fn is_protected(server: &Server) {
    let answer = server.get("/tasks", &token("good"));
    assert_eq!((answer.status, &*answer.body), (200, "these are the tasks of AAD:alice\n"), "{answer:?}");
    for (name, status, words) in
        [("forged", 401, "invalid_token"), ("expired", 401, "has expired"), ("no-scope", 403, "scope=")]
    {
        let answer = server.get("/tasks", &token(name));
        assert_eq!(answer.status, status, "{name}: {answer:?}");
        assert!(answer.header("WWW-Authenticate").unwrap().contains(words), "{name}: {answer:?}");
    }
    assert_eq!(server.get("/tasks", "").status, 401);
}

#[test]
fn a_minimal_api() {
    const NAME: &str = "MinimalApi";
    let Some(tools) = doorward_dotnet::tools() else { return };
    doorward_dotnet::build(&tools, &[("../../examples/dotnet/MinimalApi/MinimalApi.csproj", "net9.0")]);
    let assembly = doorward_dotnet::assembly(NAME, "net9.0");
    let frameworks = [("Microsoft.NETCore.App", "9.0.0"), ("Microsoft.AspNetCore.App", "9.0.0")];
    doorward_dotnet::write_runtime_config(&assembly, &frameworks);
    let mut program = doorward_dotnet::program(Runtime::CoreClr9, &assembly, &c::libraries().release);
    program.args(["--urls", "http://127.0.0.1:0", "--contentRoot"]).arg(folder());
    // It says where it listens in its own words.
    let server = Server::start_saying("Now listening on: http://", &mut program);
    is_protected(&server);
    assert_eq!(server.get("/health", "").body, "Healthy");
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn http_listener(runtime: Runtime, framework: &str) -> Option<Command> {
    let tools = if runtime == Runtime::Mono {
        doorward_dotnet::has_mono().then(doorward_dotnet::tools).flatten()
    } else {
        doorward_dotnet::tools()
    }?;
    doorward_dotnet::build(&tools, &[("../../examples/dotnet/HttpListener/HttpListenerHost.csproj", framework)]);
    let assembly = doorward_dotnet::assembly("HttpListenerHost", framework);
    doorward_dotnet::write_runtime_config(&assembly, &[("Microsoft.NETCore.App", "8.0.0")]);
    let mut program = doorward_dotnet::program(runtime, &assembly, &c::libraries().release);
    program.arg(folder().join("doorward.json")).arg(format!("http://localhost:{}/", free_port()));
    Some(program)
}

#[test]
fn a_host_with_http_listener() {
    for (runtime, framework) in [(Runtime::CoreClr8, "net8.0"), (Runtime::Mono, "net472")] {
        let Some(mut program) = http_listener(runtime, framework) else { return };
        is_protected(&Server::start(&mut program));
    }
}
