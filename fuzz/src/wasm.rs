//! WebAssembly modules: each section that names a map is a reference, or the map in it is counted.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use lastlook::inspect::{Subject, Task, TextRules, inspect};
use lastlook::model::{EntryPath, Place};

static TEXTS: LazyLock<TextRules> = LazyLock::new(|| TextRules::new([], &[]).expect("the rules are sound"));

/// The first byte says whether the rest is a module or the plan of one.
pub fn run(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let (module, urls) = if first & 1 == 0 {
        (rest.to_vec(), Vec::new())
    } else {
        let Ok(planned) = planned(&mut Unstructured::new(rest)) else { return };
        planned
    };
    let path = EntryPath::parse("a.wasm").expect("a sound path");
    let seen = inspect(&Subject::new(&path, &module), &Place::at("a.wasm"), Task::of(&TEXTS));
    for url in urls {
        let known = seen.references.iter().any(|reference| reference.url == url);
        assert!(known, "{url:?} is no reference: {:?}", seen.references);
    }
}

fn number(mut number: usize, out: &mut Vec<u8>) {
    while number > 0x7f {
        out.push(u8::try_from(number & 0x7f).expect("seven bits") | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).expect("seven bits"));
}

/// A module of custom sections, and the URLs that an engine reads in it.
fn planned(feed: &mut Unstructured<'_>) -> Result<(Vec<u8>, Vec<String>)> {
    let mut out = b"\0asm\x01\0\0\0".to_vec();
    let mut urls = Vec::new();
    let mut sound = true;
    for _ in 0..feed.int_in_range(0..=6)? {
        let names = ["sourceMappingURL", "external_debug_info", "name", ".debug_info", "producers", "sourceMappingUrl"];
        let name = *feed.choose(&names)?;
        let url = *feed.choose(&["a.wasm.map", "https://a.example/a.map", "data:application/json,{}", "", "\u{e9}"])?;
        let mut data = Vec::new();
        if feed.ratio(3, 4)? {
            number(url.len(), &mut data);
        }
        data.extend(url.as_bytes());
        let mut body = Vec::new();
        number(name.len(), &mut body);
        body.extend(name.as_bytes());
        body.extend(&data);
        let odd = feed.ratio(1, 10)?;
        out.push(if odd { feed.int_in_range(0..=13)? } else { 0 });
        number(if feed.ratio(19, 20)? { body.len() } else { feed.int_in_range(0..=60)? }, &mut out);
        let start = out.len();
        out.extend(&body);
        // What comes after something odd is for no engine.
        sound &= !odd
            && out[..start].ends_with(&{
                let mut length = Vec::new();
                number(body.len(), &mut length);
                length
            });
        if sound && name == "sourceMappingURL" && !url.is_empty() && !url.starts_with("data:") {
            urls.push(url.to_owned());
        }
    }
    Ok((out, urls))
}
