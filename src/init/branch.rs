//! A repository → the name of its default branch, where its own records tell it. Runs nothing.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::plain;

/// No honest record is larger.
const MOST: u64 = 16 << 20;

const REMOTE: &str = "refs/remotes/origin/";

/// What the remote called its default branch when it was cloned. The branch that is checked out tells nothing: it may be
/// the one somebody works on today.
pub(super) fn default(repository: &Path) -> Option<String> {
    let records = repository.join(".git");
    let loose = text(&records.join(REMOTE).join("HEAD"));
    let named = loose.as_deref().and_then(pointed).map(str::to_owned);
    let name = named.or_else(|| packed(&text(&records.join("packed-refs"))?))?;
    // It goes into a pipeline, where signs have meanings.
    plain(&name).then_some(name)
}

/// The branch that a symbolic reference points to.
fn pointed(text: &str) -> Option<&str> {
    text.trim().strip_prefix("ref:")?.trim_start().strip_prefix(REMOTE)
}

/// The branch that stands where the packed HEAD of the remote stands, if it is the only one.
fn packed(text: &str) -> Option<String> {
    let rows = || {
        text.lines()
            .filter_map(|line| line.split_once(' ')?.1.trim().strip_prefix(REMOTE).zip(line.get(..line.find(' ')?)))
    };
    let head = rows().find(|(name, _)| *name == "HEAD")?.1;
    let mut same = rows().filter(|(name, hash)| *name != "HEAD" && *hash == head);
    let (name, _) = same.next()?;
    same.next().is_none().then(|| name.to_owned())
}

fn text(path: &Path) -> Option<String> {
    // Opening a pipe would wait for ever.
    path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let mut text = String::new();
    File::open(path).ok()?.take(MOST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(loose: Option<&str>, packed: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let remote = folder.path().join(".git/refs/remotes/origin");
        std::fs::create_dir_all(&remote).unwrap();
        std::fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/topic\n").unwrap();
        std::fs::write(folder.path().join(".git/packed-refs"), packed).unwrap();
        if let Some(loose) = loose {
            std::fs::write(remote.join("HEAD"), loose).unwrap();
        }
        default(folder.path())
    }

    #[test]
    fn the_remote_tells_its_default_branch() {
        assert_eq!(told(Some("ref: refs/remotes/origin/release/2.x\n"), ""), Some("release/2.x".to_owned()));
        let head = "# pack-refs with: peeled\nab refs/remotes/origin/HEAD\nab refs/remotes/origin/develop\n";
        assert_eq!(told(None, head), Some("develop".to_owned()));
        assert_eq!(told(Some("ab\n"), head), Some("develop".to_owned()));
    }

    #[test]
    fn what_is_not_told_or_not_plain_is_not_taken() {
        assert_eq!(told(None, ""), None);
        let two = "ab refs/remotes/origin/HEAD\nab refs/remotes/origin/a\nab refs/remotes/origin/b\n";
        assert_eq!(told(None, two), None);
        for name in ["", "a b", "x]\n  pull_request_target:", "-a", "${{x}}", "*", "a\"b", "!main"] {
            assert_eq!(told(Some(&format!("ref: refs/remotes/origin/{name}\n")), ""), None, "{name}");
        }
        assert_eq!(default(Path::new("/nowhere")), None);
    }
}
