//! What the desk says → the result of a call: structured, with a short text, and never above 64 kB.

use rmcp::model::{CallToolResult, ContentBlock};
use rmcp::schemars::{self, JsonSchema};
use serde::Serialize;

use super::shown::page;
use super::{Audited, Published, Recovered, Shown, Status, Verified};

/// What a result holds at most, in bytes of JSON.
const LARGEST: usize = 64 << 10;

/// How many entries a list shows at most.
const ENTRIES: usize = 50;

/// How many entries the short text repeats, for clients that show nothing else.
const REPEATED: usize = 10;

/// An answer that can be made smaller, and said in a few lines.
pub(super) trait Answer: Serialize + JsonSchema + 'static {
    /// Leaves `most` entries in each list, and counts what it takes away.
    fn keep(&mut self, most: usize);

    /// The answer as a short text.
    fn say(&self) -> String;
}

/// The result of a call.
pub(super) fn reply<A: Answer>(said: Result<A, String>) -> CallToolResult {
    let mut answer = match said {
        Ok(answer) => answer,
        Err(why) => return refused(&why),
    };
    let mut most = ENTRIES;
    loop {
        answer.keep(most);
        let mut result = CallToolResult::success(vec![ContentBlock::text(answer.say())]);
        result.structured_content = serde_json::to_value(&answer).ok();
        let fits = serde_json::to_string(&result).is_ok_and(|text| text.len() <= LARGEST);
        if fits && result.structured_content.is_some() {
            return result;
        }
        if most == 0 {
            return refused("the answer is too large to be given");
        }
        most /= 2;
    }
}

/// The result of a call that came to nothing, and why.
pub(super) fn refused(why: &str) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(Shown::from(why).to_string())])
}

/// Cuts `list` to `most` entries, and adds what it cut to `more`.
fn cut<T>(list: &mut Vec<T>, most: usize, more: &mut u64) {
    let over = list.len().saturating_sub(most);
    list.truncate(most);
    *more = more.saturating_add(u64::try_from(over).unwrap_or(u64::MAX));
}

/// `first`, and the first of `lines` below it.
fn listed(first: String, lines: impl ExactSizeIterator<Item = String>, more: u64) -> String {
    let over = u64::try_from(lines.len().saturating_sub(REPEATED)).unwrap_or(u64::MAX).saturating_add(more);
    let mut text = lines.take(REPEATED).fold(first, |text, line| text + "\n- " + &line);
    if over > 0 {
        text.push_str(&format!("\nand {over} more"));
    }
    text
}

impl Answer for Audited {
    fn keep(&mut self, most: usize) {
        cut(&mut self.findings, most, &mut self.more);
    }

    fn say(&self) -> String {
        let Self { verdict, sha512, package, version, files, bytes, denied, warned, .. } = self;
        let what = if package.is_empty() { "no package".to_owned() } else { format!("{package}@{version}") };
        let digest = match &self.unfit {
            Some(why) => format!("nothing to publish: {why}"),
            None if sha512.is_empty() => "nothing to publish".to_owned(),
            None => sha512.to_string(),
        };
        let first =
            format!("{verdict}: {what}, {files} files of {bytes} bytes, {denied} denied, {warned} warned\n{digest}");
        let lines = self.findings.iter().map(|f| format!("{} {} at {}: {}", f.level, f.rule, f.place, f.message));
        listed(first, lines, self.more)
    }
}

/// The page of a rule.
#[derive(Serialize, JsonSchema)]
pub(super) struct Explained {
    /// Which rule.
    pub(super) rule: Shown,
    /// What it finds, why that matters and what to do about it, as Markdown.
    pub(super) page: String,
}

impl Answer for Explained {
    fn keep(&mut self, most: usize) {
        self.page = page(&self.page, most.saturating_mul(400));
    }

    fn say(&self) -> String {
        self.page.clone()
    }
}

impl Answer for Recovered {
    fn keep(&mut self, most: usize) {
        cut(&mut self.folders, most, &mut self.more);
        cut(&mut self.names, most, &mut self.more);
    }

    fn say(&self) -> String {
        let Self { sources, embedded, third_party, lines, bytes, .. } = self;
        let mut first = format!(
            "{sources} sources are named, {embedded} with their text ({lines} lines, {bytes} bytes); {third_party} are third-party"
        );
        if let Some(why) = &self.unread {
            first.push_str(&format!("\nnot everything could be read: {why}"));
        }
        let folders = self.folders.iter().map(|f| format!("{}: {} files, {} lines", f.name, f.files, f.lines));
        listed(first, folders, 0)
    }
}

impl Answer for Status {
    fn keep(&mut self, most: usize) {
        cut(&mut self.packages, most, &mut self.more);
    }

    fn say(&self) -> String {
        let mut first = format!("session {}: {}", self.session, self.phase);
        for (word, text) in [("stopped", &self.stop), ("because", &self.why)] {
            if let Some(text) = text {
                first.push_str(&format!(", {word}: {text}"));
            }
        }
        listed(first, self.packages.iter().map(|p| format!("{}@{}: {}", p.name, p.version, p.state)), self.more)
    }
}

impl Answer for Published {
    fn keep(&mut self, _most: usize) {}

    fn say(&self) -> String {
        let Self { name, version, registry, integrity, tag } = self;
        format!("published {name}@{version} to {registry} as {tag}\n{integrity}")
    }
}

impl Answer for Verified {
    fn keep(&mut self, most: usize) {
        cut(&mut self.odd, most, &mut self.more);
    }

    fn say(&self) -> String {
        let Self { name, version, registry, integrity, verdict, .. } = self;
        let first = format!("{verdict}: {name}@{version} at {registry}\n{integrity}");
        listed(first, self.odd.iter().map(Shown::to_string), self.more)
    }
}
