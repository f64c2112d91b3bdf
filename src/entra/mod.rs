//! What is particular to Microsoft Entra ID, as facts and pure functions: clouds, tenants, the forms of issuers, its
//! addresses, and what its errors mean.
//!
//! It fetches nothing, and no verdict depends on what it tells of an error.

mod aadsts;
mod cloud;
mod consent;
mod oauth;
mod refusal;
mod tenant;
mod windows;

pub use aadsts::{aadsts, aadsts_numbers};
pub use cloud::Cloud;
pub use consent::{Endpoint, Tenant, default_scope, is_guid};
pub use oauth::{ErrorField, oauth_error, oauth_suberror};
pub use refusal::{Actor, Refusal, Retry};
pub use windows::{windows_logon, windows_logon_numbers};

pub(crate) use cloud::Authority;
pub(crate) use consent::{Encoded, check_tenant};
pub(crate) use tenant::{PERSONAL_ACCOUNTS, Template, before_tenant, is_tenant_id};

use crate::parse::claims::Claims;

/// The claims that name a user, the first that is there. `email` is not among them: anybody may set it in a tenant of
/// their own.
pub(crate) const USER_CLAIMS: [&str; 3] = ["upn", "preferred_username", "unique_name"];

/// The two spellings of Microsoft Graph's audience.
const GRAPH_AUDIENCES: [&str; 2] = ["00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com"];

/// The audience, where it is Microsoft Graph. Such tokens have a `nonce` in their header, and only
/// Graph knows how to verify their signature.
pub(crate) fn graph_audience<'a>(claims: Claims<'a>) -> Option<&'a str> {
    let audience = claims.string("aud").present()?;
    let trimmed = audience.strip_suffix('/').unwrap_or(audience);
    GRAPH_AUDIENCES.contains(&trimmed).then_some(audience)
}

/// Whether the client that the token was made for can act on a challenge for other claims: it said so when it asked for
/// the token (continuous access evaluation).
pub(crate) fn client_takes_claims_challenge(claims: Claims<'_>) -> bool {
    claims
        .words("xms_cc")
        .present()
        .is_some_and(|capabilities| capabilities.iter().any(|capability| capability == "cp1"))
}

/// The version of an access token. The app registration of the API decides which it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    V1,
    V2,
}

impl Version {
    pub(crate) const ALL: [Self; 2] = [Self::V1, Self::V2];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1.0",
            Self::V2 => "v2.0",
        }
    }

    /// As the configuration has it.
    pub(crate) const fn field(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }

    /// The value of the claim `ver`.
    pub(crate) const fn claim(self) -> &'static str {
        match self {
            Self::V1 => "1.0",
            Self::V2 => "2.0",
        }
    }
}

/// The parts of an issuer of Entra ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Issuer<'a> {
    pub(crate) tenant: &'a str,
    pub(crate) version: Version,
    host: &'a str,
}

impl<'a> Issuer<'a> {
    /// Takes an `iss` apart: `https://sts.windows.net/{tenant}/` (v1), or
    /// `https://login.microsoftonline.com/{tenant}/v2.0` and its like in other clouds (v2).
    pub(crate) fn parse(iss: &'a str) -> Option<Self> {
        let (host, path) = iss.strip_prefix("https://")?.split_once('/')?;
        let (tenant, version) = match host {
            "sts.windows.net" | "sts.chinacloudapi.cn" => (path.strip_suffix('/')?, Version::V1),
            "login.microsoftonline.com" | "login.microsoftonline.us" | "login.partner.microsoftonline.cn" => {
                (path.strip_suffix("/v2.0")?, Version::V2)
            }
            _ => return None,
        };
        (!tenant.is_empty() && !tenant.contains('/')).then_some(Self { tenant, version, host })
    }

    /// The cloud, as the configuration has it; of v1 it may be one of two.
    pub(crate) fn cloud(self) -> &'static str {
        match self.host {
            "login.microsoftonline.us" => "\"us_government\"",
            "sts.windows.net" => "\"public\" or \"us_government\"",
            host if host.ends_with(".cn") => "\"china\"",
            _ => "\"public\"",
        }
    }

    /// Whether two issuers may be of one cloud. The clouds of v1 can't all be told apart: that of
    /// the US government has the host of the public one.
    pub(crate) fn may_share_cloud(self, other: Self) -> bool {
        let is_chinese = |issuer: Self| issuer.host.ends_with(".cn");
        if self.version == other.version { self.host == other.host } else { is_chinese(self) == is_chinese(other) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_taken_apart() {
        let v1 = Issuer::parse("https://sts.windows.net/t/").unwrap();
        let v2 = Issuer::parse("https://login.microsoftonline.com/t/v2.0").unwrap();
        assert_eq!((v1.tenant, v1.version), ("t", Version::V1));
        assert_eq!((v2.tenant, v2.version), ("t", Version::V2));
        let other_clouds = ["https://login.microsoftonline.us/t/v2.0", "https://sts.chinacloudapi.cn/t/"];
        let [us, china] = other_clouds.map(|iss| Issuer::parse(iss).unwrap());
        assert!(v1.may_share_cloud(v2) && v1.may_share_cloud(us));
        assert!(!v2.may_share_cloud(us) && !v1.may_share_cloud(china) && !v2.may_share_cloud(china));
        for other in [
            "https://sts.windows.net/t",
            "https://sts.windows.net//",
            "http://sts.windows.net/t/",
            "https://login.microsoftonline.com/t/v2.0/",
            "https://a/t/",
        ] {
            assert_eq!(Issuer::parse(other), None, "{other}");
        }
    }
}
