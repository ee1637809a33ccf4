//! The flags that were given → whether they mean anything for this kind of target.

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

use super::{attestation, package, site};
use crate::cli::CliError;
use crate::cli::remote::Remote;
use crate::cli::reports::Reports;
use crate::cli::setup::Common;

/// What can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Attestation,
    Package,
    Versions,
    Site,
}

const KINDS: [Kind; 4] = [Kind::Attestation, Kind::Package, Kind::Versions, Kind::Site];

impl Kind {
    /// What a target is, by how it is written.
    pub(super) fn of(text: &str, all_versions: bool) -> Self {
        match (text.starts_with("npm:"), text.starts_with("https://") || text.starts_with("http://")) {
            (true, _) if all_versions => Self::Versions,
            (true, _) => Self::Package,
            (false, true) => Self::Site,
            (false, false) => Self::Attestation,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Attestation => "an attestation (a file)",
            Self::Package => "one version of a package (npm:NAME@VERSION)",
            Self::Versions => "the versions of a package (npm:NAME with --since)",
            Self::Site => "a site (https://…)",
        }
    }

    /// The flags that mean something for it.
    fn flags(self) -> Vec<String> {
        let named = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let parts: Vec<Vec<String>> = match self {
            Self::Attestation => {
                vec![ids::<attestation::Signed>(), named(&["policy", "profile", "registry", "format"])]
            }
            Self::Package => {
                let mut reports = ids::<Reports>();
                reports.retain(|id| id != "include_text");
                vec![ids::<package::Package>(), ids::<Remote>(), ids::<Common>(), reports, named(&["fail_on"])]
            }
            Self::Versions => {
                vec![ids::<package::Package>(), ids::<Remote>(), ids::<Common>(), named(&["format", "fail_on"])]
            }
            Self::Site => {
                vec![ids::<site::Site>(), ids::<Common>(), ids::<Reports>(), named(&["timeout", "fail_on"])]
            }
        };
        parts.concat()
    }
}

/// The flags of a part.
fn ids<A: Args>() -> Vec<String> {
    A::augment_args(Command::new("")).get_arguments().map(|arg| arg.get_id().to_string()).collect()
}

/// The flags that somebody wrote, which is not said by their values: some have one by themselves.
pub(super) struct Given(Vec<String>);

impl Given {
    /// Refuses what means nothing for this kind of target.
    pub(super) fn check(&self, kind: Kind) -> Result<(), CliError> {
        let own = kind.flags();
        for flag in self.0.iter().filter(|flag| !own.contains(flag)) {
            let others = KINDS.iter().filter(|other| other.flags().contains(flag));
            let others: Vec<&str> = others.map(|other| other.words()).collect();
            if !others.is_empty() {
                let flag = flag.replace('_', "-");
                let what = format!("--{flag} is for {}, and not for {}", others.join(" or "), kind.words());
                return Err(CliError::Usage(what));
            }
        }
        Ok(())
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let written = |id: &&clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
        Ok(Self(matches.ids().filter(written).map(ToString::to_string).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_is_for_some_kind_of_target() {
        let all = ids::<super::super::Args>();
        let known = KINDS.map(Kind::flags).concat();
        let lost: Vec<_> = all.iter().filter(|id| *id != "target" && !known.contains(id)).collect();
        assert!(lost.is_empty(), "{lost:?}");
        assert!(known.iter().all(|id| all.contains(id)));
    }
}
