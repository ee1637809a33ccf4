//! The entries of a package → the two files that a registry shows: its manifest and its readme.

use crate::model::{Entry, Finding, Kind, Limits, Wrap};
use crate::open::{self, Buffer, Input, Meter, Sink};

/// No manifest needs more.
const MANIFEST: usize = 8 << 20;

/// A longer readme is not shown.
const README: usize = 1 << 20;

/// What a registry shows of a package.
#[derive(Debug, Default)]
pub(super) struct Front {
    /// The bytes of package.json.
    pub(super) manifest: Option<Vec<u8>>,
    /// The name and text of the readme.
    pub(super) readme: Option<(String, String)>,
}

impl Front {
    /// Reads the front of an artifact, and the paths of its files, without inspecting anything.
    pub(super) fn read(input: &Input, limits: Limits) -> (Kind, Self, Vec<String>) {
        let (mut front, mut paths) = (Self::default(), Paths::default());
        let mut buffer = Buffer::default();
        let meter = Meter::new(limits, input.len());
        let unpacked = open::unpack(input, &mut buffer, &limits);
        let (kind, _) =
            open::entries(unpacked, "package.tgz", &meter, &mut Tap { front: &mut front, sink: &mut paths });
        (kind, front, paths.0)
    }

    fn look(&mut self, entry: &Entry<'_>) {
        if !entry.counted || entry.within.is_some() || entry.path.as_str().contains('/') {
            return;
        }
        let name = entry.path.as_str();
        if name == "package.json" && entry.body.len() <= MANIFEST {
            self.manifest = Some(entry.body.to_vec());
        }
        let better = || self.readme.as_ref().is_none_or(|(before, _)| rank(name) < rank(before));
        if rank(name).is_some() && entry.body.len() <= README && better() {
            // Text in other encodings is shown as well as it can be; what is no text is not shown.
            let text = Some(&entry.body).filter(|body| !body.contains(&0)).map(|body| String::from_utf8_lossy(body));
            self.readme = text.map(|text| (name.to_owned(), text.into_owned())).or_else(|| self.readme.take());
        }
    }
}

/// Which of several readmes is shown: Markdown before others, and those in the order of their names.
fn rank(name: &str) -> Option<(bool, &str)> {
    let ending = name.get(..6).filter(|start| start.eq_ignore_ascii_case("readme")).and_then(|_| name.get(6..))?;
    let shown = ending.is_empty() || ending.starts_with('.');
    shown.then(|| (!matches!(ending.to_ascii_lowercase().as_str(), ".md" | ".markdown"), name))
}

/// The paths of the files that are laid down.
#[derive(Default)]
struct Paths(Vec<String>);

impl<'b> Sink<'b> for Paths {
    fn entry(&mut self, entry: Entry<'b>) {
        if entry.counted && entry.within.is_none() {
            self.0.push(entry.path.as_str().to_owned());
        }
    }
    fn finding(&mut self, _: Finding) {
        // Whoever audits it is told.
    }
}

/// Hands everything on, and keeps a copy of the front.
pub(super) struct Tap<'t, 'b> {
    pub(super) front: &'t mut Front,
    pub(super) sink: &'t mut dyn Sink<'b>,
}

impl<'b> Sink<'b> for Tap<'_, 'b> {
    fn wrap(&mut self, wrap: Wrap) {
        self.sink.wrap(wrap);
    }
    fn entry(&mut self, entry: Entry<'b>) {
        self.front.look(&entry);
        self.sink.entry(entry);
    }
    fn finding(&mut self, finding: Finding) {
        self.sink.finding(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EntryPath;

    #[test]
    fn the_readme_that_people_expect_is_shown() {
        let mut front = Front::default();
        for name in
            ["readme", "docs/README.md", "README.txt", "Readme.md", "README.zh.md", "readmes.md", "package.json"]
        {
            let path = EntryPath::parse(name).unwrap();
            front.look(&Entry::new(path, name.as_bytes().into()));
        }
        assert_eq!(front.readme, Some(("Readme.md".to_owned(), "Readme.md".to_owned())));
        assert_eq!(front.manifest.as_deref(), Some(&b"package.json"[..]));
    }
}
