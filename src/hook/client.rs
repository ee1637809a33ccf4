//! The words of a program that can publish → what it is asked to do.

use super::starter::{executed, git_aliases, script_of, started};
use super::table::{ALIASES, CARRIES, CHANGES, COMMANDS, LOOKS, PUBLISHES, STARTERS, TOOLS, VALUES, When};
use super::word::{Doubt, Field};
use super::{Refusal, shown};

/// What a program is asked to do.
#[derive(Debug)]
pub(super) enum Meaning {
    Refused(Refusal),
    /// It can't be told, of a program that may be anything: refused where there is talk of publishing.
    Doubtful(Doubt),
    /// It can't be told, of a program that publishes: refused where a command makes the word, too.
    Unsure(Doubt),
    /// It runs scripts of package.json.
    Scripts(Vec<Field>),
    /// It runs the command that begins at that word.
    Carries(usize),
    /// It runs a script of the shell.
    Text(String),
}

/// The name of a program: without its folder, ending, version or scope.
pub(super) fn program(text: &str) -> String {
    let text = text.trim_start_matches("npm:").to_lowercase();
    let (scope, rest) = text.strip_prefix('@').and_then(|rest| rest.split_once('/')).unwrap_or_default();
    let name = if scope.is_empty() { text.rsplit(['/', '\\']).next().unwrap_or_default() } else { rest };
    let name = name.split('@').next().unwrap_or_default();
    let ends = [".exe", ".cmd", ".bat", ".ps1", ".cjs", ".mjs", ".js"];
    let name = ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    match (scope, name) {
        ("changesets", "cli") => "changeset".to_owned(),
        ("lerna-lite", _) => "lerna".to_owned(),
        (_, "npm-cli" | "cnpm" | "tnpm") => "npm".to_owned(),
        (_, "npx-cli") => "npx".to_owned(),
        ("yarnpkg", _) | (_, "yarnpkg") => "yarn".to_owned(),
        (_, name) if name.starts_with("yarn-") && name.contains(|c: char| c.is_ascii_digit()) => "yarn".to_owned(),
        (_, name) => name.to_owned(),
    }
}

/// What the program `name` is asked to do: nothing, if it can't publish.
pub(super) fn meaning(name: &str, fields: &[Field]) -> Vec<Meaning> {
    let rest = fields.get(1..).unwrap_or_default();
    match name {
        "npm" | "pnpm" | "yarn" | "bun" => manager(name, fields),
        "node" | "nodejs" | "tsx" | "deno" | "python" | "python3" => script_of(fields),
        "find" | "fd" => executed(fields),
        "git" => executed(fields).into_iter().chain(git_aliases(rest)).collect(),
        _ => {
            let starter = STARTERS.iter().find(|(starter, _)| *starter == name);
            starter.map(|(_, words)| started(fields, 1, *words)).unwrap_or_default()
        }
    }
    .into_iter()
    .chain(tool(name, rest))
    .collect()
}

fn tool(name: &str, rest: &[Field]) -> Option<Meaning> {
    let plain: Vec<&str> = rest.iter().map(|field| field.text.as_str()).collect();
    let help = ["--help", "-h", "--version", "help"];
    for (names, when, harmless) in TOOLS {
        if !names.split(' ').any(|it| it == name) || plain.iter().any(|word| help.contains(word)) {
            continue;
        }
        let harmless = plain.iter().any(|word| harmless.split(' ').any(|it| it == *word));
        let first = rest.iter().find(|field| !field.text.starts_with('-'));
        let hit = match when {
            When::Always => true,
            When::Verb(verbs) => first.is_some_and(|word| verbs.split(' ').any(|verb| verb == word.text)),
            When::Any(verbs) => {
                let last = |word: &str| word.rsplit([':', '#', '=']).next().unwrap_or_default().to_owned();
                plain.iter().any(|word| verbs.split(' ').any(|verb| verb == last(word)))
            }
        };
        if hit && !harmless {
            return Some(Meaning::Refused(Refusal::Publishes(shown(&format!("{name} {}", plain.join(" "))))));
        }
        let doubt = first.map(|field| field.doubt).filter(|doubt| *doubt > Doubt::None);
        if let Some(doubt) = doubt.filter(|_| !harmless && matches!(when, When::Verb(_))) {
            return Some(Meaning::Doubtful(doubt));
        }
    }
    None
}

/// Where the verb of a package manager stands.
fn verb_at(name: &str, fields: &[Field]) -> Option<usize> {
    let (mut at, mut open) = (1, false);
    while let Some(field) = fields.get(at) {
        let text = field.text.as_str();
        if text.starts_with('-') {
            at += if VALUES.contains(&text) { 2 } else { 1 };
            open = !text.contains('=') && !VALUES.contains(&text) && text != "--";
            continue;
        }
        if !open || canonical(name, text).is_some() || field.doubt > Doubt::None {
            return Some(at);
        }
        // It may be the value of a flag that is not known here.
        (at, open) = (at + 1, false);
    }
    fields.iter().skip(1).position(|field| !field.text.starts_with('-')).map(|at| at + 1)
}

/// The full name of a verb, as npm finds it; the others take whole names.
fn canonical(name: &str, word: &str) -> Option<&'static str> {
    let word = word.chars().fold(String::new(), |mut all, letter| {
        if letter.is_ascii_uppercase() {
            all.push('-');
        }
        all.push(letter.to_ascii_lowercase());
        all
    });
    let mut starts = COMMANDS.split_whitespace().filter(|it| it.starts_with(&word));
    let whole = COMMANDS.split_whitespace().find(|it| *it == word);
    let only = starts.next().filter(|_| starts.next().is_none() && name == "npm" && word.len() > 1);
    let found = whole.or(only).or_else(|| CHANGES.iter().find(|it| **it == word).copied())?;
    Some(ALIASES.iter().find(|(alias, _)| *alias == found).map_or(found, |(_, whole)| whole))
}

fn manager(name: &str, fields: &[Field]) -> Vec<Meaning> {
    let Some(at) = verb_at(name, fields) else { return Vec::new() };
    let Some(field) = fields.get(at) else { return Vec::new() };
    let rest = fields.get(at + 1..).unwrap_or_default();
    if field.doubt > Doubt::None {
        return vec![Meaning::Unsure(field.doubt)];
    }
    let said = || shown(&fields.iter().map(|field| field.text.as_str()).collect::<Vec<_>>().join(" "));
    let verb = canonical(name, &field.text);
    let looks =
        rest.iter().find(|word| !word.text.starts_with('-')).is_some_and(|it| LOOKS.contains(&it.text.as_str()));
    match verb {
        _ if helped(rest) => Vec::new(),
        Some(verb) if PUBLISHES.contains(&verb) && (verb == "stage" && looks || name != "yarn" && dry(fields)) => {
            let scripts = ["prepublishOnly", "prepack", "prepare", "postpack"];
            vec![Meaning::Scripts(scripts.map(Field::known).to_vec())]
        }
        Some(verb) if PUBLISHES.contains(&verb) => vec![Meaning::Refused(Refusal::Publishes(said()))],
        Some("unpublish") if dry(fields) => Vec::new(),
        Some(verb) if CHANGES.contains(&verb) && !looks => vec![Meaning::Refused(Refusal::Changes(said()))],
        Some("config" | "set" | "get") if rest.iter().any(|it| it.text.to_lowercase().contains("auth")) => {
            vec![Meaning::Refused(Refusal::Held(said()))]
        }
        Some("run") => named(rest, at + 1),
        Some("test" | "start" | "stop" | "restart" | "version") => {
            vec![Meaning::Scripts(vec![Field::known(verb.unwrap_or_default())])]
        }
        Some("install" | "ci" | "install-test") => {
            vec![Meaning::Scripts(["install", "prepare"].map(Field::known).to_vec())]
        }
        Some("pack") => vec![Meaning::Scripts(["prepack", "prepare", "postpack"].map(Field::known).to_vec())],
        None if field.text == "npm" => vec![Meaning::Carries(at)],
        _ if carries(verb.unwrap_or(&field.text)).is_some() => {
            started(fields, at + 1, carries(verb.unwrap_or(&field.text)).unwrap_or_default())
        }
        // pnpm, Yarn and Bun take the name of a script or a program for a verb.
        None if name != "npm" => vec![Meaning::Scripts(vec![field.clone()]), Meaning::Carries(at)],
        Some(_) | None => Vec::new(),
    }
}

/// The script behind `run`. Yarn and Bun take a program of the project, too.
fn named(rest: &[Field], from: usize) -> Vec<Meaning> {
    let script = rest.iter().enumerate().find(|(_, field)| !field.text.starts_with('-') && !field.text.is_empty());
    let both = script.map(|(at, field)| [Meaning::Scripts(vec![field.clone()]), Meaning::Carries(from + at)]);
    both.into_iter().flatten().collect()
}

fn helped(rest: &[Field]) -> bool {
    rest.iter().take_while(|field| field.text != "--").any(|field| field.text == "--help" || field.text == "-h")
}

/// Whether nothing is sent. A `--dry-run` that is taken back, or that is behind `--`, is none.
fn dry(fields: &[Field]) -> bool {
    let words: Vec<&str> = fields.iter().map(|field| field.text.as_str()).take_while(|word| *word != "--").collect();
    let doubt = fields.iter().any(|field| field.doubt > Doubt::Variable);
    let back = words.iter().any(|word| word.starts_with("--no-dry") || word.starts_with("--dry-run=f"));
    let next =
        words.windows(2).any(|pair| matches!(pair, ["--dry-run", next] if *next == "false" || next.starts_with('$')));
    words.iter().any(|word| *word == "--dry-run" || *word == "--dry-run=true") && !back && !next && !doubt
}

fn carries(verb: &str) -> Option<usize> {
    CARRIES.iter().find(|(name, _)| *name == verb).map(|(_, words)| *words)
}
