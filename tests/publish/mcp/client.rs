//! The client of the protocol's own people, against the real program and a registry that records every byte.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{NEW, OLD};
use crate::desk::{Desk, NAME, VERSION, found};
use crate::packages::{clean, with_sources};
use crate::registry::Route;

/// A Python that has the client, or a word about its absence.
fn python() -> Option<PathBuf> {
    let python = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin/python");
    let there = Command::new(&python).args(["-c", "import mcp.client"]).stderr(Stdio::null()).status();
    if there.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    let what = "the Python package mcp is missing (.ci/peers installs it)";
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
    eprintln!("SKIPPED: {what}");
    None
}

#[test]
fn a_client_that_others_wrote_audits_publishes_and_verifies_in_both_generations() {
    let Some(python) = python() else { return };
    for (mode, version) in [("legacy", OLD), ("auto", NEW), (NEW, NEW)] {
        let desk = Desk::new();
        desk.place.write("leaks.tgz", with_sources(NAME, VERSION));
        desk.place.write("clear.tgz", clean(NAME, VERSION));
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/publish/mcp/client.py");
        let output = Command::new("timeout")
            .arg("100")
            .arg(&python)
            .arg(script)
            .args([mode, version, env!("CARGO_BIN_EXE_lastlook")])
            .args(["mcp", "--timeout", "20", "--wait", "0", "--registry", &desk.registry.url(), "--token-file"])
            .arg(desk.place.home().join("token"))
            .arg("--journal")
            .arg(desk.folder())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", desk.place.home())
            .env("XDG_STATE_HOME", desk.place.state())
            .current_dir(desk.place.folder())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (said, told) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{mode}: {said}\n{told}");
        assert_eq!(said, format!("{mode}: {version}, 6 tools\n"));
        for text in [&said, &told] {
            assert_eq!(found(&desk.registry.token(), text.as_bytes()), None, "{text}");
        }
        assert_eq!((desk.writes(), desk.last().as_str()), (1, "published"), "{mode}");
        assert_eq!(desk.registry.tarball(NAME, VERSION), Some(clean(NAME, VERSION)));
        // What was refused before that caused no request: the first write is of what was cleared.
        let first = desk.registry.requests_of(Route::Publish).remove(0);
        assert!(first.complete && first.json()["name"] == NAME);
    }
}
