//! The house keeps its layers: imports go only downward, and each rule of the layout can be broken
//! only by changing this file, with a reason.
//!
//! It reads the sources as tokens, so comments, strings and doc examples count for nothing.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The rooms of the library, lowest first: the layer, and the rooms that share a step of it. A
/// room may name the rooms of the steps above it in this table; never one beside or below itself.
const STEPS: &[(u8, &[&str])] = &[
    (0, &["birth", "code", "clock", "limits", "mark", "retire", "secret", "signals"]),
    (0, &["shards"]),
    (1, &["parse"]),
    (2, &["crypto"]),
    (2, &["entra", "http"]),
    (3, &["keys", "policy", "denylist", "basic"]),
    (4, &["config", "request"]),
    (4, &["decide"]),
    (4, &["verdict", "observe"]),
    (4, &["verifier"]),
    (4, &["explain", "internal"]),
];

/// What keeps the rules. `src/model.rs` is no room: it is a second root, for the tests of every order of threads.
const FOLDERS: &[&str] = &["src", "cli/src", "testkey/src"];

/// The layer of the binary: it may name only what the library shows to everybody.
const BINARY: &str = "cli/src/";

/// Who may name a room beside its own.
const SIDEWAYS: &[(&str, &str, &str)] = &[
    ("src/policy/compile.rs", "keys", "a compiled policy comes with the sources of its keys"),
    ("src/policy/compile_entra.rs", "keys", "the tenants of Entra ID say where their keys come from"),
    ("src/policy/directory/entra_password.rs", "basic", "the configuration says how a directory is asked"),
    ("src/policy/directory/ldap.rs", "basic", "the configuration says how a directory is asked"),
    ("src/policy/directory/mod.rs", "basic", "the configuration says who checks passwords"),
    ("src/policy/directory/passwords.rs", "basic", "the configuration says what is remembered of passwords"),
    ("src/policy/directory/windows.rs", "basic", "the configuration says how a directory is asked"),
    ("src/policy/source.rs", "keys", "the policy says where the keys of an issuer come from"),
];

const CRYPTOGRAPHY: [&str; 3] = ["aws_lc_rs", "ring", "curve25519_dalek"];

/// Who may name a cryptography library, beside `src/crypto/`.
const SIGNERS: &[(&str, &str)] =
    &[("testkey/src/lib.rs", "it signs tokens to try things out; the library itself never signs")];

/// Lines of a file, its tests not counted.
const FILE_LINES: usize = 500;

/// A source file as its tokens.
struct Source {
    /// From the root of the package, with `/` between.
    path: String,
    tokens: Vec<Token>,
    /// The index of the first token of the module of unit tests, or the end.
    tests: usize,
}

struct Token {
    text: String,
    line: usize,
}

impl Source {
    fn parse(path: &str, text: &str) -> Self {
        let stream: TokenStream = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        tokens.push(Token { text: String::new(), line: text.lines().count() + 1 });
        let is_test = |at: usize| matches(&tokens[at..], &["#", "[", "cfg", "(", "test", ")", "]", "mod"]);
        let end = tokens.len() - 1;
        let tests = (0..tokens.len()).find(|at| is_test(*at)).unwrap_or(end);
        // A module of unit tests may have a file of its own, which another one names as such.
        let tests = if path.ends_with("/tests.rs") || path.contains("/tests/") { 0 } else { tests };
        Self { path: path.to_owned(), tokens, tests }
    }

    /// The room, or nothing for `src/lib.rs`.
    fn room(&self) -> Option<&str> {
        let room = self.path.strip_prefix("src/")?.split('/').next()?;
        Some(room.strip_suffix(".rs").unwrap_or(room)).filter(|room| *room != "lib")
    }

    /// How many modules the file is away from the root of the crate.
    fn depth(&self) -> usize {
        let path = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        path.matches('/').count()
    }

    fn is_binary(&self) -> bool {
        self.path.starts_with(BINARY)
    }

    fn fault(&self, at: usize, what: &str) -> String {
        format!("{}:{}: {what}", self.path, self.tokens[at].line)
    }

    fn find<'a, const N: usize>(&'a self, wanted: [&'a str; N]) -> impl Iterator<Item = usize> + 'a {
        (0..self.tokens.len()).filter(move |at| matches(&self.tokens[*at..], &wanted))
    }

    /// The names that follow a path's beginning at `at`: one, or those of a group in braces.
    fn names_at(&self, at: usize) -> Vec<(usize, &str)> {
        if self.tokens[at].text != "{" {
            return vec![(at, &self.tokens[at].text)];
        }
        let mut names = vec![(at + 1, self.tokens[at + 1].text.as_str())];
        let mut depth = 1;
        for index in at + 1.. {
            match self.tokens[index].text.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                "," if depth == 1 => names.push((index + 1, &self.tokens[index + 1].text)),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        names.retain(|(_, name)| *name != "}");
        names
    }

    /// Every name of the crate's root that the file uses, by `crate::` or by enough `super::`.
    fn root_names(&self) -> Vec<(usize, &str)> {
        let from_crate = self.find(["crate", ":", ":"]).map(|at| at + 3);
        let by_super = self.find(["super", ":", ":"]).filter_map(|at| {
            let is_first = at < 3 || self.tokens[at - 3].text != "super";
            let count = (0..).take_while(|step| self.text(at + 3 * step) == "super").count();
            let depth = self.depth() + usize::from(at >= self.tests);
            (is_first && count >= depth).then_some(at + 3 * count)
        });
        from_crate.chain(by_super).flat_map(|at| self.names_at(at)).collect()
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.text)
    }
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    for tree in stream {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(Token { text: open.to_owned(), line });
                flatten(group.stream(), tokens);
                tokens.push(Token { text: close.to_owned(), line: group.span_close().start().line });
            }
            // A literal is no name, whatever it holds.
            TokenTree::Literal(_) => tokens.push(Token { text: "\"".to_owned(), line }),
            other => tokens.push(Token { text: other.to_string(), line }),
        }
    }
}

fn matches(tokens: &[Token], wanted: &[&str]) -> bool {
    tokens.len() >= wanted.len() && wanted.iter().zip(tokens).all(|(wanted, token)| token.text == *wanted)
}

fn step_of(room: &str) -> Option<usize> {
    STEPS.iter().position(|(_, rooms)| rooms.contains(&room))
}

type Faults = Vec<String>;

/// Where the public names of `src/lib.rs` come from: `pub use room::{Name, …}`.
type Exports = BTreeMap<String, String>;

fn exports(library: &Source) -> Exports {
    let mut exports = Exports::new();
    for at in library.find(["pub", "use"]) {
        let room = library.text(at + 2);
        for (_, name) in library.names_at(at + 5) {
            exports.insert(name.to_owned(), room.to_owned());
        }
    }
    exports
}

/// Imports go only downward.
fn imports(source: &Source, exports: &Exports) -> Faults {
    let Some(room) = source.room().filter(|_| !source.is_binary()) else { return Faults::new() };
    let Some(step) = step_of(room) else {
        return vec![format!("{}: the room {room} is not in the table of layers", source.path)];
    };
    let mut faults = Faults::new();
    for (at, name) in source.root_names() {
        let named = exports.get(name).map_or(name, String::as_str);
        let excepted = SIDEWAYS.iter().any(|(path, room, _)| *path == source.path && *room == named);
        match step_of(named) {
            _ if named == room || excepted => {}
            Some(below) if below < step => {}
            Some(_) => faults.push(source.fault(at, &format!("{room} names {named}, which is not below it"))),
            None => {
                faults.push(source.fault(at, &format!("{room} names {named}, which is not in the table of layers")))
            }
        }
    }
    faults
}

/// The binary stands on the public interface alone.
fn binary(source: &Source) -> Faults {
    let private = source.find(["doorward", ":", ":", "internal"]);
    let included = source.find(["#", "[", "path"]);
    let private = private.filter(|_| source.is_binary()).map(|at| source.fault(at, "it is not part of the interface"));
    private.chain(included.map(|at| source.fault(at, "a file belongs to one module"))).collect()
}

/// Only one room names a cryptography library.
fn cryptography(source: &Source) -> Faults {
    let excepted = SIGNERS.iter().any(|(path, _)| *path == source.path);
    if excepted || source.path.starts_with("src/crypto/") {
        return Faults::new();
    }
    let named = |at: &usize| CRYPTOGRAPHY.contains(&source.text(*at));
    (0..source.tokens.len())
        .filter(named)
        .map(|at| source.fault(at, &format!("{} is for src/crypto/ alone", source.text(at))))
        .collect()
}

/// No unsafe code, and a library that says so to the compiler.
fn no_unsafe(source: &Source) -> Faults {
    let mut faults: Faults = source.find(["unsafe"]).map(|at| source.fault(at, "unsafe code")).collect();
    let forbidden = source.find(["#", "!", "[", "forbid", "(", "unsafe_code", ")", "]"]).next().is_some();
    if source.path == "src/lib.rs" && !forbidden {
        faults.push(format!("{}: #![forbid(unsafe_code)] is gone", source.path));
    }
    faults
}

/// What a caller sends makes nothing panic. The binary is no library, and its `main` may give up.
fn no_panic(source: &Source) -> Faults {
    if source.is_binary() {
        return Faults::new();
    }
    let methods = ["unwrap", "expect"].into_iter().flat_map(|method| source.find([".", method, "("]));
    let macros = ["panic", "unreachable", "todo", "unimplemented"];
    let macros = macros.into_iter().flat_map(|name| source.find([name, "!", "("]));
    methods.chain(macros).filter(|at| *at < source.tests).map(|at| source.fault(at, "it can panic")).collect()
}

/// A file stays small enough to be read at once.
fn size(source: &Source) -> Faults {
    let lines = source.tokens[source.tests].line - 1;
    if lines > FILE_LINES {
        vec![format!("{}: {lines} lines before the tests; split it", source.path)]
    } else {
        Faults::new()
    }
}

/// Every maximum stands in one file, with its reason. The binary's widths and the like protect nothing.
fn maxima(source: &Source) -> Faults {
    if source.is_binary() {
        return Faults::new();
    }
    const WORDS: [&str; 13] = [
        "MAX", "MIN", "MAXIMUM", "MINIMUM", "LIMIT", "END", "BYTES", "BITS", "DEPTH", "MEMBERS", "KEYS", "SECONDS",
        "NAMES",
    ];
    const INTEGERS: [&str; 9] = ["usize", "u8", "u16", "u32", "u64", "i32", "i64", "Duration", "NonZeroUsize"];
    let is_home = source.path == "src/limits.rs";
    let constants = source.find(["const"]).filter(|at| source.text(at + 2) == ":" && *at < source.tests);
    let mut faults = Faults::new();
    for at in constants {
        let (name, kind) = (source.text(at + 1), source.text(at + 3));
        let is_maximum = name.split('_').any(|word| WORDS.contains(&word)) && INTEGERS.contains(&kind);
        let is_documented = at >= 3 && source.text(at - 2) == "]" && source.text(at - 3) == "\"";
        if is_home && !is_documented {
            faults.push(source.fault(at, &format!("{name} has no reason above it")));
        } else if !is_home && is_maximum {
            faults.push(source.fault(at, &format!("{name} belongs into src/limits.rs")));
        }
    }
    faults
}

fn all_faults(sources: &[Source]) -> Faults {
    let library = sources.iter().find(|source| source.path == "src/lib.rs").expect("the library has a root");
    let exports = exports(library);
    let checks = [binary, cryptography, no_unsafe, no_panic, size, maxima];
    let each = |source| checks.iter().flat_map(move |check| check(source));
    sources.iter().flat_map(|source| imports(source, &exports).into_iter().chain(each(source))).collect()
}

fn files_of(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_of(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let root = doorward_testkit::root();
    let mut files = Vec::new();
    FOLDERS.iter().for_each(|folder| files_of(&root.join(folder), &mut files));
    files.retain(|file| !file.ends_with("src/model.rs"));
    let read = |file: &PathBuf| {
        let path = file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        Source::parse(&path, &std::fs::read_to_string(file).unwrap())
    };
    files.iter().map(read).collect()
}

#[test]
fn the_sources_keep_every_rule_of_the_house() {
    let faults = all_faults(&sources());
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_table_of_layers_names_only_rooms_that_exist() {
    let sources = sources();
    for room in STEPS.iter().flat_map(|(_, rooms)| *rooms) {
        assert!(sources.iter().any(|source| source.room() == Some(room)), "{room}");
    }
    let exceptions = SIDEWAYS.iter().map(|(path, _, _)| path).chain(SIGNERS.iter().map(|(path, _)| path));
    for path in exceptions {
        assert!(sources.iter().any(|source| source.path == *path), "{path}");
    }
    assert!(STEPS.is_sorted_by_key(|(layer, _)| layer));
}

/// A made-up file, and a piece of what must be said of it.
const BROKEN: &[(&str, &str, &str)] = &[
    ("src/parse/jws.rs", "use crate::policy::Api;", "parse names policy, which is not below it"),
    ("src/parse/jws.rs", "use crate::crypto::Algorithm;", "parse names crypto"),
    ("src/code.rs", "use crate::{\n limits, verdict::{Denial, Identity}};", "src/code.rs:2: code names limits"),
    ("src/code.rs", "use crate::{limits, verdict::{Denial, Identity}};", "code names verdict"),
    ("src/keys/set.rs", "fn f() { crate::policy::read(\"\"); }", "keys names policy"),
    ("src/keys/set.rs", "fn f() { format!(\"{}\", crate::policy::ID); }", "keys names policy"),
    ("src/policy/check.rs", "use crate::keys::Source;", "policy names keys"),
    ("src/policy/compile.rs", "use crate::decide::State;", "policy names decide"),
    ("src/policy/compile.rs", "use super::super::verdict::Verdict;", "policy names verdict"),
    ("src/policy/mod.rs", "use super::verdict::Verdict;", "policy names verdict"),
    ("src/clock.rs", "use super::code::Code;", "clock names code"),
    ("src/clock.rs", "#[cfg(test)] mod tests { use super::super::parse::Fault; }", "clock names parse"),
    ("src/decide.rs", "use crate::verdict::Verdict;", "decide names verdict"),
    ("src/verdict/mod.rs", "use crate::Verifier;", "verdict names verifier"),
    ("src/request.rs", "use crate::config::Config;", "request names config"),
    ("src/request.rs", "use crate::nowhere::Thing;", "nowhere, which is not in the table"),
    ("src/cellar/mod.rs", "", "the room cellar is not in the table"),
    ("cli/src/main.rs", "use doorward::internal::token;", "not part of the interface"),
    ("cli/src/main.rs", "#[path = \"../../src/parse/jws.rs\"] mod jws;", "belongs to one module"),
    ("src/keys/set.rs", "use aws_lc_rs::digest;", "aws_lc_rs is for src/crypto/ alone"),
    ("src/keys/set.rs", "fn f() { ring::digest::digest(); }", "ring is for"),
    ("cli/src/main.rs", "use curve25519_dalek as dalek;", "curve25519_dalek is for"),
    ("src/secret.rs", "fn f() { unsafe { g() } }", "unsafe code"),
    ("cli/src/main.rs", "unsafe fn f() {}", "unsafe code"),
    ("src/lib.rs", "//! #![forbid(unsafe_code)]", "is gone"),
    ("src/secret.rs", "fn f() { g()\n.unwrap(); }", "src/secret.rs:2: it can panic"),
    ("src/secret.rs", "fn f() { g().expect(\"it is there\"); }", "it can panic"),
    ("src/secret.rs", "fn f() { unreachable!() }", "it can panic"),
    ("src/secret.rs", "const KEY_BYTES: usize = 7;", "KEY_BYTES belongs into src/limits.rs"),
    ("src/secret.rs", "impl S { pub(crate) const MAX_WAITERS: u32 = 7; }", "MAX_WAITERS belongs"),
    ("src/limits.rs", "/// Why.\npub const A: usize = 1;\npub const B: usize = 2;", "src/limits.rs:3: B has no reason"),
];

#[test]
fn each_rule_can_fail() {
    let library = Source::parse("src/lib.rs", "#![forbid(unsafe_code)] pub use verifier::{Note, Verifier};");
    let exports = exports(&library);
    let checks = [binary, cryptography, no_unsafe, no_panic, size, maxima];
    for (path, text, expected) in BROKEN {
        let source = Source::parse(path, text);
        let mut faults = imports(&source, &exports);
        faults.extend(checks.iter().flat_map(|check| check(&source)));
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{path} {text}: {faults:?}");
    }
    let long = |lines: usize| Source::parse("src/secret.rs", &"fn f() {}\n".repeat(lines));
    assert_eq!(size(&long(FILE_LINES)), Faults::new());
    assert_eq!(size(&long(FILE_LINES + 1)), ["src/secret.rs: 501 lines before the tests; split it"]);
}

#[test]
fn what_keeps_the_rules_passes() {
    let library = Source::parse("src/lib.rs", "#![forbid(unsafe_code)] pub use code::Code;");
    let kept = [
        ("src/policy/compile.rs", "use crate::keys::Source; use super::error::ConfigError; use crate::Code;"),
        (
            "src/policy/check.rs",
            "/// `crate::verdict` says `.unwrap()` and unsafe.\nfn f() -> &'static str { \"ring\" }",
        ),
        ("src/policy/check.rs", "#[cfg(test)] mod tests { use super::*; fn f() { g().unwrap(); panic!(\"h\"); } }"),
        ("src/crypto/ring.rs", "use ring::hmac; use super::backend::Backend; const SALT: &str = \"\";"),
        ("cli/src/main.rs", "mod verify; use crate::verify::run; use doorward::Verifier;"),
        ("src/limits.rs", "/// Why.\npub const KEY_BYTES: usize = 1;"),
    ];
    let mut sources: Vec<Source> = kept.iter().map(|(path, text)| Source::parse(path, text)).collect();
    sources.push(library);
    assert_eq!(all_faults(&sources), Faults::new());
}
