//! The form that a password is sent in.

use super::Settings;
use crate::entra::{Encoded, default_scope};
use std::fmt::Write;
use zeroize::Zeroizing;

/// The body of the request. Room is made first, so that no copy is left behind by growing.
pub(super) fn of(settings: &Settings, user: &str, password: &str) -> Zeroizing<String> {
    let secret = settings.client_secret.as_ref().and_then(|secret| std::str::from_utf8(secret.expose()).ok());
    let scope = default_scope(&settings.resource);
    let fields = [
        ("grant_type", "password"),
        ("client_id", settings.client_id.as_str()),
        ("scope", &scope),
        ("username", user),
        ("password", password),
        ("client_secret", secret.unwrap_or_default()),
    ];
    let room = fields.iter().map(|(name, value)| name.len() + 3 * value.len() + 2).sum();
    let mut form = Zeroizing::new(String::with_capacity(room));
    for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
        let before = if form.is_empty() { "" } else { "&" };
        // Writing into a String does not fail.
        let _ = write!(form, "{before}{name}={}", Encoded(value));
    }
    form
}
