//! What is remembered of a person whose password was right.

use super::Person;
use crate::limits;
use crate::parse::invisible::holds_invisible;
use crate::parse::json::{Document, Most};
use serde_json::{Map, Value};

/// A person, as the claims of an identity: `sub` is the name, `iat` when the password was checked.
#[derive(Debug)]
pub(crate) struct Proof {
    user: Box<str>,
    claims: Box<str>,
}

impl Proof {
    /// Refused where the directory says too much, or a name that no identity can have: why, for the operator.
    pub(super) fn new(person: Person, now: i64) -> Result<Self, String> {
        if person.user.is_empty() || person.user.trim() != person.user {
            return Err("the directory gives a user name that is empty, or has white space around it".to_owned());
        }
        if holds_invisible(&person.user) {
            return Err("the directory gives a user name that holds characters that nobody sees".to_owned());
        }
        if texts(&person).any(|text| text.chars().any(char::is_control)) {
            return Err("the directory gives a name, a role or a claim that holds control characters".to_owned());
        }
        let claims = Value::Object(claims(&person, now)).to_string();
        let fits = Document::default().read(claims.as_bytes(), Most::members(limits::TOKEN_MEMBERS)).is_ok();
        if claims.len() > limits::PERSON_BYTES || !fits {
            return Err(format!("the directory says too much of {:?}: more than 256 KiB or 256 claims", person.user));
        }
        Ok(Self { user: person.user.into(), claims: claims.into() })
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// A JSON object.
    pub(crate) fn claims(&self) -> &str {
        &self.claims
    }
}

/// Everything that hosts write into headers and logs.
fn texts(person: &Person) -> impl Iterator<Item = &String> {
    let claims = person.claims.iter().map(|(_, value)| value);
    [&person.user].into_iter().chain(&person.roles).chain(person.ids.iter().flatten()).chain(claims)
}

fn claims(person: &Person, now: i64) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.extend(person.claims.iter().map(|(name, value)| (name.clone(), value.as_str().into())));
    if let Some([tenant, object_id]) = &person.ids {
        claims.insert("tid".to_owned(), tenant.as_str().into());
        claims.insert("oid".to_owned(), object_id.as_str().into());
    }
    if !person.roles.is_empty() {
        claims.insert("roles".to_owned(), person.roles.iter().map(String::as_str).collect());
    }
    claims.insert("sub".to_owned(), person.user.as_str().into());
    claims.insert("iat".to_owned(), now.into());
    claims
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(user: &str, role: &str, claim: &str) -> Person {
        Person {
            user: user.to_owned(),
            roles: vec![role.to_owned()],
            ids: Some(["t".to_owned(), "o".to_owned()]),
            claims: vec![("name".to_owned(), claim.to_owned()), ("sub".to_owned(), "somebody else".to_owned())],
            ..Person::default()
        }
    }

    #[test]
    fn a_person_becomes_the_claims_of_an_identity() {
        let proof = Proof::new(person("CONTOSO\\bob", "a \"role\"", "Bob"), 7).unwrap();
        let expected = r#"{"iat":7,"name":"Bob","oid":"o","roles":["a \"role\""],"sub":"CONTOSO\\bob","tid":"t"}"#;
        assert_eq!((proof.user(), proof.claims()), ("CONTOSO\\bob", expected));
    }

    #[test]
    fn what_would_harm_headers_and_logs_is_refused() {
        for (user, role, claim) in [
            ("", "r", "c"),
            (" bob", "r", "c"),
            ("bob\r\nX-Admin: 1", "r", "c"),
            ("bob", "r\nX-Admin: 1", "c"),
            ("bob", "r", "c\u{85}"),
            ("bo\u{200b}b", "r", "c"),
            ("\u{202e}bob", "r", "c"),
            ("bo\u{ad}b", "r", "c"),
        ] {
            assert!(Proof::new(person(user, role, claim), 7).is_err(), "{user:?} {role:?} {claim:?}");
        }
        let many = Person { user: "bob".to_owned(), roles: vec!["r".repeat(100); 3000], ..Person::default() };
        assert!(Proof::new(many, 7).unwrap_err().contains("too much"));
    }
}
