//! A site → what it gives away.

use super::eyes::Eyes;
use crate::agent::watch::{Part, Sight};
use crate::cli::verify::address;
use crate::verify::site::visit;

pub(super) fn look(eyes: &Eyes<'_>, target: &str) -> Result<Sight, String> {
    let start = address(target).map_err(|error| error.to_string())?;
    let seen = visit(&start, &eyes.origins, &eyes.bounds, None).map_err(|error| error.to_string())?;
    let mut report = eyes.auditor().audit_fetched(&seen.sets);
    seen.explain(&mut report);
    eyes.rules.hush_report(&mut report);
    // Where nothing could be fetched, nothing went.
    let unread = || report.artifacts.iter().flat_map(|one| &one.rulings).find(|ruling| ruling.finding.unread);
    if seen.sets.iter().all(|set| set.files.is_empty()) {
        let why = unread().map_or("it serves nothing that could be read", |ruling| ruling.finding.message.as_str());
        return Err(why.to_owned());
    }
    let part = Part { look: eyes.judged(&report, true), ..Part::default() };
    Ok(Sight { policy: eyes.policy.digest.clone(), parts: [(String::new(), part)].into(), ..Sight::default() })
}
