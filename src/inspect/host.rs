//! Absolute paths of the machine that built the artifact, and the names of its users.

use std::collections::BTreeMap;

use super::marks::Mark;
use super::{Found, Inspector, Subject, TextKind};
use crate::model::{Level, Position, Rule};

const HOST_PATH: Rule = Rule::fixed(
    "source/host-path",
    (Level::Warn, Level::Warn),
    "an absolute path of the build machine",
    "It names a user, a folder or a project of the machine that built this.",
    "build with relative paths: esbuild absWorkingDir, webpack output.devtoolModuleFilenameTemplate, gcc -ffile-prefix-map, rustc --remap-path-prefix",
);

/// What home folders begin with.
const HOMES: [Mark; 3] = [Mark::Home, Mark::Users, Mark::UsersToo];

/// What the folders of build machines begin with.
const MACHINES: [Mark; 4] = [Mark::Builds, Mark::Root, Mark::Jenkins, Mark::Workspace];

/// In JSON of more bytes than this, maps above all, only the names of sources are looked at: every word is one more
/// pass, and what stands in a text was written there by hand.
pub(super) const LARGE: usize = 16 << 20;

/// Names that stand for anyone.
const ANYONE: &str = "user users username user1 user2 yourname your-name your_name youruser your-user you your me myuser \
    myname name someone somebody someuser anyone foo bar baz test testuser tester example node app \
    web_user admin shared public default john jane johndoe janedoe jdoe john.doe alice bob joe xxx x \
    path to dir project";

pub(super) struct Hosts;

impl Inspector for Hosts {
    fn rules(&self) -> Vec<Rule> {
        vec![HOST_PATH]
    }

    fn inspect(&self, subject: &Subject<'_>, found: &mut Found<'_>) {
        let text = &*subject.text.bytes;
        let large = subject.text.kind == TextKind::Json && text.len() >= LARGE;
        if subject.text.kind == TextKind::Prose || large {
            return;
        }
        let mut homes: BTreeMap<String, (usize, u64)> = BTreeMap::new();
        for mark in HOMES.into_iter().chain(MACHINES) {
            let root = mark.word();
            for at in subject.marks().each(text, mark).filter(|at| !subject.is_apart(*at)) {
                if let Some(home) = home(text, at, root).filter(|_| !is_told(text, at)) {
                    let (_, count) = homes.entry(home).or_insert((at, 0));
                    *count += 1;
                }
            }
        }
        report(homes, Some(text), found);
    }
}

/// Looks at the names of sources alone.
pub(super) fn in_names(names: &[String], found: &mut Found<'_>) {
    let mut homes: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    for name in names {
        let roots = HOMES.into_iter().chain(MACHINES).map(Mark::word);
        let first = roots.into_iter().find_map(|root| home(name.as_bytes(), name.find(root)?, root));
        if let Some(home) = first {
            homes.entry(home).or_default().1 += 1;
        }
    }
    report(homes, None, found);
}

fn report(homes: BTreeMap<String, (usize, u64)>, text: Option<&[u8]>, found: &mut Found<'_>) {
    let many = homes.len();
    for (home, (at, count)) in homes.into_iter().take(3) {
        let times = if count == 1 { "once".to_owned() } else { format!("{count} times") };
        let finding =
            found.finding(&HOST_PATH, text.map(|text| Position::of(text, at)), format!("{home}/… stands here {times}"));
        finding.key = home;
    }
    if many > 3 {
        "more".clone_into(&mut found.finding(&HOST_PATH, None, format!("{} more such folders", many - 3)).key);
    }
}

/// Whether the path stands in a comment that explains something: a line of a block, or one with other words.
fn is_told(text: &[u8], at: usize) -> bool {
    let from = at.saturating_sub(200);
    let before = text.get(from..at).unwrap_or_default();
    let Some(line) = memchr::memrchr(b'\n', before).and_then(|start| before.get(start + 1..)) else { return false };
    let line = line.trim_ascii_start();
    let words = line.strip_prefix(b"//").or_else(|| line.strip_prefix(b"#")).map(<[u8]>::trim_ascii_start);
    line.starts_with(b"*") || words.is_some_and(|words| words.iter().filter(|b| b.is_ascii_whitespace()).count() > 1)
}

/// The home folder that the path at `at` leads through, if it is a path, and one of somebody.
fn home(text: &[u8], at: usize, root: &str) -> Option<String> {
    let before = text.get(..at)?;
    let windows = root.starts_with('\\');
    let drive = if windows || root == "/Users/" { drive(before) } else { None };
    if windows && drive.is_none() {
        return None;
    }
    let last = before.last().copied();
    let joined = last.is_some_and(|b| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'~' | b'}' | b')' | b'*' | b'/' | b'\\' | b'>')
    });
    if drive.is_none() && joined && !before.ends_with(b"file://") {
        return None;
    }
    let rest = text.get(at + root.len()..)?;
    let rest = rest.get(..rest.len().min(512))?;
    let ends = |b: &u8| {
        !(b.is_ascii_alphanumeric()
            || matches!(b, b'/' | b'\\' | b'.' | b'_' | b'-' | b'+' | b'@' | b'~' | b'%' | b'[' | b']' | b' ')
            || *b >= 0x80)
    };
    let path = rest.get(..rest.iter().position(ends).unwrap_or(rest.len()))?;
    let path = std::str::from_utf8(path).ok()?;
    let mut parts = path.split(['/', '\\']).filter(|part| !part.is_empty());
    let first = parts.next()?;
    let deeper: Vec<&str> = parts.take_while(|part| !part.starts_with(' ')).collect();
    // A path of some depth, or to a file: anything shorter may be a route or an example. In a binary it ends with NUL.
    let shallow = if root != "/home/" || text.get(at + root.len() + path.len()) == Some(&0) { 1 } else { 2 };
    let file = deeper.last().is_some_and(|last| {
        last.trim_end().rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && !ending.is_empty())
    });
    if deeper.len() < shallow && !file || first.contains(' ') || path.contains("...") {
        return None;
    }
    let personal = matches!(root, "/home/" | "/Users/" | "\\Users\\");
    let lower = first.to_ascii_lowercase();
    let stands_for = first.contains('_') && !first.bytes().any(|b| b.is_ascii_lowercase());
    if personal && (ANYONE.split(' ').any(|word| word == lower) || lower.len() < 2 || stands_for) {
        return None;
    }
    Some(match (drive, windows) {
        (Some(drive), true) => format!("{drive}:\\Users\\{first}"),
        (Some(drive), false) => format!("{drive}:/Users/{first}"),
        (None, _) => format!("{root}{first}"),
    })
}

/// The drive that `before` ends with: `C:`, also with a backslash that was escaped.
fn drive(before: &[u8]) -> Option<char> {
    let before = before.strip_suffix(b"\\").unwrap_or(before);
    match before {
        [.., other, letter, b':'] if letter.is_ascii_alphabetic() && !other.is_ascii_alphanumeric() => {
            Some(char::from(*letter))
        }
        [letter, b':'] if letter.is_ascii_alphabetic() => Some(char::from(*letter)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn homes(text: &str) -> Vec<String> {
        let found =
            |root: &'static str| text.match_indices(root).filter_map(move |(at, _)| home(text.as_bytes(), at, root));
        HOMES.into_iter().chain(MACHINES).flat_map(|mark| found(mark.word())).collect()
    }

    #[test]
    fn homes_are_found_however_they_are_written() {
        for (text, found) in [
            ("\"/home/builder/acme/src/a.ts\"", "/home/builder"),
            ("file:///Users/builder/acme/a.mjs", "/Users/builder"),
            (r#""C:\\Users\\builder\\acme\\a.ts""#, "C:\\Users\\builder"),
            (r"C:\Users\builder\acme\a.ts", "C:\\Users\\builder"),
            ("C:/Users/builder/acme/a.ts", "C:/Users/builder"),
            ("\0/builds/group/acme/src/x.c\0", "/builds/group"),
            ("\0/home/builder/acme\0", "/home/builder"),
            ("/root/.cargo/registry/src/x.rs", "/root/.cargo"),
        ] {
            assert_eq!(homes(text), [found], "{text}");
        }
    }

    #[test]
    fn examples_and_routes_are_no_homes() {
        for text in [
            "/home/user/project/a.ts",
            "/home/about/team",
            "\"/Users/\"",
            "\"C:\\\\Users\\\\\"",
            "https://example.com/home/builder/acme/a.ts",
            "./home/builder/acme/a.ts",
            "get('/home/settings')",
            "/home/node/app/index.js",
            "${root}/Users/builder/acme/a.ts",
        ] {
            assert!(homes(text).is_empty(), "{text}");
        }
    }
}
