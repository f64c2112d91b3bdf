//! What is remembered of a person whose password was right.

use super::Person;
use crate::limits;
use crate::parse::json::{Document, MembersMax};
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
        if person.user.is_empty() || person.user.chars().any(char::is_control) {
            return Err("the directory gives a user name that is empty or holds control characters".to_owned());
        }
        let claims = Value::Object(claims(&person, now)).to_string();
        let fits = Document::default().read(claims.as_bytes(), MembersMax(limits::TOKEN_MEMBERS)).is_ok();
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
