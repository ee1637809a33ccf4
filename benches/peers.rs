//! `cargo bench --bench peers`: lastlook beside other programs: how long, how much memory, what each reports, how cost grows.
//!
//! `benches/peers` installs them; what is missing is said and skipped. `-- corpus planted` measures these sections alone,
//! `-- --write` puts what came out into docs/performance.md.
#![allow(
    unreachable_pub,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test or a bench that fails should say so at once"
)]

#[path = "parts/cases.rs"]
mod cases;
#[path = "parts/findings.rs"]
mod findings;
#[path = "../fixtures/make.rs"]
mod make;
#[path = "parts/measure.rs"]
mod measure;
#[path = "parts/page.rs"]
mod page;
#[path = "parts/peers.rs"]
mod peers;
#[path = "parts/planted.rs"]
mod planted;

use std::path::Path;
use std::time::Duration;

use cases::Case;
use findings::Reviewed;
use measure::{Job, Measured, interleaved, megabytes, shown};
use page::{Section, machine, table};
use peers::{PEERS, lastlook};

/// The word that asks for a section, its title, and what makes it.
type Part = (&'static str, &'static str, fn() -> Option<String>);

/// All sections.
const SECTIONS: &[Part] = &[
    ("start", "Start", start),
    ("leak", "One large map", || Some(beside(Case::leak()))),
    ("many", "Many small files", || Some(beside(Case::many()))),
    ("executable", "A program", || Case::executable().map(beside)),
    ("hundred", "100 packages", || Case::hundred().map(beside)),
    ("corpus", "26 real packages", || Case::corpus().map(beside)),
    ("findings", "What each reports", found),
    ("planted", "Planted secrets", recall),
    ("growth", "How cost grows", || Some(growth())),
];

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let write = asked.iter().any(|word| word == "--write");
    let named: Vec<&String> = asked.iter().filter(|word| !word.starts_with('-')).collect();
    if let Some(word) = named.iter().find(|word| !SECTIONS.iter().any(|(name, ..)| name == *word)) {
        let names: Vec<&str> = SECTIONS.iter().map(|(name, ..)| *name).collect();
        panic!("no section is called {word}: {}", names.join(", "));
    }
    for (name, title, measure) in SECTIONS {
        if !named.is_empty() && !named.iter().any(|word| word == name) {
            continue;
        }
        let line = machine();
        let Some(text) = measure() else {
            println!("SKIPPED: {title}: its packages are not there; run benches/peers");
            continue;
        };
        let text = format!("`cargo bench --bench peers -- {name}`: {line}\n\n{text}");
        println!("## {title}\n\n{text}");
        if write {
            page::write(&[Section { title, text }]);
        }
    }
}

/// lastlook and every peer on the same packages.
fn beside(case: Case) -> String {
    case.unpack();
    let mut jobs = vec![lastlook(&case.archives, &[])];
    let mut does = vec!["reads, unpacks and audits everything"];
    jobs.push(Job { name: "lastlook, one core".into(), ..lastlook(&case.archives, &[]).on("0") });
    does.push("the same");
    let mut missing = Vec::new();
    for peer in PEERS {
        let Some(job) = peer.job(&case.archives, &case.unpacked) else {
            missing.push(peer.name);
            continue;
        };
        if peer.name == "libdeflate-gunzip" && case.archives.len() > 1 {
            jobs.push(Job { name: format!("{}, one core", peer.name), ..job.on("0") });
            does.push("inflates, one after the other");
        } else {
            jobs.push(job);
            does.push(peer.does);
        }
    }
    let measured = interleaved(&jobs);
    let ours = measured[0].time.expect("lastlook ends in time");
    let rows: Vec<Vec<String>> = measured.iter().zip(does).map(|(one, does)| row(one, does, ours)).collect();
    let columns = ["program", "what it does", "time", "lastlook takes", "memory", "runs"];
    let mut text = format!("{}.\n\n{}", case.title, table(&columns, &rows));
    if !missing.is_empty() {
        text.push_str(&format!("\nSKIPPED, not installed: {}.\n", missing.join(", ")));
    }
    text
}

fn row(one: &Measured, does: &str, ours: Duration) -> Vec<String> {
    let time = one.time.map_or_else(|| "over 60 s".to_owned(), shown);
    let ratio = one.time.map_or_else(|| "-".to_owned(), |time| times(ours.as_secs_f64() / time.as_secs_f64()));
    let memory = one.memory.map_or_else(|| "?".to_owned(), megabytes);
    vec![one.name.clone(), does.to_owned(), time, ratio, memory, one.runs.to_string()]
}

fn times(ratio: f64) -> String {
    if ratio < 0.1 { format!("{ratio:.3} ×") } else { format!("{ratio:.2} ×") }
}

/// Starting, and the size of the program.
fn start() -> Option<String> {
    let binary = env!("CARGO_BIN_EXE_lastlook");
    let tiny = cases::made("tiny.tgz", || {
        make::tgz([("package.json", &br#"{"name":"tiny","version":"1.0.0"}"#[..]), ("index.js", b"export {};\n")])
    });
    let here = tiny.parent().unwrap();
    let jobs = [
        Job::new("true", here, ["true"]),
        Job::new("lastlook --help", here, [binary, "--help"]),
        Job { name: "lastlook audit, two small files".into(), ..lastlook(std::slice::from_ref(&tiny), &[]) },
        Job::new("node -e 0", here, ["node", "-e", "0"]),
    ];
    let rows: Vec<Vec<String>> = interleaved(&jobs)
        .iter()
        .map(|one| {
            vec![
                one.name.clone(),
                one.time.map_or_else(String::new, shown),
                one.memory.map_or_else(String::new, megabytes),
            ]
        })
        .collect();
    let size = std::fs::metadata(binary).unwrap().len();
    Some(format!("{}\nThe program is one file of {}.\n", table(&["command", "time", "memory"], &rows), megabytes(size)))
}

/// What each scanner finds in real packages, and what of it is a secret.
fn found() -> Option<String> {
    let reviewed = Reviewed::read();
    let (corpus, all) = (Case::corpus()?, Case::hundred()?);
    all.unpack();
    let reports = findings::reports(&all.archives, &all.unpacked, Duration::from_secs(30));
    let few = corpus.archives.iter().map(|file| peers::stem(file)).collect();
    let few: Vec<findings::Report> = reports.iter().map(|report| report.within(&few)).collect();
    let mut text = FOUND.to_owned();
    for (title, reports) in [(corpus.title, &few), (all.title, &reports)] {
        let rows: Vec<Vec<String>> = reports
            .iter()
            .map(|report| {
                let real = reviewed.real.iter().filter(|secret| secret.among(&report.found)).count();
                let (harmless, open) = report.others(&reviewed);
                for finding in open.iter().take(40) {
                    println!("not reviewed: {}: {} {}", report.tool, finding.place, finding.says);
                }
                let counts = [report.found.len(), real, harmless.len(), open.len(), report.cut.len()];
                std::iter::once(report.tool.clone()).chain(counts.iter().map(usize::to_string)).collect()
            })
            .collect();
        let columns = ["tool", "findings", "secrets", "harmless", "not reviewed", "packages it did not end"];
        text.push_str(&format!("{}:\n\n{}\n", title.replace(" in one command", ""), table(&columns, &rows)));
    }
    Some(text + &named(&reviewed, &few))
}

const FOUND: &str = "\
Every finding in the real packages was looked at by a person (`benches/reviewed.toml`): *secrets* counts those that are one, each once;
*findings* counts places. A package that a tool did not end in 30 s is not counted for it.

";

/// Which tool finds which secret.
fn named(reviewed: &Reviewed, reports: &[findings::Report]) -> String {
    let mut columns = vec!["secret"];
    columns.extend(reports.iter().map(|report| report.tool.as_str()));
    let rows: Vec<Vec<String>> = reviewed
        .real
        .iter()
        .map(|secret| {
            let said = reports.iter().map(|report| if secret.among(&report.found) { "yes" } else { "no" }.to_owned());
            std::iter::once(secret.what.clone()).chain(said).collect()
        })
        .collect();
    format!("{}\n", table(&columns, &rows))
}

const PLANTED: &str = "\
One package with made-up secrets, each in a file of its own: plain, as a source in a map, in a zip, in a tarball in a zip, and as base64 in a
script. Their forms are those that their issuers document or use; that we wrote down which ones is in our favour. *False alarms*
are files with hashes, public keys, placeholders and the like. detect-secrets passes over every `.map`, and takes any base64 for a
secret. ";

/// How many of the planted secrets each scanner finds.
fn recall() -> Option<String> {
    let (bytes, plants, decoys) = planted::package();
    let path = cases::folder().join("made/planted.tgz");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    let case = Case::new("planted", "planted", vec![path]);
    let _ = std::fs::remove_dir_all(&case.unpacked);
    case.unpack();
    let kinds = plants.len() / planted::FORMS.len();
    let mut columns = vec!["tool"];
    columns.extend(planted::FORMS);
    columns.push("false alarms");
    let (mut rows, mut misses) = (Vec::new(), String::new());
    for report in findings::reports(&case.archives, &case.unpacked, Duration::from_secs(60)) {
        let places: Vec<String> = report.found.into_iter().map(|found| found.place).collect();
        let missed = planted::missed(&plants, &places);
        let counts = planted::FORMS.map(|form| (kinds - missed[form].len()).to_string());
        let false_alarms = decoys.len() - planted::missed(&decoys, &places)["harmless"].len();
        let last = format!("{false_alarms} of {}", decoys.len());
        rows.push(std::iter::once(report.tool.clone()).chain(counts).chain([last]).collect());
        let plain = &missed["plain"];
        if !plain.is_empty() && plain.len() < kinds {
            misses.push_str(&format!("- {} misses, in plain files: {}\n", report.tool, plain.join(", ")));
        }
    }
    Some(format!("{PLANTED}{kinds} kinds, one of each in each form.\n\n{}\n{misses}", table(&columns, &rows)))
}

/// What more packages, more bytes and another thread cost.
fn growth() -> String {
    let packages: Vec<(String, Vec<_>)> =
        [1, 10, 100, 1000].map(|count| (format!("{count} packages of 120 kB"), cases::alike(count))).into();
    let sizes = [1, 10, 100, 1000].map(|mb| (format!("one package of {mb} MB"), vec![cases::large(mb)]));
    let mut rows = Vec::new();
    for (name, archives) in packages.into_iter().chain(sizes) {
        let jobs =
            ["1", "2"].map(|threads| Job { name: threads.into(), ..lastlook(&archives, &["--threads", threads]) });
        let measured = interleaved(&jobs);
        let cell = |one: &Measured| one.time.map_or_else(|| "over 60 s".to_owned(), shown);
        let memory = measured[1].memory.map_or_else(String::new, megabytes);
        let gain = measured[0]
            .time
            .zip(measured[1].time)
            .map_or_else(String::new, |(one, two)| format!("{:.2} ×", one.as_secs_f64() / two.as_secs_f64()));
        let size: u64 = archives.iter().map(|path: &std::path::PathBuf| size(path)).sum();
        rows.push(vec![name, megabytes(size), cell(&measured[0]), cell(&measured[1]), gain, memory]);
    }
    table(&["what", "packed", "1 thread", "2 threads", "faster by", "memory, 2 threads"], &rows)
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}
