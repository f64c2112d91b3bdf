//! A wider policy never refuses what a narrower one accepted.

use doorward::{Algorithm, Verifier};
use doorward_testkit::*;
use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::cell::Cell;

/// A policy, as the parts of a configuration.
#[derive(Debug, Clone)]
struct Policy {
    audiences: Vec<&'static str>,
    algorithms: Vec<&'static str>,
    types: Option<Vec<&'static str>>,
    scopes: Required,
    roles: Required,
    clients: Option<Vec<&'static str>>,
    rules: Vec<Value>,
    skew: u32,
}

/// Values that are required, all of them or any.
#[derive(Debug, Clone)]
struct Required {
    values: Vec<&'static str>,
    any: bool,
}

impl Required {
    fn matching(&self) -> &'static str {
        if self.any { "any" } else { "all" }
    }

    /// Each step that makes it wider.
    fn wider(&self) -> Vec<Self> {
        let mut wider = vec![Self { values: Vec::new(), ..self.clone() }, Self { any: true, ..self.clone() }];
        if self.any && !self.values.is_empty() {
            wider.extend(added(&self.values, NAMES).map(|values| Self { values, any: true }));
        }
        if !self.any {
            wider.extend(removed(&self.values).map(|values| Self { values, any: false }));
        }
        wider
    }
}

const NAMES: &[&str] = &["a", "b", "c"];
const ALGORITHMS: &[&str] = &["HS256", "HS384", "HS512"];
const TYPES: &[&str] = &["JWT", "at+jwt", "other"];

/// The list with one more of `all`, in each way.
fn added<'a>(list: &'a [&'static str], all: &'static [&'static str]) -> impl Iterator<Item = Vec<&'static str>> + 'a {
    all.iter().filter(|value| !list.contains(value)).map(move |value| [list, &[*value]].concat())
}

/// The list with one less, in each way.
fn removed<T: Clone>(list: &[T]) -> impl Iterator<Item = Vec<T>> + '_ {
    (0..list.len()).map(|index| [&list[..index], &list[index + 1..]].concat())
}

impl Policy {
    fn configuration(&self, key: &Value) -> Value {
        let mut configuration = configuration(std::slice::from_ref(key), &[Algorithm::HS256]);
        configuration["clock_skew"] = json!(format!("{}s", self.skew));
        let issuer = &mut configuration["issuers"]["main"];
        issuer["audiences"] = json!(self.audiences);
        issuer["algorithms"] = json!(self.algorithms);
        if let Some(types) = &self.types {
            issuer["typ"] = json!(types);
        }
        let api = &mut configuration["apis"]["api"];
        api["scopes"] = json!(self.scopes.values);
        api["scopes_match"] = json!(self.scopes.matching());
        api["roles"] = json!(self.roles.values);
        api["roles_match"] = json!(self.roles.matching());
        if let Some(clients) = &self.clients {
            api["clients"] = json!(clients);
        }
        api["claims"] = json!(self.rules);
        configuration
    }

    /// Each step that makes it wider.
    fn wider(&self) -> Vec<Self> {
        let mut wider = Vec::new();
        wider.extend(added(&self.audiences, NAMES).map(|audiences| Self { audiences, ..self.clone() }));
        wider.extend(added(&self.algorithms, ALGORITHMS).map(|algorithms| Self { algorithms, ..self.clone() }));
        if let Some(types) = &self.types {
            wider.extend(added(types, TYPES).map(|types| Self { types: Some(types), ..self.clone() }));
        }
        wider.extend(self.scopes.wider().into_iter().map(|scopes| Self { scopes, ..self.clone() }));
        wider.extend(self.roles.wider().into_iter().map(|roles| Self { roles, ..self.clone() }));
        if let Some(clients) = &self.clients {
            wider.push(Self { clients: None, ..self.clone() });
            wider.extend(added(clients, NAMES).map(|clients| Self { clients: Some(clients), ..self.clone() }));
        }
        wider.extend(removed(&self.rules).map(|rules| Self { rules, ..self.clone() }));
        wider.extend([1, 60, 300].map(|more| Self { skew: (self.skew + more).min(300), ..self.clone() }));
        wider
    }
}

fn required() -> impl Strategy<Value = Required> {
    (subsequence(NAMES, 0..=3), any::<bool>()).prop_map(|(values, any)| Required { values, any })
}

fn rules() -> Vec<Value> {
    vec![
        json!({ "claim": "number", "equals": 1 }),
        json!({ "claim": "outer.inner", "any_of": ["a", true, 2] }),
        json!({ "claim": "tags", "any_of": ["a", "b"] }),
        json!({ "claim": ["outer"], "present": true }),
    ]
}

fn policy() -> impl Strategy<Value = Policy> {
    let lists = (subsequence(NAMES, 1..=3), subsequence(ALGORITHMS, 1..=3));
    let types = prop::option::of(subsequence(TYPES, 1..=3));
    let clients = prop::option::of(subsequence(NAMES, 1..=3));
    (lists, types, required(), required(), clients, subsequence(rules(), 0..=4), 0..=300u32).prop_map(
        |((audiences, algorithms), types, scopes, roles, clients, rules, skew)| Policy {
            audiences,
            algorithms,
            types,
            scopes,
            roles,
            clients,
            rules,
            skew,
        },
    )
}

/// Header and claims that such policies often accept: what is asked for is mostly there.
fn token() -> impl Strategy<Value = (Option<&'static str>, Value)> {
    let names = || prop_oneof![3 => Just(NAMES.to_vec()), 1 => subsequence(NAMES, 0..=3)];
    let typ = prop::option::weighted(0.9, prop::sample::select(TYPES));
    let client = prop::option::weighted(0.9, prop::sample::select(NAMES));
    let times = (prop_oneof![3 => Just(3600), 1 => -320..320i64], prop_oneof![3 => Just(-60), 1 => -320..320i64]);
    let odd = prop::option::weighted(0.2, prop::sample::select(vec!["number", "outer", "tags", "aud"]));
    (typ, names(), names(), names(), client, times, odd).prop_map(
        |(typ, aud, scopes, roles, client, (exp, nbf), odd)| {
            let mut claims = json!({
                "iss": ISSUER, "sub": "bob", "aud": aud, "exp": NOW + exp, "nbf": NOW + nbf,
                "scp": scopes.join(" "), "roles": roles, "number": 1, "outer": { "inner": 2 }, "tags": ["x", "b"]
            });
            if let Some(client) = client {
                claims["azp"] = json!(client);
            }
            if let Some(odd) = odd {
                claims.as_object_mut().unwrap().remove(odd);
            }
            (typ, claims)
        },
    )
}

#[test]
fn a_wider_policy_accepts_what_a_narrower_one_did() {
    let key = TestKey::from_secret(Algorithm::HS256, &[7; 64]);
    let mut jwk = key.jwk(KEY_ID);
    jwk.as_object_mut().unwrap().remove("alg");
    let accepts = |policy: &Policy, token: &str| -> bool {
        let verifier: Verifier = open(&policy.configuration(&jwk));
        verify(&verifier, token).is_accepted()
    };
    let (accepted, refused) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(ProptestConfig::with_cases(1000));
    let outcome = runner.run(&(policy(), token()), |(policy, (typ, claims))| {
        let mut header = json!({ "alg": "HS256", "kid": KEY_ID });
        if let Some(typ) = typ {
            header["typ"] = json!(typ);
        }
        let token = sign(&key, &header, &claims);
        if !accepts(&policy, &token) {
            refused.set(refused.get() + 1);
            return Ok(());
        }
        accepted.set(accepted.get() + 1);
        for wider in policy.wider() {
            prop_assert!(accepts(&wider, &token), "{:?} is wider than {:?}", wider, policy);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(accepted.get() > 50 && refused.get() > 50, "{} accepted, {} refused", accepted.get(), refused.get());
}
