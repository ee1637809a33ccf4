//! The policy: levels, map allowances, exceptions and limits, for all packages or for some.

use std::collections::BTreeMap;

use globset::{GlobBuilder, GlobMatcher};
use sha2::{Digest as _, Sha256};
use toml::Spanned;

use super::raw::{PolicyError, RawAllow, RawMaps, RawPolicy, percent};
use super::{Contents, Date, Exception, Passages, Rulebook, Snapshot, hex};
use crate::model::{Finding, Level, Limits, Profile, Rule, RuleId};

/// What of a source map may ship.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MapAllowance {
    /// No map at all.
    None,
    /// Maps without text.
    Paths,
    /// Maps with their text.
    Sources,
}

/// What one table of a policy says, for all packages or for those of one name.
#[derive(Debug, Default)]
struct Part {
    profile: Option<Profile>,
    levels: BTreeMap<RuleId, Level>,
    maps: Vec<(GlobMatcher, MapAllowance)>,
    exceptions: Vec<Exception>,
}

/// A policy, checked.
#[derive(Debug)]
pub struct Policy {
    /// Where it came from.
    pub source: String,
    /// Hash over the policy and the rules it selects.
    pub digest: String,
    /// How much is read.
    pub limits: Limits,
    /// What was reviewed, where the policy asks for it.
    pub contents: Option<Contents>,
    /// Which writes besides releases may pass the gate.
    pub gate: Passages,
    forced: Option<Profile>,
    base: Part,
    packages: Vec<(GlobMatcher, Part)>,
}

/// What a policy says about one package.
#[derive(Debug)]
pub struct Effective<'p> {
    /// Its profile.
    pub profile: Profile,
    /// Its exceptions.
    pub exceptions: Vec<&'p Exception>,
    levels: BTreeMap<&'p RuleId, Level>,
    maps: Vec<&'p (GlobMatcher, MapAllowance)>,
}

impl Policy {
    /// The policy that applies where none was written.
    #[must_use]
    pub fn built_in(forced: Option<Profile>, rules: &Rulebook, data: &[String]) -> Self {
        let mut policy = Self {
            source: "built-in".to_owned(),
            digest: String::new(),
            limits: Limits::default(),
            contents: None,
            gate: Passages::default(),
            forced,
            base: Part::default(),
            packages: Vec::new(),
        };
        policy.digest = policy.hash("", rules, data);
        policy
    }

    /// Reads the policy in `text`; `forced` is a profile that overrides every one in it.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn parse(
        text: &str,
        source: &str,
        forced: Option<Profile>,
        rules: &Rulebook,
        data: &[String],
    ) -> Result<Self, PolicyError> {
        PolicyDraft::read(text, source)?.finish(forced, rules, data, None)
    }

    /// The profile that applies to a package no row names.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.forced.or(self.base.profile).unwrap_or_default()
    }

    /// Whether some exception names the hash of a file that may be at `path`.
    #[must_use]
    pub fn wants_hash_of(&self, path: &str) -> bool {
        let parts = std::iter::once(&self.base).chain(self.packages.iter().map(|(_, part)| part));
        parts.flat_map(|part| &part.exceptions).any(|exception| exception.wants_hash_of(path))
    }

    /// What it says about the package of this name: the last row that matches adds to what stands above, or overrides it.
    #[must_use]
    pub fn for_package(&self, name: Option<&str>) -> Effective<'_> {
        let row = name.and_then(|name| self.packages.iter().rev().find(|(glob, _)| glob.is_match(name)));
        let parts: Vec<&Part> = [Some(&self.base), row.map(|(_, part)| part)].into_iter().flatten().collect();
        let own = parts.iter().rev().find_map(|part| part.profile);
        Effective {
            profile: self.forced.or(own).unwrap_or_default(),
            exceptions: parts.iter().flat_map(|part| &part.exceptions).collect(),
            levels: parts.iter().flat_map(|part| part.levels.iter().map(|(id, level)| (id, *level))).collect(),
            maps: parts.iter().flat_map(|part| &part.maps).collect(),
        }
    }

    fn hash(&self, text: &str, rules: &Rulebook, data: &[String]) -> String {
        let mut hash = Sha256::new();
        let mut field = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        field(b"lastlook.policy/2");
        field(self.forced.map_or("", Profile::word).as_bytes());
        field(text.as_bytes());
        field(self.contents.as_ref().map_or("", |contents| contents.snapshot.text()).as_bytes());
        field(&(data.len() as u64).to_be_bytes());
        for text in data {
            field(text.as_bytes());
        }
        for rule in rules.iter() {
            field(format!("{} {} {}", rule.id, rule.closed.word(), rule.open.word()).as_bytes());
        }
        format!("sha256:{}", hex(&hash.finalize()))
    }
}

/// A policy whose form was read: it says which other files it needs.
pub struct PolicyDraft<'t> {
    text: &'t str,
    source: &'t str,
    raw: RawPolicy,
    growth: Option<f64>,
}

impl<'t> PolicyDraft<'t> {
    /// Reads the form of the policy in `text`.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn read(text: &'t str, source: &'t str) -> Result<Self, PolicyError> {
        let raw: RawPolicy = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            PolicyError::at(source, text, start, error.message())
        })?;
        let fault = |at: &Spanned<String>, what: &str| PolicyError::at(source, text, at.span().start, what);
        for term in &raw.terms.confidential {
            let letters: Vec<char> = term.get_ref().chars().filter(|c| c.is_alphanumeric()).collect();
            if letters.len() < if letters.iter().all(char::is_ascii) { 3 } else { 2 } {
                return Err(fault(
                    term,
                    "a term has at least three letters or digits; a shorter one stands everywhere",
                ));
            }
            if term.get_ref().chars().any(char::is_control) {
                return Err(fault(term, "a term is written in one line, without control characters"));
            }
        }
        if let Some(empty) = raw.rules.extra.iter().find(|pattern| pattern.get_ref().is_empty()) {
            return Err(fault(empty, "an empty path names no rules"));
        }
        if raw.contents.as_ref().is_some_and(|contents| contents.snapshot.is_empty()) {
            return Err(PolicyError::at(
                source,
                text,
                text.find("snapshot").unwrap_or(0),
                "an empty path names no list",
            ));
        }
        let growth = raw.contents.as_ref().and_then(|contents| contents.max_growth.as_ref());
        let growth = match growth {
            Some(growth) => Some(
                percent(growth.get_ref())
                    .ok_or_else(|| fault(growth, "growth is a part of a hundred, such as \"25%\""))?,
            ),
            None => None,
        };
        Ok(Self { text, source, raw, growth })
    }

    /// The files of rules it names, as globs.
    pub fn extra(&self) -> impl Iterator<Item = &str> {
        self.raw.rules.extra.iter().map(|pattern| pattern.get_ref().as_str())
    }

    /// The words it calls confidential.
    #[must_use]
    pub fn terms(&self) -> Vec<String> {
        self.raw.terms.confidential.iter().map(|term| term.get_ref().trim().to_owned()).collect()
    }

    /// The file that holds the reviewed contents, if it asks for one.
    #[must_use]
    pub fn snapshot(&self) -> Option<&str> {
        self.raw.contents.as_ref().map(|contents| contents.snapshot.as_str())
    }

    /// The policy, now that the rules and the reviewed contents are known.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn finish(
        self,
        forced: Option<Profile>,
        rules: &Rulebook,
        data: &[String],
        snapshot: Option<Snapshot>,
    ) -> Result<Policy, PolicyError> {
        let Self { text, source, raw, growth } = self;
        let mut reader = Reader { text, source, rules, number: 0 };
        let base = reader.part(raw.profile, raw.levels, raw.maps, raw.allow)?;
        let mut packages = Vec::new();
        for row in raw.package {
            let name = reader.glob(&row.name)?;
            packages.push((name, reader.part(row.profile, row.levels, row.maps, row.allow)?));
        }
        let mut limits = Limits::default();
        if let Some(size) = &raw.limits.unpacked {
            let what = "a size is a number of bytes, or a text such as \"4 GiB\"";
            limits.unpacked = size.get_ref().bytes().ok_or_else(|| reader.error(size, what))?;
        }
        limits.entries = raw.limits.entries.unwrap_or(limits.entries);
        limits.depth = raw.limits.depth.unwrap_or(limits.depth);
        limits.ratio = raw.limits.ratio.unwrap_or(limits.ratio);
        limits.name = raw.limits.name.unwrap_or(limits.name);
        let contents = snapshot.map(|snapshot| Contents { snapshot, growth });
        let (source, digest) = (source.to_owned(), String::new());
        let mut policy = Policy { source, digest, limits, contents, gate: raw.gate, forced, base, packages };
        policy.digest = policy.hash(text, rules, data);
        Ok(policy)
    }
}

impl Effective<'_> {
    /// The level of a rule.
    pub(super) fn level(&self, rule: &Rule) -> Level {
        self.levels.get(&rule.id).copied().unwrap_or_else(|| rule.level(self.profile))
    }

    /// The level of a finding about what a map gives away: the last row of `[[maps]]` that matches its path decides.
    pub(super) fn map_level(&self, finding: &Finding, otherwise: Level) -> Level {
        let row = self.maps.iter().rev().find(|(glob, _)| glob.is_match(&finding.place.path));
        match (row.map(|(_, allow)| *allow), finding.rule.as_str()) {
            (None, _) => otherwise,
            (Some(MapAllowance::None), _) | (Some(MapAllowance::Paths), "map/embedded-sources") => Level::Deny,
            (Some(MapAllowance::Paths | MapAllowance::Sources), _) => Level::Allow,
        }
    }
}

struct Reader<'r> {
    text: &'r str,
    source: &'r str,
    rules: &'r Rulebook,
    number: usize,
}

impl Reader<'_> {
    fn error<T>(&self, at: &Spanned<T>, message: impl Into<String>) -> PolicyError {
        PolicyError::at(self.source, self.text, at.span().start, message)
    }

    fn part(
        &mut self,
        profile: Option<Profile>,
        levels: BTreeMap<Spanned<String>, Level>,
        maps: Vec<RawMaps>,
        allow: Vec<Spanned<RawAllow>>,
    ) -> Result<Part, PolicyError> {
        let mut part = Part { profile, ..Part::default() };
        for (id, level) in levels {
            let rule = self.rule(&id)?;
            if rule.is_absolute() {
                return Err(self.error(&id, format!("no policy changes the level of {rule}")));
            }
            part.levels.insert(rule, level);
        }
        for row in maps {
            part.maps.push((self.glob(&row.files)?, row.allow));
        }
        for row in allow {
            part.exceptions.push(self.exception(&row)?);
        }
        Ok(part)
    }

    fn rule(&self, id: &Spanned<String>) -> Result<RuleId, PolicyError> {
        if let Some(rule) = self.rules.find(id.get_ref()) {
            return Ok(rule.id.clone());
        }
        let hint = self
            .rules
            .nearest(id.get_ref())
            .map_or_else(String::new, |near| format!("; did you mean {near:?}?", near = near.as_str()));
        Err(self.error(id, format!("there is no rule {:?}{hint} (`lastlook rules` lists them)", id.get_ref())))
    }

    fn glob(&self, pattern: &Spanned<String>) -> Result<GlobMatcher, PolicyError> {
        let glob = GlobBuilder::new(pattern.get_ref()).literal_separator(true).build();
        glob.map(|glob| glob.compile_matcher()).map_err(|error| self.error(pattern, error.kind().to_string()))
    }

    fn exception(&mut self, row: &Spanned<RawAllow>) -> Result<Exception, PolicyError> {
        let raw = row.get_ref();
        let rule = self.rule(&raw.rule)?;
        let reason = raw.reason.as_ref().map(|reason| reason.get_ref().trim()).unwrap_or_default();
        if reason.is_empty() {
            return Err(self.error(row, "an exception needs a reason: say why this may ship"));
        }
        if raw.path.is_none() && raw.fingerprint.is_none() {
            return Err(self.error(row, "an exception needs a path or a fingerprint: it covers one place, not a rule"));
        }
        if rule.is_absolute() && (rule.as_str() != "archive/unsupported" || raw.sha256.is_none() || raw.path.is_none())
        {
            let what = format!(
                "no policy lowers {rule}; only one nested file that can't be opened may be accepted, as archive/unsupported with its path and sha256"
            );
            return Err(self.error(&raw.rule, what));
        }
        if let Some(sha256) = &raw.sha256
            && !(sha256.get_ref().len() == 64 && sha256.get_ref().bytes().all(|b| b.is_ascii_hexdigit()))
        {
            return Err(self.error(sha256, "a sha256 has 64 hexadecimal digits"));
        }
        if let Some(path) = raw.path.as_ref().filter(|path| path.get_ref().is_empty()) {
            return Err(self.error(path, "an empty path matches nothing"));
        }
        if let Some(fingerprint) = &raw.fingerprint
            && !(fingerprint.get_ref().len() == 32 && fingerprint.get_ref().bytes().all(|b| b.is_ascii_hexdigit()))
        {
            return Err(self.error(fingerprint, "a fingerprint has 32 hexadecimal digits, as the JSON report gives it"));
        }
        let path = match &raw.path {
            Some(path) => Some((path.get_ref().clone(), self.glob(path)?)),
            None => None,
        };
        let expires = raw.expires.as_ref().map(|date| self.date(date)).transpose()?;
        self.number += 1;
        Ok(Exception {
            number: self.number,
            rule,
            path,
            reason: reason.to_owned(),
            expires,
            sha256: raw.sha256.as_ref().map(|text| text.get_ref().clone()),
            fingerprint: raw.fingerprint.as_ref().map(|text| text.get_ref().clone()),
            line: self.error(row, "").line,
            source: self.source.to_owned(),
        })
    }

    fn date(&self, date: &Spanned<toml::value::Datetime>) -> Result<Date, PolicyError> {
        let day = date.get_ref().date.and_then(|day| Date::new(day.year, day.month, day.day));
        day.ok_or_else(|| self.error(date, "a date has the form 2027-03-31"))
    }
}
