//! What a server answered → whether it is a page, or code, by what it holds before what the server says.

use std::borrow::Cow;

use super::Url;
use super::scan::{Sort, sort};
use crate::inspect::{Text, map};
use crate::publish::Page;

/// What was answered as text.
pub(super) fn text(page: &Page) -> String {
    let kind = page.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let body = match Text::of("", page.body()).bytes {
        // Without a mark at its beginning, the server alone knows.
        Cow::Borrowed(body) if kind.contains("utf-16") => {
            let big = kind.contains("utf-16be");
            let unit = |pair: &[u8]| {
                let pair = pair.try_into().unwrap_or_default();
                if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
            };
            return char::decode_utf16(body.chunks_exact(2).map(unit)).map(|c| c.unwrap_or('\u{fffd}')).collect();
        }
        body => body,
    };
    String::from_utf8_lossy(&body).trim_start_matches('\u{feff}').to_owned()
}

/// Whether it is a page by what it holds, or by what the server says and nothing contradicts.
pub(super) fn is_page(page: &Page, text: &str) -> bool {
    let kind = page.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let says = ["text/html", "application/xhtml", "image/svg"].iter().any(|own| kind.starts_with(own));
    text.trim_start().starts_with('<') || (says && !map::is_map(page.body()))
}

/// Whether a browser would find no code in it, whatever the server calls it: no script, style or JSON begins like a tag.
/// A line that begins a comment of HTML is one of a script, too.
pub(super) fn is_markup(text: &str) -> bool {
    let mut rest = text.trim_start();
    while rest.starts_with("<!--") || rest.starts_with("-->") {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest.trim_start());
    }
    rest.starts_with('<')
}

/// Whether it is a whole document, and not a part of one, as many a template is.
pub(super) fn is_document(text: &str) -> bool {
    let mut rest = text.trim_start();
    while let Some(comment) = rest.strip_prefix("<!--").or_else(|| rest.strip_prefix("<?")) {
        rest = comment.split_once('>').map_or("", |(_, rest)| rest.trim_start());
    }
    let begin: String = rest.chars().take(9).collect::<String>().to_ascii_lowercase();
    ["<!doctype", "<html", "<head", "<body"].iter().any(|tag| begin.starts_with(tag))
}

/// What a link leads to, where that is code.
pub(super) fn script_like(url: &Url, page: &Page) -> Option<Sort> {
    let kind = page.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if kind.contains("javascript") {
        return Some(Sort::Script);
    }
    if kind.starts_with("text/css") {
        return Some(Sort::Style);
    }
    if kind.contains("wasm") {
        return Some(Sort::Wasm);
    }
    sort(url.path()).filter(|sort| matches!(sort, Sort::Script | Sort::Style | Sort::Wasm))
}

/// Links to these are no pages.
pub(super) fn no_page(path: &str) -> bool {
    const OTHERS: &[&str] = &[
        "png", "jpg", "jpeg", "gif", "webp", "avif", "ico", "pdf", "zip", "gz", "tgz", "mp4", "webm", "mp3", "woff",
        "woff2", "ttf", "exe", "dmg", "deb", "rpm", "iso", "csv", "xml", "txt",
    ];
    let ending = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending);
    ending.is_some_and(|ending| OTHERS.contains(&ending.to_ascii_lowercase().as_str()))
}
