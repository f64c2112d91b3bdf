//! Whose metadata and whose keys are believed.

use super::world::{CATALOGUE, code, configured, loaded, token};
use doorward::Code;
use doorward_testkit::clouds::{
    APPLICATION, CHINA, CONTOSO, CONTOSO_TWIN, Cloud, Clouds, PARTNER, PUBLIC, PublishedKey, US_GOVERNMENT, Version,
    metadata,
};
use doorward_testkit::fetched::Driven;
use doorward_testkit::server::Answer;
use serde_json::{Value, json};

/// The versions, with the forms of their tokens.
const FORMS: [(Version, &str); 2] = [(Version::V1, "v1"), (Version::V2, "v2")];

/// What is told of the refreshes of each issuer, by its name.
fn failures(driven: &Driven) -> Vec<String> {
    let told = |issuer: &doorward::IssuerHealth| issuer.failure.as_ref().map(|failure| failure.message.clone());
    driven.verifier.health().issuers().iter().map(|issuer| told(issuer).unwrap_or_default()).collect()
}

#[test]
fn each_cloud_is_reached_by_its_name_and_has_its_own_keys() {
    let clouds = Clouds::start();
    for (cloud, config, forms) in [
        (&clouds.public, "{}", ["v1", "v2"]),
        (&clouds.us_government, "us_government", ["us_v1", "us_v2"]),
        (&clouds.china, "china", ["china_v1", "china_v2"]),
    ] {
        let before = clouds.proxy.targets().len();
        let driven = loaded(&clouds, &[config]);
        let holders = [cloud.facts.holder.to_owned(), format!("{}-v1", cloud.facts.holder)];
        for (form, holder) in [(forms[0], &holders[0]), (forms[1], &holders[0]), (forms[0], &holders[1])] {
            assert_eq!(code(&driven, form, holder), Code::Ok, "{form} {holder} {:?}", failures(&driven));
        }
        let target = format!("{}:443", cloud.facts.host);
        assert!(clouds.proxy.targets()[before..].iter().all(|found| *found == target), "only {target} is asked");
        assert_eq!(cloud.requests(), 4, "metadata and keys, of each version");
        for other in clouds.all().into_iter().filter(|other| other.facts.host != cloud.facts.host) {
            for form in forms {
                // Each is worth a refresh of its own.
                driven.set_time(driven.now() + 60);
                assert_eq!(code(&driven, form, other.facts.holder), Code::KeyUnknown, "{form} {}", other.facts.holder);
            }
        }
    }
}

/// Every verdict is that of a provider that was not heard: nothing of the document is believed.
fn refused(clouds: &Clouds, config: &[&str], more: &Value, words: &str) {
    let driven = Driven::loaded(&configured(clouds, config, more));
    let failure = failures(&driven).join("\n");
    assert!(failure.contains(words), "{words:?} is not in {failure:?}");
    for form in ["v1", "v2"] {
        let code = driven.verify(&token(form, "public")).code();
        assert!(matches!(code, Code::Pending | Code::KeysNeverLoaded), "{form}: {code}");
    }
}

#[test]
fn metadata_of_somebody_else_is_refused() {
    let tenant = json!({ "issuers": { "contoso": { "entra": { "metadata": "tenant" } } } });
    let own = CONTOSO;
    for (more, segment) in [(json!({}), "common"), (tenant, own)] {
        let clouds = Clouds::start();
        let set = |change: &dyn Fn(Version) -> Value| {
            for version in Version::ALL {
                clouds.public.set_metadata(version, segment, &change(version));
            }
        };
        let other = if segment == own { PARTNER } else { own };
        set(&|version| metadata(&PUBLIC, version, other, ""));
        refused(&clouds, &[], &more, "is of another issuer");
        set(&|version| metadata(&CHINA, version, segment, ""));
        refused(&clouds, &[], &more, "is of another issuer");
        set(&|version| metadata(&US_GOVERNMENT, version, segment, ""));
        refused(&clouds, &[], &more, "jwks_uri is on another host, login.microsoftonline.us");
        set(&|version| {
            let mut changed = metadata(&PUBLIC, version, segment, "");
            let issuer = changed["issuer"].as_str().unwrap().to_owned();
            changed["issuer"] = json!(issuer.strip_suffix('/').map_or(format!("{issuer}/"), str::to_owned));
            changed
        });
        refused(&clouds, &[], &more, "only the slash at the end differs");
        set(&|version| {
            let mut changed = metadata(&PUBLIC, version, segment, "");
            changed["jwks_uri"] = json!("https://keys.evil.example/keys");
            changed
        });
        refused(&clouds, &[], &more, "jwks_uri is on another host");
        set(&|version| metadata(&PUBLIC, version, segment, ""));
        let driven = Driven::loaded(&configured(&clouds, &[], &more));
        assert_eq!(code(&driven, "v2", "public"), Code::Ok, "{:?}", failures(&driven));
    }
}

#[test]
fn the_metadata_of_one_tenant_does_not_do_for_another() {
    let clouds = Clouds::start();
    let more = json!({ "issuers": { "contoso": { "entra": { "metadata": "tenant" } } } });
    let twin = metadata(&PUBLIC, Version::V2, CONTOSO_TWIN, "");
    clouds.public.set_metadata(Version::V2, CONTOSO, &twin);
    let driven = Driven::loaded(&configured(&clouds, &["v2_only"], &more));
    assert!(failures(&driven)[0].contains(CONTOSO_TWIN), "{:?}", failures(&driven));
}

pub fn the_metadata_is_of_its_version() {
    let clouds = Clouds::start();
    for (version, other) in [(Version::V1, Version::V2), (Version::V2, Version::V1)] {
        clouds.public.set_metadata(version, "common", &metadata(&PUBLIC, other, "common", ""));
    }
    refused(&clouds, &[], &json!({}), "is of another issuer");
    let clouds = Clouds::start();
    let driven = loaded(&clouds, &[]);
    for (version, form) in FORMS {
        for (holder, signs) in [("public-v1", version == Version::V1), ("public-v2", version == Version::V2)] {
            let expected = if signs { Code::Ok } else { Code::KeyUnknown };
            assert_eq!(code(&driven, form, holder), expected, "{form} by {holder}");
        }
    }
    // At the beginning, and for the key that was asked for.
    assert_eq!(clouds.public.server.requests(&Cloud::metadata_path(Version::V1, "common")), 2);
    assert_eq!(clouds.public.server.requests(&Cloud::metadata_path(Version::V2, "common")), 2);
}

/// A key of the set is good for the tenants that its own `issuer` names, in whatever form.
pub fn a_key_signs_for_whom_it_names() {
    let clouds = Clouds::start();
    let own = |text: &str| Some(text.to_owned());
    let v2 = "https://login.microsoftonline.com";
    for (issuer, cloud, contoso, partner) in [
        (None, None, true, true),
        (own("https://login.microsoftonline.com/{tenantid}/v2.0"), own(PUBLIC.instance), true, true),
        (own("https://login.microsoftonline.com/{tenantid}/v2.0"), None, true, true),
        (own(&format!("{v2}/{CONTOSO}/v2.0")), own(PUBLIC.instance), true, false),
        (own(&format!("{v2}/{PARTNER}/v2.0")), own(PUBLIC.instance), false, true),
        (own(&format!("{v2}/{CONTOSO}/v2.0/")), None, false, false),
        (own(&format!("{v2}/{}/v2.0", CONTOSO.to_uppercase())), None, false, false),
        (own("https://login.microsoftonline.com/{TENANTID}/v2.0"), None, false, false),
        (own("https://login.microsoftonline.com/common/v2.0"), None, false, false),
        (own("https://login.microsoftonline.com"), None, false, false),
        (own("https://login.microsoftonline.us/{tenantid}/v2.0"), None, false, false),
        (own(&format!("https://sts.chinacloudapi.cn/{CONTOSO}/")), None, false, false),
        (own("*"), None, false, false),
        (own(""), None, false, false),
        (None, own(CHINA.instance), false, false),
        (None, own("Microsoftonline.com"), false, false),
        (None, own(""), false, false),
    ] {
        let key = PublishedKey { issuer, cloud, ..PublishedKey::bare("special") };
        for (version, contoso_form, partner_form) in
            [(Version::V1, "v1", "partner_v1"), (Version::V2, "v2", "partner_v2")]
        {
            clouds.public.change_keys(version, |keys| {
                keys.retain(|known| known.holder != "special");
                keys.push(key.clone());
            });
            let driven = loaded(&clouds, &["two_tenants"]);
            // Keys of v1 name no issuer. A v2 key has to, where tenants share the set.
            let is_named = key.issuer.is_some() || version == Version::V1;
            for (form, signs) in [(contoso_form, contoso), (partner_form, partner)] {
                let expected = if signs && is_named { Code::Ok } else { Code::KeyUnknown };
                assert_eq!(code(&driven, form, "special"), expected, "{form} by {key:?}");
                assert_eq!(code(&driven, form, "public"), Code::Ok, "the others of its set go on");
            }
        }
    }
}

#[test]
fn a_key_may_name_an_issuer_of_its_own_version() {
    let clouds = Clouds::start();
    for (issuer, expected) in [
        ("https://sts.windows.net/{tenantid}/", Code::Ok),
        (&format!("https://sts.windows.net/{CONTOSO}/"), Code::Ok),
        (&format!("https://sts.windows.net/{PARTNER}/"), Code::KeyUnknown),
        ("https://sts.windows.net/{tenantid}", Code::KeyUnknown),
    ] {
        let key = PublishedKey { issuer: Some(issuer.to_owned()), ..PublishedKey::bare("special") };
        clouds.public.change_keys(Version::V1, |keys| {
            keys.retain(|known| known.holder != "special");
            keys.push(key.clone());
        });
        assert_eq!(code(&loaded(&clouds, &[]), "v1", "special"), expected, "{issuer}");
    }
}

/// The cloud that the metadata names is what counts: where it names none, keys are of whatever cloud they say.
#[test]
fn a_key_of_another_cloud_signs_nowhere_else() {
    let clouds = Clouds::start();
    let driven = loaded(&clouds, &[]);
    assert_eq!(code(&driven, "v2", "public-in-china"), Code::KeyUnknown);
    assert_eq!(code(&driven, "v2", "public-of-china"), Code::KeyUnknown);
    clouds.china.change_keys(Version::V2, |keys| {
        keys.push(PublishedKey::of("public", &CHINA));
        keys.push(PublishedKey::of("in-public", &PUBLIC));
    });
    let china = loaded(&clouds, &["china"]);
    assert_eq!(code(&china, "china_v2", "public"), Code::Ok, "who has a key in both clouds signs in both");
    assert_eq!(code(&china, "china_v2", "in-public"), Code::KeyUnknown);
}

pub fn an_application_has_metadata_of_its_own() {
    let clouds = Clouds::start();
    let more = json!({ "issuers": { "contoso": { "entra": { "application_id": APPLICATION } } } });
    let driven = Driven::loaded(&configured(&clouds, &[], &more));
    for (version, form) in FORMS {
        assert_eq!(code(&driven, form, "application"), Code::Ok, "{:?}", failures(&driven));
        for path in [Cloud::metadata_path(version, CONTOSO), Cloud::keys_path(version, CONTOSO)] {
            assert_eq!(clouds.public.server.requests(&format!("{path}?appid={APPLICATION}")), 1, "{path}");
        }
    }
    assert_eq!(clouds.public.requests(), 4, "and nothing else is asked for");
}

#[test]
fn an_authority_of_its_own_has_its_own_issuers() {
    let clouds = Clouds::start();
    let host = format!("{CONTOSO}.ciamlogin.com");
    let authority = format!("https://{host}");
    let server = clouds.serve(&host);
    let mut own = metadata(&PUBLIC, Version::V2, CONTOSO, "");
    let issuer = format!("{authority}/{CONTOSO}/v2.0");
    own["issuer"] = json!(issuer);
    own["jwks_uri"] = json!(format!("{authority}{}", Cloud::keys_path(Version::V2, CONTOSO)));
    own["cloud_instance_name"] = json!("microsoftonline.com");
    server.set(&Cloud::metadata_path(Version::V2, CONTOSO), Answer::json(own.to_string()));
    let key = PublishedKey { issuer: Some(issuer.clone()), ..PublishedKey::of("external", &PUBLIC) };
    let keys = doorward_testkit::clouds::key_set(&[key], CONTOSO);
    server.set(&Cloud::keys_path(Version::V2, CONTOSO), Answer::json(keys));
    let more = json!({ "issuers": { "contoso": { "entra": { "authority": authority } } } });
    let driven = Driven::loaded(&configured(&clouds, &[], &more));
    let token = |iss: &str| CATALOGUE.token("v2", Some("external"), &json!({ "iss": iss }));
    assert_eq!(driven.verify(&token(&issuer)).code(), Code::Ok, "{:?}", failures(&driven));
    let usual = format!("https://login.microsoftonline.com/{CONTOSO}/v2.0");
    assert_eq!(driven.verify(&token(&usual)).code(), Code::IssuerUnknown);
    assert_eq!(
        driven.verify(&super::world::token("v1", "external")).code(),
        Code::IssuerUnknown,
        "it has no version 1"
    );
    assert_eq!(clouds.public.requests(), 0);
}
