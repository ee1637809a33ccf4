//! Flags and settings that ask for maps → the same without.

use super::*;

fn config(text: &str) -> (String, Vec<String>) {
    let mut shelf = shelf(&[("package.json", "{}"), ("vite.config.ts", text)]);
    let open = run(&mut shelf, "", &map()).open;
    (shelf.0["vite.config.ts"].clone(), open.into_iter().filter(|it| it.starts_with("vite")).collect())
}

fn script(text: &str) -> String {
    let manifest = format!("{{\"scripts\":{{\"build\":{}}}}}", serde_json::Value::from(text));
    let done = after(&[("package.json", &manifest)], &map(), "package.json");
    let value: serde_json::Value = serde_json::from_str(&done).unwrap();
    value["scripts"]["build"].as_str().unwrap().to_owned()
}

#[test]
fn flags_that_ask_for_maps_go() {
    for (before, wanted) in [
        ("tsc --sourceMap", "tsc"),
        ("tsc --sourceMap false --declarationMap true -p .", "tsc --sourceMap false -p ."),
        ("npx tsc -sourcemap --inlineSources --mapRoot http://x --strict", "npx tsc --strict"),
        ("esbuild a.ts --sourcemap=linked --minify", "esbuild a.ts --minify"),
        (
            "esbuild --sourcemap a.ts && esbuild b.ts --sourcemap=external",
            "esbuild a.ts && esbuild b.ts --sourcemap=external",
        ),
        (
            "cross-env NODE_ENV=production webpack --devtool source-map --mode production",
            "cross-env NODE_ENV=production webpack --mode production",
        ),
        (
            "webpack -d eval && webpack --devtool=inline-source-map; webpack -d hidden-source-map",
            "webpack && webpack; webpack -d hidden-source-map",
        ),
        (
            "A=1 ./node_modules/.bin/vite build --sourcemap inline --mode x",
            "A=1 ./node_modules/.bin/vite build --mode x",
        ),
        ("rollup -c -m\nrollup -c --sourcemap hidden", "rollup -c\nrollup -c --sourcemap hidden"),
        ("bun build a.ts --sourcemap=external --compile", "bun build a.ts --compile"),
        ("bun build a.ts --sourcemap=none", "bun build a.ts --sourcemap=none"),
        ("yarn tsup src/a.ts --sourcemap --dts", "yarn tsup src/a.ts --dts"),
        ("swc src -d dist -s && babel src '--source-maps' \"inline\" -d lib", "swc src -d dist && babel src -d lib"),
        ("echo tsc --sourceMap", "echo tsc --sourceMap"),
        ("tsc --outDir 'a b' \"--sourceMap\"", "tsc --outDir 'a b'"),
        ("vite --sourcemap", "vite --sourcemap"),
        ("vite build --sourcemap=$MAPS", "vite build --sourcemap=$MAPS"),
        ("concurrently \"tsc --sourceMap\"", "concurrently \"tsc --sourceMap\""),
        ("echo \"a \\\" b\" && tsc --sourceMap", "echo \"a \\\" b\" && tsc"),
        ("echo 'a && tsc --sourceMap", "echo 'a && tsc --sourceMap"),
        ("node --enable-source-maps x.js", "node --enable-source-maps x.js"),
    ] {
        assert_eq!(script(before), wanted, "{before}");
    }
}

#[test]
fn escapes_around_a_flag_stay_as_they_are() {
    let text = "{\"scripts\":{\"dev\":\"tsc --sourceMap\",\"build\":\"echo \\\"\\u00fc\\\" \\u0026\\u0026 tsc\\t--sourceMap\\n\"}}";
    let wanted = text.replace("tsc\\t--sourceMap\\n", "tsc\\n");
    assert_eq!(after(&[("package.json", text)], &map(), "package.json"), wanted);
}

#[test]
fn literals_in_settings_of_bundlers_are_switched_off() {
    for (before, wanted) in [
        ("export default { build: { sourcemap: true } }", "export default { build: { sourcemap: false } }"),
        (
            "export default { build: { 'sourcemap': 'inline', } }\r\n",
            "export default { build: { 'sourcemap': false, } }\r\n",
        ),
        (
            "x({ output: [{ sourcemap: true /* a */ }, { sourcemap: \"inline\" }] })",
            "x({ output: [{ sourcemap: false /* a */ }, { sourcemap: false }] })",
        ),
        (
            "const a = b / 2; const r = /[/\"`]sourcemap: true/g; x({ sourcemap: true })",
            "const a = b / 2; const r = /[/\"`]sourcemap: true/g; x({ sourcemap: false })",
        ),
        (
            "const t = `{ sourcemap: true, ${ `}` + { sourcemap: true } } }`; x({ sourcemap: true })",
            "const t = `{ sourcemap: true, ${ `}` + { sourcemap: true } } }`; x({ sourcemap: false })",
        ),
        (
            "\u{feff}// {sourcemap: true}\nx({ /* sourcemap: true, */ sourcemap: true })",
            "\u{feff}// {sourcemap: true}\nx({ /* sourcemap: true, */ sourcemap: false })",
        ),
        ("if (/\"/.test(a)) b(); x({ sourcemap: true })", "if (/\"/.test(a)) b(); x({ sourcemap: false })"),
    ] {
        assert_eq!(config(before), (wanted.to_owned(), Vec::new()), "{before}");
    }
}

#[test]
fn what_is_off_hidden_or_of_others_stays_without_a_word() {
    for text in [
        "x({ sourcemap: false, a: { sourcemap: 'hidden' }, b: { sourcemap: undefined } })",
        "x({ plugins: [y({ sourcemap: true })], css: { sourcemap: true } })",
        "const s = \"{ sourcemap: true }\"",
        "x({ sourcemaps: true, mySourcemap: true })",
        "label: { a.sourcemap }",
    ] {
        assert_eq!(config(text), (text.to_owned(), Vec::new()), "{text}");
    }
}

#[test]
fn what_is_worked_out_is_left_to_a_person() {
    for text in [
        "x({ sourcemap: !isProd })",
        "x({ sourcemap: a ? true : false })",
        "x({ sourcemap: true && a })",
        "x({ sourcemap: `inline` })",
        "x({ sourcemap })",
        "x({ sourcemap: env.MAPS, })",
        "x({ ...(a ? { sourcemap: true } : {}) })",
        "x({ ...(a && { sourcemap: true }) })",
        "if (a) { module.exports = { sourcemap: true } }",
        "function f() { if (a) return { sourcemap: true }; else return { b: { sourcemap: true } } }",
        "config.devtool = 'source-map'",
        "x({ plugins: [new webpack.SourceMapDevToolPlugin({})] })",
        "const a = 'sourcemap: true",
        "x({ sourcemap: true }); const b = `",
        "x({ sourcemap: true }) }",
    ] {
        let (done, open) = config(text);
        assert_eq!(done, text);
        assert!(!open.is_empty(), "{text}");
    }
}

#[test]
fn settings_for_work_and_code_that_ships_stay() {
    let files = [
        (
            "package.json",
            "{\"main\":\"esbuild.js\",\"scripts\":{\"build\":\"node dist/cli.js && node tools.js && prettier -c index.ts\",\"dev\":\"webpack -d eval\"}}",
        ),
        ("webpack.dev.js", "module.exports = { devtool: 'eval' }"),
        ("esbuild.js", "require('esbuild').build({ sourcemap: true })"),
        ("dist/cli.js", "require('esbuild').build({ sourcemap: true })"),
        ("tools.js", "run({ sourcemap: true })"),
        ("index.ts", "run({ sourcemap: true })"),
    ];
    assert_eq!(run(&mut shelf(&files), "", &map()).edits, Vec::new());
}

#[test]
fn typescript_keeps_its_comments_and_follows_what_it_extends() {
    let mut shelf = shelf(&[
        ("package.json", "{}"),
        ("packages/a/package.json", "{\"files\":[\"dist\"],\"scripts\":{\"build\":\"tsc -p cfg\"}}"),
        ("packages/a/cfg/tsconfig.json", "// a\n{ \"extends\": [\"../../../base\", \"@x/ts\"], }\n"),
        (
            "base.json",
            "{ \"compilerOptions\": { \"sourceMap\": true, \"sourceMap\": true, \"mapRoot\": \"x\", /* \"sourceMap\": true */ }, }",
        ),
        ("node_modules/@x/ts/tsconfig.json", "{ \"extends\": \"./more.json\" }"),
        (
            "node_modules/@x/ts/more.json",
            "{ \"compilerOptions\": { \"declarationMap\": true, \"inlineSources\": true } }",
        ),
        ("tsconfig.json", "{ \"compilerOptions\": { \"sourceMap\": true } }"),
    ]);
    let proposal = run(&mut shelf, "packages/a", &map());
    assert_eq!(proposal.open, Vec::<String>::new());
    assert_eq!(
        proposal.edits.iter().map(|edit| edit.path.as_str()).collect::<Vec<_>>(),
        ["base.json", "packages/a/cfg/tsconfig.json"]
    );
    assert_eq!(
        shelf.0["base.json"],
        "{ \"compilerOptions\": { \"sourceMap\": false, \"sourceMap\": false, \"mapRoot\": null, /* \"sourceMap\": true */ }, }"
    );
    assert_eq!(
        shelf.0["packages/a/cfg/tsconfig.json"],
        "// a\n{ \"compilerOptions\": { \"declarationMap\": false, \"inlineSources\": false }, \"extends\": [\"../../../base\", \"@x/ts\"], }\n"
    );
}

#[test]
fn projects_that_emit_nothing_stay_and_circles_end() {
    let files = [
        ("package.json", "{}"),
        (
            "tsconfig.json",
            "{ \"extends\": \"./tsconfig.a.json\", \"compilerOptions\": { \"noEmit\": true, \"sourceMap\": true } }",
        ),
        (
            "tsconfig.a.json",
            "{ \"extends\": \"./tsconfig.b.json\", \"compilerOptions\": { \"noEmit\": true, \"sourceMap\": false } }",
        ),
        ("tsconfig.b.json", "{ \"extends\": \"./tsconfig.a.json\", \"references\": [{ \"path\": \".\" }] }"),
    ];
    assert_eq!(run(&mut shelf(&files), "", &map()).edits, Vec::new());
    let above = [("package.json", "{}"), ("tsconfig.json", "{ \"extends\": \"../../x.json\" }")];
    assert_eq!(run(&mut shelf(&above), "", &map()).open.len(), 2);
}
