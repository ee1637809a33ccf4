//! The targets of the fuzzer on a stable toolchain: every seed, every input that once broke something, and a short run.
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

#[path = "../../fixtures/make.rs"]
mod make;
#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use make::Dice;
use targets::{TARGETS, prepare, run};

/// How many seconds the short run takes in all; FUZZ_SECONDS in the environment makes a longer one of it.
const SHORT: u32 = 20;

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(kind)
}

/// The inputs that are kept for a target, in order.
fn kept(kind: &str, target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let Ok(entries) = std::fs::read_dir(folder(kind).join(target)) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// Whether a target holds; what broke it is kept where it can be found.
fn holds(target: &str, from: &str, bytes: &[u8]) -> bool {
    let began = Instant::now();
    let held = std::panic::catch_unwind(|| run(target, bytes)).is_ok() && began.elapsed() < Duration::from_secs(10);
    if !held {
        let path = std::env::temp_dir().join(format!("lastlook-fuzz-{target}"));
        std::fs::write(&path, bytes).unwrap();
        eprintln!("{target} broke after {:?} on {from}: see {}", began.elapsed(), path.display());
    }
    held
}

#[test]
fn every_folder_of_inputs_belongs_to_a_target_that_the_fuzzer_and_the_readme_know() {
    let manifest = std::fs::read_to_string(folder("Cargo.toml")).unwrap();
    let readme = std::fs::read_to_string(folder("README.md")).unwrap();
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert!(names.is_sorted(), "{names:?}");
    for name in &names {
        let file = std::fs::read_to_string(folder("fuzz_targets").join(format!("{name}.rs"))).unwrap();
        assert!(file.contains(&format!("run({name:?}, bytes)")), "{file}");
        assert!(manifest.contains(&format!("name = {name:?}")), "fuzz/Cargo.toml lacks {name}");
        assert!(readme.contains(&format!("| `{name}` |")), "fuzz/README.md lacks {name}");
        assert!(!kept("seeds", name).is_empty(), "{name} has no seeds");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), names.len());
    for kind in ["seeds", "crashes"] {
        for entry in std::fs::read_dir(folder(kind)).into_iter().flatten() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(names.contains(&name.as_str()), "fuzz/{kind}/{name} has no target");
        }
    }
}

#[test]
fn what_once_broke_something_and_every_seed_hold() {
    let mut broken = Vec::new();
    for (name, _) in TARGETS {
        let mut inputs: Vec<_> = ["crashes", "seeds"].into_iter().flat_map(|kind| kept(kind, name)).collect();
        inputs.push((PathBuf::from("nothing"), Vec::new()));
        inputs.retain(|(path, bytes)| !holds(name, &path.display().to_string(), bytes));
        broken.extend(inputs.into_iter().map(|(path, _)| (name, path)));
    }
    assert!(broken.is_empty(), "{broken:?}");
}

/// The same noise on every machine; a slow one gets less far in it. A longer run is one of other noise.
#[test]
fn noise_out_of_every_seed_breaks_nothing() {
    let asked = std::env::var("FUZZ_SECONDS").ok().map(|text| text.parse::<u32>().unwrap());
    let each = Duration::from_secs(asked.unwrap_or(SHORT).into()) / u32::try_from(TARGETS.len()).unwrap();
    let most = if asked.is_some() { usize::MAX } else { 3000 };
    let salt = asked.map_or(0, |_| Instant::now().elapsed().as_nanos() as u64 ^ u64::from(std::process::id()) << 20);
    prepare();
    let mut broken = Vec::new();
    for (name, _) in TARGETS {
        let seeds: Vec<Vec<u8>> =
            ["crashes", "seeds"].into_iter().flat_map(|kind| kept(kind, name)).map(|(_, bytes)| bytes).collect();
        let mut dice = Dice::new(salt ^ name.bytes().map(u64::from).sum::<u64>());
        let began = Instant::now();
        let mut round = 0;
        while began.elapsed() < each && round / seeds.len() < most {
            let mut bytes = seeds[round % seeds.len()].clone();
            for _ in 0..=dice.below(4) {
                mutate(&mut dice, &seeds, &mut bytes);
            }
            round += 1;
            if !holds(name, &format!("round {round}"), &bytes) {
                broken.push(name);
                break;
            }
        }
        println!("{name}: {round} rounds over {} inputs", seeds.len());
    }
    assert!(broken.is_empty(), "{broken:?}");
}

/// Numbers and words that parsers trip over.
const ODD: &[&[u8]] = &[
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\x80",
    b"\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\"",
    b"'",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b"\n",
    b"\r",
    b"\\u",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"-1",
    b"99999999999999999999",
    b"1e309",
    b"null",
    b"../",
    b"%00",
    b"$(",
    b"`",
];

fn mutate(dice: &mut Dice, seeds: &[Vec<u8>], bytes: &mut Vec<u8>) {
    let at = dice.below(bytes.len() + 1);
    let span = at..(at + dice.below(17)).min(bytes.len());
    match dice.below(7) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = dice.next() as u8;
            }
        }
        2 => drop(bytes.splice(at..at, ODD[dice.below(ODD.len())].iter().copied())),
        3 => {
            let odd = ODD[dice.below(ODD.len())];
            let end = (at + odd.len()).min(bytes.len());
            drop(bytes.splice(at..end, odd.iter().copied()));
        }
        4 => drop(bytes.drain(span)),
        5 => {
            let again = bytes[span].to_vec();
            drop(bytes.splice(at..at, again));
        }
        _ => {
            let other = &seeds[dice.below(seeds.len())];
            let from = dice.below(other.len() + 1);
            let end = (from + dice.below(64)).min(other.len());
            drop(bytes.splice(at..at, other[from..end].iter().copied()));
        }
    }
}
