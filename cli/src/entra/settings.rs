//! The settings of an API client tool, section by section.

use super::configured::{Configured, texts};
use super::sheet::{Row, Section, row};
use doorward::entra::{Endpoint, Tenant, default_scope, is_guid};
use serde_json::Value;

const CLIENT: &str = "the application (client) id of the client's own app registration";

pub(super) struct Settings<'a> {
    pub(super) tenant: Tenant<'a>,
    pub(super) client_id: Option<&'a str>,
    pub(super) resource: String,
    pub(super) callback: &'a str,
    /// Those of the configuration.
    pub(super) audiences: &'a [&'a str],
    pub(super) configured: Option<&'a Configured>,
    /// How the configuration and the API are named on the command line.
    pub(super) asked: (String, &'a str),
}

impl Settings<'_> {
    pub(super) fn scope(&self) -> String {
        default_scope(&self.resource)
    }

    pub(super) fn sections(&self) -> Vec<Section> {
        let mut sections = vec![
            Section::new("user", "For a user: authorization code with PKCE", self.user()),
            Section::new("application", "For an application without a user: client credentials", self.application()),
            Section::new("v1_endpoint", "With the v1 endpoint instead: a resource, and no scope", self.v1_endpoint()),
            Section::new("token", "The token", self.token()),
            Section::new("steps", "Where it goes", self.steps()),
        ];
        let calls = self.configured.map(|configured| configured.apis().map(|(name, api)| call(name, api)).collect());
        sections.extend(calls.map(|calls| Section::new("calls", "The APIs, called with that token", calls)));
        sections
    }

    fn client(&self) -> String {
        self.client_id.unwrap_or(CLIENT).to_owned()
    }

    fn user(&self) -> Vec<Row> {
        vec![
            row("grant type", "Authorization Code (With PKCE)"),
            row("callback URL", self.callback),
            row("auth URL", self.tenant.authorization_url(Endpoint::V2)),
            row("access token URL", self.tenant.token_url(Endpoint::V2)),
            row("client ID", self.client()),
            row(
                "client secret",
                "empty, where the callback is registered under mobile and desktop applications; \
                                  a callback that is registered under web needs one (AADSTS7000218)",
            ),
            row("code challenge", "SHA-256"),
            row("scope", self.scope()),
            row("client authentication", "Send client credentials in body"),
        ]
    }

    fn application(&self) -> Vec<Row> {
        vec![
            row("grant type", "Client Credentials"),
            row("access token URL", self.tenant.token_url(Endpoint::V2)),
            row("client ID", self.client()),
            row("client secret", "the value of a secret of that client, not the secret's id"),
            row("scope", self.scope()),
            row("client authentication", "Send client credentials in body"),
        ]
    }

    fn v1_endpoint(&self) -> Vec<Row> {
        vec![
            row("auth URL", self.tenant.authorization_url(Endpoint::V1)),
            row("access token URL", self.tenant.token_url(Endpoint::V1)),
            row("resource", self.resource.as_str()),
            row(
                "how",
                "add it as a parameter named resource to the authorization request and to the token request, \
                        and leave the scope empty",
            ),
        ]
    }

    fn token(&self) -> Vec<Row> {
        vec![
            row("audience", self.audience()),
            row("accepted", self.audiences.join(", ")),
            row(
                "version",
                "the app registration of the API decides it, and not the endpoint: v1 unless \
                            accessTokenAcceptedVersion is 2. The platform's is v1",
            ),
            row("slash", self.slash()),
            row("rights", "scp holds the scopes of a user, roles those of an application or a user"),
        ]
    }

    fn audience(&self) -> String {
        if is_guid(&self.resource) {
            return format!("aud is {} in a token of v2, and the App ID URI or this in one of v1", self.resource);
        }
        format!("aud is {} in a token of v1, to the slash, and the client id of the API in one of v2", self.resource)
    }

    fn slash(&self) -> String {
        let scope = self.scope();
        match self.resource.strip_suffix('/') {
            Some(without) => format!(
                "the resource ends in a slash and the scope adds one, so there are two: {scope}. With one, the token is \
                 for {without}, which is another audience, or there is none (AADSTS500011)"
            ),
            None => format!("the resource ends in no slash, so the scope has one: {scope}. Don't add another"),
        }
    }

    fn steps(&self) -> Vec<Row> {
        let (config, api) = &self.asked;
        let checked = format!("doorward explain --config {config} --api {api} < token.txt tells whether it is let in");
        vec![
            row(
                "registration",
                "list the callback URL among the redirect URIs of the client, exactly, and add the API \
                                 under API permissions; doorward entra consent-url prints where an administrator consents",
            ),
            row(
                "paste",
                "in the tab Authorization of a request or a collection: type OAuth 2.0, header prefix Bearer; \
                          then Get New Access Token, and Use Token",
            ),
            row("check", checked),
        ]
    }
}

/// How to call an API, and what it asks for.
fn call(name: &str, api: &Value) -> Row {
    if api["enabled"] != true {
        return row(name, format!("switched off (apis.{name}.enabled)"));
    }
    if !texts(&api["accept"]).contains(&"bearer") {
        return row(name, format!("takes no bearer tokens (apis.{name}.accept)"));
    }
    let paths = texts(&api["paths"]);
    let paths = if paths.is_empty() { vec!["/…"] } else { paths };
    let calls: Vec<_> = paths.iter().map(|path| format!("https://HOST{path}")).collect();
    let needs = ["scopes", "roles", "clients"].map(|field| needs(field, &api[field]));
    let calls = calls.join(", ");
    row(name, format!("{calls} with Authorization: Bearer TOKEN{}{}", needs.concat(), applications(&api["app_only"])))
}

/// Whether applications may call without a user.
fn applications(app_only: &Value) -> String {
    match (app_only.is_object(), texts(&app_only["roles"])) {
        (false, _) => "; users only".to_owned(),
        (true, roles) if roles.is_empty() => "; applications too".to_owned(),
        (true, roles) => format!("; applications with roles {}", roles.join(", ")),
    }
}

fn needs(field: &str, values: &Value) -> String {
    let values = texts(values);
    if values.is_empty() { String::new() } else { format!("; {field} {}", values.join(", ")) }
}
