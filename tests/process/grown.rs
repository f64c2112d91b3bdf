//! What grows with a configuration, and what must not: opening one that is eight times as large costs eight times as much, and a
//! request costs what it did.
//!
//! The tokens that are decided about to the end are signed by HMAC where they can be, so that a search is not lost beside what
//! a signature costs.

use crate::instructions::instructions;
use doorward::{Algorithm, Clock, Code, Config, Request, Verdict, Verifier};
use doorward_testkit::cases::expand::modulus;
use doorward_testkit::fetched::Signer;
use doorward_testkit::passwords::{self, UserFile, header};
use doorward_testkit::server::{Answer, Server};
use doorward_testkit::{AUDIENCE, KEY_ID, NOW, TestKey, configuration, good_claims, sign};
use serde_json::{Map, Value, json};

const FEW: usize = 40;
const TIMES: usize = 8;
const MANY: usize = FEW * TIMES;

/// Instructions that a request may cost more beside many: a hash may meet others, and no two signatures cost the same. To look
/// at each of so many takes forty thousand and more.
const MORE: i64 = 15_000;

/// A configuration, and requests.
struct Setting {
    configuration: Value,
    requests: Vec<Asked>,
    /// Credentials that are proved before.
    proved: Vec<String>,
}

/// A request for an API or a path, and what must come of it.
struct Asked {
    place: String,
    authorization: Option<String>,
    code: Code,
}

impl Asked {
    fn with(authorization: String, code: Code) -> Self {
        Self { place: "api".to_owned(), authorization: Some(authorization), code }
    }

    fn without(place: &str, code: Code) -> Self {
        Self { place: place.to_owned(), authorization: None, code }
    }

    fn decide(&self, verifier: &Verifier, verdict: &mut Verdict) -> Code {
        let place = self.place.as_str();
        let request = if place.starts_with('/') { Request::for_path(place.as_bytes()) } else { Request::new(place) };
        let value = self.authorization.iter();
        let request = value.fold(request, |request, value| request.authorization(value.as_bytes()));
        match verifier.verify_into(&request, verdict) {
            Code::Pending => verifier.resolve_into(&request, verdict),
            code => code,
        }
    }
}

/// Instructions of the opening, and of each request.
struct Costs {
    opening: i64,
    requests: Vec<i64>,
}

impl Costs {
    fn of(setting: &Setting) -> Self {
        let config = Config::from_json(setting.configuration.to_string()).without_thread();
        let (verifier, opening) = instructions(|| Verifier::open_with_clock(&config, Clock::fixed(NOW)).unwrap());
        verifier.poll();
        for value in &setting.proved {
            assert_eq!(passwords::decide(&verifier, value).code(), Code::Ok);
        }
        let mut verdict = Verdict::new();
        let cost = |asked: &Asked| {
            assert_eq!(asked.decide(&verifier, &mut verdict), asked.code, "{verdict:?}");
            instructions(|| asked.decide(&verifier, &mut verdict)).1
        };
        Self { opening, requests: setting.requests.iter().map(cost).collect() }
    }
}

fn compare(what: &str, more: i64, setting: impl Fn(usize) -> Setting) {
    let [few, many] = [FEW, MANY].map(|count| Costs::of(&setting(count)));
    let requests: Vec<_> = few.requests.iter().zip(&many.requests).collect();
    println!(
        "instructions for {FEW} and {MANY} {what}: opening {} and {}, requests {requests:?}",
        few.opening, many.opening
    );
    assert!(many.opening < few.opening * TIMES as i64, "{what}: opening");
    assert!(requests.iter().all(|(few, many)| *many - *few < more), "{what}: requests");
}

fn bearer(key: &TestKey, changes: &Value) -> String {
    let mut claims = good_claims();
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    format!("Bearer {}", sign(key, &json!({ "alg": key.algorithm().name(), "kid": KEY_ID }), &claims))
}

/// Each with a key, and listed by the API.
pub fn issuers() {
    let key = TestKey::generate(Algorithm::HS256).unwrap();
    let of = |number| format!("https://issuer.example/{}", id(number));
    compare("issuers", MORE, |count| {
        let mut configuration = configuration(&[key.jwk(KEY_ID)], &[Algorithm::HS256]);
        let template = configuration["issuers"]["main"].take();
        let issuer = |number| {
            let mut issuer = template.clone();
            issuer["issuer"] = json!(of(number));
            (id(number), issuer)
        };
        let issuers: Map<String, Value> = (0..count).map(issuer).collect();
        configuration["apis"]["api"]["issuers"] = issuers.keys().cloned().collect();
        configuration["issuers"] = issuers.into();
        let asked = |number, code| Asked::with(bearer(&key, &json!({ "iss": of(number) })), code);
        let requests = vec![asked(0, Code::Ok), asked(count - 1, Code::Ok), asked(count, Code::IssuerUnknown)];
        Setting { configuration, requests, proved: Vec::new() }
    });
}

/// An Entra ID of its own.
struct Entra {
    server: Server,
    signer: Signer,
}

impl Entra {
    fn start() -> Self {
        let (server, signer) = (Server::start(), Signer::new(KEY_ID));
        let (issuer, path, mut jwk) = (server.url("/{tenantid}/v2.0"), "/keys", signer.jwk());
        jwk["issuer"] = json!(issuer);
        server.set(path, Answer::json(json!({ "keys": [jwk] }).to_string()));
        let metadata = json!({ "issuer": issuer, "jwks_uri": server.url(path) });
        server.set("/common/v2.0/.well-known/openid-configuration", Answer::json(metadata.to_string()));
        Self { server, signer }
    }

    fn issuer(&self, tenant: Value) -> Value {
        let entra = json!({ "tenant": tenant, "authority": self.server.url(""), "metadata": "common" });
        json!({ "entra": entra, "audiences": [AUDIENCE], "algorithms": ["ES256"] })
    }

    fn asked(&self, number: usize, code: Code) -> Asked {
        let tenant = tenant(number);
        let claims = json!({
            "iss": self.server.url(&format!("/{tenant}/v2.0")), "tid": tenant, "ver": "2.0", "oid": tenant, "azp": tenant,
            "preferred_username": "bob", "scp": "read",
        });
        Asked::with(bearer(&self.signer.key, &claims), code)
    }

    /// The users of every second tenant are of another user manager, which the API does not take.
    fn setting(&self, issuers: Map<String, Value>, with_others: &[String], count: usize) -> Setting {
        let others: Vec<_> = (1..count).step_by(2).map(tenant).collect();
        let configuration = json!({
            "user_managers": {
                "AAD": { "issuers": issuers.keys().collect::<Vec<_>>() },
                "OTHERS": { "issuers": with_others, "tenants": others },
            },
            "apis": { "api": { "enabled": true, "accept": ["bearer"], "user_managers": ["AAD"], "scopes": ["read"] } },
            "issuers": issuers,
        });
        let requests = vec![
            self.asked(0, Code::Ok),
            self.asked(count - 2, Code::Ok),
            self.asked(count - 1, Code::UserManagerNotAllowed),
            self.asked(count, Code::IssuerUnknown),
        ];
        Setting { configuration, requests, proved: Vec::new() }
    }
}

/// As long as any other.
fn id(number: usize) -> String {
    format!("number-{number:04}")
}

fn tenant(number: usize) -> String {
    format!("{number:08x}-1d2b-4c6d-9e8f-0a1b2c3d4e5f")
}

pub fn tenants_of_one_issuer() {
    let entra = Entra::start();
    compare("tenants of one issuer", MORE, |count| {
        let (name, tenants) = ("all".to_owned(), (0..count).map(tenant).collect());
        let issuers = Map::from_iter([(name.clone(), entra.issuer(tenants))]);
        entra.setting(issuers, &[name], count)
    });
}

pub fn tenants_with_an_issuer_each() {
    let entra = Entra::start();
    let issuer = |number| (id(number), entra.issuer(json!(tenant(number))));
    compare("tenants with an issuer each", MORE, |count| {
        let with_others: Vec<_> = (1..count).step_by(2).map(id).collect();
        entra.setting((0..count).map(issuer).collect(), &with_others, count)
    });
}

fn with_apis(count: usize, requests: Vec<Asked>) -> Setting {
    let api = |number| {
        let api = json!({ "enabled": true, "accept": ["basic"], "paths": [format!("/api/{}", id(number))] });
        (id(number), api)
    };
    let apis: Map<String, Value> = (0..count).map(api).collect();
    Setting { configuration: json!({ "apis": apis }), requests, proved: Vec::new() }
}

pub fn apis() {
    compare("APIs", MORE, |count| {
        let asked = |number: usize, code| Asked::without(&id(number), code);
        let known = [0, count - 1].map(|number| asked(number, Code::CredentialsMissing));
        with_apis(count, known.into_iter().chain([asked(count, Code::ApiUnknown)]).collect())
    });
}

/// Sorted paths are halved until one is left: three times more often, where there are eight times as many.
pub fn paths() {
    compare("paths", 20_000 * 3, |count| {
        let asked = |number: usize, code| Asked::without(&format!("/api/{}/tasks", id(number)), code);
        let known = [0, count - 1].map(|number| asked(number, Code::CredentialsMissing));
        with_apis(count, known.into_iter().chain([asked(count, Code::PathUnknown)]).collect())
    });
}

/// Of tokens and of sessions.
pub fn denylist() {
    let (file, key) = (UserFile::new(""), TestKey::generate(Algorithm::HS256).unwrap());
    let kind = |number: usize| ["token_id", "session"][number % 2];
    let line = |number| format!("{}\n", json!({ kind(number): id(number), "until": NOW + 3600 }));
    compare("entries of a denylist", MORE, |count| {
        file.write(&(0..count).map(line).collect::<String>());
        let mut configuration = configuration(&[key.jwk(KEY_ID)], &[Algorithm::HS256]);
        configuration["denylist"] = json!({ "file": file.0.to_str().unwrap() });
        let asked = |token, session, code| Asked::with(bearer(&key, &json!({ "jti": token, "sid": session })), code);
        let requests = vec![
            asked(id(0), id(0), Code::TokenRevoked),
            asked(id(count), id(count - 1), Code::TokenRevoked),
            asked(id(count), id(count), Code::Ok),
        ];
        Setting { configuration, requests, proved: Vec::new() }
    });
}

/// A file of users whose passwords stand there in the clear, so that a search is not lost beside a hash.
fn with_users(file: &UserFile, count: usize, remembered: &str) -> Setting {
    let line = |number| format!("{0}:{0}\n", id(number));
    file.write(&(0..count).map(line).collect::<String>());
    let mut configuration = passwords::configuration(file);
    configuration["user_managers"]["SVC"]["danger_weak_hashes"] = json!(true);
    configuration["user_managers"]["SVC"]["passwords"]["remember"] = json!(remembered);
    let requests = vec![
        Asked::with(credentials_of(0), Code::Ok),
        Asked::with(credentials_of(count - 1), Code::Ok),
        Asked::with(header("nobody", "password"), Code::BasicRejected),
    ];
    Setting { configuration, requests, proved: Vec::new() }
}

fn credentials_of(number: usize) -> String {
    header(&id(number), &id(number))
}

pub fn users() {
    let file = UserFile::new("");
    compare("users of a file", MORE, |count| with_users(&file, count, "0s"));
}

pub fn credentials() {
    let file = UserFile::new("");
    compare("remembered credentials", MORE, |count| Setting {
        proved: (0..count).map(credentials_of).collect(),
        ..with_users(&file, count, "1h")
    });
}

/// The size of a number is looked at before any arithmetic: a huge one costs no more than as long a text that says nothing.
pub fn huge_numbers() {
    const BITS: &str = "400000";
    let good = json!({ "kty": "RSA", "kid": KEY_ID, "n": modulus("2048"), "e": "AQAB", "note": "" });
    let open = |member: &str| {
        let mut jwk = good.clone();
        jwk[member] = json!(modulus(BITS));
        let config = Config::from_json(configuration(&[jwk], &[Algorithm::RS256]).to_string());
        let (opened, count) = instructions(|| Verifier::open_with_clock(&config, Clock::fixed(NOW)));
        assert_eq!(opened.is_ok(), member == "note", "{member} of {BITS} bits");
        count
    };
    let [text, modulus, exponent] = ["note", "n", "e"].map(open);
    println!(
        "instructions for opening with a text, a modulus and an exponent of {BITS} bits: {text}, {modulus}, {exponent}"
    );
    assert!(modulus < text && exponent < text);
}
