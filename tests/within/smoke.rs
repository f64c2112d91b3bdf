//! One good token for each algorithm, and one flipped bit.

use doorward::Code;
use doorward_testkit::*;

#[test]
fn each_algorithm_verifies_and_refuses_a_changed_token() {
    for algorithm in algorithms() {
        let key = TestKey::generate(algorithm).unwrap();
        let verifier = open(&configuration(&[key.jwk(KEY_ID)], &[algorithm]));
        let token = sign(&key, &header(&key), &good_claims());
        let verdict = verify(&verifier, &token);
        assert_eq!(verdict.code(), Code::Ok, "{algorithm} {verdict:?}");
        assert_eq!(verdict.identity().unwrap().qualified_name(), "main:bob");
        let mut claims = good_claims();
        claims["sub"] = "eve".into();
        let other = sign(&key, &header(&key), &claims);
        let forged = format!("{}.{}", other.rsplit_once('.').unwrap().0, token.rsplit_once('.').unwrap().1);
        assert_eq!(verify(&verifier, &forged).code(), Code::SignatureInvalid, "{algorithm}");
    }
}
