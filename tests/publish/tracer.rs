//! strace: whether it is there, and the calls at which a run can be killed.

use std::collections::BTreeMap;
use std::process::Command;

/// `None`, said aloud, where it is not installed; on a pipeline that is a fault.
pub fn strace() -> Option<()> {
    if Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success()) {
        return Some(());
    }
    let what = "strace is not installed, or may not trace: install it";
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{what}");
    eprintln!("SKIPPED: {what}");
    None
}

/// What writes down the calls that others can see the effect of, into `log`.
pub fn tracing(calls: &str, log: &std::path::Path) -> [String; 9] {
    let trace = format!("trace={calls}");
    let log = log.display().to_string();
    ["strace", "-f", "-qq", "-e", &trace, "-e", "signal=none", "-o", &log].map(str::to_owned)
}

/// What kills a run before it makes the call of this name for the `nth` time.
pub fn killing(name: &str, nth: usize) -> [String; 9] {
    let (trace, inject) = (format!("trace={name}"), format!("inject={name}:signal=SIGKILL:when={nth}"));
    ["strace", "-f", "-qq", "-e", &trace, "-e", &inject, "-o", "/dev/null"].map(str::to_owned)
}

/// The calls that the first thread makes once it names `begin`: each by its name, and which of them it is.
pub fn points(text: &str, calls: &str, begin: &str) -> Vec<(String, usize)> {
    let first = text.split(' ').next().unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut points, mut begun) = (Vec::new(), false);
    for line in text.lines() {
        let Some((thread, call)) = line.split_once(' ') else { continue };
        let Some((name, rest)) = call.trim_start().split_once('(') else { continue };
        if thread != first || !calls.split(',').any(|own| own == name) {
            continue;
        }
        let count = counts.entry(name).or_default();
        *count += 1;
        begun |= rest.contains(begin);
        if begun {
            points.push((name.to_owned(), *count));
        }
    }
    points
}
