//! What is measured on: packages made by code, real ones, and where they lie unpacked.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::make;
use super::peers::stem;

/// Archives, and the folder where they lie unpacked.
pub struct Case {
    pub title: &'static str,
    pub archives: Vec<PathBuf>,
    pub unpacked: PathBuf,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench")
}

/// The archive of this name, made where it is missing.
pub fn made(name: &str, make: impl FnOnce() -> Vec<u8>) -> PathBuf {
    let path = folder().join("made").join(name);
    if !path.exists() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let new = path.with_extension("new");
        std::fs::write(&new, make()).unwrap();
        std::fs::rename(new, &path).unwrap();
    }
    path
}

impl Case {
    pub fn new(title: &'static str, name: &str, archives: Vec<PathBuf>) -> Self {
        Self { title, archives, unpacked: folder().join("unpacked").join(name) }
    }

    /// Unpacks what peers read as folders.
    pub fn unpack(&self) {
        for archive in &self.archives {
            let to = self.unpacked.join(stem(archive));
            if to.join("package").exists() {
                continue;
            }
            std::fs::create_dir_all(&to).unwrap();
            let flags = ["--strip-components=1", "-C"];
            let inner = to.join("new");
            std::fs::create_dir_all(&inner).unwrap();
            let status = Command::new("tar").arg("xzf").arg(archive).args(flags).arg(&inner).status().unwrap();
            assert!(status.success(), "{}", archive.display());
            std::fs::rename(inner, to.join("package")).unwrap();
        }
    }

    pub fn leak() -> Self {
        let title = "One large map: a bundle of 12 MB, its map of 60 MB with 2,000 sources";
        Self::new(title, "leak", vec![made("leak.tgz", make::leak)])
    }

    pub fn many() -> Self {
        Self::new("100,000 small files", "many", vec![made("many.tgz", || make::many(100_000, 700))])
    }

    /// A native program.
    pub fn executable() -> Option<Self> {
        let file = corpus()?.into_iter().find(|file| stem(file).starts_with("esbuild-linux-x64"))?;
        Some(Self::new("A program: @esbuild/linux-x64", "executable", vec![file]))
    }

    pub fn corpus() -> Option<Self> {
        Some(Self::new("26 real packages in one command", "corpus", corpus()?))
    }

    /// The corpus, and packages of the tree that the peers of npm are installed in, packed again.
    pub fn hundred() -> Option<Self> {
        let mut archives = corpus()?;
        let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/npm/node_modules");
        for package in installed(&modules) {
            if archives.len() == 100 {
                break;
            }
            let name = package.strip_prefix(&modules).unwrap().to_string_lossy().replace('/', "-");
            archives.push(made(&format!("npm/{name}.tgz"), || packed(&package)));
        }
        (archives.len() == 100).then(|| Self::new("100 real packages in one command", "hundred", archives))
    }
}

/// The tarballs of the corpus, where they were fetched.
fn corpus() -> Option<Vec<PathBuf>> {
    let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("target/corpus")).ok()?;
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "tgz"));
    files.sort();
    (files.len() == 26).then_some(files)
}

/// The packages of a node_modules, by name.
fn installed(modules: &Path) -> Vec<PathBuf> {
    let walk = walkdir::WalkDir::new(modules).min_depth(1).max_depth(2).sort_by_file_name();
    let folders = walk.into_iter().filter_map(Result::ok).map(walkdir::DirEntry::into_path);
    let scoped = |path: &Path| path.parent() != Some(modules);
    folders
        .filter(|path| path.join("package.json").is_file())
        .filter(|path| !scoped(path) || path.parent().unwrap().file_name().unwrap().to_string_lossy().starts_with('@'))
        .collect()
}

fn packed(package: &Path) -> Vec<u8> {
    let walk = walkdir::WalkDir::new(package).sort_by_file_name().into_iter();
    let own = walk.filter_entry(|entry| entry.depth() == 0 || entry.file_name() != "node_modules");
    let files = own.map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    let read: Vec<(String, Vec<u8>)> = files
        .map(|entry| {
            let name = entry.path().strip_prefix(package).unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect();
    make::tgz(read.iter().map(|(name, body)| (name.as_str(), &body[..])))
}

/// Packages of 24 files and 120 kB each, no two alike.
pub fn alike(count: usize) -> Vec<PathBuf> {
    let package = |number: usize| {
        let text = |file: usize| make::source((number * 24 + file) as u64, 60).into_bytes();
        let mut files = vec![("package.json".to_owned(), br#"{"name":"alike","version":"1.0.0"}"#.to_vec())];
        files.extend((0..24).map(|file| (format!("lib/m{file}.js"), text(file))));
        make::tgz(files.iter().map(|(name, body)| (name.as_str(), &body[..])))
    };
    (0..count).map(|number| made(&format!("alike/p{number}.tgz"), || package(number))).collect()
}

/// One package of so many megabytes, in files of 5.4 kB.
pub fn large(megabytes: usize) -> PathBuf {
    made(&format!("{megabytes}mb.tgz"), || make::many(megabytes * 1_000_000 / 5_400, 5_400))
}
