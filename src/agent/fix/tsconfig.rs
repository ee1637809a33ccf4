//! The settings of TypeScript, and those they extend → the same without source maps.

use std::collections::{BTreeMap, BTreeSet};

use super::desk::{Desk, join};
use super::json::Tree;

const WHY: &str = "TypeScript writes no source maps";
const SWITCHES: &[&str] = &["sourceMap", "inlineSourceMap", "inlineSources", "declarationMap"];
/// TypeScript takes these for a mistake where no map is written.
const ADDRESSES: &[&str] = &["mapRoot", "sourceRoot"];

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    path: String,
    /// The settings of the project that led here, if this is no file of the project.
    owner: Option<String>,
    /// Whether others extend it.
    base: bool,
}

/// Switches maps off in the settings that the package has or its scripts name.
pub(super) fn quiet(desk: &mut Desk<'_>, named: &BTreeSet<String>) {
    let ours = |name: &String| name.starts_with("tsconfig") && is_json(name) && !super::config::for_work(name);
    let own = desk.list("").into_iter().filter(ours).filter_map(|name| join(desk.folder, &name));
    let named = named.iter().flat_map(|path| [path.clone(), format!("{path}/tsconfig.json")]);
    let place = |path: String| Place { path, owner: None, base: false };
    let mut waiting: Vec<Place> = own.chain(named.filter(|path| is_json(path))).map(place).collect();
    let (mut seen, mut missing) = (BTreeSet::new(), BTreeMap::new());
    while let Some(place) = waiting.pop() {
        if seen.insert(place.clone()) {
            waiting.extend(visit(desk, &place, &mut missing));
        }
    }
    for (owner, keys) in &missing {
        restate(desk, owner, keys);
    }
}

fn is_json(path: &str) -> bool {
    path.strip_suffix(".json").is_some()
}

/// Looks at one file, and says which it leads to. `missing`: what a file has to say against one that is not ours.
fn visit(desk: &mut Desk<'_>, place: &Place, missing: &mut BTreeMap<String, BTreeSet<String>>) -> Vec<Place> {
    let Some(text) = desk.read(&place.path) else { return Vec::new() };
    let Some(tree) = Tree::parse(&text).filter(|tree| tree.is(0, b'{')) else {
        desk.note(format!("{}: can't be read as JSON; switch {} off there by hand", place.path, SWITCHES.join(", ")));
        return Vec::new();
    };
    let options = tree.member(0, "compilerOptions");
    let emits = options.and_then(|at| tree.member(at, "noEmit")).is_none_or(|at| tree.raw(at) != "true");
    if let Some(options) = options.filter(|_| emits || place.base) {
        for key in SWITCHES {
            for at in tree.members(options, key).filter(|at| tree.raw(*at) == "true") {
                match &place.owner {
                    Some(owner) => drop(missing.entry(owner.clone()).or_default().insert((*key).to_owned())),
                    None => set(desk, &place.path, &text, &tree, (at, "false")),
                }
            }
        }
        let addresses = ADDRESSES.iter().flat_map(|key| tree.members(options, key));
        for at in addresses.filter(|at| place.owner.is_none() && tree.string(*at).is_some()) {
            set(desk, &place.path, &text, &tree, (at, "null"));
        }
    }
    let bases = tree.member(0, "extends").map(|at| tree.strings(at)).unwrap_or_default();
    let mut next: Vec<Place> = bases.iter().filter_map(|name| base(desk, place, name)).collect();
    next.extend(projects(&tree, place));
    next
}

fn set(desk: &mut Desk<'_>, path: &str, text: &str, tree: &Tree<'_>, (at, to): (usize, &str)) {
    if let Some(node) = tree.node(at) {
        desk.change(path, text, node.start..node.end, to.to_owned(), WHY);
    }
}

/// The file that `extends` names.
fn base(desk: &mut Desk<'_>, place: &Place, name: &str) -> Option<Place> {
    let folder = place.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let ours = name.starts_with('.');
    let owner =
        if ours { place.owner.clone() } else { Some(place.owner.clone().unwrap_or_else(|| place.path.clone())) };
    // Packages lie in this folder or in one above it.
    let holders = std::iter::successors(Some(folder), |it| {
        (!it.is_empty()).then(|| it.rsplit_once('/').map_or("", |(up, _)| up))
    });
    let holders = holders.map(|it| if ours { it.to_owned() } else { format!("{it}/node_modules") });
    for holder in holders.take(if ours { 1 } else { 64 }) {
        let endings = ["", ".json", "/tsconfig.json"].iter().filter(|end| is_json(name) || !end.is_empty());
        for path in endings.filter_map(|end| join(&holder, &format!("{name}{end}"))) {
            if desk.read(&path).is_some() {
                return Some(Place { path, owner, base: true });
            }
        }
    }
    desk.note(format!(
        "{}: extends {name:?}, which was not found here; if that switches maps on, set {} to false",
        place.path,
        SWITCHES.join(", ")
    ));
    None
}

/// The projects of the same package that a build of this one builds too.
fn projects(tree: &Tree<'_>, place: &Place) -> Vec<Place> {
    let folder = place.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let references = tree.member(0, "references").and_then(|at| tree.node(at)).map(|node| node.items.as_slice());
    let paths = references.unwrap_or_default().iter().filter_map(|item| tree.string(tree.member(*item, "path")?));
    let inside = paths.filter(|path| !path.split('/').any(|part| part == "..")).filter_map(|path| join(folder, &path));
    let path = |path: String| if is_json(&path) { path } else { path + "/tsconfig.json" };
    inside.map(|it| Place { path: path(it), owner: place.owner.clone(), base: false }).collect()
}

/// Says in settings of ours what those they extend say otherwise.
fn restate(desk: &mut Desk<'_>, owner: &str, keys: &BTreeSet<String>) {
    let Some(text) = desk.read(owner) else { return };
    let Some(tree) = Tree::parse(&text) else { return };
    let options = tree.member(0, "compilerOptions").filter(|at| tree.is(*at, b'{'));
    let absent = |key: &&String| options.is_none_or(|at| tree.member(at, key).is_none());
    let lines: Vec<String> = keys.iter().filter(absent).map(|key| format!("\"{key}\": false")).collect();
    let filled = options.filter(|at| tree.node(*at).is_some_and(|node| !node.items.is_empty()));
    let Some(node) = tree.node(filled.unwrap_or(0)).filter(|_| !lines.is_empty()) else { return };
    let Some(first) = node.items.first().and_then(|item| tree.node(*item)) else { return };
    // The space before the first member; its key stands between that and the value.
    let gap: String =
        text.get(node.start + 1..first.start).unwrap_or_default().chars().take_while(|it| it.is_whitespace()).collect();
    let added = match (filled, options.and_then(|at| tree.node(at))) {
        (Some(_), _) => format!("{gap}{},", lines.join(&format!(",{gap}"))),
        (None, Some(empty)) => {
            return desk.change(owner, &text, empty.start..empty.end, format!("{{ {} }}", lines.join(", ")), WHY);
        }
        (None, None) => format!("{gap}\"compilerOptions\": {{ {} }},", lines.join(", ")),
    };
    desk.change(owner, &text, node.start + 1..node.start + 1, added, WHY);
}
