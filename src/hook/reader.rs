//! Commands → whether one of them publishes: follows variables, pipes, and scripts within scripts.

use std::collections::{BTreeMap, BTreeSet};

use super::client::{self, Meaning};
use super::expand::printed;
use super::files::{self, Use};
use super::nested::is_input;
use super::shell::{Command, parse};
use super::word::{Doubt, Field};
use super::{Refusal, mentions, outside, shown, table};

/// How many bytes are read in all, with what variables and scripts make of them.
const MOST: usize = 16 << 20;
/// How many scripts may stand in each other.
const DEEPEST: usize = 12;
/// The longest name of a folder that is kept.
pub(super) const LONGEST_FOLDER: usize = 4096;

/// What a command prints.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Output {
    Text(String),
    /// Something that hid what it says was made readable, such as base64.
    Hidden,
    Unknown,
}

/// What is known while commands are read.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) variables: BTreeMap<String, String>,
    /// Files that commands print, by their name.
    pub(super) printed: BTreeMap<String, String>,
    pub(super) aliases: BTreeMap<String, String>,
    /// Scripts of package.json, and files, that were read.
    pub(super) seen: BTreeSet<String>,
    pub(super) folder: String,
    left: usize,
    depth: usize,
    /// Some text speaks of publishing: then what is not known is no longer allowed.
    loud: bool,
    text: String,
    /// The text sets a registry or a credential.
    secrets: bool,
}

impl Reader {
    pub(super) fn new(folder: Option<&str>) -> Self {
        Self {
            variables: BTreeMap::new(),
            printed: BTreeMap::new(),
            aliases: BTreeMap::new(),
            seen: BTreeSet::new(),
            folder: folder.filter(|it| it.len() <= LONGEST_FOLDER).unwrap_or_default().to_owned(),
            left: MOST,
            depth: 0,
            loud: false,
            text: String::new(),
            secrets: false,
        }
    }

    /// Reads the command of a tool.
    pub(super) fn whole(&mut self, text: &str) -> Result<(), Refusal> {
        text.clone_into(&mut self.text);
        self.secrets = files::secrets(text);
        self.script(text).map(|_| ())
    }

    /// Reads a command whose words are known.
    pub(super) fn words(&mut self, fields: &[Field]) -> Result<(), Refusal> {
        self.text = fields.iter().map(|field| field.text.as_str()).collect::<Vec<_>>().join(" ");
        self.secrets = files::secrets(&self.text);
        self.loud = mentions(&self.text);
        self.spend(self.text.len())?;
        self.paths(fields)?;
        self.call(fields, Output::Unknown).map(|_| ())
    }

    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.left = self.left.checked_sub(bytes + 1).ok_or_else(|| self.unseen())?;
        Ok(())
    }

    pub(super) fn unseen(&self) -> Refusal {
        Refusal::Unseen(shown(&self.text))
    }

    /// What is not known is let through, unless there is talk of publishing, or it was hidden.
    pub(super) fn doubt(&self, doubt: Doubt) -> Result<(), Refusal> {
        if doubt == Doubt::Hidden || self.loud { Err(self.unseen()) } else { Ok(()) }
    }

    /// Reads a script.
    pub(super) fn script(&mut self, text: &str) -> Result<Output, Refusal> {
        self.spend(text.len())?;
        let loud = mentions(text);
        self.loud |= loud;
        self.deeper(|reader| match parse(text) {
            Ok(commands) => reader.commands(&commands),
            Err(_) if loud => Err(reader.unseen()),
            Err(_) => Ok(Output::Unknown),
        })
    }

    /// Scripts in scripts, and programs that start programs, come to an end.
    fn deeper(&mut self, read: impl FnOnce(&mut Self) -> Result<Output, Refusal>) -> Result<Output, Refusal> {
        self.depth += 1;
        let output = if self.depth > DEEPEST { Err(self.unseen()) } else { read(self) };
        self.depth -= 1;
        output
    }

    pub(super) fn commands(&mut self, commands: &[Command]) -> Result<Output, Refusal> {
        let mut last = Output::Text(String::new());
        for (at, command) in commands.iter().enumerate() {
            let input = if command.piped { last } else { Output::Unknown };
            last = self.command(command, input)?;
            // What several commands print together is more than what the last one does.
            if at > 0 && !command.piped && !command.words.is_empty() && last != Output::Hidden {
                last = Output::Unknown;
            }
        }
        Ok(last)
    }

    fn command(&mut self, command: &Command, input: Output) -> Result<Output, Refusal> {
        for (name, word) in &command.sets {
            let value = self.one(word)?;
            self.set(name, &value)?;
        }
        let mut targets = self.fields(&command.writes)?;
        for (fields, way) in
            [(&self.fields(&command.reads)?, Use::Read), (&targets, Use::Write { secrets: self.secrets })]
        {
            fields.iter().try_for_each(|field| files::check(&field.text, Some(&self.folder), way))?;
        }
        let input = match &command.here {
            None => input,
            Some(word) => match self.one(word)? {
                Field { text, doubt: Doubt::None } => Output::Text(text),
                Field { doubt: Doubt::Hidden, .. } => Output::Hidden,
                Field { .. } => Output::Unknown,
            },
        };
        let fields = self.fields(&command.words)?;
        self.paths(&fields)?;
        let output = self.call(&fields, input)?;
        if let Output::Text(text) = &output {
            targets
                .extend(fields.iter().skip(1).filter(|_| fields.first().is_some_and(|it| it.text == "tee")).cloned());
            // A script that is written may be run in the same line.
            for target in targets {
                self.spend(text.len())?;
                self.printed.insert(target.text.trim_start_matches("./").to_owned(), text.clone());
            }
        }
        Ok(output)
    }

    pub(super) fn set(&mut self, name: &str, value: &Field) -> Result<(), Refusal> {
        if value.doubt == Doubt::Hidden {
            self.doubt(value.doubt)?;
        }
        if value.doubt == Doubt::None {
            self.variables.insert(name.to_owned(), value.text.clone());
        } else {
            self.variables.remove(name);
        }
        Ok(())
    }

    /// Files that the words of a command name.
    fn paths(&mut self, fields: &[Field]) -> Result<(), Refusal> {
        let name = fields.first().map(|field| client::program(&field.text)).unwrap_or_default();
        if ["echo", "printf", "lastlook"].contains(&name.as_str()) {
            return Ok(());
        }
        let writes = outside::writes(&name, fields);
        for (at, field) in fields.iter().enumerate().skip(1) {
            let way = if writes(at) { Use::Write { secrets: self.secrets } } else { Use::Read };
            let blank = field.text.contains(char::is_whitespace) && !field.text.starts_with(['/', '~', '$', '.']);
            for piece in field.text.split(['=', ':', '@', ',']).filter(|_| !blank && field.text.len() < 4096) {
                files::check(piece, Some(&self.folder), way)?;
            }
        }
        Ok(())
    }

    /// Judges one call of a program.
    pub(super) fn call(&mut self, fields: &[Field], input: Output) -> Result<Output, Refusal> {
        let Some((first, rest)) = fields.split_first() else { return Ok(Output::Unknown) };
        if let Some(alias) = self.aliases.remove(&first.text) {
            let mut words: Vec<Field> = alias.split_whitespace().map(Field::known).collect();
            words.extend_from_slice(rest);
            return self.call(&words, input);
        }
        if first.doubt != Doubt::None {
            let verb = rest.iter().any(|field| table::VERBS.contains(&field.text.as_str()));
            return if verb || rest.is_empty() {
                self.doubt(first.doubt).map(|()| Output::Unknown)
            } else {
                Ok(Output::Unknown)
            };
        }
        let name = client::program(&first.text);
        match name.as_str() {
            "lastlook" | "" => Ok(Output::Unknown),
            "echo" | "printf" | "which" => Ok(printed(&name, fields)),
            "command" | "type" if rest.iter().any(|field| field.text.starts_with('-')) => Ok(printed("which", fields)),
            "cat" if rest.is_empty() => Ok(input),
            "tee" => Ok(input),
            "." | "source" if rest.first().is_some_and(|field| is_input(&field.text)) => self.shell("sh", &[], input),
            "sh" | "bash" | "dash" | "zsh" | "ksh" | "ash" | "fish" | "pwsh" | "powershell" | "cmd" => {
                self.shell(&name, rest, input)
            }
            "eval" | "trap" => self.text(rest),
            "." | "source" => self.file(rest.first()),
            "cd" | "pushd" => Ok(self.enter(rest)),
            "export" | "declare" | "local" | "typeset" | "readonly" | "alias" | "set" => self.define(&name, rest),
            "for" | "select" => Ok(self.each(rest)),
            "xargs" | "parallel" => self.spread(rest, &input),
            _ => self.other(&name, fields, &input),
        }
    }

    pub(super) fn other(&mut self, name: &str, fields: &[Field], input: &Output) -> Result<Output, Refusal> {
        outside::check(name, fields, &self.text)?;
        if let Output::Text(text) = input
            && outside::runs_code(name)
        {
            outside::code(text)?;
        }
        for meaning in client::meaning(name, fields) {
            match meaning {
                Meaning::Refused(refusal) => return Err(refusal),
                Meaning::Unsure(doubt) if doubt > Doubt::Variable => return Err(self.unseen()),
                Meaning::Unsure(doubt) | Meaning::Doubtful(doubt) => self.doubt(doubt)?,
                Meaning::Scripts(names) => self.scripts(&names)?,
                Meaning::Carries(at) => {
                    self.spend(fields.len().saturating_mul(64))?;
                    self.deeper(|reader| reader.call(fields.get(at..).unwrap_or_default(), Output::Unknown))?;
                }
                Meaning::Text(text) => {
                    self.script(&text)?;
                }
            }
        }
        if fields.first().is_some_and(|first| first.text.contains('/')) && !name.is_empty() {
            self.file(fields.first())?;
        }
        let hides = outside::hides(name, fields);
        Ok(if hides || *input == Output::Hidden { Output::Hidden } else { Output::Unknown })
    }
}
