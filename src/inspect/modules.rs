//! Bundles that still name their modules in comments or keys.

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
        let mut at = 0;
        for end in memchr::memchr_iter(b'\n', text).chain([text.len()]) {
            if let Some(line) = text.get(at..end) {
                named.extend(in_line(line, at));
            }
            at = end + 1;
        }
        named.extend(in_calls(text));
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

/// The module that a line names.
fn in_line(line: &[u8], start: usize) -> Option<Named<'_>> {
    let bare = line.trim_ascii();
    // Bundlers write short lines, and most of what is minified has none.
    let (&first, true) = (bare.first()?, bare.len() < 512) else { return None };
    let at = start + (line.len() - line.trim_ascii_start().len());
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
fn in_calls(text: &[u8]) -> impl Iterator<Item = Named<'_>> {
    memchr::memmem::find_iter(text, b"(/*! ").filter_map(|at| {
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
    let text = std::str::from_utf8(path).ok()?;
    let bare = text.split('?').next().unwrap_or(text);
    let (stem, ending) = bare.rsplit_once('.')?;
    let plain = !stem.is_empty()
        && !text.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | ')' | ';' | ','));
    let place = !text.contains("://") && !text.starts_with("//") && !text.contains('…') && !text.contains("...");
    (plain && ENDINGS.contains(&ending) && place).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Option<(String, bool)> {
        in_line(line.as_bytes(), 0).or_else(|| in_calls(line.as_bytes()).next()).map(|n| (n.path.to_owned(), n.sure))
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
