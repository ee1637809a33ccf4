//! A pattern of a workspace → which folders it means, as far as all package managers agree on that.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher};

/// No honest pattern has more choices in its braces.
const MOST: usize = 1_000;

/// File systems that take `A` for `a` find a folder by either name, and so do package managers there.
const FOLDED: bool = cfg!(any(windows, target_os = "macos"));

/// A pattern without its `!`, checked.
#[derive(Debug)]
pub(super) struct Pattern {
    /// One for each choice of its braces.
    ways: Vec<Vec<Part>>,
    /// Itself, taken apart: patterns are compared with each other too.
    pub(super) text: Vec<String>,
}

#[derive(Debug)]
enum Part {
    /// `**`: any number of folders.
    Deep,
    /// One folder.
    Name { text: String, glob: Option<GlobMatcher> },
}

/// How far a path has come: places in the ways of a pattern.
pub(super) type State = BTreeSet<(usize, usize)>;

impl Pattern {
    /// Reads a pattern; an error says why it can't be, and what to write.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let why = if text.contains('\\') {
            "a backslash means another thing to each package manager; write `/` between folders, and no escapes"
        } else if text.contains(['(', ')', '|']) {
            "groups such as `@(a|b)` mean another thing to each package manager; write a pattern for each folder"
        } else if text.starts_with('/') {
            "it begins with `/`, which some package managers take for the root of the disk; begin with the folder"
        } else if text.contains("[:") || text.contains("[.") || text.contains("[=") {
            "classes such as `[[:alpha:]]` mean another thing to each package manager; write the letters"
        } else {
            ""
        };
        if !why.is_empty() {
            return Err(why.to_owned());
        }
        let ways = choices(text)?.iter().map(|way| parts(way)).collect::<Result<_, _>>()?;
        Ok(Self { ways, text: split(text).map(str::to_owned).collect() })
    }

    /// Whether it is the path of one folder.
    pub(super) fn literal(&self) -> bool {
        !self.text.iter().any(|part| part.contains(['*', '?', '[', '{']))
    }

    /// Where every path begins.
    pub(super) fn start(&self) -> State {
        let mut state = State::new();
        (0..self.ways.len()).for_each(|way| self.enter(&mut state, way, 0));
        state
    }

    fn enter(&self, state: &mut State, way: usize, mut at: usize) {
        state.insert((way, at));
        while let Some(Part::Deep) = self.part(way, at) {
            at += 1;
            state.insert((way, at));
        }
    }

    fn part(&self, way: usize, at: usize) -> Option<&Part> {
        self.ways.get(way)?.get(at)
    }

    /// One folder further. Stars pass by names that begin with a dot unless they are to be met (`hidden`).
    pub(super) fn step(&self, state: &State, name: &str, hidden: bool) -> State {
        let mut next = State::new();
        let open = hidden || !name.starts_with('.');
        for (way, at) in state {
            match self.part(*way, *at) {
                Some(Part::Deep) if open => self.enter(&mut next, *way, *at),
                Some(Part::Name { text, glob }) => {
                    let same = *text == name || FOLDED && text.eq_ignore_ascii_case(name);
                    let met = |glob: &GlobMatcher| (open || text.starts_with('.')) && glob.is_match(name);
                    if same || glob.as_ref().is_some_and(met) {
                        self.enter(&mut next, *way, at + 1);
                    }
                }
                Some(Part::Deep) | None => {}
            }
        }
        next
    }

    /// Whether a path that came this far is meant.
    pub(super) fn met(&self, state: &State) -> bool {
        state.iter().any(|(way, at)| self.ways.get(*way).is_some_and(|parts| parts.len() == *at))
    }

    /// Whether a path that came this far could be meant further on.
    pub(super) fn leads_on(&self, state: &State) -> bool {
        state.iter().any(|(way, at)| self.part(*way, *at).is_some())
    }

    /// Whether the folder at `path` is meant.
    pub(super) fn matches<'p>(&self, path: impl Iterator<Item = &'p str>, hidden: bool) -> bool {
        self.met(&path.fold(self.start(), |state, name| self.step(&state, name, hidden)))
    }
}

/// The folders of a path, without those that say nothing.
pub(super) fn split(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !matches!(*part, "" | "."))
}

fn parts(way: &str) -> Result<Vec<Part>, String> {
    split(way).map(part).collect()
}

fn part(text: &str) -> Result<Part, String> {
    if text == ".." {
        return Err(
            "`..` may lead out of the workspace, where nothing is audited; name the folders from the root on, \
                    and audit what lies outside of it by itself"
                .to_owned(),
        );
    }
    if text == "**" {
        return Ok(Part::Deep);
    }
    if !text.contains(['*', '?', '[', ']']) {
        return Ok(Part::Name { text: text.to_owned(), glob: None });
    }
    // Beside other letters, two stars are one.
    let mut single = text.to_owned();
    while single.contains("**") {
        single = single.replace("**", "*");
    }
    let glob = GlobBuilder::new(&single).literal_separator(true).case_insensitive(FOLDED).build();
    let glob = glob.map_err(|error| format!("{}; write the names of the folders", error.kind()))?.compile_matcher();
    Ok(Part::Name { text: text.to_owned(), glob: Some(glob) })
}

/// The pattern once for each choice of its braces.
fn choices(text: &str) -> Result<Vec<String>, String> {
    let (mut done, mut open) = (Vec::new(), vec![text.to_owned()]);
    while let Some(one) = open.pop() {
        let Some((before, inside, behind)) = brace(&one)? else {
            done.push(one);
            continue;
        };
        // The last is taken first, which keeps their order.
        open.extend(inside.iter().rev().map(|choice| format!("{before}{choice}{behind}")));
        if done.len() + open.len() > MOST {
            return Err(format!("its braces have more than {MOST} choices; write a pattern for each folder"));
        }
    }
    Ok(done)
}

/// The first brace of a pattern: what stands before it, its choices, what follows.
type Brace<'t> = (&'t str, Vec<&'t str>, &'t str);

fn brace(text: &str) -> Result<Option<Brace<'_>>, String> {
    let odd = || Err("braces are understood as `{a,b}` alone; write a pattern for each folder".to_owned());
    let Some((before, rest)) = text.split_once('{') else {
        return if text.contains('}') { odd() } else { Ok(None) };
    };
    if before.contains('}') || before.ends_with('$') {
        return odd();
    }
    let (mut depth, mut from, mut found) = (0_usize, 0, Vec::new());
    for (at, sign) in rest.char_indices() {
        match (sign, depth) {
            ('{', _) => depth += 1,
            ('}', 1..) => depth -= 1,
            (',' | '}', 0) => {
                found.push(rest.get(from..at).unwrap_or_default());
                from = at + 1;
            }
            _ => {}
        }
        if sign == '}' && found.len() > 1 && from == at + 1 {
            let ranged = found.iter().any(|choice| choice.contains(".."));
            return if ranged { odd() } else { Ok(Some((before, found, rest.get(from..).unwrap_or_default()))) };
        }
        if sign == '}' && from == at + 1 {
            return odd();
        }
    }
    odd()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_what_package_managers_take_it_for() {
        for (text, yes, no) in [
            ("./packages//*/", &["packages/a", "packages/(x)"][..], &["packages", "packages/.a", "packages/a/b"][..]),
            ("**", &["", "a", "a/b"], &[".a", "a/.b", ".a/b"]),
            ("a/**/b", &["a/b", "a/x/y/b"], &["a", "a/.x/b", "x/a/b"]),
            (".a/*", &[".a/b"], &[".a/.b"]),
            ("a/.*", &["a/.b"], &["a/b"]),
            ("p**q", &["pq", "pxq"], &["p/q"]),
            ("***", &["a"], &["a/b"]),
            ("{a,b/{c,d}}/*", &["a/x", "b/c/x", "b/d/x"], &["b/x", "a"]),
            ("a{,b}", &["a", "ab"], &["b"]),
            ("[!a]/[^b]/[c-d]?", &["x/x/cx"], &["a/x/cx", "x/b/cx", "x/x/c", "x/x/ex"]),
            ("[id]", &["i", "[id]"], &["id"]),
            (".", &[""], &["a"]),
        ] {
            let pattern = Pattern::parse(text).unwrap();
            for (paths, wanted) in [(yes, true), (no, false)] {
                for path in paths {
                    assert_eq!(pattern.matches(split(path), false), wanted, "{text} {path}");
                }
            }
        }
        assert!(Pattern::parse("*").unwrap().matches(split(".a"), true));
    }

    #[test]
    fn a_pattern_that_means_another_thing_to_each_is_none() {
        let wide = "{a,b}".repeat(12);
        for text in [
            "@(a|b)",
            "!(a)",
            "+(x)",
            "(a|b)",
            "a\\*",
            "/a",
            "//a",
            "a/../b",
            "..",
            "{a..c}",
            "{a}",
            "{a",
            "a}",
            "}{a,b}",
            "${a,b}",
            "[a",
            "[[:alpha:]]",
            "{a,{b}}",
            &wide,
        ] {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
