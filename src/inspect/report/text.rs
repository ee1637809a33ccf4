//! Plain text and scripts → coverage lists, and code that was instrumented to measure coverage.

use super::Known;
use crate::inspect::TextKind;

/// The report that `text` is; `covered` says whether it may hold a word of coverage.
pub(super) fn known(text: &[u8], kind: TextKind, covered: impl Fn() -> bool) -> Option<Known> {
    let has = |needle: &str| memchr::memmem::find(text, needle.as_bytes()).is_some();
    let count = |needle: &str| memchr::memmem::find_iter(text, needle.as_bytes()).count();
    let plain = |what, files| Some(Known { what, files, texts: Vec::new() });
    if (text.starts_with(b"TN:") || text.starts_with(b"SF:")) && has("end_of_record") {
        return plain("coverage data", count("SF:"));
    }
    if kind == TextKind::Script {
        if !covered() {
            return None;
        }
        let measured = has("_coverageSchema") || has("__coverage__");
        // Tools that handle coverage speak of the same fields; only instrumented code fills them in.
        let filled = memchr::memmem::find_iter(text, b"statementMap").any(|at| {
            let behind = text.get(at + 12..text.len().min(at + 64)).unwrap_or_default();
            let plain: Vec<u8> =
                behind.iter().copied().filter(|b| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'')).collect();
            plain.starts_with(b":{0:{") || plain.starts_with(b":{1:{")
        });
        let instrumented = measured && filled && has("branchMap") && has("fnMap");
        return if instrumented {
            plain("code that was instrumented for coverage, with the path", count("statementMap"))
        } else {
            None
        };
    }
    let listed =
        kind != TextKind::Prose && text.len() < 16 << 20 && has("rendered: ") && has(".mjs:\n") | has(".js:\n");
    if listed { plain("a list of a bundle visualizer", count("rendered: ")) } else { None }
}
