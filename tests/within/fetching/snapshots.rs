//! What a restart verifies with while the provider is down.

use doorward::{Code, KeysFrom};
use doorward_testkit::NOW;
use doorward_testkit::fetched::{DISCOVERY, Driven, ISSUER, KEYS, Signer, World, configuration_of, discovery, set};
use doorward_testkit::server::{Answer, Server};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A new folder for one test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = doorward_testkit::scratch().join(format!("state-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        Self(path)
    }

    fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn with_state(configuration: &mut Value, folder: &Path) {
    configuration["state_dir"] = json!(folder.to_str().unwrap());
}

/// A provider that was reached once, and is down now.
fn left_behind(folder: &Folder) -> (Value, Signer) {
    let (server, signer) = (Server::start(), Signer::new("first"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    let mut configuration = doorward_testkit::fetched::configuration(&server);
    with_state(&mut configuration, &folder.0);
    let driven = Driven::loaded(&configuration);
    assert_eq!(driven.code(&signer), Code::Ok);
    (configuration, signer)
}

#[test]
fn a_restart_with_the_provider_down_verifies_from_the_first_request() {
    let folder = Folder::new("restart");
    let (configuration, signer) = left_behind(&folder);
    let driven = Driven::open_at(&configuration, NOW + 3600);
    assert_eq!(driven.code(&signer), Code::Ok);
    assert_eq!((driven.health().from, driven.health().age), (KeysFrom::Snapshot, Some(3600)));
    driven.verifier.poll();
    assert!(driven.failure().contains("refuses"), "{}", driven.failure());
    assert_eq!(driven.code(&signer), Code::Ok);
    driven.set_time(NOW + 24 * 3600 + 1);
    assert_eq!(driven.settled(&signer), Code::KeysStale, "its age counts from when it was fetched");
}

#[test]
fn the_first_refresh_after_a_restart_changes_nothing_where_nothing_changed() {
    let folder = Folder::new("same");
    let world = World::with(|configuration| with_state(configuration, &folder.0));
    let mut configuration = doorward_testkit::fetched::configuration(&world.server);
    with_state(&mut configuration, &folder.0);
    let driven = Driven::loaded(&configuration);
    let health = driven.health();
    assert_eq!((health.from, health.refreshes.changed, health.refreshes.unchanged), (KeysFrom::Network, 0, 1));
}

#[test]
fn discovery_survives_a_restart_too() {
    let folder = Folder::new("discovery");
    let signer = Signer::new("first");
    let configuration = {
        let server = Server::start();
        server.set(KEYS, Answer::json(set(&[&signer])));
        server.set(DISCOVERY, Answer::json(discovery(ISSUER, &server.url(KEYS))));
        let mut configuration = configuration_of(json!({ "issuer": ISSUER, "oidc": server.url("") }));
        with_state(&mut configuration, &folder.0);
        Driven::loaded(&configuration);
        configuration
    };
    assert_eq!(Driven::open(&configuration).code(&signer), Code::Ok);
    let mut other = configuration.clone();
    other["issuers"]["main"]["issuer"] = json!("https://other.example/");
    let driven = Driven::open(&other);
    let token = signer.token("https://other.example/", NOW);
    assert_eq!(
        driven.verify(&token).code(),
        Code::Pending,
        "a document of another issuer is not taken from disk either"
    );
}

#[test]
fn what_led_to_no_keys_does_not_replace_what_did() {
    let folder = Folder::new("kept");
    let (server, signer) = (Server::start(), Signer::new("first"));
    server.set(KEYS, Answer::json(set(&[&signer])));
    server.set(DISCOVERY, Answer::json(discovery(ISSUER, &server.url(KEYS))));
    let mut configuration = configuration_of(json!({ "issuer": ISSUER, "oidc": server.url("") }));
    with_state(&mut configuration, &folder.0);
    let driven = Driven::loaded(&configuration);
    for (document, keys) in [
        (discovery("https://other.example/", &server.url(KEYS)), set(&[&signer])),
        (discovery(ISSUER, &server.url("/moved")), set(&[&signer])),
        (discovery(ISSUER, &server.url(KEYS)), r#"{"keys":[]}"#.to_owned()),
        ("{}".to_owned(), "{}".to_owned()),
    ] {
        server.set(DISCOVERY, Answer::json(document.clone()));
        server.set(KEYS, Answer::json(keys));
        driven.after(2 * 3600);
        assert_ne!(driven.failure(), "", "{document}");
        assert_eq!(Driven::open(&configuration).code(&signer), Code::Ok, "{document}");
    }
}

#[test]
fn a_snapshot_that_is_not_as_it_should_be_is_as_good_as_none() {
    let folder = Folder::new("damage");
    let (configuration, signer) = left_behind(&folder);
    let file = folder.files().remove(0);
    let good = fs::read(&file).unwrap();
    let evil = Signer::new("first");
    let forged = String::from_utf8(good.clone()).unwrap().replace(&set(&[&signer]), &set(&[&evil]));
    let half = good[..good.len() / 2].to_vec();
    let flipped = good.iter().enumerate().map(|(at, byte)| if at == 90 { byte ^ 1 } else { *byte }).collect();
    for (name, bytes) in [
        ("another's keys", forged.into_bytes()),
        ("half", half),
        ("a flipped bit", flipped),
        ("empty", Vec::new()),
        ("a key set alone", set(&[&evil]).into_bytes()),
        ("large", vec![b' '; 2_000_000]),
    ] {
        fs::write(&file, bytes).unwrap();
        let driven = Driven::open(&configuration);
        for signer in [&signer, &evil] {
            assert_eq!(driven.code(signer), Code::Pending, "{name}");
        }
    }
    fs::write(&file, &good).unwrap();
    for (seconds, expected) in [(24 * 3600, Code::Ok), (24 * 3600 + 1, Code::Pending), (-1, Code::Pending)] {
        let driven = Driven::open_at(&configuration, NOW + seconds);
        assert_eq!(driven.verify(&signer.token(ISSUER, NOW + seconds)).code(), expected, "{seconds} seconds old");
    }
    assert_eq!(Driven::open(&configuration).code(&signer), Code::Ok);
}

#[test]
fn a_file_of_another_address_is_not_taken() {
    let folder = Folder::new("foreign");
    let (configuration, signer) = left_behind(&folder);
    let file = folder.files().remove(0);
    let mut other = configuration.clone();
    let address = other["issuers"]["main"]["jwks_url"].as_str().unwrap().replace(KEYS, "/other");
    other["issuers"]["main"]["jwks_url"] = json!(address);
    assert_eq!(Driven::open(&other).code(&signer), Code::Pending);
    // Under the name that its own file would have.
    let server = Server::start();
    server.set("/other", Answer::json(set(&[&Signer::new("x")])));
    let probe = Folder::new("probe");
    let mut probing = other.clone();
    with_state(&mut probing, &probe.0);
    probing["issuers"]["main"]["jwks_url"] = json!(server.url("/other"));
    Driven::loaded(&probing);
    with_state(&mut probing, &folder.0);
    fs::copy(&file, folder.0.join(probe.files().remove(0).file_name().unwrap())).unwrap();
    assert_eq!(Driven::open(&probing).code(&signer), Code::Pending);
}

#[test]
fn a_folder_that_can_not_be_written_changes_nothing_but_a_counter() {
    let folder = Folder::new("readonly");
    let file = folder.0.join("file");
    fs::write(&file, "x").unwrap();
    let world = World::with(|configuration| with_state(configuration, &file.join("below")));
    assert_eq!(world.driven.code(&world.signer), Code::Ok);
    assert_eq!(world.driven.health().refreshes.unwritten, 1);
    let writable = World::with(|configuration| with_state(configuration, &folder.0.join("new")));
    assert_eq!(writable.driven.health().refreshes.unwritten, 0);
    assert!(folder.0.join("new").is_dir(), "a folder that is missing is made");
}

#[test]
fn a_full_disk_changes_nothing_but_a_counter() {
    let folder = Folder::new("full");
    let mount = ["-t", "tmpfs", "-o", "size=4k,mode=0700", "tmpfs", folder.0.to_str().unwrap()];
    if !Command::new("mount").args(mount).output().is_ok_and(|output| output.status.success()) {
        eprintln!("a_full_disk_changes_nothing_but_a_counter: skipped, for no small disk can be mounted here");
        return;
    }
    fs::write(folder.0.join("full"), [0; 4096]).unwrap();
    let world = World::with(|configuration| with_state(configuration, &folder.0));
    let unwritten = world.driven.health().refreshes.unwritten;
    let left = folder.files().len();
    let unmounted = Command::new("umount").arg(&folder.0).status().unwrap();
    assert!(unmounted.success());
    assert_eq!((unwritten, left), (1, 1), "and nothing is left behind");
    assert_eq!(world.driven.code(&world.signer), Code::Ok);
}
