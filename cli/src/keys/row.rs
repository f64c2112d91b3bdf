//! The keys of an issuer, each once.

use doorward::IssuerHealth;
use serde_json::{Value, json};

/// A key. Two keys without an id are two rows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) kind: &'static str,
    pub(super) algorithms: Vec<&'static str>,
}

impl Row<'_> {
    pub(super) fn to_json(&self) -> Value {
        json!({ "key_id": self.id, "type": self.kind, "algorithms": self.algorithms })
    }
}

/// Gathers the algorithms that a key serves. A key serves an algorithm once, so what comes twice is another key.
pub(super) fn rows(issuer: &IssuerHealth) -> Vec<Row<'_>> {
    gather(issuer.key_ids.iter().map(|(id, algorithm)| (id.as_deref(), *algorithm)))
}

fn gather<'a>(served: impl Iterator<Item = (Option<&'a str>, &'static str)>) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    for (id, algorithm) in served {
        let kind = kind(algorithm);
        let lacks = |row: &&mut Row<'_>| row.id == id && row.kind == kind && !row.algorithms.contains(&algorithm);
        match rows.iter_mut().find(lacks) {
            Some(row) => row.algorithms.push(algorithm),
            None => rows.push(Row { id, kind, algorithms: vec![algorithm] }),
        }
    }
    rows
}

/// What sort of key an algorithm needs.
fn kind(algorithm: &str) -> &'static str {
    match algorithm.get(..2) {
        Some("RS" | "PS") => "RSA",
        Some("ES") => "EC",
        Some("HS") => "secret",
        _ => "Ed25519",
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, gather};

    fn row<'a>(id: Option<&'a str>, kind: &'static str, algorithms: &[&'static str]) -> Row<'a> {
        Row { id, kind, algorithms: algorithms.to_vec() }
    }

    #[test]
    fn a_key_is_one_row_whatever_it_serves() {
        let served = [(Some("a"), "RS256"), (Some("a"), "PS256"), (Some("b"), "ES256"), (None, "EdDSA")];
        let expected = [
            row(Some("a"), "RSA", &["RS256", "PS256"]),
            row(Some("b"), "EC", &["ES256"]),
            row(None, "Ed25519", &["EdDSA"]),
        ];
        assert_eq!(gather(served.into_iter()), expected);
    }

    #[test]
    fn two_keys_are_two_rows_though_they_have_one_id_or_none() {
        let served = [(None, "RS256"), (None, "RS256"), (None, "RS384"), (None, "RS384"), (Some("a"), "HS256")];
        let two = || row(None, "RSA", &["RS256", "RS384"]);
        assert_eq!(gather(served.into_iter()), [two(), two(), row(Some("a"), "secret", &["HS256"])]);
        let served = [(Some("a"), "RS256"), (Some("a"), "ES256")];
        let expected = [row(Some("a"), "RSA", &["RS256"]), row(Some("a"), "EC", &["ES256"])];
        assert_eq!(gather(served.into_iter()), expected);
    }
}
