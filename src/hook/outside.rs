//! Programs that reach a registry without a package manager: git, gh, curl, and code on the command line.

use super::word::{Doubt, Field};
use super::{Refusal, shown};

/// What is in the address of a registry, and in the paths of one.
const REGISTRIES: &[&str] = &[
    "registry.",
    "registry-",
    "//npm.",
    "marketplace.",
    "/-/",
    "%2f",
    ":4873",
    "/npm/",
    "_packaging",
    "verdaccio",
    "localhost:7777",
    "127.0.0.1:7777",
];
/// Flags with which curl, wget and their like send something.
const SENDS: &[&str] = &[
    "-T",
    "--upload-file",
    "-d",
    "--data",
    "--data-binary",
    "--data-raw",
    "--data-ascii",
    "--json",
    "-F",
    "--form",
    "--post-data",
    "--post-file",
    "--body-data",
    "--body-file",
    "PUT",
    "POST",
    "DELETE",
    "PATCH",
];
const METHODS: &[&str] = &["-X", "--request", "--method", "-Method"];
const FETCHERS: &[&str] = &[
    "curl",
    "wget",
    "wget2",
    "http",
    "https",
    "xh",
    "xhs",
    "curlie",
    "invoke-webrequest",
    "invoke-restmethod",
    "iwr",
    "irm",
];

/// Judges programs that are no package managers.
pub(super) fn check(name: &str, fields: &[Field], line: &str) -> Result<(), Refusal> {
    let texts: Vec<&str> = fields.iter().map(|field| field.text.as_str()).collect();
    let said = || shown(&texts.join(" "));
    match name {
        "git" if pushes_tags(fields, line) => Err(Refusal::Starts(said())),
        "gh" | "glab" if starts_elsewhere(&texts) => Err(Refusal::Starts(said())),
        "gh" | "glab" if secret(&texts) => Err(Refusal::Held(said())),
        _ if FETCHERS.contains(&name) && sends(&texts) => Err(Refusal::Publishes(said())),
        _ if runs_code(name) && given(&texts) => code(&texts.join(" ")),
        _ => Ok(()),
    }
}

/// Whether tags go out, which pipelines wait for.
fn pushes_tags(fields: &[Field], line: &str) -> bool {
    let mut at = 1;
    while let Some(field) = fields.get(at).filter(|field| field.text.starts_with('-')) {
        at += if ["-C", "-c", "--git-dir", "--work-tree"].contains(&field.text.as_str()) { 2 } else { 1 };
    }
    let (before, rest) = fields.split_at(at.min(fields.len()));
    if rest.first().is_none_or(|field| field.text != "push") {
        return false;
    }
    let dry = rest.iter().any(|field| field.text == "--dry-run" || field.text == "-n");
    let follow = before.iter().any(|field| field.text.to_lowercase().contains("followtags=true"));
    let unsure = line.to_lowercase().contains("tag");
    let tags = rest.iter().skip(1).any(|field| {
        let target = field.text.rsplit(':').next().unwrap_or_default().trim_start_matches('+');
        ["--tags", "--follow-tags", "--mirror", "tag"].contains(&field.text.as_str())
            || field.text.contains("refs/tags")
            || is_version(target)
            || (field.doubt > Doubt::None && (unsure || target == "v"))
    });
    !dry && (follow || tags)
}

/// `v1.2.3`, `1.2`, `@acme/cli@1.2.3`, `cli-v1.2.3`.
fn is_version(name: &str) -> bool {
    let last = name.rsplit(['@', '/']).next().unwrap_or_default();
    let last = last.rsplit_once("-v").map_or(last, |(_, version)| version);
    let mut numbers = last.strip_prefix('v').unwrap_or(last).splitn(3, '.');
    let number =
        |text: Option<&str>| text.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()));
    let whole = name.strip_prefix('v').is_some_and(|it| number(Some(it)));
    let branch = name.contains('/') && !name.contains('@');
    whole || (!branch && number(numbers.next()) && number(numbers.next()))
}

fn starts_elsewhere(texts: &[&str]) -> bool {
    let value =
        |at: usize| at.checked_sub(1).and_then(|at| texts.get(at)).is_some_and(|flag| ["-R", "--repo"].contains(flag));
    let words = texts.iter().enumerate().skip(1).filter(|(at, text)| !text.starts_with('-') && !value(*at));
    let words: Vec<&str> = words.map(|(_, text)| *text).collect();
    let writes =
        texts.iter().any(|text| ["POST", "PUT", "PATCH", "-XPOST", "-f", "-F", "--field", "--input"].contains(text));
    match words.as_slice() {
        ["release", "create" | "edit" | "upload", ..] | ["workflow", "run", ..] | ["ci", "run" | "trigger", ..] => true,
        ["api", path, ..] => {
            path.contains("dispatches") || (writes && (path.contains("/releases") || path.contains("/git/refs")))
        }
        _ => false,
    }
}

fn secret(texts: &[&str]) -> bool {
    let names = texts.iter().any(|text| text.to_lowercase().contains("npm") || text.contains("NODE_AUTH"));
    texts.contains(&"secret") && texts.contains(&"set") && names
}

/// Whether a request changes something at a registry.
fn sends(texts: &[&str]) -> bool {
    let joined = |text: &str| {
        let text = text.trim_start_matches("-X").trim_start_matches("--request=").trim_start_matches("--method=");
        ["PUT", "POST", "DELETE", "PATCH"].contains(&text.to_ascii_uppercase().as_str())
    };
    let method =
        texts.windows(2).any(|pair| matches!(pair, [flag, method] if METHODS.contains(flag) && joined(method)));
    let flags = texts.iter().any(|text| {
        let (flag, _) = text.split_once('=').unwrap_or((text, ""));
        SENDS.contains(&flag) || joined(text) || (text.starts_with("-T") && !text.starts_with("--"))
    });
    let registry = texts.iter().map(|text| text.to_lowercase()).any(|text| {
        let reads = ["/-/npm/v1/security", "/-/v1/search"].iter().any(|path| text.contains(path));
        let tokens = text.contains("/-/npm/v1/tokens") || text.contains("/-/user/");
        tokens || (!reads && REGISTRIES.iter().any(|part| text.contains(part)))
    });
    registry && (method || flags)
}

/// Programs that take code.
pub(super) fn runs_code(name: &str) -> bool {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    ["node", "nodejs", "deno", "bun", "tsx", "ts-node", "python", "pypy", "ruby", "perl", "php", "osascript", "lua"]
        .contains(&name)
}

/// Whether there is code among the arguments.
fn given(texts: &[&str]) -> bool {
    texts.iter().skip(1).any(|text| {
        let cluster = text.starts_with('-') && !text.starts_with("--") && text.contains(['e', 'c', 'p', 'r', 'E']);
        cluster || text.starts_with("--eval") || text.starts_with("--print") || *text == "eval"
    })
}

/// What code says, in small letters and without quotes, joins and blanks.
const STARTS: &[&str] = &[
    "child_process",
    "exec(",
    "execsync",
    "spawn",
    "subprocess",
    "system(",
    "popen",
    "deno.command",
    "bun.$",
    "execa",
    "zx",
];
const CLIENTS: &[&str] = &["npm", "yarn", "pnpm", "bun", "changeset", "lerna", "vsce", "npx", "jsr"];
const VERBS: &[&str] = &["publish", "dist-tag", "deprecate", "stage", "owneradd", "token"];
const PUTS: &[&str] =
    &["method:put", "method=put", ".put(", "put/", "(put", "_attachments", "urlopen(req", ".request(put"];
const HIDES: &[&str] = &["base64", "atob(", "b64decode", "fromcharcode", "fromhex"];
const HELD: &[&str] = &[
    "lastlook.toml",
    ".npmrc",
    "state/lastlook",
    ".claude/settings",
    ".codex/hooks",
    ".cursor/hooks",
    ".gemini/settings",
];
const OPENS: &[&str] = &["write", "open(", "unlink", "remove", "readfile", "read_text", "rename"];

/// Judges code: it publishes if it names a client and starts programs, or names a registry and writes there.
pub(super) fn code(text: &str) -> Result<(), Refusal> {
    let plain: String = text.chars().filter(|c| !"'\"`\\+ ,[]\n\t".contains(*c)).flat_map(char::to_lowercase).collect();
    let has = |words: &[&str]| words.iter().any(|word| plain.contains(word));
    let starts = has(STARTS) || ["`npm", "`pnpm", "`yarn", "%x"].iter().any(|mark| text.contains(mark));
    let registry = has(REGISTRIES);
    if has(&["libnpmpublish"]) || (starts && has(CLIENTS) && has(VERBS)) || (registry && has(PUTS)) {
        Err(Refusal::Publishes(shown(text)))
    } else if has(HIDES) && (starts || has(&["eval(", "exec("])) {
        Err(Refusal::Unseen(shown(text)))
    } else if has(HELD) && has(OPENS) {
        Err(Refusal::Held(shown(text)))
    } else {
        Ok(())
    }
}

/// Programs behind which text says something else.
pub(super) fn hides(name: &str, fields: &[Field]) -> bool {
    let decodes = fields
        .iter()
        .any(|field| ["-d", "-D", "--decode", "-di", "-r", "-rp", "-p", "enc"].contains(&field.text.as_str()));
    ["rev", "tr", "uudecode", "rot13"].contains(&name)
        || (["base64", "base32", "xxd", "openssl", "basenc"].contains(&name) && decodes)
}

/// Which of its arguments a program writes to.
pub(super) fn writes<'f>(name: &str, fields: &'f [Field]) -> impl Fn(usize) -> bool + use<'f> {
    let all = [
        "tee", "rm", "mv", "truncate", "ed", "ex", "vi", "vim", "nano", "unlink", "shred", "touch", "chmod", "chown",
        "dd", "patch",
    ];
    let all = all.contains(&name)
        || (["sed", "perl", "gsed", "yq"].contains(&name)
            && fields
                .iter()
                .any(|field| field.text.starts_with("-i") || field.text == "-pi" || field.text == "--in-place"));
    let last = ["cp", "install", "ln", "rsync", "scp"].contains(&name);
    let output = ["curl", "wget", "jq", "sort"].contains(&name);
    move |at| {
        let before = at.checked_sub(1).and_then(|before| fields.get(before));
        let target = before.is_some_and(|field| ["-o", "-O", "--output"].contains(&field.text.as_str()));
        all || (last && at + 1 == fields.len()) || (output && target)
    }
}
