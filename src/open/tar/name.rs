//! A raw name in an archive → the path it is installed at, and what is wrong with the name.

use crate::model::{EntryPath, Finding, Limits, Place, Rule};

use super::super::rules;
use super::Layout;

/// A name, as npm would install it.
pub(super) struct Named {
    /// The installed path; tamed where the name is dangerous.
    pub(super) path: EntryPath,
    /// The first part, which is dropped.
    pub(super) root: String,
    /// What is wrong with it.
    pub(super) findings: Vec<Finding>,
}

/// Drops the first part of `raw`, where npm does, and judges the rest.
pub(super) fn installed(raw: &[u8], limits: &Limits, layout: Layout) -> Named {
    let text = String::from_utf8_lossy(raw);
    let (root, rest) = match text.split_once('/') {
        Some((root, rest)) if layout == Layout::Package => (root, rest),
        Some(_) | None => ("", &*text),
    };
    // npm drops a drive from what is left of the name, and installs the rest.
    let mut bare = rest.trim_end_matches('/');
    while is_drive(bare) {
        bare = bare.get(2..).unwrap_or_default().trim_start_matches(['/', '\\']);
    }
    let path = EntryPath::nearest(bare);
    if layout == Layout::Package && is_plain(raw, limits) {
        return Named { root: root.to_owned(), path, findings: Vec::new() };
    }
    let mut findings = Vec::new();
    let mut add = |rule: &Rule, what: &str, unread: bool| {
        let finding =
            Finding::new(&rule.id, Place::at(path.as_str()), format!("{what} (the name is {})", bounded(&text)));
        findings.push(if unread { finding.unread() } else { finding });
    };
    let parts = || text.split(['/', '\\']);
    if text.starts_with(['/', '\\']) || parts().any(|part| part == "..") || is_drive(root) || is_drive(rest) {
        add(&rules::ESCAPE, "the path leaves the package; clients strip or refuse it in different ways", false);
    } else if !text.contains('/') && layout == Layout::Package {
        add(&rules::CONFLICT, "the file lies in no folder: npm drops it, others install it", true);
    } else if root == "." {
        add(&rules::CONFLICT, "the name begins with a dot: npm drops that, others the folder behind it", true);
    }
    if text.ends_with("/.") {
        add(&rules::CONFLICT, "the name ends in a dot: clients drop the entry, or install it under another name", true);
    }
    let empty = text.trim_end_matches('/').split('/').skip(1).any(str::is_empty);
    if empty || text.contains('\u{fffd}') {
        add(&rules::NAME, "the name holds an empty part or bytes that are no UTF-8", false);
    }
    if text.chars().any(char::is_control) {
        add(&rules::NAME, "the name holds a control character, in whose place some clients write another", true);
    }
    if text.contains('\\') {
        add(&rules::NAME, "the name holds a backslash, which some clients and systems take for a slash", true);
    }
    let deep = text.matches('/').count() > Limits::PARTS;
    if raw.len() > limits.name || deep || parts().any(|part| part.len() > Limits::PART) {
        add(&rules::LIMIT, "the name is longer or deeper than the limit, and clients cut or skip it", true);
    }
    Named { root: root.to_owned(), path, findings }
}

/// Whether a name is one of those that everybody writes: nothing below is worth asking.
fn is_plain(raw: &[u8], limits: &Limits) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'_' | b'-' | b'@');
    let pairs = raw.iter().zip(raw.iter().skip(1));
    let odd = pairs.filter(|(one, next)| matches!((one, next), (b'.' | b'/', b'.' | b'/'))).count();
    let slashes = memchr::memchr_iter(b'/', raw).count();
    raw.iter().all(plain)
        && odd == 0
        && raw.first() != Some(&b'/')
        && (1..=Limits::PARTS).contains(&slashes)
        && raw.len() <= limits.name.min(Limits::PART)
}

/// The names that clients read in a field: up to the first NUL, and for those that only skip to the end of that line,
/// what stands on the next lines too.
pub(super) fn readings(field: &[u8]) -> Vec<Vec<u8>> {
    let plain = super::header::until_nul(field);
    let mut readings = vec![plain.to_vec()];
    let rest = field.get(plain.len()..).unwrap_or_default();
    if let Some(at) = rest.iter().position(|b| matches!(b, b'\n' | b'\r')) {
        let tail = rest.get(at..).unwrap_or_default();
        readings.push([plain, super::header::until_nul(tail)].concat());
    }
    readings
}

fn is_drive(part: &str) -> bool {
    matches!(part.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

fn bounded(text: &str) -> String {
    let short: String = text.chars().take(120).collect();
    if short.len() < text.len() { format!("{short:?} …") } else { format!("{short:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules_of(raw: &str) -> (String, Vec<String>) {
        let named = installed(raw.as_bytes(), &Limits::default(), Layout::Package);
        (named.path.to_string(), named.findings.iter().map(|f| f.rule.to_string()).collect())
    }

    #[test]
    fn plain_names_lose_their_first_part() {
        assert_eq!(rules_of("package/dist/a.js"), ("dist/a.js".into(), vec![]));
        assert_eq!(rules_of("acme-1.0/./a.js"), ("a.js".into(), vec![]));
    }

    #[test]
    fn names_that_leave_the_package_say_so() {
        for raw in ["package/../../a", "/etc/a", "../a", "package/a\\..\\..\\b", "C:/x/a"] {
            assert!(rules_of(raw).1.contains(&"archive/escape".to_owned()), "{raw}");
        }
    }

    #[test]
    fn odd_names_say_so() {
        assert_eq!(rules_of("package//a").1, ["archive/name"]);
        assert_eq!(rules_of("package/a\nb").1, ["archive/name"]);
        assert_eq!(rules_of("a.js").1, ["archive/conflict"]);
        assert_eq!(rules_of(&format!("package/{}", "x".repeat(300))).1, ["archive/limit"]);
    }
}
