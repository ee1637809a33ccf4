//! What releases and models' work have in common: where to, with what, in which bounds → a plan, and whoever holds the credential.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::desk::Desk;
use super::mind::Mind;
use super::state;
use crate::agent::AgentError;
use crate::agent::release::{Ending, Judge, Plan};
use crate::agent::session::{What, words};
use crate::cli::audit::FailOn;
use crate::cli::counter::{Counter, Manner, Terminal};
use crate::cli::publish::AccessArg;
use crate::cli::remote::{Opened, Receipts, Sending};
use crate::cli::reports::Reports;
use crate::cli::setup::{Applied, Common};
use crate::cli::{CliError, Exit, tell};
use crate::model::{Report, Verdict};
use crate::publish::{Journal, PublishError};
use crate::render::escape;
use crate::sandbox::{Cell, Host, Limits, own_program};

/// Flags that they share.
#[derive(clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(super) struct Flags {
    #[command(flatten)]
    pub(super) mind: Mind,
    /// Do not run the tests
    #[arg(long)]
    no_test: bool,
    /// Pass a variable of the environment on to scripts (repeatable)
    #[arg(long, value_name = "NAME")]
    env: Vec<String>,
    /// First fetch what the lock file names, from the registry alone and without running its scripts
    #[arg(long)]
    install: bool,
    /// Let scripts reach a host, as HOST or HOST:PORT (repeatable; needs bubblewrap)
    #[arg(long, value_name = "HOST")]
    allow_host: Vec<Host>,
    /// Let scripts read a file that looks like a secret, such as .env (repeatable)
    #[arg(long, value_name = "FILE")]
    keep: Vec<PathBuf>,
    /// What scripts are kept in by [default: bubblewrap where it is installed, else Landlock]
    #[arg(long, value_enum)]
    sandbox: Option<Kind>,
    /// How long one command may take
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=1440))]
    minutes: u64,
    /// How much memory one command may take
    #[arg(long, value_name = "MB", default_value_t = 8192, value_parser = clap::value_parser!(u64).range(64..=1_048_576))]
    memory: u64,
    /// The tag that the version gets [default: publishConfig.tag, or latest]
    #[arg(long)]
    tag: Option<String>,
    /// Who may read a package that is new
    #[arg(long, value_enum)]
    access: Option<AccessArg>,
    /// The folder of sessions and memories [default: lastlook/agent in the folder for what programs remember]
    #[arg(long, value_name = "DIR")]
    pub(super) state: Option<PathBuf>,
    #[command(flatten)]
    pub(super) sending: Sending,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    reports: Reports,
    /// Findings of this level and above block
    #[arg(long, value_enum, default_value_t = FailOn::Deny)]
    fail_on: FailOn,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Bubblewrap,
    Landlock,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Bubblewrap => "bubblewrap",
            Self::Landlock => "landlock",
        }
    }
}

/// Processes that one command may have at once.
const PROCESSES: u64 = 2_000;

/// Bytes that one command may print.
const OUTPUT: u64 = 256 << 20;

/// What is asked for on one project.
pub(super) struct Wish<'w> {
    pub(super) folder: &'w Path,
    pub(super) bump: Option<crate::agent::bump::Step>,
    pub(super) dry_run: bool,
    pub(super) fix: bool,
    /// Whether a model looks at what is cleared before it goes out.
    pub(super) review: bool,
}

/// What a session has at hand.
pub(super) struct Hand<'h> {
    pub(super) plan: Plan,
    pub(super) judge: Judge<'h>,
    pub(super) desk: Desk<'h>,
    /// Takes out of a text what no session keeps.
    pub(super) hush: &'h dyn Fn(&mut String),
}

/// What a session came to: how it ended, its name, and the hash of its last line.
pub(super) struct Came {
    pub(super) ended: Result<Ending, AgentError>,
    pub(super) session: (String, String),
}

impl Flags {
    /// Opens everything that `act` needs, and says how it ended. Credentials come out of the environment first.
    pub(super) fn act(
        &self,
        wish: Wish<'_>,
        act: &mut dyn FnMut(Hand<'_>) -> Result<Came, CliError>,
    ) -> Result<Exit, CliError> {
        // Before any file is read and any program is started: neither finds a credential here.
        let opened = self.sending.remote.open(wish.folder)?;
        crate::secret::keep_memory();
        let journal = Journal::open(self.sending.journal.as_deref()).map_err(PublishError::from)?;
        let applied = self.common.policy_from(wish.folder, &[], true)?;
        let kept = self.sending.files(&journal, &applied);
        let reports = self.reports.settle(&[], &kept, true)?;
        let receipts: Option<Receipts> = self.sending.receipts(&journal, Some(&applied), &[], &[])?;
        let state = state(self.state.as_deref())?;
        let runner = own_program().map_err(|source| CliError::Read { path: "lastlook itself".to_owned(), source })?;
        let cell = Cell::find(&runner, self.sandbox.map(Kind::word)).map_err(AgentError::from)?;
        let registry = self.install.then(|| registry(&opened)).transpose()?;
        let dry_run = wish.dry_run;
        let plan = self.plan(wish, cell, &state, &journal, &applied, registry);
        let Applied { rules, policy, .. } = applied;
        let pool = self.common.pool()?;
        let show = |report: &Report, took: Duration| reports.write(report, rules.book(), took);
        let judge = Judge { rules: &rules, policy: &policy, pool: &pool, fail_on: self.fail_on.into(), show: &show };
        let manner = self.manner(dry_run);
        let counter =
            Counter { opened: &opened, sending: &self.sending, journal: &journal, manner: &manner, person: &Terminal };
        let desk = Desk { counter, receipts: receipts.as_ref() };
        let (values, key) = (self.values(), self.mind.key()?);
        let hushed = |text: &mut String| {
            opened.scrub(text);
            if let Some(key) = &key {
                key.scrub(text);
            }
            rules.hush(text);
            for value in &values {
                *text = text.replace(value, "***");
            }
        };
        let Came { ended, session: (id, head) } = act(Hand { plan, judge, desk, hush: &hushed })?;
        tell(&format!("lastlook: lastlook agent log {id} shows all of it; its last hash is {head}"));
        let told = |error: AgentError| {
            let (mut what, mut output) = (error.to_string(), error.output());
            hushed(&mut what);
            output.iter_mut().for_each(hushed);
            AgentError::Told { what, output }
        };
        match ended.map_err(told)? {
            Ending::Done(_) | Ending::Cleared(_) => Ok(Exit::Clear),
            Ending::Refused(Verdict::Blocked | Verdict::Clear)
            | Ending::Held(_)
            | Ending::Partly { blocked: true, .. } => Ok(Exit::Blocked),
            Ending::Refused(Verdict::Incomplete) | Ending::Nothing(_) | Ending::Partly { .. } => Ok(Exit::Incomplete),
        }
    }

    fn plan(
        &self,
        wish: Wish<'_>,
        cell: Cell,
        state: &Path,
        journal: &Journal,
        applied: &Applied,
        registry: Option<(String, Host)>,
    ) -> Plan {
        let memory = self.memory << 20;
        let time = Duration::from_mins(self.minutes);
        let mut cell = cell;
        cell.memory = memory;
        let files = [self.sending.remote.token_file(), self.mind.key_file()];
        let secret = [Some(state), Some(journal.folder())].into_iter().chain(files);
        let secret = secret.flatten().filter_map(|place| place.canonicalize().ok()).collect();
        let policy_files = applied.files().iter().filter_map(|file| file.canonicalize().ok()).collect();
        Plan {
            folder: wish.folder.to_owned(),
            bump: wish.bump,
            dry_run: wish.dry_run,
            fix: wish.fix,
            review: wish.review,
            tests: !self.no_test,
            registry,
            hosts: self.allow_host.clone(),
            env: self.env.clone(),
            keep: self.keep.clone(),
            secret,
            policy_files,
            limits: Limits { time, memory, processes: PROCESSES, output: OUTPUT },
            cell,
            state: state.to_owned(),
        }
    }

    /// The values that are passed on to scripts, which may print them.
    fn values(&self) -> Vec<String> {
        const SHORT: usize = 6;
        let values = self.env.iter().filter_map(|name| std::env::var(name).ok());
        values.filter(|value| value.len() >= SHORT).collect()
    }

    fn manner(&self, dry_run: bool) -> Manner {
        let (tag, access) = (self.tag.clone(), self.access.map(Into::into));
        // Of a workspace, what did not change is there already.
        Manner { tag, access, stage: false, only_new: true, dry_run }
    }
}

/// Where packages are fetched from: what was named, or what settings say.
fn registry(opened: &Opened<'_>) -> Result<(String, Host), CliError> {
    let url = opened.choose(None, None)?.registry.url();
    let fault = |why: String| CliError::Usage(format!("{url} is no registry that can be granted: {why}"));
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    let host = if scheme == "http" && !host.contains(':') { format!("{host}:80") } else { host.to_owned() };
    let host = host.parse().map_err(fault)?;
    Ok((url, host))
}

/// Tells a person what happens. What went wrong is said at the end, with what a script printed.
pub(super) fn live(what: &What) {
    if matches!(what, What::Stopped { stop, .. } if stop == "failed") {
        return;
    }
    if let Some(said) = words(what) {
        tell(&format!("lastlook: {}", escape(&said)));
    }
    // What changes in the project is shown as it is, whoever let it through.
    if let What::Patched { patch, .. } = what {
        for line in patch.lines() {
            tell(&format!("  | {}", escape(line)));
        }
    }
}

/// The first line of a session.
pub(super) fn began(plan: &Plan) -> What {
    let folder = std::env::current_dir().unwrap_or_default();
    What::Began {
        tool: concat!("lastlook/", env!("CARGO_PKG_VERSION")).to_owned(),
        words: told_words(),
        project: folder.join(&plan.folder).canonicalize().unwrap_or_default().display().to_string(),
        folder: folder.display().to_string(),
        sandbox: plan.cell.kind().word().to_owned(),
    }
}

/// The words of the command, without passwords.
fn told_words() -> Vec<String> {
    let mut told = Vec::new();
    let mut words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        if word == "--otp" {
            // It was for once.
            words.next();
        } else if !word.starts_with("--otp=") {
            told.push(word);
        }
    }
    told
}
