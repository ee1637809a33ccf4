//! A release that is done → its record beside the session, and its version in the project.

use std::path::Path;

use serde_json::json;

use super::Plan;
use super::prepare::{bump_in, fault};
use super::verify::Done;
use crate::agent::AgentError;
use crate::agent::session::{Item, Session, What};
use crate::judge::Moment;
use crate::project::Project;

/// Writes the record, and the version that was released into the project.
pub(in crate::agent) fn record(plan: &Plan, done: &Done, session: &mut Session<'_>) -> Result<(), AgentError> {
    if plan.bump.is_some() {
        let items: Vec<&Item> = done.out().iter().map(|(item, _)| item).collect();
        versions(&plan.folder, &items, session)?;
    }
    let row = |(item, registry): &(Item, String)| json!({ "name": item.name, "version": item.version, "integrity": item.integrity, "size": item.size, "registry": registry });
    let document = json!({
        "schema": "lastlook.release/1",
        "time": Moment::now().to_string(),
        "tool": concat!("lastlook/", env!("CARGO_PKG_VERSION")),
        "session": session.id(),
        "head": session.head(),
        "released": done.out().iter().map(row).collect::<Vec<_>>(),
    });
    session.keep("release.json", format!("{document:#}\n").as_bytes())?;
    Ok(())
}

/// Says so, before anything is sent, where the version that is released could not be written into the project.
pub(super) fn can_be_written(plan: &Plan) -> Result<(), AgentError> {
    if plan.bump.is_none() || plan.dry_run {
        return Ok(());
    }
    let project = Project::read(&plan.folder)?;
    for package in project.publishable()? {
        let folder = project.root().join(&package.folder);
        // A file is replaced by another one beside it.
        tempfile::NamedTempFile::new_in(&folder)
            .map_err(|source| fault(folder.join("package.json").display().to_string(), "written", source))?;
    }
    Ok(())
}

/// Gives the packages of the project the versions that are out, where they have others.
fn versions(folder: &Path, items: &[&Item], session: &mut Session<'_>) -> Result<(), AgentError> {
    let project = Project::read(folder)?;
    let mut next = Vec::new();
    for package in project.publishable()? {
        let item = items.iter().find(|item| item.name == package.name());
        if let Some(item) = item.filter(|item| package.manifest.version.as_deref() != Some(&item.version)) {
            next.push((package.folder.clone(), item.name.clone(), item.version.clone()));
        }
    }
    if next.is_empty() {
        return Ok(());
    }
    let files = next.iter().map(|(folder, ..)| Path::new(folder).join("package.json").display().to_string()).collect();
    let rows: Vec<String> = next.iter().map(|(_, name, version)| format!("{name} becomes {version}")).collect();
    session.add(What::Patched { patch: rows.join("\n"), files })?;
    bump_in(project.root(), &project, &next)?;
    Ok(())
}
