//! One line as it is written: a JSON object, which is an entry or an unlock.

use super::kind::{Digests, Kind, Named};
use super::list::{Entry, Record};
use super::unlock::{UNLOCK_FIELDS, Unlock};
use crate::entra::is_guid;
use crate::limits::{CONFIGURATION_TEXT_BYTES, REVOKED_UNTIL_MAX};
use crate::parse::json::{Document, Most, Value};
use std::borrow::Cow;

/// Every field of an entry. What it names comes first.
pub(super) const FIELDS: [&str; 11] = [
    "token_id",
    "object_id",
    "subject",
    "session",
    "client",
    "key_id",
    "account",
    "tenant",
    "issuer",
    "issued_before",
    "until",
];

/// A field for people, which is not looked at.
const NOTE: &str = "note";

pub(super) type Result<T> = std::result::Result<T, Cow<'static, str>>;

/// What a line holds.
pub(super) enum Line {
    Entry(Record),
    Unlock(Unlock),
}

/// What a configuration has that lines may name.
pub(crate) trait Known {
    /// Whether there is an issuer of this name.
    fn has_issuer(&self, name: &str) -> bool;

    /// The name of a user as identities of this label have it. `None` if there is no such label.
    fn user<'t>(&self, label: &str, user: &'t str) -> Option<Cow<'t, str>>;
}

/// What lines are read with.
pub(super) struct Reading<'a> {
    pub(super) digests: &'a Digests,
    pub(super) known: &'a dyn Known,
}

impl Reading<'_> {
    /// Reads a line. What is wrong is said in one clause, and holds nothing of the line but the name of a field.
    pub(super) fn read(&self, line: &[u8], number: u32, document: &mut Document) -> Result<Line> {
        document.read(line, Most::members(FIELDS.len() + 1)).map_err(|error| {
            let (_, column) = error.line_and_column(line);
            format!("it is not strict JSON: {} (column {column})", error.what)
        })?;
        let object = document.root().filter(|root| root.as_object().is_some()).ok_or("it is not a JSON object")?;
        check_names(object)?;
        if let Some(unlock) = Unlock::read(object)? {
            return Ok(Line::Unlock(unlock));
        }
        let named = self.named(object)?;
        let entry = entry(object, named.kind)?;
        let digest = match named {
            Named { kind: Kind::Account, texts: [label, user], .. } => {
                let user =
                    self.known.user(label, user).ok_or("account: the configuration has no label of that name")?;
                self.digests.of(&Named { texts: [label, &user], ..named })
            }
            named => self.digests.of(&named),
        };
        Ok(Line::Entry((digest, Entry { line: number, ..entry })))
    }

    fn named<'a>(&self, object: Value<'a>) -> Result<Named<'a>> {
        let issuer = text(object, "issuer")?;
        if issuer.is_some_and(|name| !self.known.has_issuer(name)) {
            return Err("issuer: the configuration has no issuer of that name".into());
        }
        let (kind, texts) = selected(object)?;
        if kind == Kind::Account && issuer.is_some() {
            return Err("issuer: it does not go with account, which names a user manager by its label".into());
        }
        if kind == Kind::Subject && issuer.is_none() {
            return Err("issuer: a subject is unique within its issuer only; give the issuer's name, too".into());
        }
        Ok(Named { kind, issuer, texts })
    }
}

fn check_names(object: Value<'_>) -> Result<()> {
    let mut names = object.as_object().into_iter().flatten().map(|(name, _)| name);
    match names.find(|name| !FIELDS.contains(name) && !UNLOCK_FIELDS.contains(name) && *name != NOTE) {
        None => text(object, NOTE).map(|_| ()),
        Some(_) => {
            let known = [FIELDS.join(", "), UNLOCK_FIELDS.join(", ")].join(", ");
            Err(format!("it has a field that is not known; the fields are {known} and {NOTE}").into())
        }
    }
}

/// The one thing that an entry names; without one, every token.
fn selected(object: Value<'_>) -> Result<(Kind, [&str; 2])> {
    const KINDS: [Kind; 7] =
        [Kind::TokenId, Kind::User, Kind::Subject, Kind::Session, Kind::Client, Kind::KeyId, Kind::Account];
    let mut found = (Kind::Any, ["", ""]);
    for (kind, field) in KINDS.into_iter().zip(FIELDS) {
        if let Some(value) = text(object, field)? {
            if found.0 != Kind::Any {
                return Err("it names more than one thing: write a line for each".into());
            }
            found = (kind, [value, ""]);
        }
    }
    match (found, text(object, "tenant")?) {
        ((Kind::User, [object_id, _]), Some(tenant)) => {
            for (field, id) in [("tenant", tenant), ("object_id", object_id)] {
                if !is_guid(id) {
                    return Err(format!("{field}: a GUID is expected").into());
                }
            }
            Ok((Kind::User, [tenant, object_id]))
        }
        ((Kind::User, _), None) => {
            Err("tenant: an object id is unique within its tenant only; give the tenant, too".into())
        }
        (_, Some(_)) => Err("tenant: it goes with object_id only".into()),
        ((Kind::Account, [name, _]), None) => {
            let (label, user) =
                name.split_once(':').ok_or("account: a fully qualified name is expected, label:user")?;
            Ok((Kind::Account, [label, user]))
        }
        (found, None) => Ok(found),
    }
}

fn entry(object: Value<'_>, kind: Kind) -> Result<Entry> {
    let until =
        seconds(object, "until")?.ok_or("until: the field is missing: when the entry ends, in seconds since 1970")?;
    let Some(issued_before) = seconds(object, "issued_before")? else {
        return match kind {
            Kind::Any => Err("it names nothing: give what is revoked, or issued_before".into()),
            _ => Ok(Entry { until, ..Entry::default() }),
        };
    };
    match kind {
        Kind::User | Kind::Subject | Kind::Client | Kind::Account | Kind::Any => {
            Ok(Entry { issued_until: until, issued_before, ..Entry::default() })
        }
        Kind::TokenId | Kind::Session | Kind::KeyId => {
            Err(format!("issued_before: it does not go with {}", kind.name()).into())
        }
    }
}

pub(super) fn text<'a>(object: Value<'a>, field: &str) -> Result<Option<&'a str>> {
    let Some(value) = object.get(field) else { return Ok(None) };
    let text = value.as_str().ok_or_else(|| format!("{field}: a string is expected"))?;
    if text.is_empty() || text.trim() != text || text.chars().any(char::is_control) {
        return Err(format!(
            "{field}: the text is empty, begins or ends with white space, or holds a control character"
        )
        .into());
    }
    if text.len() > CONFIGURATION_TEXT_BYTES {
        return Err(format!("{field}: the text has more than {CONFIGURATION_TEXT_BYTES} bytes").into());
    }
    Ok(Some(text))
}

pub(super) fn seconds(object: Value<'_>, field: &str) -> Result<Option<u32>> {
    let Some(value) = object.get(field) else { return Ok(None) };
    let seconds = value.as_number().and_then(|number| number.parse::<u32>().ok());
    let allowed = seconds.filter(|seconds| (1..=REVOKED_UNTIL_MAX).contains(seconds));
    allowed
        .map(Some)
        .ok_or_else(|| format!("{field}: a whole number of seconds since 1970 is expected, to the end of 2099").into())
}
