//! Pages, scripts, styles and addresses of a site: what a page plainly loads is named.

use std::sync::LazyLock;

use arbitrary::{Result, Unstructured};
use lastlook::verify::site::{Glance, Url};

static GLANCE: LazyLock<Glance> = LazyLock::new(|| Glance::new().expect("the patterns are sound"));

static HOME: LazyLock<Url> = LazyLock::new(|| Url::parse("https://site.example/a/b.html").expect("an address"));

/// The first byte says what the rest is.
pub fn run(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let text = &*String::from_utf8_lossy(rest);
    let names = match first % 6 {
        0 => GLANCE.page(text, &HOME),
        1 => GLANCE.script(text, &HOME),
        2 => GLANCE.style(text),
        3 => Glance::headers(text),
        4 => return address(text),
        _ => {
            let Ok((page, loads)) = page(&mut Unstructured::new(rest)) else { return };
            let names = GLANCE.page(&page, &HOME);
            for load in loads {
                assert!(names.contains(&load), "{load:?} is not named: {names:?} in {page}");
            }
            names
        }
    };
    assert!(names.len() <= 40_000, "{} names", names.len());
    for name in names {
        if let Some(url) = HOME.join(&name) {
            same(&url);
        }
    }
}

/// An address is the same when it is read again, and stays what it is.
fn address(text: &str) {
    let urls = [Url::parse(text), HOME.join(text)];
    urls.iter().flatten().for_each(same);
}

fn same(url: &Url) {
    let text = url.to_string();
    assert_eq!(Url::parse(&text).as_ref(), Some(url), "{text}");
    let parts: Vec<&str> = url.path().split('/').collect();
    assert!(url.path().starts_with('/') && !parts.contains(&".."), "{text}");
}

const AROUND: &[&str] = &[
    "<p>a</p>",
    "<!-- a -->",
    "<style>a{}</style>",
    "<script>x()</script>",
    "<svg><style>a</style></svg>",
    "&amp;",
    "\0",
    "<template><p></template>",
    "<noscript><p></noscript>",
    "<textarea>a</textarea>",
    "<title>a</title>",
    "a < b",
    "\u{e9}",
    "<iframe></iframe>",
    "<math></math>",
    "<!doctype html>",
    "<a href=x.html>",
    "<br/>",
    "<![CDATA[a]]>",
    "<?a?>",
    "\u{feff}",
];

/// A page of whole elements, and the scripts and styles that it loads.
fn page(feed: &mut Unstructured<'_>) -> Result<(String, Vec<String>)> {
    let (mut page, mut loads) = (String::new(), Vec::new());
    for number in 0..feed.int_in_range(0..=12)? {
        if feed.ratio(2, 3)? {
            page.push_str(feed.choose(AROUND)?);
            continue;
        }
        let name = format!("/n{number}.{}", if feed.ratio(1, 3)? { "css" } else { "js" });
        let quote = *feed.choose(&["\"", "'", ""])?;
        page.push_str(&if name.ends_with("css") {
            format!("<LINK rel=stylesheet href={quote}{name}{quote}>")
        } else {
            let kind = *feed.choose(&["", " type=module", " async", " defer nonce='a'", "\n"])?;
            format!("<script{kind} src={quote}{name}{quote}></script>")
        });
        loads.push(name);
    }
    Ok((page, loads))
}
