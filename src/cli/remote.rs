//! A registry, as flags, settings and the package name it → the way there, and the credential for it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::outlets;
use super::setup::Applied;
use super::{CliError, complain, tell};
use crate::open::{Kept, Target};
use crate::publish::{
    Chosen, Credential, Identity, Journal, Network, Otp, PublishError, Reader, Receipt, Registry, Settings, Token,
    Vault, Wire, tarball_name,
};
use crate::render::escape;
use crate::secret::descriptor;

/// Where to, and with what.
#[derive(clap::Args)]
pub(super) struct Remote {
    /// The registry [default: what publishConfig, .npmrc or npm's own settings say]
    #[arg(long, value_name = "URL")]
    pub(super) registry: Option<String>,
    /// A file that holds the token, and nothing else
    #[arg(long, value_name = "FILE", conflicts_with = "token_fd")]
    token_file: Option<PathBuf>,
    /// The number of an open descriptor that the token is read from
    #[arg(long, value_name = "N")]
    token_fd: Option<u32>,
    /// How many seconds to wait for the registry to go on
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

/// How to publish, besides where to.
#[derive(clap::Args)]
pub(super) struct Sending {
    #[command(flatten)]
    pub(super) remote: Remote,
    /// A one-time password, where the registry wants one
    #[arg(long, value_name = "CODE", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    otp: Option<String>,
    /// The folder of the journal [default: lastlook in the folder for what programs remember]
    #[arg(long, value_name = "DIR")]
    pub(super) journal: Option<PathBuf>,
    /// How many seconds to look for what was sent; what is not there by then counts as not published
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(0..=86400))]
    wait: u64,
    /// Also write what became of it to a file, as JSON lines
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

impl Sending {
    /// The files that nothing may be written over.
    pub(super) fn files(&self, journal: &Journal, applied: &Applied) -> Vec<PathBuf> {
        let own = [Some(journal.path()), self.remote.token_file().map(Path::to_owned), self.receipt.clone()];
        applied.files().into_iter().chain(own.into_iter().flatten()).collect()
    }

    /// The file that what became of it is added to, opened before anything is sent or run.
    pub(super) fn receipts(
        &self,
        journal: &Journal,
        applied: Option<&Applied>,
        targets: &[Target],
        kept: &[PathBuf],
    ) -> Result<Option<Receipts>, CliError> {
        let Some(file) = &self.receipt else { return Ok(None) };
        let own = [Some(journal.path()), self.remote.token_file().map(Path::to_owned)];
        let others: Vec<PathBuf> = own
            .into_iter()
            .flatten()
            .chain(applied.into_iter().flat_map(Applied::files))
            .chain(kept.iter().cloned())
            .collect();
        outlets::check(&[file], targets, &others)?;
        let opened = std::fs::OpenOptions::new().append(true).create(true).open(file);
        let opened = opened.map_err(|source| CliError::Write { path: file.display().to_string(), source })?;
        Ok(Some(Receipts { name: file.display().to_string(), file: opened }))
    }

    /// How long to look for what was sent.
    pub(super) fn wait(&self) -> Duration {
        Duration::from_secs(self.wait)
    }

    /// The same way out, with what may be another one by now.
    pub(super) fn again(&mut self, token_file: Option<PathBuf>, otp: Option<String>) {
        if token_file.is_some() {
            (self.remote.token_file, self.remote.token_fd) = (token_file, None);
        }
        self.otp = otp;
    }

    /// Whether a one-time password was given.
    #[cfg(all(feature = "mcp", unix))]
    pub(super) fn has_otp(&self) -> bool {
        self.otp.is_some()
    }

    /// The one-time password that was given.
    pub(super) fn otp(&self, registry: &Registry) -> Result<Option<Otp>, PublishError> {
        Ok(self.otp.as_deref().map(|code| Otp::new(code, registry)).transpose()?)
    }
}

/// A file of receipts, as JSON lines.
pub(super) struct Receipts {
    name: String,
    file: std::fs::File,
}

impl Receipts {
    /// Adds one; false where that was not possible.
    pub(super) fn add(&self, receipt: &Receipt) -> bool {
        let line = serde_json::to_string(receipt).map(|line| line + "\n").map_err(std::io::Error::from);
        let written = line.and_then(|line| (&self.file).write_all(line.as_bytes()));
        written.map_err(|error| complain(format!("lastlook: {} could not be written: {error}", self.name))).is_ok()
    }
}

impl Remote {
    /// Takes the credentials out of the environment and reads what settings say, before anything else happens.
    pub(super) fn open(&self, start: &Path) -> Result<Opened<'_>, PublishError> {
        let vault = Vault::open(start)?;
        let settings = Settings::read(start, &vault)?;
        let token = match (&self.token_file, self.token_fd) {
            (Some(file), _) => Some(Token::from_file(file)?),
            (None, Some(number)) => Some(Token::from_descriptor(number)?),
            (None, None) => None,
        };
        if token.is_some() {
            settings.refuse_routes()?;
        }
        if let Some(warning) = token.as_ref().and_then(Token::warning) {
            tell(&format!("lastlook: {}", escape(warning)));
        }
        let identity = if token.is_none() { Identity::found(&vault)? } else { None };
        Ok(Opened { remote: self, settings, token, identity })
    }

    /// How long to wait for the other side to go on.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// The file that holds the token.
    pub(super) fn token_file(&self) -> Option<&Path> {
        self.token_file.as_deref()
    }

    /// Whether the token is what is piped in.
    pub(super) fn reads_stdin(&self) -> bool {
        self.token_fd.or_else(|| descriptor(self.token_file()?)) == Some(0)
    }
}

/// Settings and credentials, read once.
pub(super) struct Opened<'r> {
    remote: &'r Remote,
    pub(super) settings: Settings,
    token: Option<Token>,
    identity: Option<Identity>,
}

impl Opened<'_> {
    /// The registry for a package.
    pub(super) fn choose(
        &self,
        name: Option<&str>,
        config: Option<&Map<String, Value>>,
    ) -> Result<Chosen, PublishError> {
        let none = Map::new();
        Ok(self.settings.registry(self.remote.registry.as_deref(), name, config.unwrap_or(&none))?)
    }

    fn network(&self, registry: &Registry) -> Result<Network, PublishError> {
        Network::of(&self.settings, registry, self.remote.patience())
    }

    /// The way to a registry, and to what it may lead to.
    pub(super) fn wire(&self, registry: &Registry) -> Result<Wire, PublishError> {
        Wire::new(self.network(registry)?.around(registry), &registry.url())
    }

    /// Opens a registry for reading.
    pub(super) fn readable(&self, chosen: Chosen) -> Result<Readable, PublishError> {
        let wire = self.wire(&chosen.registry)?;
        let credential = self.reading(&chosen)?;
        Ok(Readable { chosen, wire, credential })
    }

    /// The same, until the time is up.
    #[cfg(unix)]
    pub(super) fn readable_until(
        &self,
        chosen: Chosen,
        patience: Duration,
        until: Instant,
    ) -> Result<Readable, PublishError> {
        let network = Network::of(&self.settings, &chosen.registry, patience)?;
        let wire = Wire::new(network.around(&chosen.registry).until(until), &chosen.registry.url())?;
        let credential = self.reading(&chosen)?;
        Ok(Readable { chosen, wire, credential })
    }

    /// What a package is published with: what was given, else what the job is trusted with, else what settings say.
    pub(super) fn credential(&self, chosen: &Chosen, name: &str) -> Result<Option<Credential>, PublishError> {
        if let Some(token) = &self.token {
            return Ok(Some(token.bind(chosen)?));
        }
        let written = || self.settings.credential_for(&chosen.registry);
        let Some(identity) = &self.identity else { return Ok(written()?) };
        // The pipeline that says who we are may be one of the house.
        let anywhere = Wire::new(self.network(&chosen.registry)?, &chosen.registry.url())?;
        match identity.exchange(name, &chosen.registry, &anywhere) {
            Ok(credential) => Ok(Some(credential)),
            Err(error) => match written()? {
                Some(other) => {
                    let what = format!("lastlook: not by trusted publishing: {error}; by {} instead", other.source());
                    tell(&escape(&what));
                    Ok(Some(other))
                }
                None => Err(error.into()),
            },
        }
    }

    /// A registry that the journal names for a package. A token that was given is for it only where the user says so again.
    pub(super) fn journalled(&self, registry: &str, name: &str) -> Result<Chosen, PublishError> {
        let registry = Registry::parse(registry)?;
        let again = || self.choose(Some(name), None).is_ok_and(|chosen| chosen.registry == registry);
        let vouched = self.token.is_some() && again();
        Ok(Chosen { registry, named_by: "the journal".to_owned(), vouched })
    }

    /// What a package is read with, where anybody else may not.
    pub(super) fn reading(&self, chosen: &Chosen) -> Result<Option<Credential>, PublishError> {
        match &self.token {
            Some(token) => Ok(Some(token.bind(chosen)?)),
            None => Ok(self.settings.credential_for(&chosen.registry)?),
        }
    }

    /// Takes the token that was given out of a text.
    pub(super) fn scrub(&self, text: &mut String) {
        if let Some(token) = &self.token {
            token.scrub(text);
        }
    }

    /// Whether the token that was given stands in `bytes`.
    pub(super) fn stands_in(&self, bytes: &[u8]) -> bool {
        self.token.as_ref().is_some_and(|token| token.stands_in(bytes))
    }

    /// Whether what the job is trusted with goes first. A token that is for one package need not say who we are.
    pub(super) fn is_trusted(&self) -> bool {
        self.identity.is_some()
    }

    /// Says why there is no credential.
    pub(super) fn no_credential(&self, registry: &Registry) -> PublishError {
        for note in self.settings.notes(registry) {
            tell(&format!("lastlook: {}", escape(&note)));
        }
        let key = registry.keys().into_iter().next().unwrap_or_default();
        PublishError::NoCredential(registry.url(), key)
    }

    /// Fetches a published version.
    fn fetch(&self, name: &str, wanted: &str) -> Result<Kept, PublishError> {
        let readable = self.readable(self.choose(Some(name), None)?)?;
        let (reader, registry) = (readable.reader(), readable.registry());
        let unreadable = |why| PublishError::Missing(format!("{name} can not be read from {registry}: {why}"));
        let seen = reader.package(name).map_err(unreadable)?;
        let missing = |what: &str| PublishError::Missing(format!("{registry} has no {what}"));
        let seen = seen.ok_or_else(|| missing(name))?;
        let version = if seen.version(wanted).is_some() { wanted } else { seen.tag(wanted).unwrap_or(wanted) };
        let dist = seen.version(version).ok_or_else(|| missing(&format!("{name}@{wanted}")))?;
        let bytes = reader.tarball(dist, TARBALL).map_err(unreadable)?;
        let file = tarball_name(name, version);
        Kept::of(&file, &bytes).map_err(|error| PublishError::Missing(format!("{file}: {error}")))
    }
}

/// A registry that can be read: the way there, and what lets us in where not everybody is.
pub(super) struct Readable {
    chosen: Chosen,
    wire: Wire,
    credential: Option<Credential>,
}

impl Readable {
    /// What reads it.
    pub(super) fn reader(&self) -> Reader<'_> {
        Reader::new(&self.wire, &self.chosen.registry, self.credential.as_ref())
    }

    /// Its address.
    pub(super) fn registry(&self) -> String {
        self.chosen.registry.url()
    }
}

/// No registry takes more.
pub(super) const TARBALL: u64 = 1 << 30;

/// Fetches the targets that name a published version, as npm:NAME@VERSION.
pub(super) fn fetched(targets: &[PathBuf], remote: &Remote) -> Result<Vec<Option<Target>>, CliError> {
    let prefixed = |target: &PathBuf| target.to_str().and_then(|text| text.strip_prefix("npm:")).map(str::to_owned);
    if targets.iter().all(|target| prefixed(target).is_none()) {
        return Ok(targets.iter().map(|_| None).collect());
    }
    let opened = remote.open(Path::new("."))?;
    let one = |target: &PathBuf| {
        let Some(text) = prefixed(target) else { return Ok(None) };
        let (name, version) = named(&text)?;
        Ok(Some(Target::Kept(opened.fetch(name, version)?)))
    };
    targets.iter().map(one).collect()
}

/// The name and the version or tag in `NAME@VERSION`.
pub(super) fn named(text: &str) -> Result<(&str, &str), CliError> {
    let (name, version) = parted(text);
    let version = version.unwrap_or("latest");
    if name.is_empty() || version.is_empty() {
        return Err(CliError::Usage(format!("{text:?} names no version; write it as npm:NAME@VERSION")));
    }
    Ok((name, version))
}

/// A name, and what stands behind its `@`, if anything does; the first sign may be that of a scope.
pub(super) fn parted(text: &str) -> (&str, Option<&str>) {
    let at = text.char_indices().skip(1).find(|(_, sign)| *sign == '@').map(|(at, _)| at);
    at.map_or((text, None), |at| (text.get(..at).unwrap_or_default(), text.get(at + 1..)))
}
