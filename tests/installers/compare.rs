//! What was laid down against what was seen.

use std::collections::{BTreeMap, BTreeSet};

use lastlook::model::EntryPath;

use crate::laid::Laid;
use crate::seen::Seen;

/// Something that a reader lays down and lastlook did not see, though it says that it read all.
pub fn missed(seen: &Seen, laid: &Laid) -> Vec<String> {
    if seen.incomplete {
        return Vec::new();
    }
    unseen(seen, laid)
}

/// The same, whatever lastlook says of what it read.
pub fn unseen(seen: &Seen, laid: &Laid) -> Vec<String> {
    let files = laid.files.iter().filter_map(|(path, body)| seen.missed(path, body));
    let links = laid.links.iter().filter(|(path, _)| !seen.tells(path)).map(|(path, _)| format!("link: {path:?}"));
    files.chain(links).collect()
}

/// How what is laid down differs from the listing of an archive that nothing was odd about.
pub fn differs(seen: &Seen, laid: &Laid) -> Option<String> {
    let ignores = |path: &str| path.ends_with(".npmignore") || path.ends_with(".gitignore");
    let listed: BTreeMap<String, u64> = seen.listing.iter().filter(|(path, _)| !ignores(path)).cloned().collect();
    let there: BTreeMap<String, u64> = laid
        .files
        .iter()
        .filter(|(path, _)| !ignores(path))
        .map(|(path, body)| (EntryPath::nearest(path).to_string(), body.len() as u64))
        .collect();
    if listed == there && laid.links.is_empty() {
        return None;
    }
    let paths: BTreeSet<&String> = listed.keys().chain(there.keys()).collect();
    let odd = paths.into_iter().find(|path| path.is_ascii() && listed.get(*path) != there.get(*path));
    if odd.is_none() && laid.links.is_empty() {
        return None;
    }
    Some(odd.map_or_else(
        || format!("links {:?}", laid.links),
        |path| format!("{path:?}: {:?} listed, {:?} there", listed.get(path), there.get(path)),
    ))
}
