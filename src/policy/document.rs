//! The configuration as written: one strict JSON document. Its JSON Schema is made from these types.
//!
//! What a value means, and whether it is allowed, is decided in `compile`.

use super::directory::{EntraPasswordDocument, LdapDocument, PasswordsDocument, WindowsDocument};
use super::form::{given, given_object, objects, objects_by_name, word};
use crate::secret::Secret;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The configuration of a Doorward verifier.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Doorward configuration")]
pub(crate) struct Document {
    /// The address of this schema, for editors. It is not read.
    #[serde(rename = "$schema", default, deserialize_with = "given")]
    #[allow(dead_code, reason = "it is for editors")]
    pub(crate) schema: Option<String>,
    /// The issuers of tokens, by names of your choice.
    #[serde(default, deserialize_with = "objects_by_name")]
    pub(crate) issuers: BTreeMap<String, IssuerDocument>,
    /// Where users come from, by label. A user is `label:name`.
    #[serde(default, deserialize_with = "objects_by_name")]
    pub(crate) user_managers: BTreeMap<String, UserManagerDocument>,
    /// The APIs that requests come in for, by names of your choice.
    #[serde(deserialize_with = "objects_by_name")]
    pub(crate) apis: BTreeMap<String, ApiDocument>,
    /// How far the clocks of issuers may be off: a number with the unit s or m, from "0s" to "5m". Default: "60s".
    #[serde(default, deserialize_with = "given")]
    pub(crate) clock_skew: Option<String>,
    /// A folder for the keys that were fetched, relative to this document: with it, a restart verifies while a
    /// provider is down. Only the user of the process may write it. Default: they are kept in memory only.
    #[serde(default, deserialize_with = "given")]
    pub(crate) state_dir: Option<String>,
    /// How long fetched keys serve while their provider can't be reached: a number with the unit m or h, from "5m" to
    /// "720h". Default: "24h".
    #[serde(default, deserialize_with = "given")]
    pub(crate) max_key_age: Option<String>,
    /// How long `resolve` waits for keys, at most: a number with the unit s, from "1s" to "30s". Default: "2s".
    #[serde(default, deserialize_with = "given")]
    pub(crate) resolve_timeout: Option<String>,
    /// How many requests wait for one key set in `resolve` at a time, from 0 to 4096. Each holds a thread of the host. Any more
    /// are denied at once. Default: 64, or `max_waiting_of_process` if that is less.
    #[serde(default, deserialize_with = "given")]
    pub(crate) max_waiting: Option<u32>,
    /// How many requests wait for keys in the whole process, from 0 to 4096. Default: 256, or `max_waiting` if that is more.
    #[serde(default, deserialize_with = "given")]
    pub(crate) max_waiting_of_process: Option<u32>,
    /// Whether this document, and the files that it names, are read again when they change. Default: false.
    #[serde(default)]
    pub(crate) watch: bool,
    /// What must not come in any more, though it is good by itself.
    #[serde(default, deserialize_with = "given_object")]
    pub(crate) denylist: Option<DenylistDocument>,
}

/// What was revoked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DenylistDocument {
    /// A file with a JSON object on each line, relative to this document. It is read again within a second after a
    /// change.
    pub(crate) file: String,
}

/// An issuer of tokens, with its keys: exactly one of `entra`, `oidc`, `jwks_url`, `jwks`, `jwks_file` and `pem_file`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IssuerDocument {
    /// The exact value of the claim `iss`. No slash is added or taken away. With `oidc` it may be left out, where it
    /// is the same; with `entra` it is left out.
    #[serde(default, deserialize_with = "given")]
    pub(crate) issuer: Option<String>,
    /// Tenants of Microsoft Entra ID. Issuers, addresses of keys and algorithms follow from it.
    #[serde(default, deserialize_with = "given_object")]
    pub(crate) entra: Option<EntraDocument>,
    /// The address of an OpenID provider. Its discovery document is fetched from there, below
    /// `/.well-known/openid-configuration`; it has to name the issuer exactly, and says where the keys are.
    #[serde(default, deserialize_with = "given")]
    pub(crate) oidc: Option<String>,
    /// The address of a key set, which is fetched. It begins with https, or with http on the machine itself.
    #[serde(default, deserialize_with = "given")]
    pub(crate) jwks_url: Option<String>,
    /// With `oidc`: hosts that the keys may be on, beside that of the provider.
    #[serde(default, deserialize_with = "given")]
    pub(crate) jwks_hosts: Option<Vec<String>>,
    /// With `entra`, `oidc` or `jwks_url`: a file with the certificates to trust (PEM), relative to this document. Default: those
    /// of the operating system.
    #[serde(default, deserialize_with = "given")]
    pub(crate) ca_file: Option<String>,
    /// With `entra`, `oidc` or `jwks_url`: the address of a proxy, such as "http://proxy.example:3128", or "environment" for what
    /// its variables say (ALL_PROXY, HTTPS_PROXY, HTTP_PROXY, NO_PROXY). Default: no proxy.
    #[serde(default, deserialize_with = "given")]
    pub(crate) proxy: Option<String>,
    /// With `entra`, `oidc` or `jwks_url`: how long fetching one document may take in all, from "1s" to "30s". Default: "5s".
    #[serde(default, deserialize_with = "given")]
    pub(crate) timeout: Option<String>,
    /// A key set (RFC 7517).
    #[serde(default, deserialize_with = "given")]
    pub(crate) jwks: Option<KeySetDocument>,
    /// A file with a key set, relative to this document.
    #[serde(default, deserialize_with = "given")]
    pub(crate) jwks_file: Option<String>,
    /// A file with one public key or certificate in PEM, relative to this document.
    #[serde(default, deserialize_with = "given")]
    pub(crate) pem_file: Option<String>,
    /// With `pem_file`: the key id that tokens must name. Without it, the key fits any.
    #[serde(default, deserialize_with = "given")]
    pub(crate) key_id: Option<String>,
    /// The values of the claim `aud` that are accepted, compared exactly; a token needs one of them.
    pub(crate) audiences: Vec<String>,
    /// The signature algorithms that are accepted, such as "RS256". There is no default, save with `entra`: "RS256".
    #[serde(default, deserialize_with = "given")]
    pub(crate) algorithms: Option<Vec<String>>,
    /// The values of the header's `typ` that are accepted, such as "at+jwt", compared without case and without
    /// "application/". Default: "JWT", "at+jwt", or none at all.
    #[serde(default, deserialize_with = "given")]
    pub(crate) typ: Option<Vec<String>>,
    /// The claim that names the user. Default: "sub", the only one that every issuer keeps stable and unique; with
    /// `entra`: the first that is there of "upn", "preferred_username" and "unique_name".
    #[serde(default, deserialize_with = "given")]
    pub(crate) user_claim: Option<ClaimPathDocument>,
}

/// Tenants of Microsoft Entra ID.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EntraDocument {
    /// The id of the tenant (a GUID), several of them, or "any" for those of `allowed_tenants`.
    pub(crate) tenant: OneOrMany,
    /// With "any": the ids of the tenants that are let in.
    #[serde(default, deserialize_with = "given")]
    pub(crate) allowed_tenants: Option<Vec<String>>,
    /// With "any": true lets every tenant of the cloud in, and so everybody who makes one. Personal accounts stay out.
    #[serde(default)]
    pub(crate) danger_any_tenant: bool,
    /// The cloud: "public", "us_government" or "china". Default: "public".
    #[serde(default, deserialize_with = "given")]
    pub(crate) cloud: Option<CloudDocument>,
    /// Instead of `cloud`: the address where the tenants sign in, as their issuers have it. With External ID it has the
    /// tenant's id and not its name, such as "https://5f3c8e7a-1d2b-4c6d-9e8f-0a1b2c3d4e5f.ciamlogin.com".
    #[serde(default, deserialize_with = "given")]
    pub(crate) authority: Option<String>,
    /// What v1 issuers begin with, where it is not that of the cloud, such as "https://sts.windows.net".
    #[serde(default, deserialize_with = "given")]
    pub(crate) v1_issuer: Option<String>,
    /// The versions of tokens that are accepted: "v1", "v2". Default: both. The app registration of the API decides which
    /// it gets, and each has its own keys.
    #[serde(default, deserialize_with = "given")]
    pub(crate) versions: Option<Vec<VersionDocument>>,
    /// The id of an application with signing keys of its own, as claims mapping needs them.
    #[serde(default, deserialize_with = "given")]
    pub(crate) application_id: Option<String>,
    /// Whose metadata leads to the keys: "common" or "organizations", which all tenants of a cloud share, or "tenant".
    /// Default: "common"; with `authority` or `application_id`: "tenant".
    #[serde(default, deserialize_with = "given")]
    pub(crate) metadata: Option<MetadataDocument>,
}

/// A text, or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a string or an array of strings is expected")]
pub(crate) enum OneOrMany {
    /// A text.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// A cloud of Microsoft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub(crate) enum CloudDocument {
    /// login.microsoftonline.com
    Public,
    /// login.microsoftonline.us
    UsGovernment,
    /// login.partner.microsoftonline.cn
    China,
}

/// A version of access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(crate) enum VersionDocument {
    /// Issued by sts.windows.net and its like.
    V1,
    /// Issued by the authority.
    V2,
}

/// Whose metadata leads to the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(crate) enum MetadataDocument {
    /// That of all accounts of the cloud.
    Common,
    /// That of work and school accounts.
    Organizations,
    /// That of the tenant.
    Tenant,
}

/// Where users come from, and what they are called.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserManagerDocument {
    /// Names of issuers whose users are of this user manager. Default: none, where a directory checks passwords.
    #[serde(default, deserialize_with = "given")]
    pub(crate) issuers: Option<Vec<String>>,
    /// With issuers of kind `entra`: the tenants whose users are of it. Default: all of them.
    #[serde(default, deserialize_with = "given")]
    pub(crate) tenants: Option<Vec<String>>,
    /// With issuers: the claims that may name the user; the first that is there does. Default: as the issuer says.
    #[serde(default, deserialize_with = "given")]
    pub(crate) user_claims: Option<Vec<ClaimPathDocument>>,
    /// "exact", or "lower" to write every name in lower case. Default: "exact".
    #[serde(default)]
    pub(crate) case: CaseDocument,
    /// With issuers of kind `entra`: what an application that calls for itself is called, where an API takes such:
    /// "client_id" or "object_id". Default: "client_id".
    #[serde(default)]
    pub(crate) applications: ApplicationDocument,
    /// With issuers of kind `entra`: whether guests of a tenant are its users too. Default: false.
    #[serde(default)]
    pub(crate) guests: bool,
    /// A file of users and password hashes, a line `user:hash` each, relative to this document. It is read again within a
    /// second after a change.
    #[serde(default, deserialize_with = "given")]
    pub(crate) htpasswd: Option<String>,
    /// With `htpasswd`: true takes passwords that stand there in the clear, and `{SHA}` and MD5 hashes, too. Default: such
    /// lines are refused.
    #[serde(default)]
    pub(crate) danger_weak_hashes: bool,
    /// A directory that speaks LDAP, such as Active Directory or OpenLDAP.
    #[serde(default, deserialize_with = "given_object")]
    pub(crate) ldap: Option<LdapDocument>,
    /// A tenant of Entra ID that checks passwords of accounts without multi-factor authentication.
    #[serde(default, deserialize_with = "given_object")]
    pub(crate) entra_password: Option<EntraPasswordDocument>,
    /// The accounts that the Windows server knows, of its domain or its own.
    #[serde(default, deserialize_with = "given_object")]
    pub(crate) windows: Option<WindowsDocument>,
    /// With a directory: whether a user name without a label, domain or realm that leads elsewhere is of it. Not needed
    /// where there is but one directory. Default: false.
    #[serde(default)]
    pub(crate) default: bool,
    /// With a directory: what is remembered of passwords, and how often they are checked.
    #[serde(default, deserialize_with = "given_object")]
    pub(crate) passwords: Option<PasswordsDocument>,
}

impl UserManagerDocument {
    /// Whether it checks passwords.
    pub(crate) fn has_directory(&self) -> bool {
        self.htpasswd.is_some() || self.ldap.is_some() || self.entra_password.is_some() || self.windows.is_some()
    }
}

/// What becomes of upper and lower case in the name of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(crate) enum CaseDocument {
    /// It stays, and names that differ in it are two.
    #[default]
    Exact,
    /// Lower case.
    Lower,
}

/// What an application that calls for itself is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub(crate) enum ApplicationDocument {
    /// The id of its registration.
    #[default]
    ClientId,
    /// The id of its service principal in the tenant.
    ObjectId,
}

/// What an API asks of an application that calls for itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppOnlyDocument {
    /// Roles that it needs (claim `roles`). Write [] where any role is enough.
    pub(crate) roles: Vec<String>,
    /// Whether it needs all of them, or any one. Default: all.
    #[serde(default)]
    pub(crate) roles_match: MatchDocument,
}

/// An API. It is off, and accepts nothing, until this says otherwise.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiDocument {
    /// Whether the API is switched on. Default: false.
    #[serde(default)]
    pub(crate) enabled: bool,
    /// The methods of authentication: "bearer", "basic".
    #[serde(default)]
    pub(crate) accept: Vec<MethodDocument>,
    /// Names of issuers whose tokens are accepted, beside those of `user_managers`.
    #[serde(default)]
    pub(crate) issuers: Vec<String>,
    /// Labels of user managers whose users are accepted.
    #[serde(default)]
    pub(crate) user_managers: Vec<String>,
    /// Scopes that a token needs (claims `scope` and `scp`), compared exactly. Write [] where none is needed.
    #[serde(default, deserialize_with = "given")]
    pub(crate) scopes: Option<Vec<String>>,
    /// Whether a token needs all of `scopes` or any one of them. Default: all.
    #[serde(default)]
    pub(crate) scopes_match: MatchDocument,
    /// Roles that a token needs (claim `roles`), compared exactly.
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    /// Whether a token needs all of `roles` or any one of them. Default: all.
    #[serde(default)]
    pub(crate) roles_match: MatchDocument,
    /// Client applications that may call (claims `azp`, `appid`, `client_id`). Default: any.
    #[serde(default, deserialize_with = "given")]
    pub(crate) clients: Option<Vec<String>>,
    /// Lets applications of Entra ID in that call for themselves, without a user. Scopes and roles are not asked of them,
    /// but the roles that stand here. Default: they are refused.
    #[serde(default, deserialize_with = "given_object")]
    pub(crate) app_only: Option<AppOnlyDocument>,
    /// Whether a token of Entra ID with neither scopes nor roles is let in. Default: false.
    #[serde(default)]
    pub(crate) allow_no_scopes: bool,
    /// Rules for further claims; a token has to fulfil each.
    #[serde(default, deserialize_with = "objects")]
    pub(crate) claims: Vec<ClaimRuleDocument>,
    /// Fully qualified names of the API's administrators, such as "K2:CONTOSO\\Admin".
    #[serde(default)]
    pub(crate) administrators: Vec<String>,
    /// Prefixes of the paths that belong to the API, such as "/api/workflow/v1", for hosts that ask by path. The longest
    /// one wins. Default: none.
    #[serde(default)]
    pub(crate) paths: Vec<String>,
    /// The realm of the challenges. Default: the name of the API.
    #[serde(default, deserialize_with = "given")]
    pub(crate) realm: Option<String>,
}

/// A method of authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(crate) enum MethodDocument {
    /// OAuth bearer tokens (RFC 6750).
    Bearer,
    /// User name and password (RFC 7617).
    Basic,
}

/// How many of a list are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(crate) enum MatchDocument {
    /// Each of them.
    #[default]
    All,
    /// One of them.
    Any,
}

/// A rule for one claim: exactly one of `equals`, `any_of` and `present`. A claim that is an array fulfils
/// `equals` and `any_of` where one of its elements does.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClaimRuleDocument {
    /// The claim.
    pub(crate) claim: ClaimPathDocument,
    /// The value that it must have.
    #[serde(default, deserialize_with = "given")]
    pub(crate) equals: Option<ScalarDocument>,
    /// The values of which it must have one.
    #[serde(default, deserialize_with = "given")]
    pub(crate) any_of: Option<Vec<ScalarDocument>>,
    /// True where it must be there, with any value but null.
    #[serde(default, deserialize_with = "given")]
    pub(crate) present: Option<bool>,
}

/// The path of a claim: names with dots between, or an array of names where a name has a dot in it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a claim is a string such as \"a.b\", or an array of names")]
pub(crate) enum ClaimPathDocument {
    /// Names with dots between.
    Dotted(String),
    /// Names as they are.
    Names(Vec<String>),
}

impl ClaimPathDocument {
    /// The names that lead to the claim, from the outside in.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Dotted(text) => text.split('.').map(str::to_owned).collect(),
            Self::Names(names) => names.clone(),
        }
    }
}

/// A string, a whole number or a boolean.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a value is a string, a whole number or a boolean")]
pub(crate) enum ScalarDocument {
    /// A string, compared byte for byte.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A boolean.
    Bool(bool),
}

/// A key set, kept as text: it may hold secrets, and is parsed as strictly as a file.
#[derive(Debug)]
pub(crate) struct KeySetDocument(pub(crate) Secret);

impl<'de> Deserialize<'de> for KeySetDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw: Box<RawValue> = Box::deserialize(deserializer)?;
        Ok(Self(Secret::new(String::from(Box::<str>::from(raw)).into_bytes())))
    }
}

impl JsonSchema for KeySetDocument {
    fn schema_name() -> Cow<'static, str> {
        "KeySet".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "required": ["keys"],
            "properties": { "keys": { "type": "array", "items": { "type": "object" } } }
        })
    }
}

impl<'de> Deserialize<'de> for MethodDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, &["bearer", "basic"], &[Self::Bearer, Self::Basic])
    }
}

impl<'de> Deserialize<'de> for CloudDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, &["public", "us_government", "china"], &[Self::Public, Self::UsGovernment, Self::China])
    }
}

impl<'de> Deserialize<'de> for VersionDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, &["v1", "v2"], &[Self::V1, Self::V2])
    }
}

impl<'de> Deserialize<'de> for MetadataDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, &["common", "organizations", "tenant"], &[Self::Common, Self::Organizations, Self::Tenant])
    }
}

impl<'de> Deserialize<'de> for CaseDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, &["exact", "lower"], &[Self::Exact, Self::Lower])
    }
}

impl<'de> Deserialize<'de> for ApplicationDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, &["client_id", "object_id"], &[Self::ClientId, Self::ObjectId])
    }
}

impl<'de> Deserialize<'de> for MatchDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, &["all", "any"], &[Self::All, Self::Any])
    }
}
