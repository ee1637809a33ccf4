//! A YAML file → one list or one word of its top level: the little that settings of pnpm and yarn ask for.

/// The list under `key`: `- item` lines, or `[a, b]` on one line or several.
pub(super) fn list(text: &str, key: &str) -> Option<Vec<String>> {
    let mut lines = text.lines().map(bare).skip_while(|line| value(line, key).is_none());
    let first = value(lines.next()?, key)?.trim();
    if let Some(flow) = first.strip_prefix('[') {
        let mut whole = flow.to_owned();
        while !whole.contains(']') {
            whole.push_str(lines.next()?);
        }
        let inside = whole.split(']').next().unwrap_or_default();
        return Some(items(inside));
    }
    let block = lines.filter(|line| !line.trim().is_empty()).map_while(|line| line.trim_start().strip_prefix('-'));
    Some(block.map(|item| unquote(item.trim())).collect())
}

/// The word under `key`.
pub(super) fn word(text: &str, key: &str) -> Option<String> {
    let found = text.lines().map(bare).find_map(|line| value(line, key).map(|value| unquote(value.trim())));
    found.filter(|word| !word.is_empty())
}

/// The line without its comment. A `#` begins one at the start or behind a space, outside of quotes.
fn bare(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, sign) in line.char_indices() {
        match quote {
            Some(open) if open == sign => quote = None,
            None if sign == '#' && before.is_whitespace() => return line.get(..at).unwrap_or_default(),
            // A quote in the middle of a word is a letter.
            None if (sign == '"' || sign == '\'') && !before.is_alphanumeric() => quote = Some(sign),
            Some(_) | None => {}
        }
        before = sign;
    }
    line
}

/// What follows `key:` on a line of the top level.
fn value<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let rest = ["", "\"", "'"].into_iter().find_map(|quote| {
        let rest = line.strip_prefix(quote)?.strip_prefix(key)?.strip_prefix(quote)?;
        rest.trim_start().strip_prefix(':')
    })?;
    (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some(rest)
}

/// The items of a list in brackets; a comma inside quotes or braces divides nothing.
fn items(inside: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut item = String::new();
    let (mut quote, mut depth) = (None, 0_i32);
    for sign in inside.chars() {
        match (quote, sign) {
            (Some(open), _) if open == sign => quote = None,
            (None, '"' | '\'') => quote = Some(sign),
            (None, '{') => depth += 1,
            (None, '}') => depth -= 1,
            (Some(_) | None, _) => {}
        }
        if sign == ',' && quote.is_none() && depth == 0 {
            found.push(std::mem::take(&mut item));
        } else {
            item.push(sign);
        }
    }
    found.push(item);
    found.iter().map(|item| unquote(item.trim())).filter(|item| !item.is_empty()).collect()
}

fn unquote(word: &str) -> String {
    let inside = |quote: char| word.strip_prefix(quote)?.strip_suffix(quote);
    match (inside('"'), inside('\'')) {
        (Some(word), _) => word.replace("\\\"", "\"").replace("\\\\", "\\"),
        (None, Some(word)) => word.replace("''", "'"),
        (None, None) => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_the_same_in_every_form() {
        let wanted = Some(vec!["packages/*".to_owned(), "!**/test/**".to_owned(), "{a,b}".to_owned()]);
        for text in [
            "packages:\n  - packages/*\n  - '!**/test/**'\n  - \"{a,b}\"\ncatalog:\n  - no\n",
            "# first\nother: 1\n\npackages: # all\n- packages/* # some\n\n# more\n- \"!**/test/**\"\n-   '{a,b}'\n",
            "\"packages\": [packages/*, '!**/test/**', \"{a,b}\"]\n",
            "packages: [ 'packages/*',\n  \"!**/test/**\", # none\n  {a,b},\n]\nx: [y]\n",
        ] {
            assert_eq!(list(&text.replace('\n', "\r\n"), "packages"), wanted, "{text}");
            assert_eq!(list(text, "packages"), wanted, "{text}");
        }
        assert_eq!(list("packages:\n", "packages"), Some(Vec::new()));
        assert_eq!(list("nested:\n  packages:\n    - a\n", "packages"), None);
    }

    #[test]
    fn a_word_is_read_without_quotes_and_comment() {
        assert_eq!(word("a: 1\nyarnPath: '.yarn/y #1.cjs' # it\n", "yarnPath"), Some(".yarn/y #1.cjs".to_owned()));
        assert_eq!(word("yarnPathOther: x\n", "yarnPath"), None);
    }
}
