//! Whoever runs as the same user and looks while it publishes finds nothing.

use std::process::{Command, Output};

use super::{WAYS, Way};
use crate::desk::{Desk, NAME, VERSION, found};
use crate::packages::clean;
use crate::registry::{Moment, Route};
use crate::run::{NOBODY, as_user};

/// Prints the variables and words of every process, and then what of the process `$0` can be opened.
const LOOK: &str = r#"
    cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/[0-9]*/task/[0-9]*/environ 2>/dev/null | tr '\0' '\n'
    echo "--- opened"
    for file in environ maps mem auxv stack syscall; do (: < "/proc/$0/$file") 2>/dev/null && echo "$file"; done
    ls -l "/proc/$0/fd" 2>/dev/null | grep -q . && echo fd
    readlink "/proc/$0/exe" 2>/dev/null | grep -q . && echo exe
    if command -v strace >/dev/null; then
        timeout 1 strace -p "$0" -o /dev/null >/dev/null 2>&1; [ $? = 124 ] && echo traced
    fi
    true"#;

/// What another process of the user sees of all, and what of the process it can open.
fn look(user: Option<u32>, process: u32) -> (Vec<u8>, Vec<String>) {
    let mut words: Vec<String> = user.map(as_user).into_iter().flatten().collect();
    words.extend(["sh", "-c", LOOK].map(str::to_owned));
    let command = &mut Command::new(&words[0]);
    let Output { stdout, .. } = command.args(&words[1..]).arg(process.to_string()).output().unwrap();
    let mark = b"--- opened\n";
    let at = memchr::memmem::find(&stdout, mark).unwrap();
    let opened = String::from_utf8_lossy(&stdout[at + mark.len()..]).lines().map(str::to_owned).collect();
    (stdout, opened)
}

#[test]
fn the_same_user_finds_it_in_no_process() {
    for way in WAYS {
        let desk = Desk::new();
        let file = desk.write(&clean(NAME, VERSION));
        let hold = desk.registry.hold(Route::Publish, 1, Moment::Received);
        let run = way.run(&desk, &["publish", "--timeout", "30"]).arg(file);
        let Some(run) = run.as_user(NOBODY) else { return };
        let running = run.spawn();
        hold.reached();
        let (loot, opened) = look(Some(NOBODY), running.child.id());
        for canary in way.canaries(&desk) {
            assert_eq!(found(&canary, &loot), None, "{way:?}");
        }
        assert_eq!(opened, [""; 0], "{way:?}");
        // Nor does the administrator find it where processes keep what they were started with.
        let (loot, opened) = look(None, running.child.id());
        for canary in way.canaries(&desk) {
            assert_eq!(found(&canary, &loot), None, "{way:?}, as root");
        }
        assert!(opened.contains(&"environ".to_owned()));
        let files = std::fs::read_dir(format!("/proc/{}/fd", running.child.id())).unwrap();
        for file in files.map(|entry| entry.unwrap().path()).filter(|file| file.is_file()) {
            let bytes = std::fs::read(&file).unwrap_or_default();
            for canary in way.canaries(&desk) {
                assert_eq!(found(&canary, &bytes), None, "{way:?}, {}", file.display());
            }
        }
        hold.release();
        let ran = desk.told_nobody(running.end());
        assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{way:?}: {ran:?}");
    }
}

/// Without this, a look that sees nothing at all would prove nothing.
#[test]
fn a_look_at_a_process_that_does_not_mind_finds_everything() {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !root {
        eprintln!("SKIPPED: another user needs root");
        return;
    }
    let words = as_user(NOBODY);
    let mut sleeper = Command::new(&words[0]);
    let mut sleeper = sleeper.args(&words[1..]).args(["sleep", "60"]).env("CARELESS", "canary-3b9e77").spawn().unwrap();
    // It is another program until setpriv became it.
    let name = format!("/proc/{}/comm", sleeper.id());
    while std::fs::read_to_string(&name).unwrap() != "sleep\n" {
        std::thread::yield_now();
    }
    let (loot, opened) = look(Some(NOBODY), sleeper.id());
    sleeper.kill().unwrap();
    sleeper.wait().unwrap();
    assert_eq!(found("canary-3b9e77", &loot), Some("plain"));
    for one in ["environ", "maps", "mem", "auxv", "fd", "exe"] {
        assert!(opened.contains(&one.to_owned()), "{one}: {opened:?}");
    }
}

#[test]
fn its_memory_is_closed_before_it_reads_a_credential() {
    // Held by a pipe that nobody writes to, before it has read what it is to read.
    let desk = Desk::new();
    let pipe = desk.place.home().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let run = desk.plain(&["publish", "--registry", &desk.registry.url()]).arg("--token-file").arg(&pipe);
    let file = desk.write(&clean(NAME, VERSION));
    let Some(run) = run.arg(file).as_user(NOBODY) else { return };
    let running = run.spawn();
    // Opening it ends once the other side has it open too.
    let mut writer = std::fs::File::options().write(true).open(&pipe).unwrap();
    let (_, opened) = look(Some(NOBODY), running.child.id());
    assert_eq!(opened, [""; 0]);
    std::io::Write::write_all(&mut writer, desk.registry.token().as_bytes()).unwrap();
    drop(writer);
    let ran = desk.told_nobody(running.end());
    assert_eq!((ran.code, Way::File.canaries(&desk).len()), (Some(0), 1), "{ran:?}");
}
