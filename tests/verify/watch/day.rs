//! A day in one process: exactly the reports that are due, each once, with the right times.

use std::cell::{Cell, RefCell};
use std::time::{Duration, SystemTime};

use lastlook::agent::clock::Clock;
use lastlook::agent::watch::{Change, Ending, Report, State, Store, Tell, Watch};

use super::world::{CLOSED, DAY, EVERY, World, shown, targets, time};

/// What is to be told, in the order of the reports: when, of what, what happened to which thing, and between which looks.
pub const EXPECTED: &str = include_str!("expected.txt");

/// A clock that moves when somebody rests.
#[derive(Default)]
struct Made(Cell<Duration>);

impl Clock for Made {
    fn elapsed(&self) -> Duration {
        self.0.get()
    }

    fn now(&self) -> SystemTime {
        time(0) + self.0.get()
    }

    fn rest(&self, time: Duration) {
        self.0.set(self.0.get() + time);
    }

    fn chance(&self) -> u8 {
        0
    }
}

/// Takes reports, but for the hours when it is closed, and notes when.
struct Taker<'c>(&'c Made, RefCell<Vec<(u64, Report)>>, Cell<usize>);

impl Tell for &Taker<'_> {
    fn tell(&mut self, report: &Report) -> Result<(), String> {
        let minute = self.0.elapsed().as_secs() / 60;
        if CLOSED.contains(&minute) {
            self.2.set(self.2.get() + 1);
            return Err("closed".to_owned());
        }
        self.1.borrow_mut().push((minute, report.clone()));
        Ok(())
    }
}

/// A report in lines, one for each change.
pub fn lines(report: &Report) -> String {
    let Report { seq, time, target, verdict, denied, warned, policy_changed, changes, .. } = report;
    let policy = if *policy_changed { ", another policy" } else { "" };
    let head = format!("{seq} at {} {target}: {verdict}, {denied} denied, {warned} warned{policy}\n", shown(*time));
    let line = |change: &Change| {
        let Change { what, rule, level, version, place, message, since, .. } = change;
        let at = [version.as_deref().unwrap_or_default(), place].join(" ");
        let before = since.before.map_or("-".to_owned(), shown);
        let lasted = since.lasted.map_or(String::new(), |lasted| format!(", lasted {} min", lasted / 60));
        format!(
            "  {} {level} {rule} {}: {message} [{before} to {}, {} min ago{lasted}]{}\n",
            what.word(),
            at.trim(),
            shown(since.first),
            since.seconds / 60,
            if since.words.contains("comes and goes") { " wavers" } else { "" },
        )
    };
    head + &changes.iter().map(line).collect::<String>()
}

#[test]
fn over_a_day_each_change_is_told_once_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Made::default();
    let (mut keep, state) = Store::open(folder.path()).unwrap();
    assert_eq!(state, State::default());
    let taker = Taker(&clock, RefCell::default(), Cell::default());
    let targets = targets();
    let mut watch = Watch {
        targets: &targets,
        every: Duration::from_secs(EVERY * 60),
        look: &mut World(&clock),
        tell: &mut &taker,
        keep: &mut keep,
        clock: &clock,
        ending: &Ending::default(),
        say: &|_| {},
        state,
    };
    watch.run(&|| clock.elapsed() < Duration::from_secs(DAY * 60));
    assert!(watch.state.outbox().is_empty());
    let taken = taker.1.into_inner();
    let text: String = taken.iter().map(|(_, report)| lines(report)).collect();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verify/watch/expected.txt"), &text).unwrap();
    }
    assert_eq!(text, EXPECTED);
    let mut ids: Vec<&str> = taken.iter().map(|(_, report)| report.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), taken.len(), "a name stands for two reports");
    assert!(taken.iter().map(|(_, report)| report.seq).eq(1..=taken.len() as u64));
    // What came while nobody took it was told in its order once somebody did, and the rest at once.
    for (minute, report) in &taken {
        let made = (report.time.seconds() - taken[0].1.time.seconds()) / 60;
        let closed = CLOSED.contains(&made);
        assert!(
            if closed {
                CLOSED.end + 60 >= *minute && *minute >= CLOSED.end
            } else {
                *minute == made || made >= CLOSED.end && *minute <= CLOSED.end + 60
            },
            "{minute}: {report:?}"
        );
    }
    let refused = taker.2.get();
    assert!((4..=12).contains(&refused), "{refused} tries");
    eprintln!("{} rounds, {} reports, refused {refused} times", DAY / EVERY, taken.len());
}
