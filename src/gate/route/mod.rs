//! A method and a target, as a client wrote them → the one thing that is meant, or nothing.
//!
//! What goes up is built from the parts that are named here; no path and no query of a client ever does.

mod meaning;

use crate::publish::is_name;

pub use meaning::{Change, Own, Read, Route};

/// Longer targets are nobody's.
const LONGEST: usize = 1024;

impl Route {
    /// What `method` and `target`, a path with a query, mean; nothing where that is not on this list.
    #[must_use]
    pub fn of(method: &str, target: &str) -> Option<Self> {
        if target.len() > LONGEST || !target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
            return None;
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        // Nothing that another reader would take out.
        if parts.iter().any(|part| matches!(*part, "" | "." | "..")) {
            return None;
        }
        match parts.split_first()? {
            (&"-", rest) => Self::special(method, rest, query),
            _ => Self::package(method, &parts, query),
        }
    }

    fn special(method: &str, parts: &[&str], query: &str) -> Option<Self> {
        let own = |own| (query.is_empty()).then_some(Self::Own(own));
        match (method, parts) {
            ("GET", ["lastlook", "health"]) => own(Own::Health),
            ("GET", ["lastlook", "ready"]) => own(Own::Ready),
            ("GET", ["lastlook", "metrics"]) => own(Own::Metrics),
            ("GET", ["lastlook", "reports", id]) => own(Own::Report { id: word(id)? }),
            ("GET", ["lastlook", "done", id]) => own(Own::Done { id: word(id)? }),
            ("GET", ["ping"]) => Some(Self::Own(Own::Ping)),
            ("GET", ["whoami"]) => own(Own::WhoAmI),
            ("GET", ["stage"]) => Some(Self::Read(Read::Stages { page: page(query)? })),
            ("GET", ["stage", id]) => plain(query, Self::Read(Read::Stage { id: word(id)?, tarball: false })),
            ("GET", ["stage", id, "tarball"]) => plain(query, Self::Read(Read::Stage { id: word(id)?, tarball: true })),
            ("POST", ["stage", id, "approve"]) => plain(query, Self::Approve { id: word(id)? }),
            ("DELETE", ["stage", id]) => plain(query, Self::Change(Change::Reject { id: word(id)? })),
            ("POST", ["stage", "package", rest @ ..]) => match named(rest)? {
                (name, []) => plain(query, Self::Stage { name }),
                _ => None,
            },
            (_, ["package", rest @ ..]) => match (method, named(rest)?) {
                ("GET", (name, ["dist-tags"])) => plain(query, Self::Read(Read::Tags { name })),
                ("PUT" | "POST", (name, ["dist-tags", tag])) => {
                    plain(query, Self::Change(Change::SetTag { name, tag: word(tag)? }))
                }
                ("DELETE", (name, ["dist-tags", tag])) => {
                    plain(query, Self::Change(Change::RemoveTag { name, tag: word(tag)? }))
                }
                ("POST", (name, ["access"])) => plain(query, Self::Change(Change::Access { name })),
                (_, (name, ["trust", rest @ ..])) => {
                    account("trust", method, ["package", &name, "trust"].iter().chain(rest), query)
                }
                _ => None,
            },
            (_, ["npm", "v1", "tokens", ..]) => account("token", method, parts.iter(), query),
            (_, ["org" | "team", ..]) => account("team", method, parts.iter(), query),
            _ => None,
        }
    }

    fn package(method: &str, parts: &[&str], query: &str) -> Option<Self> {
        let (name, rest) = named(parts)?;
        match (method, rest) {
            ("GET", []) => match query {
                "" => Some(Self::Read(Read::Package { name, write: false })),
                "write=true" => Some(Self::Read(Read::Package { name, write: true })),
                _ => None,
            },
            ("GET", [version]) => plain(query, Self::Read(Read::Version { name, version: word(version)? })),
            ("GET", ["-", rest @ ..]) => plain(query, Self::Read(Read::Tarball { file: file(&name, rest)?, name })),
            ("PUT", []) => plain(query, Self::Document { name }),
            ("PUT", ["-rev", revision]) => {
                plain(query, Self::Change(Change::Revise { name, revision: word(revision)? }))
            }
            ("DELETE", ["-rev", revision]) => {
                plain(query, Self::Change(Change::Remove { name, revision: word(revision)? }))
            }
            ("DELETE", ["-", rest @ .., "-rev", revision]) => {
                let file = file(&name, rest)?;
                plain(query, Self::Change(Change::RemoveTarball { name, file, revision: word(revision)? }))
            }
            _ => None,
        }
    }
}

/// A change to the account.
fn account<'p>(
    word: &'static str,
    method: &str,
    path: impl Iterator<Item = &'p &'p str>,
    query: &str,
) -> Option<Route> {
    let method = ["POST", "PUT", "DELETE"].into_iter().find(|own| *own == method)?;
    let part = |part: &&str| self::word(part).or_else(|| is_name(part).then(|| (*part).to_owned()));
    let path = path.map(part).collect::<Option<Vec<String>>>()?;
    plain(query, Route::Change(Change::Account { word, method, path }))
}

fn plain(query: &str, route: Route) -> Option<Route> {
    query.is_empty().then_some(route)
}

/// The name of a package in the one or two parts that it takes, and what stands behind it.
fn named<'p>(parts: &'p [&'p str]) -> Option<(String, &'p [&'p str])> {
    let (first, rest) = parts.split_first()?;
    let (name, rest) = match first.strip_prefix('@') {
        None => ((*first).to_owned(), rest),
        Some(scoped) => {
            let slash = scoped.find("%2f").or_else(|| scoped.find("%2F"));
            if let Some((scope, name)) = slash.and_then(|at| Some((scoped.get(..at)?, scoped.get(at + 3..)?))) {
                (format!("@{scope}/{name}"), rest)
            } else {
                let (second, rest) = rest.split_first()?;
                (format!("{first}/{second}"), rest)
            }
        }
    };
    is_name(&name).then_some((name, rest))
}

/// The last part of the address of a tarball: some put the scope before it once more.
fn file(name: &str, parts: &[&str]) -> Option<String> {
    let scope = name.split_once('/').map(|(scope, _)| scope);
    let file = match parts {
        [file] => (*file)
            .strip_prefix(scope.unwrap_or_default())
            .map_or(*file, |rest| rest.strip_prefix("%2f").or_else(|| rest.strip_prefix("%2F")).unwrap_or(file)),
        [first, file] if scope == Some(first) => file,
        _ => return None,
    };
    let stem = name.rsplit('/').next()?;
    let version = file.strip_prefix(stem)?.strip_prefix('-')?.strip_suffix(".tgz")?;
    (word(version).is_some() && file.len() <= 512).then(|| file.to_owned())
}

/// One part of a path that needs no escapes, and means nothing but itself.
fn word(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+~".contains(&byte);
    let fits = (1..=256).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('.');
    fits.then(|| text.to_owned())
}

/// Which page of a list.
fn page(query: &str) -> Option<u32> {
    let mut page = 0;
    for (key, value) in
        query.split('&').filter(|part| !part.is_empty()).map(|part| part.split_once('=')).collect::<Option<Vec<_>>>()?
    {
        match key {
            "page" => page = value.parse().ok()?,
            "perPage" | "package" | "packageName" => {}
            _ => return None,
        }
    }
    Some(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_one_name_however_it_is_written() {
        let document = |target: &str| match Route::of("PUT", target) {
            Some(Route::Document { name }) => Some(name),
            _ => None,
        };
        for target in ["/@acme%2fwidget", "/@acme%2Fwidget", "/@acme/widget"] {
            assert_eq!(document(target).as_deref(), Some("@acme/widget"), "{target}");
        }
        assert_eq!(document("/widget").as_deref(), Some("widget"));
        for target in [
            "/%40acme%2fwidget",
            "/@acme%252fwidget",
            "//widget",
            "/./widget",
            "/widget/",
            "/a/../widget",
            "/@acme",
            "/@acme/",
            "/@acme/widget/",
            "http://elsewhere.example/widget",
            "widget",
            "/widget?x=1",
            "/widget#x",
            "/",
            "/wid\\get",
            "/@acme%2fa%2fb",
            "/@acme%5cwidget",
            "/wid%67et",
            "/.widget",
            "/_widget",
            "/-/widget",
            "*",
            "/widget%00",
            "/widget;x",
            "/@@acme/widget",
        ] {
            assert_eq!(document(target), None, "{target}");
        }
        assert_eq!(document(&format!("/{}", "a".repeat(2_000))), None);
    }

    #[test]
    fn each_route_means_one_thing() {
        let name = || "@acme/w".to_owned();
        let text = |text: &str| text.to_owned();
        let account = |word, method, path: &[&str]| {
            Route::Change(Change::Account { word, method, path: path.iter().map(|part| text(part)).collect() })
        };
        for (method, target, route) in [
            ("GET", "/-/ping", Route::Own(Own::Ping)),
            ("GET", "/-/ping?write=true", Route::Own(Own::Ping)),
            ("GET", "/@acme%2fw", Route::Read(Read::Package { name: name(), write: false })),
            ("GET", "/@acme%2fw?write=true", Route::Read(Read::Package { name: name(), write: true })),
            ("GET", "/@acme%2fw/1.0.0", Route::Read(Read::Version { name: name(), version: text("1.0.0") })),
            ("GET", "/@acme/w/-/w-1.0.0.tgz", Route::Read(Read::Tarball { name: name(), file: text("w-1.0.0.tgz") })),
            (
                "GET",
                "/@acme/w/-/@acme/w-1.0.0.tgz",
                Route::Read(Read::Tarball { name: name(), file: text("w-1.0.0.tgz") }),
            ),
            ("GET", "/-/stage?page=2&perPage=100", Route::Read(Read::Stages { page: 2 })),
            ("POST", "/-/stage/package/@acme%2fw", Route::Stage { name: name() }),
            ("POST", "/-/stage/ab-1/approve", Route::Approve { id: text("ab-1") }),
            ("DELETE", "/-/stage/ab-1", Route::Change(Change::Reject { id: text("ab-1") })),
            (
                "PUT",
                "/-/package/@acme%2fw/dist-tags/next",
                Route::Change(Change::SetTag { name: name(), tag: text("next") }),
            ),
            (
                "DELETE",
                "/-/package/@acme%2fw/dist-tags/next",
                Route::Change(Change::RemoveTag { name: name(), tag: text("next") }),
            ),
            ("PUT", "/@acme%2fw/-rev/3-ab", Route::Change(Change::Revise { name: name(), revision: text("3-ab") })),
            ("DELETE", "/@acme%2fw/-rev/3-ab", Route::Change(Change::Remove { name: name(), revision: text("3-ab") })),
            (
                "DELETE",
                "/@acme/w/-/w-1.0.0.tgz/-rev/3-ab",
                Route::Change(Change::RemoveTarball {
                    name: name(),
                    file: text("w-1.0.0.tgz"),
                    revision: text("3-ab"),
                }),
            ),
            ("POST", "/-/package/@acme%2fw/access", Route::Change(Change::Access { name: name() })),
            ("POST", "/-/package/@acme%2fw/trust", account("trust", "POST", &["package", "@acme/w", "trust"])),
            ("POST", "/-/npm/v1/tokens", account("token", "POST", &["npm", "v1", "tokens"])),
            (
                "DELETE",
                "/-/npm/v1/tokens/token/ab",
                account("token", "DELETE", &["npm", "v1", "tokens", "token", "ab"]),
            ),
        ] {
            assert_eq!(Route::of(method, target), Some(route), "{method} {target}");
        }
    }

    #[test]
    fn what_is_not_on_the_list_means_nothing() {
        for (method, target) in [
            ("PATCH", "/w"),
            ("POST", "/w"),
            ("put", "/w"),
            ("PUT", "/w/1.0.0"),
            ("PUT", "/-/user/org.couchdb.user:a"),
            ("POST", "/-/v1/login"),
            ("POST", "/-/npm/v1/security/advisories/bulk"),
            ("PUT", "/-/all"),
            ("GET", "/-/npm/v1/tokens"),
            ("GET", "/-/npm/v1/user"),
            ("GET", "/w/-/../../-/npm/v1/tokens"),
            ("GET", "/w/-/x-1.0.0.tgz"),
            ("GET", "/w/-/w-.tgz"),
            ("GET", "/w/-/a/w-1.0.0.tgz"),
            ("CONNECT", "w:443"),
            ("GET", "/w?write=true&x"),
            ("GET", "/-/lastlook/reports/../x"),
            ("GET", "/-/stage?page=x"),
            ("PUT", "/w/-rev/"),
            ("PUT", "/w/-rev/a/b"),
            ("DELETE", "/w"),
            ("TRACE", "/-/ping"),
            ("OPTIONS", "*"),
            ("POST", "/-/stage//approve"),
        ] {
            assert_eq!(Route::of(method, target), None, "{method} {target}");
        }
    }
}
