//! The C interface, as C sees it: programs in C and C++ (`tests/c`), built with every warning in three standards, run as
//! they are, with sanitizers, under valgrind, and linked with the static library; and the symbols of the library.
//!
//! A program gets a folder with configurations and tokens, prints nothing where it passes, and else says which line failed.
#![allow(missing_docs, unreachable_pub, reason = "a test has no interface")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

// The keys are made by a file of the command line, which knows the library by its own name.
#[cfg(target_os = "linux")]
extern crate doorward_core as doorward;

#[cfg(target_os = "linux")]
#[path = "../../../src/bin/doorward/test_key.rs"]
#[allow(dead_code, reason = "one kind of key is used")]
mod test_key;

#[cfg(not(target_os = "linux"))]
#[test]
fn the_interface_in_c() {
    println!("skipped: these tests know the compilers and linkers of Linux");
}

#[cfg(target_os = "linux")]
mod linux {
    use super::test_key::TestKey;
    use doorward_core::{Algorithm, Clock};
    use serde_json::{Value, json};
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};
    use std::sync::OnceLock;

    /// What a host that links libdoorward.a adds. From glibc 2.34 on these libraries are empty, and it may do without.
    /// docs/c-abi.md says the same.
    const STATIC_LINK_FLAGS: &[&str] = &["-lpthread", "-ldl"];

    const PROGRAMS: &[&str] = &["status", "request", "verdict", "verifier", "threads", "fork", "panic"];

    /// gcc 12 calls C23 by this name, and later ones know it too.
    const STANDARDS: &[&str] = &["c99", "c11", "c2x"];

    const WARNINGS: &[&str] = &["-Wall", "-Wextra", "-pedantic", "-Werror", "-g"];

    const SANITIZERS: &[&str] = &["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-O1"];

    /// Verifications of each thread under valgrind, which runs one thread at a time.
    const TIMES_WITH_VALGRIND: &str = "10";

    const ISSUER: &str = "https://login.contoso.example/";
    const REMOTE: &str = "urn:remote";
    const AUDIENCE: &str = "https://api.k2.com/";
    const KEY_ID: &str = "key-1";

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    fn scratch() -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("c-abi")
    }

    fn run(command: &mut Command) -> Output {
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    fn text(output: &Output) -> String {
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }

    /// Runs a command that has to succeed, and to say nothing.
    fn silent(command: &mut Command) {
        let output = run(command);
        let text = text(&output);
        assert!(output.status.success() && text.is_empty(), "{command:?}: {}\n{text}", output.status);
    }

    /// Builds the library, beside what cargo has built already, and copies files of it to where no other build comes.
    fn build(arguments: &[&str], profile: &str, files: &[&str]) -> PathBuf {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "doorward-c", "--target-dir"]).arg(target).args(arguments);
        let output = run(cargo.current_dir(root()));
        assert!(output.status.success(), "{cargo:?}\n{}", text(&output));
        let folder = scratch().join(profile);
        fs::create_dir_all(&folder).unwrap();
        for file in files {
            fs::copy(target.join(profile).join(file), folder.join(file)).unwrap();
        }
        folder
    }

    /// The folders of the library with the function that panics, and of the one that is released.
    fn libraries() -> &'static (PathBuf, PathBuf) {
        static ONCE: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
        ONCE.get_or_init(|| {
            let testing = build(&["--features", "test-panic"], "debug", &["libdoorward.so"]);
            // What stays in the target folder is without that function.
            build(&[], "debug", &[]);
            (testing, build(&["--release"], "release", &["libdoorward.so", "libdoorward.a"]))
        })
    }

    fn configuration(api: &str, key: &TestKey) -> Value {
        json!({
            "issuers": { "contoso": {
                "issuer": ISSUER, "audiences": [AUDIENCE], "algorithms": ["EdDSA"], "jwks": { "keys": [key.jwk(KEY_ID)] },
            } },
            "user_managers": { "AAD": { "issuers": ["contoso"] } },
            "apis": {
                api: {
                    "enabled": true, "accept": ["bearer"], "user_managers": ["AAD"], "scopes": ["user_impersonation"],
                    "administrators": ["AAD:alice"],
                },
                "off": { "enabled": false },
            },
        })
    }

    /// With a second issuer, whose keys nobody serves.
    fn remote_configuration(key: &TestKey) -> Value {
        let mut remote = configuration("workflow-rest", key);
        remote["issuers"]["remote"] = json!({
            "issuer": REMOTE, "audiences": [AUDIENCE], "algorithms": ["EdDSA"], "jwks_url": "http://127.0.0.1:1/jwks.json",
        });
        remote["apis"]["remote"] =
            json!({ "enabled": true, "accept": ["bearer"], "issuers": ["remote"], "scopes": [] });
        remote["resolve_timeout"] = json!("1s");
        remote
    }

    fn configurations(key: &TestKey) -> Vec<(&'static str, String)> {
        let mut bad = configuration("workflow-rest", key);
        bad["apis"]["workflow-rest"]["scopez"] = json!([]);
        let mut files = configuration("workflow-rest", key);
        let keys = files["issuers"]["contoso"].as_object_mut().unwrap().remove("jwks").unwrap();
        files["issuers"]["contoso"]["jwks_file"] = json!("keys.json");
        vec![
            ("config.json", configuration("workflow-rest", key).to_string()),
            ("other.json", configuration("other", key).to_string()),
            ("bad-config.json", bad.to_string()),
            ("files.json", files.to_string()),
            ("keys.json", keys.to_string()),
            ("remote.json", remote_configuration(key).to_string()),
        ]
    }

    fn good_claims(now: i64) -> Value {
        json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": now + 7200, "nbf": now - 60, "iat": now - 60,
            "tid": "tenant-1", "oid": "object-1", "azp": "client-1", "jti": "token-1",
            "scp": "user_impersonation reports.read", "roles": ["Auditor", "Writer"],
            "greeting": "say \"h\u{e9}\"", "level": -3, "largest": i64::MAX, "too_large": u64::MAX, "half": 0.5,
            "place": { "region": ["eu"] }, "nothing": null,
        })
    }

    fn with(claims: &Value, changes: Value) -> Value {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        claims
    }

    /// Each is the whole value of an `Authorization` header.
    fn tokens(key: &TestKey) -> Vec<(&'static str, String)> {
        let now = Clock::System.now();
        let header = json!({ "typ": "JWT", "alg": "EdDSA", "kid": KEY_ID }).to_string();
        let sign =
            |key: &TestKey, claims: &Value| format!("Bearer {}", key.sign(&header, &claims.to_string()).unwrap());
        let good = good_claims(now);
        let app = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "robot", "exp": now + 7200, "idtyp": "app",
            "scp": "user_impersonation",
        });
        vec![
            ("good.token", sign(key, &good)),
            ("app.token", sign(key, &app)),
            ("expired.token", sign(key, &with(&good, json!({ "exp": now - 86400 * 3, "iat": now - 86400 * 4 })))),
            ("wrong-audience.token", sign(key, &with(&good, json!({ "aud": "urn:other" })))),
            ("no-scope.token", sign(key, &with(&good, json!({ "scp": "reports.read" })))),
            ("remote.token", sign(key, &with(&good, json!({ "iss": REMOTE })))),
            ("forged.token", sign(&TestKey::generate(Algorithm::EdDSA).unwrap(), &good)),
        ]
    }

    /// The folder with configurations and tokens.
    fn world() -> &'static Path {
        static ONCE: OnceLock<PathBuf> = OnceLock::new();
        ONCE.get_or_init(|| {
            let folder = scratch().join("world");
            fs::create_dir_all(&folder).unwrap();
            let key = TestKey::generate(Algorithm::EdDSA).unwrap();
            for (name, text) in configurations(&key).into_iter().chain(tokens(&key)) {
                fs::write(folder.join(name), text).unwrap();
            }
            folder
        })
    }

    /// Compiles a program against the header, and says where it is. What to link with comes last.
    fn compile(compiler: &str, source: &str, standard: &str, kind: &str, flags: &[&str], link: &[&str]) -> PathBuf {
        let program = scratch().join(format!("{}-{standard}-{kind}", source.replace('.', "-")));
        let mut command = Command::new(compiler);
        command.arg(format!("-std={standard}")).args(WARNINGS).args(flags).arg("-I").arg(root().join("include"));
        command.arg(root().join("tests/c").join(source)).arg("-o").arg(&program).args(link);
        silent(&mut command);
        program
    }

    /// With the shared library of the tests.
    fn compile_shared(compiler: &str, source: &str, standard: &str, kind: &str, flags: &[&str]) -> PathBuf {
        let folder = libraries().0.to_str().unwrap();
        let (search, path) = (format!("-L{folder}"), format!("-Wl,-rpath,{folder}"));
        compile(compiler, source, standard, kind, flags, &[&search, &path, "-ldoorward", "-pthread"])
    }

    fn program(path: &Path) -> Command {
        let mut command = Command::new(path);
        // Cargo names its own target folder there, which comes before what the program was linked with.
        command.env_remove("LD_LIBRARY_PATH");
        command.arg(world());
        command
    }

    #[test]
    fn programs_pass_in_each_standard() {
        for standard in STANDARDS {
            for name in PROGRAMS {
                silent(&mut program(&compile_shared("cc", &format!("{name}.c"), standard, "plain", &["-O2"])));
            }
        }
        if has("c++") {
            silent(&mut program(&compile_shared("c++", "cpp.cpp", "c++17", "plain", &["-O2"])));
        }
    }

    /// The example for hosts in C: what it says of a token that is good, and of one that is not.
    #[test]
    fn the_example_verifies() {
        let (program, folder) = (scratch().join("example"), libraries().0.to_str().unwrap());
        let mut cc = Command::new("cc");
        cc.arg("-std=c11").args(WARNINGS).arg("-I").arg(root().join("include"));
        cc.arg(root().join("../../examples/c/verify.c")).arg("-o").arg(&program);
        silent(cc.args([&format!("-L{folder}"), &format!("-Wl,-rpath,{folder}"), "-ldoorward"]));
        let verify = |token: &str| {
            let mut command = Command::new(&program);
            command.env_remove("LD_LIBRARY_PATH").arg(world().join("config.json")).arg("workflow-rest");
            text(&run(command.stdin(fs::File::open(world().join(token)).unwrap())))
        };
        assert_eq!(verify("good.token"), "200, it is AAD:alice\n");
        let denied = verify("expired.token");
        assert!(denied.starts_with("401, 3010 the token has expired\nWWW-Authenticate: Bearer realm="), "{denied}");
    }

    #[test]
    fn programs_pass_with_sanitizers() {
        let control = run(&mut program(&compile_shared("cc", "control.c", "c11", "sanitized", SANITIZERS)));
        assert!(!control.status.success() && text(&control).contains("heap-use-after-free"), "{}", text(&control));
        for name in PROGRAMS {
            silent(&mut program(&compile_shared("cc", &format!("{name}.c"), "c11", "sanitized", SANITIZERS)));
        }
        if has("c++") {
            silent(&mut program(&compile_shared("c++", "cpp.cpp", "c++17", "sanitized", SANITIZERS)));
        }
    }

    /// What is lost for sure is an error. The library's state of the process is held by pointers into blocks, which
    /// valgrind takes for lost perhaps: that it does not grow is the test below.
    fn valgrind(options: &[&str], path: &Path, times: &str) -> Command {
        let mut command = Command::new("valgrind");
        command.env_remove("LD_LIBRARY_PATH").args(["--error-exitcode=9", "--leak-check=full"]).args(options);
        command.args(["--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"]);
        command.arg(path).arg(world()).arg(times);
        command
    }

    /// Whether a program is there that not every machine has.
    fn has(program: &str) -> bool {
        let has = Command::new(program).arg("--version").output().is_ok();
        if !has {
            println!("skipped: there is no {program}");
        }
        has
    }

    fn compile_watched(name: &str) -> PathBuf {
        compile_shared("cc", &format!("{name}.c"), "c11", "watched", &["-O1"])
    }

    #[test]
    fn programs_pass_under_valgrind() {
        if !has("valgrind") {
            return;
        }
        let control = run(&mut valgrind(&["--quiet"], &compile_watched("control"), "1"));
        assert!(control.status.code() == Some(9) && text(&control).contains("Invalid read"), "{}", text(&control));
        for name in PROGRAMS {
            // A child keeps what it has of its parent's threads for ever, on purpose: it must not touch them.
            let leaks = if *name == "fork" { "--leak-check=no" } else { "--leak-check=full" };
            silent(&mut valgrind(&["--quiet", leaks], &compile_watched(name), TIMES_WITH_VALGRIND));
        }
        if has("c++") {
            let program = compile_shared("c++", "cpp.cpp", "c++17", "watched", &["-O1"]);
            silent(&mut valgrind(&["--quiet"], &program, "1"));
        }
    }

    /// The bytes and blocks that are not freed where `memory.c` has done its work so often.
    fn left_of(times: &str) -> String {
        let output = run(&mut valgrind(&[], &compile_watched("memory"), times));
        let text = text(&output);
        assert!(output.status.success(), "{text}");
        text.split("in use at exit: ").nth(1).and_then(|rest| rest.lines().next()).unwrap().to_owned()
    }

    #[test]
    fn what_is_freed_is_gone() {
        if has("valgrind") {
            assert_eq!(left_of("2"), left_of("12"), "after two times (left) and twelve (right)");
        }
    }

    #[test]
    fn the_static_library_links() {
        let library = libraries().1.join("libdoorward.a");
        let link: Vec<_> = [library.to_str().unwrap()].iter().chain(STATIC_LINK_FLAGS).copied().collect();
        for source in ["verdict.c", "verifier.c", "fork.c"] {
            silent(&mut program(&compile("cc", source, "c11", "static", &["-O2"], &link)));
        }
        if has("c++") {
            silent(&mut program(&compile("c++", "cpp.cpp", "c++17", "static", &["-O2"], &link)));
        }
    }

    /// What the released library exports.
    fn exports() -> BTreeSet<String> {
        let library = libraries().1.join("libdoorward.so");
        let output = run(Command::new("nm").args(["--dynamic", "--defined-only", "--format=posix"]).arg(library));
        assert!(output.status.success(), "{}", text(&output));
        text(&output).lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    }

    /// The functions that the header declares. Only its comments speak of other things with parentheses.
    fn declarations() -> BTreeSet<String> {
        let header = fs::read_to_string(root().join("include/doorward.h")).unwrap();
        let code: String = header
            .split("/*")
            .enumerate()
            .map(|(at, part)| match part.split_once("*/") {
                Some((_, code)) => code,
                None if at == 0 => part,
                None => panic!("a comment without an end"),
            })
            .collect();
        let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let names = code.split('(').map(|before| before.rsplit(|character| !is_name(character)).next().unwrap());
        names.filter(|name| name.starts_with("doorward_")).map(str::to_owned).collect()
    }

    #[test]
    fn the_library_exports_what_the_header_declares() {
        let listed = fs::read_to_string(root().join("tests/c/symbols.txt")).unwrap();
        let lines: Vec<_> = listed.lines().map(str::to_owned).collect();
        let listed: BTreeSet<_> = lines.iter().cloned().collect();
        assert!(lines.is_sorted() && lines.len() == listed.len(), "symbols.txt is sorted, and each stands once");
        assert!(listed.len() > 40, "{listed:?}");
        assert_eq!(declarations(), listed, "the header (left) and tests/c/symbols.txt (right)");
        assert_eq!(exports(), listed, "libdoorward.so (left) and tests/c/symbols.txt (right)");
    }
}
