//! A word → the words a program gets, as far as they are known without running anything.

use super::Refusal;
use super::reader::{Output, Reader};
use super::word::{Doubt, Field, Part, Word, braces, unescape};

/// What is being put together: words that are done, and the one that is not.
#[derive(Default)]
struct Fields {
    done: Vec<Field>,
    now: Option<Field>,
}

impl Fields {
    fn push(&mut self, text: &str, doubt: Doubt) {
        let now = self.now.get_or_insert_with(Field::default);
        now.text.push_str(text);
        now.doubt = now.doubt.max(doubt);
    }

    /// Text without quotes is split where it has blanks.
    fn split(&mut self, text: &str) {
        if text.starts_with([' ', '\t', '\n']) {
            self.done.extend(self.now.take());
        }
        for (at, part) in text.split_whitespace().enumerate() {
            if at > 0 {
                self.done.extend(self.now.take());
            }
            self.push(part, Doubt::None);
        }
        if text.ends_with([' ', '\t', '\n']) {
            self.done.extend(self.now.take());
        }
    }
}

impl Reader {
    /// All words of a command.
    pub(super) fn fields(&mut self, words: &[Word]) -> Result<Vec<Field>, Refusal> {
        let mut all = Vec::new();
        for word in words {
            match word.bare().and_then(braces) {
                Some(items) => {
                    self.spend(items.iter().map(String::len).sum())?;
                    all.extend(items.iter().map(|item| Field::known(item)));
                }
                None => self.expand(word, &mut all)?,
            }
        }
        Ok(all)
    }

    /// The one text that a word stands for where it is not split.
    pub(super) fn one(&mut self, word: &Word) -> Result<Field, Refusal> {
        let mut all = Vec::new();
        self.expand(word, &mut all)?;
        let doubt = all.iter().map(|field| field.doubt).max().unwrap_or_default();
        let texts: Vec<String> = all.into_iter().map(|field| field.text).collect();
        Ok(Field { text: texts.join(" "), doubt })
    }

    /// The name of a file with what commands print.
    fn as_file(&mut self, output: Output) -> (String, Doubt) {
        let name = format!("/dev/fd/{}", self.printed.len() + 3);
        match output {
            Output::Text(text) => {
                self.printed.insert(name.clone(), text);
                (name, Doubt::None)
            }
            Output::Hidden => (name, Doubt::Hidden),
            Output::Unknown => (name, Doubt::Made),
        }
    }

    fn expand(&mut self, word: &Word, all: &mut Vec<Field>) -> Result<(), Refusal> {
        let mut fields = Fields::default();
        for part in &word.parts {
            match part {
                Part::Text { text, quoted } => {
                    let pattern = !quoted && text.contains(['*', '?', '[']) && text != "[";
                    fields.push(text, if pattern { Doubt::Variable } else { Doubt::None });
                    self.spend(text.len())?;
                }
                Part::Variable { name, fallback, quoted } => {
                    let value = self.variables.get(name).or(fallback.as_ref()).cloned();
                    self.spend(value.as_ref().map_or(1, String::len))?;
                    match value {
                        None => fields.push(&format!("${name}"), Doubt::Variable),
                        Some(value) if *quoted => fields.push(&value, Doubt::None),
                        Some(value) => {
                            let apart = self.variables.get("IFS").cloned().unwrap_or_default();
                            fields.split(&value.replace(|letter| apart.contains(letter), " "));
                        }
                    }
                }
                Part::Run { commands, quoted } => match self.commands(commands)? {
                    Output::Text(text) if *quoted => fields.push(text.trim_end_matches('\n'), Doubt::None),
                    Output::Text(text) => fields.split(&text),
                    Output::Hidden => fields.push("", Doubt::Hidden),
                    Output::Unknown => fields.push("", Doubt::Made),
                },
                Part::File(commands) => {
                    let output = self.commands(commands)?;
                    let (name, doubt) = self.as_file(output);
                    fields.push(&name, doubt);
                }
                Part::Unknown => fields.push("", Doubt::Variable),
            }
        }
        all.extend(fields.done);
        all.extend(fields.now);
        Ok(())
    }
}

/// What `echo`, `printf`, `which` and `command -v` print.
pub(super) fn printed(name: &str, fields: &[Field]) -> Output {
    if fields.iter().any(|field| field.doubt == Doubt::Hidden) {
        return Output::Hidden;
    }
    if fields.iter().any(|field| field.doubt != Doubt::None) {
        return Output::Unknown;
    }
    let texts: Vec<&str> = fields.iter().skip(1).map(|field| field.text.as_str()).collect();
    match name {
        "echo" => {
            let flags = texts.iter().take_while(|text| ["-n", "-e", "-E", "-ne", "-en"].contains(*text)).count();
            Output::Text(unescape(&texts.into_iter().skip(flags).collect::<Vec<_>>().join(" ")) + "\n")
        }
        "printf" => {
            let mut rest = texts.iter().skip_while(|text| **text == "--");
            let format = unescape(rest.next().copied().unwrap_or_default());
            let mut pieces = format.split("%s");
            let mut text = pieces.next().unwrap_or_default().to_owned();
            for piece in pieces {
                text.push_str(rest.next().copied().unwrap_or_default());
                text.push_str(piece);
            }
            // A format is used again for what is left over.
            text.extend(rest.flat_map(|more| [" ", *more]));
            if text.contains('%') { Output::Unknown } else { Output::Text(text) }
        }
        _ => texts.last().map_or(Output::Unknown, |text| Output::Text((*text).to_owned())),
    }
}
