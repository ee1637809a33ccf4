//! A session → one page without a network, to be read in a browser or kept beside a release.

use super::chain::Told;
use super::line::{Line, What};
use super::words::{seconds, words};
use crate::render::{escape, marked_up};

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8884; --bad: #b42318; --good: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --good: #7ee787; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin: 1.4rem 0 .3rem; }
ol { list-style: none; margin: 0; padding: 0; } li { border-top: 1px solid var(--line); padding: .35rem 0; overflow-wrap: anywhere; }
time { font: 12px ui-monospace, monospace; margin-right: .8rem; opacity: .75; }
pre { background: #8881; font: 12px/1.4 ui-monospace, monospace; margin: .4rem 0; overflow: auto; padding: .6rem; max-height: 24rem; }
.bad { color: var(--bad); } .good { color: var(--good); } footer { font-size: 12px; margin: 2rem 0; opacity: .8; overflow-wrap: anywhere; }
";

/// The page.
#[must_use]
pub fn page(told: &Told) -> String {
    let title = format!("Release session {}", told.id);
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{0}</title><style>{STYLE}</style></head>\n\
         <body><main><h1>{0}</h1>\n<p class=\"{1}\">{2}</p>\n<ol>\n",
        shown(&title),
        if well(told) { "good" } else { "bad" },
        shown(&ending(told)),
    );
    told.lines.iter().for_each(|line| text.push_str(&row(line)));
    let torn = if told.torn > 0 { " The last line was cut off while it was written." } else { "" };
    text.push_str(&format!(
        "</ol></main>\n<footer>{} lines, each of which names the sha256 of the one before it; that of the last is {}.{torn}\
         </footer></body></html>\n",
        told.lines.len(),
        shown(&told.head)
    ));
    text
}

fn shown(text: &str) -> String {
    marked_up(&escape(text))
}

/// Several lines.
fn block(text: &str) -> String {
    text.lines().map(shown).collect::<Vec<_>>().join("\n")
}

fn well(told: &Told) -> bool {
    matches!(told.lines.last().map(|line| &line.what), Some(What::Stopped { exit: 0, .. }))
}

/// How it ended.
fn ending(told: &Told) -> String {
    match told.lines.last().map(|line| &line.what) {
        Some(what @ What::Stopped { .. }) => words(what).unwrap_or_default(),
        Some(_) | None => "It has not ended: it is running, or was cut off.".to_owned(),
    }
}

fn row(line: &Line) -> String {
    let time = format!("<time>{}</time>", shown(line.time.get(11..19).unwrap_or(&line.time)));
    let (said, below, class) = match &line.what {
        What::Phase { phase, .. } => return format!("</ol><h2>{}</h2><ol>\n", shown(phase)),
        What::Runs { what } => (format!("runs {what}"), String::new(), ""),
        What::Ran { what, ended, milliseconds, output, well } => {
            let said = format!("{what}: {ended} after {}", seconds(*milliseconds));
            (said, output.clone(), if *well { "" } else { "bad" })
        }
        What::Audited { verdict, rows, .. } => {
            let rows: Vec<String> = rows
                .iter()
                .map(|row| {
                    format!("{}  {}  {}: {}\n      fix {}", row.level, row.rule, row.place, row.message, row.help)
                })
                .collect();
            (format!("audited: {verdict}"), rows.join("\n"), if verdict == "clear" { "good" } else { "bad" })
        }
        What::Replied { model, stop, tokens, .. } => {
            (format!("{model} replies: {tokens} tokens, {stop}"), String::new(), "")
        }
        What::Leave { about, given, .. } => {
            let more = if about.lines().nth(1).is_some() { about.clone() } else { String::new() };
            (words(&line.what).unwrap_or_default(), more, if *given { "" } else { "bad" })
        }
        What::Reviewed { held: Some(_), .. } | What::Warned { .. } => {
            (words(&line.what).unwrap_or_default(), String::new(), "bad")
        }
        What::Said { model, text } => (format!("{model} says"), text.clone(), ""),
        What::Called { tool, effect, input, .. } => (format!("calls {tool}, which {effect}"), format!("{input:#}"), ""),
        What::Answered { text, failed, .. } => ("answer".to_owned(), text.clone(), if *failed { "bad" } else { "" }),
        What::Patched { files, patch } => (format!("changes {}", files.join(", ")), patch.clone(), ""),
        What::Sending { item, registry } => {
            (format!("sending {} to {registry}", item.title()), item.integrity.clone(), "")
        }
        what => (words(what).unwrap_or_default(), String::new(), ""),
    };
    let below = if below.is_empty() { String::new() } else { format!("<pre>{}</pre>", block(&below)) };
    format!("<li class=\"{class}\">{time}{}{below}</li>\n", shown(said.trim()))
}
