//! The exit code is that of the verdict: whatever the format, and whatever becomes of the report.

use std::process::Stdio;

use super::{FORMATS, command, hostile, lastlook, make};

#[test]
fn the_exit_code_knows_no_format() {
    let folder = tempfile::tempdir().unwrap();
    hostile::artifacts(folder.path());
    let ok = make::tgz([("package.json", &br#"{"name":"ok","version":"1.0.0"}"#[..])]);
    std::fs::write(folder.path().join("ok.tgz"), ok).unwrap();
    for (target, code) in [("ok.tgz", 0), ("hostile.tgz", 1), ("cut.tgz", 2)] {
        for format in FORMATS {
            let args = ["audit", target, "--policy", "/dev/null", "--format", format];
            let args = args.map(|arg| if arg == "/dev/null" { "empty.toml" } else { arg });
            std::fs::write(folder.path().join("empty.toml"), "").unwrap();
            let run = |more: &[&str]| lastlook(folder.path(), &[&args, more].concat());
            let exit = |output: std::process::Output| output.status.code().unwrap();
            assert_eq!(exit(run(&[])), code, "{target} as {format}");
            let file = format!("{format}=report");
            assert_eq!(exit(run(&["--output", &file])), code, "{target} as {format} to a file");
            assert!(!std::fs::read(folder.path().join("report")).unwrap().is_empty());
            // Nobody listens any more: the reader is gone before the first byte.
            let mut child =
                command(folder.path(), &args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            drop(child.stdout.take());
            assert_eq!(child.wait().unwrap().code(), Some(code), "{target} as {format} to a closed pipe");
            if cfg!(target_os = "linux") {
                // A report that was asked for and can't be written is no clear release.
                let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
                let status = command(folder.path(), &args).stdout(full()).stderr(Stdio::null()).status().unwrap();
                let expected = if code == 0 { 2 } else { code };
                assert_eq!(status.code(), Some(expected), "{target} as {format} on a full disk");
                let file = format!("{format}=/dev/full");
                assert_eq!(exit(run(&["--output", &file])), expected, "{target} as {format} to a full disk");
            }
        }
    }
}

#[test]
fn a_summary_that_was_asked_for_is_written_or_missed() {
    let folder = tempfile::tempdir().unwrap();
    hostile::artifacts(folder.path());
    let summary = folder.path().join("summary.md");
    std::fs::write(&summary, "before\n").unwrap();
    let run = |file: &std::path::Path, format: &str| {
        let args = ["audit", "open.tgz", "--format", format];
        command(folder.path(), &args).env("GITHUB_STEP_SUMMARY", file).output().unwrap()
    };
    assert_eq!(run(&summary, "github").status.code(), Some(0));
    let text = std::fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("before\n## lastlook: clear\n") && text.contains("map/embedded-sources"), "{text}");
    assert_eq!(run(&summary, "human").status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&summary).unwrap(), text);
    let missed = run(&folder.path().join("no/folder/here"), "github");
    assert_eq!(missed.status.code(), Some(2));
    assert!(String::from_utf8(missed.stderr).unwrap().contains("could not be written"));
}

#[test]
fn no_report_is_written_over_what_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let ok = make::tgz([("package.json", &br#"{"name":"ok","version":"1.0.0"}"#[..])]);
    std::fs::write(at("ok.tgz"), &ok).unwrap();
    std::fs::hard_link(at("ok.tgz"), at("same")).unwrap();
    std::fs::create_dir(at("dist")).unwrap();
    std::fs::write(at("dist/a.js"), "x()\n").unwrap();
    std::fs::write(at("lastlook.toml"), "[rules]\nextra = [\"own.toml\"]\n").unwrap();
    let own = "[[rule]]\nid = \"path/own\"\ntitle = \"t\"\nwhy = \"w\"\nhelp = \"h\"\nclosed = \"deny\"\nopen = \"deny\"\nbut = []\nfiles = [\"own\"]\nhits = [\"own\"]\nmisses = [\"o\"]\n";
    std::fs::write(at("own.toml"), own).unwrap();
    for args in [
        &["ok.tgz", "--output", "json=ok.tgz"][..],
        &["ok.tgz", "--output", "json=same"],
        &["ok.tgz", "--output", "json=lastlook.toml"],
        &["ok.tgz", "--output", "json=own.toml"],
        &["dist", "--output", "json=dist/a.js"],
        &["ok.tgz", "--output", "json=new", "--output", "sarif=./new"],
        &["ok.tgz", "--output", "json=dist/../ok.tgz"],
    ] {
        let output = lastlook(folder.path(), &[&["audit"], args].concat());
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text.contains("would be written over"), "{args:?}: {text}");
    }
    assert_eq!(std::fs::read(at("ok.tgz")).unwrap(), ok);
    assert!(!at("new").exists());
    let fine =
        ["audit", "ok.tgz", "--output", "json=new", "--output", "sarif=/dev/null", "--output", "junit=/dev/null"];
    assert_eq!(lastlook(folder.path(), &fine).status.code(), Some(0));
}

#[test]
fn a_long_summary_is_cut_within_what_a_run_shows() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..9000).map(|number| format!("test/{number:050}.test.js")).collect();
    let files = names.iter().map(|name| (name.as_str(), &b"x"[..]));
    std::fs::write(folder.path().join("a.tgz"), make::tgz(files)).unwrap();
    let summary = folder.path().join("summary.md");
    std::fs::write(&summary, "no line break").unwrap();
    for _ in 0..3 {
        let mut audit = command(folder.path(), &["audit", "a.tgz", "--format", "github"]);
        assert_eq!(audit.env("GITHUB_STEP_SUMMARY", &summary).output().unwrap().status.code(), Some(0));
    }
    let text = std::fs::read_to_string(&summary).unwrap();
    assert!(text.starts_with("no line break\n## lastlook: clear\n") && text.len() < 1 << 20, "{}", text.len());
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    assert!(text.ends_with("`--output html=report.html` has it all.\n"), "{}", &text[text.len() - 200..]);
}

#[cfg(unix)]
#[test]
fn a_report_goes_where_links_and_devices_of_the_caller_lead() {
    let folder = tempfile::tempdir().unwrap();
    let ok = make::tgz([("package.json", &br#"{"name":"ok","version":"1.0.0"}"#[..])]);
    std::fs::write(folder.path().join("ok.tgz"), ok).unwrap();
    std::os::unix::fs::symlink("real.json", folder.path().join("link.json")).unwrap();
    for _ in 0..2 {
        let output = lastlook(folder.path(), &["audit", "ok.tgz", "--output", "json=link.json"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(std::fs::read_to_string(folder.path().join("real.json")).unwrap().contains("lastlook.report/1"));
    }
    let output = lastlook(folder.path(), &["audit", "ok.tgz", "--output", "json=/dev/stdout"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8(output.stdout).unwrap().contains("lastlook.report/1"));
}
