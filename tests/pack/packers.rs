//! Each packer packs what it is named for, and leaves nothing behind.

use crate::bench::{Bin, Job, listing, lock, project, yarn4};

const MANIFEST: &str = r#"{"name":"@acme/w","version":"1.2.0","license":"MIT","files":["dist"]}"#;

/// The packer, its program on PATH, what locks for it, what names it.
const ALL: &[(&str, &str, &str, &str, &str)] = &[
    ("npm", "npm", "package-lock.json", "{\"lockfileVersion\":3}", "npm@11.0.0"),
    ("pnpm", "pnpm", "pnpm-lock.yaml", "lockfileVersion: '9.0'\n", "pnpm@9.1.0+sha512.abc"),
    ("Yarn 1", "yarn1", "yarn.lock", "# yarn lockfile v1\n", "yarn@1.22.19"),
    ("Yarn 2 or later", "yarn4", "yarn.lock", "__metadata:\n", "yarn@4.1.0"),
    ("Bun", "bun", "bun.lock", "{\"lockfileVersion\":1,\"workspaces\":{\"\":{}}}", "bun@1.1.0"),
];

#[test]
fn each_is_told_by_its_lock_file_and_by_its_name() {
    for (packer, program, file, text, named) in ALL {
        let Some(bin) = Bin::with(&[program]) else { continue };
        let locked = project(&[("package.json", MANIFEST), ("dist/i.js", "x()\n"), (file, text)]);
        let manifest = MANIFEST.replacen('{', &format!("{{\"packageManager\":\"{named}\","), 1);
        let named = project(&[("package.json", &manifest), ("dist/i.js", "x()\n")]);
        for folder in [&locked, &named] {
            if *program == "yarn4" {
                std::fs::write(folder.path().join("yarn.lock"), "").unwrap();
                lock(&bin, folder.path());
            }
            let before = listing(folder.path());
            let result = Job::new(&bin, folder.path()).packed();
            assert_eq!(result["packer"], *packer);
            let one = &result["packages"][0];
            assert_eq!((one["name"].as_str(), one["folder"].as_str()), (Some("@acme/w"), Some("")));
            assert_eq!(one["files"].as_object().unwrap().keys().collect::<Vec<_>>(), ["dist/i.js", "package.json"]);
            assert_eq!(listing(folder.path()), before, "{packer} left something behind");
            let other = result["notes"].to_string().contains("the project asks for");
            assert_eq!(other, folder.path() == named.path(), "{}", result["notes"]);
        }
    }
}

#[test]
fn the_others_pack_it_too_without_its_scripts() {
    let Some(bin) = Bin::with(&["npm", "pnpm", "yarn1", "bun"]) else { return };
    for (packer, _, _, _, named) in ALL.iter().filter(|row| row.1 != "yarn4") {
        let keys = format!(
            r#"{{"packageManager":"{named}","scripts":{{"prepack":"mkdir -p dist && cat package.json > dist/made.js && cat .seen >> .twice; cat package.json > .seen","postpack":"rm -r dist"}},"#
        );
        let folder = project(&[("package.json", &MANIFEST.replacen('{', &keys, 1)), ("README.md", "it\n")]);
        let mut job = Job::new(&bin, folder.path());
        job.options.compare = true;
        let result = job.packed();
        assert_eq!(result["packer"], *packer);
        let one = &result["packages"][0];
        assert!(one["files"].get("dist/made.js").is_some(), "{result:#}");
        assert_eq!(one["plain"].as_object().unwrap().keys().collect::<Vec<_>>(), ["README.md", "package.json"]);
        let others = one["others"].as_array().unwrap();
        let names: Vec<_> = others.iter().map(|other| other["packer"].as_str().unwrap()).collect();
        assert_eq!(
            names,
            ["npm", "pnpm", "Yarn 1", "Bun"].into_iter().filter(|name| name != packer).collect::<Vec<_>>()
        );
        for other in others {
            let files = other["files"].as_object().unwrap_or_else(|| panic!("{packer}: {other}"));
            assert_eq!(files.keys().collect::<Vec<_>>(), ["README.md", "package.json"]);
        }
        assert_eq!(listing(folder.path()), [".seen", ".twice", "README.md", "package.json"]);
        assert_eq!(std::fs::read(folder.path().join(".twice")).unwrap(), b"", "a script ran twice");
    }
}

#[test]
fn the_yarn_that_settings_name_is_run() {
    let Some(bin) = Bin::with(&[]) else { return };
    if !yarn4().exists() {
        return;
    }
    let Some(with) = Bin::with(&["yarn4"]) else { return };
    let manifest = MANIFEST.replacen('{', "{\"packageManager\":\"yarn@4.18.1\",", 1);
    let folder = project(&[("package.json", &manifest), ("dist/i.js", "x()\n"), ("yarn.lock", "")]);
    lock(&with, folder.path());
    std::fs::create_dir(folder.path().join(".yarn/releases")).unwrap();
    std::fs::copy(yarn4(), folder.path().join(".yarn/releases/yarn.cjs")).unwrap();
    std::fs::write(folder.path().join(".yarnrc.yml"), "yarnPath: .yarn/releases/yarn.cjs\n").unwrap();
    assert_eq!(Job::new(&bin, folder.path()).packed()["version"], "4.18.1");
    // A Yarn 1 on PATH hands over to it by itself.
    let Some(old) = Bin::with(&["yarn1"]) else { return };
    assert_eq!(Job::new(&old, folder.path()).packed()["version"], "4.18.1");
}

#[test]
fn a_packer_that_is_missing_or_another_is_named() {
    let Some(bin) = Bin::with(&["yarn1"]) else { return };
    let told = |manifest: &str| {
        let folder = project(&[("package.json", &MANIFEST.replacen('{', &format!("{{{manifest},"), 1))]);
        Job::new(&bin, folder.path()).error().0
    };
    assert_eq!(
        told(r#""packageManager":"pnpm@9.1.0""#),
        "pnpm is not installed, and packageManager says that this project is packed with it; run `corepack enable`, or \
         install it with `npm install --global pnpm`"
    );
    let other = told(r#""packageManager":"yarn@4.1.0""#);
    assert!(other.contains("packed with Yarn 2 or later, and the yarn on this machine is 1.22.22"), "{other}");
    bin.script("pnpm", "echo gone >&2; exit 3");
    let broken = told(r#""packageManager":"pnpm@9.1.0""#);
    assert!(broken.contains("/pnpm --version` failed, so this can't be packed with pnpm; run it once"), "{broken}");
}
