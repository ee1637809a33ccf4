//! JSON documents → the reports among them: told by their first keys, then read for files and texts.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Known;
use crate::inspect::spot::Spotter;

/// The first keys stand in this many bytes.
const HEAD: usize = 64 << 10;

/// The keys that tell reports.
const KEYS: [&str; 27] = [
    "\"mappings\"",
    "\"sources\"",
    "\"modules\"",
    "\"chunks\"",
    "\"assetsByChunkName\"",
    "\"namedChunkGroups\"",
    "\"outputPath\"",
    "\"identifier\"",
    "\"nameForCondition\"",
    "\"moduleType\"",
    "\"hash\"",
    "\"statementMap\"",
    "\"fnMap\"",
    "\"branchMap\"",
    "\"inputs\"",
    "\"bytes\"",
    "\"imports\"",
    "\"tree\"",
    "\"version\"",
    "\"nodeParts\"",
    "\"children\"",
    "\"isAsset\"",
    "\"parsedSize\"",
    "\"fileNames\"",
    "\"fileInfos\"",
    "\"program\"",
    "\"root\"",
];

static SPOTTER: LazyLock<Spotter> = LazyLock::new(|| Spotter::new(KEYS.iter().map(|key| key.as_bytes())));

/// The report that `json` is.
pub(super) fn known(json: &[u8]) -> Option<Known> {
    let head = json.get(..json.len().min(HEAD)).unwrap_or(json);
    let mut keys = [false; KEYS.len()];
    SPOTTER.until(head, 0..head.len(), |number, at| {
        // A key, not a word in a text or a list.
        let len = KEYS.get(number).map_or(0, |key| key.len());
        let mut behind = head.get(at + len..).unwrap_or_default().iter();
        if let Some(key) = keys.get_mut(number) {
            *key |= behind.find(|b| !b.is_ascii_whitespace()) == Some(&b':');
        }
        true
    });
    let has = |key: &str| {
        let number = KEYS.iter().position(|known| known.get(1..known.len() - 1) == Some(key));
        debug_assert!(number.is_some(), "{key} is not looked for");
        number.and_then(|number| keys.get(number)).is_some_and(|seen| *seen)
    };
    if has("mappings") && has("sources") {
        return None;
    }
    let listed = has("modules") || has("chunks");
    let bundled = (has("assetsByChunkName") || has("namedChunkGroups")) && (listed || has("outputPath"));
    let bare = has("modules") && has("identifier") && (has("nameForCondition") || has("moduleType"));
    if bundled || bare || (has("outputPath") && listed && has("hash")) {
        return Some(stats(json));
    }
    if has("statementMap") && has("fnMap") && has("branchMap") {
        return Some(coverage(json));
    }
    if has("inputs") && has("bytes") && has("imports") {
        let files = serde_json::from_slice::<Metafile>(json);
        return files.ok().map(|file| Known {
            what: "an esbuild metafile",
            files: file.inputs.len(),
            texts: Vec::new(),
        });
    }
    if has("tree") && has("version") && (has("nodeParts") || has("children")) {
        let tree = serde_json::from_slice::<Visualized>(json);
        return tree.ok().map(|tree| Known {
            what: "the data of a bundle visualizer",
            files: tree.metas.0.len(),
            texts: Vec::new(),
        });
    }
    if has("isAsset") && has("parsedSize") && json.starts_with(b"[") {
        return Some(Known {
            what: "the data of a bundle analyzer",
            files: count(json, b"\"statSize\""),
            texts: Vec::new(),
        });
    }
    build_info(json, &has)
}

/// The keys of an object, whatever stands behind them.
struct Keys(Vec<String>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Keys;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some((key, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                    keys.push(key);
                }
                Ok(Keys(keys))
            }
        }
        deserializer.deserialize_map(Read)
    }
}

#[derive(Deserialize)]
struct Metafile {
    inputs: BTreeMap<String, Input>,
    #[allow(dead_code, reason = "a metafile has both")]
    outputs: Keys,
}

#[derive(Deserialize)]
struct Input {
    #[allow(dead_code, reason = "every input has a size")]
    bytes: u64,
}

#[derive(Deserialize)]
struct Visualized {
    #[serde(rename = "nodeMetas")]
    metas: Keys,
}

/// What TypeScript keeps between two builds.
fn build_info(json: &[u8], has: &dyn Fn(&str) -> bool) -> Option<Known> {
    #[derive(Deserialize)]
    struct Info {
        version: String,
        #[serde(default)]
        root: Option<IgnoredAny>,
        #[serde(default, rename = "fileNames")]
        names: Vec<String>,
        #[serde(default)]
        program: Option<Program>,
    }
    #[derive(Deserialize)]
    struct Program {
        #[serde(default, rename = "fileNames")]
        names: Vec<String>,
        #[serde(default, rename = "fileInfos")]
        infos: Option<Infos>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Infos {
        Named(Keys),
        Listed(Vec<IgnoredAny>),
    }
    let likely = has("version") && (has("fileNames") || has("fileInfos") || has("program") || has("root"));
    if !likely {
        return None;
    }
    let info = serde_json::from_slice::<Info>(json).ok()?;
    let infos = match info.program.as_ref().and_then(|program| program.infos.as_ref()) {
        Some(Infos::Named(named)) => named.0.len(),
        Some(Infos::Listed(listed)) => listed.len(),
        None => 0,
    };
    let names = info.names.len().max(info.program.map_or(0, |program| program.names.len())).max(infos);
    // A build that lists its roots and nothing else: two keys, and names of sources among them.
    let bare = info.root.is_some() && json.len() < HEAD && memchr::memmem::find(json, b".ts").is_some();
    let compiler = info.version.starts_with(|c: char| c.is_ascii_digit());
    let told = names > 0 && has("fileInfos") || bare && only_keys(json, &["root", "version", "errors", "checkPending"]);
    (compiler && told).then_some(Known { what: "build information of TypeScript", files: names, texts: Vec::new() })
}

fn only_keys(json: &[u8], allowed: &[&str]) -> bool {
    serde_json::from_slice::<Keys>(json).is_ok_and(|keys| keys.0.iter().all(|key| allowed.contains(&key.as_str())))
}

#[derive(Deserialize, Default)]
struct Stats {
    #[serde(default)]
    modules: Vec<Module>,
    #[serde(default)]
    children: Vec<Stats>,
    #[serde(default)]
    chunks: Vec<Chunk>,
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    modules: Vec<Module>,
}

#[derive(Deserialize)]
struct Module {
    name: Option<String>,
    source: Option<Source>,
    #[serde(default)]
    modules: Vec<Module>,
    /// What a group of modules holds.
    #[serde(default)]
    children: Vec<Module>,
}

/// A text, or something else that goes by that name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Source {
    Text(String),
    Other(IgnoredAny),
}

fn stats(json: &[u8]) -> Known {
    // Where it does not parse, it is a report all the same.
    let stats = serde_json::from_slice::<Stats>(json).unwrap_or_default();
    let mut known = Known { what: "webpack statistics", ..Known::default() };
    let mut seen = BTreeMap::new();
    walk(stats, &mut known, &mut seen);
    known
}

fn walk(stats: Stats, known: &mut Known, seen: &mut BTreeMap<String, usize>) {
    fn take(module: Module, known: &mut Known, seen: &mut BTreeMap<String, usize>) {
        let leaf = module.modules.is_empty() && module.children.is_empty();
        if let (Some(name), Some(Source::Text(text))) = (&module.name, module.source) {
            // The same module is listed under each of its chunks.
            let first = seen.insert(name.clone(), text.len()) != Some(text.len());
            if leaf && first {
                known.texts.push((name.clone(), text));
            }
        }
        known.files += usize::from(leaf);
        for inner in module.modules.into_iter().chain(module.children) {
            take(inner, known, seen);
        }
    }
    let chunked = stats.chunks.into_iter().flat_map(|chunk| chunk.modules);
    for module in stats.modules.into_iter().chain(chunked) {
        take(module, known, seen);
    }
    for child in stats.children {
        walk(child, known, seen);
    }
}

fn coverage(json: &[u8]) -> Known {
    // Texts in it stand in maps, which are found as such.
    Known { what: "coverage data", files: count(json, b"\"statementMap\""), texts: Vec::new() }
}

fn count(json: &[u8], needle: &[u8]) -> usize {
    memchr::memmem::find_iter(json, needle).count()
}
