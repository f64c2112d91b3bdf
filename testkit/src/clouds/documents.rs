//! What the clouds publish: metadata and key sets, with the members that the real ones have.

use super::{Facts, Version};
use crate::keys::{algorithm, key};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::{Value, json};

/// What stands for the tenant in documents that are of no tenant.
pub const PLACEHOLDER: &str = "{tenantid}";

/// A key, as one version of the documents has it.
#[derive(Clone, Debug)]
pub struct PublishedKey {
    /// Who signs with it, and the key id.
    pub holder: String,
    /// `issuer`, with `{tenantid}` where it is of each tenant.
    pub issuer: Option<String>,
    /// `cloud_instance_name`
    pub cloud: Option<String>,
}

impl PublishedKey {
    /// A key without a word on whose it is, as in documents of v1.
    pub fn bare(holder: &str) -> Self {
        Self { holder: holder.to_owned(), issuer: None, cloud: None }
    }

    /// A key of a cloud, for each tenant.
    pub fn of(holder: &str, facts: &Facts) -> Self {
        let (issuer, cloud) = (facts.issuer(Version::V2, PLACEHOLDER), facts.instance.to_owned());
        Self { issuer: Some(issuer), cloud: Some(cloud), ..Self::bare(holder) }
    }

    fn jwk(&self, tenant: &str) -> Value {
        let signing = key(&self.holder, algorithm("RS256"));
        let mut jwk = signing.required_members();
        let certificate = certificate(&signing.private_bytes().unwrap());
        jwk["use"] = json!("sig");
        jwk["kid"] = json!(self.holder);
        jwk["x5t"] = json!(self.holder);
        jwk["x5c"] = json!([certificate]);
        if let Some(issuer) = &self.issuer {
            jwk["issuer"] = json!(issuer.replace(PLACEHOLDER, tenant));
        }
        if let Some(cloud) = &self.cloud {
            jwk["cloud_instance_name"] = json!(cloud);
        }
        jwk
    }
}

/// A certificate of a key, by itself.
fn certificate(private: &[u8]) -> String {
    let pair = KeyPair::try_from(&PrivatePkcs8KeyDer::from(private.to_vec())).unwrap();
    let certificate = CertificateParams::default().self_signed(&pair).unwrap();
    base64_simd::STANDARD.encode_to_string(certificate.der())
}

/// The text of a key set, for a tenant or for [`PLACEHOLDER`].
pub fn key_set(keys: &[PublishedKey], tenant: &str) -> String {
    json!({ "keys": keys.iter().map(|key| key.jwk(tenant)).collect::<Vec<_>>() }).to_string()
}

/// The metadata of a version, for `common`, `organizations` or a tenant. `query` is empty, or begins with `?`.
pub fn metadata(facts: &Facts, version: Version, segment: &str, query: &str) -> Value {
    let base = format!("https://{}/{segment}", facts.host);
    let path = version.path();
    let oauth = format!("{base}/oauth2{path}");
    let mut metadata = json!({
        "token_endpoint": format!("{oauth}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{base}/discovery{path}/keys{query}"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": facts.issuer(version, tenant_of(segment)),
        "authorization_endpoint": format!("{oauth}/authorize"),
        "device_authorization_endpoint": format!("{oauth}/devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{oauth}/logout"),
        "claims_supported": [
            "sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host",
            "aud", "exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash",
            "c_hash", "email"
        ],
        "kerberos_endpoint": format!("{base}/kerberos"),
        "tenant_region_scope": null,
        "cloud_instance_name": facts.instance,
        "cloud_graph_host_name": facts.graph,
        "msgraph_host": facts.msgraph,
        "rbac_url": "https://pas.windows.net",
    });
    match version {
        Version::V1 => {
            metadata["microsoft_multi_refresh_token"] = json!(true);
            metadata["check_session_iframe"] = json!(format!("{oauth}/checksession"));
            metadata["userinfo_endpoint"] = json!(format!("{base}/openid/userinfo"));
        }
        Version::V2 => {
            metadata["request_uri_parameter_supported"] = json!(false);
            metadata["userinfo_endpoint"] = json!(format!("https://{}/oidc/userinfo", facts.msgraph));
        }
    }
    metadata
}

/// What stands for the tenant in the documents of a segment.
pub fn tenant_of(segment: &str) -> &str {
    if matches!(segment, "common" | "organizations") { PLACEHOLDER } else { segment }
}
