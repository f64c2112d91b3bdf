//! Arguments that the commands of `entra` share, checked before anything is made of them.

use doorward::entra;
use doorward::limits::ADDRESS_BYTES;

/// The host of a cloud's sign-in: by the name of the cloud, or a host itself.
pub(super) fn cloud(text: &str) -> Result<String, String> {
    let host = match text {
        "public" => "login.microsoftonline.com",
        "us_government" => "login.microsoftonline.us",
        "china" => "login.partner.microsoftonline.cn",
        host if host.contains(['.', ':']) => host,
        _ => return Err("public, us_government, china or the host of another authority is expected".to_owned()),
    };
    Ok(host.to_owned())
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
