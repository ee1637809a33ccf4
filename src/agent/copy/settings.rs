//! A repository's configuration → the few settings that say how it is stored and compared, and no others.

use std::collections::BTreeMap;

const SWITCH: &[&str] = &["true", "false"];

/// What is taken over, and the values that it may have. None of them names a program, a path or a host.
const KNOWN: &[(&str, &str, &[&str])] = &[
    ("core", "autocrlf", &["true", "false", "input"]),
    ("core", "eol", &["lf", "crlf", "native"]),
    ("core", "filemode", SWITCH),
    ("core", "ignorecase", SWITCH),
    ("core", "precomposeunicode", SWITCH),
    ("core", "sparsecheckout", SWITCH),
    ("core", "sparsecheckoutcone", SWITCH),
    ("core", "symlinks", SWITCH),
    ("extensions", "objectformat", &["sha1", "sha256"]),
    ("extensions", "refstorage", &["files", "reftable"]),
    ("index", "sparse", SWITCH),
];

/// Settings by section and name, in lower case.
#[derive(Default)]
pub(super) struct Settings(BTreeMap<(String, String), String>);

impl Settings {
    /// Reads on; what comes later counts. What spans lines or is escaped is none of ours.
    pub(super) fn read(&mut self, text: &str) {
        let mut section = String::new();
        for line in text.trim_start_matches('\u{feff}').lines() {
            let mut line = line.trim();
            if let Some((name, rest)) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
                section = name.trim().to_ascii_lowercase();
                line = rest.trim();
            }
            // A name alone means yes.
            let (name, value) = line.split_once('=').unwrap_or((line, "true"));
            let value =
                value.split(['#', ';']).next().unwrap_or_default().trim().trim_matches('"').to_ascii_lowercase();
            let value = match value.as_str() {
                "yes" | "on" | "1" => "true".to_owned(),
                "no" | "off" | "0" | "" => "false".to_owned(),
                _ => value,
            };
            self.0.insert((section.clone(), name.trim().to_ascii_lowercase()), value);
        }
    }

    pub(super) fn is(&self, section: &str, name: &str, value: &str) -> bool {
        self.0.get(&(section.to_owned(), name.to_owned())).is_some_and(|found| found == value)
    }

    /// The configuration of the copy; none if the repository is stored in a way that we don't know.
    pub(super) fn write(&self) -> Option<String> {
        // The copy's files are the same that git noted, though not by their numbers: size and time say so.
        let mut core = "\tbare = false\n\ttrustctime = false\n\tcheckstat = minimal\n".to_owned();
        let mut rest = String::new();
        for (section, name, values) in KNOWN {
            let Some(value) = self.0.get(&((*section).to_owned(), (*name).to_owned())) else { continue };
            match (*section, values.contains(&value.as_str())) {
                ("core", true) => core.push_str(&format!("\t{name} = {value}\n")),
                (_, true) => rest.push_str(&format!("[{section}]\n\t{name} = {value}\n")),
                ("extensions", false) => return None,
                (_, false) => {}
            }
        }
        let version = u8::from(rest.contains("[extensions]"));
        Some(format!("[core]\n\trepositoryformatversion = {version}\n{core}{rest}"))
    }
}
