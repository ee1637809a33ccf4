//! `lastlook approve`: downloads a staged version, audits it again, and approves it if it is clear.

use std::path::Path;
use std::time::Instant;

use super::audit::FailOn;
use super::clearing::Clearing;
use super::counter::Terminal;
use super::publish::told;
use super::remote::Sending;
use super::reports::Reports;
use super::setup::{Applied, Common};
use super::{CliError, Exit};
use crate::audit::Artifact;
use crate::open::Held;
use crate::publish::{Journal, PublishError, Publisher};

#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 approved, and what the registry serves is what was cleared; 1 blocked, and not \
                        approved; 2 anything else.")]
pub(super) struct Args {
    /// What lastlook publish --stage, or the registry, calls the staged version
    #[arg(value_name = "STAGE")]
    stage: String,
    #[command(flatten)]
    sending: Sending,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    reports: Reports,
    /// Findings of this level and above block
    #[arg(long, value_enum, default_value_t = FailOn::Deny)]
    fail_on: FailOn,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let started = Instant::now();
    let opened = args.sending.remote.open(Path::new("."))?;
    let journal = Journal::open(args.sending.journal.as_deref()).map_err(PublishError::from)?;
    let applied = args.common.policy(&[], true)?;
    let reports = args.reports.settle(&[], &args.sending.files(&journal, &applied), false)?;
    let receipts = args.sending.receipts(&journal, Some(&applied), &[], &[])?;
    let Applied { rules, policy, .. } = applied;
    let pool = args.common.pool()?;
    let staged_by_us = journal.read().map_err(PublishError::from)?.into_iter().rev();
    let known = staged_by_us.into_iter().find(|receipt| receipt.stage.as_deref() == Some(args.stage.as_str()));
    let chosen = match (&args.sending.remote.registry, &known) {
        (None, Some(receipt)) => opened.journalled(&receipt.registry, &receipt.name)?,
        _ => opened.choose(known.as_ref().map(|receipt| receipt.name.as_str()), None)?,
    };
    let registry = &chosen.registry;
    let wire = opened.wire(registry)?;
    let credential = opened.reading(&chosen)?.ok_or_else(|| opened.no_credential(registry))?;
    let publisher =
        Publisher { wire: &wire, registry, journal: &journal, wait: args.sending.wait(), person: &Terminal };
    let mut staged = publisher.staged(&args.stage, &credential)?;
    let bytes = Held::Vec(std::mem::take(&mut staged.bytes));
    let artifacts = vec![Artifact { name: staged.file(), bytes, provenance: None }];
    let (rules, policy, pool) = (&rules, &policy, &pool);
    let fail_on = args.fail_on.into();
    let clearing = Clearing { rules, policy, pool, fail_on, beside: &[], reports, place: &|_| (), started };
    let clearance = match clearing.of(artifacts, "it was not approved").map(|(_, mut all)| all.pop()) {
        Ok(Some(clearance)) => clearance,
        Ok(None) => return Ok(Exit::Incomplete),
        Err(exit) => return Ok(exit),
    };
    if let Some(before) = known.filter(|before| before.integrity != clearance.integrity().as_str()) {
        let why =
            format!("its bytes are not those that were staged at {}, which were {}", before.time, before.integrity);
        return Err(PublishError::Stage { id: args.stage.clone(), why }.into());
    }
    let receipt = publisher.approve(clearance, &staged, &credential, args.sending.otp(registry)?)?;
    Ok(if told(&receipt, receipts.as_ref()) { Exit::Clear } else { Exit::Incomplete })
}
