//! Tenants, and issuers in which a tenant's id stands.

/// What stands for the tenant in the metadata of `common` and `organizations`, and in their keys.
pub(crate) const PLACEHOLDER: &str = "{tenantid}";

/// The tenant of all personal accounts.
pub(crate) const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Whether this is the id of a tenant as tokens have it: a GUID in lower case.
pub(crate) fn is_tenant_id(text: &str) -> bool {
    let fits = |(index, byte): (usize, u8)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

/// What stands before the tenant in an issuer, or in the text of a template.
pub(crate) fn before_tenant(issuer: &str) -> Option<&str> {
    let (rest, _version) = issuer.rsplit_once('/')?;
    Some(rest.rsplit_once('/')?.0)
}

/// An issuer with a place for the tenant's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    text: String,
    before: usize,
}

impl Template {
    pub(super) fn new(base: &str, after: &str) -> Self {
        Self { text: format!("{base}/{PLACEHOLDER}{after}"), before: base.len() + 1 }
    }

    /// With the placeholder.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn fill(&self, tenant: &str) -> String {
        self.text.replace(PLACEHOLDER, tenant)
    }

    /// The tenant of an issuer of this form.
    pub(crate) fn tenant_of<'a>(&self, issuer: &'a str) -> Option<&'a str> {
        let (before, after) = (self.text.get(..self.before)?, self.text.get(self.before + PLACEHOLDER.len()..)?);
        issuer.strip_prefix(before)?.strip_suffix(after).filter(|tenant| is_tenant_id(tenant))
    }

    /// Whether a key's issuer is this one, for a tenant: the template itself, or it with that tenant's id.
    pub(crate) fn covers(&self, key_issuer: &str, tenant: &str) -> bool {
        key_issuer == self.text || self.tenant_of(key_issuer) == Some(tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";

    #[test]
    fn a_tenant_is_a_guid_in_lower_case() {
        assert!(is_tenant_id(TENANT) && is_tenant_id(PERSONAL_ACCOUNTS));
        for other in [
            "",
            "common",
            "{tenantid}",
            "contoso.example",
            "11111111222233334444555555555555",
            "{1111111-2222-3333-4444-555555555555",
            "11111111-2222-3333-4444-55555555555A",
            "11111111-2222-3333-4444-5555555555555",
            "11111111-2222-3333-4444-55555555555\u{e9}",
        ] {
            assert!(!is_tenant_id(other), "{other}");
        }
    }

    #[test]
    fn a_template_is_filled_and_read() {
        let template = Template::new("https://sts.windows.net", "/");
        let filled = template.fill(TENANT);
        assert_eq!(filled, format!("https://sts.windows.net/{TENANT}/"));
        assert_eq!(template.tenant_of(&filled), Some(TENANT));
        for other in
            ["https://sts.windows.net//", "https://sts.windows.net/", template.text(), &filled[..filled.len() - 1]]
        {
            assert_eq!(template.tenant_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_template_and_its_issuers_have_the_same_before_the_tenant() {
        for (base, after) in [("https://sts.windows.net", "/"), ("https://login.microsoftonline.com", "/v2.0")] {
            let template = Template::new(base, after);
            assert_eq!(before_tenant(template.text()), Some(base));
            assert_eq!(before_tenant(&template.fill(TENANT)), Some(base));
        }
        assert_eq!([before_tenant(""), before_tenant("a/b")], [None, None]);
    }

    #[test]
    fn a_template_covers_itself_and_the_tenant() {
        let template = Template::new("https://login.microsoftonline.com", "/v2.0");
        let other = TENANT.replace('1', "2");
        assert!(template.covers(template.text(), TENANT) && template.covers(&template.fill(TENANT), TENANT));
        assert!(!template.covers(&template.fill(&other), TENANT));
        assert!(!template.covers("https://login.microsoftonline.us/{tenantid}/v2.0", TENANT));
        assert!(
            !template.covers("", TENANT) && !template.covers("https://login.microsoftonline.com/{tenantid}/", TENANT)
        );
    }
}
