//! A project → its lastlook.toml, with a comment on everything.

use super::reason::{Closed, closed, short, why};
use crate::judge::Date;
use crate::project::{Package, Project};
use crate::render::advice;

/// How long a first exception should last.
const HALF_A_YEAR: u64 = 182;

pub(super) fn text(project: &Project, today: Date) -> String {
    let verdicts: Vec<(&Package, Option<Closed>)> =
        deciding(project).into_iter().map(|package| (package, closed(package, project.packages()))).collect();
    let open: Vec<&Package> =
        verdicts.iter().filter(|(_, closed)| closed.is_none()).map(|(package, _)| *package).collect();
    let all_open = !verdicts.is_empty() && open.len() == verdicts.len();
    let mut text = HEAD.to_owned();
    text.push_str(&format!("# {}\n", why(&verdicts)));
    text.push_str(&format!("profile = \"{}\"\n", if all_open { "open" } else { "closed" }));
    text.push_str(&LEVELS.replace("EXPIRES", &today.after(HALF_A_YEAR).to_string()));
    text.push_str(&bundlers(project));
    if !all_open {
        text.extend(open.into_iter().map(row));
    }
    text
}

/// The packages that can be published, be it that a release gives them their version; all of them where there is none,
/// since the policy then waits for the first.
fn deciding(project: &Project) -> Vec<&Package> {
    let found = project.packages().iter().filter(|one| !one.manifest.private && one.manifest.name.is_some());
    let found: Vec<&Package> = found.collect();
    if found.is_empty() { project.packages().iter().collect() } else { found }
}

/// The row that opens one package, or a word on why it has none.
fn row(package: &Package) -> String {
    let licence = short(package.manifest.license.as_deref().unwrap_or_default());
    match &package.manifest.name {
        Some(name) if means_itself(name) => {
            format!("\n# Its licence is {licence}.\n[[package]]\nname = \"{name}\"\nprofile = \"open\"\n")
        }
        Some(_) => {
            let name = short(package.name());
            format!(
                "\n# The licence of {name} is {licence}, but its name is a pattern that could open other packages.\n"
            )
        }
        // Nothing could be said of it that would not hold for the others without one.
        None => String::new(),
    }
}

/// Whether a name stands for itself alone, in a pattern as in quotes.
fn means_itself(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_graphic() && !r"*?[]{}!\".contains(c) && c != '"')
}

/// What keeps source maps out of a release, in the tools that this project builds with.
fn bundlers(project: &Project) -> String {
    let told: Vec<String> = project
        .habits()
        .bundlers
        .iter()
        .filter_map(|tool| Some(format!("#   {tool}: {}\n", advice("map/embedded-sources", tool)?)))
        .collect();
    if told.is_empty() {
        return String::new();
    }
    let more = "#   `lastlook rules map/embedded-sources` shows the settings.\n";
    format!("\n# What keeps source maps out of a release, in what this project builds with:\n{}{more}", told.concat())
}

const HEAD: &str = "\
# What may ship from this project. `lastlook audit` finds this file here and from every folder below.
# It is never read from inside what is audited: what is inspected cannot vouch for itself.

# \"closed\": original source is confidential. \"open\": it is public already.
";

const LEVELS: &str = r#"
# Any rule can be raised or lowered, but for archive/*, audit/* and release/swapped. `lastlook rules` lists them.
[levels]
# "path/test" = "deny"

# Which source maps may ship, by path: "none", "paths" (no text) or "sources". The last row that matches counts.
# [[maps]]
# files = "dist/public/**"
# allow = "sources"

# An exception is narrow, explained, and ends.
# [[allow]]
# rule = "secret/google-api-key"
# path = "dist/app.js"
# reason = "browser key, restricted by referrer"
# expires = EXPIRES

# Words that must not ship, in any text or name: code names, internal hosts.
# [terms]
# confidential = ["Project Tamarin", "*.corp.acme.dev"]

# The reviewed contents of each package: whatever is not on the list blocks. Write the list with
# `lastlook audit --pack --write-snapshot`, review it as you review code, and take the marks away here.
# [contents]
# snapshot = "lastlook.files"
# max_growth = "25%"
"#;

#[cfg(test)]
mod tests {
    use super::means_itself;

    #[test]
    fn a_name_that_is_a_pattern_does_not_mean_itself() {
        for name in ["a", "@acme/a.b_c-1", "A~(1)'", &"a".repeat(300)] {
            assert!(means_itself(name), "{name}");
        }
        for name in ["*", "@acme/*", "a?", "[a]", "{a,b}", "!a", r"pack\age", "a b", "a\"", "a\n", "\u{9b}2J", "\u{e9}"]
        {
            assert!(!means_itself(name), "{name}");
        }
    }
}
