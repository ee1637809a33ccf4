//! The programs that lastlook is measured beside, and how each is called.

use std::path::{Path, PathBuf};

use super::measure::{Job, program};

/// What a peer takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// All archives at once.
    Archives,
    /// One archive after the other, each in a process of its own.
    Archive,
    /// Folders that were unpacked beforehand, which is not counted.
    Folder,
    /// One unpacked package after the other.
    Package,
}

/// A peer: what it does, and the words before and behind what it reads.
pub struct Peer {
    pub name: &'static str,
    pub does: &'static str,
    program: &'static str,
    before: &'static [&'static str],
    behind: &'static [&'static str],
    pub takes: Takes,
    /// Whether it looks for secrets.
    pub secrets: bool,
}

const PATTERN: &str = "(AKIA|ASIA)[A-Z2-7]{16}|gh[pousr]_[A-Za-z0-9]{36}|npm_[A-Za-z0-9]{36}|xox[abeprs]-[A-Za-z0-9-]{20,}|sk_live_[A-Za-z0-9]{24,}|AIza[A-Za-z0-9_-]{35}|-----BEGIN [A-Z ]*PRIVATE KEY-----";

const fn reader(name: &'static str, program: &'static str, before: &'static [&'static str], takes: Takes) -> Peer {
    Peer { name, does: "inflates", program, before, behind: &[], takes, secrets: false }
}

const fn lister(name: &'static str, program: &'static str, before: &'static [&'static str]) -> Peer {
    Peer { name, does: "lists", program, before, behind: &[], takes: Takes::Archive, secrets: false }
}

const fn scanner(name: &'static str, program: &'static str, before: &'static [&'static str], takes: Takes) -> Peer {
    Peer { name, does: "looks for secrets", program, before, behind: &[], takes, secrets: true }
}

pub const PEERS: &[Peer] = &[
    reader("libdeflate-gunzip", "libdeflate-gunzip", &["-c"], Takes::Archives),
    reader("gzip -dc", "gzip", &["-dc"], Takes::Archives),
    reader("pigz -dc", "pigz", &["-dc"], Takes::Archives),
    lister("tar tzf", "tar", &["tzf"]),
    lister("bsdtar tzf", "bsdtar", &["tzf"]),
    Peer { takes: Takes::Archives, ..lister("node-tar", "node", &["{npm}/list.mjs"]) },
    Peer { does: "7 patterns", ..scanner("rg -z", "rg", &["-z", "-a", "-c", "-e", PATTERN], Takes::Archives) },
    scanner(
        "kingfisher",
        "kingfisher",
        &["scan", "-q", "-n", "--no-update-check", "--git-history", "none", "-f", "jsonl"],
        Takes::Archives,
    ),
    scanner("ripsecrets", "ripsecrets", &[], Takes::Folder),
    scanner("detect-secrets", "detect-secrets", &["scan", "--all-files", "-n"], Takes::Folder),
    Peer {
        behind: &["**/*"],
        ..scanner(
            "secretlint",
            "secretlint",
            &["--secretlintrc", "{npm}/.secretlintrc.json", "--format", "unix", "--no-maskSecrets"],
            Takes::Folder,
        )
    },
    Peer {
        does: "checks package.json",
        secrets: false,
        behind: &["--pack", "false"],
        ..scanner("publint", "publint", &["run"], Takes::Package)
    },
];

impl Peer {
    pub fn program(&self) -> Option<PathBuf> {
        program(self.program)
    }

    /// How it reads these archives, or the folder where they lie unpacked.
    pub fn job(&self, archives: &[PathBuf], unpacked: &Path) -> Option<Job> {
        let npm = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/npm");
        let word = |word: &&str| word.replace("{npm}", &npm.to_string_lossy());
        let mut words = vec![self.program()?.to_string_lossy().into_owned()];
        words.extend(self.before.iter().map(word));
        let files = archives.iter().map(|file| file.to_string_lossy().into_owned());
        match self.takes {
            Takes::Archives => words.extend(files),
            Takes::Archive => words = each(&words, self.behind, files),
            // It finds its way from the folder it is started in.
            Takes::Folder if !self.behind.is_empty() => words.extend(self.behind.iter().map(word)),
            Takes::Folder => words.push(".".to_owned()),
            Takes::Package => {
                let folders = archives.iter().map(|file| unpacked.join(stem(file)).join("package"));
                words = each(&words, self.behind, folders.map(|folder| folder.to_string_lossy().into_owned()));
            }
        }
        Some(Job::new(self.name, unpacked, words))
    }
}

/// One process for each.
fn each(words: &[String], behind: &[&str], paths: impl Iterator<Item = String>) -> Vec<String> {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!("for path; do {} \"$path\" {}; done; true", quoted.join(" "), behind.join(" "));
    ["sh", "-c", &script, "sh"].into_iter().map(str::to_owned).chain(paths).collect()
}

/// The name of an archive without its ending.
pub fn stem(file: &Path) -> String {
    file.file_name().unwrap().to_string_lossy().trim_end_matches(".tgz").to_owned()
}

/// lastlook over these archives.
pub fn lastlook(archives: &[PathBuf], more: &[&str]) -> Job {
    let mut words = vec![env!("CARGO_BIN_EXE_lastlook"), "audit", "--format", "json"];
    words.extend(more);
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    words.extend(archives.iter().map(|file| file.to_string_lossy().into_owned()));
    Job::new("lastlook", archives[0].parent().unwrap(), words)
}
