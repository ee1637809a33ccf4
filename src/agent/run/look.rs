//! What was audited last → what anyone could recover from it, and what is new about it.

use serde_json::{Value, json};

use super::bench::Bench;
use crate::agent::core::{Effect, Outcome, Spec, Tool};
use crate::agent::release::since;
use crate::agent::session::{Session, SessionError};
use crate::model::ArtifactReport;

/// Says what anyone could recover.
pub(super) struct Recover<'c, 'b, 'm>(pub(super) &'c Bench<'b, 'm>);

/// Says what is new.
pub(super) struct Diff<'c, 'b, 'm>(pub(super) &'c Bench<'b, 'm>);

/// As many maps are told.
const MAPS: usize = 50;

impl Tool for Recover<'_, '_, '_> {
    fn spec(&self) -> Spec {
        let what = "Says what anyone could recover from what was audited last: counts and places, no texts.";
        Spec { name: "recover", what, input: json!({ "type": "object", "properties": {} }) }
    }

    fn effect(&self) -> Effect {
        Effect::Reads
    }

    fn call(&self, _: &Value, _: &mut Session<'_>) -> Result<Outcome, SessionError> {
        let said = self.0.report(|report| report.artifacts.iter().map(recoverable).collect::<String>());
        Ok(said.map_or_else(|outcome| outcome, |text| Outcome::data("the audit", text)))
    }
}

fn recoverable(artifact: &ArtifactReport) -> String {
    let exposure = &artifact.exposure;
    let mut text = format!(
        "{}: {} sources named, {} with their text, {} of others; {} lines, {} bytes\n",
        artifact.title(),
        exposure.sources,
        exposure.embedded,
        exposure.third_party,
        exposure.lines,
        exposure.bytes
    );
    for map in artifact.carried.iter().take(MAPS) {
        let place = map.inside.iter().fold(map.path.clone(), |place, inside| place + "!" + inside);
        text.push_str(&format!("  {place}\n"));
    }
    text
}

impl Tool for Diff<'_, '_, '_> {
    fn spec(&self) -> Spec {
        let what = "Says what changed since the last release: files, sizes, findings.";
        Spec { name: "diff", what, input: json!({ "type": "object", "properties": {} }) }
    }

    fn effect(&self) -> Effect {
        Effect::Reads
    }

    fn call(&self, _: &Value, _: &mut Session<'_>) -> Result<Outcome, SessionError> {
        let (plan, judge, outlet) = (self.0.plan, self.0.judge, self.0.outlet);
        let said = self.0.report(|report| {
            let rows = report.artifacts.iter().map(|artifact| since(plan, judge, outlet, artifact));
            rows.collect::<String>()
        });
        Ok(said.map_or_else(|outcome| outcome, |text| Outcome::data("the last release and this one", text)))
    }
}
