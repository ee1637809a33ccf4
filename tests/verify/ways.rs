//! Every way in which a page leads to a script, and a script to its original: each is followed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::server::{Seen, Server, present, verify};

const MAP: &str =
    r#"{"version":3,"sources":["a.ts"],"sourcesContent":["// original\nlet a = 1;\n"],"mappings":"AAAA"}"#;

fn page(text: &str) -> Value {
    json!([200, {"content-type": "text/html"}, format!("<!doctype html>{text}")])
}

fn script(text: &str) -> Value {
    json!([200, {"content-type": "text/javascript"}, text])
}

fn bad() -> Value {
    script(&format!("1;\n//# sourceMappingURL=data:application/json;base64,{}\n", STANDARD.encode(MAP)))
}

fn seen(answers: &Value) -> Seen {
    verify(&Server::start(&json!({ "answers": answers })).url, &[])
}

/// Each site gives one original away, and is blocked for it.
fn all_are_found(sites: &[Value]) {
    for site in sites {
        let seen = seen(site);
        assert_eq!((seen.code, seen.of("map/embedded-sources").len()), (1, 1), "{site:#}\n{:#?}", seen.findings());
    }
}

#[test]
fn what_a_page_runs_is_found() {
    if !present() {
        return;
    }
    let many =
        |count: usize| (0..count).map(|n| format!("<script src=/s{n}.js></script>")).collect::<Vec<_>>().concat();
    let twice = format!("{}<script src=/bad.js></script>", "<script src=/a.js></script>".repeat(3_000));
    all_are_found(&[
        // Whatever the server calls it, and however it begins.
        json!({"/": page("<script src=/bad.js></script>"), "/bad.js": [200, {"content-type": "text/html"}, bad()[2]]}),
        json!({"/": page("<script src=/bad.js></script>"), "/bad.js": script(&format!("<!-- a\n{}", bad()[2].as_str().unwrap()))}),
        // As two things at once.
        json!({"/": page("<a href=/bad.js>x</a><script src=/bad.js></script>"), "/bad.js": bad()}),
        json!({"/": page("<link rel=preload as=style href=/m><script src=/m></script>"), "/m": script("import('/bad.js')"), "/bad.js": bad()}),
        json!({"/": page("<a href=/m>x</a>"), "/m": script("import('/bad.js')"), "/bad.js": bad()}),
        // Behind many that are the same.
        json!({"/": page(&twice), "/a.js": script("1;"), "/bad.js": bad()}),
        // Elsewhere than beside the script that names them.
        json!({"/": page("<script src=/js/a.js></script>"), "/js/a.js": script("new Worker('bad.js')"), "/bad.js": bad(), "/js/bad.js": script("1;")}),
        json!({"/app/x": page("<script src=/js/a.js></script>"), "/": page("<a href=/app/x>x</a>"), "/js/a.js": script("new Worker('w.js')"), "/app/w.js": bad()}),
        json!({"/": page("<script src=/js/a.js></script>"), "/js/a.js": script("r.p='/cdn/';r.u=e=>({1e3:'big'}[e]||e)+'.js';n.e(1e3)"), "/cdn/big.js": bad()}),
        // In headers, attributes and frames.
        json!({"/": [200, {"content-type": "text/html", "link": "</bad.js>; rel=preload; as=script"}, "<!doctype html>"], "/bad.js": bad()}),
        json!({"/": [200, {"content-type": "text/html", "refresh": "0; url=/b"}, "<!doctype html>"], "/b": page("<script src=bad.js></script>"), "/bad.js": bad()}),
        json!({"/": page("<object data=/p.svg></object>"), "/p.svg": [200, {"content-type": "image/svg+xml"}, "<svg xmlns='http://www.w3.org/2000/svg'><script href='/bad.js'/></svg>"], "/bad.js": bad()}),
        json!({"/": page("<iframe srcdoc=\"<script src='/bad.js'></script>\"></iframe>"), "/bad.js": bad()}),
        json!({"/": page("<button onclick=\"import('/bad.js')\">"), "/bad.js": bad()}),
        json!({"/": page("<script>self.__x.push([1,\"{\\\"a\\\":\\\"\\/bad.js\\\"}\"])</script>"), "/bad.js": bad()}),
        json!({"/": page("<script>load('/bäd.js')</script>"), "/bäd.js": bad()}),
        json!({"/": page("<a href=/gone>x</a>"), "/gone": [404, {"content-type": "text/html"}, "<!doctype html><script src=/bad.js></script>"], "/bad.js": bad()}),
        json!({"/": page("<script src=x/%2e%2e/bad.js></script>"), "/bad.js": bad()}),
        json!({"/": page("<script src=http:/bad.js></script>"), "/bad.js": bad()}),
    ]);
    all_are_found(&[
        // Chunks that lie in a folder above the script, and chunks without a table of their own.
        json!({"/": page("<script src=/static/app/js/main.js></script>"), "/static/app/js/main.js": script("r.u=e=>\"js/\"+e+\".js\";r.e(5)"), "/static/app/js/5.js": bad()}),
        json!({"/": page("<script src=/a.js></script>"), "/a.js": script("r.u=e=>e+\".js\";new Worker(new URL(r.p+r.u(41),r.b))"), "/41.js": bad()}),
        json!({"/": page("<script src=/a.js></script>"), "/a.js": script("r.u=e=>e+\".js\";var m={\"./a.js\":[78,[789]]}"), "/789.js": bad()}),
        // The names of AMD, of tables of imports, and of what service workers keep.
        json!({"/": page("<script src=/sw.js></script>"), "/sw.js": script("define([\"./workbox-9c191d2f\"],function(w){})"), "/workbox-9c191d2f.js": bad()}),
        json!({"/": page("<script type=importmap>{\"imports\":{\"lib/\":\"/vendor/lib/\"}}</script><script type=module>import \"lib/q.js\"</script>"), "/vendor/lib/q.js": bad()}),
        json!({"/": page("<script src=/sw.js></script>"), "/sw.js": script("precacheAndRoute([{url:\"about.html\",revision:1}])"), "/about.html": page("<script src=/bad.js></script>"), "/bad.js": bad()}),
        json!({"/": page("<script src=/sw.js></script>"), "/sw.js": script("cache.addAll([\"/\",\"/about\"])"), "/about": page("<script src=/bad.js></script>"), "/bad.js": bad()}),
        // What is shown where nothing is, and where nobody may be.
        json!({"/": page("<a href=/nope>x</a><a href=/admin>y</a>"), "/nope": [404, {}, "nothing"], "/admin": [403, {"content-type": "text/html"}, "<!doctype html><script src=/bad.js></script>"], "/bad.js": bad()}),
        json!({"/": page(""), "/lastlook-asks-for-what-is-not-there": [404, {"content-type": "text/html"}, "<!doctype html><script src=/bad.js></script>"], "/bad.js": bad()}),
        // Addresses as browsers read them.
        json!({"/": page(&format!("<script src=\"/combo?{}\"></script>", "a".repeat(5_000))), "/combo": bad()}),
        json!({"/": page("<script src=.//x.js></script>"), "//x.js": bad()}),
        json!({"/": page("<meta http-equiv=refresh content='0 url=/two'>"), "/two": page("<script src=/bad.js></script>"), "/bad.js": bad()}),
        json!({"/": page("<script src=/a.js></script>"), "/a.js": script("import(/* a * b */ './b\\u0061d x.js')"), "/bad%20x.js": bad(), "/bad x.js": bad()}),
        json!({"/": page("<script src=/a.js></script>"), "/a.js": script("importScripts('/b.js', '/bad')"), "/b.js": script("1;"), "/bad": bad()}),
        json!({"/": page("<script src=/a.js></script>"), "/a.js": script("load(`/q.js?v=${v}`)"), "/q.js": bad()}),
        json!({"/": page("<script src=/a.js></script>"), "/a.js": script("new window.Worker(new URL('q',import.meta.url))"), "/q": bad()}),
    ]);
    let style = |text: &str| json!([200, {"content-type": "text/css"}, text]);
    let map = json!([200, {}, MAP]);
    all_are_found(&[
        json!({"/": page("<style>@import/**/\"a b;c.css\";</style>"), "/a%20b;c.css": style(""), "/a b;c.css": style(""), "/a b;c.css.map": map.clone(), "/a%20b;c.css.map": map}),
    ]);
    // Each name is one request, and the last of them counts as the first.
    let mut site = json!({"/": page(&(many(300) + "<script src=/bad.js></script>")), "/bad.js": bad()});
    (0..300).for_each(|n| site[format!("/s{n}.js")] = script("1;"));
    all_are_found(&[site]);
}

#[test]
fn a_page_or_a_script_in_utf_16_is_read() {
    if !present() {
        return;
    }
    let wide = |text: &str, mark: bool| {
        let mut bytes = if mark { vec![0xff, 0xfe] } else { Vec::new() };
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        STANDARD.encode(bytes)
    };
    let text = "<!doctype html><script src=/m></script>";
    all_are_found(&[
        json!({"/": [200, {"content-type": "text/html"}, wide(text, true), "base64"], "/m": bad()}),
        json!({"/": [200, {"content-type": "text/html; charset=utf-16le"}, wide(text, false), "base64"], "/m": bad()}),
        json!({"/": page("<script src=/m></script>"), "/m": [200, {}, wide("import('/bad.js')", true), "base64"], "/bad.js": bad()}),
        json!({"/": page("<script src=/m></script>"), "/m": [200, {}, wide(bad()[2].as_str().unwrap(), true), "base64"]}),
    ]);
}

#[test]
fn maps_are_found_wherever_they_are() {
    if !present() {
        return;
    }
    let map = json!([200, {}, MAP]);
    let index = r#"{"version":3,"sections":[{"offset":{"line":0,"column":0},"url":"part.map"}]}"#;
    let copies = "//# sourceMappingURL=no.map\n".repeat(300);
    all_are_found(&[
        json!({"/": page("<a href=/x.js.map>map</a>"), "/x.js.map": map}),
        json!({"/": page("<script src=/old.js></script>"), "/old.js": [302, {"location": "/new.js"}, ""], "/new.js": script("1;"), "/old.js.map": map}),
        json!({"/": page("<script src=/old.js></script>"), "/old.js": [302, {"location": "/new.js"}, ""], "/new.js": script("1;"), "/new.js.map": map}),
        json!({"/": page("<script src='/b?f=app.js'></script>"), "/b?f=app.js": script("1;"), "/b?f=app.js.map": map}),
        json!({"/": page("<script src=/a.js></script>"), "/a.js": script("1;\n//# sourceMappingURL=a.map"), "/a.map": [200, {}, index], "/part.map": map}),
        json!({"/": page("<script src=/a.js></script>"), "/a.js": script(&format!("1;\n{copies}//# sourceMappingURL=other.map\n")), "/other.map": map}),
        // Code that has no ending tells what it is by where it is loaded.
        json!({"/": page("<script src='/static/app?v=1'></script>"), "/static/app?v=1": bad()}),
        json!({"/": page("<script src='/app'></script>"), "/app": bad()}),
    ]);
}

#[test]
fn a_map_of_the_site_itself_is_no_map_of_others() {
    if !present() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.html"), "<!doctype html><script src=/a.js></script>").unwrap();
    let server = Server::start(&json!({ "root": folder.path() }));
    std::fs::write(folder.path().join("a.js"), format!("1;\n//# sourceMappingURL={}/a.js.map\n", server.url)).unwrap();
    let seen = verify(&server.url, &[]);
    assert_eq!(
        (seen.code, seen.of("map/remote"), seen.of("map/dangling").len()),
        (0, vec![], 1),
        "{:?}",
        seen.findings()
    );
    std::fs::write(folder.path().join("a.js.map"), MAP).unwrap();
    let seen = verify(&server.url, &[]);
    let rules: Vec<String> = seen.findings().into_iter().map(|(rule, ..)| rule).collect();
    assert_eq!((seen.code, rules), (1, vec!["map/embedded-sources".to_owned()]));
}

#[test]
fn originals_that_are_served_are_found() {
    if !present() {
        return;
    }
    let map = r#"{"version":3,"sourceRoot":"/src","sources":["a.ts","gone.ts","webpack://x/b.ts"],"mappings":"AAAA"}"#;
    let mut site = json!({
        "/": page("<script src=/a.js></script>"), "/a.js": script("1;"),
        "/a.js.map": [200, {}, map], "/src/a.ts": [200, {}, "let a: number = 1;\n"],
    });
    let seen_ = seen(&site);
    let found = seen_.of("site/original-served");
    assert_eq!((seen_.code, found.len()), (1, 1), "{:?}", seen_.findings());
    assert_eq!((found[0].0.as_str(), found[0].1.contains("a.js.map")), ("src/a.ts", true));
    assert!(seen_.err.contains("1 original served"), "{}", seen_.err);
    // A page that answers to everything is none, nor is a script that the site loads.
    site["/src/a.ts"] = page("");
    assert_eq!(seen(&site).of("site/original-served"), []);
    site["/"] = page("<script src=/a.js></script><script src=/src/a.ts></script>");
    site["/src/a.ts"] = script("1;");
    assert_eq!(seen(&site).of("site/original-served"), []);
}

/// Pages in attributes of pages.
fn srcdoc(deep: usize) -> String {
    (0..deep).fold("<script src=/bad.js></script>".to_owned(), |inner, _| {
        format!("<iframe srcdoc=\"{}\"></iframe>", inner.replace('&', "&amp;").replace('"', "&quot;"))
    })
}

#[test]
fn what_is_in_order_is_no_finding() {
    if !present() {
        return;
    }
    let empty = || page("");
    for site in [
        // Addresses do not stand in each other's way.
        json!({"/": page("<a href=/blog>1</a><a href=/blog/post>2</a><a href=/About>3</a><a href=/about>4</a>"),
            "/blog": empty(), "/blog/post": page("<p>"), "/About": page("<b>"), "/about": page("<i>")}),
        json!({"/": page("<script src=/A.js></script><script src=/a.js></script>"), "/A.js": script("1;"), "/a.js": script("1;")}),
        // Frames may hold anything.
        json!({"/": page("<object data=/x.bin></object><embed src=/t.txt>"), "/x.bin": [200, {"content-type": "application/pdf"}, "%PDF-1.7"], "/t.txt": [200, {}, "text"]}),
        // What no browser loads.
        json!({"/": page("<script type=text/plain src=/no.js></script><template><script src='{{url}}.js'></script></template>")}),
        json!({"/": page("<style>/* @import 'gone.css'; */</style>")}),
        json!({"/": page("<script src=/a.js></script>"), "/a.js": script("/**\n * @param {import('./types').A} a\n * @type {import('./types.js').B}\n */\nvar s='importScripts(\"'+JSON.stringify(e)+'\")';")}),
    ] {
        let seen = seen(&site);
        assert_eq!((seen.code, seen.findings()), (0, vec![]), "{site:#}");
    }
    // A frame that is gone is a thing that is named and not there, wherever it stands.
    let seen = seen(
        &json!({"/": page("<iframe src=/gone></iframe><a href=/b>b</a>"), "/b": page("<iframe src=/lost></iframe>")}),
    );
    assert_eq!((seen.code, seen.of("site/missing").len()), (0, 2), "{:?}", seen.findings());
}

#[test]
fn what_was_not_read_is_never_clear() {
    if !present() {
        return;
    }
    let packed = json!([200, {"transfer-encoding": "gzip"}, "H4sIAAAAAAAAAzM0MjYBAN7u+eQFAAAA", "base64"]);
    let names = (0..10_001).map(|n| format!("<script src=/s{n}.js></script>")).collect::<Vec<_>>().concat();
    let maps =
        (0..1_001).map(|n| format!("<script>//# sourceMappingURL={n}.map\n</script>")).collect::<Vec<_>>().concat();
    for (site, why) in [
        (json!({"/": page("<script src=/a.js></script>"), "/a.js": packed}), ""),
        (json!({"/": page(&names)}), "names more files than are read"),
        (json!({"/": page(&maps)}), "names more maps than are read"),
        (
            json!({"/": page(&format!("<script src=\"/{}\"></script>", "a".repeat(70_000)))}),
            "names more files than are read",
        ),
        (json!({"/": page(&srcdoc(6))}), "names more files than are read"),
        (json!({"/": page("<script src=/a.js></script>"), "/a.js": script(&".u=e=>/*".repeat(300_000))}), ""),
    ] {
        let server = Server::start(&json!({ "answers": site }));
        let seen = verify(&server.url, &["--requests", "20"]);
        let unread = seen.of("audit/unread");
        if why.is_empty() && unread.is_empty() {
            // Code that only looks like a table of chunks names nothing.
            assert_eq!(seen.code, 0, "{:?}", seen.findings());
            assert!(seen.took.as_secs() < 10, "{:?}", seen.took);
            continue;
        }
        assert_eq!(seen.code, 2);
        assert!(unread.iter().any(|(_, message)| message.contains(why)), "{why}: {unread:?}");
    }
}
