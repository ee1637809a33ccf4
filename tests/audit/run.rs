//! Runs the command on bytes.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// The command, started where there is no policy to be found.
pub fn lastlook(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lastlook"));
    command.args(args).current_dir(folder).env_remove("RAYON_NUM_THREADS").env_remove("NO_COLOR");
    command.output().expect("it starts")
}

/// One audited artifact.
pub struct Audited {
    pub code: i32,
    pub json: Value,
}

/// Audits `bytes` under the name `name`.
pub fn audit_named(name: &str, bytes: &[u8], more: &[&str]) -> Audited {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    audit_at(folder.path(), name, more)
}

/// Audits what lies at `name` in `folder`.
pub fn audit_at(folder: &Path, name: &str, more: &[&str]) -> Audited {
    let args: Vec<&str> = ["audit", name, "--format", "json"].into_iter().chain(more.iter().copied()).collect();
    let output = lastlook(folder, &args);
    let json: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    Audited { code: output.status.code().expect("no signal"), json }
}

/// Audits a tarball.
pub fn audit(bytes: &[u8]) -> Audited {
    audit_named("pkg.tgz", bytes, &[])
}

impl Audited {
    pub fn artifact(&self) -> &Value {
        &self.json["artifacts"][0]
    }
    /// Rule and path of every finding.
    pub fn findings(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        self.artifact()["findings"].as_array().unwrap().iter().map(|f| (text(&f["rule"]), text(&f["path"]))).collect()
    }
    pub fn rules(&self) -> Vec<String> {
        self.findings().into_iter().map(|(rule, _)| rule).collect()
    }
    pub fn has(&self, rule: &str) -> bool {
        self.rules().iter().any(|have| have == rule)
    }
    /// Paths of the maps with text.
    pub fn maps(&self) -> Vec<String> {
        let maps = self.artifact()["maps"].as_array().unwrap();
        maps.iter().filter(|map| map["bytes"] != 0).map(|map| map["path"].as_str().unwrap().to_owned()).collect()
    }
    pub fn exposure(&self, key: &str) -> u64 {
        self.artifact()["exposure"][key].as_u64().unwrap()
    }
}
