//! What could be recovered: carriers of original text, and their sum.

use std::collections::BTreeSet;

use super::Digest;

/// The form in which source text travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Carrier {
    /// A map file, of whatever name.
    File,
    /// A `data:` URL in a comment.
    Inline,
    /// A `data:` URL in a string of a development bundle.
    Eval,
    /// A map written as JavaScript.
    Script,
    /// A custom section of a WebAssembly module.
    Wasm,
    /// A program that holds its sources.
    Executable,
    /// Another document that holds them: bundler statistics, coverage.
    Report,
    /// A map file that is packed on its own.
    Compressed,
    /// None: the text is a file of its own. Such texts are recovered, and not counted as exposed by a carrier.
    Raw,
}

impl Carrier {
    /// The word used in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Inline => "inline",
            Self::Eval => "eval",
            Self::Script => "script",
            Self::Wasm => "wasm",
            Self::Executable => "executable",
            Self::Report => "report",
            Self::Compressed => "compressed",
            Self::Raw => "raw",
        }
    }
}

/// One original text that could be recovered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The name it had, as the carrier gives it.
    pub name: String,
    /// Whether it is somebody else's code.
    pub third_party: bool,
    /// Newline-terminated lines, and a last unterminated one.
    pub lines: u64,
    /// UTF-8 bytes of the decoded text.
    pub bytes: u64,
    /// Hash of the decoded text.
    pub digest: Digest,
}

/// A carrier and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The path of the file that carries it.
    pub path: String,
    /// What lies deeper, outermost first.
    pub inside: Vec<String>,
    /// In which form.
    pub carrier: Carrier,
    /// How many original files it names.
    pub sources: u64,
    /// How many of those named are somebody else's.
    pub third_party: u64,
    /// The texts it holds.
    pub texts: Vec<Text>,
    /// Where it holds none, the names: some may lead to files that ship.
    pub names: Vec<String>,
}

impl Carried {
    /// Lines of all its texts.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.texts.iter().map(|text| text.lines).sum()
    }

    /// Bytes of all its texts.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.texts.iter().map(|text| text.bytes).sum()
    }
}

/// The sum over all carriers of an artifact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exposure {
    /// Carriers.
    pub maps: u64,
    /// Original files that are named.
    pub sources: u64,
    /// Original texts that ship.
    pub embedded: u64,
    /// Different texts among them.
    pub unique: u64,
    /// Named files that are somebody else's.
    pub third_party: u64,
    /// Texts that also ship as a file of the artifact, byte for byte.
    pub shipped: u64,
    /// Lines of all texts.
    pub lines: u64,
    /// Bytes of all texts.
    pub bytes: u64,
}

impl Exposure {
    /// Sums `carried`; `files` are the contents that ship as files.
    #[must_use]
    pub fn of(carried: &[Carried], files: &BTreeSet<Digest>) -> Self {
        let mut sum = Self { maps: carried.len() as u64, ..Self::default() };
        let mut seen = BTreeSet::new();
        for row in carried {
            sum.sources += row.sources;
            sum.third_party += row.third_party;
            for text in &row.texts {
                sum.embedded += 1;
                sum.lines += text.lines;
                sum.bytes += text.bytes;
                sum.unique += u64::from(seen.insert(text.digest));
                sum.shipped += u64::from(files.contains(&text.digest));
            }
        }
        sum
    }
}
