//! Cases as data: the rows of `testkit/cases/*.toml`, made into requests and tried.

pub mod catalogue;
pub mod encodings;
pub mod expand;
pub mod leak;
pub mod mutations;
pub mod request;
pub mod rsa;
pub mod run;
pub mod signatures;
pub mod who;
