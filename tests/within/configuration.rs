//! Every kind of mistake in a configuration gives one clear sentence with the place in it, and a
//! bad configuration never replaces a good one.

use doorward::{Clock, Code, Config, Request, Verifier};
use doorward_testkit::*;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistakes {
    good: String,
    mistake: Vec<Mistake>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    name: String,
    change: Option<String>,
    replace: Option<[String; 2]>,
    keys: Option<Vec<String>>,
    only_with: Option<String>,
    code: String,
    path: String,
    words: Vec<String>,
}

impl Mistake {
    /// The text of the configuration that has this mistake.
    fn text(&self, good: &str) -> String {
        match &self.replace {
            Some([all, text]) if all == "*" => return text.clone(),
            Some([from, to]) => {
                assert_eq!(good.matches(from.as_str()).count(), 1, "{}: what is replaced stands there once", self.name);
                return good.replace(from.as_str(), to);
            }
            None => {}
        }
        let mut document: Value = serde_json::from_str(good).unwrap();
        if let Some(change) = &self.change {
            merge(&mut document, serde_json::from_str(change).unwrap_or_else(|error| panic!("{}: {error}", self.name)));
        }
        if let Some(keys) = &self.keys {
            document["issuers"]["main"]["jwks"]["keys"] = keys.iter().map(|name| key(name)).collect();
        }
        document.to_string()
    }

    fn applies(&self) -> bool {
        match self.only_with.as_deref() {
            None => true,
            Some("ring") => doorward::internal::IS_RING,
            Some(other) => panic!("{}: {other}", self.name),
        }
    }
}

/// A JSON merge patch (RFC 7396): null takes away, objects are merged, all else is replaced.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(&name);
        } else {
            merge(&mut target[name], value);
        }
    }
}

/// The keys that the mistakes name.
fn key(name: &str) -> Value {
    // The key of RFC 8037 appendix A, and the point of RFC 7517 appendix A.1.
    const ED25519: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    const X: &str = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
    let good = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "key-1", "x": ED25519 });
    match name {
        "good" | "same-kid" => good,
        "private" => {
            let mut private = good;
            private["d"] = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A".into();
            private
        }
        "for-encryption" => {
            let mut other = good;
            other["use"] = "enc".into();
            other
        }
        // Ones throughout: an odd number of 1024 bits.
        "rsa-1024" => json!({ "kty": "RSA", "n": format!("{}w", "_".repeat(170)), "e": "AQAB" }),
        "short-secret" => json!({ "kty": "oct", "k": "A".repeat(41) + "A" }),
        "off-curve" => json!({ "kty": "EC", "crv": "P-256", "x": X, "y": X }),
        "p-521" => json!({ "kty": "EC", "crv": "P-521", "x": "A".repeat(88), "y": "A".repeat(88) }),
        other => panic!("there is no key {other}"),
    }
}

fn mistakes() -> Mistakes {
    toml::from_str(include_str!("configuration.toml")).unwrap()
}

/// A folder with the files that the mistakes name, written anew by each test that asks for it.
fn folder(test: &str) -> PathBuf {
    // The private key of RFC 8410 section 10.3, and its public half of section 10.1.
    const PRIVATE: &str = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
    const PUBLIC: &str = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";
    let pem = |label: &str, base64: &str| format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n");
    let set = |name| json!({ "keys": [key(name)] }).to_string();
    let folder = doorward_testkit::scratch().join(test);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in [
        ("words.txt", "{\nthese are words".to_owned()),
        ("good.jwks.json", set("good")),
        ("weak.jwks.json", set("rsa-1024")),
        ("one-key.json", key("good").to_string()),
        ("large.json", format!("{}{}", set("good"), " ".repeat(512 * 1024))),
        ("private.pem", pem("PRIVATE KEY", PRIVATE)),
        ("public.pem", pem("PUBLIC KEY", PUBLIC)),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    folder
}

/// What is wrong with what is said about a mistake.
fn faults_of(mistake: &Mistake, good: &str, base: &Path) -> Vec<String> {
    let error = match Verifier::open(&Config::from_json(mistake.text(good)).relative_to(base)) {
        Ok(_) => return vec!["it opens".to_owned()],
        Err(error) => error,
    };
    let sentence = error.to_string();
    if std::env::var_os("SHOW_SENTENCES").is_some() {
        println!("{:<55} {sentence}", mistake.name);
    }
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: String| {
        if !holds {
            faults.push(format!("{what}, but it says: {} {sentence}", error.code().name()));
        }
    };
    must(error.code().name() == mistake.code, format!("the code is {}", mistake.code));
    must(error.path() == mistake.path, format!("the path is {:?}", mistake.path));
    for word in &mistake.words {
        must(error.message().contains(word.as_str()), format!("it says {word:?}"));
    }
    must(sentence.starts_with(error.path()), "it begins with the path".to_owned());
    must(sentence.chars().count() <= 250 && !sentence.contains('\n'), "it is one short line".to_owned());
    for word in ["invalid type", "struct", "sequence", "variant", "`", "data did not match", "EOF", "byte ", "hunter2"]
    {
        must(!sentence.contains(word), format!("it has no {word:?}"));
    }
    faults
}

#[test]
fn each_mistake_gives_one_sentence_with_its_place() {
    let base = folder("mistakes");
    let Mistakes { good, mistake } = mistakes();
    let mut faults = Vec::new();
    for mistake in mistake.iter().filter(|mistake| mistake.applies()) {
        let found = faults_of(mistake, &good, &base);
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", mistake.name)));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn what_the_mistakes_start_from_is_good() {
    let good = mistakes().good;
    assert_eq!(Verifier::check(&Config::from_json(good.as_str())), Ok(vec![]));
    let with_byte_order_mark = format!("\u{feff}{good}");
    assert_eq!(Verifier::check(&Config::from_json(with_byte_order_mark)), Ok(vec![]));
}

#[test]
fn what_is_right_beside_a_mistake_opens() {
    let base = folder("right");
    let good: Value = serde_json::from_str(&mistakes().good).unwrap();
    for change in [
        json!({ "clock_skew": "300s" }),
        json!({ "clock_skew": "5m" }),
        json!({ "clock_skew": "0s" }),
        json!({ "apis": { "workflow-rest": { "scopes": [] } } }),
        json!({ "apis": { "workflow-rest": { "claims": [{ "claim": ["a.b", "c"], "any_of": ["x", 1, true] }] } } }),
        json!({ "apis": { "off": {} } }),
        json!({ "issuers": { "main": { "jwks": null, "jwks_file": "good.jwks.json" } } }),
        json!({ "issuers": { "main": { "jwks": null, "pem_file": "public.pem", "key_id": "key-1" } } }),
        json!({ "$schema": "doorward.schema.json" }),
        json!({ "apis": { "workflow-rest": { "paths": ["/", "/Api/v1.0_x~y-z", "/.hidden", "/a..b"] } } }),
        json!({ "apis": { "workflow-rest": { "paths": ["/a"] }, "x": { "paths": ["/a/b", "/ab", "/b"] } } }),
        json!({ "apis": { "workflow-rest": { "paths": [] } } }),
        // Names are enough where no tenant, or one, has the label, by however many issuers.
        with_users(json!({ "issuer": "urn:other", "algorithms": ["RS256"], "jwks_url": "https://other.example/keys" })),
        json!({
            "issuers": {
                "v1": { "audiences": ["x"], "entra": { "tenant": TENANT, "versions": ["v1"] } },
                "v2": { "audiences": ["x"], "entra": { "tenant": TENANT, "versions": ["v2"] } },
            },
            "user_managers": { "B": { "issuers": ["v1", "v2"] } },
            "apis": { "workflow-rest": { "administrators": ["B:alice"] } },
        }),
        // The tenants of a user manager may be those of several issuers.
        json!({
            "issuers": {
                "a": { "audiences": ["x"], "entra": { "tenant": TENANT } },
                "b": { "audiences": ["x"], "entra": { "tenant": [OTHER_TENANT, "0d9c8b7a-6f5e-4d3c-8b2a-1f0e9d8c7b6a"] } },
            },
            "user_managers": {
                "B": { "issuers": ["a", "b"], "tenants": [TENANT.to_uppercase(), OTHER_TENANT] },
                "C": { "issuers": ["b"] },
            },
            "apis": { "workflow-rest": { "administrators": [format!("C:{TENANT}/{OTHER_TENANT}")] } },
        }),
    ] {
        let mut document = good.clone();
        merge(&mut document, change.clone());
        let opened = Verifier::open(&Config::from_json(document.to_string()).relative_to(&base));
        assert!(opened.is_ok(), "{change} {opened:?}");
    }
}

const TENANT: &str = "5f3c8e7a-1d2b-4c6d-9e8f-0a1b2c3d4e5f";
const OTHER_TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

/// A second issuer whose users have the label of the first, and an administrator of it.
fn with_users(mut issuer: Value) -> Value {
    issuer["audiences"] = json!(["x"]);
    json!({
        "issuers": { "other": issuer },
        "user_managers": { "AAD": { "issuers": ["main", "other"] } },
        "apis": { "workflow-rest": { "administrators": ["AAD:alice"] } },
    })
}

#[test]
fn a_file_that_can_not_be_read_is_named() {
    let folder = folder("unreadable");
    let error = Config::from_file(folder.join("nowhere.json")).unwrap_err();
    assert_eq!((error.code(), error.path()), (Code::FileUnreadable, ""));
    assert!(error.message().contains("nowhere.json"), "{error}");
    assert_eq!(Config::from_file(&folder).unwrap_err().code(), Code::FileUnreadable);
    std::fs::write(folder.join("latin.json"), b"{\"apis\": \"\xe9\"}").unwrap();
    let error = Config::from_file(folder.join("latin.json")).unwrap_err();
    assert_eq!(error.code(), Code::DocumentMalformed);
    assert!(error.message().contains("latin.json is not UTF-8"), "{error}");
}

#[test]
fn file_names_are_relative_to_the_configuration() {
    let folder = folder("relative");
    let mut document: Value = serde_json::from_str(&mistakes().good).unwrap();
    merge(&mut document, json!({ "issuers": { "main": { "jwks": null, "jwks_file": "good.jwks.json" } } }));
    std::fs::write(folder.join("doorward.json"), document.to_string()).unwrap();
    let config = Config::from_file(folder.join("doorward.json")).unwrap();
    assert_eq!(Verifier::check(&config), Ok(vec![]));
    std::fs::remove_file(folder.join("good.jwks.json")).unwrap();
    assert_eq!(Verifier::check(&config).unwrap_err().code(), Code::FileUnreadable);
}

#[test]
fn keys_that_are_left_out_and_passwords_that_nobody_checks_are_noted() {
    let mut document: Value = serde_json::from_str(&mistakes().good).unwrap();
    document["issuers"]["main"]["jwks"]["keys"] =
        json!([key("good"), { "kty": "oct", "kid": "other", "use": "enc" }, { "kty": "AKP" }]);
    document["apis"]["workflow-rest"]["accept"] = json!(["bearer", "basic"]);
    let tenant = "https://login.microsoftonline.com/5f3c8e7a-1d2b-4c6d-9e8f-0a1b2c3d4e5f/v2.0";
    document["issuers"]["tenant"] = json!({ "oidc": tenant, "audiences": ["x"], "algorithms": ["RS256"] });
    let notes = Verifier::check(&Config::from_json(document.to_string())).unwrap();
    let notes: Vec<_> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(
        notes,
        [
            "issuers.main.jwks.keys[1]: the key (kid \"other\") is not used: its use is not sig",
            "issuers.main.jwks.keys[2]: the key is not used: its kty is not RSA, EC, OKP or oct",
            "apis.workflow-rest.accept: basic is offered, but no user manager of the API checks passwords: each Basic request \
             is denied",
            "issuers.tenant: it is a tenant of Entra ID: only with \"entra\" are its tenant, its keys' issuers, guests and \
             applications looked at",
        ]
    );
}

#[test]
fn a_reload_takes_all_of_a_good_configuration_and_nothing_of_a_bad_one() {
    let algorithm = doorward::Algorithm::EdDSA;
    let (old, new) = (TestKey::generate(algorithm).unwrap(), TestKey::generate(algorithm).unwrap());
    let with_key = |key: &TestKey| configuration(&[key.jwk(KEY_ID)], &[algorithm]);
    let token = |key: &TestKey| sign(key, &header(key), &good_claims());
    let codes = |verifier: &Verifier| [&old, &new].map(|key| verify(verifier, &token(key)).code());
    let verifier = open(&with_key(&old));
    assert_eq!(codes(&verifier), [Code::Ok, Code::SignatureInvalid]);

    let mut bad = with_key(&new);
    bad["apis"]["api"]["scopes"] = json!(["a", "b c"]);
    let error = verifier.reload(&Config::from_json(bad.to_string())).unwrap_err();
    assert_eq!(error.path(), "apis.api.scopes[1]");
    assert_eq!(codes(&verifier), [Code::Ok, Code::SignatureInvalid]);

    verifier.reload(&Config::from_json(with_key(&new).to_string())).unwrap();
    assert_eq!(codes(&verifier), [Code::SignatureInvalid, Code::Ok]);
}

#[test]
fn many_issuers_open_with_allocations_that_grow_with_their_number() {
    let opened = |count: usize| {
        let config = Config::from_json(many_issuers(count).to_string());
        let mut verifier = None;
        let allocated = allocation_counter::measure(|| {
            verifier = Some(Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap());
        });
        let verifier = verifier.unwrap();
        let verdict = verifier.verify(&Request::new("api-0").authorization(b"Bearer a.b.c"));
        assert_eq!(verdict.code(), Code::TokenMalformed);
        allocated.count_total
    };
    opened(10);
    let (few, many) = (opened(1_000), opened(10_000));
    assert!(few > 1_000 && many < few * 11, "ten times the issuers allocate {many} times, a tenth of them {few} times");
}

/// As many issuers, user managers and APIs as `count` says.
fn many_issuers(count: usize) -> Value {
    let name = |prefix: &str, index: usize| format!("{prefix}-{index}");
    let object = |prefix: &str, value: &dyn Fn(usize) -> Value| -> Value {
        (0..count).map(|index| (name(prefix, index), value(index))).collect::<serde_json::Map<_, _>>().into()
    };
    json!({
        "issuers": object("issuer", &|index| json!({
            "issuer": format!("https://issuer.example/{index}"), "audiences": [AUDIENCE], "algorithms": ["EdDSA"],
            "jwks": { "keys": [key("good")] }
        })),
        "user_managers": object("manager", &|index| json!({ "issuers": [name("issuer", index)] })),
        "apis": object("api", &|index| json!({
            "enabled": true, "accept": ["bearer"], "user_managers": [name("manager", index)], "scopes": []
        })),
    })
}
