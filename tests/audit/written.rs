//! What is written so that a plain look passes over it: wider characters, escapes, entities, names.

use std::io::Write as _;

use crate::make::tgz;
use crate::run::{Audited, audit};

const MAP: &str =
    r#"{"version":3,"sources":["src/a.ts"],"sourcesContent":["let secret = 1;\n// two"],"mappings":"AAAA"}"#;

fn one(name: &str, body: &[u8]) -> Audited {
    audit(&tgz([("package.json", &br#"{"name":"a"}"#[..]), (name, body)]))
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
