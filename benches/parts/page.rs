//! Tables → docs/performance.md, section by section.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A part of the page.
pub struct Section {
    pub title: &'static str,
    pub text: String,
}

/// A table of these columns.
pub fn table(columns: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells: Vec<&str> = cells.collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut out = line(&mut columns.iter().copied());
    out.push_str(&line(&mut columns.iter().enumerate().map(|(n, _)| if n == 0 { "---" } else { "---:" })));
    for row in rows {
        out.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    out
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn said(program: &str, word: &str) -> String {
    let output = Command::new(program).arg(word).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

/// When and where: a line below every heading.
pub fn machine() -> String {
    let field = |text: &str, key: &str| {
        let line = text.lines().find(|line| line.starts_with(key)).map(str::to_owned);
        line.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned())).unwrap_or_else(|| "?".to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = field(&read("/proc/cpuinfo"), "model name");
    let kib = field(&read("/proc/meminfo"), "MemTotal");
    let kib: u64 = kib.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    let busy = read("/proc/loadavg");
    let busy = busy.split(' ').next().unwrap_or("?");
    let (day, system) = (said("date", "+%F"), said("uname", "-s"));
    format!("{day}, {system}, {cores} cores of {model}, {} GB of memory, load {busy} at the start.", kib / 1_000_000)
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance.md")
}

/// Puts the sections in the place of the ones of the same title.
pub fn write(sections: &[Section]) {
    let old = std::fs::read_to_string(page()).expect("docs/performance.md is there");
    let mut parts: Vec<String> = Vec::new();
    for (n, part) in old.split("\n## ").enumerate() {
        parts.push(if n == 0 { part.to_owned() } else { format!("## {part}") });
    }
    for section in sections {
        let new = format!("## {}\n\n{}", section.title, section.text.trim_end());
        let head = format!("## {}\n", section.title);
        match parts.iter_mut().find(|part| part.starts_with(&head)) {
            Some(part) => *part = new,
            None => parts.push(new),
        }
    }
    let text: Vec<&str> = parts.iter().map(|part| part.trim_end()).collect();
    std::fs::write(page(), text.join("\n\n") + "\n").unwrap();
}
