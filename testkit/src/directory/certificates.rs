//! Certificates for servers, as files.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use std::path::Path;

/// What was written into a folder.
pub struct Certificates;

impl Certificates {
    /// Writes `ca.pem`, `cert.pem` and `key.pem` for these names, and `other.pem`: an authority that signed nothing.
    pub fn write(folder: &Path, names: &[&str]) {
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
        let authority = authority("Authority of the directory");
        let mut params =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.distinguished_name.push(DnType::CommonName, "directory");
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        write("ca.pem", &authority.pem());
        write("cert.pem", &certificate.pem());
        write("key.pem", &key.serialize_pem());
        write("other.pem", &self::authority("Another authority").pem());
    }
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, name);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}
