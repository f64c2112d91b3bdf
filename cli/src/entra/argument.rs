//! Arguments that the commands of `entra` share, checked before anything is made of them.

use doorward::entra::{self, Cloud};
use doorward::limits::ADDRESS_BYTES;

/// Where the tenants of a cloud sign in: by the name of the cloud, or another authority's address.
pub(super) fn cloud(text: &str) -> Result<String, String> {
    let names = || Cloud::ALL.map(Cloud::name).join(", ");
    match Cloud::from_name(text) {
        Some(cloud) => Ok(cloud.authority().to_owned()),
        None if text.contains("://") => Ok(text.strip_suffix('/').unwrap_or(text).to_owned()),
        None => Err(format!("{} or the address of another authority is expected", names())),
    }
}

/// The id of a client.
pub(super) fn client_id(text: &str) -> Result<String, String> {
    let expected = "the application (client) id of the app registration is expected: a GUID";
    if entra::is_guid(text) { Ok(text.to_owned()) } else { Err(expected.to_owned()) }
}

/// The App ID URI of a resource, or its client id.
pub(super) fn resource(text: &str) -> Result<String, String> {
    if entra::is_guid(text) { Ok(text.to_owned()) } else { uri(text) }
}

/// A URI with a scheme and without a fragment, as redirect URIs are (RFC 6749 section 3.1.2).
pub(super) fn uri(text: &str) -> Result<String, String> {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let is_whole = text.split_once("://").is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty());
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') && text.len() <= ADDRESS_BYTES;
    let expected = "a whole URI such as https://api.example/ is expected, in ASCII, without spaces and #";
    if is_whole && is_plain { Ok(text.to_owned()) } else { Err(expected.to_owned()) }
}
