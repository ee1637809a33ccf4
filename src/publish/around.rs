//! The name of a host → the addresses of it that anybody could ask: none of this machine, none of the network around it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Looks names up, and leaves out what is private. What is asked is what was looked at.
#[derive(Debug, Default)]
pub(super) struct Around(DefaultResolver);

impl Resolver for Around {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let all = self.0.resolve(uri, config, timeout)?;
        let mut public = self.0.empty();
        for address in all.iter().filter(|address| !is_private(address.ip())) {
            public.push(*address);
        }
        if public.is_empty() {
            return Err(ureq::Error::Other("the name leads to a private address, which is not asked".into()));
        }
        Ok(public)
    }
}

/// Whether an address is of this machine, or of a network that is not everybody's.
#[must_use]
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(own) => {
            let [first, second, ..] = own.octets();
            own.is_private()
                || own.is_loopback()
                || own.is_link_local()
                || own.is_multicast()
                || own.is_documentation()
                || matches!((first, second), (0 | 240.., _) | (100, 64..=127) | (198, 18 | 19))
        }
        IpAddr::V6(own) => {
            let inner = own.to_ipv4_mapped().or_else(|| translated(own));
            inner.is_some_and(|inner| is_private(IpAddr::V4(inner)))
                || own.is_loopback()
                || own.is_unspecified()
                || own.is_multicast()
                || own.is_unique_local()
                || own.is_unicast_link_local()
        }
    }
}

/// The address behind one that is translated on the way: `64:ff9b::/96`.
fn translated(own: Ipv6Addr) -> Option<Ipv4Addr> {
    let rest = own.octets();
    let behind = rest.strip_prefix(&[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0])?;
    Some(Ipv4Addr::from(<[u8; 4]>::try_from(behind).ok()?))
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn what_is_not_everybodys_is_private() {
        let private = [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.9.9",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
        ];
        assert!(private.iter().all(|text| is_private(text.parse().unwrap())));
        assert!(["1.1.1.1", "172.32.0.1", "2606:4700::1111"].iter().all(|text| !is_private(text.parse().unwrap())));
    }
}
