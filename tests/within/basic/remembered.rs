//! What is remembered of passwords, and what ends it.

use doorward::{Code, Config, Request, StepOutcome, Verifier};
use doorward_testkit::passwords::*;
use doorward_testkit::{NOW, until};
use serde_json::json;
use std::time::Instant;

#[test]
fn a_proved_password_is_right_until_its_time_is_over() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let mut configuration = configuration(&file);
    configuration["user_managers"]["SVC"]["passwords"]["remember"] = json!("60s");
    let (verifier, clock) = open(&configuration);
    let value = header("bob", PASSWORD);
    assert_eq!(outcome(&decide(&verifier, &value)), "SVC:bob");
    for seconds in [0, 1, 59] {
        set(&clock, NOW + seconds);
        assert_eq!(outcome(&verify(&verifier, &value)), "SVC:bob", "{seconds}");
    }
    set(&clock, NOW + 60);
    assert_eq!(verify(&verifier, &value).code(), Code::Pending);
    assert_eq!(outcome(&decide(&verifier, &value)), "SVC:bob");
    assert_eq!(checks(&verifier), 2);
}

#[test]
fn with_nothing_remembered_each_request_is_checked() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let mut configuration = configuration(&file);
    configuration["user_managers"]["SVC"]["passwords"]["remember"] = json!("0s");
    let (verifier, _) = open(&configuration);
    for count in 1..=3 {
        assert_eq!(outcome(&decide(&verifier, &header("bob", PASSWORD))), "SVC:bob");
        assert_eq!(checks(&verifier), count);
    }
}

#[test]
fn a_refused_password_is_wrong_for_seconds_and_no_other_with_it() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let (verifier, clock) = open(&configuration(&file));
    let (good, bad) = (header("bob", PASSWORD), header("bob", "wrong"));
    assert_eq!(outcome(&decide(&verifier, &good)), "SVC:bob");
    for seconds in [0, 5, 9] {
        set(&clock, NOW + seconds);
        assert_eq!(decide(&verifier, &bad).code(), Code::BasicRejected);
        assert_eq!(verify(&verifier, &bad).code(), Code::BasicRejected);
        assert_eq!((outcome(&verify(&verifier, &good)), checks(&verifier)), ("SVC:bob".to_owned(), 2));
    }
    set(&clock, NOW + 10);
    assert_eq!(verify(&verifier, &bad).code(), Code::Pending);
}

#[test]
fn forget_reload_and_the_denylist_end_it() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\nann:{BCRYPT}\n"));
    let configuration = configuration(&file);
    let (verifier, clock) = open(&configuration);
    let (bob, ann) = (header("bob", PASSWORD), header("ann", PASSWORD));
    let both = || [&bob, &ann].map(|value| outcome(&verify(&verifier, value)));
    let prove = || [&bob, &ann].map(|value| outcome(&decide(&verifier, value)));
    let named = |bob: &str, ann: &str| [bob.to_owned(), ann.to_owned()];
    assert_eq!((prove(), both()), (named("SVC:bob", "SVC:ann"), named("SVC:bob", "SVC:ann")));
    assert_eq!([verifier.forget("SVC:bob"), verifier.forget("bob"), verifier.forget("AAD:ann")], [1, 0, 0]);
    assert_eq!(both(), named("Pending", "SVC:ann"));
    prove();
    verifier.reload(&Config::from_json(configuration.to_string())).unwrap();
    assert_eq!(both(), named("Pending", "Pending"));
    prove();
    set(&clock, NOW + 5);
    let revoke = |entry: serde_json::Value| assert_eq!(verifier.revoke(&entry.to_string()), Ok(1));
    revoke(json!({ "account": "SVC:bob", "until": NOW + 100 }));
    let verdict = verify(&verifier, &bob);
    assert_eq!((verdict.code(), verdict.denial().unwrap().http()), (Code::CredentialsRevoked, 401));
    let explanation = verifier.explain(&Request::new("api").authorization(bob.as_bytes()));
    assert_eq!(explanation.code(), Code::CredentialsRevoked);
    let failed = explanation.steps().iter().find(|step| step.outcome == StepOutcome::Failed).unwrap();
    assert_eq!((failed.name, &*failed.found), ("revocation", "one that is revoked by a call of the host"));
    assert!(explanation.advice()[0].starts_with("This account (label and user name) is revoked by a call"));
    assert_eq!(prove(), named("CredentialsRevoked", "SVC:ann"));
    // What was proved before an instant has to be proved again, and then is good.
    revoke(json!({ "account": "SVC:ann", "issued_before": NOW + 3, "until": NOW + 100 }));
    assert_eq!(both(), named("CredentialsRevoked", "Pending"));
    assert_eq!((prove(), both()), (named("CredentialsRevoked", "SVC:ann"), named("CredentialsRevoked", "SVC:ann")));
    set(&clock, NOW + 165);
    assert_eq!(prove(), named("SVC:bob", "SVC:ann"));
}

#[test]
fn an_account_is_revoked_for_tokens_too() {
    use doorward_testkit::{KEY_ID, TestKey, good_claims, header as token_header, sign};
    let key = TestKey::generate(doorward::Algorithm::ES256).unwrap();
    let mut configuration = doorward_testkit::configuration(&[key.jwk(KEY_ID)], &[doorward::Algorithm::ES256]);
    configuration["user_managers"] = json!({ "P": { "issuers": ["main"], "case": "lower" } });
    let (verifier, _) = open(&configuration);
    let mut claims = good_claims();
    claims["sub"] = json!("Bob");
    let token = format!("Bearer {}", sign(&key, &token_header(&key), &claims));
    assert_eq!(outcome(&verify(&verifier, &token)), "P:bob");
    assert_eq!(verifier.revoke(&json!({ "account": "P:bobby", "until": NOW + 100 }).to_string()), Ok(1));
    assert_eq!(outcome(&verify(&verifier, &token)), "P:bob");
    assert_eq!(verifier.revoke(&json!({ "account": "P:bob", "until": NOW + 100 }).to_string()), Ok(1));
    assert_eq!(verify(&verifier, &token).code(), Code::TokenRevoked);
}

#[test]
fn a_change_of_the_file_holds() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\nann:{BCRYPT}\n"));
    let verifier = Verifier::open(&Config::from_json(configuration(&file).to_string())).unwrap();
    let value = header("bob", PASSWORD);
    assert_eq!(outcome(&decide(&verifier, &value)), "SVC:bob");
    assert_eq!(outcome(&decide(&verifier, &header("ann", PASSWORD))), "SVC:ann");
    for _ in 0..3 {
        let changed = Instant::now();
        file.write(&format!("ann:{BCRYPT}\n"));
        until("bob to be kept out", || outcome(&decide(&verifier, &value)) != "SVC:bob");
        println!("a user who was taken out of the file was kept out after {:?}", changed.elapsed());
        file.write(&format!("ann:{BCRYPT}\nbob:{BCRYPT}\n"));
        until("bob to be let in", || outcome(&decide(&verifier, &value)) == "SVC:bob");
    }
    assert_eq!(outcome(&decide(&verifier, &header("ann", PASSWORD))), "SVC:ann");
}
