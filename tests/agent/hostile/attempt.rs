//! One way of attacking, and what shows that it works where nothing holds it back.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What a run without a sandbox must show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Each of these was heard by a listener.
    Heard(&'static [&'static str]),
    /// Each of these was printed; `{canary}` stands for any canary.
    Printed(&'static [&'static str]),
    /// Each of these paths below the root changed, is new or is gone.
    Changed(&'static [&'static str]),
    /// A tarball that was packed holds this; `{canary}` stands for any canary.
    Packed(&'static str),
    /// The process that stands for lastlook is gone, or stopped.
    Ended,
    Stopped,
    /// It is stopped by a limit. There is no control, and this is why.
    Limit(&'static str),
    /// There is no control, since a success would harm the machine or take it over.
    Untried(&'static str),
    /// The kernel of this machine refuses it to everyone, which is why.
    Refused(&'static str),
}

/// A build that attacks.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub name: &'static str,
    /// One sentence.
    pub what: &'static str,
    /// By the name of the script.
    pub scripts: BTreeMap<String, String>,
    pub files: Vec<(String, String)>,
    /// What its package.json has besides.
    pub manifest: Map<String, Value>,
    /// A program that must be installed.
    pub needs: Option<&'static str>,
    pub expect: Vec<Expect>,
    /// What holds for a user other than root, where that is less: the kernel refuses the rest to it anyway.
    pub others: Option<Vec<Expect>>,
    /// How many seconds after its end something may still come.
    pub after: u64,
}

impl Attempt {
    pub fn new(name: &'static str, what: &'static str, expect: Expect) -> Self {
        Self {
            name,
            what,
            scripts: BTreeMap::new(),
            files: Vec::new(),
            manifest: Map::new(),
            needs: None,
            expect: vec![expect],
            others: None,
            after: 0,
        }
    }

    /// Runs a program once the package is built, which is when it has something to lose.
    pub fn program(self, name: &str, text: &str) -> Self {
        let runner = match name.rsplit_once('.').unwrap().1 {
            "js" => "node",
            "py" => "/usr/bin/python3",
            _ => "sh",
        };
        let command = format!("{runner} ./{name} || true");
        let with = self.file(name, text).script("postbuild", &command);
        if runner == "/usr/bin/python3" { with.needs("/usr/bin/python3") } else { with }
    }

    /// Runs a C program, which `project` compiles, with words in which the variables of aim.sh stand.
    pub fn compiled(self, name: &str, text: &str, words: &str) -> Self {
        let command = format!(". ./aim.sh; [ -x {name} ] || gcc -o {name} {name}.c; ./{name} {words} || true");
        self.file(&format!("{name}.c"), text).script("postbuild", &command).needs("gcc")
    }

    pub fn script(mut self, name: &str, command: &str) -> Self {
        self.scripts.insert(name.to_owned(), command.to_owned());
        self
    }

    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    pub fn manifest(mut self, key: &str, value: Value) -> Self {
        self.manifest.insert(key.to_owned(), value);
        self
    }

    pub fn needs(mut self, program: &'static str) -> Self {
        self.needs = Some(program);
        self
    }

    pub fn and(mut self, expect: Expect) -> Self {
        self.expect.push(expect);
        self
    }

    pub fn others(mut self, expect: &[Expect]) -> Self {
        self.others = Some(expect.to_vec());
        self
    }

    pub fn after(mut self, seconds: u64) -> Self {
        self.after = seconds;
        self
    }

    pub fn expected(&self, root: bool) -> &[Expect] {
        self.others.as_ref().filter(|_| !root).unwrap_or(&self.expect)
    }
}
