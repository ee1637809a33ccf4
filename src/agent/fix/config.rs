//! The settings of bundlers, written in JavaScript or JSON → the same without source maps.

use std::collections::BTreeSet;

use super::desk::{Desk, join, line};
use super::entries::Entries;
use super::json::Tree;
use super::tokens::{Kind, Token, tokens};

const WHY: &str = "the build writes no source maps";
const TOOLS: &str = "vite webpack rspack rollup rolldown esbuild tsup tsdown next babel bun";
/// Parts of a name that make it a name of settings.
const SETTINGS: &str = "config conf common base shared prod production build release";
/// Parts of a name that say it is for work on the project, and not for a release.
const WORK: &str =
    "dev develop development test tests spec e2e jest vitest local storybook serve watch debug lint eslint d";
const KEYS: &str = "sourcemap devtool productionBrowserSourceMaps serverSourceMaps";
/// A plugin of webpack that writes maps whatever `devtool` says.
const PLUGIN: &str = "SourceMapDevToolPlugin";
/// Settings that hold settings of others, where the same words mean something else.
const OTHERS: &str =
    "plugins module loaders css dts test devServer server development define optimization optimizeDeps";
/// So many places of one file are told to a person.
const TOLD: usize = 5;

/// Whether a word is one of a list.
pub(super) fn has(list: &str, word: &str) -> bool {
    list.split(' ').any(|it| it == word)
}

/// Whether a file or a script is for work on the project only.
pub(super) fn for_work(name: &str) -> bool {
    name.split(['.', '-', '_', ':']).any(|part| has(WORK, part))
}

/// What a setting says.
pub(super) enum Says {
    Off,
    On,
    /// Maps that no comment points to: it is enough that they do not ship.
    Hidden,
    /// It is worked out, or left to another place.
    Unclear,
}

/// What a value that is written out says.
pub(super) fn says(value: &str) -> Says {
    match value {
        "false" | "none" | "null" | "undefined" => Says::Off,
        "external" => Says::Hidden,
        _ if value.starts_with("hidden") => Says::Hidden,
        _ if value.is_empty() || value.contains(['\\', '$', '%', '{']) => Says::Unclear,
        _ => Says::On,
    }
}

/// Switches maps off in the settings that the package has or its scripts name.
pub(super) fn quiet(desk: &mut Desk<'_>, named: &BTreeSet<String>, run: &BTreeSet<String>, entries: &Entries) {
    let own = desk.list("").into_iter().filter(|name| !for_work(name)).filter_map(|name| join(desk.folder, &name));
    let paths: BTreeSet<String> = own.chain(named.iter().chain(run).cloned()).collect();
    let below =
        |path: &String| join("", path).map(|it| it.trim_start_matches(desk.folder).trim_start_matches('/').to_owned());
    let paths =
        paths.into_iter().filter(|path| below(path).is_none_or(|path| !entries.name(&path, true))).collect::<Vec<_>>();
    for path in paths {
        let name = path.rsplit('/').next().unwrap_or_default();
        let mut parts = name.split(['.', '-', '_']);
        let first = parts.next().unwrap_or_default();
        if matches!(name, ".swcrc" | ".babelrc" | ".babelrc.json" | "babel.config.json" | "tsup.config.json") {
            json(desk, &path);
        } else if name
            .rsplit_once('.')
            .is_some_and(|(_, end)| matches!(end, "js" | "mjs" | "cjs" | "ts" | "mts" | "cts"))
        {
            let set = has(TOOLS, first) && parts.any(|part| has(SETTINGS, part));
            let script = has(TOOLS, first) || first == "build" || run.contains(&path);
            if set || script || named.contains(&path) {
                script_file(desk, &path, set || named.contains(&path));
            }
        }
    }
}

fn json(desk: &mut Desk<'_>, path: &str) {
    let Some(text) = desk.read(path) else { return };
    match Tree::parse(&text) {
        Some(tree) => members(desk, path, &text, &tree, 0),
        None => desk.note(format!("{path}: can't be read as JSON; switch maps off there by hand")),
    }
}

/// Switches maps off in one object of a JSON file.
pub(super) fn members(desk: &mut Desk<'_>, path: &str, text: &str, tree: &Tree<'_>, of: usize) {
    for at in tree.members(of, "sourcemap").chain(tree.members(of, "sourceMaps")) {
        let value = tree.string(at).unwrap_or_else(|| tree.raw(at).to_owned());
        if let (Says::On, Some(node)) = (says(&value), tree.node(at)) {
            desk.change(path, text, node.start..node.end, "false".to_owned(), WHY);
        }
    }
}

fn script_file(desk: &mut Desk<'_>, path: &str, certain: bool) {
    let Some(text) = desk.read(path) else { return };
    if !KEYS.split(' ').chain(["sourceMaps", PLUGIN]).any(|key| text.contains(key)) {
        return;
    }
    let Some(found) = tokens(&text) else {
        return desk.note(format!("{path}: could not be read with certainty; switch maps off there by hand"));
    };
    let mut walk = Walk { text: &text, tokens: &found, levels: Vec::new(), asked: false, found: Vec::new() };
    if !certain && !walk.bundles() {
        return;
    }
    walk.all(path.rsplit('/').next().is_some_and(|name| name.starts_with("babel")));
    let mut told = 0;
    for (key, place, says) in walk.found {
        match says {
            Says::On => desk.change(path, &text, place, "false".to_owned(), WHY),
            Says::Unclear if told < TOLD => {
                told += 1;
                let at = line(&text, place.start);
                desk.note(format!("{path}:{at}: {key} is worked out as the build runs, so it was left alone; see that it is false in a release"));
            }
            Says::Unclear | Says::Off | Says::Hidden => {}
        }
    }
}

/// An open bracket.
struct Level {
    open: u8,
    /// What stands inside may not hold: it hangs on a condition.
    maybe: bool,
    /// What stands inside is none of our settings.
    other: bool,
    /// Whether it holds the condition of an `if`.
    asks: bool,
}

struct Walk<'t> {
    text: &'t str,
    tokens: &'t [Token],
    levels: Vec<Level>,
    /// Whether the last bracket that closed held a condition.
    asked: bool,
    found: Vec<(&'t str, std::ops::Range<usize>, Says)>,
}

impl<'t> Walk<'t> {
    fn word(&self, at: Option<usize>) -> &'t str {
        let token = at.and_then(|at| self.tokens.get(at));
        token.and_then(|token| self.text.get(token.start..token.end)).unwrap_or_default()
    }

    /// The word at a place, or what stands in quotes there.
    fn bare(&self, at: Option<usize>) -> &'t str {
        self.word(at).trim_matches(['"', '\''])
    }

    /// Whether it uses a bundler.
    fn bundles(&self) -> bool {
        let uses = |at: usize| match self.tokens.get(at).map(|token| token.kind) {
            Some(Kind::Text) => has(TOOLS, self.bare(Some(at))),
            Some(Kind::Word) => self.word(Some(at)) == "Bun",
            Some(Kind::Opaque | Kind::Mark(_)) | None => false,
        };
        (0..self.tokens.len()).any(uses)
    }

    fn all(&mut self, babel: bool) {
        for (at, token) in self.tokens.iter().enumerate() {
            match token.kind {
                Kind::Mark(open @ (b'{' | b'[' | b'(')) => self.open(at, open),
                Kind::Mark(b'}' | b']' | b')') => self.asked = self.levels.pop().is_some_and(|level| level.asks),
                Kind::Word | Kind::Text => {
                    let key = self.bare(Some(at));
                    if has(KEYS, key) || babel && key == "sourceMaps" {
                        self.key(at, key);
                    } else if key == PLUGIN && matches!(self.word(at.checked_sub(1)), "new" | ".") {
                        self.found.push((key, token.start..token.end, Says::Unclear));
                    }
                }
                Kind::Opaque | Kind::Mark(_) => {}
            }
        }
    }

    /// The key of the member whose value begins at a place.
    fn owner(&self, at: usize) -> Option<&'t str> {
        let colon = at.checked_sub(1).filter(|it| self.word(Some(*it)) == ":")?;
        let key = colon.checked_sub(1)?;
        matches!(self.word(key.checked_sub(1)), "{" | ",").then(|| self.bare(Some(key)))
    }

    fn open(&mut self, at: usize, open: u8) {
        let (maybe, other) = self.levels.last().map_or((false, false), |level| (level.maybe, level.other));
        let before = at.checked_sub(1);
        let hangs = match self.word(before) {
            "?" | "&" | "|" | "else" => true,
            ":" => self.owner(at).is_none(),
            ")" => self.asked,
            "return" => {
                matches!(self.word(at.checked_sub(2)), ")" if self.asked) || self.word(at.checked_sub(2)) == "else"
            }
            _ => false,
        };
        let other = other || self.owner(at).is_some_and(|key| has(OTHERS, key));
        let asks = open == b'(' && matches!(self.word(before), "if" | "switch");
        self.levels.push(Level { open, maybe: maybe || hangs, other, asks });
    }

    fn key(&mut self, at: usize, key: &'t str) {
        let Some(token) = self.tokens.get(at) else { return };
        let place = token.start..token.end;
        let (before, next) = (self.word(at.checked_sub(1)), self.word(Some(at + 1)));
        // As in `config.devtool = …`.
        if before == "." && next == "=" && self.word(Some(at + 2)) != "=" {
            if !matches!(says(self.bare(Some(at + 2))), Says::Off) {
                self.found.push((key, place, Says::Unclear));
            }
            return;
        }
        let Some(level) = self.levels.last().filter(|level| level.open == b'{' && !level.other) else { return };
        if !matches!(before, "{" | ",") {
            return;
        }
        let maybe = level.maybe;
        match next {
            ":" => {
                let (place, said) = self.value(at + 2);
                let sure = !maybe || matches!(said, Says::Off | Says::Hidden);
                self.found.push((key, place, if sure { said } else { Says::Unclear }));
            }
            "," | "}" => self.found.push((key, place, Says::Unclear)),
            _ => {}
        }
    }

    /// What the value at a place says, if it is one word or one text.
    fn value(&self, at: usize) -> (std::ops::Range<usize>, Says) {
        let Some(token) = self.tokens.get(at) else { return (0..0, Says::Off) };
        let ends = matches!(self.word(Some(at + 1)), "," | "}");
        let word = self.word(Some(at));
        let said = match token.kind {
            Kind::Text if ends => says(self.bare(Some(at))),
            Kind::Word if ends && matches!(word, "true" | "false" | "undefined" | "null") => says(word),
            Kind::Text | Kind::Word | Kind::Opaque | Kind::Mark(_) => Says::Unclear,
        };
        (token.start..token.end, said)
    }
}
