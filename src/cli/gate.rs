//! `lastlook gate`: the front that all clients publish through, and its tokens and its log.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::audit::FailOn;
use super::setup::{Applied, Common};
use super::{CliError, Exit, complain, print, tell};
use crate::gate::{Front, Gate, GateError, Key, Limits, Log, LogError, Setup, Tls, Tokens, Upstream, Upstreams, serve};
use crate::publish::{Chosen, Identity, Network, PublishError, Registry, Settings, Token, Vault, Wire};
use crate::render::escape;

#[derive(clap::Args)]
#[command(
    subcommand_negates_reqs = true,
    args_conflicts_with_subcommands = true,
    after_help = "Point clients at it with registry=http://127.0.0.1:7777/ and a token of its own, made by \
                  lastlook gate token add NAME --state DIR. docs/gate.md has the rest."
)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: Run,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make, list and remove the tokens of clients
    Token(TokenArgs),
    /// Print the log, and check that no line of it was changed or taken out
    Log(LogArgs),
}

#[derive(clap::Args)]
struct TokenArgs {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(clap::Subcommand)]
enum TokenCommand {
    /// Make a token, which is shown this once, as the last line
    Add {
        /// Whose it is: a person, a pipeline, an agent
        name: String,
        #[command(flatten)]
        state: State,
    },
    /// List whose tokens there are
    List {
        #[command(flatten)]
        state: State,
    },
    /// Take a token away, from the next request on
    Remove {
        /// Whose it is
        name: String,
        #[command(flatten)]
        state: State,
    },
}

#[derive(clap::Args)]
struct State {
    /// The folder of the gate's state
    #[arg(long = "state", value_name = "DIR")]
    folder: PathBuf,
}

#[derive(clap::Args)]
struct LogArgs {
    #[command(flatten)]
    state: State,
    /// Print the lines as they are, as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
struct Run {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7777")]
    listen: String,
    /// The registry behind the gate, or that of a scope as @SCOPE=URL (repeatable)
    #[arg(long, value_name = "URL", required = true)]
    upstream: Vec<String>,
    /// A file with the token that releases are written with, or that of a scope as @SCOPE=FILE (repeatable)
    #[arg(long, value_name = "FILE")]
    upstream_token_file: Vec<String>,
    /// A file with a token that only reads, where anybody else may not; then only clients with a token read (repeatable)
    #[arg(long, value_name = "FILE")]
    upstream_read_token_file: Vec<String>,
    /// The folder of the gate's state: its journal, its log, its tokens. Each gate has its own
    #[arg(long, value_name = "DIR", required = true)]
    state: Option<PathBuf>,
    /// Where clients find the gate, if that is not what they ask for [default: the Host of a request]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// A certificate chain of the gate's own, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
    /// Findings of this level and above block
    #[arg(long, value_enum, default_value_t = FailOn::Deny)]
    fail_on: FailOn,
    #[command(flatten, next_help_heading = "Limits")]
    bounds: Bounds,
}

#[derive(clap::Args)]
struct Bounds {
    /// Take bodies of as many bytes
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20, value_parser = clap::value_parser!(u64).range(1024..=(2 << 30)))]
    max_body: u64,
    /// Keep as many bytes of bodies in files at a time
    #[arg(long, value_name = "BYTES", default_value_t = 4 << 30, value_parser = clap::value_parser!(u64).range(1024..))]
    max_spool: u64,
    /// Keep as many bytes of bodies in memory at a time
    #[arg(long, value_name = "BYTES", default_value_t = 192 << 20, value_parser = clap::value_parser!(u64).range(1024..))]
    max_memory: u64,
    /// Work on as many releases and changes at a time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1024))]
    in_flight: u16,
    /// The same, of one client; the others wait
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=1024))]
    in_flight_per_client: u16,
    /// Hold as many connections
    #[arg(long, value_name = "N", default_value_t = 4096, value_parser = clap::value_parser!(u16).range(1..=60000))]
    max_connections: u16,
    /// Wait as many seconds for the head of a request
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    head_timeout: u64,
    /// Wait as many seconds for a client to go on
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=3600))]
    idle_timeout: u64,
    /// Let a request wait as many seconds for its turn
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    queue_timeout: u64,
    /// Wait as many seconds for the registry to go on
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Look as many seconds for what was sent; what is not there by then counts as not published
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(0..=86400))]
    wait: u64,
    /// Let what is in flight go on for as many seconds once the gate is to end
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(0..=86400))]
    grace: u64,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    match &args.command {
        None => front(&args.run),
        Some(Command::Token(token)) => tokens(&token.command),
        Some(Command::Log(log)) => show(log),
    }
}

fn front(args: &Run) -> Result<Exit, CliError> {
    // Before any file is read: no variable holds a credential from here on, and no image of memory is left.
    let vault = Vault::open(Path::new(".")).map_err(PublishError::from)?;
    let settings = Settings::read(Path::new("."), &vault).map_err(PublishError::from)?;
    let identity = Identity::found(&vault).map_err(PublishError::from)?;
    let Some(state) = &args.state else { return Err(CliError::Usage("name a folder with --state".to_owned())) };
    let upstreams = upstreams(args, &settings, identity)?;
    let setup = setup(args)?;
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(chain), Some(key)) => Some(Tls::read(chain, key)?),
        _ => None,
    };
    let address = args.public_url.as_deref().map(Registry::parse).transpose().map_err(PublishError::from)?;
    more_files();
    let pool = args.common.pool()?;
    let gate = Gate::open(state, upstreams, setup, pool, args.bounds.limits(), address.map(|address| address.url()))?;
    let again = (args.common.clone(), args.fail_on);
    let front = Front::new(gate, tls, move || {
        let (common, fail_on) = &again;
        let Applied { rules, policy, .. } = common.policy(&[], true).map_err(|error| error.to_string())?;
        Ok(Setup { rules, policy, fail_on: (*fail_on).into() })
    });
    serve(front, &args.listen)?;
    Ok(Exit::Clear)
}

fn setup(args: &Run) -> Result<Setup, CliError> {
    let Applied { rules, policy, .. } = args.common.policy(&[], true)?;
    Ok(Setup { rules, policy, fail_on: args.fail_on.into() })
}

impl Bounds {
    fn limits(&self) -> Limits {
        Limits {
            body: self.max_body,
            spool: self.max_spool,
            memory: self.max_memory,
            in_flight: usize::from(self.in_flight),
            of_client: usize::from(self.in_flight_per_client),
            reads: 64,
            connections: usize::from(self.max_connections),
            head: Duration::from_secs(self.head_timeout),
            idle: Duration::from_secs(self.idle_timeout),
            queue: Duration::from_secs(self.queue_timeout),
            wait: Duration::from_secs(self.wait),
            grace: Duration::from_secs(self.grace),
        }
    }
}

/// What is named for all packages, and for those of scopes.
fn scoped(rows: &[String]) -> Result<BTreeMap<String, &str>, CliError> {
    let mut found = BTreeMap::new();
    for row in rows {
        let (scope, value) = match row.split_once('=').filter(|(scope, _)| scope.starts_with('@')) {
            Some((scope, value)) => (scope.to_owned(), value),
            None => (String::new(), row.as_str()),
        };
        if found.insert(scope.clone(), value).is_some() {
            let of = if scope.is_empty() { "all packages".to_owned() } else { scope };
            return Err(CliError::Usage(format!("two are named for {of}, and only one can be meant")));
        }
    }
    Ok(found)
}

fn upstreams(args: &Run, settings: &Settings, identity: Option<Identity>) -> Result<Upstreams, CliError> {
    let registries = scoped(&args.upstream)?;
    let (mut writing, mut reading) = (scoped(&args.upstream_token_file)?, scoped(&args.upstream_read_token_file)?);
    let mut identity = identity.filter(|_| writing.is_empty());
    let (mut scopes, mut other) = (BTreeMap::new(), None);
    for (scope, url) in registries {
        let registry = Registry::parse(url).map_err(PublishError::from)?;
        let network = Network::of(settings, &registry, Duration::from_secs(args.bounds.timeout))?;
        let wire = Wire::new(network, &registry.url())?;
        let chosen = Chosen { registry: registry.clone(), named_by: "--upstream".to_owned(), vouched: true };
        let bound = |file: Option<&str>| -> Result<_, PublishError> {
            let Some(file) = file else { return Ok(None) };
            settings.refuse_routes()?;
            let token = Token::from_file(Path::new(file))?;
            if let Some(warning) = token.warning() {
                tell(&format!("lastlook: {}", escape(warning)));
            }
            Ok(Some(token.bind(&chosen)?))
        };
        let key = match bound(writing.remove(&scope))? {
            Some(credential) => Key::Token(Arc::new(credential)),
            None => identity.take().map_or(Key::None, Key::Trusted),
        };
        if matches!(key, Key::None) {
            complain(format!(
                "lastlook: nothing can be published to {}: name its token with --upstream-token-file",
                registry.url()
            ));
        }
        let reading = bound(reading.remove(&scope))?;
        let upstream = Upstream { registry, wire, key, reading };
        if scope.is_empty() {
            other = Some(upstream);
        } else {
            scopes.insert(scope, upstream);
        }
    }
    if let Some((scope, _)) = writing.iter().chain(&reading).next() {
        let of = if scope.is_empty() { "all packages" } else { scope };
        return Err(CliError::Usage(format!("there is a token for {of}, and no --upstream for them")));
    }
    Ok(Upstreams { scopes, other })
}

/// Each connection is a file, and the usual limit is meant for people.
fn more_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Nofile);
    // Where it can't be raised, connections wait.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: now.maximum, maximum: now.maximum });
}

fn tokens(command: &TokenCommand) -> Result<Exit, CliError> {
    let text = match command {
        TokenCommand::Add { name, state } => {
            let token = Tokens::of(&state.folder).add(name).map_err(GateError::from)?;
            tell("lastlook: this is shown once; put it where the client reads its registry token");
            token + "\n"
        }
        TokenCommand::List { state } => {
            let rows = Tokens::of(&state.folder).list().map_err(GateError::from)?;
            rows.into_iter().map(|(name, created)| format!("{name}  made {created}\n")).collect::<Vec<_>>().concat()
        }
        TokenCommand::Remove { name, state } => {
            Tokens::of(&state.folder).remove(name).map_err(GateError::from)?;
            tell(&format!("lastlook: the token of {} opens nothing any more", escape(name)));
            String::new()
        }
    };
    Ok(if print(text.as_bytes()) { Exit::Clear } else { Exit::Incomplete })
}

fn show(args: &LogArgs) -> Result<Exit, CliError> {
    let mut written = true;
    let read = Log::read(&args.state.folder, |line| {
        let mut text = if args.json { String::from_utf8_lossy(line).into_owned() } else { told(line) };
        text.push('\n');
        written = written && print(text.as_bytes());
    });
    match read {
        Ok(count) => {
            tell(&format!("lastlook: {count} lines, each the one that followed"));
            Ok(if written { Exit::Clear } else { Exit::Incomplete })
        }
        Err(error @ LogError::Chain { .. }) => {
            complain(format!("lastlook: {error}"));
            Ok(Exit::Blocked)
        }
        Err(error) => Err(GateError::from(error).into()),
    }
}

/// A line of the log, for people.
fn told(line: &[u8]) -> String {
    let value: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
    let text = |key: &str| value.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
    let package = match (text("name"), text("version")) {
        (name, "") => name.to_owned(),
        (name, version) => format!("{name}@{version}"),
    };
    let parts = [
        text("time").get(..19).unwrap_or_default(),
        text("event"),
        text("client"),
        &package,
        text("change"),
        text("why"),
    ];
    escape(&parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  "))
}
