//! WebAssembly modules → the maps and debug files they point to, and what they say of the code they were made from.

use wasmparser::{CustomSectionReader, Parser, Payload};

use super::{Found, Inspector, Subject, map, native};
use crate::model::Rule;

pub(super) struct Wasm;

impl Inspector for Wasm {
    fn rules(&self) -> Vec<Rule> {
        Vec::new() // shared with native binaries
    }

    fn inspect(&self, subject: &Subject<'_>, found: &mut Found<'_>) {
        if !subject.bytes.starts_with(b"\0asm") {
            return;
        }
        let mut debug = native::Sections::default();
        // What can not be parsed further is no module any engine runs; as text it is searched all the same.
        for payload in Parser::new(0).parse_all(subject.bytes).map_while(Result::ok) {
            if let Payload::CustomSection(section) = payload {
                custom(&section, &mut debug, found);
            }
        }
        debug.report(found);
    }
}

fn custom(section: &CustomSectionReader<'_>, debug: &mut native::Sections, found: &mut Found<'_>) {
    match section.name() {
        "sourceMappingURL" => map::section(text(section.data()), found),
        "external_debug_info" => {
            let url = text(section.data());
            if map::is_remote(&String::from_utf8_lossy(url)) {
                map::section(url, found);
            }
            debug.beside(&String::from_utf8_lossy(url));
        }
        "name" => debug.add("name", section.data().len()),
        name if name.starts_with(".debug_") || name.starts_with("reloc..debug_") => {
            debug.add(name, section.data().len());
        }
        _ => {}
    }
}

/// A text behind its length; where the length does not fit, all of it.
fn text(data: &[u8]) -> &[u8] {
    let mut len = 0_usize;
    for (at, byte) in data.iter().take(5).enumerate() {
        len |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return data.get(at + 1..).filter(|rest| rest.len() == len).unwrap_or(data);
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn a_text_is_read_with_and_without_its_length() {
        assert_eq!(text(b"\x05a.map"), b"a.map");
        assert_eq!(text(b"a.map"), b"a.map");
        assert_eq!(text(b"\x85\x00a.map"), b"a.map");
        assert_eq!(text(b""), b"");
    }
}
