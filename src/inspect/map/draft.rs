//! Tokens → the source maps in a text, complete or not: which strings are sources, and which are their contents.

use super::encoded;
use super::fields::{Draft, Fields, Key};
use super::frame::{Frame, Want};
use super::json::{Quoted, Token, Tokens, is_sound_word};
use super::rewritten;
use super::unescape::unescape;
use crate::inspect::marks::Mark;

/// Nesting deeper than this is worth a finding: many readers give up there.
const DEPTH: usize = 1000;

/// Shorter strings speak of no map that holds something.
const SHORTEST: usize = 24;

/// How deep the nesting is followed.
const DEEPEST: usize = 100_000;

/// The maps in a JSON text.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// In the order in which they end.
    pub(super) drafts: Vec<Draft>,
    /// Strings that hold JSON with texts of their own.
    pub(super) packed: Vec<Quoted>,
    /// Other strings that speak of maps: code, most likely.
    pub(super) told: Vec<Quoted>,
    /// Where a strict parser would give up.
    pub(super) broken_at: Option<usize>,
    /// Whether the nesting is deeper than many readers follow.
    pub(super) too_deep: bool,
    /// Whether there are more maps or texts than were kept.
    pub(super) crowded: bool,
}

/// As many texts are kept, and as many maps: no tool writes so many into one file.
const MOST: (usize, usize) = (250_000, 25_000);

/// Finds the maps in the JSON that begins at `start`. `early` sees each content as soon as it was passed.
pub(super) fn scan(text: &[u8], start: usize, early: &mut dyn FnMut(&Quoted)) -> Scan {
    let mut scanner = Scanner::new(text, early);
    scanner.run(start, false);
    scanner.finish();
    scanner.scan
}

/// Finds the maps in the one object that begins, or is already open, at `start`, and says where it ends.
pub(super) fn scan_one(text: &[u8], start: usize) -> (Scan, usize) {
    let early = &mut |_: &Quoted| ();
    let mut scanner = Scanner::new(text, early);
    if text.get(start) != Some(&b'{') {
        scanner.open(b'{', start);
    }
    let end = scanner.run(start, true);
    scanner.finish();
    (scanner.scan, end)
}

struct Scanner<'t> {
    early: &'t mut dyn FnMut(&Quoted),
    text: &'t [u8],
    /// Whether the text ended before its objects did.
    cut: bool,
    stack: Vec<Frame>,
    /// Where in the stack the objects stand that have fields, and those with sections.
    objects: Vec<usize>,
    owners: Vec<usize>,
    /// How many texts were kept.
    kept: usize,
    /// How many lists and objects are open.
    lists: usize,
    braces: usize,
    want: Want,
    scan: Scan,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t [u8], early: &'t mut dyn FnMut(&Quoted)) -> Self {
        Self {
            early,
            text,
            cut: false,
            stack: Vec::new(),
            objects: Vec::new(),
            owners: Vec::new(),
            kept: 0,
            lists: 0,
            braces: 0,
            want: Want::Value,
            scan: Scan::default(),
        }
    }

    /// Reads tokens from `start` on, to the end or only to the end of the first value; says where it stopped.
    fn run(&mut self, start: usize, one: bool) -> usize {
        let mut tokens = Tokens::new(self.text, start);
        if one && !self.stack.is_empty() {
            self.want = Want::KeyOrClose;
        }
        while tokens.next_byte().is_some() {
            let at = tokens.at;
            let Some(token) = tokens.next() else { break };
            self.scan.too_deep |= self.stack.len() >= DEPTH;
            if self.stack.len() >= DEEPEST {
                self.broken(at);
                break;
            }
            self.token(token, at);
            if one && self.stack.is_empty() {
                break;
            }
        }
        tokens.at
    }

    fn broken(&mut self, at: usize) {
        self.scan.broken_at.get_or_insert(at);
    }

    fn token(&mut self, token: Token, at: usize) {
        match token {
            Token::Open(open) => {
                if !matches!(self.want, Want::Value | Want::ValueOrClose) {
                    self.broken(at);
                }
                self.open(open, at);
            }
            Token::Close(close) => self.close(close, at),
            Token::Comma => {
                if self.want != Want::CommaOrClose {
                    self.broken(at);
                }
                self.want = match self.stack.last() {
                    Some(Frame::Object { .. }) => Want::Key,
                    Some(Frame::Array { .. }) | None => Want::Value,
                };
            }
            Token::Colon => {
                if self.want != Want::Colon {
                    self.broken(at);
                }
                self.want = Want::Value;
            }
            Token::Text(quoted) => {
                if !quoted.sound {
                    self.broken(at);
                }
                self.quoted(quoted, at);
            }
            Token::Word(range) => {
                let word = self.text.get(range).unwrap_or_default();
                if !matches!(self.want, Want::Value | Want::ValueOrClose) || !is_sound_word(word) {
                    self.broken(at);
                }
                self.word(word);
            }
        }
    }

    fn quoted(&mut self, quoted: Quoted, at: usize) {
        let in_object = matches!(self.stack.last(), Some(Frame::Object { .. }));
        // Where a comma or a bracket is missing, a string that a colon follows is a key all the same.
        let is_key = match self.want {
            Want::Key | Want::KeyOrClose => true,
            Want::CommaOrClose | Want::Nothing => in_object && self.colon_follows(&quoted),
            Want::Value | Want::ValueOrClose | Want::Colon => false,
        };
        if is_key {
            if self.want == Want::CommaOrClose {
                self.broken(at);
            }
            let mut scratch = Vec::new();
            let key = Key::of(&unescape(quoted.raw(self.text), quoted.escaped, &mut scratch));
            if let Some(Frame::Object { key: current, .. }) = self.stack.last_mut() {
                *current = key;
            }
            self.want = Want::Colon;
            return;
        }
        if !matches!(self.want, Want::Value | Want::ValueOrClose) {
            self.broken(at);
        }
        if quoted.range.len() >= SHORTEST && self.slot().0 != Key::Contents {
            self.told(&quoted);
        }
        self.text_value(quoted);
        self.after_value();
    }

    /// Keeps a string, other than a source, that is a map as JSON, or speaks of one.
    fn told(&mut self, quoted: &Quoted) {
        let raw = quoted.raw(self.text);
        let section_url = matches!(self.stack.last(), Some(Frame::Object { section: true, key: Key::Url, .. }));
        // One of these stands in all that speaks of maps, and in no mappings. The URL of a section is followed.
        if section_url || memchr::memchr2(b':', b'=', raw).is_none() {
            return;
        }
        let hidden = || quoted.escaped && !rewritten::escaped(raw).is_empty();
        let holds = memchr::memmem::find(raw, Mark::Contents.word().as_bytes()).is_some() || hidden();
        // Blanks before it are escapes here.
        let packed = || super::json_start(unescape(raw, true, &mut Vec::new()).as_bytes()).is_some();
        if holds && quoted.escaped && packed() {
            self.scan.packed.push(quoted.clone());
        } else if holds || encoded::is_likely(raw) {
            self.scan.told.push(quoted.clone());
        }
    }

    fn colon_follows(&self, quoted: &Quoted) -> bool {
        Tokens::new(self.text, quoted.range.end + 1).next_byte() == Some(b':')
    }

    /// The fields of the innermost object, made when first asked for.
    fn fields(&mut self) -> Option<&mut Fields> {
        let at = *self.objects.last()?;
        match self.stack.get_mut(at)? {
            Frame::Object { fields, .. } => Some(&mut **fields.get_or_insert_default()),
            Frame::Array { .. } => None,
        }
    }

    /// The list or the field that a value belongs to.
    fn slot(&self) -> (Key, Option<usize>) {
        match self.stack.last() {
            // Texts by name instead of by number: no tool reads them, and they ship all the same.
            Some(Frame::Object { holds: true, .. }) => (Key::Contents, Some(0)),
            Some(Frame::Object { key, .. }) => (*key, None),
            Some(Frame::Array { list, index }) => (*list, Some(*index)),
            None => (Key::Other, None),
        }
    }

    fn text_value(&mut self, quoted: Quoted) {
        let (key, index) = self.slot();
        let section = matches!(self.stack.last(), Some(Frame::Object { section: true, .. }));
        if key == Key::Other || (matches!(key, Key::Map | Key::Sections | Key::Ignored | Key::Version) && !section) {
            if key == Key::Version && index.is_none() {
                self.mark(key);
            }
            return;
        }
        if section && key == Key::Url {
            return self.section_url(quoted);
        }
        if key == Key::Contents {
            self.kept += 1;
            if self.kept > MOST.0 {
                self.scan.crowded = true;
                return;
            }
            (self.early)(&quoted);
        }
        let Some(fields) = self.fields() else { return };
        match (key, index) {
            (Key::Sources, Some(_)) => fields.part.sources.push(Some(quoted)),
            (Key::Sources, None) => fields.sources = Some(false),
            (Key::Contents, index) => {
                fields.contents = true;
                fields.part.contents.push((index.unwrap_or(0), quoted));
            }
            (Key::Mappings, None) => fields.mappings = Some(true),
            (Key::Root, None) => fields.part.root = Some(quoted),
            (Key::File, None) => fields.file = true,
            _ => {}
        }
    }

    fn mark(&mut self, key: Key) {
        let Some(fields) = self.fields() else { return };
        match key {
            Key::Version => fields.version = true,
            Key::Sources => fields.sources = Some(false),
            Key::Mappings => fields.mappings = Some(false),
            _ => {}
        }
    }

    fn section_url(&mut self, quoted: Quoted) {
        if let Some(owner) = self.owner() {
            owner.urls.push(quoted);
        }
    }

    /// The innermost object with sections.
    fn owner(&mut self) -> Option<&mut Fields> {
        let at = *self.owners.last()?;
        match self.stack.get_mut(at)? {
            Frame::Object { fields: Some(fields), .. } => Some(&mut **fields),
            Frame::Object { .. } | Frame::Array { .. } => None,
        }
    }

    fn word(&mut self, word: &[u8]) {
        match self.slot() {
            (Key::Sources, Some(_)) => self.with(|fields| fields.part.sources.push(None)),
            (Key::Ignored, Some(_)) => {
                let number = std::str::from_utf8(word).ok().and_then(|word| word.parse().ok());
                if let (Some(number), Some(fields)) = (number, self.fields()) {
                    fields.part.ignored.push(number);
                }
            }
            (key, None) => self.mark(key),
            _ => {}
        }
        self.after_value();
    }

    fn after_value(&mut self) {
        if let Some(Frame::Array { index, .. }) = self.stack.last_mut() {
            *index += 1;
        }
        self.want = if self.stack.is_empty() { Want::Nothing } else { Want::CommaOrClose };
    }

    fn open(&mut self, open: u8, at: usize) {
        let (key, index) = self.slot();
        // What is no name is still one of the sources: the texts are told apart by their numbers.
        if key == Key::Sources && index.is_some() {
            self.with(|fields| fields.part.sources.push(None));
        }
        if open == b'{' {
            let section = key == Key::Sections && index.is_some();
            if key == Key::Offset
                && matches!(self.stack.last(), Some(Frame::Object { section: true, .. }))
                && let Some(owner) = self.owner()
            {
                owner.offsets = true;
            }
            let section_map = matches!(self.stack.last(), Some(Frame::Object { section: true, key: Key::Map, .. }));
            if key == Key::Sources || key == Key::Mappings {
                self.mark(key);
            }
            let holds = key == Key::Contents;
            self.braces += 1;
            if !holds {
                self.objects.push(self.stack.len());
            }
            self.stack.push(Frame::Object { key: Key::Other, fields: None, section, section_map, holds, at });
            self.want = Want::KeyOrClose;
            return;
        }
        // A list inside the list of contents still holds contents; a list inside any other list is none of ours.
        let list = if index.is_some() && key != Key::Contents { Key::Other } else { key };
        if index.is_none() {
            match key {
                Key::Sources => self.with(|fields| fields.sources = Some(true)),
                Key::Names => self.with(|fields| fields.names = true),
                Key::Contents => self.with(|fields| fields.listed = true),
                Key::Sections => {
                    self.with(|fields| fields.has_sections = true);
                    // Once for each object, however often it has the key.
                    if let Some(at) = self.objects.last().copied().filter(|at| self.owners.last() != Some(at)) {
                        self.owners.push(at);
                    }
                }
                Key::Mappings => self.mark(key),
                _ => {}
            }
        }
        self.lists += 1;
        self.stack.push(Frame::Array { list, index: 0 });
        self.want = Want::ValueOrClose;
    }

    fn with(&mut self, change: impl FnOnce(&mut Fields)) {
        if let Some(fields) = self.fields() {
            change(fields);
        }
    }

    fn close(&mut self, close: u8, at: usize) {
        if !matches!(self.want, Want::CommaOrClose | Want::KeyOrClose | Want::ValueOrClose) {
            self.broken(at);
        }
        let fits = |frame: &Frame| match frame {
            Frame::Object { .. } => close == b'}',
            Frame::Array { .. } => close == b']',
        };
        let open = if close == b'}' { self.braces } else { self.lists };
        match self.stack.last() {
            Some(last) if fits(last) => self.pop(at + 1),
            // A bracket of the wrong kind: close what stands between, if it closes anything at all.
            _ if open > 0 => {
                self.broken(at);
                while !self.stack.last().is_none_or(fits) {
                    self.pop(at);
                }
                self.pop(at + 1);
            }
            _ => self.broken(at),
        }
        self.after_value();
    }

    /// Ends the innermost object or list, behind which `end` is.
    fn pop(&mut self, end: usize) {
        let Some(frame) = self.stack.pop() else { return };
        let depth = self.stack.len();
        self.objects.pop_if(|own| *own == depth);
        self.owners.pop_if(|own| *own == depth);
        match frame {
            Frame::Object { .. } => self.braces -= 1,
            Frame::Array { .. } => self.lists -= 1,
        }
        let Frame::Object { fields: Some(fields), section, section_map, at, .. } = frame else { return };
        let top = self.stack.is_empty();
        let holds = !fields.part.sources.is_empty() || !fields.part.contents.is_empty();
        let ours = (section && fields.is_map()) || (section_map && (holds || fields.is_map()));
        if ours && self.owner().is_some() {
            return self.take_in(*fields);
        }
        self.scan.crowded |= self.scan.drafts.len() >= MOST.1;
        if let Some(draft) = fields.into_draft(top, self.cut).filter(|_| self.scan.drafts.len() < MOST.1) {
            self.scan.drafts.push(Draft { span: at..end, ..draft });
        }
    }

    fn take_in(&mut self, fields: Fields) {
        if let Some(owner) = self.owner() {
            owner.sections.push(fields.part);
            owner.sections.extend(fields.sections);
            owner.urls.extend(fields.urls);
        }
    }

    /// Ends everything that is still open.
    fn finish(&mut self) {
        if !self.stack.is_empty() {
            self.broken(self.text.len());
        }
        self.cut = !self.stack.is_empty();
        while !self.stack.is_empty() {
            self.pop(self.text.len());
        }
    }
}

#[cfg(test)]
mod tests;
