//! The address of a registry → the addresses in it, and whether another one is of the same origin.

use ureq::http::Uri;
use ureq::http::uri::Scheme;

/// Why an address can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// It is no address of the web.
    #[error("{0:?} is no address of a registry; write it as https://HOST/")]
    Form(String),
    /// It carries a user or a password.
    #[error(
        "the address of the registry carries a user or a password; put the credential into a file (--token-file) or \
         .npmrc"
    )]
    Credential,
}

/// Where packages are read from and written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    origin: Origin,
    /// Begins and ends with a slash.
    path: String,
}

/// The part of an address that decides who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    secure: bool,
    /// In lower case.
    host: String,
    port: u16,
}

impl Registry {
    /// Reads an address as people and settings write it.
    ///
    /// # Errors
    /// When it is none, or carries a credential.
    pub fn parse(text: &str) -> Result<Self, RegistryError> {
        let text = text.trim();
        let rest = text.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(RegistryError::Credential);
        }
        let form = || RegistryError::Form(text.to_owned());
        if text.contains(['?', '#', '\\']) || text.contains("..") {
            return Err(form());
        }
        let uri: Uri = text.parse().map_err(|_| form())?;
        let origin = Origin::of(&uri).ok_or_else(form)?;
        // However it is written, one registry has one name, in the journal too.
        let parts: Vec<&str> = uri.path().split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        let path = if parts.is_empty() { "/".to_owned() } else { format!("/{}/", parts.join("/")) };
        Ok(Self { origin, path })
    }

    /// Its address, with a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.at("")
    }

    /// The address of `path` in it, which has no slash at the start.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{}{path}", self.origin.text(), self.path)
    }

    /// The address of a package.
    #[must_use]
    pub fn package(&self, name: &str) -> String {
        self.at(&escaped(name))
    }

    /// The name of the host, without a port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.origin.host
    }

    /// Whether `url` leads to the same host, by the same protocol, at the same port.
    #[must_use]
    pub fn owns(&self, url: &str) -> bool {
        // A user in front of a host is how one host is made to look like another.
        let authority = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#', '\\']).next());
        let plain = authority.is_some_and(|authority| !authority.contains('@'));
        plain && url.parse::<Uri>().ok().and_then(|uri| Origin::of(&uri)).is_some_and(|origin| origin == self.origin)
    }

    /// Whether what is sent can't be read on the way: it is encrypted, or never leaves this machine.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let host = self.origin.host.trim_matches(['[', ']']);
        let loopback = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        self.origin.secure || loopback || host == "localhost"
    }

    /// What settings call it and the paths above it: `//host:port/path/`, the longest first.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let mut path = self.path.as_str();
        let mut keys = Vec::new();
        loop {
            keys.push(format!("//{}{path}", self.origin.authority()));
            let Some((above, _)) = path.trim_end_matches('/').rsplit_once('/') else { return keys };
            path = path.get(..=above.len()).unwrap_or("/");
        }
    }
}

impl Origin {
    fn of(uri: &Uri) -> Option<Self> {
        let scheme = uri.scheme()?;
        let secure = *scheme == Scheme::HTTPS;
        if !secure && *scheme != Scheme::HTTP {
            return None;
        }
        let host = uri.host()?.to_ascii_lowercase();
        let authority = uri.authority()?.as_str();
        let written = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'));
        let port = match (uri.port_u16(), written) {
            (Some(0), _) | (None, Some(_)) => return None,
            (Some(port), _) => port,
            (None, None) => usual(secure),
        };
        (!host.is_empty()).then_some(Self { secure, host, port })
    }

    fn authority(&self) -> String {
        if self.port == usual(self.secure) { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }

    fn text(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.authority())
    }
}

const fn usual(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

/// What packers call the tarball of a version.
#[must_use]
pub fn tarball_name(name: &str, version: &str) -> String {
    format!("{}-{version}.tgz", name.trim_start_matches('@').replace('/', "-"))
}

/// A package's name as one part of a path.
#[must_use]
pub(super) fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'@' => text.push(char::from(byte)),
            _ => text.push_str(&format!("%{byte:02x}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_whatever_it_is_written_like() {
        for (text, url, keys) in [
            ("https://R.example", "https://r.example/", &["//r.example/"][..]),
            ("http://r.example:80/", "http://r.example/", &["//r.example/"]),
            ("http://r.example/./", "http://r.example/", &["//r.example/"]),
            (
                "https://r.example:8443/a/b",
                "https://r.example:8443/a/b/",
                &["//r.example:8443/a/b/", "//r.example:8443/a/", "//r.example:8443/"],
            ),
            ("http://[::1]:4873/", "http://[::1]:4873/", &["//[::1]:4873/"]),
        ] {
            let registry = Registry::parse(text).unwrap();
            assert_eq!(
                (registry.url().as_str(), registry.keys()),
                (url, keys.iter().map(|key| (*key).into()).collect())
            );
        }
        for text in [
            "r.example",
            "ftp://r.example/",
            "https://",
            "https://r.example/?a=b",
            "https://r.example:/",
            "",
            "https://r.example/../",
        ] {
            assert!(matches!(Registry::parse(text), Err(RegistryError::Form(_))), "{text}");
        }
        assert_eq!(Registry::parse("https://u:p@r.example/"), Err(RegistryError::Credential));
    }

    #[test]
    fn another_origin_is_told_from_its_own() {
        let registry = Registry::parse("https://r.example/npm/").unwrap();
        for own in ["https://r.example/x", "https://R.EXAMPLE:443/", "https://r.example"] {
            assert!(registry.owns(own), "{own}");
        }
        for other in [
            "http://r.example/",
            "https://r.example.evil/",
            "https://r.example:444/",
            "https://evil/r.example",
            "https://r.example@evil/",
            "https://evil@r.example/",
            "//r.example/",
            "/x",
        ] {
            assert!(!registry.owns(other), "{other}");
        }
        assert_eq!(registry.package("@acme/w"), "https://r.example/npm/@acme%2fw");
        assert_eq!(escaped("a?b#c/../d"), "a%3fb%23c%2f..%2fd");
    }
}
