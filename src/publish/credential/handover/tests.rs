//! The handing over, by this very test, which runs itself and becomes itself once more.

use std::path::Path;
use std::process::Command;

use super::super::Vault;

/// Where the inner run writes what it saw; without it, there is no inner run.
const SEEN: &str = "LASTLOOK_TEST_SEEN";

fn run(variables: &[(&str, &str)]) -> (String, bool) {
    behind("", variables)
}

/// As `run`, after a shell did something in the folder.
fn behind(shell: &str, variables: &[(&str, &str)]) -> (String, bool) {
    let place = tempfile::tempdir().unwrap();
    let seen = place.path().join("seen");
    std::fs::write(place.path().join("package.json"), "{}").unwrap();
    std::fs::write(place.path().join(".npmrc"), "//r.example/:_authToken=${MINE}").unwrap();
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{shell}\nexec \"$@\"")).arg("sh").arg(std::env::current_exe().unwrap());
    command.args(["--exact", "publish::credential::handover::tests::inner", "--nocapture"]);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", place.path()).env(SEEN, &seen);
    command.current_dir(place.path()).envs(variables.iter().copied());
    let output = command.output().unwrap();
    (std::fs::read_to_string(seen).unwrap_or_default(), output.status.success())
}

/// What the process knows after it opened the vault.
#[test]
fn inner() {
    let Some(seen) = std::env::var_os(SEEN) else { return };
    let vault = Vault::open(Path::new(".")).unwrap();
    let value = |name: &str| vault.variable(name).map_or("none".to_owned(), |value| value.to_string());
    // What a script would find: the environment, and every descriptor that it inherits.
    let child = Command::new("sh")
        .args(["-c", "env; cat /proc/$PPID/environ; for f in /proc/self/fd/[3-9]; do test -f $f && cat $f; done"])
        .output()
        .unwrap();
    let child = String::from_utf8_lossy(&child.stdout).into_owned();
    let own: Vec<String> = std::env::vars().map(|(name, _)| name).filter(|name| name.contains("TOKEN")).collect();
    let leaks = child.contains("hush") || !own.is_empty();
    let values = ["MINE", "NPM_TOKEN"].map(value).join(" ");
    std::fs::write(seen, format!("{values} leaks={leaks} PLAIN={:?}", vault.plain("PLAIN"))).unwrap();
}

#[test]
fn credentials_are_handed_over_and_in_no_environment_any_more() {
    let seen = run(&[("MINE", "hush-1=x"), ("NPM_TOKEN", "hush-2"), ("PLAIN", "p")]);
    assert_eq!(seen, ("hush-1=x hush-2 leaks=false PLAIN=Some(\"p\")".to_owned(), true));
    assert_eq!(run(&[]), ("none none leaks=false PLAIN=None".to_owned(), true));
}

#[test]
fn a_marker_that_is_not_ours_gains_nothing() {
    for marker in ["", "0", "2", "3", "-1", "999999", "99999999999", "../../x", "x"] {
        let seen = run(&[("LASTLOOK_VAULT", marker), ("NPM_TOKEN", "hush-2")]);
        assert_eq!(seen, ("none hush-2 leaks=false PLAIN=None".to_owned(), true), "{marker}");
    }
}

#[test]
fn a_descriptor_that_is_not_ours_is_neither_waited_for_nor_emptied() {
    let marked = [("LASTLOOK_VAULT", "4"), ("NPM_TOKEN", "hush-2")];
    for shell in [
        "mkfifo p; exec 4<>p",
        "exec 4</dev/zero",
        "echo text >f; exec 4<>f; rm f",
        ": >f; exec 4<>f; rm f",
        "printf 'lastlook variables 1\\000NPM_TOKEN=mine\\000\\000=' >f; exec 4<>f; rm f",
    ] {
        let seen = behind(shell, &marked);
        assert_eq!(seen, ("none hush-2 leaks=false PLAIN=None".to_owned(), true), "{shell}");
    }
}
