//! Whoever takes reports, and the state, when they go wrong; two watches at once; and the end.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use super::hook::{Hook, Manner};
use super::once::Post;
use crate::packages::with_sources;
use crate::run::Ran;

fn denied() -> Post {
    let post = Post::new();
    post.registry.put("watched", "1.0.0", &with_sources("watched", "1.0.0"));
    post
}

#[test]
fn a_webhook_that_does_not_take_it_gets_the_same_report_again_until_it_does() {
    let post = denied();
    let elsewhere = Hook::start();
    let words = ["npm:watched", "--tell-timeout", "1"];
    for (manner, says) in [
        (Manner::Status(500), "answers 500"),
        (Manner::Status(403), "answers 403"),
        (Manner::Cut, "http://127.0.0.1"),
        (Manner::Hang, "took too long"),
        (Manner::Drip, "http://127.0.0.1"),
        (Manner::Redirect(elsewhere.url.clone()), "leads elsewhere, where nothing is sent"),
    ] {
        post.hook.set(manner);
        let started = Instant::now();
        let ran = post.hooked(&words).run();
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.stderr.contains("report 1 was not taken") && ran.stderr.contains(says), "{says}: {}", ran.stderr);
        // Neither what stands in the address, nor what the other side says.
        assert!(!ran.stderr.contains("never-shown") && !ran.stderr.contains("say-it-not"), "{}", ran.stderr);
        assert!(started.elapsed() < Duration::from_secs(20), "{says}");
    }
    post.hook.set(Manner::Status(204));
    assert_eq!(post.hooked(&words).run().code, Some(1));
    assert_eq!(post.hooked(&words).run().code, Some(1));
    let posts = post.hook.posts();
    assert_eq!((posts.len(), elsewhere.posts().len(), post.hook.names().len()), (7, 0, 1));
    assert!(posts.iter().all(|other| other.body == posts[0].body));
    for other in posts {
        let name = format!("idempotency-key: {}\r\n", other.body["id"].as_str().unwrap());
        assert!(other.head.starts_with("POST /hook?key=") && other.head.contains(&name), "{}", other.head);
    }
}

#[test]
fn a_webhook_gets_the_header_that_is_for_it_and_no_credential_of_the_registry() {
    let post = denied();
    post.registry.restrict("watched");
    let token = post.registry.token();
    let token_file = post.place.write_home("token", format!("{token}\n"));
    let header = post.place.write_home("header", "Authorization: Bearer for-the-hook-alone-4711\n");
    let watch =
        || post.hooked(&["npm:watched"]).arg("--webhook-header-file").arg(&header).arg("--token-file").arg(&token_file);
    let ran = watch().run();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let posts = post.hook.posts();
    assert_eq!(posts.len(), 1);
    assert!(posts[0].head.contains("authorization: Bearer for-the-hook-alone-4711\r\n"), "{}", posts[0].head);
    assert!(!posts[0].head.contains(&token) && !posts[0].body.to_string().contains(&token));
    for text in [&ran.stdout, &ran.stderr, &std::fs::read_to_string(post.state().join("state.json")).unwrap()] {
        assert!(!text.contains("4711") && !text.contains(&token) && !text.contains("never-shown"), "{text}");
    }
    assert!(post.registry.requests().iter().all(|request| !format!("{request:?}").contains("4711")));
    std::fs::set_permissions(&header, std::fs::Permissions::from_mode(0o644)).unwrap();
    let ran = watch().run();
    assert!(ran.code == Some(2) && ran.stderr.contains("chmod 600"), "{ran:?}");
    for url in ["http://hooks.example/x", "https://user:word@hooks.example/"] {
        let ran = post.once(&["npm:watched", "--webhook", url]);
        assert!(ran.code == Some(2) && !ran.stderr.contains("user:word"), "{ran:?}");
    }
}

#[test]
fn a_program_that_fails_hangs_or_prints_without_end_is_ended_and_asked_again() {
    let post = denied();
    let script = |text: &str| {
        let file = post.place.write("take", format!("#!/bin/sh\n{text}\n"));
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        file
    };
    let run = |text: &str| -> Ran {
        let watch = post.watch(&["npm:watched", "--once", "--tell-timeout", "1", "--env", "GIVEN", "--exec"]);
        watch.arg(script(text)).env("GIVEN", "yes").env("NPM_TOKEN", "not-for-others").env("OTHER", "no").run()
    };
    for (text, says) in [
        ("cat > /dev/null; echo 'no, thanks' >&2; exit 3", "ended with 3, and says: no, thanks"),
        ("sleep 600", "took longer than 1 s"),
        ("yes", "took longer than 1 s"),
        ("kill -9 $$", "ended by signal 9"),
        // What it leaves running ends with it.
        ("sleep 600 & exit 7", "ended with 7"),
    ] {
        let ran = run(text);
        assert!(ran.code == Some(2) && ran.stderr.contains(says) && ran.stdout.is_empty(), "{says}: {ran:?}");
        assert!(ran.stderr.len() < 2_000, "{}", ran.stderr.len());
    }
    let file = post.place.home().join("got");
    let ran = run(&format!("cat > {0}; env >> {0}; echo fine", file.display()));
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
    let got = std::fs::read_to_string(file).unwrap();
    assert!(got.starts_with("{\"schema\":\"lastlook.watch/1\"") && got.contains("\nGIVEN=yes\n"), "{got}");
    assert!(!got.contains("not-for-others") && !got.contains("OTHER=") && !got.contains("LASTLOOK_"), "{got}");
    let ran = post.once(&["npm:watched", "--exec", "/no/such/program"]);
    assert_eq!(ran.code, Some(1), "nothing is left to tell: {ran:?}");
}

#[test]
fn a_state_that_can_not_be_read_is_not_begun_anew() {
    let post = denied();
    assert_eq!(post.once(&["npm:watched"]).code, Some(1));
    let file = post.state().join("state.json");
    let whole = std::fs::read_to_string(&file).unwrap();
    for (text, says) in [
        (whole[..whole.len() / 2].to_owned(), "EOF"),
        (String::new(), "EOF"),
        (whole.replace("watch-state/1", "watch-state/9"), "of the form lastlook.watch-state/9"),
        (whole.replace("\"seq\":1", "\"seq\":-1"), "invalid value"),
        (whole.replace("\"wanted\"", "\"wonted\""), "wonted"),
    ] {
        std::fs::write(&file, &text).unwrap();
        let ran = post.once(&["npm:watched"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{ran:?}");
        assert!(
            ran.stderr.contains(says) && ran.stderr.contains("move it away to begin anew"),
            "{says}: {}",
            ran.stderr
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("elsewhere", &file).unwrap();
    assert_eq!(post.once(&["npm:watched"]).code, Some(2));
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, whole).unwrap();
    // What a crash left of the next form is nothing.
    std::fs::write(post.state().join("state.json.part"), "half").unwrap();
    let ran = post.once(&["npm:watched"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{ran:?}");
}

#[test]
fn nothing_is_sent_that_can_not_be_written_down() {
    let post = denied();
    let folder = post.state();
    std::fs::create_dir_all(folder.join("state.json.part")).unwrap();
    let ran = post.hooked(&["npm:watched"]).run();
    assert_eq!((ran.code, post.hook.posts().len()), (Some(2), 0), "{ran:?}");
    assert!(ran.stderr.contains("nothing is sent that is not written down"), "{}", ran.stderr);
    std::fs::remove_dir(folder.join("state.json.part")).unwrap();
    // A disk that is full.
    let may = Command::new("unshare").args(["--mount", "sh", "-c", "mount -t tmpfs none /mnt"]).output();
    if may.is_ok_and(|output| output.status.success()) {
        let script = r#"
            mount -t tmpfs -o size=64k none "$0" || exit 90
            dd if=/dev/zero of="$0/fill" bs=4096 2>/dev/null
            "$@""#;
        let words = ["unshare", "--mount", "sh", "-c", script, folder.to_str().unwrap()];
        let ran = post.hooked(&["npm:watched"]).through(words).run();
        assert_eq!((ran.code, post.hook.posts().len()), (Some(2), 0), "{ran:?}");
    } else {
        eprintln!("SKIPPED: a small disk needs root and unshare");
    }
    let ran = post.hooked(&["npm:watched"]).run();
    assert_eq!((ran.code, post.hook.posts().len()), (Some(1), 1), "{ran:?}");
}

#[test]
fn standard_output_that_can_not_be_written_loses_nothing() {
    let post = denied();
    let words = ["sh", "-c", "exec \"$@\" > /dev/full", "sh"];
    let ran = post.watch(&["npm:watched", "--once"]).through(words).run();
    assert!(ran.code == Some(2) && ran.stderr.contains("1 report waits"), "{ran:?}");
    let ran = post.once(&["npm:watched"]);
    assert!(ran.code == Some(1) && ran.stdout.contains("map/embedded-sources"), "{ran:?}");
}

#[test]
fn one_watch_at_a_time_has_a_state_and_it_ends_when_it_is_told_to() {
    let post = denied();
    for signal in ["TERM", "INT"] {
        let running = post.watch(&["npm:watched", "--webhook", &post.hook.url, "--tell-timeout", "5"]).spawn();
        if signal == "TERM" {
            // It is asked to end while a report is on its way, which is brought to its end.
            post.hook.set(Manner::Hang);
            post.hook.await_post();
            let ran = post.once(&["npm:watched"]);
            assert!(ran.code == Some(2) && ran.stderr.contains("another watch is running"), "{ran:?}");
        } else {
            // What waits is told to whoever is started next.
            post.hook.set(Manner::Status(200));
            post.hook.await_post();
        }
        let kill = Command::new("kill").arg(format!("-{signal}")).arg(running.child.id().to_string()).status();
        assert!(kill.unwrap().success());
        let started = Instant::now();
        let ran = running.end();
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{signal}: {ran:?}");
        assert!(
            ran.stderr.contains("watching 1 target, every 15 minutes") && ran.stderr.contains("told to end"),
            "{ran:?}"
        );
        assert!(started.elapsed() < Duration::from_secs(15), "{signal}");
    }
    // With nothing in the way, the rest is told once.
    let ran = post.hooked(&["npm:watched"]).run();
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(post.hook.names().len(), 1);
}

#[test]
fn targets_that_mean_nothing_are_refused() {
    let post = Post::new();
    for (words, says) in [
        (&["npm:watched@latest"][..], "is no version; npm:watched looks at what every tag stands for"),
        (&["npm:Not A Name"], "is no name of a package"),
        (&["watched"], "is no address of a site"),
        (&["npm:a", "--webhook", "http://127.0.0.1/", "--exec", "x"], "cannot be used with"),
        (&["npm:a", "--webhook-header-file", "x"], "--webhook"),
    ] {
        let ran = post.once(words);
        assert!(ran.code == Some(2) && ran.stderr.contains(says), "{words:?}: {ran:?}");
    }
}
