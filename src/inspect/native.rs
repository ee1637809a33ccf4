//! Native binaries → their debug sections, symbol tables and what they say of debug files.

use object::read::macho::{FatArch as _, MachOFatFile32, MachOFatFile64};
use object::{Object as _, ObjectSection as _};

use super::{Found, Inspector, Subject};
use crate::model::{Level, Rule};

const DEBUG_INFO: Rule = Rule::fixed(
    "source/debug-info",
    (Level::Warn, Level::Allow),
    "debug information or symbol names in a binary",
    "They tell the names of functions and files of the code it was made from, and often where it was built.",
    "strip the release build: strip --strip-unneeded, -C strip=symbols, wasm-opt --strip-debug, wasm-bindgen without --keep-debug",
);

pub(super) struct Native;

impl Inspector for Native {
    fn rules(&self) -> Vec<Rule> {
        vec![DEBUG_INFO]
    }

    fn inspect(&self, subject: &Subject<'_>, found: &mut Found<'_>) {
        let bytes = subject.bytes;
        let mut sections = Sections::default();
        match bytes {
            [0x7f, b'E', b'L', b'F', ..] | [b'M', b'Z', ..] | [0xfe, 0xed, 0xfa, _, ..] | [_, 0xfa, 0xed, 0xfe, ..] => {
                sections.read(bytes);
            }
            [0xca, 0xfe, 0xba, 0xbe, ..] => {
                let fat = MachOFatFile32::parse(bytes).ok();
                for part in fat.iter().flat_map(MachOFatFile32::arches).filter_map(|part| part.data(bytes).ok()) {
                    sections.read(part);
                }
            }
            [0xca, 0xfe, 0xba, 0xbf, ..] => {
                let fat = MachOFatFile64::parse(bytes).ok();
                for part in fat.iter().flat_map(MachOFatFile64::arches).filter_map(|part| part.data(bytes).ok()) {
                    sections.read(part);
                }
            }
            _ if bytes.starts_with(b"Microsoft C/C++ MSF 7.00\r\n\x1aDS\0") || is_portable_pdb(bytes) => {
                sections.add("PDB", bytes.len());
            }
            _ => return,
        }
        sections.report(found);
    }
}

/// A debug file of .NET. The same mark begins the metadata inside every .NET program.
fn is_portable_pdb(bytes: &[u8]) -> bool {
    bytes.starts_with(b"BSJB")
        && memchr::memmem::find(bytes.get(..256.min(bytes.len())).unwrap_or_default(), b"#Pdb").is_some()
}

/// The sections of a binary that tell of its source.
#[derive(Default)]
pub(super) struct Sections {
    names: Vec<String>,
    bytes: u64,
    beside: Vec<String>,
}

impl Sections {
    pub(super) fn add(&mut self, name: &str, bytes: usize) {
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
        self.bytes = self.bytes.saturating_add(bytes as u64);
    }

    /// A debug file that is named.
    pub(super) fn beside(&mut self, path: &str) {
        self.beside.push(path.chars().take(160).collect());
    }

    fn read(&mut self, bytes: &[u8]) {
        // What does not parse is no program any system loads; as text it is searched all the same.
        let Ok(file) = object::File::parse(bytes) else { return };
        for section in file.sections() {
            let Ok(name) = section.name() else { continue };
            let debug = [".debug_", ".zdebug_", "__debug_", "__zdebug_", ".gnu_debugdata", ".stab"];
            if debug.iter().any(|start| name.starts_with(start)) || name == ".symtab" {
                self.add(name, usize::try_from(section.size()).unwrap_or(usize::MAX));
            }
        }
        if let Ok(Some(pdb)) = file.pdb_info() {
            self.beside(&String::from_utf8_lossy(pdb.path()));
        }
    }

    /// One finding for all of them.
    pub(super) fn report(self, found: &mut Found<'_>) {
        if !self.names.is_empty() {
            let shown = self.names.iter().take(4).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if self.names.len() > 4 { format!(" and {} more", self.names.len() - 4) } else { String::new() };
            let message = format!("{shown}{more}: {} bytes about the code it was made from", self.bytes);
            "sections".clone_into(&mut found.finding(&DEBUG_INFO, None, message).key);
        }
        for path in self.beside {
            let finding = found.finding(&DEBUG_INFO, None, format!("names its debug file: {path}"));
            finding.key = path;
        }
    }
}
