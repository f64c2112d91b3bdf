//! The keys of who takes part: "own" is the configured one; others have any name, such as "attacker".

use crate::TestKey;
use doorward::Algorithm;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

type Keys = HashMap<(String, Algorithm), &'static TestKey>;

/// The key of a holder for an algorithm, made once. All RSA algorithms of a holder share one key.
pub fn key(holder: &str, algorithm: Algorithm) -> &'static TestKey {
    static KEYS: LazyLock<Mutex<Keys>> = LazyLock::new(Mutex::default);
    let place = (holder.to_owned(), algorithm);
    if let Some(key) = KEYS.lock().unwrap().get(&place) {
        return key;
    }
    let made = match algorithm.name().as_bytes() {
        [b'P', ..] | [b'R', _, b'3' | b'5', ..] => {
            let rsa = key(holder, Algorithm::RS256).private_bytes().unwrap();
            TestKey::from_pkcs8(algorithm, &rsa).unwrap()
        }
        _ => TestKey::generate(algorithm).unwrap(),
    };
    KEYS.lock().unwrap().entry(place).or_insert_with(|| Box::leak(Box::new(made)))
}

pub fn algorithm(name: &str) -> Algorithm {
    Algorithm::from_name(name).unwrap_or_else(|| panic!("there is no algorithm {name}"))
}
