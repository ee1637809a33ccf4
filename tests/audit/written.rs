//! What is written so that a plain look passes over it: wider characters, escapes, entities, names.

use std::io::Write as _;

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
