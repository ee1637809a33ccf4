//! What pipelines are given: the action, the hook, and every snippet of the recipes.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::peers::{present, python};
use super::{lastlook, make, root};

/// The snippets of the recipes that say which file they are, and that file's name.
fn snippets(folder: &Path) -> Vec<(String, PathBuf)> {
    let read = |name: &str| std::fs::read_to_string(root().join("docs").join(name)).unwrap();
    let text = read("recipes.md") + &read("publish.md");
    let mut found = Vec::new();
    for snippet in text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        let name = snippet.lines().next().unwrap().strip_prefix("# ").expect("a snippet says which file it is");
        let file = folder.join(format!("{}-{}", found.len(), name.replace('/', "-")));
        std::fs::write(&file, snippet).unwrap();
        found.push((name.to_owned(), file));
    }
    found
}

/// What `lastlook init` writes for a pipeline, for each package manager.
fn written(folder: &Path, service: &str) -> Vec<PathBuf> {
    let projects = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock"].iter().enumerate();
    projects
        .map(|(at, lock)| {
            let repository = folder.join(format!("{service}-{at}"));
            std::fs::create_dir_all(repository.join(".git")).unwrap();
            // Every other one lies below the root of its repository, where the name of the folder looks like a number.
            let project = if at % 2 == 0 { repository.clone() } else { repository.join("apps/1.0") };
            std::fs::create_dir_all(&project).unwrap();
            let manifest = r#"{"name":"a","version":"1.0.0","license":"MIT","scripts":{"build":"tsc"}}"#;
            std::fs::write(project.join("package.json"), manifest).unwrap();
            std::fs::write(project.join(lock), if *lock == "yarn.lock" { "# yarn lockfile v1\n" } else { "" }).unwrap();
            let output = lastlook(&project, &["init", "--ci", service, "--yes"]);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            let file = if service == "github" { ".github/workflows/lastlook.yml" } else { ".gitlab/lastlook.yml" };
            repository.join(file)
        })
        .collect()
}

fn passes(command: &mut Command) {
    let output = command.output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{out}\n{err}");
}

/// The action as a workflow that is called with its inputs: what is wrong with its steps shows there.
fn as_workflow(python: &Path, action: &Path, to: &Path) {
    let script = r"
import json, sys, yaml
action = yaml.safe_load(open(sys.argv[1], encoding='utf-8'))
inputs = {name: {'type': 'string', 'description': own['description']} for name, own in action['inputs'].items()}
job = {'runs-on': 'ubuntu-latest', 'steps': action['runs']['steps']}
flow = {'name': 'action', 'on': {'workflow_call': {'inputs': inputs}}, 'jobs': {'all': job}}
json.dump(flow, open(sys.argv[2], 'w', encoding='utf-8'), indent=1)
";
    passes(Command::new(python).args(["-c", script]).arg(action).arg(to));
}

#[test]
fn workflows_and_the_action_pass_their_linters() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let tool = |name: &str| Command::new(python.with_file_name(name));
    let schema = |name: &str, files: &[PathBuf]| {
        passes(tool("check-jsonschema").args(["--builtin-schema", name]).args(files));
    };
    let action = root().join("action.yml");
    schema("vendor.github-actions", std::slice::from_ref(&action));
    let snippets = snippets(folder.path());
    let named = |start: &str| -> Vec<PathBuf> {
        snippets.iter().filter(|(name, _)| name.starts_with(start)).map(|(_, file)| file.clone()).collect()
    };
    let mut workflows = named(".github/workflows/");
    workflows.extend(written(folder.path(), "github"));
    assert!(workflows.len() >= 6);
    schema("vendor.github-workflows", &workflows);
    let gitlab = [named(".gitlab-ci.yml"), written(folder.path(), "gitlab")].concat();
    assert!(gitlab.len() >= 5);
    schema("vendor.gitlab-ci", &gitlab);
    let hook = root().join(".pre-commit-hooks.yaml");
    passes(tool("pre-commit").arg("validate-manifest").arg(&hook));
    passes(tool("pre-commit").arg("validate-config").args(named(".pre-commit-config.yaml")));
    passes(
        tool("zizmor")
            .args(["--offline", "--no-progress", "--min-severity", "medium", "--config"])
            .arg(root().join("tests/formats/zizmor.yml"))
            .arg(&action)
            .args(&workflows),
    );

    let lint = root().join("tests/formats/actions/lint.mjs");
    if present(lint.with_file_name("node_modules")).is_some() {
        let own = folder.path().join("action-as-workflow.yml");
        as_workflow(&python, &action, &own);
        passes(Command::new("node").arg(&lint).args(&workflows).arg(&own));
        // The linter sees what it should see.
        let wrong = folder.path().join("wrong.yml");
        let text = std::fs::read_to_string(&workflows[0]).unwrap().replace("ubuntu-latest", "${{ nothing.here }}");
        std::fs::write(&wrong, text).unwrap();
        assert!(!Command::new("node").arg(&lint).arg(&wrong).output().unwrap().status.success());
    }
}

/// The script of a step of the action.
fn step(python: &Path, name: &str) -> String {
    let script = "import sys, yaml\nfor step in yaml.safe_load(open(sys.argv[1]))['runs']['steps']:\n  if step['name'] == sys.argv[2]: sys.stdout.write(step['run'])";
    let output = Command::new(python).args(["-c", script]).arg(root().join("action.yml")).arg(name).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_action_audits_and_says_how_it_ended() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("leak with a space.tgz"), make::sample()).unwrap();
    let ok = make::tgz([("package.json", &br#"{"name":"ok","version":"1.0.0"}"#[..])]);
    std::fs::write(at("ok.tgz"), ok).unwrap();
    let audit = step(&python, "Audit");
    for (targets, code) in [("ok.tgz\n", 0), ("ok.tgz\nleak with a space.tgz\n", 1), ("gone.tgz", 2)] {
        std::fs::write(at("output"), "").unwrap();
        let status = Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &audit])
            .current_dir(folder.path())
            .envs([("LASTLOOK", env!("CARGO_BIN_EXE_lastlook")), ("TARGETS", targets), ("DIRECTORY", ".")])
            .envs([("POLICY", ""), ("FAIL_ON", "deny"), ("HTML", "page.html"), ("SARIF", "report.sarif")])
            .env("GITHUB_OUTPUT", at("output"))
            .env("GITHUB_STEP_SUMMARY", at("summary.md"))
            .output()
            .unwrap();
        assert_eq!(status.status.code(), Some(code), "{targets}: {}", String::from_utf8_lossy(&status.stderr));
        assert_eq!(std::fs::read_to_string(at("output")).unwrap(), format!("exit-code={code}\n"));
        assert!(at("page.html").exists() && at("report.sarif").exists() && at("summary.md").exists());
    }
}
