//! Secrets: found wherever text is decoded, at the right line, as one finding, and never printed whole.

use std::path::Path;

use base64::Engine as _;
use serde_json::{Value, json};

use crate::make::tgz;
use crate::run::{Audited, audit, audit_at, lastlook};

/// Parts that are joined here, so that no file of ours holds a token.
fn token() -> String {
    ["ghp_", "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"].concat()
}

fn aws() -> String {
    ["AKIA", "QYLPMN5HFXW7VWN2"].concat()
}

fn pem() -> String {
    let line = "MIIEowIBAAKCAQEA2mX7Qp0vKpR3mT9wZsD5gH4jN6bV0cF8yU1iO2aE4kQsq2L7";
    let kind = "RSA PRIVATE KEY";
    format!("-----BEGIN {kind}-----\n{line}\nx0{line}\n-----END {kind}-----\n")
}

const MANIFEST: (&str, &[u8]) = ("package.json", br#"{"name":"@acme/app","version":"1.0.0"}"#);

/// Each secret: its rule, where people see it, and everything else that is known of it.
fn secrets(seen: &Audited) -> Vec<(String, String, Value)> {
    let findings = seen.artifact()["findings"].as_array().unwrap();
    let secret = |f: &&Value| f["rule"].as_str().unwrap().starts_with("secret/");
    findings.iter().filter(secret).map(|f| (f["rule"].as_str().unwrap().to_owned(), place(f), f.clone())).collect()
}

fn place(at: &Value) -> String {
    let mut text = at["path"].as_str().unwrap().to_owned();
    for part in at["inside"].as_array().unwrap() {
        text = format!("{text}!{}", part.as_str().unwrap());
    }
    at["line"].as_u64().map_or(text.clone(), |line| format!("{text}:{line}"))
}

fn places(seen: &Audited) -> Vec<(String, String)> {
    secrets(seen).into_iter().map(|(rule, place, _)| (rule, place)).collect()
}

fn found(rule: &str, place: &str) -> (String, String) {
    (rule.to_owned(), place.to_owned())
}

fn map(sources: &[(&str, String)], mappings: &str) -> Vec<u8> {
    let names: Vec<&str> = sources.iter().map(|(name, _)| *name).collect();
    let texts: Vec<&String> = sources.iter().map(|(_, text)| text).collect();
    let map = json!({"version": 3, "sources": names, "sourcesContent": texts, "names": [], "mappings": mappings});
    serde_json::to_vec(&map).unwrap()
}

fn in_line(number: usize, text: &str) -> String {
    format!("{}const it = `{text}`\n", "// line\n".repeat(number - 1))
}

#[test]
fn a_secret_in_plain_code_is_found_at_its_line() {
    let seen = audit(&tgz([MANIFEST, ("dist/a.js", in_line(7, &token()).as_bytes())]));
    assert_eq!(places(&seen), [found("secret/github-token", "dist/a.js:7")]);
    assert_eq!(seen.code, 1);
}

#[test]
fn an_escaped_key_is_found_in_the_original_source() {
    let bytes = map(&[("src/y.ts", "y()\n".into()), ("src/x.ts", in_line(12, &pem()))], "");
    let seen = audit(&tgz([MANIFEST, ("a.js.map", &bytes)]));
    assert_eq!(places(&seen), [found("secret/private-key", "a.js.map!src/x.ts:12")]);
}

#[test]
fn large_maps_are_searched_on_every_core_and_say_the_same() {
    let filler = "export const word = 'nothing to see here';\n".repeat(3000);
    let sources: Vec<(String, String)> = (0..40)
        .map(|n| (format!("src/{n}.ts"), if n == 33 { in_line(5, &aws()) } else { format!("{filler}{n}\n") }))
        .collect();
    let sources: Vec<(&str, String)> = sources.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let bytes = map(&sources, "AAAA");
    assert!(bytes.len() > 4 << 20);
    let seen = audit(&tgz([MANIFEST, ("a.js.map", &bytes)]));
    assert_eq!(places(&seen), [found("secret/aws-access-key", "a.js.map!src/33.ts:5")]);
}

#[test]
fn inline_maps_nested_archives_programs_and_base64_are_searched() {
    let encode = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
    let inline = map(&[("src/in.ts", in_line(3, &token()))], "");
    let inline = format!("x()\n//# sourceMappingURL=data:application/json;base64,{}\n", encode(&inline));
    let inner = tgz([("deep/config.js", in_line(4, &aws()).as_bytes())]);
    let outer = tgz([("inner.tgz", &inner[..])]);
    let mut program = std::fs::read("/bin/sh").unwrap();
    program.extend(format!("\0\0{}\0", ["sk_live_", "4eC39HqLyjWDarjtT1zdp7dc"].concat()).bytes());
    let encoded = format!(
        "a()\nb('{}')\n",
        encode(format!("{{\"token\":\"{}\"}}", ["glpat-", "x9Kv2mQ7LpZt7wPq41nB"].concat()).as_bytes())
    );
    let evaled = format!(
        "eval(\"const key = '{}';\\n\\n//# sourceURL=webpack://x/./src/e.js?\");\n",
        ["xoxb-", "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"]
            .concat()
            .replace("123456789012-1234567890123", "284910573628-7391046285913")
    );
    let files = [
        MANIFEST,
        ("inline.js", inline.as_bytes()),
        ("vendor/old.tgz", &outer),
        ("bin/tool", &program),
        ("encoded.js", encoded.as_bytes()),
        ("eval.js", evaled.as_bytes()),
    ];
    let seen = audit(&tgz(files));
    let mut all = places(&seen);
    all.retain(|(rule, place)| !(rule == "secret/stripe-secret-key" && place.starts_with("bin/tool:")));
    assert_eq!(places(&seen).len() - all.len(), 1, "the one in the program: {:?}", places(&seen));
    assert_eq!(
        all,
        [
            found("secret/gitlab-token", "encoded.js:2"),
            found("secret/slack-token", "eval.js!webpack://x/./src/e.js:1"),
            found("secret/github-token", "inline.js!src/in.ts:3"),
            found("secret/aws-access-key", "vendor/old.tgz!inner.tgz!deep/config.js:4"),
        ]
    );
}

#[test]
fn text_in_utf16_is_searched() {
    let text = in_line(2, &token());
    let wide: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let seen = audit(&tgz([MANIFEST, ("a.txt", &wide)]));
    assert_eq!(places(&seen), [found("secret/github-token", "a.txt:2")]);
}

#[test]
fn one_secret_is_one_finding_with_its_places() {
    let bundle = format!("{}\n{}", in_line(1, &token()), in_line(1, &token()));
    let carrier = map(&[("src/config.ts", in_line(9, &token()))], "");
    let seen =
        audit(&tgz([MANIFEST, ("a.js", bundle.as_bytes()), ("a.js.map", &carrier), ("b.js", bundle.as_bytes())]));
    let [(rule, first, all)] = &secrets(&seen)[..] else { panic!("{:?}", places(&seen)) };
    assert_eq!((rule.as_str(), first.as_str()), ("secret/github-token", "a.js.map!src/config.ts:9"));
    let also: Vec<String> = all["also"].as_array().unwrap().iter().map(place).collect();
    assert_eq!(also, ["a.js:1", "a.js:3", "b.js:1", "b.js:3"]);
}

#[test]
fn a_finding_in_generated_code_names_the_original_place() {
    // The second segment of the first line is that of src/config.ts:5.
    let bytes = serde_json::to_vec(
        &json!({"version": 3, "sources": ["src/a.ts", "src/config.ts"], "names": [], "mappings": "AAAA,UCIA"}),
    );
    let bundle = format!("a(1234567,'{}')\n", token());
    let seen = audit(&tgz([MANIFEST, ("dist/a.js", bundle.as_bytes()), ("dist/a.js.map", &bytes.unwrap())]));
    let [(_, first, all)] = &secrets(&seen)[..] else { panic!("{:?}", places(&seen)) };
    assert_eq!(first, "dist/a.js:1");
    assert_eq!(all["origin"], json!({"source": "src/config.ts", "line": 5}));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.js"), &bundle).unwrap();
    std::fs::write(folder.path().join("a.js.map"), br#"{"version":3,"sources":["s.ts"],"mappings":"AAIA"}"#).unwrap();
    let seen = audit_at(folder.path(), ".", &[]);
    assert_eq!(secrets(&seen)[0].2["origin"], json!({"source": "s.ts", "line": 5}));
}

#[test]
fn nothing_prints_a_secret_whole() {
    let password = ["k7Xq2", "vTm9LpZ"].concat();
    let url = format!("https://bot:{password}@maps.acme.dev/a.js.map");
    let script = format!("const a = '{}';\n//# sourceMappingURL={url}\n", token());
    let named = format!("notes-{}.txt", aws());
    let key = pem();
    let manifest = format!(r#"{{"name":"@acme/app","version":"1.0.0","repository":"{url}"}}"#);
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("package.json", manifest.as_bytes()),
        ("a.js", script.as_bytes()),
        (named.as_str(), b"x"),
        ("key.txt", key.as_bytes()),
    ];
    std::fs::write(folder.path().join("pkg.tgz"), tgz(files)).unwrap();
    std::fs::write(folder.path().join("old.tgz"), tgz([MANIFEST])).unwrap();
    for args in [
        &["audit", "pkg.tgz", "--all"][..],
        &["audit", "pkg.tgz", "--format", "json"],
        &["diff", "old.tgz", "pkg.tgz", "--all"],
        &["diff", "old.tgz", "pkg.tgz", "--format", "markdown"],
    ] {
        let output = lastlook(folder.path(), args);
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(text.contains("secret/"), "{args:?}: {text}");
        for secret in [token(), password.clone(), aws(), pem().lines().nth(1).unwrap().to_owned()] {
            assert!(!text.contains(&secret), "{args:?} prints {secret}: {text}");
        }
    }
}

#[test]
fn a_wrong_checksum_is_a_warning_and_a_placeholder_is_nothing() {
    let wrong = token().replace("zQW", "zQX");
    let seen = audit(&tgz([MANIFEST, ("a.js", format!("a('{wrong}')").as_bytes())]));
    assert_eq!((seen.code, secrets(&seen)[0].2["level"].as_str()), (0, Some("warn")));
    let example = ["AKIA", "IOSFODNN7EXAMPLE"].concat();
    for text in [format!("ghp_{}", "x".repeat(36)), example, "npm_${NPM_TOKEN}".into()] {
        assert_eq!(places(&audit(&tgz([MANIFEST, ("a.js", text.as_bytes())]))), [], "{text}");
    }
}

fn policy(folder: &Path, text: &str) {
    std::fs::write(folder.join("lastlook.toml"), text).unwrap();
}

#[test]
fn an_exception_covers_the_places_it_names_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let text = in_line(1, &token());
    let bytes = tgz([MANIFEST, ("a.js", text.as_bytes()), ("b.js", text.as_bytes())]);
    std::fs::write(folder.path().join("pkg.tgz"), bytes).unwrap();
    let allow = |what: &str| format!("[[allow]]\nrule = \"secret/github-token\"\nreason = \"revoked\"\n{what}\n");
    let code = |text: &str| {
        policy(folder.path(), text);
        audit_at(folder.path(), "pkg.tgz", &[]).code
    };
    assert_eq!(code(&allow("path = \"a.js\"")), 1);
    assert_eq!(code(&format!("{}{}", allow("path = \"a.js\""), allow("path = \"b.js\""))), 0);
    policy(folder.path(), "");
    let fingerprint =
        secrets(&audit_at(folder.path(), "pkg.tgz", &[]))[0].2["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(code(&allow(&format!("fingerprint = \"{fingerprint}\""))), 0);
    let explained = lastlook(folder.path(), &["audit", "pkg.tgz", "--explain-exceptions"]);
    let explained = String::from_utf8(explained.stdout).unwrap();
    assert!(explained.contains("(revoked): used") && explained.contains("a.js:1: a GitHub token"), "{explained}");
}

#[test]
fn rules_of_a_project_are_taken_in_both_forms() {
    let folder = tempfile::tempdir().unwrap();
    let text = "const a = 'acme_k7Xq2vTm9LpZt7wP';\nconst b = 'AC-4711-0815';\n";
    std::fs::write(folder.path().join("pkg.tgz"), tgz([MANIFEST, ("a.js", text.as_bytes())])).unwrap();
    std::fs::create_dir(folder.path().join("ci")).unwrap();
    let own = "[[rule]]\nid = \"secret/acme-token\"\ntitle = \"a token of ours\"\nhelp = \"revoke it\"\nkeywords = [\"acme_\"]\n\
               pattern = 'acme_[A-Za-z0-9]{16}'\nhits = [\"acme_k7Xq2vTm9LpZt7wP\"]\nmisses = [\"acme_no\"]\n";
    let theirs = "title = \"x\"\n[[rules]]\nid = \"ac-number\"\ndescription = \"a number\"\nregex = '''AC-(\\d{4}-\\d{4})'''\n\
                  secretGroup = 1\nkeywords = [\"ac-\"]\ntags = [\"x\"]\n[rules.allowlist]\nregexes = ['^0000']\n";
    std::fs::write(folder.path().join("ci/own.toml"), own).unwrap();
    std::fs::write(folder.path().join("ci/theirs.toml"), theirs).unwrap();
    policy(folder.path(), "[rules]\nextra = [\"ci/*.toml\"]\n");
    let seen = audit_at(folder.path(), "pkg.tgz", &[]);
    assert_eq!(places(&seen), [found("secret/acme-token", "a.js:1"), found("secret/ac-number", "a.js:2")]);
    for (wrong, word) in [
        (theirs.replace("tags", "skipReport"), "skipReport"),
        (theirs.replace("title = \"x\"", "[extend]\nuseDefault = true"), "extend"),
        (theirs.replace("^0000", "(?=x)"), "look"),
        (own.replace("pattern", "patern"), "patern"),
        (own.replace("[\"acme_\"]", "[]"), "keywords"),
    ] {
        std::fs::write(folder.path().join("ci/theirs.toml"), &wrong).unwrap();
        let output = lastlook(folder.path(), &["audit", "pkg.tgz"]);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(text.contains("theirs.toml") && text.contains(word), "{word}: {text}");
    }
}

#[test]
fn words_of_the_project_are_found_in_names_and_texts() {
    let folder = tempfile::tempdir().unwrap();
    let carrier = map(&[("src/x.ts", "\n// see https://git.Corp.acme.dev/x\n".into())], "");
    let files = [
        MANIFEST,
        ("docs/project-tamarin.md", &b"x"[..]),
        ("a.js", b"const enableProjectTamarin = 1\n"),
        ("b.js", b"tamarins projecttamarind corp.acme.dev"),
        ("c.js.map", &carrier),
    ];
    std::fs::write(folder.path().join("pkg.tgz"), tgz(files)).unwrap();
    policy(folder.path(), "[terms]\nconfidential = [\"Project Tamarin\", \"*.corp.acme.dev\"]\n");
    let seen = audit_at(folder.path(), "pkg.tgz", &[]);
    let findings = seen.artifact()["findings"].as_array().unwrap();
    let terms: Vec<&Value> = findings.iter().filter(|f| f["rule"] == "term/confidential").collect();
    let all =
        terms.iter().flat_map(|f| std::iter::once(place(f)).chain(f["also"].as_array().unwrap().iter().map(place)));
    assert_eq!(all.collect::<Vec<_>>(), ["a.js:1", "docs/project-tamarin.md", "c.js.map!src/x.ts:2"]);
}

#[test]
fn what_nobody_reviewed_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let write = |files: &[(&str, &[u8])]| {
        let all = std::iter::once(MANIFEST).chain(files.iter().copied());
        std::fs::write(folder.path().join("pkg.tgz"), tgz(all)).unwrap();
    };
    let (small, large) = (vec![b'x'; 2000], vec![b'x'; 2600]);
    write(&[("dist/a.js", &small), ("dist/app-3fa91c0e.js", b"1")]);
    policy(folder.path(), "[contents]\nmax_growth = \"25%\"\n");
    assert_eq!(lastlook(folder.path(), &["audit", "pkg.tgz"]).status.code(), Some(2));
    assert_eq!(lastlook(folder.path(), &["audit", "pkg.tgz", "--write-snapshot"]).status.code(), Some(0));
    let list = std::fs::read_to_string(folder.path().join("lastlook.files")).unwrap();
    assert!(
        list.ends_with("[@acme/app]\n      2000 dist/a.js\n         1 dist/app-[hash:8].js\n        38 package.json\n"),
        "{list}"
    );
    let rules = |files: &[(&str, &[u8])]| {
        write(files);
        let seen = audit_at(folder.path(), "pkg.tgz", &[]);
        (seen.code, seen.findings())
    };
    assert_eq!(rules(&[("dist/a.js", &small), ("dist/app-00ff11aa.js", b"1")]), (0, Vec::new()));
    let unlisted = rules(&[("dist/a.js", &small), ("dist/new.js", b"1")]);
    assert_eq!(unlisted, (1, vec![found("path/unlisted", "dist/new.js")]));
    let grown = rules(&[("dist/a.js", &large)]);
    assert_eq!(grown, (1, vec![found("path/growth", ""), found("path/growth", "dist/a.js")]));
}

#[test]
fn settings_of_agents_are_read() {
    let settings = br#"{"permissions":{"allow":["Bash(npm publish:*)","Read(~/.ssh/**)"]}}"#;
    let servers = format!(
        r#"{{"mcpServers":{{"a":{{"url":"https://mcp.corp.acme.dev/x","headers":{{"Authorization":"Bearer {}"}}}},"b":{{"env":{{"API_KEY":"${{API_KEY}}"}}}}}}}}"#,
        ["q8Zt7wPq41", "nBx9Kv"].concat()
    );
    let seen = audit(&tgz([MANIFEST, (".claude/settings.local.json", settings), (".mcp.json", servers.as_bytes())]));
    let mut findings = seen.findings();
    findings.retain(|(rule, _)| rule != "path/agent");
    assert_eq!(
        findings,
        [
            found("agent/settings", ".claude/settings.local.json"),
            found("agent/settings", ".mcp.json"),
            found("secret/agent-credential", ".mcp.json"),
        ]
    );
}

#[test]
fn what_stands_around_a_secret_does_not_hide_it() {
    let password = ["zymMlopi", "WfqUyHRSIf"].concat();
    let url = format!("postgres://app:{password}@db.tpgnxtsg.io:5432/main");
    for (text, rule) in [
        (format!("/** @example */\nk = \"{url}\"; // @foo @test"), "secret/database-url"),
        (format!("x = \"a\\u0022{}\\u0022\"", token()), "secret/github-token"),
        (format!("x = \"\\x1b[32m{}\\x1b[0m\"", token()), "secret/github-token"),
        (format!("a=%22{}%22", token()), "secret/github-token"),
        (format!("\0\0hello{} ", aws()), "secret/aws-access-key"),
        (format!("DB_PASSWORD={password}7\n"), "secret/named-variable"),
    ] {
        let seen = audit(&tgz([MANIFEST, ("a.js", text.as_bytes())]));
        let rules: Vec<String> = secrets(&seen).into_iter().map(|(rule, _, _)| rule).collect();
        assert_eq!(rules, [rule], "{text}");
    }
}

#[test]
fn rules_of_a_project_take_nothing_from_those_that_ship() {
    let folder = tempfile::tempdir().unwrap();
    let header = ["authorization: \"Bearer 9fK2xQ7vTmL3pR8w", "Z1sD5gH4jN6bV0c\""].concat();
    let far = format!("{header}\nacme\n{}\ntok_k7xq2vtm9lpzt7wp4abc\n", "filler text\n".repeat(2000));
    std::fs::write(folder.path().join("pkg.tgz"), tgz([MANIFEST, ("a.js", far.as_bytes())])).unwrap();
    let rules = "[[rules]]\nid = \"any\"\nregex = '''Bearer ([A-Za-z0-9]{10,})'''\nkeywords = [\"bearer\"]\n\
                 [[rules]]\nid = \"tok\"\nregex = '''tok_[a-z0-9]{20}'''\nkeywords = [\"acme\"]\n";
    std::fs::write(folder.path().join("rules.toml"), rules).unwrap();
    policy(folder.path(), "[rules]\nextra = [\"rules.toml\"]\n[levels]\n\"secret/any\" = \"allow\"\n");
    let seen = audit_at(folder.path(), "pkg.tgz", &[]);
    let mut rules: Vec<String> = secrets(&seen).into_iter().map(|(rule, _, _)| rule).collect();
    rules.sort();
    assert_eq!((seen.code, rules), (1, vec!["secret/any".into(), "secret/bearer-header".into(), "secret/tok".into()]));
}

#[test]
fn a_new_exposure_is_worse_also_where_the_map_was_there_before() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, sources: &[(&str, String)]| {
        std::fs::write(folder.path().join(name), tgz([MANIFEST, ("a.js.map", &map(sources, ""))])).unwrap();
    };
    write("old.tgz", &[("src/a.ts", "a()\n".into())]);
    write("more.tgz", &[("src/a.ts", "a()\n".into()), ("src/b.ts", "b()\n".into())]);
    write("full.tgz", &[("src/a.ts", "a();\n".repeat(1000))]);
    let code = |new: &str| lastlook(folder.path(), &["diff", "old.tgz", new]).status.code();
    assert_eq!((code("old.tgz"), code("more.tgz"), code("full.tgz")), (Some(0), Some(1), Some(1)));
}

#[test]
fn a_name_counts_for_each_of_the_files_with_one_content() {
    let folder = tempfile::tempdir().unwrap();
    let carrier = map(&[("src/x.ts", "x()\n".repeat(3000))], "");
    let files = [MANIFEST, ("a.js.map", &carrier), ("tamarin.js.map", &carrier), ("z.js.map", &carrier)];
    std::fs::write(folder.path().join("pkg.tgz"), tgz(files)).unwrap();
    policy(folder.path(), "[terms]\nconfidential = [\"Tamarin\"]\n");
    let seen = audit_at(folder.path(), "pkg.tgz", &["--threads", "1"]);
    let findings = seen.artifact()["findings"].as_array().unwrap();
    let terms: Vec<String> = findings.iter().filter(|f| f["rule"] == "term/confidential").map(place).collect();
    assert_eq!(terms, ["tamarin.js.map"]);
}
