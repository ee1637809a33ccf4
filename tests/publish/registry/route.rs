//! A method and a target → what is asked of the registry.

/// What is asked. Faults and holds are set on these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    /// All of them, for faults, holds and counts.
    Any,
    /// `GET /NAME`
    Packument,
    /// `GET /NAME/VERSION`
    Manifest,
    /// `GET /NAME/-/FILE.tgz`
    Tarball,
    /// `PUT /NAME`
    Publish,
    /// `GET /-/package/NAME/dist-tags`
    Tags,
    /// `PUT /-/package/NAME/dist-tags/TAG`
    TagSet,
    /// `DELETE /-/package/NAME/dist-tags/TAG`
    TagRemove,
    /// `POST /-/stage/package/NAME`
    Stage,
    /// `GET /-/stage`
    StageList,
    /// `GET /-/stage/ID`
    StageView,
    /// `GET /-/stage/ID/tarball`
    StageTarball,
    /// `POST /-/stage/ID/approve`
    StageApprove,
    /// `DELETE /-/stage/ID`
    StageReject,
    /// `GET /-/whoami`
    Whoami,
    /// `POST /-/npm/v1/oidc/token/exchange/package/NAME`
    Exchange,
    /// `GET /identity`, which is no registry's but the build service's.
    Identity,
    /// `GET /-/v1/done`, which a web OTP is waited for at.
    Poll,
    /// `GET /-/ping`
    Ping,
    Other,
}

impl Route {
    pub fn covers(self, other: Self) -> bool {
        self == Self::Any || self == other
    }
}

/// A route with its words, freed of escapes.
#[derive(Debug)]
pub struct Call {
    pub route: Route,
    pub name: String,
    /// The version, file, tag or stage that is asked for.
    pub what: String,
    query: Vec<(String, String)>,
}

impl Call {
    /// `prefix` is the path that the registry stands at, without a slash at its end.
    pub fn read(prefix: &str, method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (plain(key), plain(value))
        });
        let parts: Vec<String> = path
            .strip_prefix(prefix)
            .map(|rest| rest.trim_matches('/').split('/').map(plain).collect())
            .unwrap_or_default();
        let (route, name, what) = route(method, &parts);
        Self { route, name, what, query: query.collect() }
    }

    pub fn query(&self, key: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

fn route(method: &str, parts: &[String]) -> (Route, String, String) {
    let words: Vec<&str> = parts.iter().map(String::as_str).collect();
    let own = |text: &str| text.to_owned();
    let none = String::new;
    match (method, words.as_slice()) {
        ("GET", ["-", "whoami"]) => (Route::Whoami, none(), none()),
        ("GET", ["-", "ping"]) => (Route::Ping, none(), none()),
        ("GET", ["-", "v1", "done"]) => (Route::Poll, none(), none()),
        ("GET", ["identity"]) => (Route::Identity, none(), none()),
        ("GET", ["-", "stage"]) => (Route::StageList, none(), none()),
        ("POST", ["-", "stage", "package", name @ ..]) => (Route::Stage, name.join("/"), none()),
        ("GET", ["-", "stage", id]) => (Route::StageView, none(), own(id)),
        ("DELETE", ["-", "stage", id]) => (Route::StageReject, none(), own(id)),
        ("GET", ["-", "stage", id, "tarball"]) => (Route::StageTarball, none(), own(id)),
        ("POST", ["-", "stage", id, "approve"]) => (Route::StageApprove, none(), own(id)),
        ("POST", ["-", "npm", "v1", "oidc", "token", "exchange", "package", name @ ..]) => {
            (Route::Exchange, name.join("/"), none())
        }
        ("GET", ["-", "package", name @ .., "dist-tags"]) => (Route::Tags, name.join("/"), none()),
        ("PUT", ["-", "package", name @ .., "dist-tags", tag]) => (Route::TagSet, name.join("/"), own(tag)),
        ("DELETE", ["-", "package", name @ .., "dist-tags", tag]) => (Route::TagRemove, name.join("/"), own(tag)),
        (_, ["-" | "", ..] | []) => (Route::Other, none(), none()),
        (method, words) => package(method, words),
    }
}

/// The routes that begin with the name of a package, whose slash may be escaped or not.
fn package(method: &str, words: &[&str]) -> (Route, String, String) {
    let (name, rest) = match words {
        [scope, bare, rest @ ..] if scope.starts_with('@') && !scope.contains('/') => (format!("{scope}/{bare}"), rest),
        [name, rest @ ..] => ((*name).to_owned(), rest),
        [] => (String::new(), words),
    };
    let (route, what) = match (method, rest) {
        ("GET", []) => (Route::Packument, ""),
        ("PUT", []) => (Route::Publish, ""),
        ("GET", ["-", .., file]) => (Route::Tarball, *file),
        ("GET", [version]) => (Route::Manifest, *version),
        _ => (Route::Other, ""),
    };
    (route, name, what.to_owned())
}

/// A word without its escapes.
fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|two| std::str::from_utf8(two).ok());
        let byte = escaped.and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
