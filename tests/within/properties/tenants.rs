//! A token is of the tenant that it is of: no change of a character makes another out of it, save a listed one, and no
//! tenant's users get another's label.

use doorward_testkit::cases::catalogue::Catalogue;
use doorward_testkit::clouds::{CONTOSO, CONTOSO_TWIN, Clouds, PARTNER, STRANGER};
use doorward_testkit::fetched::Driven;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The tenants with their labels; the first two differ in one digit.
const LABELS: [(&str, &str); 3] = [(CONTOSO, "AAD"), (CONTOSO_TWIN, "TWIN"), (PARTNER, "PARTNER")];

struct World {
    catalogue: Catalogue,
    driven: Driven,
    /// They serve what the verifier asks for.
    _clouds: Clouds,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let (clouds, catalogue) = (Clouds::start(), Catalogue::entra());
    let manager = |tenant: &str| json!({ "issuers": ["contoso"], "tenants": [tenant] });
    let managers: Value = LABELS.iter().map(|(tenant, label)| ((*label).to_owned(), manager(tenant))).collect();
    let more = json!({
        "issuers": { "contoso": { "entra": { "tenant": LABELS.map(|(tenant, _)| tenant) } } },
        "user_managers": managers,
        "apis": { "api": { "user_managers": LABELS.map(|(_, label)| label) } },
    });
    let driven = Driven::loaded(&clouds.completed(catalogue.configured(&[], &more)));
    World { catalogue, driven, _clouds: clouds }
});

fn issuer(form: &str, tenant: &str) -> String {
    match form.ends_with("v1") {
        true => format!("https://sts.windows.net/{tenant}/"),
        false => format!("https://login.microsoftonline.com/{tenant}/v2.0"),
    }
}

impl World {
    /// Whose the token is, where it is accepted: tenant, label and issuer.
    fn accepts(&self, form: &str, key: &str, claims: &Value) -> Option<(String, String, String)> {
        let verdict = self.driven.verify(&self.catalogue.token(form, Some(key), claims));
        let identity = verdict.identity()?;
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        Some((text(identity.tenant()), identity.label().to_owned(), text(identity.issuer())))
    }

    /// A token of these claims is refused, or of a listed tenant in all that it says. Whether it is accepted.
    fn is_of_one_tenant(&self, form: &str, key: &str, claims: &Value) -> bool {
        let Some((tenant, label, iss)) = self.accepts(form, key, claims) else { return false };
        let expected = LABELS.iter().find(|(listed, _)| *listed == tenant);
        assert_eq!(Some(label.as_str()), expected.map(|(_, label)| *label), "{claims}");
        assert_eq!(iss, issuer(form, &tenant), "{claims}");
        true
    }
}

/// Each text that differs from this one in one character: another one in its place, one more before it, or none.
fn changes(text: &str) -> Vec<String> {
    let others = ['0', '1', 'f', 'F', 'g', '-', '/', '.', ' ', '\u{0}', '\u{e9}', '{', 'm', '2'];
    let change = |at: usize| {
        let (before, after) = text.split_at(at);
        let rest = &after[after.len().min(1)..];
        let new = others.iter().flat_map(move |new| [format!("{before}{new}{rest}"), format!("{before}{new}{after}")]);
        let toggled = after.chars().next().map(|old| if old.is_lowercase() { old.to_ascii_uppercase() } else { old });
        let toggled = toggled.map(|new| format!("{before}{new}{rest}"));
        new.chain([format!("{before}{rest}")]).chain(toggled)
    };
    let mut changed: Vec<_> = (0..=text.len()).flat_map(change).filter(|changed| changed != text).collect();
    changed.sort_unstable();
    changed.dedup();
    changed
}

#[test]
fn a_changed_issuer_or_tenant_alone_is_refused() {
    for form in ["v1", "v2"] {
        assert!(WORLD.is_of_one_tenant(form, "public", &json!({})));
        for (claim, text) in [("iss", issuer(form, CONTOSO)), ("tid", CONTOSO.to_owned())] {
            for changed in changes(&text) {
                let claims = json!({ claim: changed });
                assert_eq!(WORLD.accepts(form, "public", &claims), None, "{form} {claim} {changed:?}");
            }
        }
    }
}

#[test]
fn a_tenant_that_is_changed_everywhere_is_refused_unless_it_is_listed() {
    for form in ["v1", "v2"] {
        let accepted: Vec<String> = changes(CONTOSO)
            .into_iter()
            .filter(|tenant| {
                let claims = json!({ "iss": issuer(form, tenant), "tid": tenant });
                WORLD.is_of_one_tenant(form, "public", &claims)
            })
            .collect();
        assert_eq!(accepted, [CONTOSO_TWIN], "{form}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_tenant_gets_the_label_of_another(
        form in prop::sample::select(vec!["v1", "v2", "app_v1", "app_v2", "guest_v2", "partner_v1", "partner_v2"]),
        key in prop::sample::select(vec!["public", "public", "public-v1", "public-v2", "public-partner", "public-bare", "china"]),
        iss in prop::sample::select(vec![CONTOSO, CONTOSO_TWIN, PARTNER, STRANGER]),
        tid in prop::option::of(prop::sample::select(vec![CONTOSO, CONTOSO_TWIN, PARTNER, STRANGER])),
        user in "(AAD|TWIN|PARTNER)?:?[a-zA-Z@.#:/]{0,12}",
    ) {
        let claims = json!({ "iss": issuer(form, iss), "tid": tid.unwrap_or(iss), "upn": user, "preferred_username": user });
        let accepted = WORLD.is_of_one_tenant(form, key, &claims);
        prop_assert!(!accepted || tid.is_none_or(|tid| tid == iss), "{}", claims);
    }
}
