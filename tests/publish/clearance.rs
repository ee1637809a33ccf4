//! A clearance can't be forged, changed, copied or spent twice: programs that try don't compile.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Both in one test: each would wait for the other's lock on the folder that they build in.
#[test]
fn nobody_makes_changes_copies_or_spends_one_twice() {
    trybuild::TestCases::new().compile_fail("tests/publish/ui/*.rs");
    // As it is, it compiles; so what does not is the fault of what was added.
    assert_eq!(Sources::copy(&[]).errors(), []);
    for siblings in [SIBLINGS_THAT_TOUCH, SIBLINGS_THAT_BUILD] {
        let wanted: Vec<_> = siblings.iter().map(|(file, _, code)| ((*file).to_owned(), (*code).to_owned())).collect();
        assert_eq!(Sources::copy(siblings).errors(), wanted);
    }
}

/// A file of the library, what is added to it, and what the compiler has against that.
type Sibling = (&'static str, &'static str, &'static str);

/// The compiler tells of these before it looks at those below.
const SIBLINGS_THAT_TOUCH: &[Sibling] = &[
    (
        "src/audit/batch.rs",
        "fn f(mut own: super::Clearance) { own.bytes = crate::open::Held::Vec(Vec::new()); }",
        "E0616",
    ),
    ("src/audit/rules.rs", "fn f(own: &super::Clearance) -> &crate::model::Integrity { &own.integrity }", "E0616"),
    ("src/cli/publish.rs", "fn f(own: crate::publish::Ready) -> Clearance { own.clearance }", "E0616"),
    ("src/publish/body.rs", "fn f(own: Clearance) -> (Clearance, Clearance) { (own.clone(), own) }", "E0599"),
    ("src/publish/stage.rs", "fn f() -> Clearance { Clearance::default() }", "E0599"),
    ("src/publish/wire.rs", "fn f(own: &Credential) -> String { format!(\"{:?}\", own.kind) }", "E0616"),
];

const SIBLINGS_THAT_BUILD: &[Sibling] = &[
    (
        "src/audit/crew.rs",
        "fn f(old: super::Clearance, bytes: crate::open::Held) -> super::Clearance { super::Clearance { bytes, ..old } }",
        "E0451",
    ),
    (
        "src/audit/names.rs",
        "fn f(own: super::Clearance) -> usize { let super::Clearance { bytes, .. } = own; bytes.len() }",
        "E0451",
    ),
    (
        "src/cli/approve.rs",
        "fn f(old: crate::audit::Clearance) -> crate::audit::Clearance { crate::audit::Clearance { policy: String::new(), ..old } }",
        "E0451",
    ),
    (
        "src/publish/settle.rs",
        "fn f(own: crate::audit::Clearance) -> usize { let crate::audit::Clearance { document, .. } = own; document.name().len() }",
        "E0451",
    ),
];

/// A copy of the library.
struct Sources(PathBuf);

impl Sources {
    /// Always in the same folder, so that all of them are built in one.
    fn copy(siblings: &[Sibling]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("siblings");
        let _ = std::fs::remove_dir_all(&copy);
        for folder in ["src", "rules"] {
            for entry in walkdir::WalkDir::new(root.join(folder)).into_iter().map(Result::unwrap) {
                let place = copy.join(entry.path().strip_prefix(root).unwrap());
                if entry.file_type().is_dir() {
                    std::fs::create_dir_all(place).unwrap();
                } else {
                    std::fs::copy(entry.path(), place).unwrap();
                }
            }
        }
        for (file, text, _) in siblings {
            let place = copy.join(file);
            let old = std::fs::read_to_string(&place).unwrap();
            // Before the tests of that file, which stand at its end.
            std::fs::write(place, format!("{old}\n{text}\n")).unwrap();
        }
        let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
        // Its tests and benches are not here.
        let parts = manifest.split("\n[").filter(|part| !part.starts_with("[test]") && !part.starts_with("[bench]"));
        std::fs::write(copy.join("Cargo.toml"), parts.collect::<Vec<_>>().join("\n[")).unwrap();
        std::fs::copy(root.join("Cargo.lock"), copy.join("Cargo.lock")).unwrap();
        Self(copy)
    }

    /// What the compiler has against it: the file and the code of each error, in order.
    fn errors(&self) -> Vec<(String, String)> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tests/trybuild");
        let version = Command::new("rustc").arg("-vV").output().unwrap().stdout;
        let version = String::from_utf8(version).unwrap();
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        // As trybuild says it, so that what it built is used again.
        let flags = r#"["--cfg", "trybuild", "--verbose", "-A", "dead_code"]"#;
        let mut command = Command::new(env!("CARGO"));
        command.args(["check", "--offline", "--lib", "--quiet", "--message-format=json", "--target", host]);
        command
            .arg(format!("--config=build.rustflags={flags}"))
            .arg(format!("--config=target.{host}.rustflags={flags}"));
        command.env_remove("RUSTFLAGS").env("CARGO_INCREMENTAL", "0").env("CARGO_TARGET_DIR", target);
        let output = command.current_dir(&self.0).output().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        let messages = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let errors = messages.map(|mut line| line["message"].take()).filter(|message| message["level"] == "error");
        // The last one only says how many there were.
        let coded = errors.filter(|message| !message["spans"].as_array().unwrap().is_empty());
        let mut found: Vec<(String, String)> = coded
            .map(|message| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                (text(&message["spans"][0]["file_name"]), text(&message["code"]["code"]))
            })
            .collect();
        found.sort();
        assert_eq!(output.status.success(), found.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        found
    }
}
