//! Headers and files of asar archives: what a plain reader sees is seen, or it is not clear.

use arbitrary::{Result, Unstructured};
use lastlook::model::Verdict;
use serde_json::{Map, Value, json};

use super::whole::{CANARY, Plain, assert_seen, audit, holds};

/// The first byte says whether the rest is an archive or the plan of one.
pub fn run(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let archive = if first & 1 == 0 {
        rest.to_vec()
    } else {
        let Ok(made) = archive(&mut Unstructured::new(rest)) else { return };
        made
    };
    let artifact = audit("app.asar", archive.clone());
    if artifact.verdict != Verdict::Clear {
        return;
    }
    assert!(!holds(&archive, CANARY), "clear, and the canary stands somewhere in it");
    if let Some(files) = read(&archive) {
        assert_seen(&artifact, "a plain one", &files);
    }
}

/// What Electron's own reader sees: it believes the lengths, and the header as JSON.
fn read(bytes: &[u8]) -> Option<Vec<Plain>> {
    let number = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize);
    let base = 8 + number(4)?;
    let header = bytes.get(16..16 + number(12)?)?;
    let root: Value = serde_json::from_slice(header).ok()?;
    let mut files = Vec::new();
    walk(bytes.get(base..)?, &root, "", &mut files);
    Some(files)
}

fn walk(bytes: &[u8], node: &Value, above: &str, files: &mut Vec<Plain>) {
    for (name, node) in node.get("files").and_then(Value::as_object).into_iter().flatten() {
        let path = if above.is_empty() { name.clone() } else { format!("{above}/{name}") };
        if node.get("files").is_some() {
            walk(bytes, node, &path, files);
            continue;
        }
        if node.get("link").is_some() || node.get("unpacked") == Some(&Value::Bool(true)) {
            continue;
        }
        let offset = node.get("offset").and_then(Value::as_str).and_then(|offset| offset.parse::<usize>().ok());
        let size = node.get("size").and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
        let (Some(offset), Some(size)) = (offset, size) else { continue };
        if let Some(body) = offset.checked_add(size).and_then(|end| bytes.get(offset..end)) {
            files.push((path, body.to_vec()));
        }
    }
}

fn archive(feed: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    let root = json!({ "files": folder(feed, &mut body, 0)? });
    let mut header = root.to_string();
    if feed.ratio(1, 12)? {
        let at = feed.int_in_range(0..=header.len())?;
        header.insert_str(header.floor_char_boundary(at), feed.choose(&[" ", "\"", "}", "{", ",", "\u{e9}", "\0"])?);
    }
    let padded = header.len().next_multiple_of(4);
    let mut out = 4_u32.to_le_bytes().to_vec();
    let lengths = [padded + 8, padded + 4, header.len()];
    for length in lengths {
        let length = if feed.ratio(23, 24)? { length } else { feed.int_in_range(0..=length + 20)? };
        out.extend(u32::try_from(length).expect("a short one").to_le_bytes());
    }
    out.extend(header.as_bytes());
    out.resize(16 + padded, if feed.ratio(15, 16)? { 0 } else { b'z' });
    out.extend(body);
    if feed.ratio(1, 12)? {
        out.extend(feed.choose(&[CANARY, b"\0\0\0", b"behind"])?.iter());
    }
    Ok(out)
}

fn folder(feed: &mut Unstructured<'_>, body: &mut Vec<u8>, depth: u32) -> Result<Map<String, Value>> {
    let mut nodes = Map::new();
    for _ in 0..feed.int_in_range(0..=4)? {
        let names = ["a.js", "b.js", "lib", "A.js", "..", ".", "a/b", "a\\b", "\u{e9}", "package.json", "files", "\0"];
        let name = (*feed.choose(&names)?).to_owned();
        let node = match feed.int_in_range(0..=9)? {
            0 | 1 if depth < 4 => json!({ "files": folder(feed, body, depth + 1)? }),
            2 => json!({ "link": *feed.choose(&["a.js", "../x", "/etc/passwd"])? }),
            3 => json!({ "size": 4, "unpacked": true }),
            _ => file(feed, body)?,
        };
        nodes.insert(name, node);
    }
    Ok(nodes)
}

fn file(feed: &mut Unstructured<'_>, body: &mut Vec<u8>) -> Result<Value> {
    let own: &[u8] = feed.choose(&[&b"x()\n"[..], b"y()\n", b"", CANARY, b"\0\0\0\0"])?;
    let offset = if feed.ratio(15, 16)? { body.len() } else { feed.int_in_range(0..=200)? };
    let size = if feed.ratio(15, 16)? { own.len() } else { feed.int_in_range(0..=200)? };
    body.extend(own);
    let offset = match feed.int_in_range(0..=15)? {
        0 => json!(offset),
        1 => json!(format!("0{offset}")),
        2 => json!(format!("+{offset}")),
        3 => json!(format!("{offset}.0")),
        _ => json!(offset.to_string()),
    };
    let mut node = json!({ "size": size, "offset": offset });
    if feed.ratio(1, 12)? {
        let (key, value) = feed
            .choose(&[
                ("executable", json!(true)),
                ("unpacked", json!(false)),
                ("unpacked", json!(null)),
                ("link", json!(null)),
                ("size", json!(null)),
                ("size", json!("4")),
                ("files", json!(null)),
                ("integrity", json!({})),
            ])?
            .clone();
        node[key] = value;
    }
    Ok(node)
}
