//! The requests of the demonstration, good and bad, each with the code that it has to get.

use super::world::{self, AUDIENCE, CLIENT, FABRIKAM, KEY_ID, PARTNER, ROLE, SCOPE, TENANT, World};
use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use doorward::{Algorithm, Code};
use doorward_testkey::TestKey;
use serde_json::{Value, json};

/// A request.
pub(super) struct Case {
    pub(super) group: &'static str,
    pub(super) what: &'static str,
    pub(super) api: &'static str,
    /// The values of its `Authorization` headers.
    pub(super) headers: Vec<String>,
    pub(super) expected: Code,
    /// Whether to measure throughput with it, and for which algorithm.
    pub(super) throughput: Option<Algorithm>,
}

impl Case {
    /// A name for a file with the request, where it has one `Authorization` header.
    pub(super) fn file_name(&self) -> Option<String> {
        let what = self.what.replace('\'', "").to_ascii_lowercase();
        let words = what.split(|character: char| !character.is_ascii_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        (self.headers.len() == 1).then(|| format!("{}.txt", words.join("-")))
    }

    fn on(self, api: &'static str) -> Self {
        Self { api, ..self }
    }

    fn measured(self, algorithm: Algorithm) -> Self {
        Self { throughput: Some(algorithm), ..self }
    }
}

type Result<T> = std::result::Result<T, String>;

/// Every case, group by group.
pub(super) fn all(world: &World) -> Result<Vec<Case>> {
    let groups = [
        ("Good tokens", good(world)?),
        ("Everyday mistakes", mistakes(world)?),
        ("Missing rights", rights(world)?),
        ("Attacks", attacks(world)?),
        ("Odd headers", headers(world)?),
    ];
    let named = |(group, cases): (_, Vec<Case>)| cases.into_iter().map(move |case| Case { group, ..case });
    Ok(groups.into_iter().flat_map(named).collect())
}

/// A token for the API `workflow-rest`.
fn case(what: &'static str, expected: Code, token: Result<String>) -> Result<Case> {
    Ok(raw(what, expected, vec![format!("Bearer {}", token?)]))
}

fn raw(what: &'static str, expected: Code, headers: Vec<String>) -> Case {
    Case { group: "", what, api: "workflow-rest", headers, expected, throughput: None }
}

fn good(world: &World) -> Result<Vec<Case>> {
    let factory = sign(&world.factory, &machine(world, "urn:factory"));
    let internal = sign(&world.internal, &machine(world, "urn:internal"));
    let late = with(v1(world), "exp", world.now - 20);
    Ok(vec![
        case("Entra v1 token", Code::Ok, sign(&world.contoso, &v1(world)))?.measured(Algorithm::RS256),
        case("Entra v2 token", Code::Ok, sign(&world.contoso, &v2(world)))?,
        case("partner's token, ES256", Code::Ok, partner(world, "at+jwt"))?.measured(Algorithm::ES256),
        case("machine's token, EdDSA", Code::Ok, factory)?.on("reports").measured(Algorithm::EdDSA),
        case("internal service, HS256", Code::Ok, internal)?.on("reports").measured(Algorithm::HS256),
        case("late, within the skew", Code::Ok, sign(&world.contoso, &late))?,
    ])
}

fn mistakes(world: &World) -> Result<Vec<Case>> {
    let now = world.now;
    let changed = |name, value: Value| sign(&world.contoso, &with(v1(world), name, value));
    let late = json!({ "iat": now - 7200, "nbf": now - 7200, "exp": now - 3600 });
    let token = sign(&world.contoso, &v1(world))?;
    Ok(vec![
        case("expired an hour ago", Code::Expired, sign(&world.contoso, &extended(v1(world), late)))?,
        case("valid from tomorrow", Code::NotYetValid, changed("nbf", json!(now + 86_400)))?,
        case("without an expiry", Code::ClaimMissing, sign(&world.contoso, &without(v1(world), "exp")))?,
        case("audience lacks its slash", Code::AudienceMismatch, changed("aud", json!("https://api.k2.com")))?,
        case("Microsoft Graph token", Code::GraphToken, changed("aud", json!("https://graph.microsoft.com")))?,
        case("id token as access token", Code::TypeMismatch, partner(world, "JWT"))?,
        case("cut short by copying", Code::TokenMalformed, Ok(token[..token.len() / 2].to_owned()))?,
        raw("Bearer written twice", Code::HeaderMalformed, vec![format!("Bearer Bearer {token}")]),
        raw("no credentials", Code::CredentialsMissing, Vec::new()),
        raw("password, not a token", Code::MethodNotAccepted, vec![basic()]),
    ])
}

fn rights(world: &World) -> Result<Vec<Case>> {
    let reader = machine(world, "urn:factory");
    let other_client = with(reader.clone(), "client_id", "unknown-script");
    Ok(vec![
        case("API switched off", Code::ApiDisabled, sign(&world.contoso, &v1(world)))?.on("smartobject-odata"),
        case("without the scope", Code::ScopeInsufficient, sign(&world.contoso, &without(v1(world), "scp")))?,
        case("without the role", Code::RoleInsufficient, sign(&world.factory, &without(reader, "roles")))?
            .on("reports"),
        case("client not on the list", Code::ClientNotAllowed, sign(&world.factory, &other_client))?.on("reports"),
        case("user of another API", Code::UserManagerNotAllowed, sign(&world.contoso, &v1(world)))?.on("reports"),
    ])
}

fn attacks(world: &World) -> Result<Vec<Case>> {
    let claims = v1(world).to_string();
    let public = world.contoso.required_members();
    let confused = TestKey::from_secret(Algorithm::HS256, public.to_string().as_bytes());
    let stranger = TestKey::generate(Algorithm::RS256)?;
    let own_key = json!({ "typ": "JWT", "alg": "RS256", "kid": KEY_ID, "jwk": stranger.required_members() });
    let token = sign(&world.contoso, &v1(world))?;
    let fabrikam = with(v1(world), "iss", FABRIKAM);
    let unknown = with(v1(world), "iss", "https://login.evil.example/");
    let twice = claims.replacen('{', &format!("{{\"exp\":{},", world.now + 999_999), 1);
    let bound = with(v1(world), "cnf", json!({ "jkt": world.partner.thumbprint() }));
    let other_kid = r#"{"typ":"JWT","alg":"RS256","kid":"../../dev/null"}"#;
    Ok(vec![
        case("alg none", Code::AlgorithmNotAllowed, Ok(unsigned(&claims)))?,
        case("HS256 by a public key", Code::AlgorithmNotAllowed, sign(&confused, &v1(world)))?,
        case("one bit flipped", Code::SignatureInvalid, flip(&token))?,
        case("claims changed later", Code::SignatureInvalid, Ok(swap_claims(&token, &v2(world))))?,
        case("another issuer's key", Code::SignatureInvalid, sign(&world.contoso, &fabrikam))?,
        case("own key in the header", Code::SignatureInvalid, stranger.sign(&own_key.to_string(), &claims))?,
        case("key id nobody knows", Code::KeyUnknown, world.contoso.sign(other_kid, &claims))?,
        case("issuer nobody knows", Code::IssuerUnknown, sign(&world.contoso, &unknown))?,
        case("expiry given twice", Code::TokenMalformed, world.contoso.sign(&header(&world.contoso, "JWT"), &twice))?,
        case("bound token, no proof", Code::ProofMissing, sign(&world.contoso, &bound))?,
    ])
}

fn headers(world: &World) -> Result<Vec<Case>> {
    let token = sign(&world.contoso, &v1(world))?;
    let value = format!("Bearer {token}");
    Ok(vec![
        case("encrypted, five parts", Code::TokenEncrypted, Ok(format!("{token}.AAAA.AAAA")))?,
        case("20 KiB of token", Code::HeaderTooLarge, Ok("A".repeat(20 * 1024)))?,
        raw("two headers", Code::HeaderRepeated, vec![value.clone(), value.clone()]),
        raw("scheme in small letters", Code::Ok, vec![value.replacen("Bearer", "bearer", 1)]),
    ])
}

/// The claims of an Entra v1 token of a user.
fn v1(world: &World) -> Value {
    let own = json!({
        "iss": world::contoso(1), "ver": "1.0", "acr": "1", "amr": ["pwd", "mfa"], "appidacr": "1",
        "appid": "7a1c2f54-0f6e-4a53-9d1c-2f7f4c0a9b11", "unique_name": "bob@contoso.example",
        "upn": "bob@contoso.example", "family_name": "Builder", "given_name": "Bob",
    });
    extended(user(world), own)
}

/// The claims of an Entra v2 token of the same user.
fn v2(world: &World) -> Value {
    let own = json!({
        "iss": world::contoso(2), "ver": "2.0", "azpacr": "1",
        "azp": "7a1c2f54-0f6e-4a53-9d1c-2f7f4c0a9b11", "preferred_username": "bob@contoso.example",
    });
    extended(user(world), own)
}

fn user(world: &World) -> Value {
    let claims = json!({
        "tid": TENANT, "oid": "2f1d3c5b-7a90-4e12-8c34-5d6e7f809a1b", "sub": "x1Yk0bLq9uV7sT3wZ5rA8cE2gI4mO6pQ",
        "name": "Bob Builder", "scp": SCOPE, "uti": "h3Jk5Lm7Np9Qr1St3Uv5Wx",
    });
    extended(valid(world), claims)
}

fn valid(world: &World) -> Value {
    json!({ "aud": AUDIENCE, "iat": world.now - 60, "nbf": world.now - 60, "exp": world.now + 3600 })
}

/// The claims of a program that calls for itself (RFC 9068).
fn machine(world: &World, issuer: &str) -> Value {
    let claims = json!({ "iss": issuer, "sub": CLIENT, "client_id": CLIENT, "roles": [ROLE], "jti": "5f0c" });
    extended(valid(world), claims)
}

fn partner(world: &World, typ: &str) -> Result<String> {
    let own = json!({ "iss": PARTNER, "sub": "alice", "client_id": "portal", "scope": SCOPE, "jti": "8c1e" });
    world.partner.sign(&header(&world.partner, typ), &extended(valid(world), own).to_string())
}

fn header(key: &TestKey, typ: &str) -> String {
    json!({ "typ": typ, "alg": key.algorithm().name(), "kid": KEY_ID }).to_string()
}

fn sign(key: &TestKey, claims: &Value) -> Result<String> {
    key.sign(&header(key, "JWT"), &claims.to_string())
}

fn with(mut claims: Value, name: &str, value: impl Into<Value>) -> Value {
    claims[name] = value.into();
    claims
}

fn without(mut claims: Value, name: &str) -> Value {
    claims.as_object_mut().map(|claims| claims.remove(name));
    claims
}

fn extended(mut claims: Value, more: Value) -> Value {
    if let (Value::Object(claims), Value::Object(more)) = (&mut claims, more) {
        claims.extend(more);
    }
    claims
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

fn unsigned(claims: &str) -> String {
    format!("{}.{}.", encode(br#"{"typ":"JWT","alg":"none"}"#), encode(claims.as_bytes()))
}

/// Turns over the lowest bit of the last byte of the signature.
fn flip(token: &str) -> Result<String> {
    let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
    let mut signature = URL_SAFE_NO_PAD.decode_to_vec(signature).map_err(|error| error.to_string())?;
    if let Some(last) = signature.last_mut() {
        *last ^= 1;
    }
    Ok(format!("{signed}.{}", encode(&signature)))
}

fn swap_claims(token: &str, claims: &Value) -> String {
    let parts: Vec<_> = token.split('.').collect();
    [parts[0], &encode(claims.to_string().as_bytes()), parts[2]].join(".")
}

fn basic() -> String {
    format!("Basic {}", STANDARD.encode_to_string("CONTOSO\\bob:correct horse"))
}
