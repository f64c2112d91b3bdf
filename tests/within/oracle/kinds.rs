//! The kinds of tokens that the judges are given, and what they have to answer.

use super::draft::{Make, quoted};
use doorward::Algorithm;
use doorward_testkit::{AUDIENCE, ISSUER, TestKey};

/// Who accepts a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judge {
    Both,
    Neither,
    Doorward,
    Oracle,
}

pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) accepted_by: Judge,
    /// Why the judges disagree; empty where they agree.
    pub(crate) reason: &'static str,
    pub(crate) make: Make,
}

impl Kind {
    const fn new(name: &'static str, accepted_by: Judge, make: Make) -> Self {
        Self { name, accepted_by, reason: "", make }
    }

    const fn disagreed(name: &'static str, accepted_by: Judge, reason: &'static str, make: Make) -> Self {
        Self { name, accepted_by, reason, make }
    }

    /// Whether Doorward, and whether the oracle, accepts it.
    pub(crate) fn answers(&self) -> (bool, bool) {
        match self.accepted_by {
            Judge::Both => (true, true),
            Judge::Neither => (false, false),
            Judge::Doorward => (true, false),
            Judge::Oracle => (false, true),
        }
    }
}

use Judge::{Both, Doorward, Neither, Oracle};

#[rustfmt::skip]
pub(crate) const KINDS: &[Kind] = &[
    // Good ones.
    Kind::new("good", Both, |_, _| true),
    Kind::new("expired within the skew", Both, |t, r| { t.claims.set("exp", t.now - r.pick(&[0, 1, 30, 59])); true }),
    Kind::new("not valid yet, within the skew", Both, |t, r| { t.claims.set("nbf", t.now + r.pick(&[1, 30, 60])); true }),
    Kind::new("exp with a fraction", Both, |t, r| { t.claims.set("exp", format!("{}.{}", t.now + 60, r.pick(&["0", "25", "999"]))); true }),
    Kind::new("exp with an exponent", Both, |t, _| { t.claims.set("exp", "2.5e10"); true }),
    Kind::new("header members that say where a key is", Both, |t, _| { t.header.add("jku", quoted("https://evil.example/")); t.header.add("x5u", quoted("https://evil.example/")); true }),
    Kind::new("white space between the members", Both, |t, _| { t.payload = Some(format!(" \n{}\t\r", t.claims.text().replace(",\"", " ,\n\"")).into_bytes()); true }),
    Kind::new("nested to the maximum", Both, |t, _| { t.nest(16); true }),
    Kind::new("escaped names of claims", Both, |t, _| { t.claims.remove("sub"); t.claims.add("\\u0073ub", quoted("bob")); true }),

    // The signature.
    Kind::new("signed by a stranger", Neither, |t, _| { t.by_stranger = true; true }),
    Kind::new("a byte of the signature is changed", Neither, |t, r| { let at = r.below(20); t.edit(move |token| replaced(&token, token.rfind('.').unwrap() + 1 + at)); true }),
    Kind::new("a byte of the payload is changed", Neither, |t, r| { let at = r.below(40); t.edit(move |token| replaced(&token, token.find('.').unwrap() + 1 + at)); true }),
    Kind::new("a byte of the header is changed", Neither, |t, r| { let at = r.below(15); t.edit(move |token| replaced(&token, at)); true }),
    Kind::new("no signature", Neither, |t, _| { t.edit(|token| token[..=token.rfind('.').unwrap()].to_owned()); true }),
    Kind::new("cut short", Neither, |t, r| { let cut = 1 + r.below(30); t.edit(move |token| token[..token.len() - cut].to_owned()); true }),
    Kind::new("a longer signature", Neither, |t, r| { let more = r.pick(&["A", "AA", "AAAA"]); t.edit(move |token| token + more); true }),
    Kind::new("padded signature", Neither, |t, r| { let padding = r.pick(&["=", "=="]); t.edit(move |token| token + padding); true }),
    Kind::new("padded header", Neither, |t, _| { t.edit(|token| token.replacen('.', "=.", 1)); true }),
    Kind::new("white space in the token", Neither, |t, r| { let at = 1 + r.below(60); t.edit(move |token| { let (a, b) = token.split_at(at); format!("{a} {b}") }); true }),
    Kind::new("the alphabet of plain base64", Neither, |t, r| { let symbol = r.pick(&["+", "/"]); t.edit(move |token| token.replacen('.', &format!(".{symbol}"), 1)); true }),
    Kind::new("four parts", Neither, |t, _| { t.edit(|token| token + ".e30"); true }),
    Kind::new("five parts", Neither, |t, _| { t.edit(|token| token + ".e30.e30"); true }),
    Kind::new("two parts", Neither, |t, _| { t.edit(|token| token[..token.rfind('.').unwrap()].to_owned()); true }),
    Kind::new("empty payload", Neither, |t, _| { t.payload = Some(Vec::new()); true }),

    // An encoding that is not canonical, signed as it stands.
    Kind::new("canonical, with the payload of the next four", Both, |t, _| { t.disguise(|part| part); true }),
    Kind::new("signed with padding", Neither, |t, r| { t.disguise(r.pick::<fn(String) -> String>(&[|part| part + "=", |part| part + "=="])); true }),
    Kind::new("signed in the alphabet of plain base64", Neither, |t, _| { t.disguise(|part| part.replace('_', "/")); true }),
    Kind::new("signed with bits to spare that are set", Neither, |t, _| { t.disguise(with_spare_bit); true }),
    Kind::new("signed with white space", Neither, |t, r| { t.disguise(r.pick::<fn(String) -> String>(&[|part| part + "\n", |part| part.replace('_', "_ ")])); true }),

    // The header.
    Kind::new("alg none", Neither, |t, r| { t.header.set("alg", r.pick(&["\"none\"", "\"None\"", "\"\"", "null"])); t.edit(|token| token[..=token.rfind('.').unwrap()].to_owned()); true }),
    Kind::new("alg of another kind of key", Neither, |t, _| { let other = if t.algorithm() == Algorithm::ES256 { "RS256" } else { "ES256" }; t.header.set("alg", quoted(other)); true }),
    Kind::new("alg of the same kind of key, really signed with it", Neither, |t, _| {
        let other = match t.algorithm() { Algorithm::RS256 => Algorithm::RS384, Algorithm::HS256 => Algorithm::HS384, Algorithm::PS256 => Algorithm::RS256, _ => return false };
        t.header.set("alg", quoted(other.name()));
        let private = t.party.key.private_bytes().unwrap();
        t.signer = Some(if other.is_symmetric() { TestKey::from_secret(other, &private) } else { TestKey::from_pkcs8(other, &private).unwrap() });
        true
    }),
    Kind::new("HMAC with the public key as the secret", Neither, |t, r| {
        let public = t.party.key.required_members();
        let text = r.pick(&["n", "x"]);
        let Some(text) = public[text].as_str().filter(|_| !t.algorithm().is_symmetric()) else { return false };
        t.signer = Some(TestKey::from_secret(Algorithm::HS256, text.as_bytes()));
        t.header.set("alg", quoted("HS256"));
        true
    }),
    Kind::new("alg in lower case", Neither, |t, _| { t.header.set("alg", quoted(&t.algorithm().name().to_lowercase())); true }),
    Kind::new("no alg", Neither, |t, _| { t.header.remove("alg"); true }),
    Kind::new("alg twice", Neither, |t, _| { t.header.add("alg", quoted(t.algorithm().name())); true }),
    Kind::new("kid is a number", Neither, |t, _| { t.header.set("kid", 1); true }),
    Kind::disagreed("alg is Ed25519", Doorward, "the name of RFC 9864, which the oracle does not know", |t, _| { t.header.set("alg", quoted("Ed25519")); t.algorithm() == Algorithm::EdDSA }),
    Kind::disagreed("kid is unknown", Oracle, "the oracle is given one key and does not look at kid", |t, r| { t.header.set("kid", r.pick(&["\"key-2\"", "\"\"", "\"../key-1\"", "\"KEY-1\""])); true }),
    Kind::disagreed("kid or typ is null", Oracle, "null is not absent (RFC 7515 sections 4.1.4 and 4.1.9: a string)", |t, r| { t.header.set(r.pick(&["kid", "typ"]), "null"); true }),
    Kind::disagreed("another typ", Oracle, "the oracle does not look at typ (RFC 8725 section 3.11)", |t, r| { t.header.set("typ", r.pick(&["\"dpop+jwt\"", "\"logout+jwt\"", "\"id+jwt\"", "\"\""])); true }),
    Kind::disagreed("crit", Oracle, "the oracle ignores critical extensions (RFC 7515 section 4.1.11)", |t, r| { t.header.add("crit", r.pick(&["[\"exp\"]", "[\"b64\"]", "[]", "[\"alg\"]"])); true }),
    Kind::disagreed("b64", Oracle, "the oracle ignores RFC 7797", |t, r| { t.header.add("b64", r.pick(&["false", "true"])); true }),
    Kind::disagreed("nested, encrypted or compressed", Oracle, "the oracle ignores cty, enc and zip", |t, r| { let (name, json) = r.pick(&[("cty", "\"JWT\""), ("cty", "\"application/jwt\""), ("enc", "\"A256GCM\""), ("zip", "\"DEF\"")]); t.header.add(name, json); true }),
    Kind::disagreed("an unread header member twice", Oracle, "the oracle takes the last of two members of one name", |t, _| { t.header.add("y", 1); t.header.add("y", 2); true }),

    // Time.
    Kind::new("expired", Neither, |t, r| { t.claims.set("exp", t.now - r.pick(&[61, 62, 3600, 1_000_000])); true }),
    Kind::new("not valid yet", Neither, |t, r| { t.claims.set("nbf", t.now + r.pick(&[61, 62, 3600, 1_000_000])); true }),
    Kind::new("no exp", Neither, |t, _| { t.claims.remove("exp"); true }),
    Kind::new("exp is no number", Neither, |t, r| { t.claims.set("exp", r.pick(&["null", "\"2000000000\"", "true", "[2000000000]", "{}", "-1", "1e30"])); true }),
    Kind::new("nbf is no number", Neither, |t, r| { t.claims.set("nbf", r.pick(&["null", "\"1\"", "true", "[1]", "-1", "1e30"])); true }),
    Kind::disagreed("exp at the last second of the skew", Oracle, "on the second of exp a token has expired (RFC 7519 section 4.1.4)", |t, _| { t.claims.set("exp", t.now - 60); true }),
    Kind::disagreed("exp half a second past the last of the skew", Oracle, "fractions are rounded down; the oracle rounds to the nearest second", |t, r| { t.claims.set("exp", format!("{}.{}", t.now - 60, r.pick(&["5", "75", "999"]))); true }),
    Kind::disagreed("nbf half a second past the skew", Doorward, "fractions are rounded down; the oracle rounds to the nearest second", |t, r| { t.claims.set("nbf", format!("{}.{}", t.now + 60, r.pick(&["5", "75", "999"]))); true }),
    Kind::disagreed("exp after the year 9999", Oracle, "such a token is as good as without exp", |t, r| { t.claims.set("exp", r.pick(&["253402300800", "9007199254740993", "18446744073709551615", "1e15"])); true }),
    Kind::disagreed("issued in the future", Oracle, "the oracle does not look at iat", |t, r| { t.claims.set("iat", t.now + r.pick(&[61, 3600, 1_000_000])); true }),
    Kind::disagreed("iat is no number", Oracle, "the oracle does not look at iat", |t, r| { t.claims.set("iat", r.pick(&["null", "\"1\"", "true", "-1"])); true }),

    // Issuer and audience.
    Kind::new("no iss", Neither, |t, _| { t.claims.remove("iss"); true }),
    Kind::new("another iss", Neither, |t, r| { t.claims.set("iss", r.pick(&["\"https://issuer.example\"", "\"https://ISSUER.example/\"", "\"\"", "1", "null", "{}"])); true }),
    Kind::new("iss twice", Neither, |t, _| { t.claims.add("iss", quoted(ISSUER)); true }),
    Kind::disagreed("iss in an array", Oracle, "iss is one string (RFC 7519 section 4.1.1)", |t, _| { t.claims.set("iss", format!("[{}]", quoted(ISSUER))); true }),
    Kind::new("no aud", Neither, |t, _| { t.claims.remove("aud"); true }),
    Kind::new("another aud", Neither, |t, r| { t.claims.set("aud", r.pick(&["\"https://api.k2.com\"", "\"\"", "[]", "[\"\"]", "[\"https://api.k2.com\"]", "\"https://graph.microsoft.com\""])); true }),
    Kind::new("aud of the wrong type", Neither, |t, r| { t.claims.set("aud", r.pick(&["1", "null", "true", "{\"https://api.k2.com/\":1}", "[\"https://api.k2.com/\",1]", "[[\"https://api.k2.com/\"]]"])); true }),
    Kind::new("aud twice", Neither, |t, _| { t.claims.add("aud", quoted(AUDIENCE)); true }),

    // The other claims.
    Kind::new("no sub", Neither, |t, _| { t.claims.remove("sub"); true }),
    Kind::new("sub is no string", Neither, |t, r| { t.claims.set("sub", r.pick(&["1", "null", "[\"bob\"]", "{}"])); true }),
    Kind::disagreed("sub is empty", Oracle, "it names the user", |t, _| { t.claims.set("sub", "\"\""); true }),
    Kind::disagreed("sub with control characters", Oracle, "it goes into headers and logs", |t, r| { t.claims.set("sub", r.pick(&["\"a\\u0000b\"", "\"a\\r\\nX: y\"", "\"\\u0085\""])); true }),
    Kind::disagreed("bound to a key", Oracle, "a token with cnf needs a proof of possession (RFC 7800)", |t, r| { t.claims.add("cnf", r.pick(&["{\"jkt\":\"AA\"}", "{}", "null"])); true }),
    Kind::disagreed("a logout token", Oracle, "the oracle does not look at events (RFC 8725 section 3.12)", |t, _| { t.claims.add("events", "{}"); true }),
    Kind::disagreed("scopes or roles of the wrong type", Oracle, "the oracle does not look at scopes and roles", |t, r| { let (name, json) = r.pick(&[("scp", "1"), ("scope", "null"), ("roles", "[1]"), ("roles", "{}")]); t.claims.set(name, json); true }),
    Kind::disagreed("an unread claim twice", Oracle, "the oracle takes the last of two members of one name", |t, r| { t.claims.add("y", 1); t.claims.add(r.pick(&["y", "\\u0079"]), 2); true }),
    Kind::disagreed("an unread claim twice, among many", Oracle, "the oracle takes the last of two members of one name", |t, r| { (0..60).for_each(|n| t.claims.add(&format!("n{n}"), n)); t.claims.add(&format!("n{}", r.below(60)), 0); true }),

    // JSON.
    Kind::new("the payload is no object", Neither, |t, r| { t.payload = Some(r.pick(&["[]", "1", "null", "\"{}\"", "true"]).into()); true }),
    Kind::new("the payload is no JSON", Neither, |t, r| { t.payload = Some((t.claims.text() + r.pick(&["}", "{}", ",", "\0", "/**/"])).into_bytes()); true }),
    Kind::new("a byte order mark", Neither, |t, _| { t.payload = Some(format!("\u{feff}{}", t.claims.text()).into_bytes()); true }),
    Kind::new("a bad escape, number or literal", Neither, |t, r| { t.claims.add("y", r.pick(&["\"\\x\"", "\"\\ud83d\"", "\"\\udc00\"", "\"\t\"", "01", "1.", ".5", "+1", "NaN", "True", "0x10"])); true }),
    Kind::new("not UTF-8", Neither, |t, r| { t.claims.add("y", "\"@\""); let bad = r.pick(&[0x80, 0xc0, 0xff]); t.payload = Some(t.claims.text().bytes().map(|byte| if byte == b'@' { bad } else { byte }).collect()); true }),
    Kind::disagreed("a number that is too large for a float", Doorward, "a number that no rule reads is kept as text; the oracle reads every one", |t, r| { t.claims.add("y", r.pick(&["1e400", "-1e999"])); true }),
    Kind::disagreed("nested too deep", Oracle, "the maximum is 16; the oracle's is 128", |t, r| { t.nest(r.pick(&[17, 18, 100])); true }),
    Kind::new("nested far too deep", Neither, |t, r| { t.nest(r.pick(&[130, 2000])); true }),
    Kind::disagreed("too many claims", Oracle, "the maximum is 256 members of an object", |t, _| { (0..257).for_each(|n| t.claims.add(&format!("n{n}"), n)); true }),
    Kind::disagreed("too large", Oracle, "the maximum is a header of 16 KiB", |t, _| { t.claims.add("y", quoted(&"a".repeat(16 * 1024))); true }),
];

/// The text with another symbol of base64url at a place.
fn replaced(text: &str, at: usize) -> String {
    let other = if &text[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &text[..at], &text[at + 1..])
}

/// The text with the lowest bit of its last symbol set.
fn with_spare_bit(mut text: String) -> String {
    const SYMBOLS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let place = SYMBOLS.find(text.pop().unwrap()).unwrap();
    text.push_str(&SYMBOLS[place + 1..place + 2]);
    text
}
