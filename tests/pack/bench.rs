//! Packers, projects and a process of its own for each packing, so that its variables are its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use lastlook::open::Kept;
use lastlook::pack::{Options, PackError, pack};
use lastlook::project::Project;
use lastlook::sandbox::Limits;
use serde_json::{Value, json};

const SPEC: &str = "LASTLOOK_TEST_PACK";

/// Where `npm ci` puts the packers.
fn packers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packers/node_modules")
}

/// A folder that is all there is on PATH: a shell, node, and the packers that are asked for.
pub struct Bin(tempfile::TempDir);

impl Bin {
    /// `None`, said aloud, where a packer is missing; on a pipeline that is a fault.
    pub fn with(names: &[&str]) -> Option<Self> {
        let bin = Self(tempfile::tempdir().unwrap());
        for name in [
            "sh", "bash", "env", "cat", "sleep", "mkdir", "rm", "setsid", "sed", "find", "dirname", "uname", "readlink",
        ] {
            if let Some(file) = on_path(name) {
                bin.link(name, &file);
            }
        }
        for name in ["node"].iter().chain(names) {
            let (program, file, script) = match *name {
                "node" | "npm" | "corepack" | "mkfifo" | "ln" => (*name, on_path(name), false),
                "pnpm" => ("pnpm", Some(packers().join("pnpm/bin/pnpm.cjs")), true),
                "yarn1" => ("yarn", Some(packers().join("yarn/bin/yarn.js")), true),
                "yarn4" => ("yarn", Some(yarn4()), true),
                "bun" => ("bun", bun(), false),
                other => panic!("no such packer: {other}"),
            };
            let Some(file) = file.filter(|file| file.exists()) else {
                let what = format!("{name} is not installed: run npm ci in tests/packers");
                assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
                eprintln!("SKIPPED: {what}");
                return None;
            };
            if script {
                bin.script(program, &format!("exec node '{}' \"$@\"", file.display()));
            } else {
                bin.link(program, &file);
            }
        }
        Some(bin)
    }

    fn link(&self, name: &str, file: &Path) {
        std::os::unix::fs::symlink(file, self.0.path().join(name)).unwrap();
    }

    /// A program that is a few words of shell.
    pub fn script(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let file = self.0.path().join(name);
        std::fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

pub fn yarn4() -> PathBuf {
    packers().join("@yarnpkg/cli-dist/bin/yarn.js")
}

/// The program itself: its package only finds it when its install script ran.
fn bun() -> Option<PathBuf> {
    let folders = std::fs::read_dir(packers().join("@oven")).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = folders.map(|entry| entry.path().join("bin/bun")).collect();
    files.sort();
    files.into_iter().find(|file| Command::new(file).arg("--version").output().is_ok_and(|run| run.status.success()))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|file| file.is_file())?;
    found
        .canonicalize()
        .ok()
        .map(|real| if name == "npm" || name == "corepack" || name == "node" { real } else { found })
}

/// Files of a project in a scratch folder.
pub fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
}

pub fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    folder
}

/// Has Yarn 4 write its lock file, without which it packs nothing. It needs no network: there is nothing to install.
pub fn lock(bin: &Bin, folder: &Path) {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(bin.path().join("yarn"));
    command.arg("install").current_dir(folder).env_clear().env("PATH", bin.path()).env("HOME", home.path());
    let output = command.env("YARN_ENABLE_NETWORK", "0").env("YARN_ENABLE_TELEMETRY", "0").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// One packing in a process of its own.
pub struct Job<'b> {
    pub bin: &'b Bin,
    pub folder: &'b Path,
    pub env: Vec<(&'static str, &'static str)>,
    pub options: Options,
}

impl<'b> Job<'b> {
    pub fn new(bin: &'b Bin, folder: &'b Path) -> Self {
        let options =
            Options { compare: false, limits: Limits::of_time(Duration::from_secs(120)), ..Options::default() };
        Self { bin, folder, env: Vec::new(), options }
    }

    /// A process that packs, and writes what came of it into `result`.
    pub fn command(&self, temporary: &Path, result: &Path) -> Command {
        let options = &self.options;
        let spec = json!({
            "folder": self.folder, "env": options.env, "limit": options.limits.time.as_millis() as u64,
            "compare": options.compare, "hidden": options.hidden, "home": options.home, "publish": options.publish,
        });
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "bench::worker", "--ignored", "--nocapture"])
            .env_clear()
            .envs(self.env.iter().copied())
            .env("PATH", self.bin.path())
            .env("TMPDIR", temporary)
            .env("LANG", "C.UTF-8")
            .env(SPEC, json!([spec, result]).to_string())
            .stdout(Stdio::null());
        command
    }

    /// What came of it, as the worker below writes it. The scratch folder must be gone.
    pub fn run(&self) -> Value {
        let (temporary, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let result = other.path().join("result.json");
        let status = self.command(temporary.path(), &result).status().unwrap();
        assert!(status.success());
        assert_eq!(listing(temporary.path()), [""; 0]);
        serde_json::from_slice(&std::fs::read(result).unwrap()).unwrap()
    }

    /// The result of a packing that goes well.
    #[track_caller]
    pub fn packed(&self) -> Value {
        let result = self.run();
        assert!(result.get("error").is_none(), "{result:#}");
        result
    }

    /// The words of one that does not, and the end of what the packer printed.
    #[track_caller]
    pub fn error(&self) -> (String, String) {
        let result = self.run();
        let text = |key: &str| result[key].as_str().unwrap_or_default().to_owned();
        assert!(result.get("error").is_some(), "{result:#}");
        (text("error"), text("output"))
    }
}

/// The files in a tarball with their texts, without the folder they all stand in.
fn entries(tarball: &Kept) -> BTreeMap<String, String> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(tarball.file().unwrap()));
    let mut found = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.header().entry_type().is_file() {
            let path = entry.path().unwrap().to_string_lossy().split_once('/').unwrap().1.to_owned();
            let mut text = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut text).unwrap();
            found.insert(path, String::from_utf8_lossy(&text).into_owned());
        }
    }
    found
}

#[test]
#[ignore = "run by the other tests, in a process of its own"]
fn worker() {
    let Ok(spec) = std::env::var(SPEC) else { return };
    let (spec, result): (Value, PathBuf) = serde_json::from_str(&spec).unwrap();
    let list = |key: &str| spec[key].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned());
    let options = Options {
        env: list("env").collect(),
        limits: Limits::of_time(Duration::from_millis(spec["limit"].as_u64().unwrap())),
        compare: spec["compare"].as_bool().unwrap(),
        hidden: list("hidden").map(PathBuf::from).collect(),
        home: spec["home"].as_str().map(PathBuf::from),
        publish: spec["publish"].as_bool().unwrap(),
        runner: Some(env!("CARGO_BIN_EXE_lastlook").into()),
        cell: None,
        hosts: Vec::new(),
    };
    let read = Project::read(Path::new(spec["folder"].as_str().unwrap())).map_err(PackError::from);
    let value = match read.and_then(|project| pack(&project, &options)) {
        Ok(packing) => {
            let packages = packing.packages.iter().map(|one| {
                let others = one.others.iter().map(|other| {
                    let (files, fault) = match &other.tarball {
                        Ok(tarball) => (Some(entries(tarball)), None),
                        Err(fault) => (None, Some(fault)),
                    };
                    json!({ "packer": other.packer.to_string(), "files": files, "fault": fault })
                });
                json!({
                    "name": one.name, "folder": one.folder, "files": entries(&one.tarball),
                    "plain": one.without_scripts.as_ref().map(entries), "others": others.collect::<Vec<_>>(),
                })
            });
            json!({
                "packer": packing.packer.to_string(), "version": packing.version, "notes": packing.notes,
                "packages": packages.collect::<Vec<_>>(),
            })
        }
        Err(error) => {
            json!({ "error": error.to_string(), "output": error.output().map(String::from_utf8_lossy) })
        }
    };
    std::fs::write(result, value.to_string()).unwrap();
}

/// Every file below a folder, sorted, but what node writes of itself.
pub fn listing(folder: &Path) -> Vec<String> {
    let files = walkdir::WalkDir::new(folder).min_depth(1).sort_by_file_name().into_iter().map(|entry| entry.unwrap());
    files.map(|entry| entry.path().strip_prefix(folder).unwrap().display().to_string()).collect()
}
