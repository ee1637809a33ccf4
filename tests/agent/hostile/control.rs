//! Each attempt without a sandbox: it works, or the kernel refuses it to that user anyway.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::aim::Aim;
use super::attempt::{Attempt, Expect};
use super::attempts::attempts;
use super::bystander::Bystander;
use super::contained::{as_user, contained, is_root};
use super::listeners::Listeners;
use super::looked::unzipped;
use super::manifest::Manifest;
use super::planted::Planted;
use super::project::{installed, project};
use super::{in_share, named};

/// How long one of the three steps may take.
const LIMIT: Duration = Duration::from_secs(90);

/// Leaves the journal open to npm, as a careless parent would.
const OPEN: &str = "exec 9>>\"$1\"; shift; exec npm \"$@\"";

/// Everything one attempt has, until it is over.
struct Stage {
    folder: tempfile::TempDir,
    planted: Planted,
    listeners: Listeners,
    bystander: Bystander,
    aim: Aim,
    words: Vec<String>,
    user: Option<u32>,
}

impl Stage {
    fn new(user: Option<u32>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let planted = Planted::new(folder.path(), Path::new("/bin/true"));
        let listeners = planted.listen();
        let words = as_user(user);
        user.inspect(|user| planted.give(*user));
        let bystander = Bystander::start(&planted, &words);
        let aim = planted.aim(&listeners, bystander.id());
        Self { folder, planted, listeners, bystander, aim, words, user }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a run shows that is missing.
    fn run(mut self, attempt: &Attempt) -> Vec<String> {
        project(&self.planted.project(), &self.aim, attempt);
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(self.planted.project()).arg(self.path("copy"));
        assert!(copy.status().unwrap().success());
        std::fs::create_dir(self.path("out")).unwrap();
        self.user.inspect(|user| self.planted.give(*user));
        let before = Manifest::of(&self.planted.kept());
        let out = self.path("out").into_os_string().into_string().unwrap();
        for words in [&["run", "build"][..], &["test"], &["pack", "--pack-destination", &out]] {
            self.npm(words);
        }
        std::thread::sleep(Duration::from_millis(300 + attempt.after * 1000));
        let changes = before.changes(&Manifest::of(&self.planted.kept())).join("\n");
        let changes = changes.replace(&format!("{}/", self.folder.path().display()), "");
        let log = String::from_utf8_lossy(&std::fs::read(self.path("log")).unwrap_or_default()).into_owned();
        let mut missing = Vec::new();
        for expect in attempt.expected(is_root() && self.user.is_none()) {
            missing.extend(self.missing(*expect, &log, &changes));
        }
        if !missing.is_empty() && std::env::var_os("LASTLOOK_HOSTILE_ONLY").is_some() {
            println!("{log}\n--- heard\n{}\n--- changed\n{changes}", self.listeners.heard().join("\n"));
        }
        missing
    }

    fn npm(&self, words: &[&str]) {
        let log = File::options().create(true).append(true).open(self.path("log")).unwrap();
        let all: Vec<&str> = self.words.iter().map(String::as_str).chain(["sh", "-c", OPEN, "npm"]).collect();
        let mut command = Command::new(all[0]);
        command.args(&all[1..]).arg(&self.aim.journal).args(words).current_dir(self.path("copy"));
        command.env_clear().envs(self.planted.environment()).env("npm_config_update_notifier", "false");
        let (output, errors) = (log.try_clone().unwrap(), log);
        let mut child = command.stdin(std::process::Stdio::null()).stdout(output).stderr(errors).spawn().unwrap();
        let start = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if start.elapsed() > LIMIT {
                println!("npm {words:?} did not end");
                child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn missing(&mut self, expect: Expect, log: &str, changes: &str) -> Vec<String> {
        let process = self.bystander.id().to_string();
        let spelled = |word: &&str| word.replace("{canary}", &self.aim.mark).replace("{process}", &process);
        let absent = |words: &[&str], text: &str| {
            let words = words.iter().map(spelled);
            words.filter(|word| !text.contains(word)).map(|word| format!("{word:?}")).collect()
        };
        let unless = |is: bool, what: &str| if is { Vec::new() } else { vec![what.to_owned()] };
        match expect {
            Expect::Heard(words) => absent(words, &self.listeners.heard().join("\n")),
            Expect::Printed(words) => absent(words, log),
            Expect::Changed(words) => absent(words, changes),
            Expect::Packed(word) => absent(&[word], &self.packed()),
            Expect::Ended => unless(self.bystander.ended(), "it did not end"),
            Expect::Stopped => unless(self.bystander.stopped(), "it did not stop"),
            Expect::Untried(_) | Expect::Limit(_) => Vec::new(),
            Expect::Refused(_) => unless(!log.contains("\nGOT "), "it was not refused"),
        }
    }

    /// What is in the tarballs.
    fn packed(&self) -> String {
        let files = std::fs::read_dir(self.path("out")).unwrap().map(|entry| entry.unwrap().path());
        let bytes: Vec<u8> = files.filter_map(|file| unzipped(&file)).flatten().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// All attempts, one line for each.
fn control(user: Option<u32>, share: usize) {
    let only = named();
    let stage = Stage::new(user);
    let count = attempts(&stage.aim).len();
    drop(stage);
    let mut failed = Vec::new();
    for number in 0..count {
        if only.is_none() && !in_share(number, share) {
            continue;
        }
        let stage = Stage::new(user);
        let attempt = attempts(&stage.aim).remove(number);
        if only.as_ref().is_some_and(|only| !only.split(',').any(|name| name == attempt.name)) {
            continue;
        }
        let start = Instant::now();
        let expected = attempt.expected(is_root() && user.is_none()).to_vec();
        let result = if let [Expect::Untried(why) | Expect::Limit(why)] = expected[..] {
            format!("not tried: {why}")
        } else if !installed(&attempt) {
            "skipped".to_owned()
        } else {
            let missing = stage.run(&attempt);
            if !missing.is_empty() {
                failed.push(attempt.name);
            }
            match (&missing[..], &expected[..]) {
                ([], [Expect::Refused(why)]) => format!("refused: {why}"),
                ([], _) => "works".to_owned(),
                _ => format!("MISSING {}", missing.join(", ")),
            }
        };
        println!("| {} | {} | {result} | {:.1} s |", attempt.name, attempt.what, start.elapsed().as_secs_f32());
    }
    assert_eq!(failed, [""; 0]);
}

#[test]
fn every_attempt_works_where_nothing_holds_it_back() {
    if contained(&name("every_attempt_works_where_nothing_holds_it_back")) {
        control(None, 0);
    }
}

#[test]
fn every_attempt_works_for_another_user_too() {
    if !is_root() {
        eprintln!("SKIPPED: another user needs root");
    } else if contained(&name("every_attempt_works_for_another_user_too")) {
        control(Some(65534), 2);
    }
}

/// What the harness calls a test of this file, whichever crate it is in.
fn name(test: &str) -> String {
    let path = module_path!();
    format!("{}::{test}", path.split_once("::").unwrap().1)
}

#[test]
fn attempts_are_many_and_have_names_of_their_own() {
    let stage = Stage::new(None);
    let all = attempts(&stage.aim);
    let mut names: Vec<&str> = all.iter().map(|attempt| attempt.name).collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() == all.len() && names.len() >= 30, "{names:?}");
    for attempt in all {
        assert!(!attempt.scripts.is_empty() && !attempt.expect.is_empty(), "{}", attempt.name);
        assert!(!attempt.files.iter().any(|(_, text)| text.contains(&stage.aim.mark)), "{}", attempt.name);
    }
}
