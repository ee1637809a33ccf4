//! The text of an .npmrc → keys and values, read as npm reads it.

use std::borrow::Cow;

use serde_json::Value;
use std::collections::HashMap;

use zeroize::Zeroizing;

/// What one key says. Of a key that is written twice, the last counts.
pub(super) struct Setting {
    pub(super) key: String,
    /// Before variables are filled in; none where it is `null`, which sets a key to nothing.
    pub(super) value: Option<Zeroizing<String>>,
    /// Where it stands, from 1.
    pub(super) line: usize,
    list: bool,
}

/// Reads all keys above the first section; those in sections are none of npm's.
pub(super) fn parse(text: &str) -> Vec<Setting> {
    let mut found: Vec<Setting> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (line, text) in lines(text) {
        if trim(text).is_empty() || trim(text).starts_with([';', '#']) {
            continue;
        }
        if section(text) {
            break;
        }
        let (raw, value) = text.split_once('=').map_or((text, None), |(key, value)| (key, Some(value)));
        if raw.is_empty() {
            continue;
        }
        let key = plain(raw).unwrap_or_default();
        let (key, list) = match key.strip_suffix("[]").filter(|key| !key.is_empty()) {
            Some(key) => (key.to_owned(), true),
            None => (key.as_str().to_owned(), false),
        };
        let value = value.map_or_else(|| Some(Zeroizing::new("true".to_owned())), plain);
        put(&mut found, &mut places, Setting { key, value, line, list });
    }
    found
}

/// The keys and the lines they stand in, for the fuzzer; the values are for nobody else.
#[doc(hidden)]
#[must_use]
pub fn keys(text: &str) -> Vec<(String, usize)> {
    parse(text).into_iter().map(|setting| (setting.key, setting.line)).collect()
}

/// The lines and their numbers; a carriage return ends one too.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = Some(text);
    let mut number = 0;
    std::iter::from_fn(move || {
        let text = rest?;
        number += 1;
        let end = text.find(['\n', '\r']);
        rest = end.and_then(|end| {
            let behind = text.get(end..)?;
            behind.strip_prefix("\r\n").or_else(|| behind.get(1..))
        });
        Some((number, end.and_then(|end| text.get(..end)).unwrap_or(text)))
    })
}

/// Without the space that JavaScript knows, which includes a mark of the order of bytes.
fn trim(text: &str) -> &str {
    text.trim_matches(|sign: char| sign == '\u{feff}' || (sign.is_whitespace() && sign != '\u{85}'))
}

fn section(line: &str) -> bool {
    let inner = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    inner.is_some_and(|(_, behind)| trim(behind).is_empty())
}

/// Adds to a list, or takes the place of what was said before.
fn put(found: &mut Vec<Setting>, places: &mut HashMap<String, usize>, new: Setting) {
    let Some(old) = places.get(&new.key).and_then(|at| found.get_mut(*at)) else {
        places.insert(new.key.clone(), found.len());
        found.push(new);
        return;
    };
    if !old.list && !new.list {
        *old = new;
        return;
    }
    // JavaScript writes a list with commas between its items.
    let mut value = old.value.take().unwrap_or_default();
    value.push(',');
    value.push_str(new.value.as_ref().map_or("", |value| value.as_str()));
    (old.value, old.list, old.line) = (Some(value), true, new.line);
}

/// A key or a value without its quotes, escapes and comment.
fn plain(raw: &str) -> Option<Zeroizing<String>> {
    let text = trim(raw);
    let text = match (quoted(text, '"'), quoted(text, '\'')) {
        (true, _) => json(text),
        (_, true) => json(text.get(1..text.len().saturating_sub(1)).unwrap_or_default()),
        _ => Some(unescaped(text)),
    };
    text.filter(|text| *text != "null").map(|text| Zeroizing::new(text.into_owned()))
}

fn quoted(text: &str, quote: char) -> bool {
    text.starts_with(quote) && text.ends_with(quote)
}

/// What stands in quotes is read as JSON, and stays as it is where that fails.
fn json(text: &str) -> Option<Cow<'_, str>> {
    match serde_json::from_str(text) {
        Ok(Value::String(inner)) => Some(inner.into()),
        Ok(Value::Null) => None,
        Ok(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) | Err(_) => Some(text.into()),
    }
}

/// Up to a comment, and with what a backslash keeps from being one.
fn unescaped(text: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(text.len());
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        match sign {
            ';' | '#' => break,
            '\\' => match signs.next() {
                Some(kept @ ('\\' | ';' | '#')) => out.push(kept),
                Some(other) => out.extend(['\\', other]),
                None => out.push('\\'),
            },
            _ => out.push(sign),
        }
    }
    trim(&out).to_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Option<String>, usize)> {
        let value = |setting: &Setting| setting.value.as_ref().map(|value| value.to_string());
        parse(text).iter().map(|setting| (setting.key.clone(), value(setting), setting.line)).collect()
    }

    /// Each was given to the `ini` of npm 11.
    #[test]
    fn lines_are_read_as_npm_reads_them() {
        for (line, key, value) in [
            ("a=b", "a", Some("b")),
            ("  a  =  b c  ", "a", Some("b c")),
            ("\u{feff}a=b", "a", Some("b")),
            ("a = b ; c", "a", Some("b")),
            ("a = b#c", "a", Some("b")),
            (r"a = b\#c\;d\\e\f", "a", Some(r"b#c;d\e\f")),
            (r"a = b\", "a", Some(r"b\")),
            ("a = \"b;c\"", "a", Some("b;c")),
            (r#"a = "b\u0041\n""#, "a", Some("bA\n")),
            (r#"a = "b\q""#, "a", Some(r#""b\q""#)),
            ("a = 'b;c'", "a", Some("b;c")),
            ("a = '\"b\"'", "a", Some("b")),
            ("a = \"b\" ; c", "a", Some("\"b\"")),
            ("a = \"", "a", Some("\"")),
            ("a = '", "a", Some("")),
            ("a = b = c", "a", Some("b = c")),
            ("a", "a", Some("true")),
            ("a =", "a", Some("")),
            ("a = null", "a", None),
            ("a[] = b", "a", Some("b")),
            ("[] = b", "[]", Some("b")),
            ("\"a b\" = c", "a b", Some("c")),
            (" [x]", "[x]", Some("true")),
            ("[x] = b", "[x]", Some("b")),
            ("//r.example/:_authToken=${T}", "//r.example/:_authToken", Some("${T}")),
        ] {
            assert_eq!(read(line), [(key.to_owned(), value.map(str::to_owned), 1)], "{line}");
        }
        for nothing in ["", " ; a=b", "\t# a=b", "=b", "[x]\na=b", "[x] \r\na=b"] {
            assert_eq!(read(nothing), [], "{nothing:?}");
        }
    }

    #[test]
    fn the_last_of_two_counts_and_lists_add_up() {
        let text = "a=1\rb=2\r\n\r\na=3\nl[]=x\nl[]=y\nl=z";
        let row = |key: &str, value: &str, line| (key.to_owned(), Some(value.to_owned()), line);
        assert_eq!(read(text), [row("a", "3", 4), row("b", "2", 2), row("l", "x,y,z", 7)]);
    }
}
