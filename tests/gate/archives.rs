//! Archives that installers read in different ways: each is refused at the gate, and not one byte goes up.

use serde_json::json;

use crate::client::publication;
use crate::desk::{Gate, error, untouched};
use crate::make::{Raw, archive, entries, gzip, record, small_map};
use crate::packages::package;
use crate::registry::Registry;

fn manifest() -> Raw {
    Raw::file("package/package.json", br#"{"name":"w","version":"1.0.0"}"#)
}

/// The good archive, and what stands in it besides.
fn tar(more: &[Raw]) -> Vec<u8> {
    archive(&[&[manifest()], more].concat())
}

#[test]
fn archives_that_hide_something_are_refused() {
    let registry = Registry::start();
    let gate = Gate::before(&registry, "", &[]);
    let map = || small_map("CANARY");
    let leak = || Raw::file("package/leak.js.map", &map());
    let mut behind = entries(&[manifest()]);
    behind.extend([0; 512]);
    behind.extend(archive(&[leak()]));
    let mut behind_two = tar(&[]);
    behind_two.extend(archive(&[leak()]));
    let member = [gzip(&entries(&[manifest()])), gzip(&archive(&[leak()]))].concat();
    let junk = [gzip(&tar(&[])), b"junk".to_vec()].concat();
    let mut broken = entries(&[manifest()]);
    broken.extend(
        entries(&[Raw::file("package/x.js", b"1")])
            .iter()
            .enumerate()
            .map(|(at, byte)| if at == 148 { b'9' } else { *byte }),
    );
    broken.extend(archive(&[leak()]));
    let path = record("path", "package/leak.js.map");
    let inline = format!("x=1;\n//# sourceMappingURL=data:application/json;base64,{}\n", base64(&map()));
    let old = format!("x=1;\n//@ sourceMappingURL=data:application/json;base64,{}\n", base64(&map()));
    let style = format!("a{{}}\n/*# sourceMappingURL=data:application/json;base64,{} */\n", base64(&map()));
    let index = format!(
        r#"{{"version":3,"sections":[{{"offset":{{"line":0,"column":0}},"map":{}}}]}}"#,
        String::from_utf8(map()).unwrap()
    );
    let many: Vec<Raw> = (0..200_001).map(|number| Raw::file(&format!("package/{number}"), b"")).collect();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a second member goes on", member),
        ("behind one zero block", gzip(&behind)),
        ("behind two zero blocks", gzip(&behind_two)),
        ("behind a broken header", gzip(&broken)),
        ("a path twice", gzip(&tar(&[Raw::file("package/a.js", b"1"), Raw::file("package/a.js", b"2")]))),
        ("under another folder", gzip(&tar(&[Raw::file("other/leak.js.map", &map())]))),
        ("through a folder above", gzip(&tar(&[Raw::file("package/sub/../leak.js.map", &map())]))),
        ("junk behind", junk),
        ("no gzip at all", tar(&[])),
        ("a name that a record hides", gzip(&tar(&[Raw::pax(b'x', &path), Raw::file("package/a.txt", &map())]))),
        (
            "a hard link to a map",
            gzip(&tar(&[leak(), Raw::file("package/b.txt", b"").kind(b'1').link("package/leak.js.map")])),
        ),
        ("a symbolic link", gzip(&tar(&[Raw::file("package/b.txt", b"").kind(b'2').link("/etc/passwd")]))),
        ("a map that is called text", gzip(&tar(&[Raw::file("package/notes.txt", &map())]))),
        ("a tarball in it", gzip(&tar(&[Raw::file("package/old.tgz", &gzip(&archive(&[leak()])))]))),
        ("a map in a comment", gzip(&tar(&[Raw::file("package/a.js", inline.as_bytes())]))),
        ("an old comment", gzip(&tar(&[Raw::file("package/a.js", old.as_bytes())]))),
        ("a comment of a style", gzip(&tar(&[Raw::file("package/a.css", style.as_bytes())]))),
        (
            "a comment in a page",
            gzip(&tar(&[Raw::file("package/a.html", format!("<script>{inline}</script>").as_bytes())])),
        ),
        ("a map of maps", gzip(&tar(&[Raw::file("package/a.map", index.as_bytes())]))),
        ("names that fold to one", gzip(&tar(&[Raw::file("package/A.js", b"1"), Raw::file("package/a.js", b"2")]))),
        ("more entries than anybody packs", gzip(&tar(&many))),
        ("cut", gzip(&tar(&[leak()]))[..60].to_vec()),
        ("nothing", Vec::new()),
    ];
    for (what, bytes) in cases {
        let body = publication("w", "1.0.0", &bytes).to_string();
        let said = gate.ask("PUT", "/w", body.as_bytes());
        assert_eq!(said.status, 403, "{what}: {}", said.head);
        assert!(error(&said).starts_with("lastlook: "), "{what}: {}", error(&said));
        println!("{what}: {}", error(&said));
    }
    untouched(&registry, "archives");
    // The gate is as it was: what nothing is wrong with passes.
    let said = gate.publish("w", "1.0.0", &package("w", "1.0.0", json!({}), &[("a.js", "1;\n")]));
    assert_eq!(said.status, 201, "{}", error(&said));
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
