//! `deno compile` since version 2: a tree of files as JSON, and their bytes behind it: the original, the script that
//! was made of it, and the map between the two.

use super::{Body, Numbers, Piece};

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

pub(super) fn pieces(bytes: &[u8]) -> Vec<Piece> {
    memchr::memmem::find_iter(bytes, MARK).find_map(|at| tree(bytes, at)).unwrap_or_default()
}

/// The first tree behind the mark at `mark`.
fn tree(bytes: &[u8], mark: usize) -> Option<Vec<Piece>> {
    let rest = bytes.get(mark..)?;
    memchr::memmem::find_iter(rest, b"[{\"").take(1000).find_map(|found| {
        let at = mark + found;
        let len = Numbers::new(bytes, at.checked_sub(8)?).u64()?;
        let json = bytes.get(at..at.checked_add(len)?)?;
        let nodes: Vec<serde_json::Value> = serde_json::from_slice(json).ok()?;
        let mut files = Numbers::new(bytes, at + len);
        let len = files.u64()?;
        let data = files.span(len)?;
        let mut pieces = Vec::new();
        walk(nodes, "", &mut |name, (from, len)| {
            let start = data.start.saturating_add(from);
            let at = start..start.saturating_add(len);
            if at.end <= data.end {
                pieces.push(Piece { name, at, body: Body::Plain });
            }
        });
        (!pieces.is_empty()).then_some(pieces)
    })
}

fn walk(nodes: Vec<serde_json::Value>, above: &str, take: &mut dyn FnMut(String, (usize, usize))) {
    for node in nodes {
        match serde_json::from_value::<Node>(node) {
            Ok(Node::Dir(dir)) => walk(dir.e, &format!("{above}{}/", dir.n), take),
            Ok(Node::File(file)) => {
                let path = format!("{above}{}", file.n);
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
