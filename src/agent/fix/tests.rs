//! Projects in memory → what is proposed for them.

use std::collections::BTreeMap;

use super::*;

mod hostile;
mod settings;

struct Shelf(BTreeMap<String, String>);

impl Files for Shelf {
    fn read(&self, path: &str) -> Option<String> {
        self.0.get(path).cloned()
    }
    fn list(&self, folder: &str) -> Vec<String> {
        let names = self.0.keys().filter_map(|path| match folder {
            "" => Some(path.as_str()),
            _ => path.strip_prefix(folder)?.strip_prefix('/'),
        });
        names.filter(|name| !name.contains('/')).map(str::to_owned).collect()
    }
}

fn shelf(files: &[(&str, &str)]) -> Shelf {
    Shelf(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
}

fn leak(rule: &str, path: &str) -> Leak {
    Leak { rule: rule.to_owned(), path: path.to_owned(), inside: Vec::new() }
}

fn map() -> Vec<Leak> {
    vec![leak("map/embedded-sources", "dist/a.js")]
}

/// Proposes, and checks that doing what is proposed leaves nothing to propose.
fn run(shelf: &mut Shelf, folder: &str, leaks: &[Leak]) -> Proposal {
    let proposal = propose(shelf, folder, leaks);
    for edit in &proposal.edits {
        assert_eq!(shelf.0.get(&edit.path), edit.before.as_ref(), "{}", edit.path);
        assert_ne!(edit.before.as_ref(), Some(&edit.after), "{}", edit.path);
        shelf.0.insert(edit.path.clone(), edit.after.clone());
    }
    assert_eq!(propose(shelf, folder, leaks).edits, Vec::new(), "not idempotent");
    proposal
}

fn after(files: &[(&str, &str)], leaks: &[Leak], path: &str) -> String {
    let mut shelf = shelf(files);
    run(&mut shelf, "", leaks);
    shelf.0.get(path).cloned().unwrap()
}

#[test]
fn exclusions_stand_behind_the_folders_in_the_spacing_that_is_there() {
    let leaks = [leak("map/embedded-sources", "dist/a.js.map")];
    for (before, wanted) in [
        ("{\"files\":[\"dist\"]}", "{\"files\":[\"dist\",\"!**/*.map\"]}"),
        ("{ \"files\": [ \"dist\" ] }\r\n", "{ \"files\": [ \"dist\", \"!**/*.map\" ] }\r\n"),
        (
            "{\r\n\t\"files\": [\r\n\t\t\"dist\"\r\n\t]\r\n}",
            "{\r\n\t\"files\": [\r\n\t\t\"dist\",\r\n\t\t\"!**/*.map\"\r\n\t]\r\n}",
        ),
        (
            "\u{feff}{\"files\":[\"a\"],\"files\":[\"dist\",\"x\"]}",
            "\u{feff}{\"files\":[\"a\"],\"files\":[\"dist\",\"x\",\"!**/*.map\"]}",
        ),
        ("{\"files\":[\"!**/*.map\",\"dist\"]}", "{\"files\":[\"!**/*.map\",\"dist\",\"!**/*.map\"]}"),
        ("{\"files\":[\"dist\",\"!**/*.map\",\"dist/a.js.map\"]}", "{\"files\":[\"dist\",\"!**/*.map\"]}"),
        ("{\"files\":[\"./dist/a.js.map\",\"dist\"]}", "{\"files\":[\"dist\",\"!**/*.map\"]}"),
        ("{\"files\":[\"dist/a.js.map\",\"dist/b.js.map\"]}", "{\"files\":[\"!**/*.map\"]}"),
    ] {
        assert_eq!(after(&[("package.json", before)], &leaks, "package.json"), wanted, "{before}");
    }
}

#[test]
fn exactly_what_should_not_ship_is_named() {
    let leaks = [
        leak("path/agent", "CLAUDE.md"),
        leak("path/agent", ".claude/a/b.md"),
        leak("agent/settings", ".claude/settings.json"),
        leak("path/agent", "docs/AGENTS.md"),
        leak("path/ci", ".github/workflows/x.yml"),
        leak("path/secret-file", ".next/keys.json"),
        leak("source/raw", "src/[id].ts"),
        leak("source/raw", "src/a/1.ts"),
        leak("source/raw", "src/a/2.ts"),
        leak("source/raw", "src/a/3.ts"),
        leak("source/report", "dist/stats.json"),
    ];
    let files = [
        ("package.json", "{\"files\":[\".\",\"CLAUDE.md\",\".claude/settings.json\"]}"),
        ("src/a/1.ts", ""),
        ("src/a/2.ts", ""),
        ("src/a/3.ts", ""),
        ("src/a/x.js", ""),
    ];
    let wanted = "{\"files\":[\".\",\"!.github/workflows/x.yml\",\"!.next/keys.json\",\"!/.claude\",\"!/CLAUDE.md\",\"!dist/stats.json\",\
                  \"!docs/AGENTS.md\",\"!src/?id?.ts\",\"!src/a/*.ts\"]}";
    assert_eq!(after(&files, &leaks, "package.json"), wanted);
    let declared = [files.as_slice(), &[("src/a/x.d.ts", "")]].concat();
    assert!(after(&declared, &leaks, "package.json").contains("\"!src/a/1.ts\""));
}

#[test]
fn a_new_npmignore_takes_over_what_gitignore_says() {
    let leaks = [leak("path/agent", "CLAUDE.md"), leak("map/embedded-sources", "dist/a.js.map")];
    let ignored = |files: &[(&str, &str)]| after(&[&[("package.json", "{}")], files].concat(), &leaks, ".npmignore");
    assert_eq!(ignored(&[]), "# Not for those who install the package.\n/CLAUDE.md\n*.map\n");
    let carried = "# As in .gitignore, which is not read where this file stands.\r\nlogs\r\n!x\r\n\
                   # Not for those who install the package.\r\n/CLAUDE.md\r\n*.map\r\n";
    assert_eq!(ignored(&[(".gitignore", "logs\r\n!x")]), carried);
    let kept = "*.map\n!keep.map\n# Not for those who install the package.\n/CLAUDE.md\n*.map\n";
    assert_eq!(ignored(&[(".gitignore", "logs"), (".npmignore", "*.map\n!keep.map")]), kept);
}

#[test]
fn what_package_json_points_to_stays() {
    let manifest = "{\"main\":\"lib/a\",\"bin\":{\"x\":\"./tests/x.js\"},\"exports\":{\"./m\":{\"import\":[\"./dist/m.map\"]},\"./*\":\"./*\"}}";
    let leaks = [
        leak("path/test", "tests/x.js"),
        leak("path/junk", "lib/a.js"),
        leak("map/embedded-sources", "dist/m.map"),
        leak("source/raw", "src/a.ts"),
        leak("path/agent", "node_modules/b/CLAUDE.md"),
        leak("secret/npm-token", "dist/a.js"),
        leak("archive/duplicate", "x"),
        leak("source/raw", "templates/a.ts"),
    ];
    let proposal = run(&mut shelf(&[("package.json", manifest)]), "", &leaks);
    assert_eq!(proposal.edits, Vec::new());
    assert_eq!(proposal.open.len(), leaks.len(), "{:#?}", proposal.open);
    let beside = [leak("path/agent", "CLAUDE.md")];
    assert_eq!(run(&mut shelf(&[("package.json", manifest)]), "", &beside).edits.len(), 1);
    let source = [leak("source/raw", "src/b.ts")];
    let proposal = run(&mut shelf(&[("package.json", "{\"main\":\"src/a.ts\",\"files\":[\"src\"]}")]), "", &source);
    assert_eq!((proposal.edits.len(), proposal.open.len()), (0, 1));
}

#[test]
fn a_manifest_that_can_not_be_read_changes_nothing() {
    for text in ["", "{", "[]", "{\"a\":1,}", "{// a\n}", "\"x\"", "{\"a\":\"\n\"}"] {
        let proposal = run(&mut shelf(&[("package.json", text)]), "", &map());
        assert_eq!((proposal.edits.len(), proposal.open.len()), (0, 1), "{text}");
    }
    let odd = [("package.json", "{\"files\":\"dist\",\"scripts\":[1],\"exports\":3,\"n\":-1.5e+3}")];
    let proposal = run(&mut shelf(&odd), "", &[leak("path/agent", "CLAUDE.md")]);
    assert_eq!((proposal.edits.len(), proposal.open.len()), (0, 1));
    let elsewhere = [("package.json", "{\"publishConfig\":{\"directory\":\"out\"}}")];
    assert_eq!(run(&mut shelf(&elsewhere), "", &[leak("path/agent", "CLAUDE.md")]).edits, Vec::new());
}

#[test]
fn a_patch_is_one_that_git_takes() {
    let edit = |path: &str, before: Option<&str>, after: &str| Edit {
        path: path.to_owned(),
        before: before.map(str::to_owned),
        after: after.to_owned(),
        why: String::new(),
    };
    let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12";
    let edits = [
        edit("a b", Some(before), &before.replace("2\n3", "2\nx\n3").replace("\n12", "\n12\n")),
        edit("new", None, "one\ntwo"),
        edit("same", Some("x"), "x"),
        edit("q\"", Some("a\nb\n"), "b\n"),
    ];
    let wanted = "diff --git a/a b b/a b\n--- a/a b\t\n+++ b/a b\t\n@@ -1,5 +1,6 @@\n 1\n 2\n+x\n 3\n 4\n 5\n\
                  @@ -9,4 +10,4 @@\n 9\n 10\n 11\n-12\n\\ No newline at end of file\n+12\n\
                  diff --git a/new b/new\nnew file mode 100644\n--- /dev/null\n+++ b/new\n@@ -0,0 +1,2 @@\n+one\n+two\n\\ No newline at end of file\n\
                  diff --git \"a/q\\042\" \"b/q\\042\"\n--- \"a/q\\042\"\n+++ \"b/q\\042\"\n@@ -1,2 +1,1 @@\n-a\n b\n";
    assert_eq!(patch(&edits), wanted);
}
