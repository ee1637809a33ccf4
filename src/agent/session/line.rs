//! One line of a session: what happened, its place in the chain, and when.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// The form of the line.
    pub v: u32,
    /// Its number, from 0.
    pub seq: u64,
    /// When, in UTC.
    pub time: String,
    /// What happened.
    #[serde(flatten)]
    pub what: What,
    /// The sha256 of the line before it.
    pub prev: String,
}

/// A tarball that is to go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The sha512 of its bytes.
    pub integrity: String,
    /// How many they are.
    pub size: u64,
    /// The file that they are kept in, beside the session.
    pub file: String,
}

impl Item {
    /// The package and its version.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// A finding, as a session keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The package.
    pub package: String,
    /// The rule.
    pub rule: String,
    /// Its level.
    pub level: String,
    /// Where.
    pub place: String,
    /// What was seen.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum What {
    /// A session began.
    Began {
        /// Which lastlook.
        tool: String,
        /// The words of the command, without passwords.
        words: Vec<String>,
        /// The folder it was given in.
        folder: String,
        /// The project.
        project: String,
        /// What keeps its scripts in.
        sandbox: String,
    },
    /// It goes on after it was cut off.
    Resumed {
        /// The bytes of a last line that was cut off while it was written, and is gone.
        torn: u64,
    },
    /// A phase began.
    Phase {
        /// Which.
        phase: String,
        /// How often all was begun anew before.
        round: u32,
    },
    /// Something that a person should know.
    Note {
        /// In words.
        text: String,
    },
    /// A command is about to run.
    Runs {
        /// Which.
        what: String,
    },
    /// It ended.
    Ran {
        /// Which.
        what: String,
        /// How, in words.
        ended: String,
        /// Whether that is well.
        well: bool,
        /// After how long.
        milliseconds: u64,
        /// The last of what it printed.
        output: String,
    },
    /// Tarballs were made.
    Packed {
        /// By which package manager.
        packer: String,
        /// Which.
        items: Vec<Item>,
    },
    /// They were audited.
    Audited {
        /// The answer.
        verdict: String,
        /// The digest of the policy.
        policy: String,
        /// What was found, but for what is allowed.
        rows: Vec<Row>,
    },
    /// They are cleared, and lie beside the session.
    Cleared {
        /// Which, in the order in which they go out.
        items: Vec<Item>,
    },
    /// These of them go out; the others are in the registry already.
    Going {
        /// Which, in their order.
        items: Vec<Item>,
    },
    /// What a model is to do.
    Task {
        /// In words.
        text: String,
    },
    /// A model replied: its words and its calls follow.
    Replied {
        /// Which.
        model: String,
        /// Why it ended.
        stop: String,
        /// The tokens that it took in and gave out.
        tokens: u64,
        /// What it cost, in millionths of a dollar.
        cost: u64,
        /// The same in the model's own form.
        raw: Value,
    },
    /// A model said something.
    Said {
        /// Which.
        model: String,
        /// What.
        text: String,
    },
    /// A tool is about to be called.
    Called {
        /// What the answer will name.
        id: String,
        /// Which.
        tool: String,
        /// What it does to the world.
        effect: String,
        /// What it was given.
        input: Value,
        /// Whether that is a text which is no JSON.
        #[serde(default)]
        unread: bool,
    },
    /// It was said whether a call may do more than read.
    Leave {
        /// The call.
        id: String,
        /// What it is about to do.
        about: String,
        /// Who says so.
        by: String,
        /// Whether it may.
        given: bool,
        /// Why not.
        why: String,
    },
    /// What others wrote gives instructions to a model.
    Warned {
        /// The rule.
        rule: String,
        /// Where it stands.
        place: String,
        /// What stands there.
        text: String,
    },
    /// A model proposes to release something that is cleared.
    Proposed {
        /// What.
        item: Item,
        /// Its words.
        summary: String,
    },
    /// A model looked at what is cleared. It can hold it, and never clears.
    Reviewed {
        /// What it looked at.
        items: Vec<Item>,
        /// Why it holds it, if it does.
        held: Option<String>,
        /// What else a person should look at.
        concerns: Vec<String>,
    },
    /// It answered.
    Answered {
        /// The call.
        id: String,
        /// What.
        text: String,
        /// Whether it failed.
        failed: bool,
    },
    /// Files of the project are about to be changed.
    Patched {
        /// How.
        patch: String,
        /// The files, below the root.
        files: Vec<String>,
    },
    /// The first byte is about to go out.
    Sending {
        /// What.
        item: Item,
        /// Where to.
        registry: String,
    },
    /// It is out, and what is served was compared.
    Published {
        /// What.
        item: Item,
        /// Where.
        registry: String,
        /// Under which tag.
        tag: String,
    },
    /// It was fetched as a stranger would, audited and compared.
    Verified {
        /// What.
        item: Item,
        /// Where.
        registry: String,
    },
    /// The session ended.
    Stopped {
        /// How, in a word.
        stop: String,
        /// Why, in words.
        why: String,
        /// The exit code.
        exit: u8,
    },
}
