//! Bundles that still name their modules in comments or keys.

use super::bits::{self, Lines};
use super::marks::Mark;
use super::{Found, Inspector, Subject, TextKind};
use crate::model::{Level, Position, Rule};

const MODULE_PATHS: Rule = Rule::fixed(
    "source/module-paths",
    (Level::Warn, Level::Allow),
    "a bundle that still names its modules",
    "The names tell how the project is built: its files, folders and dependencies.",
    "minify the release build (esbuild --minify, Vite build.minify, webpack mode: \"production\"), or drop comments from it",
);

pub(super) struct Modules;

/// A module that is named.
struct Named<'t> {
    at: usize,
    path: &'t str,
    /// Whether only bundlers write it like this.
    sure: bool,
}

impl Inspector for Modules {
    fn rules(&self) -> Vec<Rule> {
        vec![MODULE_PATHS]
    }

    fn inspect(&self, subject: &Subject<'_>, found: &mut Found<'_>) {
        let text = &*subject.text.bytes;
        if subject.text.kind != TextKind::Script {
            return;
        }
        let mut named = Vec::new();
        begun(text, |at| named.extend(in_line(text.get(at..).unwrap_or_default(), at)));
        named.extend(in_calls(text, subject.marks().each(text, Mark::Asked)));
        // Some people write the name of a file into its first line. One such line says nothing more.
        let sure = named.iter().any(|named| named.sure);
        let Some(first) = named.first().filter(|_| sure || named.len() > 1) else { return };
        let foreign = |path: &str| path.split('/').any(|part| part == "node_modules");
        let shown = named.iter().find(|named| !foreign(named.path)).unwrap_or(first);
        let (position, path) = (Position::of(text, shown.at), shown.path.to_owned());
        let plural = if named.len() == 1 { "module is" } else { "modules are" };
        found.finding(&MODULE_PATHS, Some(position), format!("{} {plural} named, such as {path}", named.len()));
    }
}

/// Calls `found` with where each line begins that a bundler may have written, but for its blanks.
fn begun(text: &[u8], mut found: impl FnMut(usize)) {
    // Whether the line before has just ended, or what there is of this one so far is blank.
    let mut fresh = true;
    bits::each(text, 0..text.len(), |at, Lines { feeds, blanks, marks }| {
        let starts = feeds << 1 | u64::from(fresh);
        // Adding to the first bit of blanks side by side carries over to the byte behind them.
        let (sum, over) = blanks.overflowing_add(starts & blanks);
        let firsts = (starts | sum) & !blanks;
        fresh = over || feeds >> 63 == 1;
        let mut rest = firsts & marks;
        while rest != 0 {
            found(at + rest.trailing_zeros() as usize);
            rest &= rest - 1;
        }
    });
}

/// Bundlers write short lines, and most of what is minified has none.
const SHORT: usize = 512;

/// The module that the line at the start of `text` names, which begins with what is no blank.
fn in_line(text: &[u8], at: usize) -> Option<Named<'_>> {
    let first = *text.first()?;
    // Most lines that begin with these are told by what follows.
    let second = text.get(1)?;
    let told = match first {
        b'/' | b';' => matches!(second, b'/' | b'*'),
        b'!' => *second == b'*',
        b'_' => *second == b'_',
        b'}' => *second == b',',
        _ => true,
    };
    if !told {
        return None;
    }
    let near = text.get(..text.len().min(2 * SHORT)).unwrap_or_default();
    let bare = near.get(..memchr::memchr(b'\n', near).unwrap_or(near.len()))?.trim_ascii_end();
    if bare.len() >= SHORT {
        return None;
    }
    let (path, sure) = match first {
        b';' => {
            let rest = bare.strip_prefix(b";//")?.trim_ascii_start();
            module_path(rest.strip_prefix(b"CONCATENATED MODULE: ").unwrap_or(rest)).map(|path| (path, true))?
        }
        b'/' => {
            if let Some(rest) = bare.strip_prefix(b"//#region ") {
                module_path(rest).map(|path| (path, true))?
            } else if let Some(rest) = bare.strip_prefix(b"// CONCATENATED MODULE: ") {
                module_path(rest).map(|path| (path, true))?
            } else if let Some(rest) = bare.strip_prefix(b"// ") {
                let path = module_path(rest).filter(|path| path.contains('/'))?;
                (path, false)
            } else {
                let rest = bare.strip_prefix(b"/***/")?.trim_ascii_start().strip_prefix(b"\"")?;
                module_path(rest.get(..memchr::memchr(b'"', rest)?)?).map(|path| (path, true))?
            }
        }
        b'!' => (module_path(bare.strip_prefix(b"!*** ")?.strip_suffix(b" ***!")?)?, true),
        // A table of modules: "src/a.ts"() { … or "src/a.js"(exports, module) { …
        b'"' => {
            let rest = bare.get(1..)?;
            let close = memchr::memchr(b'"', rest)?;
            let call = rest.get(close + 1..)?;
            let table = call.starts_with(b"(") && call.ends_with(b"{");
            module_path(rest.get(..close)?).map(|path| (path, true)).filter(|_| table)?
        }
        // Metro's development bundles: __d(function …, 1, [], "src/a.js");
        b'_' | b'}' if bare.ends_with(b"\");") => {
            let rest = bare.get(..bare.len() - 3)?;
            let open = memchr::memrchr(b'"', rest)?;
            let before = rest.get(..open)?.trim_ascii_end();
            let listed = before.ends_with(b"],") && (first == b'}' || bare.starts_with(b"__d("));
            module_path(rest.get(open + 1..)?).map(|path| (path, true)).filter(|_| listed)?
        }
        _ => return None,
    };
    Some(Named { at, path, sure })
}

/// Names that webpack writes before the module that is asked for: `(/*! ./lib */ "./src/lib.js")`.
fn in_calls(text: &[u8], calls: impl Iterator<Item = usize>) -> impl Iterator<Item = Named<'_>> {
    calls.filter_map(|at| {
        let rest = text.get(at + 5..)?;
        let rest = rest.get(..rest.len().min(512))?;
        let behind = rest.get(memchr::memmem::find(rest, b" */ ")? + 4..)?.strip_prefix(b"\"")?;
        let path = module_path(behind.get(..memchr::memchr(b'"', behind)?)?)?;
        Some(Named { at, path, sure: true })
    })
}

/// `path`, if it is one of a module: no blanks, an ending that bundlers read, no address of a page.
fn module_path(path: &[u8]) -> Option<&str> {
    const ENDINGS: &[&str] = &[
        "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "astro", "json", "css", "scss", "less",
        "node", "wasm",
    ];
    const LONGEST: usize = 6;
    // Most of what is asked is a comment in words: its end tells.
    let bare = path.get(..memchr::memchr(b'?', path).unwrap_or(path.len()))?;
    let near = bare.len().saturating_sub(LONGEST + 1);
    let dot = near + bare.get(near..)?.iter().rposition(|byte| *byte == b'.')?;
    let ending = bare.get(dot + 1..).filter(|_| dot > 0)?;
    if !ENDINGS.iter().any(|known| known.as_bytes() == ending) {
        return None;
    }
    let text = std::str::from_utf8(path).ok()?;
    let plain = !text.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | ')' | ';' | ','));
    let place = !text.contains("://") && !text.starts_with("//") && !text.contains('…') && !text.contains("...");
    (plain && place).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Option<(String, bool)> {
        let mut found = Vec::new();
        begun(line.as_bytes(), |at| found.extend(in_line(&line.as_bytes()[at..], at)));
        let calls = line.match_indices(Mark::Asked.word()).map(|(at, _)| at);
        found.into_iter().chain(in_calls(line.as_bytes(), calls)).next().map(|n| (n.path.to_owned(), n.sure))
    }

    #[test]
    fn every_bundler_is_known() {
        for line in [
            "//#region src/lib.ts",
            ";// ./src/lib.mjs",
            ";// CONCATENATED MODULE: ./src/lib.mjs",
            "/***/ \"./src/lib.mjs\":",
            "/***/ \"./src/lib.mjs\"",
            "  !*** ./src/lib.mjs ***!",
            "    \"src/lib.js\"(exports, module) {",
            "__d(function(g,r){},1,[],\"src/lib.js\");",
            "},1,[0],\"src/lib.js\");",
            "x = __webpack_require__(/*! ./lib */ \"./src/lib.js\");",
        ] {
            assert!(names(line).is_some_and(|(_, sure)| sure), "{line}");
        }
        for line in ["// src/lib.js", "  // src/lib.ts"] {
            assert!(names(line).is_some_and(|(_, sure)| !sure), "{line}");
        }
    }

    #[test]
    fn lines_begin_behind_their_blanks_wherever_they_stand() {
        for before in 0..200 {
            let text = format!("{}\n \t\r{};a\n\n{}/b\n\"c x;y\n{}", "x".repeat(before), " ".repeat(before), " ", "}");
            let plain = text.split_inclusive('\n').scan(0, |at, line| {
                let bare = line.trim_ascii_start();
                let start = *at + line.len() - bare.len();
                *at += line.len();
                Some((start, bare.bytes().next()))
            });
            let plain: Vec<usize> =
                plain.filter(|(_, b)| b.is_some_and(|b| b";/!\"_}".contains(&b))).map(|f| f.0).collect();
            let mut found = Vec::new();
            begun(text.as_bytes(), |at| found.push(at));
            assert_eq!(found, plain, "{text:?}");
        }
    }

    #[test]
    fn talk_about_files_is_no_name() {
        for line in [
            "// see src/lib.ts for more",
            "// https://example.com/a.js",
            "// eslint.config.js",
            "/*! acme v1.0.0 */",
            "\"a.js\": 1,",
            "//#region Types",
            "call(\"src/a.js\");",
        ] {
            assert_eq!(names(line), None, "{line}");
        }
    }
}
