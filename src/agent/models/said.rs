//! Words as they come → what is shown of them: all but the key, however it is cut into pieces.

use super::key::Key;

pub(super) struct Said<'a> {
    shown: &'a dyn Fn(&str),
    key: Option<&'a Key>,
    /// What may be the beginning of the key.
    held: String,
    begun: bool,
}

impl<'a> Said<'a> {
    pub(super) fn new(shown: &'a dyn Fn(&str), key: Option<&'a Key>) -> Self {
        Self { shown, key: key.filter(|key| key.is_long()), held: String::new(), begun: false }
    }

    /// Whether anything was shown, which can't be taken back.
    pub(super) fn begun(&self) -> bool {
        self.begun
    }

    pub(super) fn say(&mut self, text: &str) {
        self.held.push_str(text);
        let mut keep = 0;
        if let Some(key) = self.key {
            key.scrub(&mut self.held);
            keep = key.begun(self.held.as_bytes());
        }
        let rest = self.held.split_off(self.held.len().saturating_sub(keep));
        self.show(rest);
    }

    /// Shows what was held back.
    pub(super) fn end(&mut self) {
        self.show(String::new());
    }

    fn show(&mut self, rest: String) {
        let text = std::mem::replace(&mut self.held, rest);
        if !text.is_empty() {
            self.begun = true;
            (self.shown)(&text);
        }
    }
}
