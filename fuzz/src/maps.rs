//! Source maps in any spelling and any wrapping: each text that a strict reader finds in them is counted.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use base64::Engine as _;
use lastlook::inspect::{Subject, Task, TextRules, inspect};
use lastlook::model::{Digest, EntryPath, Place};
use serde_json::{Value, json};

static TEXTS: LazyLock<TextRules> = LazyLock::new(|| TextRules::new([], &[]).expect("the rules are sound"));

/// The first byte says whether the rest is a text or the plan of one.
pub fn run(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    if first & 1 == 0 {
        let Ok(value) = serde_json::from_slice(rest) else { return drop(texts_in("a.map", rest)) };
        expect("a.map", rest, &contents(&value));
        return;
    }
    let Ok((name, text, value)) = planned(&mut Unstructured::new(rest)) else { return };
    let mut contents = contents(&value);
    if !matches!(name, "a" | "a.map" | "a.js.map") {
        // Elsewhere a section is a map of its own, and one that holds nothing is none.
        contents.retain(|text| !text.is_empty());
    }
    expect(name, &text, &contents);
}

/// The digests of all texts that were counted.
pub fn texts_in(name: &str, bytes: &[u8]) -> BTreeSet<Digest> {
    let path = EntryPath::parse(name).expect("a sound path");
    let seen = inspect(&Subject::new(&path, bytes), &Place::at(name), Task::of(&TEXTS));
    seen.carried.iter().flat_map(|row| &row.texts).map(|text| text.digest).collect()
}

fn expect(name: &str, bytes: &[u8], contents: &[&str]) {
    let seen = texts_in(name, bytes);
    for text in contents {
        let known = seen.contains(&lastlook::model::digest(text.as_bytes()));
        assert!(known, "{text:?} is not counted in {name}: {}", String::from_utf8_lossy(bytes));
    }
}

/// The texts of the map, or of its sections.
fn contents(value: &Value) -> Vec<&str> {
    let own = ["version", "sources", "mappings"].iter().all(|key| value.get(key).is_some());
    let own = value.get("sourcesContent").and_then(Value::as_array).filter(|_| own);
    let mut texts: Vec<&str> = own.into_iter().flatten().filter_map(Value::as_str).collect();
    for section in value.get("sections").and_then(Value::as_array).into_iter().flatten() {
        if let Some(map) = section.get("map").filter(|_| section.get("offset").is_some_and(Value::is_object)) {
            texts.extend(contents(map));
        }
    }
    texts
}

/// A name, a text, and the map in it.
fn planned(feed: &mut Unstructured<'_>) -> Result<(&'static str, Vec<u8>, Value)> {
    let value = map(feed, 0)?;
    let wrap = feed.int_in_range(0..=12)?;
    let mut text = String::new();
    write(feed, &value, wrap < 5, &mut text)?;
    let base64 = base64::engine::general_purpose::STANDARD.encode(&text);
    let percent: String = text.bytes().fold(String::new(), |mut all, byte| {
        let _ = write!(all, "%{byte:02x}");
        all
    });
    let is_empty = contents(&value).iter().all(|text| text.is_empty());
    let wide = |bytes: fn(u16) -> [u8; 2], text: &str| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let (name, bytes) = match wrap {
        0 => ("a.map", text.into_bytes()),
        1 => ("a.js.map", format!("\u{feff}{text}").into_bytes()),
        2 => ("a", format!(")]}}'\n{text}").into_bytes()),
        3 => ("a.map", wide(u16::to_le_bytes, &format!("\u{feff}{text}"))),
        4 => ("a.map", wide(u16::to_be_bytes, &format!("\u{feff}{text}"))),
        // Elsewhere a map without a text is none.
        _ if is_empty => return Err(arbitrary::Error::IncorrectFormat),
        5 => ("a.map", format!("// a comment\n{text}\n").into_bytes()),
        6 => ("a.js", format!("module.exports = {text};\n").into_bytes()),
        7 => ("a.js", format!("x()\n//# sourceMappingURL=data:application/json;base64,{base64}\n").into_bytes()),
        8 => ("a.js", format!("x()\n//# sourceMappingURL=data:application/json,{percent}").into_bytes()),
        9 => ("a.css", format!("a{{}}\n/*# sourceMappingURL=data:application/json;base64,{base64} */").into_bytes()),
        10 => {
            let code = format!("x()\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,{base64}\n");
            ("a.js", format!("eval({});\n", Value::from(code)).into_bytes())
        }
        11 => ("a.html", format!("<p><script>x()\n//# sourceMappingURL=data:;base64,{base64}\n</script>").into_bytes()),
        _ => ("a.json", json!({ "files": [{ "map": text }] }).to_string().into_bytes()),
    };
    Ok((name, bytes, value))
}

fn word(feed: &mut Unstructured<'_>) -> Result<String> {
    if feed.ratio(1, 4)? {
        let length = feed.int_in_range(0..=40.min(feed.len()))?;
        return Ok(String::from_utf8_lossy(feed.bytes(length)?).into_owned());
    }
    let usual = [
        "src/a.ts",
        "",
        "text\n",
        "\"sourcesContent\":[",
        "\\",
        "{",
        "]}",
        "\u{e9}\u{1f600}",
        "//# sourceMappingURL=x",
        "webpack://a/b.ts",
        "\u{2028}",
        "*/",
        "</script>",
        "'",
        "`${a}`",
        "\0",
        "\u{feff}",
        "\r\n",
        "\\u0041",
    ];
    Ok((*feed.choose(&usual)?).to_owned())
}

fn list(feed: &mut Unstructured<'_>) -> Result<Value> {
    let mut list = Vec::new();
    for _ in 0..feed.int_in_range(0..=3)? {
        list.push(match feed.int_in_range(0..=7)? {
            0 => Value::Null,
            1 => json!(feed.int_in_range(-2..=99)?),
            _ => Value::String(word(feed)?),
        });
    }
    Ok(list.into())
}

/// A map with its keys in any order, or one of sections.
fn map(feed: &mut Unstructured<'_>, depth: u32) -> Result<Value> {
    let mut value = json!({});
    if depth < 2 && feed.ratio(1, 4)? {
        let mut sections = Vec::new();
        for _ in 0..feed.int_in_range(1..=2)? {
            sections.push(json!({ "offset": { "line": 0, "column": 0 }, "map": map(feed, depth + 1)? }));
        }
        value["version"] = json!(3);
        value["sections"] = sections.into();
        return Ok(value);
    }
    let mut keys = vec!["version", "sources", "sourcesContent", "mappings"];
    for key in ["names", "file", "sourceRoot", "ignoreList", "x_sources", "debugId", "sections"] {
        if feed.ratio(1, 4)? {
            keys.push(key);
        }
    }
    while !keys.is_empty() {
        let key = keys.swap_remove(feed.int_in_range(0..=keys.len() - 1)?);
        value[key] = match key {
            "version" => json!(3),
            "sources" | "sourcesContent" | "names" => list(feed)?,
            "ignoreList" => json!([0]),
            "x_sources" => json!([{ "a": [list(feed)?] }]),
            "sections" => json!([]),
            "mappings" => json!("AAAA;AACA"),
            _ => word(feed)?.into(),
        };
    }
    Ok(value)
}

/// Writes JSON in any of the spellings that it has.
fn write(feed: &mut Unstructured<'_>, value: &Value, keys: bool, out: &mut String) -> Result<()> {
    blank(feed, out)?;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
        Value::String(text) => quote(feed, text, out)?,
        Value::Array(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                out.push_str(if number > 0 { "," } else { "" });
                write(feed, item, keys, out)?;
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (number, (key, item)) in fields.iter().enumerate() {
                out.push_str(if number > 0 { "," } else { "" });
                blank(feed, out)?;
                if keys {
                    quote(feed, key, out)?
                } else {
                    out.push_str(&json!(key).to_string())
                }
                blank(feed, out)?;
                out.push(':');
                write(feed, item, keys, out)?;
            }
            out.push('}');
        }
    }
    blank(feed, out)
}

fn blank(feed: &mut Unstructured<'_>, out: &mut String) -> Result<()> {
    if feed.ratio(1, 16)? {
        out.push_str(feed.choose(&[" ", "\n", "\t", "\r\n  "])?);
    }
    Ok(())
}

fn quote(feed: &mut Unstructured<'_>, text: &str, out: &mut String) -> Result<()> {
    out.push('"');
    let odd = feed.ratio(1, 4)?;
    for letter in text.chars() {
        if odd && feed.ratio(1, 3)? {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = if feed.ratio(1, 2)? { write!(out, "\\u{unit:04x}") } else { write!(out, "\\u{unit:04X}") };
            }
        } else if letter == '/' && odd {
            out.push_str("\\/");
        } else {
            let plain = json!(letter.to_string()).to_string();
            out.push_str(&plain[1..plain.len() - 1]);
        }
    }
    out.push('"');
    Ok(())
}
