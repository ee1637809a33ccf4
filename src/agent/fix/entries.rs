//! package.json → the files that it points to, and so have to ship.

use std::collections::BTreeSet;

use serde_json::Value;

use super::desk::join;

const FIELDS: &str = "main module browser bin man exports imports types typings typesVersions style sass svelte \
                      react-native unpkg jsdelivr jsnext:main umd:main esnext es2015";

/// What a resolver adds to a name that has no ending.
const ENDINGS: &[&str] = &["", ".js", ".cjs", ".mjs", ".json", ".node", "/index.js", "/index.json"];

/// Endings of what is not run as it is written.
const RAW: &[&str] = &["ts", "tsx", "mts", "cts", "jsx", "vue", "svelte", "astro"];

/// More patterns than this name everything.
const MOST: usize = 1_000;

/// Paths that package.json points to.
pub(super) struct Entries {
    files: BTreeSet<String>,
    /// What stands before and behind a `*`.
    patterns: Vec<(String, String)>,
}

impl Entries {
    pub(super) fn of(manifest: &Value) -> Self {
        let mut waiting: Vec<&Value> = FIELDS.split(' ').filter_map(|field| manifest.get(field)).collect();
        let mut entries = Self { files: BTreeSet::new(), patterns: Vec::new() };
        if manifest.get("main").is_none() {
            entries.files.insert("index.js".to_owned());
        }
        while let Some(value) = waiting.pop() {
            match value {
                Value::String(text) => entries.add(text),
                Value::Array(items) => waiting.extend(items),
                Value::Object(members) => waiting.extend(members.values()),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        entries
    }

    fn add(&mut self, text: &str) {
        let Some(path) = join("", text) else { return };
        match path.split_once('*') {
            _ if text.ends_with('/') => self.patterns.push((path + "/", String::new())),
            Some((start, rest)) => {
                let end = rest.rsplit('*').next().unwrap_or_default();
                self.patterns.push((start.to_owned(), end.to_owned()));
            }
            None => drop(self.files.insert(path)),
        }
    }

    /// Whether it names the path. A pattern such as `./*` names code, but nothing that lies beside it.
    pub(super) fn name(&self, path: &str, code: bool) -> bool {
        let fits = |(start, end): &(String, String)| {
            path.len() >= start.len() + end.len() && path.starts_with(start) && path.ends_with(end)
        };
        ENDINGS.iter().any(|end| path.strip_suffix(end).is_some_and(|path| self.files.contains(path)))
            || code && (self.patterns.len() > MOST || self.patterns.iter().any(fits))
    }

    /// Whether something in the folder is named.
    pub(super) fn enter(&self, folder: &str) -> bool {
        let folder = format!("{folder}/");
        self.files.range(folder.clone()..).next().is_some_and(|path| path.starts_with(&folder))
    }

    /// Whether the package is meant to be used as source.
    pub(super) fn raw(&self) -> bool {
        let raw = |path: &String| {
            let mut parts = path.rsplit('.');
            parts.next().is_some_and(|ending| RAW.contains(&ending)) && parts.next() != Some("d")
        };
        self.files.iter().any(raw) || self.patterns.iter().any(|(_, end)| raw(end))
    }
}
