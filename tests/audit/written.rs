//! What is written so that a plain look passes over it: wider characters, escapes, entities, names.

use std::io::Write as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::make::tgz;
use crate::run::{Audited, audit};

const MAP: &str =
    r#"{"version":3,"sources":["src/a.ts"],"sourcesContent":["let secret = 1;\n// two"],"mappings":"AAAA"}"#;

/// Parts that are joined here, so that no file of ours holds a token.
fn token() -> String {
    ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat()
}

fn one(name: &str, body: &[u8]) -> Audited {
    audit(&tgz([("package.json", &br#"{"name":"a"}"#[..]), (name, body)]))
}

/// The text of `MAP` is found in `body`, once.
#[track_caller]
fn found(name: &str, body: &str) {
    let seen = one(name, body.as_bytes());
    let counts = (seen.exposure("embedded"), seen.exposure("bytes"), seen.exposure("maps"));
    assert_eq!((counts, seen.has("map/embedded-sources"), seen.code), ((1, 22, 1), true, 1), "{name}: {body}");
}

/// A secret is found in `body`, once.
#[track_caller]
fn told(name: &str, body: &str) {
    let seen = one(name, body.as_bytes());
    let secrets: Vec<_> = seen.rules().into_iter().filter(|rule| rule.starts_with("secret/")).collect();
    assert_eq!(secrets.len(), 1, "{name}: {body}: {secrets:?}");
    assert!(!seen.json.to_string().contains(&token()[4..20]), "{body}");
}

/// Writes each byte with `form`, but for those that `keep` keeps.
fn each(text: &str, form: impl Fn(u8) -> String, keep: impl Fn(usize) -> bool) -> String {
    text.bytes().enumerate().map(|(at, b)| if keep(at) { char::from(b).to_string() } else { form(b) }).collect()
}

fn hex(byte: u8) -> String {
    format!("\\x{byte:02x}")
}

fn unicode(byte: u8) -> String {
    format!("\\u{byte:04x}")
}

fn in_json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[test]
fn characters_of_four_bytes_are_read() {
    for order in [u32::to_le_bytes, u32::to_be_bytes] {
        let wide = |text: &str| text.chars().flat_map(|c| order(u32::from(c))).collect::<Vec<u8>>();
        for mark in ["", "\u{feff}"] {
            let seen = one("a.map", &wide(&format!("{mark}{MAP}")));
            assert_eq!((seen.exposure("bytes"), seen.has("map/embedded-sources")), (22, true));
            let seen = one("a.js", &wide(&format!("{mark}const t = '{}';\n", token())));
            assert!(seen.has("secret/github-token"), "{:?}", seen.rules());
        }
        // What is plain text behind a few bytes that look like it is looked at as such too.
        let mixed = [wide("let a = 1; let b = 2;"), format!("\nvar m = {MAP};").into_bytes()].concat();
        assert_eq!(one("a.js", &mixed).exposure("bytes"), 22);
    }
}

#[test]
fn zlib_streams_of_any_window_are_opened() {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(MAP.as_bytes()).unwrap();
    let stream = packer.finish().unwrap();
    for window in 0..8_u8 {
        for level in 0..4_u8 {
            let method = window << 4 | 8;
            let flags = level << 6;
            let flags = flags + (31 - u8::try_from(u16::from_be_bytes([method, flags]) % 31).unwrap()) % 31;
            let mut stream = stream.clone();
            (stream[0], stream[1]) = (method, flags);
            for name in ["a.bin", "a.br"] {
                assert_eq!(one(name, &stream).exposure("bytes"), 22, "{method:02x} {flags:02x} {name}");
            }
        }
    }
    assert_eq!(one("a.js", b"(S)=>1;\n").code, 0);
}

#[test]
fn keys_of_maps_with_escapes_are_read() {
    let spelled = |key: &str| MAP.replace("sourcesContent", key);
    for key in [r"sourcesC\u006fntent", r"sourcesC\x6fntent", r"\u{73}ourcesContent", r"sourcesC\157ntent"] {
        found("a.js", &format!("const m = JSON.parse('{}')", spelled(key).replace("\\n", "\\\\n")));
        found("a.js", &format!("module.exports = {};", spelled(key)));
        found("a.html", &format!("<script>var m = {};</script>", spelled(key)));
    }
    let all = each("sourcesContent", unicode, |_| false);
    found("a.js", &format!("module.exports = {};", spelled(&all)));
    // As JSON in a string of JavaScript, of JSON, and of one in the other.
    let escaped = spelled(r"sourcesC\u006fntent");
    found("a.js", &format!("const m = JSON.parse({})", in_json(&escaped)));
    found("a.json", &format!("{{\"map\":{}}}", in_json(&escaped)));
    found("a.json", &format!("{{\"code\":{}}}", in_json(&format!("const m = JSON.parse({})", in_json(&escaped)))));
    found("a.js", &format!("eval({})", in_json(&format!("const m = JSON.parse({})", in_json(&escaped)))));
    found("a.js", "m['sources']=['src/a.ts'];m['sources\\x43ontent']=['let secret = 1;\\n// two']");
    // One that is written plainly is counted once beside it.
    let two = one("a.js", format!("a={MAP};b={};c='{}'", spelled(r"sourcesC\u006fntent"), "x").as_bytes());
    assert_eq!((two.exposure("maps"), two.exposure("embedded")), (2, 2));
    let url =
        format!("//# sourceMa\\x70pingURL=data:application/json,{}", MAP.replace("\\n", "\\\\n").replace('\'', ""));
    found("a.js", &format!("eval('x();{url}')"));
}

#[test]
fn maps_in_attributes_are_read() {
    let quoted = |quote: &str| MAP.replace('"', quote);
    for quote in ["&quot;", "&#34;", "&#x22;", "&#0034;"] {
        for name in ["a.html", "a.vue", "a.svelte", "a.svg"] {
            found(name, &format!("<p>don't</p><div data-map=\"{}\"></div>", quoted(quote)));
        }
        found("a.js", &format!("el.innerHTML = '<div data-map=\"{}\">'", quoted(quote).replace("\\n", "\\\\n")));
        found("a.js", &format!("el.innerHTML = {}", in_json(&format!("<div data-map=\"{}\">", quoted(quote)))));
        found("a.json", &format!("{{\"html\":{}}}", in_json(&format!("<div data-map=\"{}\">", quoted(quote)))));
    }
    found("a.html", &format!("<p data-map=\"{}\">", quoted("&quot;").replace("Content", "&#67;ontent")));
    found("a.html", &format!("<p data-map=\"{}\">", quoted("&quot;").replace("Content", "\\u0043ontent")));
    found("a.html", &format!("<p srcdoc=\"{}\">", quoted("&amp;quot;")));
    let both = format!("<script>var m = {MAP};</script><p data-map=\"{}\">", quoted("&quot;"));
    assert_eq!(one("a.html", both.as_bytes()).exposure("embedded"), 2);
    for other in ["<p title=\"the &quot;sourcesContent&quot; of a map\">", "<p>sourcesContent &amp; more</p>"] {
        assert_eq!(one("a.html", other.as_bytes()).code, 0, "{other}");
    }
}

#[test]
fn secrets_with_escapes_are_found() {
    let token = token();
    for (name, text) in [
        ("all", each(&token, hex, |_| false)),
        ("all in unicode", each(&token, unicode, |_| false)),
        ("in braces", each(&token, |b| format!("\\u{{{b:x}}}"), |_| false)),
        ("octal", each(&token, |b| format!("\\{b:o}"), |_| false)),
        ("the keyword", each(&token, hex, |at| at > 3)),
        ("the sign", each(&token, hex, |at| at != 3)),
        ("a letter of the keyword", each(&token, unicode, |at| at != 1)),
        ("every fourth", each(&token, hex, |at| at % 4 > 0)),
        ("every second", each(&token, unicode, |at| at % 2 > 0)),
        ("the middle", each(&token, hex, |at| at != 20)),
        ("the last", each(&token, hex, |at| at != 39)),
        ("twice", each(&token, |b| format!("\\\\x{b:02x}"), |_| false)),
    ] {
        told("a.js", &format!("// {name}\nconst t = \"{text}\";\n"));
        told("a.json", &format!("{{\"x\": {{\"t\": \"{text}\"}}}}\n"));
    }
    let text = each(&token, hex, |at| at > 3);
    told("a.map", &MAP.replace("secret = 1", &format!("t = '{}'", text.replace('\\', "\\\\"))));
    told("a.js", &format!("t = '{}'", each(&STANDARD.encode(format!("const t = '{token}'")), hex, |_| false)));
    told("a.js", "{\"client_s\\x65cret\": \"hV7qZRk2zP9wLx4tNb8Kd83Sk2\"}");
    // What stands beside an escape is found as ever, and once.
    told("a.js", &format!("re = /[\\x41-\\x5a\\u0061]/; const t = '{token}';"));
    let tables = "re = /[\\u0041-\\u005a\\u0061-\\u007a\\u00aa\\u00b5\\x30-\\x39\\x5f]/g;".repeat(2_000);
    assert_eq!(one("a.js", tables.as_bytes()).code, 0);
    let plain =
        "const o = ['\\x6c\\x6f\\x67', '\\x67\\x65\\x74\\x45\\x6c\\x65\\x6d\\x65\\x6e\\x74\\x42\\x79\\x49\\x64'];";
    assert_eq!(one("a.js", plain.as_bytes()).code, 0);
}

#[test]
fn texts_of_maps_by_name_are_read() {
    let text = "'let secret = 1;\\n// two'";
    let map = |contents: &str| format!("{{version:3,sources:['a.ts'],sourcesContent:{contents},mappings:''}}");
    for (before, contents) in [
        (format!("const t = {text};"), "[t]"),
        (format!("const t={text};"), "[t,]"),
        (format!("let _t$1;\n_t$1 = {text};"), "[ _t$1 ]"),
        (format!("var s=1,t=({text});"), "[t]"),
        (format!("const t = [{text}];"), "t"),
        (format!("const t = [{text}];"), "[...t]"),
        (format!("const s = {text}, t = [s];"), "t"),
        (format!("const s = {text}; let t = s; const u = [ s ];"), "u"),
        ("const a = 'let secret', b = ' = 1;\\n// two';".to_owned(), "[a + b]"),
        ("const a = 'let secret' + ' = 1;\\n';".to_owned(), "[a + '// two']"),
        (format!("function f() {{ const t = {text}; return 1 }} const t = {text};"), "[t]"),
    ] {
        found("a.js", &format!("{before}\nmodule.exports = {};\n", map(contents)));
        found("a.js", &format!("{before}\nmodule.exports = Object.assign({{}}, {});\n", map(contents)));
        found("a.js", &format!("{before}\nexport default {{...x, ...{}}};\n", map(contents)));
    }
    for other in [
        "const g = (e) => ({version:3,sources:[n],sourcesContent:[e],mappings:m}); let e = 'text'; g(e)",
        "let e='utf8';function g(n,e){return{version:3,sources:[n],sourcesContent:[e],mappings:m(n)}}",
        "let t=''; map = {version:3,sources:s,sourcesContent:t,mappings:m}",
        "sourcesContent: this._sourcesContents.map(s => s.text)",
    ] {
        assert_eq!(one("a.js", other.as_bytes()).exposure("maps"), 0, "{other}");
    }
}

/// However much of it there is, it takes time in proportion.
#[test]
fn much_of_it_takes_little_longer() {
    let many = 60_000;
    for (name, text) in [
        ("a.js", "\\x67".repeat(many)),
        ("a.js", "\\".repeat(4 * many)),
        ("a.js", "sourcesC\\x6fntent:[".repeat(many / 16)),
        ("a.js", "'sourcesContent&quot;:[&quot;a".repeat(many / 16)),
        ("a.html", "&quot;sourcesContent&quot;:[&quot;a".repeat(many / 16)),
        ("a.html", "&amp;".repeat(many)),
        ("a.js", format!("t='a';{}", "x={sourcesContent:[t,t,t]};".repeat(many / 16))),
        ("a.js", format!("{}x={{sourcesContent:[t]}}", "{t='a';".repeat(many / 16))),
        ("a.js", format!("t='a';{}x={{sourcesContent:[t,t,t,t]}}", "{}{".repeat(many / 16))),
        ("a.js", format!("t=[t,t,t,t,t];x={{sourcesContent:[{}]}}", "...t,".repeat(many / 16))),
        ("a.js", format!("t={}'a';x={{sourcesContent:t}}", "t+".repeat(many))),
        ("a.js", "t=[...t,".repeat(many / 16) + "sourcesContent:t"),
    ] {
        let begun = Instant::now();
        one(name, text.as_bytes());
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}: {}", begun.elapsed(), &text[..60]);
    }
}
