//! A tenant of Entra ID that checks passwords.

use super::Result;
use crate::basic::entra_password::Settings;
use crate::code::Code;
use crate::entra::{Cloud, check_tenant, is_guid, is_tenant_id};
use crate::http::Transport;
use crate::limits;
use crate::policy::ConfigError;
use crate::policy::document::{ClaimPathDocument, CloudDocument};
use crate::policy::form::given;
use crate::policy::source::{address, check_authority, proxy, timeout, trust};
use crate::policy::text::check_text;
use crate::secret::Secret;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The platform's own resource.
const RESOURCE: &str = "https://api.k2.com/";

/// A tenant of Entra ID that checks passwords (RFC 6749 section 4.3), of accounts without multi-factor authentication.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntraPasswordDocument {
    /// The tenant: its id (a GUID), or one of its verified domains.
    pub(crate) tenant: String,
    /// The id of the application that asks (a GUID). Its registration has to allow public client flows, or have a secret.
    pub(crate) client_id: String,
    /// A file with the application's secret, relative to this document. Default: it has none.
    #[serde(default, deserialize_with = "given")]
    pub(crate) client_secret_file: Option<String>,
    /// The resource that a token is asked for, which shows that the user may call it. Default: "https://api.k2.com/".
    #[serde(default, deserialize_with = "given")]
    pub(crate) resource: Option<String>,
    /// What stands after the @ of its users' names, such as "contoso.example". With one, users may leave it out. Names with
    /// another one are refused without asking.
    pub(crate) realms: Vec<String>,
    /// The cloud: "public", "us_government" or "china". Default: "public".
    #[serde(default, deserialize_with = "given")]
    pub(crate) cloud: Option<CloudDocument>,
    /// Instead of `cloud`: the address where the tenant signs in.
    #[serde(default, deserialize_with = "given")]
    pub(crate) authority: Option<String>,
    /// A file with the certificates to trust (PEM), relative to this document. Default: those of the operating system.
    #[serde(default, deserialize_with = "given")]
    pub(crate) ca_file: Option<String>,
    /// The address of a proxy, or "environment" for what its variables say. Default: no proxy.
    #[serde(default, deserialize_with = "given")]
    pub(crate) proxy: Option<String>,
    /// How long one check may take, from "1s" to "30s"; not longer than `resolve_timeout` in any case. Default: "5s".
    #[serde(default, deserialize_with = "given")]
    pub(crate) timeout: Option<String>,
}

impl EntraPasswordDocument {
    pub(super) fn realms(&self) -> &[String] {
        &self.realms
    }
}

/// `user_claims` are those of the user manager.
pub(super) fn compile(
    path: &str,
    document: &EntraPasswordDocument,
    user_claims: Option<&[ClaimPathDocument]>,
    base: &Path,
) -> Result<Settings> {
    let field = |name: &str| format!("{path}.{name}");
    check_tenant(&document.tenant).map_err(|what| ConfigError::invalid(field("tenant"), what))?;
    if !is_guid(&document.client_id) {
        return Err(ConfigError::invalid(field("client_id"), "the id of an application is a GUID"));
    }
    if document.realms.is_empty() {
        return Err(ConfigError::invalid(field("realms"), "the list is empty"));
    }
    let resource = document.resource.as_deref().unwrap_or(RESOURCE);
    check_text(&field("resource"), resource)?;
    let secret = document.client_secret_file.as_ref().map(|file| secret(path, &base.join(file))).transpose()?;
    let files: Vec<PathBuf> =
        [&document.client_secret_file, &document.ca_file].into_iter().flatten().map(|file| base.join(file)).collect();
    let endpoint = format!("{}/{}/oauth2/v2.0/token", authority(path, document)?, document.tenant);
    Ok(Settings {
        endpoint: address(path, &endpoint)?,
        tenant: Some(document.tenant.to_ascii_lowercase()).filter(|tenant| is_tenant_id(tenant)),
        client_id: document.client_id.clone(),
        client_secret: secret,
        resource: resource.to_owned(),
        realms: document.realms.clone(),
        user_claims: user_claims.map(|paths| paths.iter().map(ClaimPathDocument::names).collect()),
        transport: Transport {
            trust: document.ca_file.as_ref().map(|file| trust(path, &base.join(file))).transpose()?,
            proxy: proxy(&field("proxy"), document.proxy.as_deref())?,
            timeout: timeout(path, document.timeout.as_deref())?,
        },
        files,
    })
}

fn authority(path: &str, document: &EntraPasswordDocument) -> Result<String> {
    let cloud = document.cloud.map(|cloud| match cloud {
        CloudDocument::Public => Cloud::Public,
        CloudDocument::UsGovernment => Cloud::UsGovernment,
        CloudDocument::China => Cloud::China,
    });
    match (cloud, &document.authority) {
        (Some(_), Some(_)) => {
            Err(ConfigError::invalid(format!("{path}.authority"), "give only one of cloud and authority"))
        }
        (None, Some(text)) => check_authority(&format!("{path}.authority"), text),
        (cloud, None) => Ok(cloud.unwrap_or(Cloud::Public).authority().to_owned()),
    }
}

fn secret(path: &str, file: &Path) -> Result<Secret> {
    let unusable = |what| {
        ConfigError::new(Code::FileUnreadable, format!("{path}.client_secret_file"), format!("the secret {what}"))
    };
    Secret::read_line(file, limits::CONFIGURATION_TEXT_BYTES).map_err(unusable)
}
