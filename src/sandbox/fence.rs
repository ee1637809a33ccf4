//! A cell → Landlock around this process and all that it starts: only what is named can be opened. Linux only.

use std::path::PathBuf;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus, Scope, path_beneath_rules,
};

use super::cell::{MACHINE, SETTINGS, SYSTEM};
use super::wall::Wall;

/// Devices that hold nothing.
const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// What processes are told of the machine and of themselves. They see the words that others were started with, as every
/// user does; their memory, environment and files stay closed, since Landlock keeps whoever is inside from tracing them.
const TOLD: &[&str] = &["/proc"];

/// The first version that keeps signals in; those before it leave lastlook within reach.
const LEAST: ABI = ABI::V6;

/// Raises it, whole or not at all.
pub(super) fn raise(open: &[PathBuf], read: &[PathBuf], hidden: &[PathBuf]) -> Result<(), String> {
    let fault = |error: landlock::RulesetError| format!("this kernel's Landlock is too old or turned off: {error}");
    let reading = AccessFs::from_read(LEAST);
    let all = AccessFs::from_all(LEAST);
    let (mut whole, mut listed) = (Vec::new(), Vec::new());
    let beside = Wall { hidden: hidden.to_owned(), kept: Vec::new() };
    let named = SYSTEM.iter().chain(SETTINGS).chain(MACHINE).chain(TOLD).map(PathBuf::from);
    for place in named.chain(read.iter().cloned()).filter_map(|place| place.canonicalize().ok()) {
        beside.split(&place, &mut whole, &mut Vec::new(), &mut listed);
    }
    let status = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(all)
        .and_then(|rules| rules.handle_access(AccessNet::from_all(LEAST)))
        .and_then(|rules| rules.scope(Scope::Signal | Scope::AbstractUnixSocket))
        .and_then(Ruleset::create)
        .and_then(|rules| rules.add_rules(path_beneath_rules(open, all)))
        .and_then(|rules| rules.add_rules(path_beneath_rules(whole, reading)))
        .and_then(|rules| rules.add_rules(path_beneath_rules(listed, AccessFs::ReadDir)))
        .and_then(|rules| rules.add_rules(path_beneath_rules(DEVICES, AccessFs::ReadFile | AccessFs::WriteFile)))
        .and_then(landlock::RulesetCreated::restrict_self)
        .map_err(fault)?;
    if status.ruleset != RulesetStatus::FullyEnforced || !status.no_new_privs {
        return Err("Landlock is not enforced as a whole".to_owned());
    }
    Ok(())
}

/// Keeps this thread, and all that it starts from now on, from sending signals to the rest of this process.
pub(super) fn nest() -> Result<(), String> {
    let fault = |error: landlock::RulesetError| error.to_string();
    let rules = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let rules = rules.scope(Scope::Signal | Scope::AbstractUnixSocket).and_then(Ruleset::create).map_err(fault)?;
    let status = rules.restrict_self().map_err(fault)?;
    if status.ruleset == RulesetStatus::FullyEnforced { Ok(()) } else { Err("Landlock does not nest".to_owned()) }
}
