//! The scripts of package.json → the same without flags that ask for source maps, and the files they name.

use std::collections::BTreeSet;

use super::config::{Says, for_work, has, says};
use super::desk::{Desk, join};
use super::json::Tree;

const WHY: &str = "the scripts ask for no source maps";

/// Which words may follow a flag as its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    /// Only `--flag=value`.
    Joined,
    /// One of the known words.
    Known,
    /// Any, and there has to be one.
    Any,
}

/// A program, the word that has to follow it, its flags, and what may follow those.
type Tool = (&'static str, &'static str, &'static str, Value);

const TOOLS: &[Tool] = &[
    ("tsc vue-tsc ttsc tspc", "", "--sourcemap --inlinesourcemap --inlinesources --declarationmap", Value::Known),
    ("esbuild", "", "--sourcemap", Value::Joined),
    ("webpack webpack-cli rspack", "", "--devtool -d", Value::Any),
    ("vite rolldown-vite", "build", "--sourcemap", Value::Known),
    ("rollup", "", "-m --sourcemap", Value::Known),
    ("rolldown", "", "-s --sourcemap", Value::Known),
    ("bun", "build", "--sourcemap", Value::Joined),
    ("tsup tsup-node tsdown unbuild pkgroll bunup", "", "--sourcemap", Value::Known),
    ("swc babel", "", "-s --source-maps", Value::Known),
    ("ncc", "build", "-s --source-map", Value::Joined),
];

/// What may follow a flag.
const KNOWN: &str = "true false inline hidden both";
/// Flags of tsc that make no sense without maps.
const ADDRESSES: &str = "--maproot --sourceroot";
/// Words before a program that only start it.
const STARTERS: &str = "npx bunx pnpx npm pnpm yarn bun node exec dlx x run env cross-env cross-env-shell dotenv time";
/// Programs that run the file they name.
const RUNNERS: &str = "node tsx ts-node bun deno esno jiti zx run";
/// Folders whose files are no scripts of the build.
const SHIPPED: &str = "dist lib src out es esm cjs";

/// The files that scripts name: settings, and scripts that are run.
#[derive(Default)]
pub(super) struct Named {
    pub(super) settings: BTreeSet<String>,
    pub(super) run: BTreeSet<String>,
}

/// A word of a script, and where it stands in package.json.
struct Word {
    text: String,
    end: usize,
}

/// Takes the flags out that ask for maps.
pub(super) fn quiet(desk: &mut Desk<'_>, path: &str, text: &str, tree: &Tree<'_>) -> Named {
    let mut named = Named::default();
    let scripts = tree.member(0, "scripts").and_then(|at| tree.node(at));
    for at in scripts.map(|node| node.items.as_slice()).unwrap_or_default() {
        let Some(node) = tree.node(*at).filter(|node| tree.string(*at).is_some() && !node.key().is_some_and(work))
        else {
            continue;
        };
        let place = format!("{path}, script {:?}", node.key().unwrap_or_default());
        for command in commands(tree.raw(*at), node.start) {
            name(desk.folder, &command, &mut named);
            for range in flags(desk, &place, &command) {
                desk.change(path, text, range, String::new(), WHY);
            }
        }
    }
    named
}

fn work(name: &str) -> bool {
    name == "start" || name.starts_with("start:") || for_work(name)
}

/// The words of each command in a script that stands in quotes.
fn commands(raw: &str, start: usize) -> Vec<Vec<Word>> {
    let (mut all, mut words, mut word): (Vec<Vec<Word>>, Vec<Word>, Option<Word>) = (Vec::new(), Vec::new(), None);
    let (mut quote, mut escaped) = (None, false);
    for (letter, to) in letters(raw) {
        let to = start + to;
        let cut = quote.is_none() && matches!(letter, '&' | '|' | ';' | '\n');
        if cut || quote.is_none() && letter.is_whitespace() {
            words.extend(word.take());
            if cut {
                all.push(std::mem::take(&mut words));
            }
            continue;
        }
        let word = word.get_or_insert_with(|| Word { text: String::new(), end: to });
        word.end = to;
        match quote {
            _ if std::mem::take(&mut escaped) => word.text.push(letter),
            None | Some('"') if letter == '\\' => escaped = true,
            Some(open) if open == letter => quote = None,
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            _ => word.text.push(letter),
        }
    }
    words.extend(word);
    all.push(words);
    // What is left open can't be told with certainty.
    if quote.is_none() { all } else { Vec::new() }
}

/// The letters of a JSON text, and where each ends in it.
fn letters(raw: &str) -> impl Iterator<Item = (char, usize)> + '_ {
    let inner = raw.len().saturating_sub(1);
    let mut at = 1;
    std::iter::from_fn(move || {
        let rest = raw.get(at..inner)?;
        let mut chars = rest.chars();
        let (letter, length) = match chars.next()? {
            '\\' => match chars.next()? {
                'n' | 'r' => ('\n', 2),
                't' | 'b' | 'f' => (' ', 2),
                'u' => {
                    let code = rest.get(2..6).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                    (code.and_then(char::from_u32).unwrap_or('\u{fffd}'), 6)
                }
                other => (other, 2),
            },
            letter => (letter, letter.len_utf8()),
        };
        at += length;
        Some((letter, at))
    })
}

/// The last part of a program's path, without its version.
fn program(word: &str) -> &str {
    let name = word.rsplit('/').next().unwrap_or(word);
    name.split('@').next().unwrap_or(name).trim_end_matches(".cmd").trim_end_matches(".js")
}

/// The program that a command runs, and where its name stands.
fn tool(command: &[Word]) -> Option<(&'static Tool, usize)> {
    for (at, word) in command.iter().enumerate() {
        let name = program(&word.text);
        let rest = command.get(at + 1..).unwrap_or_default();
        let next = rest.iter().find(|it| !it.text.starts_with('-')).map_or("", |it| it.text.as_str());
        let fits = |(names, sub, ..): &&Tool| has(names, name) && (sub.is_empty() || *sub == next);
        if let Some(tool) = TOOLS.iter().find(fits) {
            return Some((tool, at));
        }
        let sets = word.text.contains('=');
        if !sets && !word.text.starts_with('-') && !has(STARTERS, name) {
            return None;
        }
    }
    None
}

/// Where flags stand that ask for maps, with the space before them.
fn flags(desk: &mut Desk<'_>, place: &str, command: &[Word]) -> Vec<std::ops::Range<usize>> {
    let found = tool(command);
    let compiles = command.iter().any(|word| word.text == "--compile");
    let mut ranges = Vec::new();
    let mut skip = false;
    for (at, pair) in command.windows(2).enumerate() {
        let [before, word] = pair else { continue };
        if std::mem::take(&mut skip) {
            continue;
        }
        let next = command.get(at + 2);
        match found.filter(|(_, name)| *name <= at).and_then(|(tool, _)| flag(tool, word, next)) {
            Some((value, apart)) => match says(value) {
                Says::Unclear => desk.note(format!("{place}: {:?} is worked out as it runs", shorten(&word.text))),
                Says::Off => {}
                Says::Hidden if !compiles => {}
                Says::On | Says::Hidden => {
                    let end = next.filter(|_| apart).map_or(word.end, |next| next.end);
                    ranges.push(before.end..end);
                    skip = apart;
                }
            },
            None if doubtful(&word.text) => {
                desk.note(format!("{place}: {:?} may ask for source maps, and was left alone", shorten(&word.text)));
            }
            None => {}
        }
    }
    ranges
}

/// The value of a flag that is about maps, and whether it is the next word.
fn flag<'w>((names, _, flags, takes): &Tool, word: &'w Word, next: Option<&'w Word>) -> Option<(&'w str, bool)> {
    let (name, joined) = match word.text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word.text.as_str(), None),
    };
    if !name.starts_with('-') {
        return None;
    }
    // tsc takes its options in any case, and behind one dash or two.
    let tsc = has(names, "tsc").then(|| format!("--{}", name.trim_start_matches('-').to_ascii_lowercase()));
    if tsc.as_ref().is_some_and(|name| has(ADDRESSES, name)) {
        return next.map(|_| ("true", true));
    }
    if !has(flags, tsc.as_deref().unwrap_or(name)) {
        return None;
    }
    let next = next.map(|next| next.text.as_str()).filter(|next| !next.starts_with('-'));
    match (joined, takes) {
        (Some(value), _) => Some((value, false)),
        (None, Value::Any) => next.map(|value| (value, true)),
        (None, Value::Known) => Some(next.filter(|it| has(KNOWN, it)).map_or(("true", false), |value| (value, true))),
        (None, Value::Joined) => Some(("true", false)),
    }
}

/// Whether a word looks as if it asked for maps.
fn doubtful(word: &str) -> bool {
    let folded = word.to_ascii_lowercase();
    let about = ["--sourcemap", "--source-map", "--devtool", "--inlinesource", "--declarationmap"]
        .iter()
        .any(|it| folded.contains(it));
    about && !folded.ends_with("=false") && !folded.ends_with("=none")
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Whether a path may be that of a script of the build.
fn built(path: &str) -> bool {
    let first = path.trim_start_matches("./").split('/').next().unwrap_or_default();
    path.contains('.') && !has(SHIPPED, first)
}

/// Takes down the files that a command names.
fn name(folder: &str, command: &[Word], named: &mut Named) {
    // The same flags of other programs, such as `prettier -c`, name other files.
    let known = tool(command).is_some();
    for pair in command.windows(2) {
        let [before, word] = pair else { continue };
        let set = known && matches!(before.text.as_str(), "-c" | "--config" | "-p" | "--project" | "-b" | "--build");
        let joined = word.text.strip_prefix("--config=").or_else(|| word.text.strip_prefix("--project="));
        let joined = joined.filter(|_| known);
        let run = has(RUNNERS, program(&before.text));
        if let Some(path) = joined.or(Some(word.text.as_str()).filter(|_| set)).and_then(|it| join(folder, it)) {
            named.settings.insert(path);
        } else if let Some(path) = join(folder, &word.text).filter(|_| run && built(&word.text)) {
            named.run.insert(path);
        }
    }
}
