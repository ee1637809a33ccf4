//! Source maps in every textual form: found by content, counted as JavaScript counts.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};

use crate::make::{small_map, tgz};
use crate::run::{Audited, audit};

const MAP: &str =
    r#"{"version":3,"sources":["src/a.ts"],"sourcesContent":["let secret = 1;\n// two"],"mappings":"AAAA"}"#;

fn one(name: &str, body: &[u8]) -> Audited {
    audit(&tgz([("package.json", &br#"{"name":"a"}"#[..]), (name, body)]))
}

/// The text of `MAP` is found in `body`, in this carrier.
#[track_caller]
fn found(name: &str, body: &[u8], carrier: &str) {
    let seen = one(name, body);
    let shown = String::from_utf8_lossy(&body[..body.len().min(120)]).into_owned();
    assert_eq!(seen.maps(), [name], "{shown}");
    let row = &seen.artifact()["maps"][0];
    assert_eq!((row["carrier"].as_str().unwrap(), row["embedded"].as_u64()), (carrier, Some(1)), "{shown}");
    assert_eq!((seen.exposure("lines"), seen.exposure("bytes")), (2, 22), "{shown}");
    assert!(seen.has("map/embedded-sources") && seen.code == 1, "{shown}");
}

fn wide(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}

#[test]
fn map_files_of_any_name_and_encoding() {
    for name in ["a.js.map", "a.json", "a.txt", "a", "a.js", "deep/er/a.png"] {
        found(name, MAP.as_bytes(), "file");
    }
    for prefix in ["\u{feff}", ")]}'\n", ")]}',\n", ")]}'\r", ")]}'", " \n\t", "\u{feff})]}'\n"] {
        found("a.map", format!("{prefix}{MAP}").as_bytes(), "file");
    }
    for order in [u16::to_le_bytes, u16::to_be_bytes] {
        found("a.map", &wide(MAP, order), "file");
        found("a.map", &wide(&format!("\u{feff}{MAP}"), order), "file");
    }
    found(
        "a.map",
        MAP.replace("sources\"", "\\u0073ources\"").replace("sourcesContent", "sources\\u0043ontent").as_bytes(),
        "file",
    );
    found("a.map", MAP.replace("AAAA", "!!!;;,,%%").as_bytes(), "file");
    found("a.map", MAP.replace(":3,", ":\"3\",").as_bytes(), "file");
}

#[test]
fn maps_that_do_not_parse_keep_their_text() {
    let broken = |body: &str, embedded: u64| {
        let seen = one("a.js.map", body.as_bytes());
        assert_eq!((seen.exposure("embedded"), seen.has("map/unreadable"), seen.code), (embedded, true, 1), "{body}");
    };
    broken(&MAP.replace("\"mappings\":\"AAAA\"", ""), 1);
    broken(&MAP[..MAP.len() - 20], 1);
    broken(&MAP[..MAP.find("two").unwrap()], 1);
    broken(&MAP.replace(",\"mappings\"", " \"mappings\""), 1);
    broken(&MAP.replace("\\n", "\n"), 1);
    broken(&MAP.replace("\"AAAA\"", "7"), 1);
    broken(&format!("{MAP} trailing"), 1);
    let odd =
        one("a.js.map", b"{\"version\":3,\"sources\":[\"a\"],\"sourcesContent\":[\"\\ud800\xff\"],\"mappings\":\"\"}");
    assert_eq!((odd.exposure("embedded"), odd.exposure("bytes"), odd.has("map/unreadable")), (1, 6, false));
    for body in ["PNG", "{\"a\":1}", "[]", "not a map", ""] {
        assert_eq!(one("a.js.map", body.as_bytes()).rules(), Vec::<String>::new(), "{body}");
    }
}

#[test]
fn maps_behind_something_else_keep_their_text() {
    for before in [
        "\u{feff}\u{feff}",
        "// made by x\n",
        "throw 1; <dont be evil> ",
        "\0",
        "x",
        "null\n",
        "HTTP/1.1 200 OK\r\n\r\n",
    ] {
        let seen = one("a.js.map", format!("{before}{MAP}").as_bytes());
        assert_eq!(
            (seen.exposure("embedded"), seen.exposure("bytes"), seen.has("map/unreadable")),
            (1, 22, true),
            "{before:?}"
        );
    }
    let headless = &MAP[MAP.find("\"sourcesContent").unwrap()..];
    assert_eq!(one("a.js.map", headless.as_bytes()).exposure("bytes"), 22);
    found("a.map", &wide(&format!("\n{MAP}"), u16::to_le_bytes), "file");
    found("a.js", format!("module.exports = {MAP};\n").as_bytes(), "script");
    let packed = serde_json::to_string(MAP).unwrap();
    found("a.json", packed.as_bytes(), "report");
    found("b.json", format!("{{\"code\":\"x()\",\"map\":{packed}}}").as_bytes(), "report");
    let named = MAP.replace("[\"let secret = 1;\\n// two\"]", "{\"a.ts\":\"let secret = 1;\\n// two\"}");
    assert_eq!(one("a.map", named.as_bytes()).exposure("bytes"), 22);
    let section = format!(
        r#"{{"version":3,"sections":[{{"offset":{{"line":0,"column":0}},"url":"data:application/json;base64,{}"}}]}}"#,
        STANDARD.encode(MAP)
    );
    assert_eq!(one("a.map", section.as_bytes()).exposure("bytes"), 22);
    assert!(one("a.map", br#"{"version":3,"sources":["src/a.ts","src/b"#).has("map/unreadable"));
    let deep = format!("{{\"x\":{}{},{}", "[".repeat(5000), "]".repeat(5000), &MAP[1..]);
    let deep = one("a.map", deep.as_bytes());
    assert_eq!((deep.exposure("bytes"), deep.has("map/unreadable")), (22, true));
}

#[test]
fn index_maps_are_one_map() {
    let section = format!(r#"{{"offset":{{"line":0,"column":0}},"map":{MAP}}}"#);
    let index = format!(r#"{{"version":3,"sections":[{section},{section}]}}"#);
    let outer = format!(r#"{{"version":3,"sections":[{{"offset":{{"line":0,"column":0}},"map":{index}}},{section}]}}"#);
    let seen = one("a.map", outer.as_bytes());
    assert_eq!(
        (seen.exposure("maps"), seen.exposure("sources"), seen.exposure("embedded"), seen.exposure("unique")),
        (1, 3, 3, 1)
    );
    let urls = r#"{"version":3,"sections":[{"offset":{"line":0,"column":0},"url":"gone.map"},{"offset":{"line":9,"column":0},"url":"https://x.example/a.map"}]}"#;
    let seen = one("a.map", urls.as_bytes());
    assert_eq!(seen.rules(), ["map/dangling", "map/remote"]);
}

#[test]
fn what_ships_is_counted_also_where_tools_ignore_it() {
    let counts = |body: &str| {
        let seen = one("a.map", body.as_bytes());
        ["sources", "embedded", "third_party", "lines", "bytes"].map(|key| seen.exposure(key))
    };
    assert_eq!(
        counts(r#"{"version":3,"sources":["a","b"],"sourcesContent":[null,"x",null,"beyond\n"],"mappings":""}"#),
        [2, 2, 0, 2, 8]
    );
    assert_eq!(counts(r#"{"version":3,"sources":[],"sourcesContent":["",""],"mappings":""}"#), [0, 2, 0, 0, 0]);
    assert_eq!(
        counts(r#"{"version":3,"sources":["a"],"sourcesContent":["1"],"mappings":"","sourcesContent":["2","3"]}"#),
        [1, 3, 0, 3, 3]
    );
    let foreign = r#"{"version":3,"sources":["../node_modules/a.js","b","c"],"sourcesContent":["1","2","3"],"mappings":"","x_google_ignoreList":[2]}"#;
    assert_eq!(counts(foreign), [3, 3, 2, 3, 3]);
    let shipped = audit(&tgz([("a.map", &small_map("shipped\n")[..]), ("src/secret.ts", b"shipped\n")]));
    assert_eq!(shipped.exposure("shipped"), 1);
}

#[test]
fn inline_maps_of_any_form_and_place() {
    let b64 = STANDARD.encode(MAP);
    let percent: String = MAP
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    let urls = [
        format!("data:application/json;base64,{b64}"),
        format!("data:application/json;charset=utf-8;base64,{b64}"),
        format!("data:application/json;base64;charset=utf-8,{b64}"),
        format!("data:;base64,{}", STANDARD_NO_PAD.encode(MAP)),
        format!("data:text/plain;BASE64,{}", URL_SAFE.encode(MAP)),
        format!("data:application/json;base64,{}", b64.replace('=', "%3D")),
        format!("data:application/json,{percent}"),
        format!("data:application/json;charset=utf-8,{}", MAP.replace('\n', "")),
    ];
    for url in &urls {
        for name in ["a.js", "a.mjs", "a.cjs", "a.ts", "a.unknown"] {
            found(name, format!("a()\n//# sourceMappingURL={url}\n").as_bytes(), "inline");
        }
        found("a.css", format!("a{{}}\n/*# sourceMappingURL={url} */\n").as_bytes(), "inline");
    }
    let url = &urls[0];
    for text in [
        format!("//@ sourceMappingURL={url}"),
        format!("a();//# sourceMappingURL={url}"),
        format!("//# sourceMappingURL={url}\r\nb()"),
        format!("//# sourceMappingURL={url}\u{2028}b()"),
        format!("//# sourceMappingURL={url}\rb()"),
        format!("/*# sourceMappingURL={url} */ b()"),
        format!("//# sourceMappingURL={url}\n{}", "b();\n".repeat(9000)),
        format!("s = '`'; /[`/]/;\n//# sourceMappingURL={url}\nt = `x`"),
        format!("//# sourceMappingURL={url}\n//# sourceMappingURL=\n"),
    ] {
        found("a.js", text.as_bytes(), "inline");
    }
    for name in ["a.html", "a.vue", "a.svelte"] {
        found(
            name,
            format!("<p>x</p><script type=module>\nx()\n//# sourceMappingURL={url}\n</script>").as_bytes(),
            "inline",
        );
        found(name, format!("<style>\na{{}}\n/*# sourceMappingURL={url} */</style>").as_bytes(), "inline");
    }
    let two = one("a.js", format!("//# sourceMappingURL={url}\nx()\n//# sourceMappingURL={url}\n").as_bytes());
    assert_eq!((two.exposure("maps"), two.exposure("embedded"), two.exposure("unique")), (2, 2, 1));
    for odd in [
        format!("//# sourceMappingURL= {url}"),
        format!("//# sourceMappingURL=\t{url}"),
        format!("//# sourceMappingURL=\"{url}\""),
        format!("//# sourceMappingURL=DATA:application/json;base64,{b64}"),
        format!("//# sourceMappingURL=data:application/json; base64,{b64}"),
        format!("//# sourceMappingURL=data:application/json;base64, {b64}"),
    ] {
        found("a.js", odd.as_bytes(), "inline");
    }
    found("a.js", format!("eval(\"x()\\n//# sourceMappingURL={url}\\n\");").as_bytes(), "eval");
}

#[test]
fn references_are_settled_against_what_ships() {
    let rules = |files: &[(&str, &[u8])]| audit(&tgz(files.iter().copied())).rules();
    let js = |url: &str| format!("x()\n//# sourceMappingURL={url}\n").into_bytes();
    let plain = br#"{"version":3,"sources":[],"mappings":""}"#;
    assert_eq!(rules(&[("d/a.js", &js("a.js.map")), ("d/a.js.map", plain)]), Vec::<String>::new());
    assert_eq!(rules(&[("d/a.js", &js("../m/a%20b.map?x=1")), ("m/a b.map", plain)]), Vec::<String>::new());
    assert_eq!(rules(&[("d/a.js", &js("a.js.map"))]), ["map/dangling"]);
    assert_eq!(rules(&[("d/a.js", &js("../../a.js.map"))]), ["map/dangling"]);
    for url in ["https://maps.example/a.map", "//maps.example/a.map", "s3://bucket/src.zip"] {
        assert_eq!(rules(&[("d/a.js", &js(url))]), ["map/remote"]);
    }
    let remote = br#"{"version":3,"sources":["https://bucket.example/src.zip"],"mappings":""}"#;
    assert_eq!(rules(&[("a.map", remote)]), ["map/remote", "map/source-paths"]);
}

#[test]
fn examples_and_strings_are_no_findings() {
    let example = format!(
        "//# sourceMappingURL=data:application/json;base64,{}",
        STANDARD.encode(r#"{"version":3,"sources":["a"],"mappings":""}"#)
    );
    for (name, body) in [
        ("README.md", format!("```js\nx()\n{example}\n//# sourceMappingURL=a.map\n```\n")),
        ("a.js", "const c = '//# sourceMappingURL=' + url;".to_owned()),
        ("a.js", "const c = `\n//# sourceMappingURL=a.map\n`;".to_owned()),
        ("a.js", format!("const re = /\\/\\/[#@] sourceMappingURL=([^\\s'\"]*)/; const c = '{example}';")),
        ("a.js", "// like //# sourceMappingURL=a.map\n/*\n//# sourceMappingURL=b.map\n*/".to_owned()),
        ("a.html", "<pre>\n//# sourceMappingURL=a.map\n</pre>".to_owned()),
        ("a.css", "a { content: '/*# sourceMappingURL=a.map */' }".to_owned()),
        ("a.json", r#"{"text":"//# sourceMappingURL=a.map"}"#.to_owned()),
    ] {
        let seen = one(name, body.as_bytes());
        assert_eq!((seen.rules(), seen.exposure("maps")), (Vec::new(), 0), "{body}");
    }
}

/// The data of the conformance suite: a valid map is never unreadable, and every text in any of them is counted.
#[test]
fn the_conformance_suite_is_read() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/source-map-tests");
    let Ok(list) = std::fs::read(root.join("source-map-spec-tests.json")) else {
        assert!(std::env::var("CI").is_err(), "the conformance suite must be there in CI");
        return eprintln!("SKIPPED: the conformance suite is not beside the project");
    };
    let list: serde_json::Value = serde_json::from_slice(&list).unwrap();
    let tests = list["tests"].as_array().unwrap();
    assert!(tests.len() > 90);
    for test in tests {
        let name = test["sourceMapFile"].as_str().unwrap();
        let body = std::fs::read(root.join("resources").join(name)).unwrap();
        let seen = one("a.map", &body);
        let valid = test["sourceMapIsValid"] == true;
        assert!(!(valid && seen.has("map/unreadable")), "{name}: {:?}", seen.json["artifacts"][0]["findings"]);
        let parsed: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(seen.exposure("embedded"), texts(&parsed), "{name}");
    }
}

/// How many texts are in a map and its sections.
fn texts(map: &serde_json::Value) -> u64 {
    let own = match &map["sourcesContent"] {
        serde_json::Value::Array(list) => list.iter().filter(|text| text.is_string()).count() as u64,
        other => u64::from(other.is_string()),
    };
    let sections = map["sections"].as_array().into_iter().flatten();
    own + sections.map(|section| texts(&section["map"])).sum::<u64>()
}

/// What stands beside a map, or is spelled as few tools spell it.
#[test]
fn a_map_hides_no_other() {
    let empty = r#"{"version":3,"sources":["a.ts"],"mappings":"AAAA"}"#;
    let url = format!("x();\n//# sourceMappingURL=data:application/json;base64,{}", STANDARD.encode(MAP));
    let json = |text: &str| serde_json::to_string(text).unwrap();
    for (path, text) in [
        ("a.json", format!("{{\"code\":{},\"map\":{empty}}}", json(&url))),
        ("b.json", format!("{{\"code\":{}}}", json(&format!("var m = {MAP};")))),
        ("c.json", format!("{{\"map\":{empty},\"js\":{}}}", json(&format!("var m = {MAP};")))),
        ("d.js", format!("[{empty}];\n{url}")),
        ("e.json", format!("{{\"map\":{}}}", json(&format!("data:application/json;base64,{}", STANDARD.encode(MAP))))),
        ("f.js", format!("load(JSON.parse(atob('{}')))", STANDARD.encode(MAP))),
        ("g.js", format!("x='data:application/json;base64,'.concat('{}',' */')", STANDARD.encode(MAP))),
        (
            "h.js",
            "// see sources:[`\nx={sourcesContent:[/* a */'let secret = 1;\\n'+'// two'],sources:['a.ts']}".to_owned(),
        ),
        ("i.json5", "{version:3,sources:['a.ts'],sourcesContent:['let secret = 1;\\n// two'],mappings:''}".to_owned()),
    ] {
        assert_eq!((one(path, text.as_bytes()).exposure("bytes"), path), (22, path), "{text}");
    }
    let mut nested = MAP.to_owned();
    for _ in 0..12 {
        nested = format!("{{\"map\":{}}}", json(&nested));
    }
    let nested = one("a.json", nested.as_bytes());
    assert_eq!((nested.code, nested.has("map/unreadable")), (2, true));
    let schema = r#"{"properties":{"version":{"const":3},"sources":{"type":"array"},"sourcesContent":{"type":"array",
        "items":{"type":["string","null"]}},"mappings":{"type":"string"}}}"#;
    assert_eq!(one("schema.json", schema.as_bytes()).code, 0);
}
