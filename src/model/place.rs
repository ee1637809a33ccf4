//! Where a finding is: a path as installed, what lies inside it, and a position in the text.

use std::fmt;

/// A line and a column, both counted from one; columns count bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: u64,
    /// The byte in the line.
    pub column: u64,
}

impl Position {
    /// The position of the byte at `offset` in `text`.
    #[must_use]
    pub fn of(text: &[u8], offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = memchr::memchr_iter(b'\n', before).count();
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        Self { line: line as u64 + 1, column: (before.len() - start) as u64 + 1 }
    }
}

/// Positions in one text, asked for from front to back: each line is counted once.
pub struct Positions<'t> {
    text: &'t [u8],
    at: usize,
    line: u64,
    start: usize,
}

impl<'t> Positions<'t> {
    /// The positions of `text`.
    #[must_use]
    pub fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0, line: 1, start: 0 }
    }

    /// The position of the byte at `offset`, which does not lie before the last one asked for.
    pub fn at(&mut self, offset: usize) -> Position {
        let between = self.text.get(self.at..offset).unwrap_or_default();
        for step in memchr::memchr_iter(b'\n', between) {
            self.line += 1;
            self.start = self.at + step + 1;
        }
        self.at = self.at.max(offset);
        Position { line: self.line, column: (offset.saturating_sub(self.start)) as u64 + 1 }
    }
}

/// A place inside an artifact.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The path of the entry as it is installed; empty for the artifact itself.
    pub path: String,
    /// What lies deeper, outermost first.
    pub inside: Vec<String>,
    /// Where in the text.
    pub position: Option<Position>,
}

impl Place {
    /// The artifact as a whole.
    #[must_use]
    pub fn whole() -> Self {
        Self::default()
    }

    /// A file of the artifact.
    #[must_use]
    pub fn at(path: &str) -> Self {
        Self { path: path.to_owned(), ..Self::default() }
    }

    /// Something inside this place.
    #[must_use]
    pub fn within(&self, name: &str) -> Self {
        let mut inside = self.inside.clone();
        inside.push(name.to_owned());
        Self { path: self.path.clone(), inside, position: None }
    }

    /// This place as it is seen from where `outer` is: `outer` is put around it.
    #[must_use]
    pub fn placed_in(&self, outer: &Self) -> Self {
        let own = (!self.path.is_empty()).then(|| self.path.clone());
        let inside = outer.inside.iter().cloned().chain(own).chain(self.inside.iter().cloned()).collect();
        Self { path: outer.path.clone(), inside, position: self.position }
    }

    /// This place and those around it, outermost first, joined as people see them.
    pub fn around(&self) -> impl Iterator<Item = String> {
        (0..=self.inside.len()).map(|depth| {
            let inside = self.inside.iter().take(depth).cloned().collect();
            Self { path: self.path.clone(), inside, position: None }.joined()
        })
    }

    /// The path and what lies inside it, joined as people see them.
    #[must_use]
    pub fn joined(&self) -> String {
        let mut text = self.path.clone();
        for part in &self.inside {
            text.push('!');
            text.push_str(part);
        }
        text
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.joined())?;
        match self.position {
            Some(at) => write!(f, ":{}", at.line),
            None => Ok(()),
        }
    }
}
