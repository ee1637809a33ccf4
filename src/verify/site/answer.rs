//! What a server answered → whether it is a page, or code, by what it holds before what the server says.

use super::Url;
use super::scan::{Sort, sort};
use crate::inspect::map;
use crate::publish::Page;

/// Whether it is a page by what it holds, or by what the server says and nothing contradicts.
pub(super) fn is_page(page: &Page) -> bool {
    let body = page.body();
    let begin = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    let begin = begin.get(..begin.len().min(15)).unwrap_or_default().to_ascii_lowercase();
    if [&b"<!doctype html"[..], b"<html", b"<head", b"<body", b"<!--"].iter().any(|tag| begin.starts_with(tag)) {
        return true;
    }
    page.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/html"))
        && !map::is_map(body)
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
        "png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "ico", "pdf", "zip", "gz", "tgz", "mp4", "webm", "mp3",
        "woff", "woff2", "ttf", "exe", "dmg", "deb", "rpm", "iso", "csv", "xml", "txt",
    ];
    let ending = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending);
    ending.is_some_and(|ending| OTHERS.contains(&ending.to_ascii_lowercase().as_str()))
}
