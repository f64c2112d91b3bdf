//! What a decision costs in .NET 9, beside the C call that it makes and beside the framework's own means (Doorward.Bench).
//! `-- --test` runs it shortly.
#![allow(missing_docs, unreachable_pub, reason = "a bench has no interface")]
#![allow(clippy::duplicate_mod, reason = "the library's tests and those of the C interface have the same keys")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a bench fails by panicking")]

use doorward::{Algorithm, Clock};
use doorward_dotnet::Runtime;
use doorward_testkit::TestKey;
use doorward_testkit::c;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

const NAME: &str = "Doorward.Bench";

/// A configuration of one issuer with a key of each algorithm, its key set, and a token by each key.
fn world() -> PathBuf {
    let folder = c::scratch().join("bench");
    fs::create_dir_all(&folder).unwrap();
    let algorithms = [Algorithm::HS256, Algorithm::ES256, Algorithm::RS256];
    let keys: Vec<_> = algorithms.into_iter().map(|algorithm| TestKey::generate(algorithm).unwrap()).collect();
    let id = |key: &TestKey| format!("{}-key", key.algorithm().name());
    let jwks: Vec<Value> = keys.iter().map(|key| key.jwk(&id(key))).collect();
    let mut configuration = doorward_testkit::configuration(&jwks, &algorithms);
    configuration["apis"]["api"]["scopes"] = json!(["user_impersonation"]);
    fs::write(folder.join("config.json"), configuration.to_string()).unwrap();
    fs::write(folder.join("keys.json"), json!({ "keys": jwks }).to_string()).unwrap();
    let now = Clock::System.now();
    let mut claims = doorward_testkit::entra_claims();
    for (name, time) in [("iat", now - 60), ("nbf", now - 60), ("exp", now + 86400)] {
        claims[name] = json!(time);
    }
    for key in &keys {
        let header = json!({ "typ": "JWT", "alg": key.algorithm().name(), "kid": id(key) });
        fs::write(
            folder.join(format!("{}.token", key.algorithm().name())),
            doorward_testkit::sign(key, &header, &claims),
        )
        .unwrap();
    }
    folder
}

fn main() {
    let Some(tools) = doorward_dotnet::tools() else { return };
    let is_test = std::env::args().any(|argument| argument == "--test");
    doorward_dotnet::build(&tools, &[("bench/Doorward.Bench/Doorward.Bench.csproj", "net9.0")]);
    let assembly = doorward_dotnet::assembly(NAME, "net9.0");
    doorward_dotnet::write_runtime_config(&assembly, &[("Microsoft.NETCore.App", "9.0.0")]);
    let mut program = doorward_dotnet::program(Runtime::CoreClr9, &assembly, &c::libraries().release);
    program.arg(world()).arg(if is_test { "20" } else { "2000" });
    // Tiers change what is measured while it is.
    program.env("DOTNET_TieredPGO", "0").env("DOTNET_TC_QuickJitForLoops", "0").env("DOTNET_TieredCompilation", "0");
    print!("{}", doorward_dotnet::said(&mut program));
}
