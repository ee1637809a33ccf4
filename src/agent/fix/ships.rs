//! Paths that should not ship → lines in `files` of package.json, or in .npmignore.

use std::collections::{BTreeMap, BTreeSet};

use super::desk::{Desk, join};
use super::json::Tree;

const WHY: &str = "keeps out of the package what should not ship";
/// So many files of one ending in one folder are named together.
const MANY: usize = 3;

/// What is to stay out of a package.
#[derive(Default)]
pub(super) struct Out {
    /// Files, as they are installed.
    pub(super) paths: BTreeSet<String>,
    /// Whole folders.
    pub(super) folders: BTreeSet<String>,
    /// Every map.
    pub(super) maps: bool,
}

/// Keeps them out.
pub(super) fn keep(desk: &mut Desk<'_>, manifest: &str, text: &str, tree: &Tree<'_>, out: &Out) {
    let patterns = patterns(desk, out);
    if patterns.is_empty() {
        return;
    }
    match tree.member(0, "files") {
        None => ignore(desk, &patterns),
        Some(at) if tree.is(at, b'[') => list(desk, manifest, text, tree, at, (out, &patterns)),
        Some(_) => desk.note(format!(
            "{manifest}: \"files\" is no list, so nothing can be kept out by it; make it a list, with {} last",
            quoted(&patterns).join(", ")
        )),
    }
}

fn quoted(patterns: &[String]) -> Vec<String> {
    patterns.iter().map(|pattern| serde_json::Value::from(format!("!{pattern}")).to_string()).collect()
}

/// Patterns for what is to stay out; those in no folder begin with a slash, or they would hold in every folder.
fn patterns(desk: &Desk<'_>, out: &Out) -> Vec<String> {
    let mut groups: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for path in &out.paths {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        groups.entry((folder, ending)).or_default().push(path);
    }
    let mut patterns: Vec<String> = out.folders.iter().map(|folder| rooted(folder)).collect();
    for ((folder, ending), paths) in groups {
        let end = format!(".{ending}");
        let whole = || desk.list(folder).iter().filter(|name| name.ends_with(&end)).count() == paths.len();
        if paths.len() >= MANY && !folder.is_empty() && !ending.is_empty() && whole() {
            patterns.push(format!("{}/*{}", rooted(folder), plain(&end)));
        } else {
            patterns.extend(paths.into_iter().map(rooted));
        }
    }
    patterns.sort();
    patterns.extend(out.maps.then(|| "**/*.map".to_owned()));
    patterns
}

fn rooted(path: &str) -> String {
    let slash = if path.contains('/') { "" } else { "/" };
    format!("{slash}{}", plain(path))
}

/// A path as a pattern that means itself: how to escape is not the same everywhere, `?` is.
fn plain(path: &str) -> String {
    path.replace(['*', '?', '[', ']', '{', '}', '(', ')', '\\'], "?")
}

fn list(
    desk: &mut Desk<'_>,
    manifest: &str,
    text: &str,
    tree: &Tree<'_>,
    at: usize,
    (out, patterns): (&Out, &[String]),
) {
    let Some(node) = tree.node(at) else { return };
    let entries: Vec<String> = node.items.iter().map(|item| tree.string(*item).unwrap_or_default()).collect();
    // What names one file is stronger than any exclusion.
    let named = |entry: &String| join("", entry).is_some_and(|path| stays_out(out, &path));
    let gone: BTreeSet<usize> =
        entries.iter().enumerate().filter(|(_, entry)| named(entry)).map(|(at, _)| at).collect();
    let last = entries.iter().enumerate().rposition(|(at, entry)| !entry.starts_with('!') && !gone.contains(&at));
    let after = entries.get(last.map_or(0, |last| last + 1)..).unwrap_or_default();
    let held: BTreeSet<&str> = after.iter().filter_map(|entry| entry.strip_prefix('!')).collect();
    let reach = Reach::of(entries.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, entry)| entry));
    let needed = |pattern: &&String| !held.contains(pattern.as_str()) && reach.covers(pattern);
    let added: Vec<String> = patterns.iter().filter(needed).cloned().collect();
    let added = quoted(&added);
    rewrite(desk, (manifest, text), tree, at, (&gone, &added));
}

/// Whether the file at a path is to stay out.
fn stays_out(out: &Out, path: &str) -> bool {
    let within = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
    !path.contains('*')
        && (out.paths.contains(path)
            || out.maps && super::is_map(path)
            || within.chain([path]).any(|folder| out.folders.contains(folder)))
}

/// What the entries of `files` bring in.
struct Reach {
    /// Whether some are patterns, so that anything may be meant.
    wide: bool,
    paths: BTreeSet<String>,
}

impl Reach {
    fn of<'e>(entries: impl Iterator<Item = &'e String>) -> Self {
        let paths: BTreeSet<String> = entries.filter(|it| !it.starts_with('!')).filter_map(|it| join("", it)).collect();
        let wide = paths.iter().any(|path| path.is_empty() || path.contains(['*', '?', '[', '{', '(']));
        Self { wide, paths }
    }

    /// Whether something that a pattern means may be brought in.
    fn covers(&self, pattern: &str) -> bool {
        let pattern = pattern.trim_start_matches('/');
        let below = format!("{pattern}/");
        let mut above = pattern.match_indices('/').filter_map(|(at, _)| pattern.get(..at)).chain([pattern]);
        self.wide
            || pattern.starts_with("**")
            || above.any(|path| self.paths.contains(path))
            || self.paths.range(below.clone()..).next().is_some_and(|path| path.starts_with(&below))
    }
}

/// Takes entries out of a list and adds others behind the last, spaced as those that are there.
fn rewrite(
    desk: &mut Desk<'_>,
    (path, text): (&str, &str),
    tree: &Tree<'_>,
    at: usize,
    (gone, added): (&BTreeSet<usize>, &[String]),
) {
    let Some(array) = tree.node(at) else { return };
    let items: Vec<_> = array.items.iter().filter_map(|item| tree.node(*item)).collect();
    let kept: Vec<_> =
        items.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, node)| (node.start, node.end)).collect();
    for at in gone {
        let Some(node) = items.get(*at) else { continue };
        // The comma before goes with it, or the one behind if it is among the first.
        let first = kept.first().is_none_or(|(start, _)| node.start < *start);
        let range = match (first, at.checked_sub(1).and_then(|at| items.get(at)), items.get(at + 1)) {
            (true, _, Some(next)) => node.start..next.start,
            (false, Some(before), _) => before.end..node.end,
            (_, _, _) => node.start..node.end,
        };
        desk.change(path, text, range, String::new(), WHY);
    }
    let open = array.start + 1;
    let gap: &str = match items.as_slice() {
        [.., previous, last] => {
            text.get(previous.end..last.start).unwrap_or_default().trim_start_matches(',').trim_start_matches(' ')
        }
        _ => text.get(open..items.first().map_or(open, |first| first.start)).unwrap_or_default(),
    };
    let broken = gap.contains('\n') && gap.chars().all(char::is_whitespace);
    let spaced = text.get(array.start.saturating_sub(1)..array.start) == Some(" ");
    let gap = match (broken, spaced) {
        (true, _) => gap,
        (false, true) => " ",
        (false, false) => "",
    };
    let end = items.last().map_or(open, |last| last.end);
    let joined = added.join(&format!(",{gap}"));
    let lead = if kept.is_empty() { String::new() } else { format!(",{gap}") };
    if !added.is_empty() {
        desk.change(path, text, end..end, lead + &joined, WHY);
    }
}

/// Adds lines to .npmignore. Where it stands, .gitignore is no longer read: a new one takes its lines over.
fn ignore(desk: &mut Desk<'_>, patterns: &[String]) {
    let (Some(path), Some(other)) = (join(desk.folder, ".npmignore"), join(desk.folder, ".gitignore")) else { return };
    let before = desk.read(&path);
    let carried = if before.is_none() { desk.read(&other) } else { None };
    let text = before.as_deref().or(carried.as_deref()).unwrap_or_default();
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let back = lines.iter().rposition(|line| line.starts_with('!')).map_or(0, |at| at + 1);
    let held: BTreeSet<&str> = lines.get(back..).unwrap_or_default().iter().copied().collect();
    let line = |pattern: &String| {
        if pattern.contains("**") { "*.map".to_owned() } else { format!("/{}", pattern.trim_start_matches('/')) }
    };
    let fresh: Vec<String> =
        patterns.iter().map(line).filter(|line| before.is_none() || !held.contains(line.as_str())).collect();
    if fresh.is_empty() {
        return;
    }
    let mut added = String::new();
    if let Some(carried) = &carried {
        added.push_str(&format!(
            "# As in .gitignore, which is not read where this file stands.{end}{}",
            carried.trim_start_matches('\u{feff}')
        ));
    }
    if !text.is_empty() && !text.ends_with('\n') {
        added.push_str(end);
    }
    added.push_str(&format!("# Not for those who install the package.{end}"));
    for line in fresh {
        added.push_str(&format!("{line}{end}"));
    }
    desk.append(&path, before.as_deref(), added, WHY);
}
