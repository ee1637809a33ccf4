//! One-time passwords: given, typed, or got in a browser.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::desk::Desk;
use crate::registry::{Answer, Fault, Otp, Registry, Route, Which};
use crate::run::Run;

const CODE: &str = "493817";

/// Runs the words behind the first in a terminal, and types an answer to each question. The first are the answers.
const TERMINAL: &str = r"
import os, pty, sys
answers, words = [word for word in sys.argv[1].split(',') if word], sys.argv[2:]
process, master = pty.fork()
if process == 0:
    os.execvp(words[0], words)
seen, asked = b'', 0
while True:
    try:
        piece = os.read(master, 4096)
    except OSError:
        break
    if not piece:
        break
    seen += piece
    while asked < seen.count(b'One-time password: '):
        asked += 1
        os.write(master, ((answers.pop(0) if answers else '') + '\n').encode())
sys.stdout.buffer.write(seen)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
";

/// The run in a terminal, at which somebody types. `None`, said aloud, where there is no Python to be that terminal.
fn at_a_terminal(run: Run, answers: &str) -> Option<Run> {
    let python = ["/usr/bin/python3", "/usr/local/bin/python3"].into_iter().find(|file| Path::new(file).exists());
    let Some(python) = python else {
        eprintln!("SKIPPED: a terminal needs Python");
        return None;
    };
    Some(run.through([python, "-c", TERMINAL, answers]))
}

fn asking(otp: Otp) -> Desk {
    let desk = Desk::new();
    desk.registry.require_otp(otp);
    desk
}

fn codes(desk: &Desk) -> Vec<Option<String>> {
    let requests = desk.registry.requests_of(Route::Publish);
    requests.iter().map(|request| request.header("npm-otp").map(str::to_owned)).collect()
}

#[test]
fn a_code_that_is_given_goes_with_the_write_alone() {
    let desk = asking(Otp::Code(CODE.to_owned()));
    let ran = desk.told_nobody(desk.publishing(&["--otp", CODE]).run());
    assert_eq!((ran.code, codes(&desk)), (Some(0), vec![Some(CODE.to_owned())]), "{ran:?}");
    let others = desk.registry.requests().into_iter().filter(|request| request.route != Route::Publish);
    assert!(others.into_iter().all(|request| request.header("npm-otp").is_none()));
    assert!(!format!("{}{}{:?}", ran.stdout, ran.stderr, desk.journal()).contains(CODE));
}

#[test]
fn where_nobody_can_be_asked_it_ends_with_one_request() {
    let asks = "asks for a one-time password: add --otp CODE, run it in a terminal";
    for (otp, words, sent, says) in [
        (Otp::Code(CODE.to_owned()), &[][..], None, asks),
        (
            Otp::Code(CODE.to_owned()),
            &["--otp", "000000"],
            Some("000000".to_owned()),
            "does not take the one-time password",
        ),
        (Otp::Web { polls: 0, retry_after: 0 }, &[], None, asks),
    ] {
        let desk = asking(otp);
        let ran = desk.told_nobody(desk.publishing(words).run());
        assert_eq!((ran.code, codes(&desk)), (Some(2), vec![sent]), "{ran:?}");
        assert!(ran.stderr.contains(says), "{ran:?}");
        assert_eq!((desk.events(), desk.registry.count(Route::Poll)), (vec!["sending".into(), "refused".into()], 0));
    }
}

#[test]
fn a_code_that_is_typed_is_sent_once_and_a_wrong_one_asked_for_again() {
    for (answers, code, sent) in [
        (CODE, 0, &[None, Some(CODE)][..]),
        ("000000,493817", 0, &[None, Some("000000"), Some(CODE)]),
        ("1,2,3,4,5", 2, &[None, Some("1"), Some("2"), Some("3")]),
        ("", 2, &[None]),
    ] {
        let desk = asking(Otp::Code(CODE.to_owned()));
        let Some(run) = at_a_terminal(desk.publishing(&["--timeout", "20"]), answers) else { return };
        let ran = desk.told_nobody(run.run());
        let sent: Vec<_> = sent.iter().map(|code| code.map(str::to_owned)).collect();
        assert_eq!((ran.code, codes(&desk)), (Some(code), sent), "{answers}: {ran:?}");
        let whole = desk.registry.versions("widget").len();
        assert_eq!(whole, usize::from(code == 0));
        assert!(ran.stdout.contains("the registry asks for a one-time password."), "{}", ran.stdout);
        let rounds = codes(&desk).len();
        let mut events = ["sending", "refused"].repeat(rounds);
        if code == 0 {
            events.truncate(rounds * 2 - 1);
            events.extend(["accepted", "published"]);
        }
        assert_eq!(desk.events(), events, "{answers}");
    }
}

#[test]
fn a_code_from_a_browser_is_waited_for() {
    let desk = asking(Otp::Web { polls: 2, retry_after: 0 });
    let Some(run) = at_a_terminal(desk.publishing(&["--timeout", "20"]), "") else { return };
    let ran = desk.told_nobody(run.run());
    assert_eq!((ran.code, desk.last().as_str()), (Some(0), "published"), "{ran:?}");
    assert!(ran.stdout.contains(&format!("open {}auth/cli/1", desk.registry.url())), "{}", ran.stdout);
    let polls = desk.registry.requests_of(Route::Poll);
    assert_eq!(polls.len(), 3);
    assert!(polls.iter().all(|poll| poll.header("authorization").is_none() && poll.header("npm-otp").is_none()));
    let sent = codes(&desk);
    assert!(sent.len() == 2 && sent[0].is_none() && sent[1].is_some(), "{sent:?}");
    // What the browser gave is a credential too.
    assert!(!ran.stdout.contains(sent[1].as_deref().unwrap()));

    let desk = asking(Otp::Web { polls: 1, retry_after: 1 });
    let start = Instant::now();
    let ran = at_a_terminal(desk.publishing(&["--timeout", "20"]), "").unwrap().run();
    assert_eq!((ran.code, desk.registry.count(Route::Poll)), (Some(0), 2), "{ran:?}");
    assert!(start.elapsed() >= Duration::from_secs(1), "it did not wait for as long as it was asked to");
}

#[test]
fn a_page_elsewhere_is_neither_asked_nor_shown() {
    for (auth_elsewhere, done_elsewhere) in [(false, true), (true, false), (true, true)] {
        let (desk, other) = (Desk::new(), Registry::start());
        let at = |elsewhere: bool| if elsewhere { other.url() } else { desk.registry.url() };
        let page = Answer::web_otp(
            &format!("{}auth/cli/1", at(auth_elsewhere)),
            &format!("{}-/v1/done?authId=1", at(done_elsewhere)),
        );
        desk.registry.fault(Route::Publish, Which::First(1), Fault::Answer(page));
        let Some(run) = at_a_terminal(desk.publishing(&["--timeout", "20"]), "") else { return };
        let ran = desk.told_nobody(run.run());
        assert_eq!((ran.code, desk.writes(), other.connections()), (Some(2), 1, vec![]), "{ran:?}");
        assert!(!ran.stdout.contains("auth/cli/1"), "{}", ran.stdout);
        assert_eq!((desk.last().as_str(), desk.registry.count(Route::Poll)), ("refused", 0));
    }
}

#[test]
fn a_browser_that_comes_to_nothing_ends_it() {
    let bad = |status| Fault::Answer(Answer::error(status, "gone"));
    for fault in [bad(404), bad(500), Fault::Answer(Answer::json(200, &serde_json::json!({}))), Fault::Half] {
        let desk = asking(Otp::Web { polls: 0, retry_after: 0 });
        desk.registry.fault(Route::Poll, Which::Every, fault);
        let Some(run) = at_a_terminal(desk.publishing(&["--timeout", "20"]), "") else { return };
        let ran = desk.told_nobody(run.run());
        assert_eq!((ran.code, desk.writes(), desk.last().as_str()), (Some(2), 1, "refused"), "{ran:?}");
    }
}
