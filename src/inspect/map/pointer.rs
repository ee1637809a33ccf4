//! A URL in a file → what it points to.

use crate::model::EntryPath;

/// Where a reference leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pointer {
    /// To another host.
    Remote,
    /// To a file of the artifact, if there is one at one of these paths.
    Inside(Vec<String>),
    /// To nothing that could be in the artifact.
    Outside,
}

impl Pointer {
    /// Follows `url` from the file at `from`.
    #[must_use]
    pub fn follow(from: &EntryPath, url: &str) -> Self {
        if is_remote(url) {
            return Self::Remote;
        }
        if has_scheme(url) {
            return Self::Outside;
        }
        if !url.contains(['?', '#', '%', '\\']) {
            return join(from.parent(), url).map_or(Self::Outside, |path| Self::Inside(vec![path]));
        }
        let plain = url.split(['?', '#']).next().unwrap_or(url);
        let mut paths = Vec::new();
        for text in [plain.to_owned(), percent_decoded(plain), url.to_owned()] {
            if let Some(path) = join(from.parent(), &text.replace('\\', "/"))
                && !paths.contains(&path)
            {
                paths.push(path);
            }
        }
        if paths.is_empty() { Self::Outside } else { Self::Inside(paths) }
    }
}

/// Whether `url` leads to another host: by scheme, or by two slashes.
#[must_use]
pub fn is_remote(url: &str) -> bool {
    let url = url.trim_start();
    if url.starts_with("//") && !url.starts_with("///") {
        return true;
    }
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    matches!(&*scheme, "http" | "https" | "ftp" | "ftps" | "s3" | "gs" | "ws" | "wss")
}

fn has_scheme(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

/// Joins a folder of the artifact and a relative URL; `None` where it leads out of the artifact.
fn join(folder: &str, url: &str) -> Option<String> {
    let (base, url) = if let Some(rooted) = url.strip_prefix('/') { ("", rooted) } else { (folder, url) };
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in url.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn percent_decoded(text: &str) -> String {
    super::data_url::decode(format!(",{text}").as_bytes())
        .map_or_else(String::new, |bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(url: &str) -> Pointer {
        Pointer::follow(&EntryPath::parse("dist/js/a.js").unwrap(), url)
    }

    #[test]
    fn relative_urls_stay_inside() {
        assert_eq!(follow("a.js.map"), Pointer::Inside(vec!["dist/js/a.js.map".into()]));
        assert_eq!(
            follow("../m/a%20b.map?v=1"),
            Pointer::Inside(vec!["dist/m/a%20b.map".into(), "dist/m/a b.map".into(), "dist/m/a%20b.map?v=1".into()])
        );
        assert_eq!(follow("/maps/a.map"), Pointer::Inside(vec!["maps/a.map".into()]));
    }

    #[test]
    fn others_do_not() {
        assert_eq!(follow("../../../a.map"), Pointer::Outside);
        assert_eq!(follow("file:///home/a.map"), Pointer::Outside);
        for url in ["https://maps.example/a.map", "//cdn.example/a.map", "s3://bucket/a.zip", "HTTP://x/a"] {
            assert_eq!(follow(url), Pointer::Remote, "{url}");
        }
    }
}
