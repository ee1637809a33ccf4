//! Globs of rules → which of them match a path, each looked for in the part of the path that it asks for.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, OnceLock, PoisonError};

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// The numbers of globs, in the order in which they were added.
type Numbers = Vec<usize>;

/// Globs that are matched in one go.
#[derive(Default)]
pub(super) struct Globs {
    added: usize,
    /// What takes everything in some folder.
    folders: Folders,
    /// What is asked of the name of a file alone.
    names: Ends,
    /// What is asked of folders and name together.
    paths: Ends,
}

impl Globs {
    /// A glob over installed paths: without a slash it matches in every folder, and case is ignored.
    ///
    /// # Errors
    /// When it does not compile.
    pub(super) fn add(&mut self, text: &str) -> Result<(), globset::Error> {
        // Globs that ignore case themselves would all become regular expressions.
        let text = text.to_lowercase();
        let name = text.strip_prefix("**/").unwrap_or(&text);
        let number = self.added;
        self.added += 1;
        if !name.contains('/') && name != "**" {
            return self.names.add(name, number);
        }
        if text.ends_with("/**") { self.folders.add(&text, number) } else { self.paths.add(&text, number) }
    }

    /// Compiles what all paths are asked: best done while something else is read. `None` where it does not compile.
    pub(super) fn prepare(&self) -> Option<()> {
        self.folders.globs().map(|_| ())
    }

    /// Compiles all of them, which no path needs. `None` where one does not compile.
    pub(super) fn test(&self) -> Option<()> {
        let mut ends = self.names.globs.iter().chain(&self.paths.globs);
        self.prepare().and_then(|()| ends.try_for_each(|glob| glob.compiled().map(|_| ())))
    }

    /// Which of them match `path`; `None` where they do not compile together.
    pub(super) fn matching(&self, path: &str) -> Option<Numbers> {
        let plain = !path.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii());
        let lower = if plain { Cow::Borrowed(path) } else { Cow::Owned(path.to_lowercase()) };
        let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
        let mut found = self.folders.around(folder)?;
        self.names.find(name, &mut found)?;
        self.paths.find(&lower, &mut found)?;
        Some(found)
    }
}

/// A glob over a path with its slashes.
fn whole(text: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(text).literal_separator(true).build()
}

/// Globs that take everything in some folder.
struct Folders {
    globs: GlobSetBuilder,
    numbers: Numbers,
    /// Compiled when first asked for: that takes longer than reading a small package.
    compiled: OnceLock<Option<GlobSet>>,
    /// The folders of the files that were looked at: a folder holds many.
    known: Mutex<HashMap<String, Numbers>>,
}

/// As many folders are remembered.
const KNOWN: usize = 4096;

impl Default for Folders {
    fn default() -> Self {
        let (globs, compiled) = (GlobSetBuilder::new(), OnceLock::new());
        Self { globs, numbers: Numbers::new(), compiled, known: Mutex::default() }
    }
}

impl Folders {
    fn add(&mut self, text: &str, number: usize) -> Result<(), globset::Error> {
        self.globs.add(whole(text)?);
        self.numbers.push(number);
        Ok(())
    }

    fn globs(&self) -> Option<&GlobSet> {
        self.compiled.get_or_init(|| self.globs.build().ok()).as_ref()
    }

    /// Which of them take everything in `folder`.
    fn around(&self, folder: &str) -> Option<Numbers> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(folder) {
            return Some(found.clone());
        }
        let any = if folder.is_empty() { "_".to_owned() } else { format!("{folder}/_") };
        let found: Numbers =
            self.globs()?.matches(&any).into_iter().filter_map(|at| self.numbers.get(at).copied()).collect();
        let mut known = known();
        if known.len() < KNOWN {
            known.insert(folder.to_owned(), found.clone());
        }
        Some(found)
    }
}

/// Globs that are told by how what they match begins and ends: most never have to be compiled.
#[derive(Default)]
struct Ends {
    globs: Vec<Ended>,
    /// Which of them say how what they match begins, by its first byte.
    begun: BTreeMap<u8, Numbers>,
    /// Which of the others say how it ends, by its last byte.
    ended: BTreeMap<u8, Numbers>,
    /// Which say neither.
    open: Numbers,
}

struct Ended {
    number: usize,
    glob: Glob,
    head: String,
    tail: String,
    /// What stands somewhere in what it matches.
    inside: String,
    middle: Middle,
    /// Compiled when first asked for; nothing where that fails.
    compiled: OnceLock<Option<GlobSet>>,
}

/// What stands between the beginning and the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Middle {
    /// Nothing: the glob is a name.
    Nothing,
    /// Anything in a name.
    Anything,
    /// What only the glob itself can tell.
    More,
}

impl Ends {
    fn add(&mut self, text: &str, number: usize) -> Result<(), globset::Error> {
        const SPECIAL: [char; 8] = ['*', '?', '[', ']', '{', '}', '!', '\\'];
        let bounds = text.find(SPECIAL).zip(text.rfind(SPECIAL));
        let (head, tail, middle) = match bounds {
            None => (text, "", Middle::Nothing),
            // A slash that is escaped, or that belongs to what may be left out, is none.
            Some(_) if text.contains('\\') => ("", "", Middle::More),
            Some((from, to)) => {
                let (head, tail) = (text.get(..from).unwrap_or_default(), text.get(to + 1..).unwrap_or_default());
                let star = from == to && text.get(from..=to) == Some("*") && !text.contains('/');
                (head, tail.trim_start_matches('/'), if star { Middle::Anything } else { Middle::More })
            }
        };
        let list = match (head.as_bytes().first(), tail.as_bytes().last()) {
            (Some(byte), _) => self.begun.entry(*byte).or_default(),
            (None, Some(byte)) => self.ended.entry(*byte).or_default(),
            (None, None) => &mut self.open,
        };
        list.push(self.globs.len());
        let plain = !text.contains(['[', '{', '\\']);
        let parts = text.split(SPECIAL).map(|part| part.trim_matches('/')).filter(|_| plain);
        let inside = parts.max_by_key(|part| part.len()).unwrap_or_default().to_owned();
        let (glob, head, tail) = (whole(text)?, head.to_owned(), tail.to_owned());
        self.globs.push(Ended { number, glob, head, tail, inside, middle, compiled: OnceLock::new() });
        Ok(())
    }

    /// Adds those to `found` that match `part`; `None` where one of them does not compile.
    fn find(&self, part: &str, found: &mut Numbers) -> Option<()> {
        let bytes = part.as_bytes();
        let begun = bytes.first().and_then(|byte| self.begun.get(byte));
        let ended = bytes.last().and_then(|byte| self.ended.get(byte));
        for number in begun.into_iter().chain(ended).chain([&self.open]).flatten() {
            let glob = self.globs.get(*number)?;
            if glob.matches(part)? {
                found.push(glob.number);
            }
        }
        Some(())
    }
}

impl Ended {
    fn matches(&self, part: &str) -> Option<bool> {
        let ends = part.strip_prefix(&*self.head).is_some_and(|rest| rest.ends_with(&*self.tail));
        if !ends {
            return Some(false);
        }
        match self.middle {
            Middle::Nothing => Some(part.len() == self.head.len()),
            Middle::Anything => Some(true),
            Middle::More if !part.contains(&*self.inside) => Some(false),
            Middle::More => self.compiled().map(|glob| glob.is_match(part)),
        }
    }

    fn compiled(&self) -> Option<&GlobSet> {
        let compile = || GlobSetBuilder::new().add(self.glob.clone()).build().ok();
        self.compiled.get_or_init(compile).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_finds_the_same_wherever_it_is_looked_for() {
        let texts = [
            "*.key",
            ".env",
            "a*",
            "**/.git/**",
            "docs/**",
            "**/.x*/**",
            "src/*.ts",
            "**/b/c",
            "**",
            "**/**",
            "**/*",
            "A/B/**",
            "{a,b}/**",
            "?",
            "**/[ab]/**",
            "a/**/c",
            "x*.k*y",
            "a*y",
            "[ab]*",
            "*.{key,ts}",
            "**/x/*.key",
            "q/?/*",
            "**/q/**/s",
            "\\*x",
            "[*]x",
            "*",
        ];
        let paths = [
            "a",
            "b",
            "x.key",
            "a/x.KEY",
            ".env",
            "d/.env",
            ".git/HEAD",
            "a/.git/b/c",
            ".git",
            "a/.git",
            "docs/a/b",
            "x/docs/a",
            "docs",
            ".xy/a",
            "q/.x/r/s",
            "src/a.ts",
            "src/b/a.ts",
            "b/c",
            "x/b/c",
            "b/c/d",
            "A/b/c",
            "a/b/q/z",
            "a/c",
            "a/q/r/c",
            "É/a",
            "x.k",
            "xx.kay",
            "ay",
            "q/x/x.key",
            "*x",
            "q/s",
        ];
        let mut globs = Globs::default();
        for text in texts {
            globs.add(text).unwrap();
        }
        for path in paths {
            let alone = |text: &&str| {
                let whole = if text.contains('/') { (*text).to_owned() } else { format!("**/{text}") };
                let glob = GlobBuilder::new(&whole.to_lowercase()).literal_separator(true).build().unwrap();
                glob.compile_matcher().is_match(path.to_lowercase())
            };
            let expected: Vec<usize> = (0..texts.len()).filter(|at| alone(&texts[*at])).collect();
            for _ in 0..2 {
                let mut found = globs.matching(path).unwrap();
                found.sort_unstable();
                assert_eq!(found, expected, "{path}");
            }
        }
    }
}
