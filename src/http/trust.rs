//! Whose certificates are believed: those of a file, or the operating system's.

use super::fault::{FailureKind, Fault};
use crate::crypto;
use crate::limits;
use rustls::{ClientConfig, RootCertStore};
use std::fmt;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::Arc;
use ureq::tls::{Certificate, PemItem, parse_pem};

/// The certificates of a file, as they were read. Two are the same where their bytes are.
#[derive(Clone)]
pub(crate) struct Trust {
    certificates: Arc<[Certificate<'static>]>,
    sum: [u8; 32],
}

impl Trust {
    /// Reads certificates in PEM.
    ///
    /// # Errors
    /// What is wrong with the file, in one clause that names it.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let unusable = |what: &str| format!("the certificates in {} {what}", path.display());
        let text = fs::read(path).map_err(|error| unusable(&format!("can't be read: {error}")))?;
        if text.len() > limits::CERTIFICATES_BYTES {
            return Err(unusable("have more than 4 MiB"));
        }
        let certificates = parse(&text);
        match certificates.is_empty() {
            true => Err(unusable("are none, or not in PEM")),
            false => Ok(Self { certificates: certificates.into(), sum: crypto::sha256(&text) }),
        }
    }

    pub(super) fn certificates(&self) -> Vec<Certificate<'static>> {
        self.certificates.to_vec()
    }

    /// What tells it from others.
    pub(crate) fn sum(&self) -> &[u8; 32] {
        &self.sum
    }
}

impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        self.sum == other.sum
    }
}

impl Eq for Trust {}

impl Hash for Trust {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.sum.hash(state);
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust").field("certificates", &self.certificates.len()).finish_non_exhaustive()
    }
}

/// Where the distributions keep what they trust: Debian and Alpine, Red Hat, SUSE, the BSDs and macOS.
const SYSTEM_BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// TLS for other connections than those of HTTP, with the certificates of `trust` or the operating system's.
pub(crate) fn tls_config(trust: Option<&Trust>) -> Result<Arc<ClientConfig>, Fault> {
    let certificates = trust.map_or_else(of_system, |trust| Ok(trust.certificates()))?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates.iter().map(|certificate| certificate.der().into()));
    let builder = ClientConfig::builder_with_provider(crypto::tls_provider()).with_safe_default_protocol_versions();
    let unusable = |error| Fault::new(FailureKind::Tls, format!("TLS can't be set up: {error}"));
    Ok(Arc::new(builder.map_err(unusable)?.with_root_certificates(roots).with_no_client_auth()))
}

/// The certificates of the operating system, as they are now.
pub(super) fn of_system() -> Result<Vec<Certificate<'static>>, Fault> {
    let found = SYSTEM_BUNDLES.iter().map(Path::new).find(|path| path.is_file());
    let missing =
        || Fault::new(FailureKind::Tls, "this system has no bundle of certificates that is known; set ca_file");
    let trust = Trust::read(found.ok_or_else(missing)?).map_err(|what| Fault::new(FailureKind::Tls, what))?;
    Ok(trust.certificates())
}

fn parse(text: &[u8]) -> Vec<Certificate<'static>> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    parse_pem(text).filter_map(certificate).collect()
}
