//! Addresses that are nobody's provider: whoever leads there wants something else than keys.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Metadata services of clouds (Alibaba, Oracle, Azure) beside 169.254.169.254, which is one of the link.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192), Ipv4Addr::new(168, 63, 129, 16)];

/// The same of AWS, Google, Oracle and Scaleway.
const METADATA_V6: [Ipv6Addr; 4] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

/// Names of the same.
const METADATA_NAMES: [&str; 3] = ["metadata.google.internal", "metadata.goog", "instance-data.ec2.internal"];

/// An address of the link, of a group, of nobody, or of a cloud's metadata service, also as IPv6 writes it.
pub(super) fn is_nobodys(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_link_local()
                || address.is_multicast()
                || address.is_unspecified()
                || address.is_broadcast()
                || METADATA_V4.contains(&address)
        }
        IpAddr::V6(address) => {
            address.is_unicast_link_local()
                || address.is_multicast()
                || address.is_unspecified()
                || METADATA_V6.contains(&address)
                || translated(address).is_some_and(|address| is_nobodys(address.into()))
        }
    }
}

/// The IPv4 address that NAT64 (RFC 6052, RFC 8215) or 6to4 (RFC 3056) makes of one.
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match address.segments() {
        [0x64, 0xff9b, 0 | 1, .., high, low] => of(high, low),
        [0x2002, high, low, ..] => of(high, low),
        _ => None,
    }
}

/// A host as an address has it, without brackets and in lower case. A number is an address that each resolver reads in its own way.
pub(super) fn is_nobodys_host(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    if let Ok(address) = host.parse::<IpAddr>() {
        return is_nobodys(address);
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    is_number || METADATA_NAMES.contains(&host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_services_are_found_however_they_are_written() {
        for address in [
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "255.255.255.255",
            "0.0.0.0",
            "224.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:100.100.100.200",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::169.254.169.254",
            "2002:a9fe:a9fe::1",
            "fd00:ec2::254",
            "fd20:ce::254",
            "fe80::1",
            "ff02::1",
            "::",
        ] {
            assert!(is_nobodys(address.parse().unwrap()) && is_nobodys_host(address), "{address}");
        }
        for host in [
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "169.254.43518",
            "metadata.google.internal",
            "metadata.goog.",
        ] {
            assert!(is_nobodys_host(host), "{host}");
        }
        for host in [
            "203.0.113.7",
            "10.0.0.1",
            "127.0.0.1",
            "::1",
            "fd00::1",
            "64:ff9b::203.0.113.7",
            "2001:db8::1",
            "login.example",
            "a1.example",
            "1.example",
        ] {
            assert!(!is_nobodys_host(host), "{host}");
        }
    }
}
