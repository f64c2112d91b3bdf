//! Messages of LDAP (RFC 4511): the few requests that are made, and their answers.
//!
//! It neither sends nor judges. Names and values are content of elements, so nothing in them can become structure.

use super::ber::{BOOLEAN, ENUMERATED, Elements, INTEGER, Malformed, OCTETS, SEQUENCE, SET, Written, element, number};

type Result<T> = std::result::Result<T, Malformed>;

/// Asks the server to go on in TLS (RFC 4511 section 4.14).
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";

/// Asks to be told of the password's state, and tells it (draft-behera-ldap-password-policy-10, section 6).
const PASSWORD_POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";

pub(super) const BIND_ANSWER: u8 = 0x61;
pub(super) const ENTRY: u8 = 0x64;
pub(super) const SEARCH_DONE: u8 = 0x65;
pub(super) const REFERENCE: u8 = 0x73;
pub(super) const EXTENDED_ANSWER: u8 = 0x78;

/// Where a search looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// One entry.
    Base,
    /// It, and all below.
    Subtree,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) base: &'a str,
    pub(super) scope: Scope,
    /// As BER.
    pub(super) filter: &'a [u8],
    pub(super) attributes: &'a [&'a str],
    /// Entries, at most.
    pub(super) most: u32,
    /// Seconds that the server may look.
    pub(super) seconds: u32,
}

fn message(id: u32, operation: &Written, controls: &[u8]) -> Written {
    element(SEQUENCE, &[&number(INTEGER, id), operation, controls])
}

fn octets(text: &str) -> Written {
    element(OCTETS, &[text.as_bytes()])
}

/// A simple bind, which asks for the state of the password too.
pub(super) fn bind(id: u32, name: &str, password: &str) -> Written {
    let simple = element(0x80, &[password.as_bytes()]);
    let operation = element(0x60, &[&number(INTEGER, 3), &octets(name), &simple]);
    let control = element(SEQUENCE, &[&octets(PASSWORD_POLICY)]);
    message(id, &operation, &element(0xa0, &[&control]))
}

pub(super) fn search(id: u32, search: &Search<'_>) -> Written {
    let scope = match search.scope {
        Scope::Base => 0,
        Scope::Subtree => 2,
    };
    let attributes: Vec<Written> = search.attributes.iter().map(|name| octets(name)).collect();
    let attributes: Vec<&[u8]> = attributes.iter().map(|name| name.as_slice()).collect();
    let operation = element(
        0x63,
        &[
            &octets(search.base),
            &number(ENUMERATED, scope),
            // Aliases are not followed: they lead out of the base.
            &number(ENUMERATED, 0),
            &number(INTEGER, search.most),
            &number(INTEGER, search.seconds),
            &element(BOOLEAN, &[&[0]]),
            search.filter,
            &element(SEQUENCE, &attributes),
        ],
    );
    message(id, &operation, &[])
}

pub(super) fn start_tls(id: u32) -> Written {
    message(id, &element(0x77, &[&element(0x80, &[START_TLS.as_bytes()])]), &[])
}

pub(super) fn unbind(id: u32) -> Written {
    message(id, &element(0x42, &[]), &[])
}

/// An answer, or a part of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    /// Of the request; 0 where the server speaks by itself.
    pub(super) id: u32,
    pub(super) operation: u8,
    content: &'a [u8],
    controls: &'a [u8],
}

impl<'a> Message<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut parts = Elements(Elements(bytes).take(SEQUENCE)?);
        let id = parts.number(INTEGER)?;
        let (operation, content) = parts.next()?.ok_or(Malformed)?;
        let controls = parts.take_if(0xa0)?.unwrap_or_default();
        Ok(Self { id, operation, content, controls })
    }

    /// What became of the request.
    pub(super) fn outcome(&self) -> Result<Outcome> {
        let mut parts = Elements(self.content);
        let code = parts.number(ENUMERATED)?;
        let _matched = parts.take(OCTETS)?;
        let text = String::from_utf8_lossy(parts.take(OCTETS)?).into_owned();
        Ok(Outcome { code, text, password: password_state(self.controls)? })
    }

    pub(super) fn entry(&self) -> Result<Entry> {
        let mut parts = Elements(self.content);
        let dn = text(parts.take(OCTETS)?)?;
        let mut lists = Elements(parts.take(SEQUENCE)?);
        let mut attributes = Vec::new();
        while let Some(list) = lists.take_if(SEQUENCE)? {
            attributes.push(attribute(list)?);
        }
        Ok(Entry { dn, attributes })
    }
}

fn text(bytes: &[u8]) -> Result<String> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Malformed)
}

fn attribute(list: &[u8]) -> Result<(String, Vec<Vec<u8>>)> {
    let mut parts = Elements(list);
    let name = text(parts.take(OCTETS)?)?;
    let mut elements = Elements(parts.take(SET)?);
    let mut values = Vec::new();
    while let Some(value) = elements.take_if(OCTETS)? {
        values.push(value.to_vec());
    }
    Ok((name, values))
}

/// The error that the control for password policies tells, if it does.
fn password_state(controls: &[u8]) -> Result<Option<u32>> {
    let mut controls = Elements(controls);
    while let Some(control) = controls.take_if(SEQUENCE)? {
        let mut parts = Elements(control);
        let kind = parts.take(OCTETS)?;
        let _critical = parts.take_if(BOOLEAN)?;
        if kind == PASSWORD_POLICY.as_bytes()
            && let Some(value) = parts.take_if(OCTETS)?
        {
            let mut state = Elements(Elements(value).take(SEQUENCE)?);
            let _warning = state.take_if(0xa0)?;
            return state.take_if(0x81)?.map(super::ber::parse_number).transpose();
        }
    }
    Ok(None)
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The result code (RFC 4511 appendix A).
    pub(super) code: u32,
    /// The server's own words.
    pub(super) text: String,
    /// The error of the password's policy.
    pub(super) password: Option<u32>,
}

/// An entry of the directory, with the attributes that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) dn: String,
    attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl Entry {
    /// The values of an attribute. Names have no case.
    pub(super) fn values(&self, name: &str) -> &[Vec<u8>] {
        let found = self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or(&[], |(_, values)| values)
    }

    /// Whether the server sends only a part of an attribute's values, as Active Directory does with more than 1500.
    pub(super) fn is_cut(&self, name: &str) -> bool {
        let cut = |(known, _): &(String, _)| {
            known.split_once(';').is_some_and(|(known, option)| {
                known.eq_ignore_ascii_case(name) && option.to_ascii_lowercase().starts_with("range=")
            })
        };
        self.attributes.iter().any(cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_bind_is_what_rfc_4511_says() {
        let bytes = bind(1, "cn=a", "pw");
        let mut message = Elements(Elements(&bytes).take(SEQUENCE).unwrap());
        assert_eq!(message.number(INTEGER), Ok(1));
        let mut bind = Elements(message.take(0x60).unwrap());
        assert_eq!(bind.number(INTEGER), Ok(3));
        assert_eq!((bind.take(OCTETS), bind.take(0x80)), (Ok(&b"cn=a"[..]), Ok(&b"pw"[..])));
        assert!(message.take(0xa0).is_ok() && message.0.is_empty());
        assert_eq!(*unbind(2), b"\x30\x05\x02\x01\x02\x42\x00");
    }

    fn answer(code: u8, value: &[u8]) -> Written {
        let result = element(0x61, &[&[0x0a, 1, code], &octets(""), &octets("no")]);
        let control = element(SEQUENCE, &[&octets(PASSWORD_POLICY), &element(OCTETS, &[value])]);
        element(SEQUENCE, &[&number(INTEGER, 7), &result, &element(0xa0, &[&control])])
    }

    #[test]
    fn the_state_of_a_password_is_read() {
        for (value, expected) in [
            (&b"\x30\x00"[..], None),
            (b"\x30\x03\x81\x01\x01", Some(1)),
            (b"\x30\x08\xa0\x03\x80\x01\x05\x81\x01\x02", Some(2)),
            (b"\x30\x05\xa0\x03\x81\x01\x05", None),
        ] {
            let bytes = answer(49, value);
            let message = Message::parse(&bytes).unwrap();
            assert_eq!((message.id, message.operation), (7, BIND_ANSWER));
            let outcome = Outcome { code: 49, text: "no".to_owned(), password: expected };
            assert_eq!(message.outcome(), Ok(outcome), "{value:?}");
        }
        assert_eq!(Message::parse(&answer(49, b"\x31\x00")).unwrap().outcome(), Err(Malformed));
    }

    proptest! {
        #[test]
        fn any_answer_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..80), cut in 0_usize..80) {
            let real = answer(49, b"\x30\x03\x81\x01\x01");
            let mixed: Vec<u8> = real.iter().take(cut).chain(&bytes).copied().collect();
            for bytes in [&bytes, &mixed] {
                if let Ok(message) = Message::parse(bytes) {
                    let _ = (message.outcome(), message.entry());
                }
            }
        }
    }
}
