//! Whose certificates a directory may have, and TLS with them.

use crate::crypto;
use crate::limits;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Where the distributions keep what they trust: Debian and Alpine, Red Hat, SUSE, the BSDs and macOS.
const SYSTEM_BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// TLS that trusts the certificates of a file, or else the operating system's.
///
/// # Errors
/// What is wrong with the file, in one clause that names it.
pub(super) fn tls(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let system = || SYSTEM_BUNDLES.iter().map(Path::new).find(|path| path.is_file());
    let path = ca_file
        .or_else(system)
        .ok_or_else(|| "this system has no bundle of certificates that is known; set ca_file".to_owned())?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(read(path)?);
    if added == 0 {
        return Err(format!("the certificates in {} are none, or not in PEM", path.display()));
    }
    let builder = ClientConfig::builder_with_provider(crypto::tls_provider()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| format!("TLS can't be set up: {error}"))?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let unusable = |what: &str| format!("the certificates in {} {what}", path.display());
    let text = fs::read(path).map_err(|error| unusable(&format!("can't be read: {error}")))?;
    if text.len() > limits::CERTIFICATES_BYTES {
        return Err(unusable("have more than 4 MiB"));
    }
    Ok(CertificateDer::pem_slice_iter(&text).filter_map(Result::ok).collect())
}
