//! An address in any of the forms that pages write → an absolute one, and whose it is.

use std::fmt;

/// Who answers: the scheme, the host and the port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    secure: bool,
    /// In lower case; an IPv6 address stands in brackets.
    host: String,
    port: u16,
}

/// An address of the web, without a fragment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Url {
    origin: Origin,
    /// Begins with a slash, without `.` and `..` parts.
    path: String,
    /// With the question mark, or empty.
    query: String,
}

/// No server takes longer ones.
pub(super) const LONGEST: usize = 64 << 10;

impl Origin {
    fn parse(secure: bool, authority: &str) -> Option<Self> {
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                (host, if port.is_empty() { None } else { Some(port.parse().ok()?) })
            }
            _ => (authority, None),
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let fits = match inner {
            Some(inner) => inner.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.chars().all(plain),
        };
        let port = port.unwrap_or(if secure { 443 } else { 80 });
        fits.then(|| Self { secure, host: host.to_ascii_lowercase(), port })
    }

    /// Whether the address itself says that it is of this machine or of a network around it.
    #[must_use]
    pub fn is_private(&self) -> bool {
        let host = self.host.trim_end_matches('.');
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let local = host == "localhost" || host.ends_with(".localhost");
        local || bare.parse().is_ok_and(crate::publish::is_private)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usual = if self.secure { 443 } else { 80 };
        f.write_str(if self.secure { "https://" } else { "http://" })?;
        f.write_str(&self.host)?;
        if self.port == usual { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

impl Url {
    /// Reads an absolute address. One with a user in it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = clean(text)?;
        let (scheme, rest) = text.split_once("://")?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        Some(Self::at(Origin::parse(secure, authority)?, rest))
    }

    fn at(origin: Origin, rest: &str) -> Self {
        let (path, query) = rest.split_at_checked(rest.find('?').unwrap_or(rest.len())).unwrap_or((rest, ""));
        Self { origin, path: resolved(path), query: query.to_owned() }
    }

    /// Follows `reference` from here; none where it leads to something that is not asked over HTTP.
    #[must_use]
    pub fn join(&self, reference: &str) -> Option<Self> {
        let text = clean(reference)?;
        if let Some(rest) = text.strip_prefix("//") {
            return Self::parse(&format!("{}://{rest}", if self.origin.secure { "https" } else { "http" }));
        }
        let scheme = text.split(['/', '?']).next().and_then(|first| first.split_once(':'));
        if let Some((scheme, _)) = scheme {
            let rest = text.get(scheme.len() + 1..).unwrap_or_default();
            let own = if self.origin.secure { "https" } else { "http" };
            // Without two slashes, the scheme of the page says nothing, and the other one names a host all the same.
            return match scheme.to_ascii_lowercase().as_str() {
                same if same == own && !rest.starts_with("//") => self.join(rest),
                other @ ("http" | "https") => Self::parse(&format!("{other}://{}", rest.trim_start_matches('/'))),
                _ => None,
            };
        }
        if text.starts_with('/') {
            return Some(Self::at(self.origin.clone(), &text));
        }
        if text.is_empty() || text.starts_with('?') {
            let query = if text.is_empty() { self.query.clone() } else { text };
            return Some(Self { query, ..self.clone() });
        }
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Some(Self::at(self.origin.clone(), &format!("{folder}/{text}")))
    }

    /// The same origin, at another path.
    #[must_use]
    pub fn root(&self, path: &str) -> Self {
        Self::at(self.origin.clone(), path)
    }

    /// Whose it is.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The path, which begins with a slash.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What stands behind the path, with its question mark, or nothing.
    #[must_use]
    pub fn query(&self) -> &str {
        &self.query
    }

    /// As a file of its origin: what a server calls `index.html` where no name is written.
    #[must_use]
    pub fn file(&self) -> String {
        let path = self.path.trim_start_matches('/');
        let name = if path.is_empty() || path.ends_with('/') { "index.html" } else { "" };
        format!("{path}{name}{}", self.query)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.origin, self.path, self.query)
    }
}

/// Without a fragment, and with what no address holds as it is written percent-encoded.
fn clean(text: &str) -> Option<String> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c.is_ascii_control());
    let text = text.split('#').next().unwrap_or_default();
    if text.len() > LONGEST {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut query = false;
    for c in text.chars() {
        query |= c == '?';
        match c {
            '\t' | '\n' | '\r' => {}
            '\\' if !query => out.push('/'),
            ' ' | '"' | '<' | '>' => out.push_str(&format!("%{:02X}", u32::from(c))),
            '`' | '{' | '}' | '^' if !query => out.push_str(&format!("%{:02X}", u32::from(c))),
            c if c.is_ascii_graphic() => out.push(c),
            c => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("%{byte:02X}"));
                }
            }
        }
    }
    Some(out)
}

/// A path without `.` and `..` parts; it can't climb above its root.
fn resolved(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let all: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    let last = all.len().saturating_sub(1);
    for (number, part) in all.into_iter().enumerate() {
        let plain = part.replace("%2e", ".").replace("%2E", ".");
        match plain.as_str() {
            "." if number == last => parts.push(""),
            "." => {}
            ".." => {
                parts.pop();
                if number == last {
                    parts.push("");
                }
            }
            _ => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::Url;

    #[test]
    fn references_are_followed_as_browsers_do() {
        let from = Url::parse("https://Example.com/app/js/a.js?v=1#x").unwrap();
        let to = |reference: &str| from.join(reference).map(|url| url.to_string());
        for (reference, url) in [
            ("b.js", "https://example.com/app/js/b.js"),
            ("./b.js?x=1", "https://example.com/app/js/b.js?x=1"),
            ("../b c.js", "https://example.com/app/b%20c.js"),
            ("../../../../b.js", "https://example.com/b.js"),
            ("/b.js#top", "https://example.com/b.js"),
            ("//cdn.example:8443/x", "https://cdn.example:8443/x"),
            ("http://[::1]:80/", "http://[::1]/"),
            ("?q", "https://example.com/app/js/a.js?q"),
            ("\\b.js", "https://example.com/b.js"),
            (".//b.js?a|b", "https://example.com/app/js//b.js?a|b"),
            ("https:/b.js", "https://example.com/b.js"),
            ("https:b.js", "https://example.com/app/js/b.js"),
            ("http:/b.js", "http://b.js/"),
            ("%2e%2E/.%2e/b.js", "https://example.com/b.js"),
        ] {
            assert_eq!(to(reference).as_deref(), Some(url), "{reference}");
        }
        for none in ["javascript:alert(1)", "data:text/plain,x", "https://user@example.com/", "blob:https://a/b"] {
            assert_eq!(to(none), None, "{none}");
        }
    }

    #[test]
    fn an_address_says_itself_that_it_is_private() {
        let private = |text: &str| Url::parse(text).unwrap().origin().is_private();
        assert!(private("http://127.0.0.1:8080/") && private("http://[::1]/") && private("http://localhost/"));
        assert!(!private("https://example.com/") && !private("https://localhost.example.com/"));
    }
}
