//! `lastlook publish`: audits, clears and publishes the same bytes, and reads back what the registry then serves.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::attesting::{Attesting, Unsigned};
use super::audit::FailOn;
use super::clearing::Clearing;
use super::counter::{Counter, Manner, Release, Terminal};
use super::packing::{Packing, Work};
use super::remote::{Opened, Receipts, Sending};
use super::reports::Reports;
use super::setup::{Applied, Common, targets};
use super::{CliError, Exit, complain, tell};
use crate::audit::{Artifact, Auditor, Clearance};
use crate::model::Report;
use crate::open::{self, Target};
use crate::publish::{Access, Event, Journal, PublishError, Receipt};
use crate::render::escape;

#[derive(clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag")]
#[command(after_help = "Exit codes: 0 published, and what the registry serves is what was cleared (or nothing stands \
                  against it, with --dry-run); 1 blocked; 2 anything else. Nothing is ever sent twice.")]
pub(super) struct Args {
    /// The tarballs to publish, as npm pack makes them; - reads standard input
    #[arg(required_unless_present_any = ["pack", "resume"], value_name = "PKG.tgz")]
    targets: Vec<PathBuf>,
    #[command(flatten)]
    packing: Packing,
    #[command(flatten)]
    sending: Sending,
    /// The tag that the version gets [default: publishConfig.tag, or latest]
    #[arg(long)]
    tag: Option<String>,
    /// Who may read a package that is new
    #[arg(long, value_enum)]
    access: Option<AccessArg>,
    /// Stage it: it is out once somebody approves it (lastlook approve)
    #[arg(long)]
    stage: bool,
    /// Leave out packages whose version the registry has already, such as those of a workspace that did not change
    #[arg(long, conflicts_with = "resume")]
    only_new: bool,
    /// Do everything but the sending
    #[arg(long, conflicts_with = "resume")]
    dry_run: bool,
    /// A provenance bundle to publish beside the tarball
    #[arg(long, value_name = "FILE")]
    provenance_file: Option<PathBuf>,
    /// Find out what became of attempts that were cut off; sends nothing
    #[arg(long, conflicts_with_all = [
        "targets", "pack", "attest", "stage", "tag", "access", "provenance_file", "otp", "policy", "profile", "output", "format",
    ])]
    resume: bool,
    /// With --resume: give up on attempts whose end can not be found out, so that the version can be published again
    #[arg(long, requires = "resume")]
    abandon: bool,
    #[command(flatten)]
    attesting: Attesting,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    reports: Reports,
    /// Findings of this level and above block
    #[arg(long, value_enum, default_value_t = FailOn::Deny)]
    fail_on: FailOn,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub(super) enum AccessArg {
    Public,
    Restricted,
}

impl From<AccessArg> for Access {
    fn from(access: AccessArg) -> Self {
        match access {
            AccessArg::Public => Self::Public,
            AccessArg::Restricted => Self::Restricted,
        }
    }
}

impl Args {
    fn manner(&self) -> Manner {
        let (stage, only_new, dry_run) = (self.stage, self.only_new, self.dry_run);
        Manner { tag: self.tag.clone(), access: self.access.map(Access::from), stage, only_new, dry_run }
    }
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let started = Instant::now();
    let named = targets(&args.targets);
    if let Some(name) = args.targets.iter().find(|name| name.to_string_lossy().starts_with("npm:")) {
        let what = format!("{} is published already; name a tarball, or add --pack", name.display());
        return Err(CliError::Usage(what));
    }
    let piped = named.iter().filter(|target| **target == Target::Stdin).count();
    let secrets = [args.sending.remote.reads_stdin(), args.attesting.reads_stdin()];
    if piped + secrets.into_iter().map(usize::from).sum::<usize>() > 1 {
        return Err(CliError::Usage("standard input can be read only once".to_owned()));
    }
    // Before any file is read and any program is started: neither finds a credential here.
    let opened = args.sending.remote.open(args.packing.start())?;
    let signer = args.attesting.open()?;
    if signer.is_some() && (args.stage || args.dry_run) {
        return Err(CliError::Usage(
            "what is attested is what was published: leave out --stage and --dry-run".to_owned(),
        ));
    }
    let journal = Journal::open(args.sending.journal.as_deref()).map_err(PublishError::from)?;
    if args.resume {
        args.packing.work(&[])?;
        return resume(args, &opened, &journal);
    }
    let applied = args.common.policy_from(args.packing.start(), &named, true)?;
    let scripts = args.packing.pack.is_some();
    let mut kept = args.sending.files(&journal, &applied);
    kept.extend(args.provenance_file.clone().into_iter().chain(args.attesting.files()));
    let reports = args.reports.settle(&named, &kept, scripts)?;
    let receipts = args.sending.receipts(&journal, Some(&applied), &named, &args.attesting.files())?;
    let Applied { rules, policy, .. } = applied;
    let pool = args.common.pool()?;
    let provenance = args.provenance_file.as_deref().map(provenance).transpose()?;
    let hidden = [Some(journal.folder()), args.sending.remote.token_file(), args.attesting.key_file()];
    let hidden = hidden.into_iter().flatten();
    let work = args.packing.work(&hidden.map(Path::to_owned).collect::<Vec<_>>())?;
    let targets = work.as_ref().map_or(named, Work::targets);
    if provenance.is_some() && targets.len() > 1 {
        return Err(CliError::Usage("a provenance bundle is about one package, and here are several".to_owned()));
    }
    let listing = Auditor::new(&rules, &policy, &pool).listing(true);
    let beside = work.as_ref().map(|work| work.differences(&listing)).unwrap_or_default();
    let artifacts = held(&targets, provenance.as_deref())?;
    let place = |report: &mut Report| {
        if let Some(work) = &work {
            work.place(report);
        }
    };
    let (rules, policy, pool) = (&rules, &policy, &pool);
    let fail_on = args.fail_on.into();
    let clearing = Clearing { rules, policy, pool, fail_on, beside: &beside, reports, place: &place, started };
    let (report, clearances) = match clearing.of(artifacts, "nothing was published") {
        Ok(cleared) => cleared,
        Err(exit) => return Ok(exit),
    };
    let manner = args.manner();
    let counter =
        Counter { opened: &opened, sending: &args.sending, journal: &journal, manner: &manner, person: &Terminal };
    let releases = counter.prepared(clearances, &mut |_, _, _, _| {})?;
    if args.dry_run {
        return Ok(Exit::Clear);
    }
    let cleared: Vec<&Clearance> = releases.iter().map(Release::clearance).collect();
    let drafts = signer.as_ref().map(|signer| signer.drafts(&cleared, &report, rules.book())).transpose()?;
    let mut drafts = drafts.unwrap_or_default().into_iter();
    let (total, mut exit) = (releases.len(), Exit::Clear);
    for (number, release) in releases.into_iter().enumerate() {
        let draft = drafts.next();
        let (registry, document) = (release.registry(), release.clearance().document());
        let (name, version) = (document.name().to_owned(), document.version().to_owned());
        match counter.send(release) {
            Ok(receipt) => {
                let told = told(&receipt, receipts.as_ref());
                if !(draft.is_none_or(|draft| attested(draft, &receipt)) && told) {
                    exit = Exit::Incomplete;
                }
            }
            Err(error) => {
                add_last(receipts.as_ref(), &journal, &registry, &name, &version);
                if total > 1 {
                    tell(&format!(
                        "lastlook: {number} of {total} packages are out; this one is not, and stops the others:"
                    ));
                }
                return Err(error);
            }
        }
    }
    Ok(exit)
}

/// Attests what was published and read back; false where that can't be written.
fn attested(draft: Unsigned<'_>, receipt: &Receipt) -> bool {
    let Err(error) = draft.write(Some(&receipt.registry)) else { return true };
    complain(format!("lastlook: {} is published, and not attested: {error}", receipt.title()));
    tell("lastlook: run lastlook audit TARGET --attest FILE --key FILE on the same tarball to attest it");
    false
}

/// The bytes of what is to be published, where no one can change them any more.
pub(super) fn held(targets: &[Target], provenance: Option<&[u8]>) -> Result<Vec<Artifact>, CliError> {
    let mut artifacts = Vec::with_capacity(targets.len());
    for target in targets {
        let name = match target {
            Target::Stdin => "-".to_owned(),
            Target::File(path) | Target::Folder(path) => {
                path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
            }
            Target::Kept(kept) => kept.name().to_owned(),
        };
        let bytes = open::hold(target).map_err(|error| CliError::Usage(format!("{name} {error}")))?;
        artifacts.push(Artifact { name, bytes, provenance: provenance.map(<[u8]>::to_vec) });
    }
    Ok(artifacts)
}

/// A bundle holds a certificate and a few hundred lines.
const BUNDLE: u64 = 16 << 20;

fn provenance(file: &Path) -> Result<Vec<u8>, CliError> {
    let fault = |source| CliError::Read { path: file.display().to_string(), source };
    let meta = std::fs::metadata(file).map_err(fault)?;
    if !meta.is_file() || meta.len() > BUNDLE {
        return Err(fault(io::Error::other("it is no file of the size of a bundle")));
    }
    std::fs::read(file).map_err(fault)
}

/// Says what became of a release, to people and in the file that was asked for; false where that can't be written.
pub(super) fn told(receipt: &Receipt, receipts: Option<&Receipts>) -> bool {
    let (title, registry) = (receipt.title(), &receipt.registry);
    let what = match (&receipt.stage, receipt.event) {
        (Some(id), Event::Staged) => {
            format!("staged {title} at {registry}; it is out once it is approved: lastlook approve {id}")
        }
        _ => format!("published {title} as {} at {registry}", receipt.tag),
    };
    tell(&escape(&format!("lastlook: {what}")));
    let (size, integrity) = (receipt.size, &receipt.integrity);
    tell(&format!("lastlook: what the registry serves was fetched again and is the same: {size} bytes, {integrity}"));
    if !receipt.note.is_empty() {
        tell(&escape(&format!("lastlook: note that {}", receipt.note)));
    }
    receipts.is_none_or(|receipts| receipts.add(receipt))
}

/// Adds what the journal knows of an attempt that did not end well to the file that was asked for.
fn add_last(receipts: Option<&Receipts>, journal: &Journal, registry: &str, name: &str, version: &str) {
    let last = journal.last(registry, name, version).ok().flatten();
    if let (Some(receipts), Some(last)) = (receipts, last) {
        receipts.add(&last);
    }
}

/// Finds out what became of attempts that nobody knows the end of.
fn resume(args: &Args, opened: &Opened<'_>, journal: &Journal) -> Result<Exit, CliError> {
    let open = journal.open_ends().map_err(PublishError::from)?;
    let receipts = args.sending.receipts(journal, None, &[], &[])?;
    let counter = Counter { opened, sending: &args.sending, journal, manner: &args.manner(), person: &Terminal };
    let mut exit = Exit::Clear;
    if open.is_empty() {
        let file = escape(&journal.path().display().to_string());
        tell(&format!("lastlook: nothing was cut off; {file} knows the end of every attempt"));
    }
    for receipt in open {
        match counter.settle(&receipt) {
            Ok(last) if told(&last, receipts.as_ref()) => {}
            Ok(_) => exit = Exit::Incomplete,
            Err(error) => {
                complain(format!("lastlook: {error}"));
                add_last(receipts.as_ref(), journal, &receipt.registry, &receipt.name, &receipt.version);
                exit = Exit::Incomplete;
            }
        }
    }
    if args.abandon {
        for receipt in journal.open_ends().map_err(PublishError::from)? {
            if let Err(error) = journal.abandon(&receipt) {
                complain(format!("lastlook: {error}"));
                continue;
            }
            tell(&escape(&format!("lastlook: gave up on {}; it may be out, or come out still", receipt.title())));
        }
    }
    Ok(exit)
}
