//! An immutable set of prepared keys, found by key id and algorithm.

use crate::code::Code;
use crate::crypto::{Algorithm, AlgorithmSet, Family, VerifyingKey, family_of};
use crate::parse::jwk::{Judged, Jwk, KeyFault};

/// The keys of one issuer.
#[derive(Debug)]
pub(crate) struct KeySet {
    /// Sorted by id; keys without an id come first.
    keys: Vec<Key>,
    /// How many keys of the set are used; one may serve several algorithms.
    len: usize,
}

/// A key for one algorithm.
#[derive(Debug)]
pub(crate) struct Key {
    id: Option<Box<str>>,
    /// What the set says of it, where it does: the issuer that it signs for, and its cloud. Entra ID does.
    issuer: Option<Box<str>>,
    cloud: Option<Box<str>>,
    verifying: VerifyingKey,
}

impl Key {
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifying.verify(message, signature)
    }

    pub(crate) fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    pub(crate) fn cloud(&self) -> Option<&str> {
        self.cloud.as_deref()
    }

    /// Whether it is of a cloud, as far as both are known.
    pub(crate) fn is_of_cloud(&self, cloud: Option<&str>) -> bool {
        cloud.is_none_or(|cloud| self.cloud.as_deref().is_none_or(|own| own == cloud))
    }
}

/// What a search for a key came to.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    One(&'a Key),
    Unknown,
    Ambiguous,
}

impl<'a> Found<'a> {
    /// The key, or the code of the denial.
    pub(crate) fn key(self) -> Result<&'a Key, Code> {
        match self {
            Self::One(key) => Ok(key),
            Self::Unknown => Err(Code::KeyUnknown),
            Self::Ambiguous => Err(Code::KeyAmbiguous),
        }
    }
}

/// A key that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skipped {
    /// Its place in the set.
    pub(crate) index: usize,
    pub(crate) id: Option<String>,
    pub(crate) why: &'static str,
}

/// A key that makes the whole set unusable where sets are judged as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub(crate) index: usize,
    pub(crate) why: &'static str,
}

impl KeySet {
    /// Prepares each key for those of `algorithms` that fit it. A key for another purpose is
    /// skipped; a key that should not be there rejects the set.
    pub(crate) fn prepare(judged: Vec<Judged>, algorithms: AlgorithmSet) -> Result<(Self, Vec<Skipped>), Rejected> {
        let mut keys = Vec::new();
        let mut skipped = Vec::new();
        let count = judged.len();
        for (index, Judged { id, outcome }) in judged.into_iter().enumerate() {
            match outcome.and_then(|jwk| prepare(jwk, algorithms)) {
                Ok(prepared) => keys.extend(prepared),
                Err(KeyFault::OtherPurpose(why)) => skipped.push(Skipped { index, id, why }),
                Err(KeyFault::Rejected(why)) => return Err(Rejected { index, why }),
            }
            if let Some(why) = repeated(&mut keys) {
                return Err(Rejected { index, why });
            }
        }
        Ok((Self { keys, len: count - skipped.len() }, skipped))
    }

    /// Prepares the keys of a set that somebody else publishes, for every algorithm that fits each: a key that
    /// can't be used is skipped, whatever is wrong with it. Secrets are never taken from such a set.
    pub(crate) fn prepare_published(judged: Vec<Judged>) -> (Self, Vec<Skipped>) {
        let mut keys = Vec::new();
        let mut skipped = Vec::new();
        let count = judged.len();
        for (index, Judged { id, outcome }) in judged.into_iter().enumerate() {
            let prepared = outcome.and_then(|jwk| prepare(public(jwk)?, AlgorithmSet::asymmetric()));
            match prepared.and_then(|prepared| add(&mut keys, prepared)) {
                Ok(()) => {}
                Err(KeyFault::OtherPurpose(why) | KeyFault::Rejected(why)) => skipped.push(Skipped { index, id, why }),
            }
        }
        keys.sort_by(|a, b| a.id.cmp(&b.id));
        (Self { keys, len: count - skipped.len() }, skipped)
    }

    /// Finds the one key that may have signed a token with this key id and algorithm.
    ///
    /// A key without an id fits any id. Where two keys would fit, none is tried: what a token
    /// costs must not grow with the set.
    pub(crate) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Found<'_> {
        let Some(id) = id else { return sole(self.keys.iter(), algorithm) };
        let nameless = self.keys.partition_point(|key| key.id.is_none());
        let start = self.keys.partition_point(|key| key.id.as_deref() < Some(id));
        let named = self.keys[start..].iter().take_while(|key| key.id.as_deref() == Some(id));
        match sole(named, algorithm) {
            Found::Unknown => sole(self.keys[..nameless].iter(), algorithm),
            found => found,
        }
    }

    /// The key ids, each once.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        let mut last = None;
        self.keys.iter().filter_map(|key| key.id.as_deref()).filter(move |id| last.replace(*id) != Some(*id))
    }

    /// How many keys there are; one that serves several algorithms counts once.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// A set without a key, as long as none were loaded.
    pub(crate) const fn empty() -> Self {
        Self { keys: Vec::new(), len: 0 }
    }

    /// Each key once for each algorithm that it serves.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (Option<&str>, Algorithm)> {
        self.keys.iter().map(|key| (key.id.as_deref(), key.verifying.algorithm()))
    }

    /// The ids of keys, and the issuers that they name as theirs; a key for each algorithm that it serves.
    pub(crate) fn issuers(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        self.keys.iter().filter_map(|key| Some((key.id.as_deref(), key.issuer()?)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether the set holds a public key: then HMAC on it would be an attack.
    pub(crate) fn has_public_keys(&self) -> bool {
        self.keys.iter().any(|key| !key.verifying.algorithm().is_symmetric())
    }
}

fn sole<'a>(keys: impl Iterator<Item = &'a Key>, algorithm: Algorithm) -> Found<'a> {
    let mut fitting = keys.filter(|key| key.verifying.algorithm() == algorithm);
    match (fitting.next(), fitting.next()) {
        (None, _) => Found::Unknown,
        (Some(key), None) => Found::One(key),
        (Some(_), Some(_)) => Found::Ambiguous,
    }
}

/// One prepared key for each algorithm that the key, its `alg` and the issuer agree on.
fn prepare(jwk: Jwk, allowed: AlgorithmSet) -> Result<Vec<Key>, KeyFault> {
    let family = family_of(&jwk.material);
    let declared = match jwk.algorithm.as_deref() {
        None => None,
        Some(name) => {
            let unknown = KeyFault::OtherPurpose("its alg is not a signature algorithm that is supported");
            Some(Algorithm::from_name(name).ok_or(unknown)?)
        }
    };
    if declared.is_some_and(|algorithm| algorithm.family() != family) {
        return Err(KeyFault::Rejected("its alg does not fit its kty or crv"));
    }
    let fitting = allowed.iter().filter(|algorithm| algorithm.family() == family);
    let fitting = fitting.filter(|algorithm| declared.is_none_or(|declared| declared == *algorithm));
    let prepare = |algorithm| {
        let verifying = VerifyingKey::prepare(&jwk.material, algorithm).map_err(KeyFault::Rejected)?;
        let text = |text: &Option<String>| text.as_deref().map(Box::from);
        Ok(Key { id: text(&jwk.id), issuer: text(&jwk.issuer), cloud: text(&jwk.cloud), verifying })
    };
    // A secret may be long enough for one algorithm and too short for the next.
    let mut outcome: Result<Vec<Key>, _> = Err(KeyFault::OtherPurpose("none of the issuer's algorithms fits it"));
    for prepared in fitting.map(prepare) {
        match (&mut outcome, prepared) {
            (Ok(keys), Ok(key)) => keys.push(key),
            (Err(_), Ok(key)) => outcome = Ok(vec![key]),
            (Err(why @ KeyFault::OtherPurpose(_)), Err(fault)) => *why = fault,
            (_, Err(_)) => {}
        }
    }
    outcome
}

fn public(jwk: Jwk) -> Result<Jwk, KeyFault> {
    match family_of(&jwk.material) {
        Family::Hmac => Err(KeyFault::Rejected("it is a secret, and a published secret is none")),
        Family::Rsa | Family::Ec(_) | Family::Ed25519 => Ok(jwk),
    }
}

/// Adds a key, unless one of the same id and algorithm came before it: they could not be told apart.
fn add(keys: &mut Vec<Key>, prepared: Vec<Key>) -> Result<(), KeyFault> {
    let same = |a: &Key, b: &Key| a.id.is_some() && a.id == b.id && a.verifying.algorithm() == b.verifying.algorithm();
    if prepared.iter().any(|new| keys.iter().any(|key| same(key, new))) {
        return Err(KeyFault::Rejected("another key of the set has the same kid and fits the same algorithm"));
    }
    keys.extend(prepared);
    Ok(())
}

/// Sorts, and says whether two keys could not be told apart.
fn repeated(keys: &mut [Key]) -> Option<&'static str> {
    keys.sort_by(|a, b| {
        let algorithm = |key: &Key| key.verifying.algorithm() as u8;
        a.id.cmp(&b.id).then(algorithm(a).cmp(&algorithm(b)))
    });
    let same = |pair: &[Key]| {
        pair[0].id.is_some()
            && pair[0].id == pair[1].id
            && pair[0].verifying.algorithm() == pair[1].verifying.algorithm()
    };
    keys.windows(2).any(same).then_some("another key of the set has the same kid and fits the same algorithm")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::jwk;

    fn key(id: &str, byte: u8) -> String {
        let secret = crate::parse::base64url::encode(&[byte; 64]);
        let id = if id.is_empty() { String::new() } else { format!(r#""kid":"{id}","#) };
        format!(r#"{{"kty":"oct",{id}"k":"{secret}"}}"#)
    }

    fn set(keys: &[String]) -> Result<KeySet, Rejected> {
        let algorithms = [Algorithm::HS256, Algorithm::HS512].into_iter().collect();
        let text = format!("{{\"keys\":[{}]}}", keys.join(","));
        KeySet::prepare(jwk::parse_set(text.as_bytes()).unwrap(), algorithms).map(|(set, _)| set)
    }

    fn found(set: &KeySet, id: Option<&str>) -> &'static str {
        match set.find(id, Algorithm::HS256) {
            Found::One(_) => "one",
            Found::Unknown => "unknown",
            Found::Ambiguous => "ambiguous",
        }
    }

    #[test]
    fn a_key_is_found_by_its_id_and_algorithm() {
        let set = set(&[key("b", 1), key("a", 2), key("c", 3)]).unwrap();
        assert_eq!(set.ids().collect::<Vec<_>>(), ["a", "b", "c"]);
        for id in ["a", "b", "c"] {
            assert_eq!(found(&set, Some(id)), "one");
        }
        for id in ["", "A", "aa", "../a", "' OR 1=1"] {
            assert_eq!(found(&set, Some(id)), "unknown", "{id}");
        }
        assert_eq!(found(&set, None), "ambiguous");
        assert!(matches!(set.find(Some("a"), Algorithm::HS384), Found::Unknown));
    }

    #[test]
    fn a_key_without_an_id_fits_any_id_unless_two_do() {
        let one = set(&[key("", 1)]).unwrap();
        assert_eq!(found(&one, Some("x")), "one");
        assert_eq!(found(&one, None), "one");
        let two = set(&[key("", 1), key("", 2), key("a", 3)]).unwrap();
        assert_eq!(found(&two, Some("x")), "ambiguous");
        assert_eq!(found(&two, Some("a")), "one");
    }

    #[test]
    fn a_secret_serves_the_algorithms_that_it_is_long_enough_for() {
        let secret = crate::parse::base64url::encode(&[1; 32]);
        let set = set(&[format!(r#"{{"kty":"oct","kid":"a","k":"{secret}"}}"#)]).unwrap();
        assert_eq!(found(&set, Some("a")), "one");
        assert!(matches!(set.find(Some("a"), Algorithm::HS512), Found::Unknown));
    }

    #[test]
    fn two_keys_of_one_id_and_algorithm_reject_the_set() {
        assert_eq!(set(&[key("a", 1), key("b", 1), key("a", 2)]).map(|_| ()).unwrap_err().index, 2);
    }
}
