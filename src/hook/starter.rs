//! The words of a program that starts another → the command that it starts.

use super::client::{Meaning, program};
use super::table::OWN;
use super::word::Field;

/// Programs that start others: where the command begins can't be told for sure, so each place is a candidate until a word
/// stands there that is neither a flag nor the value of one.
pub(super) fn started(fields: &[Field], from: usize, words: usize) -> Vec<Meaning> {
    let (mut all, mut open, mut free) = (Vec::new(), false, words);
    let dashes = fields.iter().enumerate().skip(from).take(64).find(|(_, field)| field.text == "--");
    all.extend(dashes.map(|(at, _)| Meaning::Carries(at + 1)));
    for (at, field) in fields.iter().enumerate().skip(from).take(64) {
        let text = field.text.as_str();
        let (flag, value) = text.split_once('=').unwrap_or((text, ""));
        if text.contains(char::is_whitespace) {
            let script = if text.starts_with('-') && !value.is_empty() { value } else { text };
            all.push(Meaning::Text(script.to_owned()));
            open = false;
        } else if flag.starts_with('-') {
            open = value.is_empty() && text != "--";
        } else if flag.len() < text.len() || OWN.contains(&text) {
            open = false;
        } else {
            all.push(Meaning::Carries(at));
            let goes_on = open || free > 0 || text.starts_with(|c: char| c.is_ascii_digit());
            if !goes_on || quotes(&program(text)) {
                break;
            }
            free = free.saturating_sub(usize::from(!open));
            open = false;
        }
    }
    all
}

/// Programs whose words are data.
fn quotes(name: &str) -> bool {
    ["echo", "printf", "grep", "rg", "egrep", "sed", "awk", "ls", "cat", "git", "test", "head", "wc"].contains(&name)
}

/// `find -exec`, `git rebase -x`, `git bisect run`.
pub(super) fn executed(fields: &[Field]) -> Vec<Meaning> {
    let mut all = Vec::new();
    for (at, field) in fields.iter().enumerate().skip(1) {
        if all.len() < 16
            && ["-exec", "-execdir", "-ok", "-okdir", "-x", "-X", "--exec", "run", "foreach"]
                .contains(&field.text.as_str())
        {
            let text = fields.get(at + 1).filter(|it| it.text.contains(' '));
            all.push(text.map_or(Meaning::Carries(at + 1), |it| Meaning::Text(it.text.clone())));
        }
    }
    all
}

/// Aliases of git that begin with `!` are scripts.
pub(super) fn git_aliases(rest: &[Field]) -> Vec<Meaning> {
    let whole = rest.iter().any(|field| field.text.starts_with("alias."));
    let texts = rest.iter().filter_map(|field| field.text.split_once('!')).filter(|_| whole);
    texts.map(|(_, script)| Meaning::Text(script.to_owned())).collect()
}

/// `node path/to/npm-cli.js publish`, `node --run release`.
pub(super) fn script_of(fields: &[Field]) -> Vec<Meaning> {
    if let Some(at) = fields.iter().position(|field| field.text == "--run" || field.text == "task") {
        return fields.get(at + 1).map(|field| Meaning::Scripts(vec![field.clone()])).into_iter().collect();
    }
    let first = fields.iter().enumerate().skip(1).find(|(_, field)| !field.text.starts_with('-'));
    let clients = ["npm", "npx", "pnpm", "yarn", "bun", "lerna", "changeset", "vsce", "corepack", "semantic-release"];
    let carries =
        first.filter(|(_, field)| clients.contains(&program(&field.text).as_str()) && field.text.contains('/'));
    carries.map(|(at, _)| Meaning::Carries(at)).into_iter().collect()
}
