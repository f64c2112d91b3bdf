//! Basic credentials (RFC 7617): base64 of user name, colon, password, in UTF-8.
//!
//! It takes them apart. Whose name it is, and whether the password is right, is decided above.

use super::Fault;
use crate::code::Code;
use crate::limits;
use base64_simd::{Out, STANDARD};
use std::fmt;
use zeroize::Zeroize;

/// A user name and a password, as they go to one directory.
#[derive(Clone, Copy)]
pub(crate) struct Login<'a> {
    /// Without label, domain and realm. Never empty, without control characters.
    pub(crate) user: &'a str,
    pub(crate) within: Within<'a>,
    /// Never empty, without control characters.
    pub(crate) password: &'a str,
}

/// What a user name came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within<'a> {
    /// Nothing: `bob`.
    Plain,
    /// `CONTOSO\bob`.
    Domain(&'a str),
    /// `bob@contoso.example`.
    Realm(&'a str),
}

/// The password is never shown.
impl fmt::Debug for Login<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).field("within", &self.within).finish_non_exhaustive()
    }
}

/// Where credentials are decoded. What was written is overwritten when it is dropped.
pub(crate) struct Room {
    bytes: [u8; limits::BASIC_BYTES],
    used: usize,
}

impl Room {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; limits::BASIC_BYTES], used: 0 }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(used) = self.bytes.get_mut(..self.used) {
            used.zeroize();
        }
    }
}

/// What stands on both sides of the first colon. Both are UTF-8 without control characters, and not empty.
pub(crate) fn parse<'r>(credential: &[u8], room: &'r mut Room) -> Result<(&'r str, &'r str), Fault> {
    let text = std::str::from_utf8(decode(credential, room)?).map_err(|_| {
        let what = "user name and password are not UTF-8, which is the only character set that is taken";
        Fault::new(Code::HeaderMalformed, what)
    })?;
    let (user, password) =
        text.split_once(':').ok_or(Fault::new(Code::HeaderMalformed, "there is no colon after the user name"))?;
    if text.chars().any(char::is_control) {
        return Err(Fault::new(Code::HeaderMalformed, "user name or password holds a control character"));
    }
    // A directory may let an empty password in as nobody (RFC 4513 section 5.1.2): it is never asked.
    check_given(user, "the user name is empty")?;
    check_given(password, "the password is empty")?;
    Ok((user, password))
}

pub(crate) fn check_given(text: &str, what: &'static str) -> Result<(), Fault> {
    if text.is_empty() { Err(Fault::new(Code::BasicRejected, what)) } else { Ok(()) }
}

fn decode<'r>(credential: &[u8], room: &'r mut Room) -> Result<&'r [u8], Fault> {
    if credential.len() > limits::BASIC_BYTES.div_ceil(3) * 4 {
        return Err(Fault::new(Code::HeaderTooLarge, "user name and password have more than 1536 bytes"));
    }
    room.used = room.bytes.len();
    let decoded = STANDARD.decode(credential, Out::from_slice(&mut room.bytes));
    let len = decoded.map(|decoded| decoded.len()).map_err(|_| {
        Fault::new(Code::HeaderMalformed, "the credential is not base64 with the standard alphabet and padding")
    })?;
    room.used = len;
    Ok(room.bytes.get(..len).unwrap_or_default())
}

/// A user name, with what it came with. A backslash comes first: `CONTOSO\bob@x` is a user of the domain.
pub(crate) fn split(name: &str) -> (&str, Within<'_>) {
    if let Some((domain, user)) = name.split_once('\\') {
        return (user, Within::Domain(domain));
    }
    match name.rsplit_once('@') {
        Some((user, realm)) => (user, Within::Realm(realm)),
        None => (name, Within::Plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(credential: &[u8]) -> Result<(String, String), Code> {
        let mut room = Room::new();
        let outcome = parse(credential, &mut room).map(|(user, password)| (user.to_owned(), password.to_owned()));
        outcome.map_err(|fault| fault.code)
    }

    fn encoded(text: &[u8]) -> Vec<u8> {
        STANDARD.encode_to_string(text).into_bytes()
    }

    #[test]
    fn the_first_colon_splits() {
        let both = |user: &str, password: &str| Ok((user.to_owned(), password.to_owned()));
        // RFC 7617 sections 2 and 2.1.
        assert_eq!(parsed(b"QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), both("Aladdin", "open sesame"));
        assert_eq!(parsed(b"dGVzdDoxMjPCow=="), both("test", "123£"));
        assert_eq!(parsed(&encoded(b"a:b:c")), both("a", "b:c"));
        assert_eq!(parsed(&encoded(b"a::")), both("a", ":"));
        assert_eq!(parsed(&encoded("ü@x: ä ".as_bytes())), both("ü@x", " ä "));
    }

    #[test]
    fn other_shapes_have_their_codes() {
        for (text, expected) in [
            (&b"ab"[..], Code::HeaderMalformed),
            (b"", Code::HeaderMalformed),
            (b"test:123\xa3", Code::HeaderMalformed),
            (b"a:pass\0x", Code::HeaderMalformed),
            (b"a\0:pass", Code::HeaderMalformed),
            (b"a:pass\x7f", Code::HeaderMalformed),
            ("a:pass\u{85}".as_bytes(), Code::HeaderMalformed),
            (b"a:p\r\nX: y", Code::HeaderMalformed),
            (b":", Code::BasicRejected),
            (b":b", Code::BasicRejected),
            (b"a:", Code::BasicRejected),
            (b"a:\0", Code::HeaderMalformed),
        ] {
            assert_eq!(parsed(&encoded(text)), Err(expected), "{text:?}");
        }
    }

    #[test]
    fn only_canonical_standard_base64_is_taken() {
        assert!(parsed(b"YTpi").is_ok() && parsed(b"YTpiYg==").is_ok() && parsed("YTo/Pj8+".as_bytes()).is_ok());
        for credential in [
            "YTpiYg",
            "YTpiYg=",
            "YTpiYg===",
            "YTpiYh==",
            "YTo_Pj8-",
            "YTpi YWJj",
            " YTpi",
            "YTpi\n",
            "YTp",
            "Y",
            "=",
            "====",
            "YT==pi",
            "YTpi=",
            "YTpi====",
            "Y\u{0}pi",
            "YT%3D",
            "YTpiYg==YTpi",
            "\"YTpi\"",
            "YTpi,YTpi",
            "ＹＴｐｉ",
        ] {
            assert_eq!(parsed(credential.as_bytes()), Err(Code::HeaderMalformed), "{credential}");
        }
    }

    #[test]
    fn the_maximum_is_the_last_size_that_passes() {
        let of = |size: usize| encoded(format!("a:{}", "b".repeat(size - 2)).as_bytes());
        assert!(parsed(&of(limits::BASIC_BYTES)).is_ok());
        assert_eq!(parsed(&of(limits::BASIC_BYTES + 1)), Err(Code::HeaderTooLarge));
        assert_eq!(limits::BASIC_BYTES, 1536, "a message says so");
    }

    #[test]
    fn names_are_split_at_their_domain_or_realm() {
        for (name, expected) in [
            ("bob", ("bob", Within::Plain)),
            ("CONTOSO\\bob", ("bob", Within::Domain("CONTOSO"))),
            ("bob@contoso.example", ("bob", Within::Realm("contoso.example"))),
            ("a@b@c", ("a@b", Within::Realm("c"))),
            ("CONTOSO\\bob@x", ("bob@x", Within::Domain("CONTOSO"))),
            ("\\bob", ("bob", Within::Domain(""))),
            ("bob@", ("bob", Within::Realm(""))),
        ] {
            assert_eq!(split(name), expected);
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(user in "[^:\\pC]{1,40}", password in "[^\\pC]{1,80}") {
            let credential = encoded(format!("{user}:{password}").as_bytes());
            prop_assert_eq!(parsed(&credential), Ok((user, password)));
        }

        #[test]
        fn anything_is_parsed_without_a_panic(credential in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = parsed(&credential);
        }
    }
}
