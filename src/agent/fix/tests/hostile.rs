//! Files that are huge, broken or cut → no panic, and little time.

use std::time::{Duration, Instant};

use super::*;

#[test]
fn hostile_files_take_little_time() {
    let start = Instant::now();
    let big = |part: &str, size: usize| part.repeat(size / part.len());
    let most = 1 << 20;
    let settings = [
        big("{", most),
        big("({sourcemap:", most),
        big("x({sourcemap});\n", most),
        big("x({sourcemap:true});\n", most),
        format!("sourcemap {}", big("`${", most)),
        format!("sourcemap {}", big("/*", most)),
        format!("sourcemap {}", big("/", most)),
        format!("sourcemap '{}", big("\\'", most)),
        big("sourcemap: true, ", 10 << 20),
    ];
    for text in &settings {
        let mut shelf = shelf(&[("package.json", "{}"), ("vite.config.js", text), ("tsconfig.json", text)]);
        let proposal = run(&mut shelf, "", &map());
        assert!(proposal.open.len() < 20);
        let _ = patch(&proposal.edits);
    }
    let manifests = [
        format!("{{\"files\":[\"dist\"{}]}}", big(",\"dist\"", most / 2)),
        format!("{{\"scripts\":{{\"build\":\"tsc {}\"}}}}", big("--sourceMap ", most / 2)),
        format!("{{\"scripts\":{{\"a\":\"x\"{}}}}}", big(",\"b\":\"tsc --sourceMap\"", most / 2)),
        format!("{{\"exports\":[\"a\"{}],\"files\":[\"*\"]}}", big(",\"./a/*\"", most / 2)),
        format!("{{\"a\":{}", big("[", most / 2)),
        big("{\"a\":", most / 2),
    ];
    let leaks: Vec<Leak> = (0..20_000)
        .map(|at| leak(if at % 2 == 0 { "source/raw" } else { "map/remote" }, &format!("src/{}/{at}.ts", at % 100)))
        .collect();
    for text in &manifests {
        let _ = patch(&run(&mut shelf(&[("package.json", text)]), "", &leaks).edits);
    }
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
}

#[test]
fn files_cut_anywhere_never_break_and_json_stays_json() {
    let manifest = "\u{feff}{\r\n  \"files\": [\r\n    \"dist\", \"CLAUDE.md\"\r\n  ],\r\n  \"main\": \"dist/a.js\",\r\n  \"scripts\": {\"build\": \"tsc --sourceMap \\u0026\\u0026 echo \\\"ü\\\" && vite build -m 'x' --sourcemap inline\"}\r\n}\r\n";
    let settings =
        "// ü\nexport default ({ mode }) => ({ build: { sourcemap: 'inline', a: `x${ {a: `}`} }`, r: /[/]\"/ } })\n";
    let typescript =
        "{ \"extends\": \"./b\", /* x */ \"compilerOptions\": { \"sourceMap\": true, \"mapRoot\": \"x\", }, }";
    let leaks = [map(), vec![leak("path/agent", "CLAUDE.md"), leak("map/embedded-sources", "dist/a.js.map")]].concat();
    for at in 0..manifest.len() {
        let cut = |text: &str, from: usize| {
            let (head, tail) = (text.get(..at).unwrap_or(text), text.get(at + from..).unwrap_or_default());
            format!("{head}{tail}")
        };
        for from in [1, 2, 7, 10_000] {
            let (manifest, settings, typescript) = (cut(manifest, from), cut(settings, from), cut(typescript, from));
            for text in [manifest.as_str(), "{\"files\":[\"dist\"]}"] {
                let files = [
                    ("package.json", text),
                    ("vite.config.js", settings.as_str()),
                    ("tsconfig.json", typescript.as_str()),
                ];
                let mut shelf = shelf(&files);
                let _ = patch(&run(&mut shelf, "", &leaks).edits);
                let read = |text: &str| serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')).is_ok();
                assert_eq!(read(text), read(&shelf.0["package.json"]), "{text}");
            }
        }
    }
}
