//! Everything an attempt can aim at -> the two files that its programs read.

use std::path::PathBuf;

use serde_json::{Value, json};

/// Where the listeners are, where the planted files lie, and which processes stand for lastlook's own.
#[derive(Debug, Clone)]
pub struct Aim {
    /// Everything of the test is below it, and its name marks the processes that belong to the test.
    pub root: PathBuf,
    /// How every canary begins. Programs get less than this, so that their own files tell no canary.
    pub mark: String,
    /// Ports of 127.0.0.1: the registry that lastlook publishes to, another, the gate, one for git, and one where
    /// nobody listens but somebody tries to connect.
    pub registry: u16,
    pub other: u16,
    pub gate: u16,
    pub git: u16,
    pub dial: u16,
    /// Ports of ::1, and those for datagrams.
    pub six: u16,
    pub udp: u16,
    pub udp_six: u16,
    pub dns: u16,
    /// Sockets with names: one without a file, and those that stand for an ssh agent, docker and the system log.
    pub hidden: String,
    pub agent: PathBuf,
    pub docker: PathBuf,
    pub home_docker: PathBuf,
    pub datagram: PathBuf,
    pub dial_socket: PathBuf,
    /// The folders and files that a build must neither read nor write.
    pub home: PathBuf,
    pub project: PathBuf,
    pub policy: PathBuf,
    pub journal: PathBuf,
    pub state: PathBuf,
    pub token: PathBuf,
    pub binary: PathBuf,
    pub bare: PathBuf,
    /// What a pipeline reads after the step.
    pub pipeline: PathBuf,
    /// Every file with a canary.
    pub secrets: Vec<PathBuf>,
    /// Stands for lastlook: holds canaries in its environment, its memory and an open file. Others may be added.
    pub process: u32,
}

impl Aim {
    fn fields(&self) -> Value {
        json!({
            "root": self.root, "mark": self.mark[..12],
            "registry": self.registry, "other": self.other, "gate": self.gate, "git": self.git, "dial": self.dial,
            "six": self.six, "udp": self.udp, "udp_six": self.udp_six, "dns": self.dns, "hidden": self.hidden,
            "agent": self.agent, "docker": self.docker, "home_docker": self.home_docker, "datagram": self.datagram,
            "dial_socket": self.dial_socket, "home": self.home, "project": self.project, "policy": self.policy,
            "journal": self.journal, "state": self.state, "token": self.token, "binary": self.binary,
            "bare": self.bare, "pipeline": self.pipeline, "secrets": self.secrets, "process": self.process,
        })
    }

    /// For programs that read JSON.
    pub fn json(&self) -> String {
        format!("{:#}\n", self.fields())
    }

    /// For shells: a variable for each, in capitals. Nothing here holds a quote or a space.
    pub fn shell(&self) -> String {
        let word = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
            other => other.to_string(),
        };
        let fields = self.fields();
        let lines = fields.as_object().unwrap().iter();
        let lines = lines.map(|(name, value)| format!("AIM_{}='{}'\n", name.to_uppercase(), word(value)));
        lines.chain([include_str!("programs/way.sh").to_owned()]).collect()
    }
}
