//! Archives, and what each reader lays down of them, against what is seen.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::compare::{differs, missed, unseen};
use crate::grammar::{Case, Class};
use crate::laid::Laid;
use crate::seen::{Eyes, Seen};

/// Reads a number, or whatever it is, that says how much is tried.
pub fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// Whether everything is tried, which takes a while.
pub fn is_whole() -> bool {
    setting::<String>("LASTLOOK_INSTALLERS").is_some_and(|value| value == "all")
}

/// Which cases are tried: `some` of them, or many.
pub fn numbers(some: usize, many: usize) -> std::ops::Range<usize> {
    let first = setting("LASTLOOK_INSTALLERS_FROM").unwrap_or(0);
    first..first + setting("LASTLOOK_INSTALLERS_CASES").unwrap_or(if is_whole() { many } else { some })
}

/// Whoever is asked what it lays down.
pub trait Asked: Send + Sync {
    fn name(&self) -> &'static str;
    /// Whether it only lists, and would not leave out what installers do.
    fn lists(&self) -> bool;
    /// Of how many archives it is shown one: some are slow.
    fn share(&self) -> usize;
    fn read(&self, files: &[PathBuf]) -> Vec<Laid>;
}

/// What a reader laid down of each archive that it was shown.
pub struct Answers {
    pub name: &'static str,
    lists: bool,
    share: usize,
    laid: Vec<Laid>,
}

impl Answers {
    pub fn of(&self, at: usize) -> Option<&Laid> {
        at.is_multiple_of(self.share).then(|| &self.laid[at / self.share])
    }
}

/// Archives on disk; where somebody names a folder for them, they stay there.
pub struct Shelf {
    made: tempfile::TempDir,
    pub files: Vec<PathBuf>,
}

impl Shelf {
    fn kept() -> Option<PathBuf> {
        setting("LASTLOOK_INSTALLERS_FOLDER")
    }

    pub fn new(cases: &[Case], ending: &str) -> Self {
        let made = tempfile::tempdir().unwrap();
        let folder = Self::kept().unwrap_or_else(|| made.path().to_owned());
        let write = |case: &Case| {
            let path = folder.join(format!("case-{:05}.{ending}", case.number));
            std::fs::write(&path, &case.bytes).unwrap();
            path
        };
        Self { files: cases.iter().map(write).collect(), made }
    }

    /// Asks every reader, side by side, for its share.
    pub fn ask(&self, readers: &[Box<dyn Asked>]) -> Vec<Answers> {
        self.ask_for(readers, |reader| if is_whole() { 1 } else { reader.share() })
    }

    /// Asks every reader for all.
    pub fn ask_all(&self, readers: &[Box<dyn Asked>]) -> Vec<Answers> {
        self.ask_for(readers, |_| 1)
    }

    fn ask_for(&self, readers: &[Box<dyn Asked>], share: impl Fn(&dyn Asked) -> usize + Sync) -> Vec<Answers> {
        assert!(self.made.path().exists());
        let one = |reader: &dyn Asked| {
            let share = share(reader);
            let files: Vec<PathBuf> = self.files.iter().step_by(share).cloned().collect();
            Answers { name: reader.name(), lists: reader.lists(), share, laid: asked(reader, &files) }
        };
        std::thread::scope(|scope| {
            let running: Vec<_> = readers
                .iter()
                .map(|reader| {
                    let one = &one;
                    scope.spawn(move || one(&**reader))
                })
                .collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    }
}

/// What a reader laid down; where the archives are kept, it is asked only once.
fn asked(reader: &dyn Asked, files: &[PathBuf]) -> Vec<Laid> {
    let kept = Shelf::kept().map(|folder| {
        let sum = |path: &Path| crc32fast::hash(&std::fs::read(path).unwrap());
        let all = files.iter().fold(0, |all: u32, file| all.rotate_left(5) ^ sum(file));
        folder.join(format!("{}-{all:08x}.jsonl", reader.name()))
    });
    if let Some(text) = kept.as_ref().and_then(|path| std::fs::read_to_string(path).ok()) {
        return text.lines().map(Laid::parse).collect();
    }
    let started = Instant::now();
    let laid = reader.read(files);
    println!("{}: {} archives in {:.1?}", reader.name(), laid.len(), started.elapsed());
    if let Some(path) = kept {
        std::fs::write(path, laid.iter().map(|laid| laid.line() + "\n").collect::<String>()).unwrap();
    }
    laid
}

/// What went wrong, by kind, reader and what was done to the archive.
#[derive(Default)]
pub struct Faults(BTreeMap<(&'static str, String, String), Vec<String>>);

impl Faults {
    pub fn add(&mut self, kind: &'static str, reader: &str, case: &Case, seen: &Seen, what: &str) {
        let said: Vec<String> = seen.said.iter().map(|text| text.chars().take(160).collect()).collect();
        let text = format!("case {} {:?}: {what}\n      {said:?}\n      {:?}", case.number, case.class, seen.short());
        let what = what.split(':').next().unwrap_or_default();
        self.0.entry((kind, format!("{reader}: {what}"), format!("{:?}", case.traits))).or_default().push(text);
    }

    /// Fails if there are any.
    #[track_caller]
    pub fn settle(&self) {
        for ((kind, reader, traits), texts) in &self.0 {
            println!("{kind}, {reader} after {traits}: {} times\n    {}", texts.len(), texts[0]);
        }
        assert!(self.0.is_empty(), "{} kinds of faults", self.0.len());
    }
}

/// How it went.
#[derive(Default)]
pub struct Score {
    pub faults: Faults,
    /// In how many archives a plain reader misses something without a word.
    pub control: usize,
    verdicts: BTreeMap<(Class, &'static str), usize>,
    /// In how many that lastlook calls incomplete it does not name all either.
    unnamed: usize,
}

impl Score {
    /// Compares what was laid down with what is seen, and with what a plain reader sees.
    pub fn of(cases: &[Case], name: &str, all: &[Answers], plain: impl Fn(&[u8]) -> Laid) -> Self {
        let eyes = Eyes::new();
        let mut score = Self::default();
        for (at, case) in cases.iter().enumerate() {
            score.one(case, &eyes.see(name, &case.bytes), &Seen::by(&plain(&case.bytes)), at, all);
        }
        println!("{:?}", score.verdicts);
        println!(
            "a plain reader misses something in {}; incomplete, and not all named: {}",
            score.control, score.unnamed
        );
        score
    }

    fn one(&mut self, case: &Case, seen: &Seen, plain: &Seen, at: usize, all: &[Answers]) {
        let is_plain = case.class == Class::Plain;
        let verdict = match (seen.incomplete, seen.odd.is_empty()) {
            (true, _) => "incomplete",
            (false, true) => "sound",
            (false, false) => "denied",
        };
        *self.verdicts.entry((case.class, verdict)).or_default() += 1;
        if is_plain && verdict != "sound" {
            self.faults.add("false alarm", "lastlook", case, seen, "");
        }
        let (mut lost, mut unnamed) = (false, false);
        for answers in all {
            let Some(laid) = answers.of(at) else { continue };
            if let Some(what) = missed(seen, laid).first() {
                self.faults.add("missed", answers.name, case, seen, what);
            }
            let other = differs(seen, laid).filter(|_| verdict == "sound" && !answers.lists && laid.error.is_none());
            if let Some(what) = other {
                self.faults.add("differs", answers.name, case, seen, &what);
            }
            if let Some(why) = laid.error.as_ref().filter(|_| is_plain) {
                self.faults.add("refused", answers.name, case, seen, why);
            }
            lost |= !missed(plain, laid).is_empty();
            unnamed |= seen.incomplete && !unseen(seen, laid).is_empty();
        }
        self.control += usize::from(lost);
        self.unnamed += usize::from(unnamed);
    }
}
