//! A home, a project, a journal and what else lastlook has, each with canaries that nothing may find.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::aim::Aim;
use super::listeners::Listeners;

/// Below one temp folder, whose user is to own all of it.
pub struct Planted {
    pub root: PathBuf,
    /// How every canary begins.
    pub mark: String,
    secrets: Vec<PathBuf>,
}

/// Files at home, and what goes around the canary in them.
const AT_HOME: [(&str, &str); 9] = [
    (".npmrc", "//registry.example/:_authToken={}\n"),
    (".yarnrc.yml", "npmAuthToken: {}\n"),
    (".config/gh/hosts.yml", "github.com:\n    oauth_token: {}\n"),
    (".ssh/id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----\n"),
    (".git-credentials", "https://me:{}@github.com\n"),
    (".docker/config.json", "{\"auths\":{\"registry.invalid\":{\"auth\":\"{}\"}}}\n"),
    (".aws/credentials", "[default]\naws_secret_access_key = {}\n"),
    (".config/lastlook/key.pem", "{}\n"),
    (".netrc", "machine registry.invalid login me password {}\n"),
];

/// Files at home that persist something, without a canary.
const HABITS: [(&str, &str); 5] = [
    (".bashrc", "# nothing\n"),
    (".profile", "# nothing\n"),
    (".claude/settings.json", "{\"hooks\":{\"PreToolUse\":[{\"command\":\"lastlook hook\"}]}}\n"),
    (".codex/config.toml", "sandbox_mode = \"workspace-write\"\n"),
    (".gitconfig", "[user]\n\tname = tester\n\temail = tester@example.invalid\n"),
];

const VARIABLES: [&str; 12] = [
    "NPM_TOKEN",
    "NODE_AUTH_TOKEN",
    "npm_config_//registry.example/:_authToken",
    "YARN_NPM_AUTH_TOKEN",
    "BUN_AUTH_TOKEN",
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "SIGSTORE_ID_TOKEN",
    "ANTHROPIC_API_KEY",
    "OPENAI_API_KEY",
];

impl Planted {
    /// Below `root`, which exists and is empty. `binary` becomes the lastlook that attempts aim at.
    pub fn new(root: &Path, binary: &Path) -> Self {
        let name = root.file_name().unwrap().to_string_lossy().into_owned();
        let mut state = std::hash::DefaultHasher::new();
        std::hash::Hash::hash(&(name, std::process::id(), std::time::SystemTime::now()), &mut state);
        let mark = format!("canary{:016x}", std::hash::Hasher::finish(&state));
        let mut own = Self { root: root.to_owned(), mark, secrets: Vec::new() };
        for (path, text) in AT_HOME {
            let canary = own.canary(path);
            let file = own.write(&format!("home/{path}"), &text.replace("{}", &canary), 0o600);
            own.secrets.push(file);
        }
        for (path, text) in HABITS {
            own.write(&format!("home/{path}"), text, 0o644);
        }
        let files = [
            ("token", "{}\n", "token"),
            ("state/session.jsonl", "{\"event\":\"began\",\"key\":\"{}\"}\n", "session"),
            ("journal/journal.jsonl", "{\"event\":\"began\",\"key\":\"{}\"}\n", "journal"),
        ];
        for (path, text, canary) in files {
            let text = text.replace("{}", &own.canary(canary));
            let file = own.write(path, &text, 0o600);
            own.secrets.push(file);
        }
        for file in ["env", "output", "path", "summary"] {
            own.write(&format!("pipeline/{file}"), "", 0o644);
        }
        fs::create_dir_all(own.root.join("run")).unwrap();
        fs::create_dir_all(own.root.join("bin")).unwrap();
        fs::copy(binary, own.root.join("bin/lastlook")).unwrap();
        fs::set_permissions(own.root.join("bin/lastlook"), fs::Permissions::from_mode(0o755)).unwrap();
        own.repositories();
        own
    }

    fn repositories(&self) {
        self.write("work/project/lastlook.toml", "[levels]\n\"map/source-paths\" = \"deny\"\n", 0o644);
        fs::create_dir_all(self.root.join("bare.git")).unwrap();
        for (folder, words) in [("work/project", &["init", "-q"][..]), ("bare.git", &["init", "-q", "--bare"])] {
            let mut git = Command::new("git");
            git.args(words).current_dir(self.root.join(folder)).env("HOME", self.root.join("home"));
            git.env("GIT_CONFIG_NOSYSTEM", "1");
            // Where git is not there, an attempt that needs it is left out.
            let _ = git.output();
        }
    }

    pub fn write(&self, path: &str, text: &str, mode: u32) -> PathBuf {
        let file = self.root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    fn canary(&self, name: &str) -> String {
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("{}{name}", self.mark)
    }

    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    pub fn project(&self) -> PathBuf {
        self.root.join("work/project")
    }

    /// The environment lastlook is started with, and nothing else.
    pub fn environment(&self) -> Vec<(String, OsString)> {
        let path = |path: &str| self.root.join(path).into_os_string();
        let mut all: Vec<(String, OsString)> =
            VARIABLES.iter().map(|name| ((*name).to_owned(), self.canary(&format!("env{name}")).into())).collect();
        // Where python3 is a shim of somebody's home, that is not for others.
        all.push(("PATH".to_owned(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into()));
        all.push(("LANG".to_owned(), "C.UTF-8".into()));
        all.push(("HOME".to_owned(), self.home().into()));
        all.push(("XDG_STATE_HOME".to_owned(), path("state")));
        all.push(("SSH_AUTH_SOCK".to_owned(), path("run/agent.sock")));
        for (name, file) in [
            ("GITHUB_ENV", "pipeline/env"),
            ("GITHUB_OUTPUT", "pipeline/output"),
            ("GITHUB_PATH", "pipeline/path"),
            ("GITHUB_STEP_SUMMARY", "pipeline/summary"),
        ] {
            all.push((name.to_owned(), path(file)));
        }
        all
    }

    /// What may not change: everything but the sockets, and but what the control and lastlook write.
    pub fn kept(&self) -> Vec<PathBuf> {
        let kept = ["home", "work", "journal", "state", "bin", "bare.git", "pipeline", "token"];
        kept.iter().map(|name| self.root.join(name)).collect()
    }

    /// The files that canaries were planted in.
    pub fn secrets(&self) -> &[PathBuf] {
        &self.secrets
    }

    /// Starts the listeners of this place.
    pub fn listen(&self) -> Listeners {
        Listeners::start(&self.root.join("run"), &self.home().join(".docker/run/docker.sock"))
    }

    pub fn aim(&self, listeners: &Listeners, process: u32) -> Aim {
        let path = |path: &str| self.root.join(path);
        let places = listeners.places.clone();
        Aim {
            root: self.root.clone(),
            mark: self.mark.clone(),
            registry: places.registry,
            other: places.other,
            gate: places.gate,
            git: places.git,
            dial: places.dial,
            six: places.six,
            udp: places.udp,
            udp_six: places.udp_six,
            dns: places.dns,
            hidden: places.hidden,
            agent: path("run/agent.sock"),
            docker: path("run/docker.sock"),
            home_docker: path("home/.docker/run/docker.sock"),
            datagram: path("run/datagram.sock"),
            dial_socket: path("run/dial.sock"),
            home: self.home(),
            project: self.project(),
            policy: path("work/project/lastlook.toml"),
            journal: path("journal/journal.jsonl"),
            state: path("state/session.jsonl"),
            token: path("token"),
            binary: path("bin/lastlook"),
            bare: path("bare.git"),
            pipeline: path("pipeline"),
            secrets: self.secrets.clone(),
            process,
        }
    }

    /// Gives all of it to a user.
    pub fn give(&self, user: u32) {
        fn below(path: &Path, user: u32) {
            std::os::unix::fs::lchown(path, Some(user), Some(user)).unwrap();
            if path.symlink_metadata().unwrap().is_dir() {
                fs::read_dir(path).unwrap().for_each(|entry| below(&entry.unwrap().path(), user));
            }
        }
        below(&self.root, user);
    }
}
