//! One made-up secret of each kind that is common, in each form that ships → how many of them each tool finds.
//!
//! They have the form, the alphabet and the check sum of real ones, and are made anew by the same dice: no file of the
//! project holds one.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::make::{self, Dice};

const DIGITS: &str = "0123456789";
const HEX: &str = "0123456789abcdef";
const LETTERS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const URL: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const BASE64: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SMALL: &str = "0123456789abcdefghijklmnopqrstuvwxyz";

fn some(dice: &mut Dice, alphabet: &str, count: usize) -> String {
    (0..count).map(|_| char::from(alphabet.as_bytes()[dice.below(alphabet.len())])).collect()
}

/// A token that ends in the check sum of the rest.
fn summed(dice: &mut Dice, prefix: &str) -> String {
    let random = some(dice, LETTERS, 30);
    let mut rest = crc32fast::hash(random.as_bytes());
    let mut sum = Vec::new();
    for _ in 0..6 {
        sum.push(LETTERS.as_bytes()[(rest % 62) as usize]);
        rest /= 62;
    }
    sum.reverse();
    format!("{prefix}{random}{}", String::from_utf8(sum).unwrap())
}

fn pem(dice: &mut Dice, name: &str, begin: &str, lines: usize, end: &str) -> String {
    let mut body = format!("{begin}{}", some(dice, BASE64, 64 - begin.len()));
    for _ in 0..lines {
        body.push_str(end);
        body.push_str(&some(dice, BASE64, 64));
    }
    format!("-----BEGIN {name}-----{end}{body}{end}-----END {name}-----{end}")
}

/// A line for each kind, as it stands in code.
fn kinds(dice: &mut Dice) -> Vec<(&'static str, String)> {
    let d = dice;
    let jwt = |d: &mut Dice| {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let (head, body) =
            (r#"{"alg":"HS256","typ":"JWT"}"#, r#"{"iss":"supabase","role":"service_role","iat":1730000000}"#);
        format!("{}.{}.{}", part(head), part(body), some(d, URL, 43))
    };
    let say = |name: &str, value: String| format!("const {name} = \"{value}\";");
    vec![
        ("github-pat", say("githubToken", summed(d, "ghp_"))),
        (
            "github-fine-grained",
            say("githubToken", format!("github_pat_{}_{}", some(d, LETTERS, 22), some(d, LETTERS, 59))),
        ),
        ("github-old", format!("client.authenticate({{ type: \"oauth\", token: \"{}\" }});", some(d, HEX, 40))),
        ("gitlab-pat", say("gitlab", format!("glpat-{}", some(d, URL, 20)))),
        ("npm-token", say("npmToken", summed(d, "npm_"))),
        ("npmrc", format!("//registry.acme.dev/:_authToken={}-{}", some(d, HEX, 8), some(d, HEX, 27))),
        ("pypi", say("upload", format!("pypi-AgEIcHlwaS5vcmcC{}", some(d, URL, 150)))),
        ("rubygems", say("gems", format!("rubygems_{}", some(d, HEX, 48)))),
        ("crates", say("cratesToken", format!("cio{}", some(d, LETTERS, 32)))),
        ("docker", say("docker", format!("dckr_pat_{}", some(d, URL, 27)))),
        (
            "aws-pair",
            format!(
                "const aws = {{ accessKeyId: \"AKIA{}\", secretAccessKey: \"{}\" }};",
                some(d, BASE32, 16),
                some(d, BASE64, 40)
            ),
        ),
        ("google-api-key", say("maps", format!("AIza{}", some(d, URL, 35)))),
        (
            "google-service-account",
            format!(
                "{{\"type\": \"service_account\", \"private_key_id\": \"{}\", \"private_key\": \"{}\"}}",
                some(d, HEX, 40),
                pem(d, "PRIVATE KEY", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", 24, "\\n")
            ),
        ),
        (
            "azure-storage",
            say(
                "storage",
                format!("DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={}==", some(d, BASE64, 86)),
            ),
        ),
        ("openai", say("openai", format!("sk-proj-{}T3BlbkFJ{}", some(d, URL, 74), some(d, URL, 74)))),
        ("anthropic", say("anthropic", format!("sk-ant-api03-{}AA", some(d, URL, 93)))),
        ("huggingface", say("model", format!("hf_{}", some(d, &LETTERS[10..], 34)))),
        ("groq", say("groq", format!("gsk_{}", some(d, LETTERS, 52)))),
        (
            "slack-bot",
            say("slack", format!("xoxb-{}-{}-{}", some(d, DIGITS, 12), some(d, DIGITS, 13), some(d, LETTERS, 24))),
        ),
        (
            "slack-webhook",
            say(
                "hook",
                format!(
                    "https://hooks.slack.com/services/T{}/B{}/{}",
                    some(d, &LETTERS[..36], 10),
                    some(d, &LETTERS[..36], 10),
                    some(d, LETTERS, 24)
                ),
            ),
        ),
        (
            "discord-webhook",
            say("hook", format!("https://discord.com/api/webhooks/1{}/{}", some(d, DIGITS, 18), some(d, URL, 68))),
        ),
        ("telegram", say("telegramBot", format!("7{}:AA{}", some(d, DIGITS, 9), some(d, URL, 33)))),
        (
            "twilio",
            format!("const twilio = require(\"twilio\")(\"AC{}\", \"{}\");", some(d, HEX, 32), some(d, HEX, 32)),
        ),
        ("sendgrid", say("mail", format!("SG.{}.{}", some(d, URL, 22), some(d, URL, 43)))),
        ("mailgun", say("mailgunKey", format!("key-{}", some(d, HEX, 32)))),
        ("stripe", say("stripe", format!("sk_live_51{}", some(d, LETTERS, 97)))),
        ("square", say("square", format!("EAAAE{}", some(d, URL, 59)))),
        ("shopify", say("shop", format!("shpat_{}", some(d, HEX, 32)))),
        ("digitalocean", say("ocean", format!("dop_v1_{}", some(d, HEX, 64)))),
        (
            "heroku",
            say(
                "herokuApiKey",
                format!("{0}-{1}-4{2}-a{2}-{3}", some(d, HEX, 8), some(d, HEX, 4), some(d, HEX, 3), some(d, HEX, 12)),
            ),
        ),
        ("databricks", say("bricks", format!("dapi{}", some(d, HEX, 32)))),
        ("postman", say("postman", format!("PMAK-{}-{}", some(d, HEX, 24), some(d, HEX, 34)))),
        ("linear", say("linear", format!("lin_api_{}", some(d, LETTERS, 40)))),
        ("notion", say("notion", format!("ntn_{}{}", some(d, DIGITS, 11), some(d, LETTERS, 35)))),
        ("new-relic", say("newRelic", format!("NRAK-{}", some(d, &LETTERS[..36], 27)))),
        ("doppler", say("doppler", format!("dp.st.prd.{}", some(d, LETTERS, 43)))),
        ("private-key", format!("const key = `{}`;", pem(d, "RSA PRIVATE KEY", "MIIEpAIBAAKCAQEA", 24, "\n"))),
        ("jwt", say("serviceKey", jwt(d))),
        ("database-url", say("db", format!("postgres://app:{}@db.acme-prod.net:5432/main", some(d, LETTERS, 18)))),
        ("client-secret", say("clientSecret", some(d, SMALL, 32))),
    ]
}

/// What only looks like one: none of it grants anything.
fn harmless(dice: &mut Dice) -> Vec<(&'static str, String)> {
    let d = dice;
    vec![
        ("integrity", format!("const integrity = \"sha512-{}==\";", some(d, BASE64, 86))),
        ("commit", format!("const commit = \"{}\";", some(d, HEX, 40))),
        (
            "uuid",
            format!(
                "const id = \"{}-{}-4{}-9{1}-{}\";",
                some(d, HEX, 8),
                some(d, HEX, 3),
                some(d, HEX, 3),
                some(d, HEX, 12)
            ),
        ),
        (
            "environment",
            "const token = process.env.GITHUB_TOKEN; const secretKey = config.get(\"stripe.secretKey\");".into(),
        ),
        (
            "placeholder",
            "const apiKey = \"your-api-key-goes-here\"; const token = \"ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\";"
                .into(),
        ),
        (
            "aws-example",
            "const key = \"AKIAIOSFODNN7EXAMPLE\", secret = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\";".into(),
        ),
        ("public-key", format!("const key = `{}`;", pem(d, "PUBLIC KEY", "MIIBIjANBgkqhkiG9w0B", 5, "\n"))),
        ("certificate", format!("const ca = `{}`;", pem(d, "CERTIFICATE", "MIIDdzCCAl+gAwIBAgIE", 16, "\n"))),
        ("publishable", format!("const stripe = Stripe(\"pk_live_51{}\");", some(d, LETTERS, 97))),
        (
            "chunk-hash",
            format!("import(\"./chunk-{}.js\"); const etag = 'W/\"{}\"';", some(d, LETTERS, 8), some(d, HEX, 32)),
        ),
        ("wasm", format!("const wasm = \"data:application/wasm;base64,AGFzbQEAAAAB{}\";", some(d, BASE64, 3000))),
        (
            "password-field",
            "const fields = { password: \"Password\", secret: \"Enter the shared secret\", token: \"csrf-token\" };"
                .into(),
        ),
        ("url-template", "const url = `postgres://${user}:${password}@${host}/main`;".into()),
        ("color-list", format!("const palette = \"{}\";", some(d, HEX, 64))),
    ]
}

/// How a text ships.
pub const FORMS: [&str; 5] = ["plain", "map", "zip", "tgz in zip", "base64"];

fn form(name: &str, kind: &str, text: &str) -> (String, Vec<u8>) {
    let zip = |name: &str, body: &[u8]| {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(body).unwrap();
        zip.finish().unwrap().into_inner()
    };
    let (folder, ending) =
        (name.replace(' ', "-"), |ending: &str| format!("{}/{kind}.{ending}", name.replace(' ', "-")));
    match folder.as_str() {
        "map" => (ending("js.map"), make::small_map(text)),
        "zip" => (ending("zip"), zip("lib/index.js", text.as_bytes())),
        "tgz-in-zip" => (ending("zip"), zip("inner.tgz", &make::tgz([("index.js", text.as_bytes())]))),
        "base64" => (ending("js"), format!("export const blob = \"{}\";\n", STANDARD.encode(text)).into_bytes()),
        _ => (ending("js"), text.as_bytes().to_vec()),
    }
}

/// A secret that was planted: its kind, its form, and how its file begins.
pub struct Plant {
    pub kind: &'static str,
    pub form: &'static str,
    pub place: String,
}

/// The package, what is planted in it, and what in it is harmless.
pub fn package() -> (Vec<u8>, Vec<Plant>, Vec<Plant>) {
    let mut files = vec![("package.json".to_owned(), br#"{"name":"planted","version":"1.0.0"}"#.to_vec())];
    let (mut plants, mut decoys) = (Vec::new(), Vec::new());
    let mut dice = Dice::new(20);
    for name in FORMS {
        for (kind, line) in kinds(&mut dice) {
            let (around, seed) = (3, dice.next() >> 8);
            let text = format!("{}{line}\n{}", make::source(seed, around), make::source(seed + 1, around));
            // Base64 holds the secret without much around it, as settings that are packed into a bundle do.
            let (path, body) = form(name, kind, if name == "base64" { &line } else { &text });
            plants.push(Plant { kind, form: name, place: format!("{}/{kind}.", name.replace(' ', "-")) });
            files.push((path, body));
        }
    }
    for (kind, line) in harmless(&mut dice) {
        decoys.push(Plant { kind, form: "harmless", place: format!("harmless/{kind}.") });
        files.push((format!("harmless/{kind}.js"), format!("{line}\n").into_bytes()));
    }
    (make::tgz(files.iter().map(|(name, body)| (name.as_str(), &body[..]))), plants, decoys)
}

/// The kinds of each form that none of these places tell of.
pub fn missed<'p>(plants: &'p [Plant], places: &[String]) -> BTreeMap<&'static str, Vec<&'p str>> {
    let mut missed = BTreeMap::new();
    for plant in plants {
        let list: &mut Vec<&str> = missed.entry(plant.form).or_default();
        if !places.iter().any(|place| place.contains(&plant.place)) {
            list.push(plant.kind);
        }
    }
    missed
}
