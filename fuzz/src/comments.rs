//! `sourceMappingURL=` in scripts, styles and pages: what plain consumers obey is a reference, and an inline map is counted.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use base64::Engine as _;
use lastlook::inspect::{Subject, Task, TextRules, inspect};
use lastlook::model::{EntryPath, Place};

use super::whole::CANARY;

static TEXTS: LazyLock<TextRules> = LazyLock::new(|| TextRules::new([], &[]).expect("the rules are sound"));

static URL: LazyLock<String> = LazyLock::new(|| {
    format!("data:application/json;base64,{}", base64::engine::general_purpose::STANDARD.encode(CANARY))
});

const NAMES: &[&str] = &["a.js", "a.css", "a.html", "a", "README.md", "a.ts", "a.less", "a.json", "a.vue", "a.txt"];

/// The first byte chooses the kind of file, and whether the rest is its text or the plan of it.
pub fn run(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let name = NAMES[usize::from(first >> 1) % NAMES.len()];
    let mut inline = false;
    let text = if first & 1 == 0 {
        rest.to_vec()
    } else {
        let Ok((text, holds)) = planned(&mut Unstructured::new(rest)) else { return };
        inline = holds;
        text.into_bytes()
    };
    let path = EntryPath::parse(name).expect("a sound path");
    let seen = inspect(&Subject::new(&path, &text), &Place::at(name), Task::of(&TEXTS));
    assert!(seen.references.len() <= text.len() / 17 + 1);
    let counted = seen.carried.iter().any(|row| row.texts.iter().any(|text| text.bytes > 0));
    assert!(counted || !inline, "an inline map is not counted in {name}: {}", String::from_utf8_lossy(&text));
    if let Some(url) = last(&text).filter(|_| matches!(name, "a.js" | "a.ts")) {
        let known = seen.references.iter().any(|reference| reference.url == url);
        assert!(known, "{url:?} is no reference in {name}: {}", String::from_utf8_lossy(&text));
    }
}

/// What a consumer that looks at the last line alone obeys: a short name without a quote in it.
fn last(text: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(text).ok()?.trim_ascii_end();
    let line = text.rsplit(['\n', '\r']).next()?;
    let url = line.strip_prefix("//# sourceMappingURL=")?;
    let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '/' | '_' | '-');
    (!url.is_empty() && url.chars().all(plain)).then_some(url)
}

const PIECES: &[&str] = &[
    "//# sourceMappingURL=",
    "//@ sourceMappingURL=",
    "/*# sourceMappingURL=",
    "sourceMappingURL=",
    "sourceURL=x",
    "a.map",
    " */",
    "*/",
    "/*",
    "//",
    "\n",
    "\r",
    "\r\n",
    "\u{2028}",
    "\"",
    "'",
    "`",
    "${",
    "}",
    "/",
    "\\",
    " ",
    "\t",
    "<script>",
    "</script>",
    "<style>",
    "</style>",
    "<!--",
    "-->",
    "x()",
    "= /a/",
    "[",
    "]",
    "\u{feff}",
    "\0",
    "#",
    "@",
    "https://a.example/a.map",
    "data:,",
    "eval(\"",
    "\")",
    ");",
    "return /[/]/",
    "é",
];

/// A text of such pieces, and whether an inline map that any consumer could read stands in it.
fn planned(feed: &mut Unstructured<'_>) -> Result<(String, bool)> {
    let (mut text, mut inline) = (String::new(), false);
    for _ in 0..feed.int_in_range(0..=40)? {
        if feed.ratio(1, 12)? {
            text.push_str(feed.choose(&["//# sourceMappingURL=", "//@ sourceMappingURL=", "/*# sourceMappingURL="])?);
            text.push_str(&URL);
            text.push_str(feed.choose(&["\n", " */\n", "\r", "\"", "'", "\\n\"", "`", "</script>", " ", ""])?);
            inline |= text.ends_with('\n');
        } else if feed.is_empty() {
            break;
        } else {
            text.push_str(feed.choose(PIECES)?);
        }
    }
    Ok((text, inline))
}
