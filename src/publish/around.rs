//! The name of a host → the addresses of it that anybody could ask: none of this machine, none of the network around it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, OnceLock};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Looks names up, and leaves out what is private. What is asked is what was looked at.
#[derive(Debug, Default)]
pub(super) struct Around {
    resolver: DefaultResolver,
    home: Option<Arc<Home>>,
}

/// The host that a person chose. Where it leads to a private address when it is first asked, it may always do so, and
/// lead to others that do.
#[derive(Debug)]
pub(super) struct Home {
    host: String,
    is_private: OnceLock<bool>,
}

impl Home {
    /// The host of `url`.
    pub(super) fn of(url: &str) -> Self {
        let host = url.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
        Self { host, is_private: OnceLock::new() }
    }

    /// Whether all of these may be asked.
    fn allows(&self, uri: &Uri, all: &ResolvedSocketAddrs) -> bool {
        let home = uri.host().is_some_and(|host| host.eq_ignore_ascii_case(&self.host));
        let first = || all.iter().any(|address| is_private(address.ip()));
        if home { *self.is_private.get_or_init(first) } else { self.is_private.get() == Some(&true) }
    }
}

impl Around {
    /// Lets the host that was chosen lead where it may.
    pub(super) fn home(home: Arc<Home>) -> Self {
        Self { resolver: DefaultResolver::default(), home: Some(home) }
    }
}

impl Resolver for Around {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let all = self.resolver.resolve(uri, config, timeout)?;
        if self.home.as_ref().is_some_and(|home| home.allows(uri, &all)) {
            return Ok(all);
        }
        let mut public = self.resolver.empty();
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
            let inner = own.to_ipv4_mapped().or_else(|| carried(own));
            let [first, ..] = own.segments();
            inner.is_some_and(|inner| is_private(IpAddr::V4(inner)))
                || own.is_loopback()
                || own.is_unspecified()
                || own.is_multicast()
                || own.is_unique_local()
                || own.is_unicast_link_local()
                // What links had before; and Teredo, where whoever sends says who is behind it.
                || first & 0xffc0 == 0xfec0
                || matches!(own.segments(), [0x2001, 0, ..])
                // A translator of the network around us, which says itself what is behind it.
                || matches!(own.segments(), [0x64, 0xff9b, 1, ..])
        }
    }
}

/// The address that another one carries, to be reached by a translator or in a tunnel: `64:ff9b::/96`, `2002::/16`, `::/96`.
fn carried(own: Ipv6Addr) -> Option<Ipv4Addr> {
    let joined = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match own.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] | [0, 0, 0, 0, 0, 0, high, low] => {
            Some(joined(high, low))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "64:ff9b:1::1.1.1.1",
            "2002:c0a8:1::1",
            "2002:7f00:1::",
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "fec0::1",
            "feff::1",
            "::10.0.0.1",
            "::127.0.0.1",
        ];
        for text in private {
            assert!(is_private(text.parse().unwrap()), "{text}");
        }
        let public =
            ["1.1.1.1", "172.32.0.1", "2606:4700::1111", "2002:101:101::1", "64:ff9b::1.1.1.1", "2001:4860::1"];
        for text in public {
            assert!(!is_private(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_public_registry_leads_to_no_private_address() {
        let asks = |around: &Around, url: &str| {
            let config = Config::builder().build();
            around.resolve(&url.parse().unwrap(), &config, NextTimeout::default()).is_ok()
        };
        let of = |url: &str| Around::home(Arc::new(Home::of(url)));
        let public = of("https://1.1.1.1/npm/");
        let private =
            ["http://127.0.0.1:1/x.tgz", "https://10.0.0.1/x.tgz", "http://[::1]/x.tgz", "http://169.254.169.254/"];
        assert!(asks(&public, "https://1.1.1.1/npm/x") && asks(&public, "https://1.0.0.1/x.tgz"));
        for url in private {
            assert!(!asks(&public, url), "{url}");
        }
        // A registry of the house keeps its files in the house.
        let own = of("http://127.0.0.1:4873/");
        assert!(!asks(&own, "http://10.0.0.1/x.tgz"), "nobody has asked the registry itself yet");
        assert!(asks(&own, "http://127.0.0.1:4873/x") && asks(&own, "http://10.0.0.1/x.tgz"));
    }
}
