//! The clouds of Entra ID: who signs in there, and what tokens of it are called.

use super::{Template, Version};

/// A cloud of Microsoft.
///
/// ```
/// use doorward::entra::Cloud;
/// assert_eq!(Cloud::from_name("us_government"), Some(Cloud::UsGovernment));
/// assert_eq!(Cloud::UsGovernment.authority(), "https://login.microsoftonline.us");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cloud {
    /// That of most tenants.
    Public,
    /// That of the government of the USA.
    UsGovernment,
    /// That of China.
    China,
}

impl Cloud {
    /// Every cloud.
    pub const ALL: [Self; 3] = [Self::Public, Self::UsGovernment, Self::China];

    /// The name as in the configuration, such as `us_government`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::UsGovernment => "us_government",
            Self::China => "china",
        }
    }

    /// Finds a cloud by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cloud| cloud.name() == name)
    }

    /// Where its tenants sign in: scheme and host, without a slash at the end.
    pub const fn authority(self) -> &'static str {
        match self {
            Self::Public => "https://login.microsoftonline.com",
            Self::UsGovernment => "https://login.microsoftonline.us",
            Self::China => "https://login.partner.microsoftonline.cn",
        }
    }

    /// What v1 issuers begin with. That of the US government is not documented, and so it can be configured.
    pub(crate) const fn v1_issuer(self) -> &'static str {
        match self {
            Self::Public | Self::UsGovernment => "https://sts.windows.net",
            Self::China => "https://sts.chinacloudapi.cn",
        }
    }
}

/// Where tenants sign in: a cloud, or an authority of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authority {
    /// Scheme and host, without a slash at the end.
    pub(crate) address: String,
    /// What v1 issuers begin with; there are none without it.
    pub(crate) v1_issuer: Option<String>,
}

impl From<Cloud> for Authority {
    fn from(cloud: Cloud) -> Self {
        Self { address: cloud.authority().to_owned(), v1_issuer: Some(cloud.v1_issuer().to_owned()) }
    }
}

impl Authority {
    /// The issuers of a version. `None` where there are no tokens of it.
    pub(crate) fn issuers(&self, version: Version) -> Option<Template> {
        match version {
            Version::V1 => Some(Template::new(self.v1_issuer.as_deref()?, "/")),
            Version::V2 => Some(Template::new(&self.address, "/v2.0")),
        }
    }

    /// Where the metadata of a version is, for a tenant or for `common`.
    pub(crate) fn metadata(&self, version: Version, tenant: &str, application_id: Option<&str>) -> String {
        let version = match version {
            Version::V1 => "",
            Version::V2 => "/v2.0",
        };
        let query = application_id.map_or(String::new(), |id| format!("?appid={id}"));
        format!("{}/{tenant}{version}/.well-known/openid-configuration{query}", self.address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cloud_has_its_issuers() {
        let filled = |cloud: Cloud, version| Authority::from(cloud).issuers(version).unwrap().fill("t");
        assert_eq!(filled(Cloud::Public, Version::V1), "https://sts.windows.net/t/");
        assert_eq!(filled(Cloud::Public, Version::V2), "https://login.microsoftonline.com/t/v2.0");
        assert_eq!(filled(Cloud::UsGovernment, Version::V1), "https://sts.windows.net/t/");
        assert_eq!(filled(Cloud::UsGovernment, Version::V2), "https://login.microsoftonline.us/t/v2.0");
        assert_eq!(filled(Cloud::China, Version::V1), "https://sts.chinacloudapi.cn/t/");
        assert_eq!(filled(Cloud::China, Version::V2), "https://login.partner.microsoftonline.cn/t/v2.0");
    }

    #[test]
    fn metadata_is_per_version() {
        let public = Authority::from(Cloud::Public);
        let common = "https://login.microsoftonline.com/common";
        let v1 = format!("{common}/.well-known/openid-configuration");
        assert_eq!(public.metadata(Version::V1, "common", None), v1);
        let v2 = format!("{common}/v2.0/.well-known/openid-configuration?appid=a");
        assert_eq!(public.metadata(Version::V2, "common", Some("a")), v2);
    }
}
