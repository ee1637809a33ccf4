//! A process that stands for lastlook: attempts may read and kill it, and nobody else.

use std::process::{Child, Command, Stdio};

use super::planted::Planted;

/// Has canaries in its environment, its memory and an open file. Ends when this is dropped, or by itself.
pub struct Bystander(Child);

impl Bystander {
    /// Below `words`, which make another user of it.
    pub fn start(planted: &Planted, words: &[String]) -> Self {
        let script = "exec 8<\"$1/token\"; export LASTLOOK_STANDS_HERE=1; n=0; \
                      while [ $n -lt 900 ]; do sleep 1; n=$((n + 1)); done";
        let words: Vec<&str> = words.iter().map(String::as_str).chain(["sh", "-c", script, "lastlook"]).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg(&planted.root).env_clear().envs(planted.environment());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let own = Self(command.spawn().unwrap());
        // It is another program until it has opened the file.
        let file = format!("/proc/{}/fd/8", own.id());
        while std::fs::read_link(&file).is_err() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        own
    }

    pub fn id(&self) -> u32 {
        self.0.id()
    }

    pub fn ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }

    pub fn stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 't']))
    }
}

impl Drop for Bystander {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
