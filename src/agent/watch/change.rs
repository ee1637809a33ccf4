//! A turn → a change, in words for people and for programs.

use serde::{Deserialize, Serialize};

use super::thing::Turn;
use crate::judge::Moment;
use crate::verify::{seconds, span};

/// What happened to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// It is there, and was never seen before.
    Appeared,
    /// It is there again.
    Returned,
    /// It is another one.
    Changed,
    /// It is not there any more.
    Went,
}

impl What {
    pub(super) fn of(turn: &Turn) -> Self {
        match (&turn.from, &turn.to) {
            (_, None) => Self::Went,
            (None, Some(_)) if turn.lasted.is_some() => Self::Returned,
            (None, Some(_)) => Self::Appeared,
            (Some(_), Some(_)) => Self::Changed,
        }
    }

    /// The word in a report.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Appeared => "appeared",
            Self::Returned => "returned",
            Self::Changed => "changed",
            Self::Went => "went",
        }
    }
}

/// Something that is not as it was at the look before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What happened.
    pub what: What,
    /// The rule of a finding, or one of `watch/…`.
    pub rule: String,
    /// How grave it is; for what went, how grave it was.
    pub level: String,
    /// The version that it is about.
    pub version: Option<String>,
    /// Where.
    pub place: String,
    /// What was seen.
    pub message: String,
    /// Names a finding across looks.
    pub fingerprint: Option<String>,
    /// Since when.
    pub since: Since,
}

/// Since when a thing is as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    /// The first look at which it was so.
    pub first: Moment,
    /// The last look at which it was not; none where nobody looked before.
    pub before: Option<Moment>,
    /// When the version was published, as the registry says.
    pub published: Option<String>,
    /// How many seconds ago that was, or the first look.
    pub seconds: u64,
    /// For how many seconds it had been otherwise: how long what went was there, how long what returned was not.
    pub lasted: Option<u64>,
    /// The same in words.
    pub words: String,
}

impl Since {
    pub(super) fn of(turn: &Turn, published: Option<&str>, now: Moment) -> Self {
        let what = What::of(turn);
        let out = published.and_then(seconds).filter(|time| *time <= now.seconds());
        let first = now.since(turn.first);
        // What was published is out since then, whenever it was seen.
        let age = out.filter(|_| what == What::Appeared).map_or(first, |time| now.seconds() - time);
        let mut words = match (what, turn.before) {
            (What::Appeared, Some(before)) => format!("between {before} and {}", turn.first),
            (What::Appeared, None) => format!("at the first look, {}", turn.first),
            (What::Returned | What::Changed | What::Went, Some(before)) => {
                format!("between {before} and {}", turn.first)
            }
            (What::Returned | What::Changed | What::Went, None) => format!("seen at {}", turn.first),
        };
        if let (Some(_), What::Appeared) = (out, what) {
            words = format!("out for {}, seen {words}", span(age));
        } else if age > 0 {
            words.push_str(&format!(", {} ago", span(age)));
        }
        if let Some(lasted) = turn.lasted {
            let how = match what {
                What::Appeared | What::Returned => "it was gone for",
                What::Changed => "it had been as it was for",
                What::Went => "it had stood for",
            };
            words.push_str(&format!("; {how} {}", span(lasted)));
        }
        if turn.wavers {
            words.push_str("; it comes and goes, and is told again when it stays for four looks");
        }
        let published = published.map(str::to_owned);
        Self { first: turn.first, before: turn.before, published, seconds: age, lasted: turn.lasted, words }
    }
}
