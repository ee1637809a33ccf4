//! Settings and variables → whom to trust, and which proxy leads to a registry.

use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::super::credential::Rows;
use super::super::{Registry, Vault};

/// How to reach registries.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) cafile: Option<PathBuf>,
    pub(super) extra: Option<PathBuf>,
    secure: Option<Proxy>,
    open: Option<Proxy>,
    /// Hosts that are reached without a proxy, with all below them.
    direct: Vec<String>,
}

/// The address of a proxy, which may hold a password.
pub struct Proxy(Zeroizing<String>);

impl Proxy {
    /// Its address, with the password: for the client alone.
    #[must_use]
    pub(in crate::publish) fn url(&self) -> &str {
        &self.0
    }
}

/// Without its user and password.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("http", &self.0));
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        write!(f, "{scheme}://{host}")
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

impl Network {
    pub(super) fn of(rows: &Rows, vault: &Vault) -> Self {
        let setting = |key: &str| rows.plain(key).map(|row| row.value).filter(|value| !value.is_empty());
        // Programs disagree on the case of these, so both count.
        let either = |name: &str| vault.plain(name).or_else(|| vault.plain(&name.to_ascii_lowercase()));
        let file = |key: &str| setting(key).map(|place| rows.place(place));
        let proxy = |settings: &[&str], variables: &[&str]| {
            let own = settings.iter().find_map(|key| setting(key));
            let found = own.or_else(|| variables.iter().find_map(|name| either(name)));
            // A setting can turn proxies off that variables name.
            found.filter(|url| *url != "false").map(|url| Proxy(Zeroizing::new(url.to_owned())))
        };
        let direct = setting("noproxy").or_else(|| setting("no-proxy")).or_else(|| either("NO_PROXY"));
        let direct = direct.unwrap_or_default().split(',').map(|host| host.trim().to_ascii_lowercase());
        Self {
            cafile: file("cafile"),
            extra: vault.plain("NODE_EXTRA_CA_CERTS").map(PathBuf::from),
            secure: proxy(&["https-proxy", "proxy"], &["HTTPS_PROXY"]),
            open: proxy(&["proxy", "https-proxy"], &["HTTPS_PROXY", "HTTP_PROXY", "PROXY"]),
            direct: direct.filter(|host| !host.is_empty()).collect(),
        }
    }

    pub(super) fn proxy(&self, registry: &Registry) -> Option<&Proxy> {
        let host = registry.host();
        let below = |name: &String| {
            let name = name.trim_start_matches('*').trim_matches('.');
            !name.is_empty() && (host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')))
        };
        let all = self.direct.iter().any(|name| name == "*");
        let proxy = if registry.url().starts_with("https:") { &self.secure } else { &self.open };
        proxy.as_ref().filter(|_| !all && !self.direct.iter().any(below))
    }
}
