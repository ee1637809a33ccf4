//! A clearance can't be forged, changed, copied or spent twice: programs that try don't compile.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// All in one test: each would wait for the other's lock on the folder that they build in.
#[test]
fn nobody_makes_changes_copies_or_spends_one_twice() {
    // As it is, it compiles; so what does not is the fault of what was added.
    assert_eq!(Sources::copy(&[]).errors(), []);
    let programs = Sources::copy(&[]);
    let wanted: Vec<_> =
        PROGRAMS.iter().map(|(name, code)| (format!("examples/{name}.rs"), (*code).to_owned())).collect();
    assert_eq!((programs.with_programs(), programs.errors()), (PROGRAMS.len(), wanted));
    for siblings in [SIBLINGS_THAT_TOUCH, SIBLINGS_THAT_BUILD] {
        let wanted: Vec<_> = siblings.iter().map(|(file, _, code)| ((*file).to_owned(), (*code).to_owned())).collect();
        assert_eq!(Sources::copy(siblings).errors(), wanted);
    }
}

/// Programs of others in `tests/publish/ui`, and what the compiler has against each.
const PROGRAMS: &[(&str, &str)] = &[
    ("attested", "E0308"),
    ("changed", "E0616"),
    ("cloned", "E0277"),
    ("defaulted", "E0599"),
    ("forged", ""),
    ("overwritten", "E0596"),
    ("parsed", "E0599"),
    ("sent_twice", "E0382"),
    ("taken_out", "E0616"),
    ("told", "E0624"),
    ("twice", "E0382"),
    ("unprepared", "E0308"),
];

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
        // Its tests and benches are not here, nor what they need; and nothing of it is to be fast.
        let parts = manifest.split("\n[").filter(|part| {
            !["[test]", "[bench]", "dev-dependencies]", "profile."].iter().any(|own| part.starts_with(own))
        });
        std::fs::write(copy.join("Cargo.toml"), parts.collect::<Vec<_>>().join("\n[")).unwrap();
        std::fs::copy(root.join("Cargo.lock"), copy.join("Cargo.lock")).unwrap();
        Self(copy)
    }

    /// Adds the programs of others. How many there are.
    fn with_programs(&self) -> usize {
        std::fs::create_dir(self.0.join("examples")).unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/publish/ui");
        let programs: Vec<_> = std::fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
        for program in &programs {
            std::fs::copy(program.path(), self.0.join("examples").join(program.file_name())).unwrap();
        }
        programs.len()
    }

    /// What the compiler has against it: the file and the code of each error, in order.
    fn errors(&self) -> Vec<(String, String)> {
        let mut command = Command::new(env!("CARGO"));
        command.args(["check", "--offline", "--lib", "--examples", "--keep-going", "--quiet", "--message-format=json"]);
        // Whatever the build of this test was told is not for that one.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").env("CARGO_INCREMENTAL", "0");
        command.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("checked"));
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
