//! The value of an `Authorization` header: one scheme, one or more spaces, one credential (RFC 9110 section 11.4).
//!
//! It takes the scheme and the characters apart. Whether a token or a password is good is decided above.

use super::Fault;
use crate::code::Code;
use crate::limits;

/// What stands after the scheme. Its characters are not checked yet: see [`check_characters`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    /// RFC 6750: the token.
    Bearer(&'a [u8]),
    /// RFC 7617: user name and password, still in base64.
    Basic(&'a [u8]),
}

/// Parses the value of the one `Authorization` header.
pub(crate) fn parse(value: &[u8]) -> Result<Credential<'_>, Fault> {
    if value.is_empty() {
        return Err(Fault::new(Code::CredentialsMissing, "there is no Authorization header"));
    }
    if value.len() > limits::AUTHORIZATION_BYTES {
        return Err(Fault::new(Code::HeaderTooLarge, "the Authorization header has more than 16 KiB"));
    }
    let (scheme, rest) = split_scheme(value)?;
    if scheme.eq_ignore_ascii_case(b"bearer") {
        Ok(Credential::Bearer(rest))
    } else if scheme.eq_ignore_ascii_case(b"basic") {
        Ok(Credential::Basic(rest))
    } else {
        Err(Fault::new(Code::SchemeUnsupported, "the scheme is neither Bearer nor Basic"))
    }
}

fn malformed<T>(what: &'static str) -> Result<T, Fault> {
    Err(Fault::new(Code::HeaderMalformed, what))
}

fn split_scheme(value: &[u8]) -> Result<(&[u8], &[u8]), Fault> {
    let end = value.iter().position(|byte| !is_tchar(*byte)).unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    if scheme.is_empty() {
        return malformed("the header does not begin with a scheme");
    }
    let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
    if spaces == 0 && !rest.is_empty() {
        return malformed("the scheme is not followed by a space");
    }
    Ok((scheme, &rest[spaces..]))
}

/// Checks that a credential is a `token68` (RFC 9110 section 11.2).
///
/// A token whose parts decode is one, so the good ones never come here: only where something is
/// wrong with a request does this say whether it was the header already.
pub(crate) fn check_characters(credential: Credential<'_>) -> Result<(), Fault> {
    let (Credential::Bearer(rest) | Credential::Basic(rest)) = credential;
    let padding = rest.iter().rev().take_while(|byte| **byte == b'=').count();
    let symbols = &rest[..rest.len() - padding];
    match symbols.iter().find(|byte| !is_token68(**byte)) {
        None if symbols.is_empty() => malformed("the scheme is not followed by a credential"),
        None => Ok(()),
        Some(b',') => Err(Fault::new(Code::HeaderRepeated, "the header holds several credentials, joined by a comma")),
        Some(b' ' | b'\t') => malformed("there is white space within or after the credential"),
        Some(b'"' | b'\'') => malformed("there are quotes around the credential"),
        Some(_) => malformed("the credential has a character that is not allowed"),
    }
}

const fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

const fn is_token68(byte: u8) -> bool {
    const TABLE: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            let symbol = byte as u8;
            table[byte] = symbol.is_ascii_alphanumeric() || matches!(symbol, b'-' | b'.' | b'_' | b'~' | b'+' | b'/');
            byte += 1;
        }
        table
    };
    TABLE[byte as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(value: &str) -> Code {
        let outcome = parse(value.as_bytes()).and_then(check_characters);
        outcome.map_or_else(|fault| fault.code, |()| Code::Ok)
    }

    #[test]
    fn scheme_without_case_and_one_or_more_spaces() {
        for value in ["Bearer abc", "bearer abc", "BEARER abc", "bEaReR    abc"] {
            assert_eq!(parse(value.as_bytes()), Ok(Credential::Bearer(b"abc")), "{value}");
        }
        assert_eq!(parse(b"basic YTpi"), Ok(Credential::Basic(b"YTpi")));
        assert_eq!(parse(b"Basic YQ=="), Ok(Credential::Basic(b"YQ==")));
    }

    #[test]
    fn other_shapes_have_their_codes() {
        let cases = [
            ("", Code::CredentialsMissing),
            ("Digest username=\"a\", realm=\"b\"", Code::SchemeUnsupported),
            ("Negotiate abc", Code::SchemeUnsupported),
            ("eyJhbGciOiJub25lIn0.e30.", Code::SchemeUnsupported),
            ("Bearer", Code::HeaderMalformed),
            ("Bearer ", Code::HeaderMalformed),
            ("Bearer =", Code::HeaderMalformed),
            (" Bearer abc", Code::HeaderMalformed),
            ("Bearer\tabc", Code::HeaderMalformed),
            ("Bearer abc ", Code::HeaderMalformed),
            ("Bearer a=b", Code::HeaderMalformed),
            ("Bearer \"abc\"", Code::HeaderMalformed),
            ("Bearer abc\0", Code::HeaderMalformed),
            ("Bearer abc\r\nX: y", Code::HeaderMalformed),
            ("Bearer Bearer abc", Code::HeaderMalformed),
            ("Bearer abc, Bearer def", Code::HeaderRepeated),
            ("Bearer abc,Basic def", Code::HeaderRepeated),
        ];
        for (value, expected) in cases {
            assert_eq!(code(value), expected, "{value:?}");
        }
    }

    #[test]
    fn the_maximum_is_the_last_size_that_passes() {
        let header = |size: usize| format!("Bearer {}", "a".repeat(size - 7));
        assert_eq!(code(&header(limits::AUTHORIZATION_BYTES)), Code::Ok);
        assert_eq!(code(&header(limits::AUTHORIZATION_BYTES + 1)), Code::HeaderTooLarge);
    }
}
