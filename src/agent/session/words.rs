//! What happened → a line for people.

use super::chain::Told;
use super::line::What;
use crate::render::escape;

/// What a person is told of it while it happens; none where that is no news. Texts of others are in it as they are.
#[must_use]
pub fn words(what: &What) -> Option<String> {
    Some(match what {
        What::Began { project, sandbox, .. } => format!("release of {project}; its scripts are kept in by {sandbox}"),
        What::Resumed { torn: 0 } => "going on with it".to_owned(),
        What::Resumed { torn } => format!("going on with it; its last line was cut off, and {torn} bytes are gone"),
        What::Phase { phase, round: 0 } => format!("{phase} …"),
        What::Phase { phase, round } => format!("{phase} … (again, {round})"),
        What::Note { text } => format!("  note: {text}"),
        What::Going { .. }
        | What::Runs { .. }
        | What::Called { .. }
        | What::Answered { .. }
        | What::Replied { .. }
        | What::Sending { .. } => return None,
        What::Task { text } => format!("task: {text}"),
        What::Leave { about, by, given: true, .. } => format!("  {by} lets it: {}", first(about)),
        What::Leave { about, by, why, .. } => format!("  {by} does not let it: {} ({why})", first(about)),
        What::Warned { rule, place, text } => format!("  warn  {rule}  {place}: {text}"),
        What::Proposed { item, summary } => format!("  proposes to release {}: {summary}", item.title()),
        What::Reviewed { held: Some(why), .. } => format!("  the review holds it: {why}"),
        What::Reviewed { concerns, .. } if concerns.is_empty() => "  the review holds nothing".to_owned(),
        What::Reviewed { concerns, .. } => format!("  the review asks to look at: {}", concerns.join("; ")),
        What::Ran { what, ended, milliseconds, .. } => format!("  {what}: {ended} after {}", seconds(*milliseconds)),
        What::Packed { packer, items } => {
            let list: Vec<String> =
                items.iter().map(|item| format!("{} ({} bytes)", item.title(), item.size)).collect();
            format!("  {packer} made {}", list.join(", "))
        }
        What::Audited { verdict, rows, .. } => {
            let denied = rows.iter().filter(|row| row.level == "deny").count();
            format!("  {verdict}: {denied} denied, {} warned of", rows.len() - denied)
        }
        What::Cleared { items } => {
            let list: Vec<String> = items.iter().map(|item| format!("{} {}", item.title(), item.integrity)).collect();
            format!("  cleared {}", list.join(", "))
        }
        What::Said { model, text } => format!("  {model}: {text}"),
        What::Patched { files, .. } => format!("  changing {}", files.join(", ")),
        What::Published { item, registry, tag } => format!("  published {} as {tag} at {registry}", item.title()),
        What::Verified { item, registry } => {
            format!("  {}: what {registry} serves was fetched again, audited, and is the same", item.title())
        }
        What::Stopped { stop, why, .. } if why.is_empty() => stop.clone(),
        What::Stopped { stop, why, .. } => format!("{stop}: {why}"),
    })
}

/// The first line of a text.
fn first(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// A length of time.
pub(super) fn seconds(milliseconds: u64) -> String {
    format!("{}.{} s", milliseconds / 1000, milliseconds / 100 % 10)
}

/// As much is shown of what a tool was given.
const GIVEN: usize = 120;

/// As many lines of an output are shown.
const PRINTED: usize = 12;

/// A session, for people.
#[must_use]
pub fn human(told: &Told) -> String {
    let mut text = format!("\n  session {}\n\n", told.id);
    for line in &told.lines {
        let time = line.time.get(11..19).unwrap_or(&line.time);
        let mut put = |said: &str| text.push_str(&format!("  {time}  {}\n", escape(said)));
        match &line.what {
            What::Runs { what } => put(&format!("  runs {what}")),
            What::Called { tool, effect, input, .. } => {
                let input: String = input.to_string().chars().take(GIVEN).collect();
                put(&format!("  calls {tool}, which {effect}: {input}"));
            }
            What::Said { model, text } => put(&format!("  {model}: {}", first(text))),
            What::Answered { failed: true, text, .. } => put(&format!("  which fails: {text:.200}")),
            What::Sending { item, registry } => put(&format!("  sending {} to {registry}", item.title())),
            What::Replied { model, stop, tokens, .. } => put(&format!("  {model} replies: {tokens} tokens, {stop}")),
            what => words(what).iter().for_each(|said| put(said)),
        }
        for below in below(&line.what) {
            text.push_str(&format!("            | {}\n", escape(&below)));
        }
    }
    if told.torn > 0 {
        text.push_str("            the last line was cut off while it was written\n");
    }
    let over = matches!(told.lines.last().map(|line| &line.what), Some(What::Stopped { .. }));
    if !over {
        text.push_str("\n  It has not ended: it is running, or was cut off.   lastlook agent resume\n");
    }
    text.push_str(&format!("\n  {} lines, the hash of the last of which is {}\n\n", told.lines.len(), told.head));
    text
}

/// What is shown below a line: the end of an output, what was found, a patch.
fn below(what: &What) -> Vec<String> {
    match what {
        What::Ran { well: false, output, .. } => {
            let lines: Vec<&str> = output.lines().filter(|line| !line.trim().is_empty()).collect();
            lines
                .get(lines.len().saturating_sub(PRINTED)..)
                .unwrap_or_default()
                .iter()
                .map(|line| (*line).into())
                .collect()
        }
        What::Audited { rows, .. } => {
            rows.iter().map(|row| format!("{}  {}  {}: {}", row.level, row.rule, row.place, row.message)).collect()
        }
        What::Patched { patch, .. } => patch.lines().map(str::to_owned).collect(),
        What::Said { text, .. } => text.lines().skip(1).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
