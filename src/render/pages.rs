//! rule → its page: what it finds, why that matters, how to mend it, how to except it. For a terminal, and in Markdown.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::guide::{self, Fix, Step};
use crate::judge::Rulebook;
use crate::model::Rule;

/// Writes the list of all rules.
///
/// # Errors
/// When `out` can't be written.
pub fn rule_list(book: &Rulebook, out: &mut dyn Write) -> io::Result<()> {
    let width = book.iter().map(|rule| rule.id.as_str().len()).max().unwrap_or(0);
    writeln!(out, "{:<width$} {:<7} {:<7} what it finds", "rule", "closed", "open")?;
    for rule in book.iter() {
        writeln!(out, "{:<width$} {:<7} {:<7} {}", rule.id.as_str(), rule.closed.word(), rule.open.word(), rule.title)?;
    }
    Ok(())
}

/// Writes the page of one rule for a terminal.
///
/// # Errors
/// When `out` can't be written.
pub fn rule_page(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}\n", rule.id, rule.title)?;
    writeln!(out, "level   {} (closed), {} (open)", rule.closed.word(), rule.open.word())?;
    writeln!(out, "why     {}", rule.why)?;
    writeln!(out, "fix     {}", rule.help)?;
    if let Some(fix) = guide::own(&rule.id).or_else(|| guide::family(rule.id.family())) {
        if let Some(intro) = &fix.intro {
            writeln!(out, "        {intro}")?;
        }
        for Step { tool, text, code, file, .. } in &fix.steps {
            writeln!(out, "\n        {tool}: {text}")?;
            let Some(code) = code else { continue };
            if let Some(file) = file {
                writeln!(out, "          {file}:")?;
            }
            for line in code.trim().lines() {
                writeln!(out, "{}", format!("            {line}").trim_end())?;
            }
        }
    }
    writeln!(out, "\nexcept  {}", except(rule))?;
    if !rule.id.is_absolute() {
        writeln!(out)?;
        for line in exception(rule).lines() {
            writeln!(out, "            {line}")?;
        }
    }
    Ok(())
}

/// How to live with a finding of this rule.
fn except(rule: &Rule) -> &'static str {
    match rule.id.family() {
        _ if rule.id.is_absolute() => "no policy lowers this rule for the artifact itself",
        "policy" => "mend the exception it names",
        "secret" => {
            "in lastlook.toml, with a reason; fingerprint = \"…\" of the JSON report names one value wherever it stands, and \
             path one place"
        }
        "release" => "in lastlook.toml, with a reason and the fingerprint that the JSON report gives",
        _ => "in lastlook.toml, for one place and with a reason",
    }
}

/// What an exception looks like.
fn exception(rule: &Rule) -> String {
    let (place, reason) = match rule.id.family() {
        "release" => ("fingerprint = \"…\"", "why this is as it should be"),
        _ => ("path = \"dist/app.js\"", "why this may ship"),
    };
    format!("[[allow]]\nrule = \"{}\"\n{place}\nreason = \"{reason}\"", rule.id)
}

/// The page of one rule in Markdown.
#[must_use]
pub fn rule_page_markdown(rule: &Rule) -> String {
    format!("# {}\n\n{}", rule.id, body(rule))
}

/// The same without its heading.
#[must_use]
pub(super) fn body(rule: &Rule) -> String {
    let steps = guide::own(&rule.id).or_else(|| guide::family(rule.id.family())).map(steps).unwrap_or_default();
    let example = if rule.id.is_absolute() || rule.id.family() == "policy" {
        String::new()
    } else {
        format!("\n\n```toml\n{}\n```", exception(rule))
    };
    format!("{}\n{steps}\n**Except.** {}{example}\n", told(rule), sentence(except(rule)))
}

/// What a rule says by itself.
fn told(rule: &Rule) -> String {
    let levels = format!("{} (closed), {} (open)", rule.closed.word(), rule.open.word());
    format!("{} Level: {levels}.\n\n{}\n\n**Fix.** {}\n", sentence(&rule.title), prose(&rule.why), sentence(&rule.help))
}

/// What to do, tool by tool.
fn steps(fix: &Fix) -> String {
    let mut text = fix.intro.as_deref().map(|intro| format!("{}\n\n", prose(intro))).unwrap_or_default();
    for Step { tool, text: what, code, language, file } in &fix.steps {
        let into = file.as_ref().map(|file| format!(" ({})", prose(file))).unwrap_or_default();
        text.push_str(&format!("- **{tool}**{into}: {}\n", prose(what)));
        let Some(code) = code else { continue };
        text.push_str(&format!("\n  ```{}\n", language.as_deref().unwrap_or_default()));
        code.trim().lines().for_each(|line| text.push_str(&format!("{}\n", format!("  {line}").trim_end())));
        text.push_str("  ```\n\n");
    }
    text
}

/// Our own words, with what Markdown would take for a mark spelled out; code between backticks stays.
fn prose(text: &str) -> String {
    let mut code = false;
    text.chars().fold(String::with_capacity(text.len() + 8), |mut safe, c| {
        code ^= c == '`';
        if !code && matches!(c, '\\' | '*' | '_' | '<' | '>' | '[' | ']' | '|') {
            safe.push('\\');
        }
        safe.push(c);
        safe
    })
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let text = prose(&first.into_iter().flatten().chain(letters).collect::<String>());
    if text.ends_with(['.', '?', '!']) { text } else { text + "." }
}

const HEAD: &str = "\
# Rules

What lastlook looks for, why, how to mend it in the tools that make it, and how to except it. `lastlook rules ID` shows the
same in a terminal. This page is written by `lastlook rules --format markdown`, and a test holds it to the rules; change
[`rules/`](../rules/README.md) or the rule's own text, not this page.

Levels are those of the two profiles: `closed`, where original source is confidential, and `open`, where it is public
already. A policy changes them, but for `archive/*` and `audit/*` ([policy](policy.md)).
";

/// All pages, by family.
#[must_use]
pub fn rule_reference(book: &Rulebook) -> String {
    let mut families: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in book.iter() {
        families.entry(rule.id.family()).or_default().push(rule);
    }
    let mut page = HEAD.to_owned();
    for (family, rules) in &families {
        page.push_str(&format!("\n- [{family}](#{family}): "));
        let links: Vec<String> = rules.iter().map(|rule| link(rule)).collect();
        page.push_str(&if rules.len() > 40 { format!("{} rules", rules.len()) } else { links.join(", ") });
    }
    page.push('\n');
    let mut shown: Vec<(&Fix, &Rule)> = Vec::new();
    for (family, rules) in families {
        page.push_str(&format!("\n## {family}\n"));
        let shared = guide::family(family);
        if let Some(fix) = shared {
            page.push_str(&format!("\n{}", steps(fix)));
        }
        if let Some(first) = rules.first() {
            page.push_str(&format!("\n**Except.** {}\n", sentence(except(first))));
        }
        for rule in rules {
            page.push_str(&format!("\n### {}\n\n{}", rule.id, told(rule)));
            let Some(fix) = guide::own(&rule.id) else { continue };
            match shown.iter().find(|(other, _)| std::ptr::eq(*other, fix)) {
                Some((_, first)) => page.push_str(&format!("\nTool by tool: as for {}.\n", link(first))),
                None => page.push_str(&format!("\n{}\n", steps(fix).trim_end())),
            }
            shown.push((fix, rule));
        }
    }
    page
}

/// A link to the heading of a rule.
fn link(rule: &Rule) -> String {
    format!("[{}](#{})", rule.id, rule.id.as_str().replace('/', ""))
}
