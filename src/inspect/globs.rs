//! Globs of rules → which of them match a path, each looked for in the part of the path that it asks for.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// The numbers of globs, in the order in which they were added.
type Numbers = Vec<usize>;

/// Globs that are matched in one go.
#[derive(Default)]
pub(super) struct Globs {
    added: usize,
    /// What takes everything in some folder.
    folders: Set,
    /// What is asked of the name of a file alone.
    names: Set,
    /// What is asked of folders and name together.
    paths: Set,
    /// The folders of the files that were looked at: a folder holds many.
    known: Mutex<HashMap<String, Numbers>>,
}

/// As many folders are remembered.
const KNOWN: usize = 4096;

impl Globs {
    /// A glob over installed paths: without a slash it matches in every folder, and case is ignored.
    ///
    /// # Errors
    /// When it does not compile.
    pub(super) fn add(&mut self, text: &str) -> Result<(), globset::Error> {
        // Globs that ignore case themselves would all become regular expressions.
        let text = text.to_lowercase();
        let name = text.strip_prefix("**/").unwrap_or(&text);
        let (set, glob) = match name.contains('/') || name == "**" {
            true if text.ends_with("/**") => (&mut self.folders, whole(&text)?),
            true => (&mut self.paths, whole(&text)?),
            // There is no slash in a name: that nothing but a slash is left out takes no regular expression.
            false => (&mut self.names, Glob::new(name)?),
        };
        set.add(glob, self.added);
        self.added += 1;
        Ok(())
    }

    /// Compiles them: best done while something else is read. `None` where they do not compile together.
    pub(super) fn prepare(&self) -> Option<()> {
        [&self.folders, &self.names, &self.paths].into_iter().try_for_each(|set| set.globs().map(|_| ()))
    }

    /// Which of them match `path`; `None` where they do not compile together.
    pub(super) fn matching(&self, path: &str) -> Option<Numbers> {
        let plain = !path.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii());
        let lower = if plain { Cow::Borrowed(path) } else { Cow::Owned(path.to_lowercase()) };
        let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
        let mut found = self.within(folder)?;
        self.names.find(name, &mut found)?;
        self.paths.find(&lower, &mut found)?;
        Some(found)
    }

    /// Which of them take everything in `folder`.
    fn within(&self, folder: &str) -> Option<Numbers> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(folder) {
            return Some(found.clone());
        }
        let mut found = Vec::new();
        let any = if folder.is_empty() { "_".to_owned() } else { format!("{folder}/_") };
        self.folders.find(&any, &mut found)?;
        let mut known = known();
        if known.len() < KNOWN {
            known.insert(folder.to_owned(), found.clone());
        }
        Some(found)
    }
}

/// A glob over a path with its slashes.
fn whole(text: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(text).literal_separator(true).build()
}

/// Globs that are asked of the same part of a path.
struct Set {
    globs: GlobSetBuilder,
    numbers: Numbers,
    /// Compiled when first asked for: that takes longer than reading a small package.
    compiled: OnceLock<Option<GlobSet>>,
}

impl Default for Set {
    fn default() -> Self {
        Self { globs: GlobSetBuilder::new(), numbers: Numbers::new(), compiled: OnceLock::new() }
    }
}

impl Set {
    fn add(&mut self, glob: Glob, number: usize) {
        self.globs.add(glob);
        self.numbers.push(number);
    }

    fn globs(&self) -> Option<&GlobSet> {
        self.compiled.get_or_init(|| self.globs.build().ok()).as_ref()
    }

    /// Adds those to `found` that match `part`.
    fn find(&self, part: &str, found: &mut Numbers) -> Option<()> {
        found.extend(self.globs()?.matches(part).into_iter().filter_map(|at| self.numbers.get(at)));
        Some(())
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
