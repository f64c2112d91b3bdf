//! The clouds, and verifiers that were told of them.

use doorward::Code;
use doorward_testkit::cases::catalogue::Catalogue;
use doorward_testkit::clouds::Clouds;
use doorward_testkit::fetched::Driven;
use serde_json::{Value, json};
use std::sync::LazyLock;

pub static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::entra);

/// A configuration of the catalogue with one patch more, by way of the clouds.
pub fn configured(clouds: &Clouds, patches: &[&str], more: &Value) -> Value {
    clouds.completed(CATALOGUE.configured(patches, more))
}

/// A verifier that has done its first refresh.
pub fn loaded(clouds: &Clouds, patches: &[&str]) -> Driven {
    Driven::loaded(&configured(clouds, patches, &json!({})))
}

pub fn token(form: &str, key: &str) -> String {
    CATALOGUE.token(form, Some(key), &json!({}))
}

/// The code of a token of a form, by who signs, after what it had to wait for.
pub fn code(driven: &Driven, form: &str, key: &str) -> Code {
    settled(driven, &token(form, key))
}

pub fn settled(driven: &Driven, token: &str) -> Code {
    match driven.verify(token).code() {
        Code::Pending => driven.resolve(token).code(),
        code => code,
    }
}
