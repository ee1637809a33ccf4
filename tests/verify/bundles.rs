//! Sites as Vite, webpack, esbuild and Rollup build them, with maps in every way they can be given away.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::server::{Seen, Server, bundlers, present, verify};

const BUNDLERS: [&str; 4] = ["webpack", "vite", "esbuild", "rollup"];

fn build(bundler: &str, maps: &str, folder: &Path) -> PathBuf {
    let out = folder.join(format!("{bundler}-{maps}"));
    let output =
        Command::new("node").arg(bundlers().join("build.mjs")).args([bundler, maps]).arg(&out).output().unwrap();
    assert!(output.status.success(), "{bundler}: {}", String::from_utf8_lossy(&output.stderr));
    out
}

/// How many scripts a build has, and how many of them have a map beside them.
fn scripts(out: &Path) -> usize {
    let files = walkdir::WalkDir::new(out).into_iter().map(Result::unwrap);
    files.filter(|file| file.path().extension().is_some_and(|ending| ending == "js")).count()
}

/// Every original text was found, also those of chunks that load later.
fn gives_away_everything(seen: &Seen, way: &str, out: &Path) {
    let all = seen.of("map/embedded-sources");
    let of_scripts = all.iter().filter(|(path, _)| path.contains(".js")).count();
    assert!(scripts(out) >= 3, "{out:?} has no lazy chunks");
    assert_eq!((seen.code, of_scripts), (1, scripts(out)), "{out:?}: {:#?} {}", seen.findings(), seen.err);
    assert!(all.iter().all(|(_, message)| message.contains(way)), "{all:#?}");
}

#[test]
fn maps_of_all_chunks_are_found_however_they_are_given_away() {
    if !present() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for bundler in BUNDLERS {
        for (maps, way) in [("linked", "named by "), ("hidden", "hidden: nothing names it"), ("inline", "")] {
            let out = build(bundler, maps, folder.path());
            let server = Server::start(&json!({ "root": out }));
            let seen = verify(&server.url, &[]);
            gives_away_everything(&seen, way, &out);
            assert_eq!(seen.of("site/missing"), [], "{bundler} {maps}");
            if maps == "linked" {
                assert_eq!(seen.of("map/dangling"), [], "{bundler}");
            }
        }
    }
}

#[test]
fn a_clean_build_is_clear_and_known_to_be_the_build() {
    if !present() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for bundler in BUNDLERS {
        let out = build(bundler, "none", folder.path());
        let scripts = scripts(&out);
        for fallback in [false, true] {
            let server = Server::start(&json!({ "root": out, "fallback": fallback }));
            let seen = verify(&server.url, &["--build", out.to_str().unwrap()]);
            assert_eq!((seen.code, seen.findings()), (0, vec![]), "{bundler} {fallback}: {}", seen.err);
            assert!(seen.err.contains(&format!("1 page, {scripts} scripts, ")), "{bundler}: {}", seen.err);
            let asked = server.asked();
            let bytes: u64 = asked.iter().map(|(_, bytes)| bytes).sum();
            println!("{bundler}, fallback {fallback}: {} requests, {bytes} bytes, {:?}", asked.len(), seen.took);
        }
    }
}

#[test]
fn maps_that_a_header_announces_are_found() {
    if !present() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let out = build("webpack", "hidden", folder.path());
    let maps = folder.path().join("maps");
    let site = folder.path().join("site");
    for file in walkdir::WalkDir::new(&out).into_iter().map(Result::unwrap).filter(|file| file.path().is_file()) {
        let below = file.path().strip_prefix(&out).unwrap();
        let is_map = below.extension().is_some_and(|ending| ending == "map");
        for to in if is_map { vec![maps.join(below), site.join("maps").join(below)] } else { vec![site.join(below)] } {
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(file.path(), to).unwrap();
        }
    }
    for header in ["SourceMap", "X-SourceMap"] {
        let server = Server::start(&json!({ "root": site, "header": maps, "headerName": header }));
        gives_away_everything(&verify(&server.url, &[]), "announced by the SourceMap header of ", &out);
    }
}

#[test]
fn what_is_not_the_build_blocks() {
    if !present() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let out = build("rollup", "none", folder.path());
    let other = folder.path().join("other");
    std::fs::create_dir_all(other.join("js")).unwrap();
    std::fs::copy(out.join("index.html"), other.join("index.html")).unwrap();
    std::fs::write(other.join("js/main.js"), "1;\n").unwrap();
    let server = Server::start(&json!({ "root": out }));
    let seen = verify(&server.url, &["--build", other.to_str().unwrap()]);
    assert_eq!(seen.code, 1);
    assert_eq!(
        seen.of("site/differs"),
        [("js/main.js".to_owned(), "js/main.js in the build has other bytes".to_owned())]
    );
    assert_eq!(seen.of("site/not-in-build").len(), 2);
}
