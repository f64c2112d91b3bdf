//! Why a server gave no answer, in words for an administrator.

use super::message::Outcome;
use crate::limits;
use std::io;

/// Why a server gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) what: String,
    /// Whether no other server may be asked: this one may have counted the password, or all would say the same.
    pub(super) is_final: bool,
    /// Whether the server is left alone for a while.
    pub(super) rests: bool,
}

impl Fault {
    /// The server can't be reached, or does not speak as it should.
    pub(super) fn server(what: impl Into<String>) -> Self {
        Self { what: what.into(), is_final: false, rests: true }
    }

    /// It says something that another one would say too.
    pub(super) fn of_directory(what: impl Into<String>) -> Self {
        Self { what: what.into(), is_final: true, rests: false }
    }

    /// The password was sent: whatever became of it, it is not sent again.
    pub(super) fn after_password(self) -> Self {
        Self { is_final: true, ..self }
    }

    pub(super) fn io(error: &io::Error) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::server(tls_fault(tls));
        }
        Self::server(match error.kind() {
            io::ErrorKind::ConnectionRefused => "the host refuses the connection".to_owned(),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "no answer in time".to_owned(),
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => "the server closed the connection before its answer was whole".to_owned(),
            _ => shown(&error.to_string()),
        })
    }

    /// A request was answered with another result than success.
    pub(super) fn outcome(doing: &str, outcome: &Outcome) -> Self {
        Self::of_directory(said(doing, outcome))
    }
}

/// What the server answers, with advice where the result code has one.
pub(super) fn said(doing: &str, outcome: &Outcome) -> String {
    let advice = match outcome.code {
        8 | 13 => ": it demands TLS; use ldaps, or start_tls",
        10 => ": it refers to another server, which is not followed; give the address of that one",
        32 => ": it has no such entry; see base",
        49 => ": it refuses the name or the password",
        50 => ": the account lacks the right",
        51 | 52 => ": it is busy, or shutting down",
        53 => ": it is unwilling; its log says why",
        _ => "",
    };
    let text = shown(outcome.text.trim());
    let text = if text.is_empty() { String::new() } else { format!(" ({text})") };
    format!("{doing}, the server answers with result code {}{text}{advice}", outcome.code)
}

fn tls_fault(error: &rustls::Error) -> String {
    use rustls::CertificateError;
    match error {
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "the server's certificate is for another name".to_owned(),
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            "the server's certificate is by an authority that is not trusted; see ca_file".to_owned()
        }
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "the server's certificate has expired".to_owned()
        }
        other => format!("TLS fails: {}", shown(&other.to_string())),
    }
}

/// Somebody else's words: short, and without control characters.
pub(super) fn shown(text: &str) -> String {
    let plain = text.chars().map(|character| if character.is_control() { '?' } else { character });
    let mut shown = String::new();
    for character in plain {
        if shown.len() + character.len_utf8() > limits::ERROR_TEXT_BYTES {
            break;
        }
        shown.push(character);
    }
    shown
}
