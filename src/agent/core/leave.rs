//! What a tool is about to do → whether it may: by a plan, by a person, or not at all.

use super::tool::Effect;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The tool.
    pub tool: &'a str,
    /// What it does to the world, which is more than reading.
    pub effect: Effect,
    /// What it is about to do. Texts of others are in it as they are.
    pub about: &'a str,
}

/// What is said to that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Whether it may.
    pub given: bool,
    /// Who says so, where that is to be written down.
    pub by: Option<String>,
    /// Why not, for the model.
    pub why: String,
}

/// Whoever says what may be done beyond reading.
pub trait Leave {
    /// Says whether it may.
    fn may(&self, asked: &Asked<'_>) -> Word;
}

/// Lets everything through up to an effect, which a plan has settled.
#[derive(Debug, Clone, Copy)]
pub struct UpTo(pub Effect);

impl Leave for UpTo {
    fn may(&self, asked: &Asked<'_>) -> Word {
        let why = format!("{} {}, which is not let through here", asked.tool, asked.effect.word());
        Word { given: asked.effect <= self.0, by: None, why }
    }
}
