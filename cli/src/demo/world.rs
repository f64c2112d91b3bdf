//! The issuers, keys and APIs of the demonstration.

use doorward::{Algorithm, Clock};
use doorward_testkey::TestKey;
use serde_json::{Value, json};

/// Contoso's tenant, and the audience and scope of its tokens.
pub(super) const TENANT: &str = "9188aaaa-6c67-4c5b-b112-36a304b66dad";
pub(super) const AUDIENCE: &str = "https://api.k2.com/";
pub(super) const SCOPE: &str = "user_impersonation";
/// What the API `reports` requires.
pub(super) const ROLE: &str = "Reports.Read";
pub(super) const CLIENT: &str = "night-scheduler";
pub(super) const PARTNER: &str = "https://login.partner.example";
pub(super) const FABRIKAM: &str = "https://login.fabrikam.example";
/// The key id of Contoso's key and of Fabrikam's: an attack needs them to be the same.
pub(super) const KEY_ID: &str = "signing-1";

/// Keys of four kinds, of five issuers, and the time.
pub(super) struct World {
    pub(super) contoso: TestKey,
    pub(super) fabrikam: TestKey,
    pub(super) partner: TestKey,
    pub(super) factory: TestKey,
    pub(super) internal: TestKey,
    pub(super) now: i64,
}

impl World {
    /// Makes new keys.
    pub(super) fn new() -> Result<Self, String> {
        Ok(Self {
            contoso: TestKey::generate(Algorithm::RS256)?,
            fabrikam: TestKey::generate(Algorithm::RS256)?,
            partner: TestKey::generate(Algorithm::ES256)?,
            factory: TestKey::generate(Algorithm::EdDSA)?,
            internal: TestKey::generate(Algorithm::HS256)?,
            now: Clock::System.now(),
        })
    }

    /// Each key, by the name of its issuer.
    pub(super) fn keys(&self) -> [(&'static str, &TestKey); 5] {
        [
            ("contoso", &self.contoso),
            ("fabrikam", &self.fabrikam),
            ("partner", &self.partner),
            ("factory", &self.factory),
            ("internal", &self.internal),
        ]
    }

    /// Entra publishes the same keys for its v1 and v2 tokens, so Contoso has them under both names.
    pub(super) fn configuration(&self) -> Value {
        let entra = |version, user_claim| {
            let mut issuer = issuer(&contoso(version), &self.contoso);
            issuer["user_claim"] = json!(user_claim);
            issuer
        };
        let mut partner = issuer(PARTNER, &self.partner);
        partner["typ"] = json!(["at+jwt"]);
        json!({
            "issuers": {
                "contoso-v1": entra(1, "upn"),
                "contoso-v2": entra(2, "preferred_username"),
                "fabrikam": issuer(FABRIKAM, &self.fabrikam),
                "partner": partner,
                "factory": issuer("urn:factory", &self.factory),
                "internal": issuer("urn:internal", &self.internal),
            },
            "user_managers": { "AAD": { "issuers": ["contoso-v1", "contoso-v2"] } },
            "apis": {
                "workflow-rest": {
                    "enabled": true, "accept": ["bearer"], "user_managers": ["AAD"],
                    "issuers": ["partner", "fabrikam"], "scopes": [SCOPE],
                },
                "reports": {
                    "enabled": true, "accept": ["bearer"], "issuers": ["factory", "internal"],
                    "scopes": [], "roles": [ROLE], "clients": [CLIENT],
                },
                "smartobject-odata": { "enabled": false },
            },
            "clock_skew": "60s",
        })
    }
}

/// The value of `iss` in Contoso's tokens of a version.
pub(super) fn contoso(version: u8) -> String {
    match version {
        1 => format!("https://sts.windows.net/{TENANT}/"),
        _ => format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
    }
}

fn issuer(issuer: &str, key: &TestKey) -> Value {
    json!({
        "issuer": issuer, "audiences": [AUDIENCE], "algorithms": [key.algorithm().name()],
        "jwks": { "keys": [key.jwk(KEY_ID)] },
    })
}
