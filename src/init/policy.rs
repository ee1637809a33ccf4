//! A project → its lastlook.toml, with a comment on everything.

use super::licence::is_open;
use crate::judge::Date;
use crate::project::{Package, Project};
use crate::render::{advice, escape};

/// How long a first exception should last.
const HALF_A_YEAR: u64 = 182;

pub(super) fn text(project: &Project, today: Date) -> String {
    let packages = published(project);
    let open: Vec<&Package> = packages.iter().copied().filter(|package| is_public(package)).collect();
    let all_open = !packages.is_empty() && open.len() == packages.len();
    let mut text = HEAD.to_owned();
    text.push_str(&format!("# {}\n", why(&packages, all_open)));
    text.push_str(&format!("profile = \"{}\"\n", if all_open { "open" } else { "closed" }));
    text.push_str(&LEVELS.replace("EXPIRES", &today.after(HALF_A_YEAR).to_string()));
    text.push_str(&bundlers(project));
    if !all_open {
        for package in open {
            let licence = package.manifest.license.as_deref().unwrap_or_default();
            let name = serde_json::to_string(package.name()).unwrap_or_default();
            let rows = format!("[[package]]\nname = {name}\nprofile = \"open\"\n");
            text.push_str(&format!("\n# Its licence is {}.\n{rows}", escape(licence)));
        }
    }
    text
}

/// The packages that are published; all of them where none is, since the policy then waits for the first.
fn published(project: &Project) -> Vec<&Package> {
    project.publishable().unwrap_or_else(|_| project.packages().iter().collect())
}

/// Whether the source of a package is public by its licence, and nothing says otherwise.
fn is_public(package: &Package) -> bool {
    let restricted = package.manifest.publish_config.get("access").is_some_and(|access| access == "restricted");
    !restricted && !package.manifest.private && package.manifest.license.as_deref().is_some_and(is_open)
}

/// Why this profile.
fn why(packages: &[&Package], open: bool) -> String {
    let mut licences: Vec<&str> = packages.iter().filter_map(|package| package.manifest.license.as_deref()).collect();
    licences.sort_unstable();
    licences.dedup();
    let licences = escape(&licences.join(", "));
    match (open, licences.as_str()) {
        (true, _) => format!("Here it is open: what is published is under {licences}."),
        (false, "") => "Here it is closed: no licence makes the source public.".to_owned(),
        (false, _) => format!("Here it is closed: of the licences ({licences}) not all make the source public."),
    }
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
# Any rule can be raised or lowered, but for archive/* and audit/*. `lastlook rules` lists them.
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
