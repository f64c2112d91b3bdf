//! A token that is being made.

use super::Party;
use base64_simd::URL_SAFE_NO_PAD;
use doorward::Algorithm;
use doorward_testkit::{AUDIENCE, ISSUER, KEY_ID, TestKey};

/// A generator of numbers that are the same in each run (SplitMix64).
#[derive(Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(crate) fn pick<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }
}

/// The members of a JSON object, as text, so that it can hold what no JSON library would write.
pub(crate) struct Members(Vec<(String, String)>);

impl Members {
    /// Adds a member, even where there is one of that name.
    pub(crate) fn add(&mut self, name: &str, json: impl ToString) {
        self.0.push((name.to_owned(), json.to_string()));
    }

    pub(crate) fn set(&mut self, name: &str, json: impl ToString) {
        self.remove(name);
        self.add(name, json);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(other, _)| other != name);
    }

    pub(crate) fn text(&self) -> String {
        let members: Vec<_> = self.0.iter().map(|(name, json)| format!("\"{name}\":{json}")).collect();
        format!("{{{}}}", members.join(","))
    }
}

pub(crate) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// A token that both judges accept, until a kind changes it.
pub(crate) struct Draft<'a> {
    pub(crate) party: &'a Party,
    /// The time, in seconds since 1970.
    pub(crate) now: i64,
    pub(crate) header: Members,
    pub(crate) claims: Members,
    /// The payload, where it is not the claims.
    pub(crate) payload: Option<Vec<u8>>,
    /// Changes the encoded payload before it is signed.
    pub(crate) disguise: Option<fn(String) -> String>,
    /// The key that signs, where it is not the party's.
    pub(crate) signer: Option<TestKey>,
    pub(crate) by_stranger: bool,
    /// Changes the token after it was signed.
    pub(crate) edit: Option<Box<dyn FnOnce(String) -> String>>,
}

/// Changes a draft; false where the kind is not for its algorithm.
pub(crate) type Make = fn(&mut Draft<'_>, &mut Random) -> bool;

impl<'a> Draft<'a> {
    pub(crate) fn new(party: &'a Party, now: i64, random: &mut Random) -> Self {
        let mut header = Members(Vec::new());
        header.add("alg", quoted(party.key.algorithm().name()));
        if random.below(4) > 0 {
            header.add("kid", quoted(KEY_ID));
        }
        if random.below(4) > 0 {
            header.add("typ", random.pick(&["\"JWT\"", "\"at+jwt\"", "\"application/at+JWT\"", "\"jwt\""]));
        }
        let mut claims = Members(Vec::new());
        claims.add("iss", quoted(ISSUER));
        claims.add("sub", random.pick(&["\"bob\"", "\"b\\u00f6b\"", "\"K2\\\\bob\"", "\"\u{1f600}\""]));
        let several = format!("[{},{}]", quoted("urn:other"), quoted(AUDIENCE));
        claims.add("aud", random.pick(&[quoted(AUDIENCE).as_str(), &several, &format!("[{}]", quoted(AUDIENCE))]));
        claims.add("exp", now + random.pick(&[1, 60, 3600, 1_000_000]));
        if random.below(2) == 0 {
            claims.add("nbf", now - random.pick(&[0, 1, 60, 3600]));
            claims.add("iat", now - random.pick(&[0, 1, 60, 3600]));
        }
        if random.below(2) == 0 {
            claims.add("scp", random.pick(&["\"read\"", "\"read write\"", "[\"read\"]", "\"\""]));
            claims.add("x", random.pick(&["null", "{\"a\":[1,2.5e3]}", "[]", "true", "\"\\ud83d\\ude00\""]));
        }
        Self { party, now, header, claims, payload: None, disguise: None, signer: None, by_stranger: false, edit: None }
    }

    /// The token, changed by a kind; `None` where the kind is not for its algorithm.
    pub(crate) fn made(mut self, make: Make, random: &mut Random) -> Option<String> {
        make(&mut self, random).then(|| self.sign())
    }

    fn sign(self) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode_to_string(bytes);
        let payload = self.payload.unwrap_or_else(|| self.claims.text().into_bytes());
        let payload = self.disguise.unwrap_or(|part| part)(encode(&payload));
        let input = format!("{}.{payload}", encode(self.header.text().as_bytes()));
        let owner = if self.by_stranger { &self.party.stranger } else { &self.party.key };
        let signer = self.signer.as_ref().unwrap_or(owner);
        let signature = signer.sign_bytes(input.as_bytes()).unwrap();
        let token = format!("{input}.{}", encode(&signature));
        match self.edit {
            Some(edit) => edit(token),
            None => token,
        }
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.party.key.algorithm()
    }

    pub(crate) fn edit(&mut self, edit: impl FnOnce(String) -> String + 'static) {
        self.edit = Some(Box::new(edit));
    }

    /// Changes the encoded payload before it is signed. Its last symbol has bits to spare, and it holds an underscore.
    pub(crate) fn disguise(&mut self, disguise: fn(String) -> String) {
        self.claims.add("y", quoted("?????"));
        let text = self.claims.text();
        self.payload = Some(format!("{text}{}", " ".repeat(4 - text.len() % 3)).into_bytes());
        self.disguise = Some(disguise);
    }

    /// Adds a claim whose value is an object of objects, `depth` deep together with the payload.
    pub(crate) fn nest(&mut self, depth: usize) {
        let inner = depth - 1;
        self.claims.add("deep", format!("{}{}", "[".repeat(inner), "]".repeat(inner)));
    }
}
