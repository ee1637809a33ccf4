//! A YAML file → one list or one word of its top level: the little that settings of pnpm and yarn ask for.

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::ProjectError;

/// What is wrong, and the line it is in.
type Fault = (usize, String);

/// The list under `key` of the file that is called `file`; `None` where it has no such key.
pub(super) fn list(text: &str, file: &str, key: &str) -> Result<Option<Vec<String>>, ProjectError> {
    find(&lenient(text), key)
        .and_then(|found| found.map(|value| items(value, key)).transpose())
        .map_err(|fault| told(file, fault))
}

/// The word under `key`; `None` where it is empty, or there is no such key.
pub(super) fn word(text: &str, file: &str, key: &str) -> Result<Option<String>, ProjectError> {
    let one = |(line, value): (usize, Vec<Item<'_>>)| match value.into_iter().next() {
        Some((_, Event::Scalar(word, style, ..))) => Ok((!void(&word, style)).then(|| word.into_owned())),
        _ => Err((line, format!("{key:?} is no text; write it as text on one line"))),
    };
    find(&lenient(text), key)
        .and_then(|found| found.map(one).transpose())
        .map(Option::flatten)
        .map_err(|fault| told(file, fault))
}

/// The text with brackets that close at the start of a line moved by a space. YAML forbids them there; people write
/// them so and package managers read them. No other text can begin a line that way below a key.
fn lenient(text: &str) -> String {
    text.replace("\n]", "\n ]").replace("\n}", "\n }")
}

fn told(file: &str, (line, why): Fault) -> ProjectError {
    ProjectError::Yaml { file: file.to_owned(), line, why }
}

type Item<'t> = (usize, Event<'t>);

/// The steps of a reader, with the lines they were taken in. What settings never hold, and what could hide or add a
/// value, is a fault: whoever packs may read it otherwise.
struct Steps<'t>(Parser<'t, StrInput<'t>>);

impl<'t> Steps<'t> {
    fn next(&mut self) -> Result<Item<'t>, Fault> {
        let (event, span): (Event<'t>, Span) = match self.0.next() {
            Some(step) => step.map_err(|error: ScanError| {
                (error.marker().line(), format!("it is no YAML: {}; correct it there", error.info()))
            })?,
            None => (Event::StreamEnd, Span::default()),
        };
        Ok((span.start.line(), event))
    }

    /// All the steps of the value that comes next.
    fn value(&mut self) -> Result<Vec<Item<'t>>, Fault> {
        let (mut found, mut depth) = (Vec::new(), 0_usize);
        loop {
            let item = self.next()?;
            match &item.1 {
                Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
                Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
                Event::StreamEnd => return Err((item.0, "it ends within a value".to_owned())),
                _ => {}
            }
            found.push(item);
            if depth == 0 {
                return Ok(found);
            }
        }
    }
}

/// The value under `key` of the one document, and the line its key stands in.
fn find<'t>(text: &'t str, key: &str) -> Result<Option<(usize, Vec<Item<'t>>)>, Fault> {
    let mut steps = Steps(Parser::new_from_str(text));
    steps.next()?;
    if matches!(steps.next()?.1, Event::StreamEnd) {
        return Ok(None);
    }
    let mut found = None;
    match steps.next()? {
        (line, Event::MappingStart(_, tag)) => plain(line, tag.as_deref(), "map")?,
        (_, Event::Scalar(word, style, ..)) if void(&word, style) => return end(&mut steps).map(|()| None),
        (line, _) => return Err((line, "it holds no `key: value` lines at its top; write them so".to_owned())),
    }
    loop {
        let (line, name) = match steps.next()? {
            (_, Event::MappingEnd) => break,
            (line, Event::Scalar(name, _, _, tag)) if name != "<<" => {
                plain(line, tag.as_deref(), "str")?;
                (line, name)
            }
            (line, _) => {
                return Err((line, "a key at its top is no plain word; write every key as a word".to_owned()));
            }
        };
        let value = steps.value()?;
        if name == key && found.replace((line, value)).is_some() {
            return Err((line, format!("it states {key:?} twice; keep one")));
        }
    }
    end(&mut steps).map(|()| found)
}

/// Nothing may follow the first document: which of them counts is another one for each reader.
fn end(steps: &mut Steps<'_>) -> Result<(), Fault> {
    steps.next()?;
    match steps.next()? {
        (_, Event::StreamEnd) => Ok(()),
        (line, _) => Err((line, "a second document begins; keep one".to_owned())),
    }
}

fn items((line, value): (usize, Vec<Item<'_>>), key: &str) -> Result<Vec<String>, Fault> {
    let mut steps = value.into_iter();
    match steps.next() {
        Some((_, Event::SequenceStart(_, tag))) => plain(line, tag.as_deref(), "seq")?,
        // A key with nothing behind it.
        Some((_, Event::Scalar(word, style, ..))) if void(&word, style) => return Ok(Vec::new()),
        _ => return Err((line, format!("{key:?} is no list; write one `- item` line for each"))),
    }
    let mut found = Vec::new();
    for (line, step) in steps {
        match step {
            Event::Scalar(word, style, _, tag) if !void(&word, style) => {
                plain(line, tag.as_deref(), "str")?;
                found.push(word.into_owned());
            }
            Event::SequenceEnd => return Ok(found),
            _ => return Err((line, format!("an item of {key:?} is no text; write each as plain or quoted text"))),
        }
    }
    Ok(found)
}

/// Whether there is nothing: what YAML calls null.
fn void(word: &str, style: ScalarStyle) -> bool {
    style == ScalarStyle::Plain && matches!(word, "" | "~" | "null" | "Null" | "NULL")
}

/// A tag may only say what the value is anyway; others change it.
fn plain(line: usize, tag: Option<&Tag>, kind: &str) -> Result<(), Fault> {
    match tag {
        Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == kind) => {
            Err((line, "a tag (`!name`) can't be followed here; take it out".to_owned()))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages(text: &str) -> Result<Option<Vec<String>>, String> {
        list(text, "f.yaml", "packages").map_err(|error| error.to_string())
    }

    #[test]
    fn a_list_reads_the_same_in_every_form() {
        let wanted = Ok(Some(vec!["packages/*".to_owned(), "!**/test/**".to_owned(), "{a,b}".to_owned()]));
        for text in [
            "packages:\n  - packages/*\n  - '!**/test/**'\n  - \"{a,b}\"\ncatalog:\n  - no\n",
            "# first\nother: 1\n\npackages: # all\n- packages/* # some\n\n# more\n- \"!**/test/**\"\n-   '{a,b}'\n",
            "\"packages\": [packages/*, '!**/test/**', \"{a,b}\"]\n",
            "packages: [ 'packages/*',\n  \"!**/test/**\", # none\n  '{a,b}',\n]\nx: [y]\n",
            "packages:\n  -\n    packages/*\n  - >-\n    !**/test/**\n  - !!str '{a,b}'\n",
            "---\n\"packages\" :\n- \"packa\\x67es/*\"\n- |-\n  !**/test/**\n- '{a,b}'\n...\n",
            "{other: {packages: [no]}, packages: [packages/*, '!**/test/**', '{a,b}']}\n",
            "? packages\n: - packages/*\n  - \"!**/\\\n     test/**\"\n  - '{a,b}'\n",
            "%YAML 1.2\n--- !!map\n'packages': !!seq\n- &one packages/*\n- '!**/test/**'\n- '{a,b}'\nx: *one\n",
        ] {
            assert_eq!(packages(&text.replace('\n', "\r\n")), wanted, "{text}");
            assert_eq!(packages(text), wanted, "{text}");
        }
        assert_eq!(packages("packages:\n"), Ok(Some(Vec::new())));
        assert_eq!(packages("packages:\n- a\n  b\n"), Ok(Some(vec!["a b".to_owned()])));
        for none in ["nested:\n  packages:\n    - a\n", "", "# only\n", "---\n", "x: 1\n"] {
            assert_eq!(packages(none), Ok(None), "{none}");
        }
    }

    #[test]
    fn what_could_hide_a_value_is_a_fault_with_its_line() {
        for (text, wanted) in [
            ("x: &a [b]\npackages: *a\n", "f.yaml:2: \"packages\" is no list; write one"),
            ("x: &a b\npackages:\n- c\n- *a\n", "f.yaml:4: an item of \"packages\" is no text"),
            ("packages:\n- [a]\n", "f.yaml:2: an item of \"packages\" is no text"),
            ("packages:\n- a\n-\n", "f.yaml:3: an item of \"packages\" is no text"),
            ("packages: packages/*\n", "f.yaml:1: \"packages\" is no list"),
            ("x: 1\n<<: {packages: [a]}\n", "f.yaml:2: a key at its top is no plain word"),
            ("? [packages]\n: [a]\n", "f.yaml:1: a key at its top is no plain word"),
            ("packages: [a]\npackages: [b]\n", "f.yaml:2: it states \"packages\" twice; keep one"),
            ("packages: [a]\n---\npackages: [b]\n", "f.yaml:2: a second document begins; keep one"),
            ("packages: [!!binary cGFja2FnZXMvYg==]\n", "f.yaml:1: a tag (`!name`) can't be followed here"),
            ("!!binary cGFja2FnZXM=: [a]\n", "f.yaml:1: a tag (`!name`) can't be followed here"),
            ("- packages\n", "f.yaml:1: it holds no `key: value` lines"),
            ("packages: [a\n", "f.yaml:2: it is no YAML: "),
        ] {
            let told = packages(text).unwrap_err();
            assert!(told.starts_with(wanted), "{text}{told}");
        }
    }

    #[test]
    fn a_word_is_read_without_quotes_and_comment() {
        let path = |text| word(text, ".yarnrc.yml", "yarnPath").map_err(|error| error.to_string());
        assert_eq!(path("a: 1\nyarnPath: '.yarn/y #1.cjs' # it\n"), Ok(Some(".yarn/y #1.cjs".to_owned())));
        assert_eq!(path("yarnPath:\n  .yarn/y.cjs\n"), Ok(Some(".yarn/y.cjs".to_owned())));
        assert_eq!(path("yarnPathOther: x\n"), Ok(None));
        assert_eq!(path("yarnPath:\n"), Ok(None));
        assert!(path("yarnPath: [x]\n").unwrap_err().starts_with(".yarnrc.yml:1: \"yarnPath\" is no text"));
    }
}
