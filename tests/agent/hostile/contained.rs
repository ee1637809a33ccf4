//! A test that attacks without a sandbox -> the same test where it can harm nothing but itself.

use std::process::Command;

/// Set where a test runs in namespaces of its own.
const INSIDE: &str = "LASTLOOK_HOSTILE_CONTAINED";

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether this is the contained run of the test called `name`. If not, that one is made, and must succeed.
///
/// It sees no processes but its own, which end with it, and no network but a loopback of its own, so that an attempt
/// that works reaches nobody and ends nobody.
pub fn contained(name: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let mut words = vec!["--pid", "--fork", "--mount-proc", "--net", "--ipc", "--uts", "--kill-child"];
    if !is_root() {
        words.extend(["--user", "--map-current-user", "--keep-caps"]);
    }
    let ready = Command::new("unshare").args(&words).args(["ip", "link", "set", "lo", "up"]).output();
    if !ready.as_ref().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: {name} needs namespaces of its own: {ready:?}");
        return false;
    }
    let mut command = Command::new("unshare");
    command.args(words).args(["sh", "-c", "ip link set lo up; \"$@\"", "contained"]);
    command.arg(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--nocapture", "--test-threads=1", "--include-ignored"]).env(INSIDE, "yes");
    let status = command.status().unwrap();
    assert!(status.success(), "{name}: {status}");
    false
}

/// The words before a program that a user is to run who has no more rights than that.
pub fn as_user(user: Option<u32>) -> Vec<String> {
    let Some(user) = user else {
        let root = is_root();
        let words = ["setpriv", "--ambient-caps=-all", "--inh-caps=-all"].map(str::to_owned);
        return if root { Vec::new() } else { words.to_vec() };
    };
    let words =
        ["setpriv".to_owned(), format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".to_owned()];
    words.to_vec()
}
