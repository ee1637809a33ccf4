//! `deno compile` since version 2: a tree of files as JSON, and their bytes behind it: the original, the script that
//! was made of it, and the map between the two.

use super::{Body, Numbers, Pieces};

const MARK: &[u8] = b"d3n0l4nd";

#[derive(serde::Deserialize)]
enum Node {
    Dir(Dir),
    File(Box<File>),
    #[serde(other)]
    Other,
}

#[derive(serde::Deserialize)]
struct Dir {
    n: String,
    e: Vec<serde_json::Value>,
}

#[derive(serde::Deserialize)]
struct File {
    n: String,
    o: Option<(usize, usize)>,
    m: Option<(usize, usize)>,
    s: Option<(usize, usize)>,
}

pub(super) fn find(bytes: &[u8], pieces: &mut Pieces) {
    let Some(mark) = memchr::memmem::find(bytes, MARK) else { return };
    let rest = bytes.get(mark..).unwrap_or_default();
    for found in memchr::memmem::find_iter(rest, b"[{\"") {
        tree(bytes, mark + found, pieces);
    }
}

/// The tree whose JSON begins at `at`, behind its length.
fn tree(bytes: &[u8], at: usize, pieces: &mut Pieces) -> Option<()> {
    let len = Numbers::new(bytes, at.checked_sub(8)?).u64()?;
    let json = bytes.get(at..at.checked_add(len)?).filter(|json| json.ends_with(b"]"))?;
    pieces.spend(len).then_some(())?;
    let nodes: Vec<serde_json::Value> = serde_json::from_slice(json).ok()?;
    let mut files = Numbers::new(bytes, at + len);
    let len = files.u64()?;
    let data = files.span(len)?;
    walk(nodes, "", &mut |name, (from, len)| {
        let start = data.start.saturating_add(from);
        let at = start..start.saturating_add(len);
        if at.end <= data.end {
            pieces.add(name, at, Body::Plain);
        } else {
            pieces.broken.insert("holds files of Deno that lie outside of it");
        }
    });
    Some(())
}

/// Paths longer than this are cut: no system holds them.
const PATH: usize = 4096;

fn walk(nodes: Vec<serde_json::Value>, above: &str, take: &mut dyn FnMut(String, (usize, usize))) {
    for node in nodes {
        match serde_json::from_value::<Node>(node) {
            Ok(Node::Dir(dir)) => {
                let path: String = format!("{above}{}/", dir.n).chars().take(PATH).collect();
                walk(dir.e, &path, take);
            }
            Ok(Node::File(file)) => {
                let path: String = above.chars().chain(file.n.chars()).take(PATH).collect();
                let parts = [(file.m, ".js"), (file.s, ".map"), (file.o, "")];
                let mut seen = None;
                for (part, ending) in parts {
                    // Where nothing was made of it, the original is the only part.
                    if let Some(part) = part.filter(|part| part.1 > 0 && seen != Some(*part)) {
                        seen = Some(part);
                        take(format!("{path}{ending}"), part);
                    }
                }
            }
            Ok(Node::Other) | Err(_) => {}
        }
    }
}
