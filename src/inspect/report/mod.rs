//! Reports of bundlers, compilers and coverage tools → what they tell of the source, and the texts they hold.

mod json;
mod page;
mod text;

use super::carry::carry;
use super::marks::Mark;
use super::{Found, Inspector, Subject, TextKind};
use crate::model::{Carrier, Level, Rule};

const REPORT: Rule = Rule::fixed(
    "source/report",
    (Level::Deny, Level::Warn),
    "a report of the build with source or structure",
    "Statistics, coverage and build information list the original files, and many hold their text.",
    "write reports to a folder that does not ship, and name what does: \"files\": [\"dist\"]",
);

pub(super) struct Reports;

/// A report that was recognised.
#[derive(Debug, Default, PartialEq, Eq)]
struct Known {
    /// What it is.
    what: &'static str,
    /// How many original files it names.
    files: usize,
    /// The texts it holds, by name.
    texts: Vec<(String, String)>,
}

impl Inspector for Reports {
    fn rules(&self) -> Vec<Rule> {
        vec![REPORT]
    }

    fn inspect(&self, subject: &Subject<'_>, found: &mut Found<'_>) {
        let bytes = &*subject.text.bytes;
        let start = bytes.trim_ascii_start();
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let known = match start.first() {
            Some(b'{' | b'[') if subject.text.kind != TextKind::Script => json::known(start),
            Some(b'<') => page::known(start),
            _ => None,
        };
        let Some(known) =
            known.or_else(|| text::known(start, subject.text.kind, || subject.marks().any(Mark::Coverage)))
        else {
            return;
        };
        let texts = carry(found, Carrier::Report, None, &known.texts);
        let files = match known.files {
            0 => String::new(),
            1 => " of 1 file".to_owned(),
            many => format!(" of {many} files"),
        };
        let with = if texts { ", with their text" } else { "" };
        found.finding(&REPORT, None, format!("{}{files}{with}", known.what));
    }
}
