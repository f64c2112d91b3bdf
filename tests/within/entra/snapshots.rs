//! What a restart knows of the clouds while they are down.

use super::world::{configured, token};
use doorward::{Code, KeysFrom};
use doorward_testkit::clouds::{CHINA, Clouds, PublishedKey, Version};
use doorward_testkit::fetched::Driven;
use serde_json::json;
use std::fs;
use std::path::PathBuf;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = doorward_testkit::scratch().join(format!("entra-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The rules for issuer and cloud of a key are those of the metadata, which is kept with the keys.
#[test]
fn a_snapshot_keeps_whose_the_keys_are() {
    let folder = Folder::new("whose");
    let clouds = Clouds::start();
    clouds.public.change_keys(Version::V1, |keys| {
        keys.push(PublishedKey { cloud: Some(CHINA.instance.to_owned()), ..PublishedKey::bare("v1-in-china") });
    });
    let more = json!({ "state_dir": folder.0.to_str().unwrap() });
    let configuration = configured(&clouds, &["two_tenants"], &more);
    let cases = [
        ("v1", "public", Code::Ok),
        ("v1", "v1-in-china", Code::KeyUnknown),
        ("v2", "public", Code::Ok),
        ("v2", "public-bare", Code::KeyUnknown),
        ("v2", "public-in-china", Code::KeyUnknown),
        ("v2", "public-of-china", Code::KeyUnknown),
        ("v2", "public-partner", Code::KeyUnknown),
        ("partner_v2", "public-partner", Code::Ok),
        ("v2", "public-consumers", Code::KeyUnknown),
    ];
    let check = |driven: &Driven, from: KeysFrom| {
        for health in driven.verifier.health().issuers() {
            assert_eq!(health.from, from);
        }
        for (form, key, expected) in cases {
            assert_eq!(driven.verify(&token(form, key)).code(), expected, "{form} by {key}, from {from:?}");
        }
    };
    check(&Driven::loaded(&configuration), KeysFrom::Network);
    let asked = clouds.public.requests();
    check(&Driven::open(&configuration), KeysFrom::Snapshot);
    assert_eq!(clouds.public.requests(), asked, "nothing was fetched");
}

/// Metadata on disk is judged as that from the network is.
#[test]
fn a_snapshot_of_one_cloud_is_none_of_another() {
    let folder = Folder::new("other");
    let clouds = Clouds::start();
    let more = json!({ "state_dir": folder.0.to_str().unwrap() });
    Driven::loaded(&configured(&clouds, &[], &more));
    let china = Driven::open(&configured(&clouds, &["china"], &more));
    assert_eq!(china.verify(&token("china_v2", "china")).code(), Code::Pending);
    let tenant = json!({ "issuers": { "contoso": { "entra": { "metadata": "tenant" } } } });
    let mut more = more;
    more["issuers"] = tenant["issuers"].clone();
    let by_tenant = Driven::open(&configured(&clouds, &[], &more));
    assert_eq!(by_tenant.verify(&token("v2", "public")).code(), Code::Pending);
}
