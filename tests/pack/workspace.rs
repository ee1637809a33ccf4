//! Which packages of a workspace are packed, in which order.

use crate::bench::{Bin, Job, lock, project};

const FILES: &[(&str, &str)] = &[
    ("packages/b/package.json", r#"{"name":"@acme/b","version":"2.0.0"}"#),
    ("packages/a/package.json", r#"{"name":"@acme/a","version":"1.0.0"}"#),
    ("packages/inner/package.json", r#"{"name":"inner","version":"1.0.0","private":true}"#),
    ("tools/t/package.json", r#"{"name":"t","version":"0.1.0"}"#),
    ("tools/t/node_modules/x/package.json", r#"{"name":"x","version":"0.1.0"}"#),
];

#[test]
fn each_packer_packs_what_is_published_of_a_workspace() {
    for (program, named) in
        [("npm", "npm"), ("pnpm", "pnpm"), ("yarn1", "yarn@1.22.0"), ("yarn4", "yarn@4.1.0"), ("bun", "bun")]
    {
        let Some(bin) = Bin::with(&[program]) else { continue };
        let root = format!(
            r#"{{"name":"root","version":"1.0.0","private":true,"packageManager":"{named}","workspaces":["tools/**","packages/*","no/*"]}}"#
        );
        let folder = project(FILES);
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("package.json", &root);
        if program == "pnpm" {
            write("pnpm-workspace.yaml", "packages:\n  - 'tools/**'\n  - packages/*\n  - no/*\n");
        }
        if program == "yarn4" {
            write("yarn.lock", "");
            lock(&bin, folder.path());
        }
        let result = Job::new(&bin, folder.path()).packed();
        let rows = result["packages"].as_array().unwrap().iter();
        let rows: Vec<_> = rows.map(|one| (one["name"].as_str().unwrap(), one["folder"].as_str().unwrap())).collect();
        assert_eq!(rows, [("t", "tools/t"), ("@acme/a", "packages/a"), ("@acme/b", "packages/b")], "{program}");
        let note = "the workspace pattern \\\"no/*\\\" matches no package";
        assert!(result["notes"].to_string().contains(note), "{}", result["notes"]);

        let one = Job::new(&bin, &folder.path().join("packages/b")).packed();
        assert_eq!(one["packer"], result["packer"]);
        assert_eq!((one["packages"].as_array().unwrap().len(), &one["packages"][0]["name"]), (1, &"@acme/b".into()));
    }
}
