//! A project's settings for package managers → the variables they name; a credential written into them is refused.

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::PackError;

/// The settings that package managers read in a project, and how each writes a key and its value.
const SETTINGS: &[(&str, Form)] = &[
    (".npmrc", Form::Ini),
    (".yarnrc", Form::Words),
    (".yarnrc.yml", Form::Yaml),
    ("bunfig.toml", Form::Toml),
    (".bunfig.toml", Form::Toml),
];

/// No settings need more.
const MOST: u64 = 1 << 20;

/// What is shorter is a word that stands in for a value: `${NPM_TOKEN:-NONE}`.
const SHORT: usize = 8;

#[derive(Clone, Copy)]
enum Form {
    /// `key=value`
    Ini,
    /// `key value`
    Words,
    /// `key: value`
    Yaml,
    /// `key = "value"`
    Toml,
}

/// The names of the files that are looked at.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().map(|(name, _)| *name)
}

/// Whether `name` is one of the files that are looked at.
pub(super) fn looked_at(name: &str) -> bool {
    SETTINGS.iter().any(|(file, _)| *file == name)
}

/// Reads the settings in `folders` and gives the names of the variables in them; `top` is where paths are told from.
pub(super) fn references(folders: &BTreeSet<PathBuf>, top: &Path) -> Result<BTreeSet<String>, PackError> {
    let mut names = BTreeSet::new();
    for (folder, (name, form)) in folders.iter().flat_map(|folder| SETTINGS.iter().map(move |row| (folder, row))) {
        let path = folder.join(name);
        let file = || path.strip_prefix(top).unwrap_or(&path).display().to_string();
        let text = read(&path).map_err(|source| PackError::Settings { file: file(), source })?;
        if let Some(line) = written_out(&text, *form, &mut names) {
            return Err(PackError::Credential { file: file(), line });
        }
    }
    Ok(names)
}

/// The line in which a credential stands; the variables that are named in the lines before it.
fn written_out(text: &str, form: Form, names: &mut BTreeSet<String>) -> Option<usize> {
    // npm takes a carriage return alone for the end of a line too.
    for (line, text) in text.replace("\r\n", "\n").split(['\n', '\r']).enumerate() {
        let found = values(text, form).into_iter().any(|value| literal(value, names));
        // Other settings name variables too, and an absent one stops Yarn.
        if with_password(&split(text, names)) || found {
            return Some(line + 1);
        }
    }
    None
}

/// Whether a file of this name and text is one of those settings, and holds a credential.
#[must_use]
pub fn holds_credential(name: &str, text: &str) -> bool {
    let form = SETTINGS.iter().find(|(file, _)| *file == name || file.strip_prefix('.') == Some(name));
    form.is_some_and(|(_, form)| written_out(text, *form, &mut BTreeSet::new()).is_some())
}

/// The text of a file; empty where there is none.
fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    match path.metadata() {
        Ok(meta) if meta.is_file() => std::fs::File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?,
        Ok(_) => return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(error),
    };
    if bytes.len() as u64 > MOST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too large"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What stands behind the keys of credentials on this line.
fn values(line: &str, form: Form) -> Vec<&str> {
    let line = line.trim();
    if line.starts_with('#') || (line.starts_with(';') && matches!(form, Form::Ini)) {
        return Vec::new();
    }
    match form {
        Form::Ini => line.split_once('=').filter(|(key, _)| is_key(key)).map(|(_, value)| value).into_iter().collect(),
        Form::Words => {
            let parts = line.split_once(char::is_whitespace);
            parts.filter(|(key, _)| is_key(key)).map(|(_, value)| value).into_iter().collect()
        }
        Form::Yaml => {
            ["npmAuthToken", "npmAuthIdent"].iter().flat_map(|key| after(line, key, ':')).map(further).collect()
        }
        Form::Toml => ["token", "password"].iter().flat_map(|key| after(line, key, '=')).map(further).collect(),
    }
}

/// Keys end with the kind of the credential, behind the registry it is for.
fn is_key(key: &str) -> bool {
    let key = key.trim().trim_matches(['"', '\'']);
    let last = key.rsplit(':').next().unwrap_or(key).to_ascii_lowercase();
    matches!(last.as_str(), "_authtoken" | "_auth" | "_password" | "key")
}

/// The values of `key` on a line, also inside of braces.
fn after<'l>(line: &'l str, key: &str, sign: char) -> Vec<&'l str> {
    let starts = line.match_indices(key).filter(|(at, _)| {
        let before = line.get(..*at).and_then(|before| before.chars().next_back());
        before.is_none_or(|before| !before.is_alphanumeric() && before != '_')
    });
    let rests = starts.filter_map(|(at, _)| line.get(at + key.len()..));
    let values = rests.filter_map(|rest| rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(sign));
    values.map(str::trim_start).map(|value| quoted(value).filter(|inner| !inner.is_empty()).unwrap_or(value)).collect()
}

/// A value that does not stand on the line of its key goes on in the next ones, which nobody should have to guess.
fn further(value: &str) -> &str {
    let begins =
        value.is_empty() || value.starts_with(['|', '>', '#']) || value.starts_with("\"\"") || value.starts_with("''");
    if begins { "on the next line" } else { value }
}

/// What stands in quotes at the start of `text`.
fn quoted(text: &str) -> Option<&str> {
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.split(*quote).next())
}

/// Whether a value says anything itself, besides naming variables.
fn literal(value: &str, names: &mut BTreeSet<String>) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    // Bun also names a variable without braces.
    if let Some(name) = value.strip_prefix('$').filter(|name| !name.is_empty() && name.chars().all(is_word)) {
        names.insert(name.to_owned());
        return false;
    }
    let rest = split(value, names);
    let rest = rest.split(" #").next().unwrap_or_default();
    !rest.trim_matches(|sign: char| sign.is_whitespace() || "\"',:}".contains(sign)).is_empty()
}

fn is_word(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || sign == '_'
}

/// The text without its `${NAME}`; what stands in for an absent value stays, if it is long enough to be one.
fn split(text: &str, names: &mut BTreeSet<String>) -> String {
    let mut parts = text.split("${");
    let mut rest = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inside, behind) = part.split_once('}').unwrap_or((part, ""));
        let end = inside.find(|sign| !is_word(sign)).unwrap_or(inside.len());
        let (name, other) = inside.split_at(end);
        if !name.is_empty() && !name.starts_with(|sign: char| sign.is_ascii_digit()) {
            names.insert(name.to_owned());
        }
        let other = other.trim_start_matches([':', '-', '?']);
        rest.push_str(if other.len() < SHORT { "" } else { other });
        rest.push_str(behind);
    }
    rest
}

/// Whether an address on this line carries a password, or a token in place of a user.
fn with_password(line: &str) -> bool {
    line.split("://").skip(1).any(|rest| {
        let host = rest.split(['/', '"', '\'', ' ', '?', '#']).next().unwrap_or_default();
        let user = host.rsplit_once('@').map_or("", |(user, _)| user);
        user.split_once(':').map_or(user.len() >= SHORT, |(_, password)| !password.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, text: &str) -> (bool, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), format!("\n{text}\n")).unwrap();
        match references(&BTreeSet::from([folder.path().to_owned()]), folder.path()) {
            Ok(names) => (false, names.into_iter().collect()),
            Err(PackError::Credential { file, line }) => {
                assert_eq!((file.as_str(), line), (name, 2));
                (true, Vec::new())
            }
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn a_credential_that_is_written_out_is_seen() {
        for (name, text) in [
            (".npmrc", "//r.example/:_authToken=npm_0123456789"),
            (".npmrc", "_auth = \"dXNlcjpwYXNz\""),
            (".npmrc", "//r.example/:_password=x"),
            (".npmrc", "//r.example/:_authToken=${A:-npm_0123456789}"),
            (".npmrc", "registry=https://user:pass@r.example/"),
            (".yarnrc", "\"//r.example/:_authToken\" \"npm_0123456789\""),
            (".yarnrc.yml", "npmAuthToken: abc"),
            (".yarnrc.yml", "npmAuthToken:\n  npm_0123456789"),
            (".yarnrc.yml", "npmAuthToken: >-\n  npm_0123456789"),
            (".npmrc", "registry=https://npm_0123456789@r.example/"),
            ("bunfig.toml", "token = \"\"\"\nabc\"\"\""),
            (".yarnrc.yml", "  r.example: { npmAuthIdent: \"a:b\", npmAlwaysAuth: true }"),
            ("bunfig.toml", "acme = { token = \"abc\", url = \"https://r.example/\" }"),
            ("bunfig.toml", "registry = \"https://u:p@r.example\""),
        ] {
            assert!(refused(name, text).0, "{name}: {text}");
        }
    }

    #[test]
    fn a_name_of_a_variable_is_no_credential() {
        for (name, text, wanted) in [
            (".npmrc", "//r.example/:_authToken=${NPM_TOKEN}", &["NPM_TOKEN"][..]),
            (".npmrc", "# _auth=abc", &[]),
            (".npmrc", "registry=https://${U}:${P}@r.example/", &["P", "U"]),
            (".npmrc", "always-auth=true", &[]),
            (".npmrc", "//r.example/:_auth=${A?}", &["A"]),
            (".yarnrc.yml", "npmAuthToken: \"${NPM_TOKEN:-NONE}\" # ours", &["NPM_TOKEN"]),
            (".yarnrc.yml", "httpProxy: ${PROXY-}", &["PROXY"]),
            (".yarnrc.yml", "x: { npmAuthToken: \"${A}\", npmAlwaysAuth: true }", &["A"]),
            ("bunfig.toml", "acme = { token = \"$NPM_TOKEN\", url = \"https://r.example/\" }", &["NPM_TOKEN"]),
        ] {
            assert_eq!(refused(name, text), (false, wanted.iter().map(|name| (*name).to_owned()).collect()), "{text}");
        }
    }
}
