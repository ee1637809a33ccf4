//! Changes to what entries are called.

use super::{Change, Maker, Part};
use crate::make::{Raw, record};

/// A file of this name, as it stands in a header.
fn named(maker: &mut Maker, name: &[u8]) -> Raw {
    let len = maker.len();
    let raw = Raw::file("x", &maker.body(len));
    raw.put(0, &[0]).put(0, &name[..name.len().min(100)])
}

/// Adds a file of this name, in one of the places where a name can stand.
fn add(maker: &mut Maker, parts: &mut Vec<Part>, name: &[u8]) {
    let raw = named(maker, name);
    let text = String::from_utf8(name.to_vec()).ok();
    let new: Vec<Part> = match (maker.dice.below(4), text) {
        (0, Some(text)) => vec![Raw::pax(b'x', &record("path", &text)).into(), raw.into()],
        (1, _) => {
            let long = [name, b"\0"].concat();
            vec![Raw::file("././@LongLink", &long).kind(b'L').into(), raw.into()]
        }
        _ => vec![raw.into()],
    };
    maker.behind(parts, new);
}

fn add_below(maker: &mut Maker, parts: &mut Vec<Part>, name: &str) {
    let name = format!("{}/{name}", maker.root);
    add(maker, parts, name.as_bytes());
}

/// The name of some entry.
fn other(maker: &mut Maker, parts: &[Part]) -> String {
    let at = maker.some(parts);
    match &parts[at] {
        Part::Entry { raw, .. } => {
            let end = raw.block[..100].iter().position(|byte| *byte == 0).unwrap_or(100);
            String::from_utf8_lossy(&raw.block[..end]).into_owned()
        }
        Part::Bytes(_) => String::new(),
    }
}

fn add_like(maker: &mut Maker, parts: &mut Vec<Part>, change: impl FnOnce(String) -> String) {
    let name = change(other(maker, parts));
    add(maker, parts, name.as_bytes());
}

fn folder(maker: &mut Maker, parts: &mut Vec<Part>, name: &str) {
    let raw = named(maker, name.as_bytes());
    let raw = Raw { body: Vec::new(), ..raw.kind(b'5').size("00000000000\0") };
    maker.behind(parts, [raw.into()]);
}

pub const ALL: &[Change] = &[
    ("climbs", |maker, parts| {
        let name = maker.pick(&["../x.js", "a/../x.js", "a/../../x.js", "../../x/y.js", "a/..", "..", "a/b/../../.."]);
        add_below(maker, parts, name);
    }),
    ("climbs first", |maker, parts| {
        let name =
            maker.pick(&["../x.js", "../package/x.js", "./../package/y.js", "package/../package/z.js", "../../q/w"]);
        add(maker, parts, name.as_bytes());
    }),
    ("absolute", |maker, parts| {
        let name = maker.pick(&["/package/x.js", "//package/x.js", "/x.js", "///", "/package//y.js"]);
        add(maker, parts, name.as_bytes());
    }),
    ("dots and slashes", |maker, parts| {
        let names = [
            "./x.js",
            "a/./x.js",
            "a//x.js",
            "/x.js",
            ".//x.js",
            "a/.",
            "a/b/./",
            ".",
            "./",
            "x/",
            "a///b///c",
            "..x",
            "...",
            ".../x",
        ];
        let name = maker.pick(&names);
        add_below(maker, parts, name);
    }),
    ("dot before the root", |maker, parts| {
        let name = maker.pick(&["./package/x.js", "././package/x.js", "./x.js", ".", "./", "./."]);
        add(maker, parts, name.as_bytes());
    }),
    ("backslash", |maker, parts| {
        let names = ["a\\x.js", "..\\x.js", "a\\..\\x.js", "\\x.js", "a\\/x.js", "a/.\\x.js", "a\\", ".\\x"];
        let name = maker.pick(&names);
        add_below(maker, parts, name);
    }),
    ("backslash first", |maker, parts| {
        let name = maker.pick(&["package\\x.js", "package\\a/x.js", "\\package\\x.js", "..\\package/x.js"]);
        add(maker, parts, name.as_bytes());
    }),
    ("drive", |maker, parts| {
        let names = ["C:/x.js", "c:x.js", "C:\\x.js", "C:D:/x.js", "C:", "C:/", "c:../x.js", "C:.."];
        let name = maker.pick(&names);
        add_below(maker, parts, name);
    }),
    ("drive first", |maker, parts| {
        let name = maker.pick(&[
            "C:/package/x.js",
            "C:package/x.js",
            "C:\\package\\x.js",
            "//?/C:/x/y.js",
            "//server/share/a/x.js",
        ]);
        add(maker, parts, name.as_bytes());
    }),
    ("odd character", |maker, parts| {
        let names = [
            "a\n.js",
            "a\r\nb",
            "\x01",
            "\x7f.js",
            "a ",
            " a",
            "a.",
            "a ./x",
            "con.js",
            "aux",
            "nul/x",
            "a:b",
            "a*?.js",
            "<>|\"",
            "\u{feff}x",
            "\u{202e}sj.x",
            "a\tb",
            "\n",
            " ",
            "%2e%2e/x",
            "a\u{2028}b",
            "~x",
            "-rf",
            "--x=y",
            "@x",
            "$HOME",
        ];
        let name = maker.pick(&names);
        add_below(maker, parts, name);
    }),
    ("no UTF-8", |maker, parts| {
        let tail = maker.pick(&[
            &b"caf\xe9.js"[..],
            b"\xff\xfe.js",
            b"\xc0\xaf.js",
            b"\xed\xa0\x80.js",
            b"a\x80/b.js",
            b"\xe9",
        ]);
        let name = [maker.root.as_bytes(), b"/", tail].concat();
        add(maker, parts, &name);
    }),
    ("no root", |maker, parts| {
        let name = maker.pick(&["x.js", "package.json", "index", ".x", "package"]);
        add(maker, parts, name.as_bytes());
    }),
    ("no name", |maker, parts| {
        let raw = named(maker, b"");
        maker.behind(parts, [raw.into()]);
    }),
    ("other root", |maker, parts| {
        let name = maker.pick(&[
            "other/x.js",
            "Package/x.js",
            "packag\u{e9}/x.js",
            "other/package.json",
            "package /x.js",
            "PACKAGE/f1.js",
        ]);
        add(maker, parts, name.as_bytes());
    }),
    ("root alone", |maker, parts| {
        let name = maker.pick(&["package", "package/", "package//", "package/.", "package/./", "/", "./"]);
        if maker.one_in(2) { folder(maker, parts, name) } else { add(maker, parts, name.as_bytes()) }
    }),
    ("same name", |maker, parts| add_like(maker, parts, |name| name)),
    ("same name and bytes", |maker, parts| {
        let at = maker.some(parts);
        let twin = parts[at].clone();
        maker.behind(parts, [twin]);
    }),
    ("same name in another case", |maker, parts| add_like(maker, parts, |name| name.to_uppercase())),
    ("same name with a dot", |maker, parts| add_like(maker, parts, |name| name.replacen('/', "/./", 1))),
    ("same name decomposed", |maker, parts| {
        let name = maker.pick(&["caf\u{e9}.js", "\u{212b}.js", "\u{fb01}.js", "\u{df}.js", "\u{130}.js"]);
        add_below(maker, parts, name);
        let name = maker.pick(&["cafe\u{301}.js", "\u{c5}.js", "fi.js", "ss.js", "i.js", "CAF\u{c9}.JS"]);
        add_below(maker, parts, name);
    }),
    ("file and folder", |maker, parts| {
        add_like(maker, parts, |name| format!("{}/inside.js", name.trim_end_matches('/')));
        if maker.one_in(2) {
            let name = other(maker, parts);
            folder(maker, parts, &name);
        }
    }),
    ("file with a slash at the end", |maker, parts| add_like(maker, parts, |name| format!("{name}/"))),
    ("long name", |maker, parts| {
        let name = match maker.dice.below(6) {
            0 => format!("{}/{}", maker.root, "x".repeat(256)),
            1 => format!("{}/{}x.js", maker.root, "ab/".repeat(600)),
            2 => format!("{}/{}", maker.root, "y".repeat(99 - maker.root.len())),
            3 => format!("{}/{}", maker.root, "y".repeat(100 - maker.root.len())),
            4 => format!("{}/{}x.js", maker.root, "d/".repeat(140)),
            _ => format!("{}/{}", maker.root, "\u{e9}".repeat(130)),
        };
        add(maker, parts, name.as_bytes());
    }),
    ("name cut inside a character", |maker, parts| {
        let name = format!("{}/{}\u{e9}\u{e9}", maker.root, "z".repeat(98 - maker.root.len()));
        add(maker, parts, name.as_bytes());
    }),
    ("behind a NUL", |maker, parts| {
        let tail = maker.pick(&[&b"\0/y.js"[..], b"\0\nb", b"\0\0\0hidden.js", b".js\0.map", b"\0/../../x"]);
        let name = [maker.root.as_bytes(), b"/n", tail].concat();
        add(maker, parts, &name);
    }),
    ("ignore files", |maker, parts| {
        for name in [".gitignore", ".npmignore", "a/.gitignore", "a/.npmignore"] {
            if maker.one_in(2) {
                add_below(maker, parts, name);
            }
        }
    }),
    ("names that installers mind", |maker, parts| {
        let names = [
            "node_modules/dep/index.js",
            "node_modules/dep/package.json",
            ".git/config",
            "package.json",
            "binding.gyp",
            "npm-shrinkwrap.json",
            ".npmrc",
            ".pnpm/x",
            "._x",
            "PaxHeader/y",
            "package/package.json",
            ".yarn/x",
        ];
        let name = maker.pick(&names);
        add_below(maker, parts, name);
    }),
    ("prefix", |maker, parts| {
        let prefix =
            maker.pick(&["package/pre", "package", "package/", "/package", "../package", "p/..", "package/\u{e9}"]);
        let name = maker.pick(&["x.js", "sub/x.js", "", "/x.js", "../x.js", "x/"]);
        let magic = maker.pick(&[
            &b"ustar\x0000"[..],
            b"ustar  \0",
            b"\0\0\0\0\0\0\0\0",
            b"ustar\0\0\0",
            b"ustar\x0001",
            b"ustar 00",
            b"USTAR\x0000",
        ]);
        let raw = named(maker, name.as_bytes()).put(345, prefix.as_bytes()).put(257, magic);
        maker.behind(parts, [raw.into()]);
    }),
    ("long prefix", |maker, parts| {
        let len = maker.pick(&[129, 130, 131, 132, 154, 155]);
        let prefix = format!("package/{}", "q".repeat(len - 8));
        let raw = named(maker, b"x.js").put(345, prefix.as_bytes());
        let raw = if maker.one_in(2) { raw.put(475, maker.pick(&[&b"\0"[..], b" ", b"x", b"\n"])) } else { raw };
        maker.behind(parts, [raw.into()]);
    }),
    ("bytes behind the prefix", |maker, parts| {
        let at = maker.pick(&[350, 475, 476, 488, 499]);
        let bytes = maker.pick(&[&b"00000000000\0"[..], b"x", b"\n/x", b"9", b"\x80\0\0\x01"]);
        let raw = named(maker, b"x.js").put(345, b"package").put(at, bytes);
        maker.behind(parts, [raw.into()]);
    }),
];
