//! The policy file as it is written, and what can be wrong with it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::Passages;
use crate::model::{Level, Profile};

/// Why a policy can't be used. It says where, and what to write instead.
#[derive(Debug, thiserror::Error)]
#[error("{origin}:{line}:{column}: {message}")]
pub struct PolicyError {
    /// The file.
    pub origin: String,
    /// The line, from one.
    pub line: usize,
    /// The column, from one.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl PolicyError {
    pub(super) fn at(origin: &str, text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
        Self { origin: origin.to_owned(), line, column, message: message.into() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    pub(super) profile: Option<Profile>,
    #[serde(default)]
    pub(super) levels: BTreeMap<Spanned<String>, Level>,
    #[serde(default)]
    pub(super) maps: Vec<RawMaps>,
    #[serde(default)]
    pub(super) allow: Vec<Spanned<RawAllow>>,
    #[serde(default)]
    pub(super) package: Vec<RawPackage>,
    #[serde(default)]
    pub(super) terms: RawTerms,
    pub(super) contents: Option<RawContents>,
    #[serde(default)]
    pub(super) rules: RawRules,
    #[serde(default)]
    pub(super) gate: Passages,
    #[serde(default)]
    pub(super) limits: RawLimits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMaps {
    pub(super) files: Spanned<String>,
    pub(super) allow: super::MapAllowance,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAllow {
    pub(super) rule: Spanned<String>,
    pub(super) path: Option<Spanned<String>>,
    pub(super) reason: Option<Spanned<String>>,
    pub(super) expires: Option<Spanned<toml::value::Datetime>>,
    pub(super) sha256: Option<Spanned<String>>,
    pub(super) fingerprint: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPackage {
    pub(super) name: Spanned<String>,
    pub(super) profile: Option<Profile>,
    #[serde(default)]
    pub(super) levels: BTreeMap<Spanned<String>, Level>,
    #[serde(default)]
    pub(super) maps: Vec<RawMaps>,
    #[serde(default)]
    pub(super) allow: Vec<Spanned<RawAllow>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTerms {
    #[serde(default)]
    pub(super) confidential: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawContents {
    #[serde(default = "snapshot")]
    pub(super) snapshot: String,
    pub(super) max_growth: Option<Spanned<String>>,
}

fn snapshot() -> String {
    "lastlook.files".to_owned()
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRules {
    #[serde(default)]
    pub(super) extra: Vec<Spanned<String>>,
}

/// A part of a hundred, as a factor.
pub(super) fn percent(text: &str) -> Option<f64> {
    let number: f64 = text.trim().strip_suffix('%')?.trim_end().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number / 100.0)
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLimits {
    pub(super) unpacked: Option<Spanned<Size>>,
    pub(super) entries: Option<u64>,
    pub(super) depth: Option<u32>,
    pub(super) ratio: Option<u64>,
    pub(super) name: Option<usize>,
}

/// A number of bytes, with or without a unit.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Size {
    Bytes(u64),
    Text(String),
}

impl Size {
    pub(super) fn bytes(&self) -> Option<u64> {
        let text = match self {
            Self::Bytes(bytes) => return Some(*bytes),
            Self::Text(text) => text.trim(),
        };
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let unit: u64 = match unit.trim() {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            "TiB" => 1 << 40,
            "kB" | "KB" => 1000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_a_part_of_a_hundred() {
        for (text, part) in [("25%", Some(0.25)), ("0 %", Some(0.0)), ("25", None), ("-1%", None), ("NaN%", None)] {
            assert_eq!(percent(text), part, "{text}");
        }
    }

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in
            [("4 GiB", Some(4 << 30)), ("10MB", Some(10_000_000)), ("7", Some(7)), ("4 gigs", None), ("-1", None)]
        {
            assert_eq!(Size::Text(text.into()).bytes(), bytes, "{text}");
        }
    }
}
