//! JSON, with comments and trailing commas → a tree that knows where everything stands.

use super::tokens::{Kind, Token, tokens};

/// One value.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) start: usize,
    pub(super) end: usize,
    key: Option<String>,
    /// `{`, `[`, or another byte for what holds no values.
    open: u8,
    pub(super) items: Vec<usize>,
}

impl Node {
    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}

/// All values of a text; the first is the outermost.
#[derive(Debug)]
pub(super) struct Tree<'t> {
    text: &'t str,
    nodes: Vec<Node>,
}

enum Want {
    Key,
    Colon,
    Value,
    Next,
}

struct Build<'t> {
    tree: Tree<'t>,
    stack: Vec<usize>,
    key: Option<String>,
    want: Want,
}

impl<'t> Tree<'t> {
    /// Reads a text; `None` where it is no JSON.
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let tree = Tree { text, nodes: Vec::new() };
        let mut build = Build { tree, stack: Vec::new(), key: None, want: Want::Value };
        for token in tokens(text)? {
            build.take(token)?;
        }
        (build.stack.is_empty() && !build.tree.nodes.is_empty()).then_some(build.tree)
    }

    pub(super) fn node(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    /// The members of that name: the last is the one that counts.
    pub(super) fn members<'s>(&'s self, of: usize, key: &'s str) -> impl Iterator<Item = usize> + 's {
        let items = self.nodes.get(of).map(|node| node.items.as_slice()).unwrap_or_default();
        items.iter().copied().filter(move |item| self.nodes.get(*item).and_then(|it| it.key.as_deref()) == Some(key))
    }

    /// The member of that name which counts.
    pub(super) fn member(&self, of: usize, key: &str) -> Option<usize> {
        self.members(of, key).last()
    }

    /// The value as it is written.
    pub(super) fn raw(&self, at: usize) -> &'t str {
        self.nodes.get(at).and_then(|node| self.text.get(node.start..node.end)).unwrap_or_default()
    }

    /// The value, if it is a text.
    pub(super) fn string(&self, at: usize) -> Option<String> {
        serde_json::from_str(self.raw(at)).ok()
    }

    /// Whether the value is an array (`[`) or an object (`{`).
    pub(super) fn is(&self, at: usize, open: u8) -> bool {
        self.nodes.get(at).is_some_and(|node| node.open == open)
    }

    /// Its texts, or the one text that stands in their place.
    pub(super) fn strings(&self, at: usize) -> Vec<String> {
        let items = self.nodes.get(at).map(|node| node.items.as_slice()).unwrap_or_default();
        items.iter().chain(std::iter::once(&at)).filter_map(|item| self.string(*item)).collect()
    }
}

impl Build<'_> {
    fn take(&mut self, token: Token) -> Option<()> {
        match (&self.want, token.kind) {
            (Want::Key, Kind::Text) => {
                let raw = self.tree.text.get(token.start..token.end)?;
                self.key = Some(serde_json::from_str(raw).ok()?);
                self.want = Want::Colon;
            }
            (Want::Colon, Kind::Mark(b':')) => self.want = Want::Value,
            (Want::Value, Kind::Mark(open @ (b'{' | b'['))) => {
                let at = self.add(token, open)?;
                self.stack.push(at);
                self.want = if open == b'{' { Want::Key } else { Want::Value };
            }
            (Want::Value, Kind::Word | Kind::Text | Kind::Mark(b'-')) => {
                self.add(token, 0)?;
                self.want = Want::Next;
            }
            (_, Kind::Mark(close @ (b'}' | b']'))) => self.close(token, close)?,
            (Want::Next, Kind::Mark(b',')) => {
                self.want = if self.tree.is(*self.stack.last()?, b'{') { Want::Key } else { Want::Value };
            }
            // The rest of a number, such as `-1.5e+3`.
            (Want::Next, Kind::Word | Kind::Mark(b'.' | b'+' | b'-')) => {
                let last = self.tree.nodes.last_mut().filter(|node| node.open == 0 && node.end == token.start)?;
                last.end = token.end;
            }
            _ => return None,
        }
        Some(())
    }

    fn add(&mut self, token: Token, open: u8) -> Option<usize> {
        let at = self.tree.nodes.len();
        match self.stack.last() {
            Some(holder) => self.tree.nodes.get_mut(*holder)?.items.push(at),
            None if at > 0 => return None,
            None => {}
        }
        let key = self.key.take();
        self.tree.nodes.push(Node { start: token.start, end: token.end, key, open, items: Vec::new() });
        Some(at)
    }

    fn close(&mut self, token: Token, close: u8) -> Option<()> {
        let holder = self.tree.nodes.get_mut(self.stack.pop()?)?;
        let fits = matches!((holder.open, close), (b'{', b'}') | (b'[', b']'));
        if !fits || self.key.is_some() {
            return None;
        }
        holder.end = token.end;
        self.want = Want::Next;
        Some(())
    }
}
