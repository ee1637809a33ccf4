//! An audit reads, and does nothing else: traced, call by call.

use std::path::Path;
use std::process::Command;

use crate::make;
use crate::tracer::{strace, tracing};

/// Calls that change something, start something or ask somebody.
const CALLS: &str = "?open,openat,?creat,execve,execveat,socket,connect,?mkdir,mkdirat,?unlink,unlinkat,?rename,?renameat,\
    renameat2,?link,linkat,?symlink,symlinkat,?chmod,fchmod,fchmodat,truncate,ftruncate,utimensat";

#[test]
fn an_audit_only_reads() {
    let Some(()) = strace() else { return };
    let folder = tempfile::tempdir().unwrap();
    let nested =
        make::tgz([("a.js", &b"//# sourceMappingURL=a.js.map\n"[..]), ("a.js.map", &make::small_map("secret"))]);
    let manifest =
        br#"{"name":"quiet","version":"1.0.0","scripts":{"install":"touch ran","prepare":"touch ran"},"bin":"run.sh"}"#;
    let files = [
        ("package.json", &manifest[..]),
        ("run.sh", b"#!/bin/sh\ntouch ran\n"),
        ("nested.tgz", &nested),
        ("lastlook.toml", b"profile = \"open\"\n"),
    ];
    std::fs::write(folder.path().join("pkg.tgz"), make::tgz(files)).unwrap();
    std::fs::create_dir(folder.path().join("unpacked")).unwrap();
    for (name, body) in files {
        std::fs::write(folder.path().join("unpacked").join(name), body).unwrap();
    }
    for target in ["pkg.tgz", "unpacked"] {
        let calls = traced(folder.path(), target);
        let started = calls.iter().filter(|call| call.contains("execve")).count();
        assert_eq!(started, 1, "{target}: {calls:#?}");
        let told = |call: &&String| !(call.contains("execve") || call.contains("open") && call.contains("O_RDONLY"));
        let told: Vec<_> = calls.iter().filter(told).collect();
        assert!(told.is_empty(), "{target}: {told:#?}");
    }
}

fn traced(folder: &Path, target: &str) -> Vec<String> {
    let note = tempfile::NamedTempFile::new().unwrap();
    let words = tracing(CALLS, note.path());
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).args([env!("CARGO_BIN_EXE_lastlook"), "audit", target]).current_dir(folder);
    let status = command.output().unwrap().status;
    assert!(matches!(status.code(), Some(1 | 2)), "{status}");
    // What goes on in another line was told by the first.
    std::fs::read_to_string(note.path()).unwrap().lines().filter(|line| line.contains('(')).map(str::to_owned).collect()
}
