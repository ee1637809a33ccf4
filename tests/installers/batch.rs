//! Clients that are only to be had as commands: one project that depends on many archives.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::laid::Laid;
use crate::readers::{clients, is_wanted, scratch, skipped};
use crate::trial::Asked;

/// A client that installs what a project names, and leaves out what it can't read.
pub struct Client {
    name: &'static str,
    program: Vec<PathBuf>,
    arguments: &'static [&'static str],
}

const MANY: usize = 100;
const PATIENCE: Duration = Duration::from_secs(60);

pub fn all() -> Vec<Box<dyn Asked>> {
    let bin = |folder: &str, file: &str| {
        let inside = std::fs::read_dir(clients(folder)).into_iter().flatten().flatten();
        inside
            .map(|entry| entry.path().join(file))
            .find(|file| file.exists())
            .unwrap_or_else(|| clients(folder).join(file))
    };
    let rows = [
        ("Bun", vec![bin("@oven", "bin/bun")], &["install", "--ignore-scripts"][..]),
        ("pnpm 12", vec![bin("@pnpm", "pnpm")], &["install", "--ignore-scripts", "--offline"]),
    ];
    let there = |(name, program, arguments): (&'static str, Vec<PathBuf>, &'static [&'static str])| {
        if program.iter().any(|part| part.is_absolute() && !part.exists()) {
            skipped(&format!("{name} is not installed: run .ci/peers"));
            return None;
        }
        Some(Box::new(Client { name, program, arguments }) as Box<dyn Asked>)
    };
    rows.into_iter().filter(|row| is_wanted(row.0)).filter_map(there).collect()
}

impl Asked for Client {
    fn name(&self) -> &'static str {
        self.name
    }

    fn lists(&self) -> bool {
        false
    }

    fn share(&self) -> usize {
        2
    }

    fn read(&self, files: &[PathBuf]) -> Vec<Laid> {
        files.chunks(MANY).flat_map(|some| self.some(some)).collect()
    }
}

impl Client {
    /// What it lays down of a few archives; if it fails, of fewer at a time.
    fn some(&self, files: &[PathBuf]) -> Vec<Laid> {
        let top = scratch();
        let project = top.path().join("out/of/reach/project");
        std::fs::create_dir_all(&project).unwrap();
        let names: Vec<String> = files.iter().map(|file| file.file_stem().unwrap().to_string_lossy().into()).collect();
        // A client that tries again what no try makes better only waits.
        std::fs::write(project.join("pnpm-workspace.yaml"), "packages: []\nfetchRetries: 0\n").unwrap();
        let rows =
            names.iter().zip(files).map(|(name, file)| (name.clone(), format!("file:{}", file.display()).into()));
        let rows: serde_json::Map<String, serde_json::Value> = rows.collect();
        let manifest = serde_json::json!({ "name": "p", "version": "1.0.0", "optionalDependencies": rows });
        std::fs::write(project.join("package.json"), manifest.to_string()).unwrap();
        let why = self.run(&project, top.path()).err();
        match why {
            Some(_) if files.len() > 1 => {
                let (one, two) = files.split_at(files.len() / 2);
                [self.some(one), self.some(two)].concat()
            }
            Some(why) => vec![Laid::failed(why)],
            None => names.iter().map(|name| laid(&project.join("node_modules").join(name))).collect(),
        }
    }

    fn run(&self, project: &Path, top: &Path) -> Result<(), String> {
        let mut child = Command::new(&self.program[0])
            .args(&self.program[1..])
            .args(self.arguments)
            .current_dir(project)
            .envs([("HOME", top), ("XDG_DATA_HOME", &top.join("data")), ("BUN_INSTALL_CACHE_DIR", &top.join("cache"))])
            .env("CI", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return if status.success() { Ok(()) } else { Err(status.to_string()) };
            }
            if started.elapsed() > PATIENCE {
                child.kill().unwrap();
                child.wait().unwrap();
                return Err("gave no answer".to_owned());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What lies in a folder of a package.
fn laid(folder: &Path) -> Laid {
    let Ok(folder) = folder.canonicalize() else { return Laid::failed("it was left out") };
    let mut laid = Laid::default();
    for entry in walkdir::WalkDir::new(&folder).min_depth(1).sort_by_file_name() {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
        if entry.file_type().is_symlink() {
            laid.links.push((path, std::fs::read_link(entry.path()).unwrap().to_string_lossy().into_owned()));
        } else if entry.file_type().is_file() && path != ".bun-tag" {
            let body = std::fs::read(entry.path()).unwrap();
            // pnpm writes one of its own where a package has none.
            if !body.starts_with(b"{\"_pnpmPlaceholder\"") {
                laid.files.push((path, body));
            }
        }
    }
    laid
}
