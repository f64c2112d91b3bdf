//! Whose name leads where, and what a verdict says.

use doorward::{Code, Method, Request};
use doorward_testkit::passwords::*;
use serde_json::json;

#[test]
fn an_accepted_request_has_its_user_and_no_token() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\nann:{BCRYPT}\n"));
    let mut configuration = configuration(&file);
    configuration["apis"]["api"]["administrators"] = json!(["SVC:bob"]);
    let (verifier, _) = open(&configuration);
    let value = header("bob", PASSWORD);
    assert_eq!(verify(&verifier, &value).code(), Code::Pending);
    let verdict = decide(&verifier, &value);
    let identity = verdict.identity().unwrap();
    assert_eq!((identity.label(), identity.user(), identity.qualified_name()), ("SVC", "bob", "SVC:bob"));
    assert_eq!((identity.method(), identity.subject(), identity.issuer()), (Method::Basic, Some("bob"), None));
    assert_eq!((identity.scopes().count(), identity.roles().count(), identity.client()), (0, 0, None));
    assert!(identity.is_administrator() && !identity.is_app_only() && identity.expires_at().is_none());
    assert_eq!(format!("{:?}", verify(&verifier, &value)), format!("{verdict:?}"));
    assert!(!decide(&verifier, &header("ann", PASSWORD)).identity().unwrap().is_administrator());
}

#[test]
fn a_denial_offers_basic_and_names_no_user() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let (verifier, _) = open(&configuration(&file));
    for (user, password) in [("bob", "wrong"), ("nobody", PASSWORD)] {
        let verdict = decide(&verifier, &header(user, password));
        let denial = verdict.denial().unwrap();
        assert_eq!(
            (denial.code(), denial.client_code(), denial.http()),
            (Code::BasicRejected, Code::BasicRejected, 401)
        );
        assert_eq!(denial.challenge(), r#"Basic realm="api", charset="UTF-8""#);
        assert!(denial.retry_after().is_none() && !format!("{verdict:?}").contains(user));
    }
}

/// Two files: that of SVC, and that of all others.
#[test]
fn the_label_chooses_the_directory() {
    let svc = UserFile::new(&format!("bob:{BCRYPT}\nOPS:{BCRYPT}\nx@y.example:{BCRYPT}\n"));
    let ops = UserFile::new(&format!("bob:{PBKDF2}\nann:{PBKDF2}\n"));
    let mut configuration = configuration(&svc);
    configuration["user_managers"]["OPS"] = json!({ "htpasswd": ops.0.to_str().unwrap(), "default": true });
    configuration["apis"]["api"]["user_managers"] = json!(["SVC", "OPS"]);
    let (verifier, clock) = open(&configuration);
    for (number, (user, expected)) in [
        ("bob", "OPS:bob"),
        ("ann", "OPS:ann"),
        ("SVC:bob", "SVC:bob"),
        ("OPS:bob", "OPS:bob"),
        ("SVC:OPS", "SVC:OPS"),
        ("SVC:ann", "BasicRejected"),
        ("svc:bob", "BasicRejected"),
        ("SVC:x@y.example", "SVC:x@y.example"),
        ("x@y.example", "BasicRejected"),
        ("NOWHERE\\bob", "BasicRejected"),
        ("SVC", "BasicRejected"),
        ("SVC:", "BasicRejected"),
        ("SVC::bob", "BasicRejected"),
    ]
    .into_iter()
    .enumerate()
    {
        set(&clock, doorward_testkit::NOW + 10 * number as i64);
        assert_eq!(outcome(&decide(&verifier, &header(user, PASSWORD))), expected, "{user}");
    }
}

#[test]
fn without_a_default_a_plain_name_leads_nowhere() {
    let (svc, ops) = (UserFile::new(&format!("bob:{BCRYPT}\n")), UserFile::new(&format!("bob:{BCRYPT}\n")));
    let mut configuration = configuration(&svc);
    configuration["user_managers"]["OPS"] = json!({ "htpasswd": ops.0.to_str().unwrap() });
    configuration["apis"]["api"]["user_managers"] = json!(["SVC", "OPS"]);
    configuration["apis"]["one"] = json!({ "enabled": true, "accept": ["basic"], "user_managers": ["OPS"] });
    let (verifier, _) = open(&configuration);
    let verdict = verify(&verifier, &header("bob", PASSWORD));
    assert_eq!(verdict.code(), Code::BasicRejected);
    assert!(verdict.denial().unwrap().expected().unwrap().contains("a label, domain or realm"));
    assert_eq!(outcome(&decide(&verifier, &header("SVC:bob", PASSWORD))), "SVC:bob");
    // An API that takes one directory's users means them.
    let value = header("bob", PASSWORD);
    let request = Request::new("one").authorization(value.as_bytes());
    assert_eq!(outcome(&verifier.resolve(&request)), "OPS:bob");
    let value = header("SVC:bob", PASSWORD);
    let verdict = verifier.verify(&Request::new("one").authorization(value.as_bytes()));
    assert_eq!((verdict.code(), verdict.denial().unwrap().http()), (Code::UserManagerNotAllowed, 403));
}

#[test]
fn the_case_rule_writes_names() {
    let file = UserFile::new(&format!("Bob:{BCRYPT}\n"));
    let mut configuration = configuration(&file);
    configuration["user_managers"]["SVC"]["case"] = json!("lower");
    configuration["apis"]["api"]["administrators"] = json!(["SVC:BOB"]);
    let (verifier, _) = open(&configuration);
    let verdict = decide(&verifier, &header("Bob", PASSWORD));
    let identity = verdict.identity().unwrap();
    assert_eq!((identity.qualified_name(), identity.is_administrator()), ("SVC:bob", true));
    assert_eq!(verifier.forget("SVC:Bob"), 0);
    assert_eq!(verifier.forget("SVC:bob"), 1);
}

#[test]
fn roles_are_asked_for_where_the_api_asks() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let mut configuration = configuration(&file);
    configuration["apis"]["api"]["roles"] = json!(["Operators"]);
    let (verifier, _) = open(&configuration);
    let verdict = decide(&verifier, &header("bob", PASSWORD));
    assert_eq!((verdict.code(), verdict.denial().unwrap().http()), (Code::RoleInsufficient, 403));
    assert_eq!(decide(&verifier, &header("bob", "wrong")).code(), Code::BasicRejected);
}

#[test]
fn explain_says_which_directory_answered_and_shows_no_password() {
    let file = UserFile::new(&format!("bob:{BCRYPT}\n"));
    let (verifier, _) = open(&configuration(&file));
    let good = header("bob", PASSWORD);
    let explain = |value: &str| verifier.explain(&Request::new("api").authorization(value.as_bytes())).to_string();
    assert!(explain(&good).contains("not checked yet"), "{}", explain(&good));
    decide(&verifier, &good);
    let told = explain(&good);
    assert!(told.starts_with("0 Ok") && told.contains("bob, which leads to SVC"), "{told}");
    let bad = header("bob", "hunter2-secret");
    decide(&verifier, &bad);
    let told = explain(&bad);
    assert!(told.starts_with("5001") && told.contains("FAIL  password") && told.contains("SVC (htpasswd)"), "{told}");
    for told in [told, explain(&good)] {
        assert!(!told.contains("hunter2") && !told.contains(PASSWORD), "{told}");
    }
}
