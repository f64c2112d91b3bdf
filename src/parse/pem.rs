//! Public keys in PEM (RFC 7468): `PUBLIC KEY`, `RSA PUBLIC KEY` and the key of a `CERTIFICATE`.
//!
//! A certificate is only the wrapping of its key here: its dates, names and signature are not looked at.

use super::jwk::{Curve, Material};
use der::Decode;
use der::asn1::ObjectIdentifier;
use pem_rfc7468::Decoder;
use pkcs1::RsaPublicKeyRef;
use spki::SubjectPublicKeyInfoRef;
use std::borrow::Cow;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// Parses a PEM text of one block, with lines of any one length, or none; text may stand before it, but nothing after it. The
/// error says what is wrong, without a capital or a full stop.
pub(crate) fn parse(text: &[u8]) -> Result<Material, &'static str> {
    const NOT_PEM: &str = "it is not a PEM text of one block";
    let text = with_lines(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii());
    // By its label first: an encrypted private key has headers, with which it is no RFC 7468 text.
    if pem_rfc7468::decode_label(&text).map_err(|_| NOT_PEM)?.ends_with("PRIVATE KEY") {
        return Err("it holds a private key; give the public half only");
    }
    let mut decoder = Decoder::new_detect_wrap(&text).map_err(|_| NOT_PEM)?;
    let mut der = Vec::with_capacity(decoder.remaining_len());
    decoder.decode_to_end(&mut der).map_err(|_| NOT_PEM)?;
    match decoder.type_label() {
        "PUBLIC KEY" => public_key_info(&der),
        "RSA PUBLIC KEY" => rsa(&der),
        "CERTIFICATE" => certificate(&der),
        _ => Err("its PEM label is not PUBLIC KEY, RSA PUBLIC KEY or CERTIFICATE"),
    }
}

/// A block whose line ends were lost, as in a variable of the environment, with the two that it needs.
fn with_lines(text: &[u8]) -> Cow<'_, [u8]> {
    const BORDER: &str = "-----";
    let parts = || {
        let text = std::str::from_utf8(text).ok().filter(|text| !text.contains('\n'))?;
        let (label, rest) = text.strip_prefix("-----BEGIN ")?.split_once(BORDER)?;
        let (body, end) = rest.split_once(BORDER)?;
        Some((label, body.split_whitespace().collect::<String>(), end))
    };
    parts().map_or(Cow::Borrowed(text), |(label, body, end)| {
        Cow::Owned(format!("-----BEGIN {label}-----\n{body}\n-----{end}").into_bytes())
    })
}

fn certificate(der: &[u8]) -> Result<Material, &'static str> {
    let certificate = x509_cert::Certificate::from_der(der).map_err(|_| "the certificate is malformed")?;
    let info = certificate.tbs_certificate().subject_public_key_info();
    let info = der::Encode::to_der(info).map_err(|_| "the certificate is malformed")?;
    public_key_info(&info)
}

fn public_key_info(der: &[u8]) -> Result<Material, &'static str> {
    const MALFORMED: &str = "the public key is malformed";
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| MALFORMED)?;
    let bits = info.subject_public_key.as_bytes().ok_or(MALFORMED)?;
    match info.algorithm.oid {
        RSA => rsa(bits),
        EC => ec(info.algorithm.parameters_oid().map_err(|_| MALFORMED)?, bits),
        ED25519 if bits.len() == 32 => Ok(Material::Ed25519 { point: bits.to_vec() }),
        ED25519 => Err(MALFORMED),
        RSA_PSS => {
            Err("it is an RSA key for PSS alone (id-RSASSA-PSS); give it as rsaEncryption, and PS256 as algorithm")
        }
        _ => Err("it is not an RSA, EC or Ed25519 key"),
    }
}

fn rsa(der: &[u8]) -> Result<Material, &'static str> {
    let key = RsaPublicKeyRef::from_der(der).map_err(|_| "the RSA key is malformed")?;
    Ok(Material::Rsa { modulus: key.modulus.as_bytes().to_vec(), exponent: key.public_exponent.as_bytes().to_vec() })
}

fn ec(curve: ObjectIdentifier, point: &[u8]) -> Result<Material, &'static str> {
    let curve = match curve {
        P256 => Curve::P256,
        P384 => Curve::P384,
        P521 => Curve::P521,
        _ => return Err("its curve is not P-256, P-384 or P-521"),
    };
    if point.len() != 1 + 2 * curve.coordinate_bytes() || point[0] != 4 {
        return Err("its point is not in uncompressed form");
    }
    Ok(Material::Ec { curve, point: point.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn one_block_and_no_more() {
        let block = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAWH7z6hpYqvPns2i4n9yymwvB3APhi4LyQ7iHOT6crtE=\n-----END PUBLIC KEY-----\n";
        assert!(parse(block.as_bytes()).is_ok());
        assert!(parse(format!("a comment\n{block}\n").as_bytes()).is_ok());
        assert!(parse(block.repeat(2).as_bytes()).is_err());
        assert!(parse(format!("{block}a comment\n").as_bytes()).is_err());
    }

    #[test]
    fn lines_may_have_any_length() {
        let key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";
        let wrapped = |width: usize, end: &str| {
            let lines = key.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap());
            format!(
                "-----BEGIN PUBLIC KEY-----{end}{}{end}-----END PUBLIC KEY-----{end}",
                lines.collect::<Vec<_>>().join(end)
            )
        };
        let read = |text: &str| format!("{:?}", parse(text.as_bytes()));
        let expected = read(&wrapped(64, "\n"));
        assert!(expected.starts_with("Ok"), "{expected}");
        for (width, end) in [(64, "\r\n"), (76, "\n"), (76, "\r\n"), (1_000, "\n"), (48, "\n"), (64, " "), (1_000, "")]
        {
            let text = wrapped(width, end);
            assert_eq!(read(&text), expected, "{text}");
        }
        for text in [wrapped(64, "\n").replace("fR8", "fR\n8"), wrapped(64, " ").replace("END PUBLIC", "END PRIVATE")] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_for_pss_alone_is_told_by_its_name() {
        let text = "-----BEGIN PUBLIC KEY-----\nMBIwCwYJKoZIhvcNAQEKAwMAMAA=\n-----END PUBLIC KEY-----\n";
        assert!(parse(text.as_bytes()).unwrap_err().contains("id-RSASSA-PSS"));
    }

    #[test]
    fn a_private_key_is_called_so_even_where_it_is_encrypted_or_broken() {
        for (label, body) in [
            ("PRIVATE KEY", "AAAA"),
            ("ENCRYPTED PRIVATE KEY", "AAAA"),
            ("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,7487BB8910A3741B\n\nAAAA"),
            ("EC PRIVATE KEY", "?"),
        ] {
            let text = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!(error, "it holds a private key; give the public half only", "{text}");
        }
        assert_eq!(
            parse(b"-----BEGIN PUBLIC KEY-----\n?\n-----END PUBLIC KEY-----").unwrap_err(),
            "it is not a PEM text of one block"
        );
    }
}
