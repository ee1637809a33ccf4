//! Each attempt as the build of a release: nothing is heard, gained or changed, and the release ends with a reason.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::attempt::{Attempt, Expect};
use super::attempts::attempts;
use super::bystander::Bystander;
use super::contained::{as_user, is_root};
use super::looked::{gained, tellers};
use super::manifest::Manifest;
use super::planted::Planted;
use super::project::{installed, project};
use super::{in_share, named};
use crate::yard::{has, ready};

/// Another user than root.
const NOBODY: u32 = 65534;

/// The one attempt whose package becomes clear: nothing is sent for it.
const SWAPS: &str = "daemon-swap";

/// What a release came to.
pub struct Held {
    pub code: Option<i32>,
    pub printed: String,
    /// The word and the reason that the session ends with.
    pub stopped: (String, String),
}

/// Releases the project of one attempt, and says what should not have been possible.
fn faults(number: usize, kind: &str, user: Option<u32>) -> Option<(Attempt, Vec<String>, String)> {
    let folder = tempfile::tempdir().unwrap();
    let planted = Planted::new(folder.path(), Path::new(env!("CARGO_BIN_EXE_lastlook")));
    let own = folder.path().join("own");
    std::fs::create_dir(&own).unwrap();
    let listeners = planted.listen();
    let words = as_user(user);
    user.inspect(|user| planted.give(*user));
    let mut bystander = Bystander::start(&planted, &words);
    let mut aim = planted.aim(&listeners, bystander.id());
    (aim.journal, aim.state) = (own.join("journal/journal.jsonl"), own.join("state"));
    let attempt = attempts(&aim).into_iter().nth(number)?;
    if !installed(&attempt) {
        return Some((attempt, Vec::new(), "skipped".to_owned()));
    }
    project(&planted.project(), &aim, &attempt);
    user.inspect(|user| planted.give(*user));
    let (before, system) = (Manifest::of(&planted.kept()), Manifest::system());
    let registry = format!("http://127.0.0.1:{}/", listeners.places.registry);
    let held = release(&planted, &own, &registry, kind, &words, attempt.name == SWAPS);
    std::thread::sleep(Duration::from_secs(attempt.after));
    let mut faults: Vec<String> = listeners.heard().iter().map(|line| format!("heard {line}")).collect();
    faults.extend(gained(&held.printed).into_iter().map(|line| format!("gained {line}")));
    faults.extend(session(&own).iter().flat_map(|text| gained(text)).map(|line| format!("gained {line}")));
    faults.extend(before.changes(&Manifest::of(&planted.kept())).into_iter().map(|line| format!("changed {line}")));
    faults.extend((Manifest::system() != system).then(|| "the system was changed".to_owned()));
    faults
        .extend(tellers(&[&aim.mark], std::slice::from_ref(&own), &[]).into_iter().map(|line| format!("told {line}")));
    faults.extend(held.printed.contains(&aim.mark).then(|| "a canary was printed".to_owned()));
    faults.extend((bystander.ended() || bystander.stopped()).then(|| "a process was ended or stopped".to_owned()));
    faults.extend(left(folder.path()).into_iter().map(|line| format!("still there: {line}")));
    let journal = std::fs::read_to_string(own.join("journal/journal.jsonl")).unwrap_or_default();
    faults.extend((!journal.is_empty()).then(|| format!("the journal says {journal}")));
    let clear = match held.code {
        Some(1) => held.stopped.0 == "blocked",
        Some(2) => ["failed", "incomplete"].contains(&held.stopped.0.as_str()) && !held.stopped.1.is_empty(),
        // What it puts in place of its own package is clear, and is audited like anything else.
        Some(0) => attempt.name == SWAPS && held.stopped.0 == "cleared",
        _ => false,
    };
    faults.extend((!clear).then(|| format!("it ended with {:?}, {:?}: {}", held.code, held.stopped, held.printed)));
    let end = format!("exit {:?}, {}: {:.100}", held.code.unwrap_or(-1), held.stopped.0, held.stopped.1);
    Some((attempt, faults, end.replace('\n', " ")))
}

fn release(planted: &Planted, own: &Path, registry: &str, kind: &str, words: &[String], dry: bool) -> Held {
    let lastlook = planted.root.join("bin/lastlook").display().to_string();
    let all: Vec<&str> = words.iter().map(String::as_str).chain([lastlook.as_str()]).collect();
    let mut command = Command::new(all[0]);
    command.args(&all[1..]).args(["agent", "release", "work/project", "--registry", registry, "--sandbox", kind]);
    command.args(["--minutes", "1", "--memory", "2048", "--wait", "0", "--timeout", "5", "--token-file", "token"]);
    command.arg("--state").arg(own.join("state")).arg("--journal").arg(own.join("journal"));
    command.args(dry.then_some("--dry-run"));
    command.current_dir(&planted.root).env_clear().envs(planted.environment()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    Held { code: output.status.code(), printed: String::from_utf8_lossy(&printed).into_owned(), stopped: stopped(own) }
}

/// The word and the reason that the session ends with.
pub fn stopped(own: &Path) -> (String, String) {
    let last = session(own).and_then(|text| serde_json::from_str::<Value>(text.lines().last()?).ok());
    let word = |key: &str| last.as_ref().and_then(|last| last[key].as_str()).unwrap_or_default().to_owned();
    (word("stop"), word("why"))
}

pub fn session(own: &Path) -> Option<String> {
    let all = std::fs::read_dir(own.join("state/sessions")).ok()?.flatten().map(|entry| entry.path());
    all.filter_map(|folder| std::fs::read_to_string(folder.join("session.jsonl")).ok()).next()
}

/// Processes whose words name the place of this attempt, other than those that stand there.
pub fn left(root: &Path) -> Vec<String> {
    let root = root.display().to_string();
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let words = all.filter_map(|entry| {
        let words = std::fs::read(entry.path().join("cmdline")).ok()?;
        let text = String::from_utf8_lossy(&words).replace('\0', " ");
        (text.contains(&root) && !text.contains("LASTLOOK_STANDS_HERE")).then_some(text)
    });
    words.collect()
}

/// The numbers of the attempts that are asked for by name, or of this share of all.
fn chosen(share: usize) -> Vec<usize> {
    let folder = tempfile::tempdir().unwrap();
    let planted = Planted::new(folder.path(), Path::new("/bin/true"));
    let all = attempts(&planted.aim(&planted.listen(), 0)).into_iter().enumerate();
    let asked = |(number, attempt): (usize, Attempt)| match named() {
        Some(names) => names.split(',').any(|name| name == attempt.name).then_some(number),
        None => in_share(number, share).then_some(number),
    };
    all.filter_map(asked).collect()
}

/// This share of all attempts.
fn hold(kind: &str, user: Option<u32>, share: usize) {
    if !has(kind) {
        return;
    }
    if user.is_some() && !is_root() {
        eprintln!("SKIPPED: another user needs root");
        return;
    }
    let (mut failed, mut tried) = (Vec::new(), 0);
    for number in chosen(share) {
        let started = Instant::now();
        let Some((attempt, faults, end)) = faults(number, kind, user) else { break };
        tried += 1;
        println!("| {} | {kind} | {end} | {:.1} s |", attempt.name, started.elapsed().as_secs_f32());
        for fault in &faults {
            println!("    {}", fault.escape_debug().to_string().chars().take(600).collect::<String>());
        }
        if !faults.is_empty() {
            failed.push(attempt.name);
        }
    }
    assert!(tried > 0);
    assert_eq!(failed, [""; 0]);
}

#[test]
fn hostile_builds_gain_nothing_in_bubblewrap() {
    if !ready() {
        return;
    }
    hold("bubblewrap", None, 0);
}

#[test]
fn hostile_builds_gain_nothing_behind_landlock() {
    if !ready() {
        return;
    }
    hold("landlock", None, 1);
}

#[test]
fn hostile_builds_of_another_user_gain_nothing_in_bubblewrap() {
    if !ready() {
        return;
    }
    hold("bubblewrap", Some(NOBODY), 2);
}

#[test]
fn hostile_builds_of_another_user_gain_nothing_behind_landlock() {
    if !ready() {
        return;
    }
    hold("landlock", Some(NOBODY), 3);
}
