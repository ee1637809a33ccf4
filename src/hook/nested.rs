//! Shells, scripts, loops and settings of the shell → the commands in them, read on.

use std::io::Read;
use std::path::Path;

use super::reader::{LONGEST_FOLDER, Output, Reader};
use super::word::{Doubt, Field};
use super::{Refusal, shown, table};

/// How long a file of a script may be.
const LONGEST_FILE: u64 = 1 << 20;

impl Reader {
    /// A shell: its text, its file, or what it is fed.
    pub(super) fn shell(&mut self, name: &str, rest: &[Field], input: Output) -> Result<Output, Refusal> {
        let windows = ["pwsh", "powershell", "cmd"].contains(&name);
        let asks = |field: &Field| {
            let text = field.text.to_ascii_lowercase();
            if windows { ["-c", "-command", "/c", "/k"].contains(&text.as_str()) } else { is_cluster(&text) }
        };
        if let Some(at) = rest.iter().position(asks) {
            let text = rest.get(at + 1..).unwrap_or_default();
            if windows {
                return self.text(text);
            }
            let script = text.iter().find(|field| !field.text.starts_with('-')).cloned().unwrap_or_default();
            for (number, field) in text.iter().enumerate().filter(|(_, field)| field.doubt == Doubt::None) {
                self.variables.insert(number.wrapping_sub(1).to_string(), field.text.clone());
            }
            let given = text.iter().skip(2).map(|field| field.text.as_str()).collect::<Vec<_>>().join(" ");
            self.variables.insert("@".to_owned(), given.clone());
            self.variables.insert("*".to_owned(), given);
            return self.text(&[script]);
        }
        match (rest.iter().find(|field| !field.text.starts_with(['-', '+']) && !is_input(&field.text)), input) {
            (Some(file), _) => self.file(Some(file)),
            (None, Output::Text(text)) => self.script(&text),
            (None, Output::Hidden) => Err(self.unseen()),
            (None, Output::Unknown) => self.doubt(Doubt::Made).map(|()| Output::Unknown),
        }
    }

    /// Words that are a script together.
    pub(super) fn text(&mut self, words: &[Field]) -> Result<Output, Refusal> {
        let doubt = words.iter().map(|field| field.doubt).max().unwrap_or_default();
        if doubt > Doubt::None {
            self.doubt(doubt)?;
        }
        self.script(&words.iter().map(|field| field.text.as_str()).collect::<Vec<_>>().join(" "))
    }

    /// A file that a shell reads, if it is one of the project.
    pub(super) fn file(&mut self, field: Option<&Field>) -> Result<Output, Refusal> {
        let Some(field) = field.filter(|field| field.doubt == Doubt::None) else {
            return self.doubt(field.map_or(Doubt::None, |field| field.doubt)).map(|()| Output::Unknown);
        };
        if let Some(text) = self.printed.remove(field.text.trim_start_matches("./")) {
            return self.script(&text);
        }
        let path = Path::new(&self.folder).join(&field.text);
        if self.folder.is_empty() || !self.seen.insert(path.to_string_lossy().into_owned()) {
            return Ok(Output::Unknown);
        }
        let Some(text) = read(&path) else { return Ok(Output::Unknown) };
        let first = text.lines().next().unwrap_or_default();
        let shell = !first.starts_with("#!") || first.contains("sh");
        if shell { self.script(&text) } else { Ok(Output::Unknown) }
    }

    pub(super) fn enter(&mut self, rest: &[Field]) -> Output {
        match rest.iter().find(|field| !field.text.starts_with('-')) {
            None => "~".clone_into(&mut self.folder),
            Some(field) if field.text.starts_with(['/', '~', '$']) => self.folder.clone_from(&field.text),
            Some(field) => self.folder = format!("{}/{}", self.folder, field.text),
        }
        if self.folder.len() > LONGEST_FOLDER {
            self.folder.clear();
        }
        Output::Unknown
    }

    pub(super) fn define(&mut self, name: &str, rest: &[Field]) -> Result<Output, Refusal> {
        for field in rest {
            let Some((left, value)) = field.text.split_once('=') else { continue };
            if name == "alias" {
                self.script(value)?;
                self.aliases.insert(left.to_owned(), value.to_owned());
            } else {
                self.set(left, &Field { text: value.to_owned(), doubt: field.doubt })?;
            }
        }
        Ok(Output::Unknown)
    }

    /// A loop over one word is known; one over several has a variable that is not.
    pub(super) fn each(&mut self, rest: &[Field]) -> Output {
        let name = rest.first().map(|field| field.text.clone()).unwrap_or_default();
        match rest.get(2..) {
            Some([Field { text, doubt: Doubt::None }]) => self.variables.insert(name, text.clone()),
            _ => self.variables.remove(&name),
        };
        Output::Unknown
    }

    /// `xargs`: words of the input come behind those of the command, or in place of `{}`.
    pub(super) fn spread(&mut self, rest: &[Field], input: &Output) -> Result<Output, Refusal> {
        let mut fields = vec![Field::known("xargs")];
        let more = match input {
            Output::Text(text) => Field::known(text.trim()),
            Output::Hidden => Field { text: String::new(), doubt: Doubt::Hidden },
            Output::Unknown => Field { text: String::new(), doubt: Doubt::Made },
        };
        let places: usize = rest.iter().map(|field| field.text.matches("{}").count()).sum();
        self.spend(more.text.len().saturating_mul(places))?;
        fields.extend(rest.iter().map(|field| Field {
            text: field.text.replace("{}", &more.text),
            doubt: if field.text.contains("{}") { field.doubt.max(more.doubt) } else { field.doubt },
        }));
        match input {
            Output::Text(text) => fields.extend(text.split_whitespace().map(Field::known)),
            Output::Hidden | Output::Unknown => fields.push(more),
        }
        self.other("xargs", &fields, &Output::Unknown)
    }

    /// Scripts of package.json, with what runs before and after them.
    pub(super) fn scripts(&mut self, names: &[Field]) -> Result<(), Refusal> {
        let manifest = read(&Path::new(&self.folder).join("package.json")).filter(|_| !self.folder.is_empty());
        let manifest = manifest.and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
        for name in names {
            if name.doubt != Doubt::None {
                self.doubt(name.doubt)?;
            }
            let known = manifest.as_ref().and_then(|all| all.get("scripts")?.get(&name.text)?.as_str());
            let speaks = name.text.split(':').any(|part| table::VERBS.contains(&part));
            if known.is_none() && speaks {
                return Err(Refusal::Unseen(format!("the script {}", shown(&name.text))));
            }
            for name in [format!("pre{}", name.text), name.text.clone(), format!("post{}", name.text)] {
                let script = manifest.as_ref().and_then(|all| all.get("scripts")?.get(&name)?.as_str());
                let fresh = script.is_some() && self.seen.insert(format!("{}#{name}", self.folder));
                if let Some(script) = script.filter(|_| fresh) {
                    self.script(script)?;
                }
            }
        }
        Ok(())
    }
}

/// Names of what a program is fed.
pub(super) fn is_input(text: &str) -> bool {
    ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].contains(&text)
}

/// `-c`, `-lc`, `-ec`: the next word is a script.
fn is_cluster(text: &str) -> bool {
    text.starts_with('-') && !text.starts_with("--") && text.contains('c')
}

/// The text of a file that is not too long; a pipe or a folder is none.
fn read(path: &Path) -> Option<String> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let mut file = std::fs::File::open(path).ok()?.take(LONGEST_FILE);
    file.read_to_string(&mut text).ok().map(|_| text)
}
