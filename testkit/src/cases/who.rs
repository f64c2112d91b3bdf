//! The parts of an identity, as texts.

use doorward::Identity;

/// A part, by its name; else a claim of that name, as JSON, or nothing where it is not there.
pub fn part(identity: Identity<'_>, name: &str) -> String {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let list = |texts: &mut dyn Iterator<Item = &str>| texts.collect::<Vec<_>>().join(" ");
    match name {
        "label" => identity.label().to_owned(),
        "user" => identity.user().to_owned(),
        "issuer" => text(identity.issuer()),
        "subject" => text(identity.subject()),
        "tenant" => text(identity.tenant()),
        "object_id" => text(identity.object_id()),
        "client" => text(identity.client()),
        "token_id" => text(identity.token_id()),
        "app_only" => identity.is_app_only().to_string(),
        "method" => identity.method().name().to_owned(),
        "scopes" => list(&mut identity.scopes()),
        "roles" => list(&mut identity.roles()),
        claim => identity.claim(claim).map_or(String::new(), |value| value.as_json().to_owned()),
    }
}
