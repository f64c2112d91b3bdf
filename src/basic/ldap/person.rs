//! Who an entry of the directory is.

use super::dn::{Dn, first};
use super::fault::Fault;
use super::message::Entry;
use super::{Bind, Settings};
use crate::http::shown;

/// The name of a user as the directory has it, with its domain where it has one.
pub(super) fn name(settings: &Settings, entry: &Entry) -> Result<String, Fault> {
    let attribute = &settings.user_attribute;
    let value = one_value(entry, attribute)?;
    let is_full = attribute.eq_ignore_ascii_case("userPrincipalName");
    match &settings.domain {
        Some(domain) if !is_full => Ok(format!("{domain}\\{value}")),
        _ => Ok(value),
    }
}

/// The value of an attribute: its only one, or the one that the entry is named by.
pub(super) fn one_value(entry: &Entry, attribute: &str) -> Result<String, Fault> {
    let fault = |what: &str| Fault::of_directory(format!("the attribute {attribute} of {} {what}", shown(&entry.dn)));
    let values = entry.values(attribute);
    let text = |value: &[u8]| String::from_utf8(value.to_vec()).map_err(|_| fault("is not UTF-8"));
    match values {
        [] => Err(fault("is not there, or can't be seen by who reads it")),
        [value] => text(value),
        _ => {
            let named = first(&entry.dn).filter(|(name, _)| name.eq_ignore_ascii_case(attribute));
            let found = named.and_then(|(_, named)| values.iter().find(|value| value.as_slice() == named.as_bytes()));
            found.map_or_else(|| Err(fault("has several values")), |value| text(value))
        }
    }
}

/// An entry has to be where users are.
pub(super) fn check_within(dn: &str, base: &str) -> Result<(), Fault> {
    let is_within =
        Dn::parse(dn).zip(Dn::parse(base)).is_some_and(|(dn, base)| !base.is_empty() && dn.is_within(&base));
    if is_within {
        return Ok(());
    }
    Err(Fault::of_directory(format!("the server names {} as an entry below \"{base}\", which it is not", shown(dn))))
}

/// The attributes that are read of a user.
pub(super) fn attributes(settings: &Settings) -> Vec<&str> {
    let mut names = vec![settings.user_attribute.as_str()];
    if let Some(super::Roles { from: super::RolesFrom::Attribute(name), .. }) = &settings.roles {
        names.push(name);
    }
    if matches!(settings.bind, Bind::Name) {
        names.extend(["sAMAccountName", "userPrincipalName"]);
    }
    names.extend(["objectSid", "entryUUID"]);
    names
}
