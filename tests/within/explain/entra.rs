//! What is said of tokens of Entra ID: the step that failed, and the line of the configuration that lets such a token in,
//! or that no line does.

use doorward::{Code, Explanation, Request, StepOutcome};
use doorward_testkit::cases::catalogue::Catalogue;
use doorward_testkit::clouds::{CONTOSO, Clouds, PARTNER, STRANGER};
use doorward_testkit::fetched::Driven;
use serde_json::{Value, json};
use std::sync::LazyLock;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::entra);
static CLOUDS: LazyLock<Clouds> = LazyLock::new(Clouds::start);

fn explain(configuration: &Value, form: &str, key: &str, claims: &Value) -> Explanation {
    let driven = Driven::loaded(&CLOUDS.completed(configuration.clone()));
    let header = format!("Bearer {}", CATALOGUE.token(form, Some(key), claims));
    driven.verifier.explain(&Request::new("api").authorization(header.as_bytes()))
}

/// A token ends with the code at the step, with exactly this advice.
fn expect(patches: &[&str], (form, key, claims): (&str, &str, Value), (code, step): (Code, &str), advice: &str) {
    let explanation = explain(&CATALOGUE.configured(patches, &json!({})), form, key, &claims);
    assert_eq!(explanation.code(), code, "{explanation}");
    let failed = explanation.steps().iter().find(|step| step.outcome == StepOutcome::Failed).unwrap();
    assert_eq!(failed.name, step, "{explanation}");
    assert_ne!(failed.expected, failed.found, "{explanation}");
    assert_eq!(explanation.advice().join("\n"), advice, "{explanation}");
}

#[test]
fn a_tenant_that_is_not_listed_is_told_with_the_line_to_add_it_to() {
    let unknown = (Code::IssuerUnknown, "issuer");
    for (form, patches, line) in [
        ("stranger_v1", &["{}"][..], "add \"$\" to issuers.contoso.entra.tenant."),
        ("stranger_v2", &["two_tenants"], "add \"$\" to issuers.contoso.entra.tenant."),
        ("stranger_v2", &["any_allowed"], "add \"$\" to issuers.contoso.entra.allowed_tenants."),
        (
            "stranger_v2",
            &[r#"{ "issuers": { "contoso": { "entra": { "metadata": "tenant" } } } }"#],
            "add an issuer with \"entra\": { \"tenant\": \"$\" }.",
        ),
    ] {
        let line = line.replace('$', STRANGER);
        let advice = format!("This is a token of the tenant {STRANGER}, which no issuer has. If you trust it, {line}");
        expect(patches, (form, "public", json!({})), unknown, &advice);
    }
    let china = json!({ "iss": format!("https://sts.chinacloudapi.cn/{STRANGER}/"), "tid": STRANGER });
    let advice = format!(
        "This is a token of the tenant {STRANGER}, which no issuer has. If you trust it, add an issuer with \"entra\": \
         {{ \"tenant\": \"{STRANGER}\", \"cloud\": \"china\" }}."
    );
    expect(&[], ("china_v1", "china", china), unknown, &advice);
}

/// Pasting what was advised lets the token in.
#[test]
fn the_line_that_is_named_is_the_right_one() {
    for (patches, field) in [(&[][..], "tenant"), (&["any_allowed"], "allowed_tenants")] {
        let mut configuration = CATALOGUE.configured(patches, &json!({}));
        let told = explain(&configuration, "stranger_v2", "public", &json!({}));
        assert!(told.advice()[0].contains(&format!("issuers.contoso.entra.{field}")), "{told}");
        let entra = &mut configuration["issuers"]["contoso"]["entra"];
        let listed = entra[field].as_array().cloned().unwrap_or(vec![entra[field].clone()]);
        entra[field] = listed.into_iter().chain([json!(STRANGER)]).collect();
        let told = explain(&configuration, "stranger_v2", "public", &json!({}));
        assert_eq!(told.code(), Code::Ok, "{told}");
    }
}

#[test]
fn each_code_of_entra_id_has_advice_with_a_place() {
    let other = json!({ "tid": PARTNER });
    let advice = "The issuer and tid name different tenants: no token of Entra ID does. Ask who made this token: whatever \
                  issuers.contoso.entra says, such a one does not come in.";
    expect(&[], ("v1", "public", other), (Code::TenantMismatch, "tenant"), advice);

    let advice = "An application got this token for itself, without a user (idtyp is app, or there is no scope and oid is sub). \
                  To let applications in, set apis.api.app_only, such as { \"roles\": [\"Workflow.Run\"] }: roles that are \
                  assigned to them. Or let the client sign a user in, and ask for a scope of this API.";
    expect(&[], ("app_v2", "public", json!({})), (Code::AppOnlyNotAllowed, "scope"), advice);

    let advice = "The token has no role, and so every application of the tenant may have one like it. Assign a role of this API \
                  to the application at the issuer. To let such tokens in, set apis.api.allow_no_scopes to true.";
    let claims = json!({ "roles": null });
    expect(&["apps_with_any_role"], ("app_v2", "public", claims), (Code::RoleInsufficient, "role"), advice);

    let advice = "The user is a guest of the tenant: the name has #EXT#, acct is not 0, or another provider signed the user in \
                  (idp). To let guests in, set user_managers.AAD.guests to true.";
    expect(&[], ("guest_v2", "public", json!({})), (Code::GuestNotAllowed, "identity"), advice);
}

#[test]
fn a_key_of_somebody_else_is_told_from_one_that_is_not_known() {
    let unknown = (Code::KeyUnknown, "key");
    let v2 = "https://login.microsoftonline.com";
    let advice = format!(
        "issuers.contoso has the key public-partner, and it signs for {v2}/{PARTNER}/v2.0 alone, not for the issuer of this \
         token ({v2}/{CONTOSO}/v2.0). No setting changes that. If the token is genuine, compare issuers.contoso.entra with \
         the cloud and tenant that it is of."
    );
    expect(&[], ("v2", "public-partner", json!({})), unknown, &advice);
    let advice = "issuers.contoso has the key public-in-china, and it is of the cloud partner.microsoftonline.cn, while the \
                  metadata is that of microsoftonline.com: such a key signs for nobody here. Compare \
                  issuers.contoso.entra.cloud with the cloud of the tenant.";
    expect(&[], ("v2", "public-in-china", json!({})), unknown, advice);
    let told = explain(&CATALOGUE.configured(&[], &json!({})), "v2", "china", &json!({}));
    assert!(
        told.advice()[0].starts_with("The token names the key china, and issuers.contoso has these: public,"),
        "{told}"
    );
}

#[test]
fn another_version_or_cloud_is_told_with_the_field_that_leaves_it_out() {
    let unknown = (Code::IssuerUnknown, "issuer");
    let advice = "This is a v1.0 token of Entra ID, and issuers.contoso.entra.versions leaves that version out: add \"v1\" to \
                  accept it. The app registration of the API decides which it gets (accessTokenAcceptedVersion).";
    expect(&["v2_only"], ("v1", "public", json!({})), unknown, advice);
    let advice = "This is a token of the same tenant in another cloud of Microsoft: issuers.contoso.entra.cloud would have to be \
                  \"us_government\". To accept both, add a second issuer for that cloud.";
    expect(&[], ("us_v2", "us", json!({})), unknown, advice);
    let slash = json!({ "iss": format!("https://sts.windows.net/{CONTOSO}") });
    let advice = "Only the slash at the end differs from an issuer of issuers.contoso. Those of Entra ID are compared byte for \
                  byte, and no token of it has this one: ask who made this token.";
    expect(&[], ("v1", "public", slash), unknown, advice);
}
