//! The name of a source → whose code it is, and which tool wrote the map.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Parts of names that bundlers give to code of their own.
const RUNTIMES: &[&str] = &[
    "webpack/bootstrap",
    "webpack/runtime",
    "webpack/universalModuleDefinition",
    "webpack/startup",
    "webpack/before-startup",
    "webpack/after-startup",
    "(webpack)",
    "webpack/container",
    "webpack/sharing",
    "[turbopack]",
    "turbopack-runtime",
    "@rollup/plugin",
    "rolldown:runtime",
    "rolldown/runtime",
    "vite/preload-helper",
    "vite/modulepreload-polyfill",
    "commonjsHelpers.js",
    "__vite-",
    "esbuild:runtime",
    "bun:wrap",
    "parcel-runtime",
    "parcelRequire",
];

static RUNTIME: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(RUNTIMES).ok());

/// Whether the source of this name is somebody else's: a dependency, or the runtime of a bundler.
pub(super) fn is_foreign(name: &str) -> bool {
    let plain = if name.contains('\\') { Cow::Owned(name.replace('\\', "/")) } else { Cow::Borrowed(name) };
    let dependency = plain.split('/').any(|part| part == "node_modules" || part == "bower_components");
    let runtime = plain.starts_with('\0') || matches!(&*plain, "__prelude__" | "<runtime>");
    dependency || runtime || RUNTIME.as_ref().is_some_and(|words| words.is_match(&*plain))
}

/// A tool that writes source maps, and how it is told to keep them out of a release.
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) fix: &'static str,
}

const WEBPACK: Tool = Tool {
    name: "webpack",
    fix: "webpack: devtool: false (or \"hidden-source-map\" with the maps uploaded elsewhere)",
};
const TURBOPACK: Tool = Tool { name: "Next.js", fix: "Next.js: productionBrowserSourceMaps: false" };
const BUN: Tool = Tool { name: "Bun", fix: "Bun: --sourcemap=none (or external, with the maps moved away)" };
const ESBUILD: Tool =
    Tool { name: "esbuild", fix: "esbuild: sourcemap: false (or \"external\", with the maps moved away)" };
const TSC: Tool =
    Tool { name: "tsc", fix: "tsc: \"sourceMap\": false, and neither \"inlineSourceMap\" nor \"inlineSources\"" };
const DECLARATIONS: Tool = Tool { name: "tsc", fix: "tsc: \"declarationMap\": false" };
const ROLLUP: Tool =
    Tool { name: "Rollup or Vite", fix: "Rollup: output.sourcemap: false; Vite: build.sourcemap: false" };
const METRO: Tool =
    Tool { name: "Metro", fix: "Metro: leave out --sourcemap-output, or keep its file out of the package" };

/// Recognises the tool by how its maps begin and how they name sources.
pub(super) fn tool(text: &[u8], names: &[String]) -> Option<&'static Tool> {
    let head = text.get(..text.len().min(4096)).unwrap_or_default();
    let has = |needle: &[u8]| memchr::memmem::find(head, needle).is_some();
    let scheme = |scheme: &str| names.iter().take(50).any(|name| name.starts_with(scheme));
    if scheme("webpack://") {
        Some(&WEBPACK)
    } else if scheme("turbopack://") {
        Some(&TURBOPACK)
    } else if has(b"x_facebook_sources") || names.iter().any(|name| name == "__prelude__") {
        Some(&METRO)
    } else if text
        .get(text.len().saturating_sub(200)..)
        .is_some_and(|end| memchr::memmem::find(end, b"64756E2164756E21").is_some())
    {
        Some(&BUN)
    } else if head.starts_with(b"{\n  \"version\": 3,\n  \"sources\"") {
        Some(&ESBUILD)
    } else if is_of_declarations(head) {
        Some(&DECLARATIONS)
    } else if head.starts_with(b"{\"version\":3,\"file\":") && has(b"\"sourceRoot\":\"\"") {
        Some(&TSC)
    } else if head.starts_with(b"{\"version\":3,\"file\":") {
        Some(&ROLLUP)
    } else {
        None
    }
}

/// Whether it is a map of declarations, which a setting of its own asks for.
fn is_of_declarations(head: &[u8]) -> bool {
    let file = head.strip_prefix(b"{\"version\":3,\"file\":\"").and_then(|rest| rest.split(|b| *b == b'"').next());
    file.is_some_and(|file| [&b".d.ts"[..], b".d.mts", b".d.cts"].iter().any(|ending| file.ends_with(ending)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_of_declarations_have_a_setting_of_their_own() {
        let head = |file: &str| format!("{{\"version\":3,\"file\":\"{file}\",\"sourceRoot\":\"\"");
        assert_eq!(tool(head("a.d.ts").as_bytes(), &[]).map(|tool| tool.fix), Some(DECLARATIONS.fix));
        assert_eq!(tool(head("a.js").as_bytes(), &[]).map(|tool| tool.fix), Some(TSC.fix));
    }

    #[test]
    fn dependencies_and_runtimes_are_foreign() {
        for name in [
            "../node_modules/a/b.js",
            "webpack://x/webpack/bootstrap",
            "\0commonjsHelpers.js",
            "__prelude__",
            "a\\node_modules\\b",
        ] {
            assert!(is_foreign(name), "{name}");
        }
        for name in ["src/node_modules.ts", "webpack://acme/./src/webpack.ts", "src/a.ts"] {
            assert!(!is_foreign(name), "{name}");
        }
    }
}
