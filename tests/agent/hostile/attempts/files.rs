//! Attempts to change what lastlook goes by, what it wrote, and what runs later.

use crate::hostile::aim::Aim;
use crate::hostile::attempt::{Attempt, Expect};

/// One that changes files in every way there is. The words may hold the variables of aim.sh.
fn tamper(name: &'static str, what: &'static str, words: &str, expect: Expect) -> Attempt {
    let attempt = Attempt::new(name, what, expect).file("tamper.js", include_str!("../programs/tamper.js"));
    attempt.script("postbuild", &format!(". ./aim.sh; node ./tamper.js {words}; true"))
}

pub(super) fn all(aim: &Aim) -> Vec<Attempt> {
    vec![
        tamper(
            "policy",
            "allows source maps in the policy of the copy, of the original, and of the folders above",
            "lastlook.toml lastlook.files ../lastlook.toml $AIM_POLICY $AIM_PROJECT/lastlook.files $AIM_PROJECT/../lastlook.toml \
             $AIM_HOME/.config/lastlook/policy.toml",
            Expect::Changed(&["changed (content): work/project/lastlook.toml", "new: work/lastlook.toml"]),
        )
        .manifest("lastlook", serde_json::json!({ "levels": { "map/source": "allow" }, "files": ["README.md"] })),
        tamper(
            "journal",
            "forges, cuts and removes the journal, and forges a receipt",
            "$AIM_JOURNAL",
            Expect::Changed(&["changed (content): journal/journal.jsonl", "new: journal/lastlook-left-here"]),
        ),
        tamper(
            "state",
            "does the same to sessions, keys and the token",
            "$AIM_STATE $AIM_TOKEN $AIM_HOME/.config/lastlook/key.pem",
            Expect::Changed(&["changed (content): state/session.jsonl", "home/.config/lastlook/key.pem"]),
        )
        .and(Expect::Changed(&["changed (content): token"])),
        tamper(
            "original",
            "changes the project that the copy was made of",
            "$AIM_PROJECT/package.json $AIM_PROJECT/src/cli.ts $AIM_PROJECT/README.md $AIM_PROJECT/new.js",
            Expect::Changed(&["work/project/package.json", "work/project/src/cli.ts", "new: work/project/new.js"]),
        ),
        tamper(
            "git-hooks",
            "has git run something in the original: hooks, settings, and the index",
            "$AIM_PROJECT/.git/hooks/pre-commit $AIM_PROJECT/.git/hooks/post-checkout $AIM_PROJECT/.git/config \
             $AIM_PROJECT/.gitattributes",
            Expect::Changed(&["new: work/project/.git/hooks/post-checkout", "work/project/.git/config"]),
        )
        .needs("git"),
        tamper(
            "binary",
            "puts another program in the place of lastlook",
            "$AIM_BINARY",
            Expect::Changed(&["changed (content): bin/lastlook", "new: bin/lastlook-left-here"]),
        ),
        tamper(
            "agents",
            "takes the hook of lastlook out of the settings of coding agents",
            "$AIM_HOME/.claude/settings.json $AIM_HOME/.codex/config.toml $AIM_PROJECT/.claude/settings.json \
             $AIM_PROJECT/.mcp.json $AIM_HOME/.claude.json",
            Expect::Changed(&["home/.claude/settings.json", "home/.codex/config.toml", "new: work/project/.mcp.json"]),
        ),
        tamper(
            "logins",
            "changes the settings that hold logins at home",
            "$AIM_HOME/.npmrc $AIM_HOME/.gitconfig $AIM_HOME/.ssh/config $AIM_HOME/.docker/config.json",
            Expect::Changed(&["home/.npmrc", "home/.gitconfig", "home/.docker/config.json"]),
        ),
        Attempt::new(
            "pipeline",
            "writes what the pipeline reads after this step",
            Expect::Changed(&["pipeline/env", "pipeline/path", "pipeline/output", "pipeline/summary"]),
        )
        .program("pipeline.sh", include_str!("../programs/pipeline.sh")),
        Attempt::new(
            "habits",
            "stays in what shells, agents and the session of the user start",
            Expect::Changed(&["home/.bashrc", "home/.profile", "home/.ssh/authorized_keys", "systemd/user/x.service"]),
        )
        .program("habits.sh", include_str!("../programs/habits.sh")),
        Attempt::new(
            "schedulers",
            "has the machine run something later: by cron, at and systemd",
            Expect::Untried("it would stay in the tables of this machine"),
        )
        .program("schedulers.sh", include_str!("../programs/schedulers.sh")),
        Attempt::new(
            "shims",
            "leaves programs called npm, node and lastlook where they may be found first",
            Expect::Heard(&["way-shim-node"]),
        )
        .and(Expect::Changed(&["new: home/bin/lastlook", "new: home/.local/bin/npm"]))
        .script("pretest", "node -p 1")
        .program("shims.sh", include_str!("../programs/shims.sh")),
        Attempt::new(
            "npmrc-programs",
            "has npm run its own shell, and load its own code into node, by settings of the project",
            Expect::Heard(&["way-shell canary", "way-loaded canary"]),
        )
        .and(Expect::Printed(&["MAY script shell", "loaded into"]))
        .file(".npmrc", "script-shell=./shell.sh\nnode-options=--require ./evil.js\ngit=./shell.sh\n")
        .file("shell.sh", include_str!("../programs/shell.sh"))
        .file("evil.js", include_str!("../programs/evil.js"))
        .script("prepack", "node -p 1")
        .script("postbuild", "node -p 1"),
        Attempt::new(
            "preload",
            "has its own code loaded into every program, here and wherever a shell starts",
            Expect::Heard(&["way-preload canary"]),
        )
        .and(Expect::Changed(&["home/.profile", "home/.bashrc"]))
        .file("preload.so.c", include_str!("../programs/preload.so.c"))
        .file(".profile", &format!("export LD_PRELOAD=./preload.so AIM_OTHER={}\n", aim.other))
        .script(
            "postbuild",
            ". ./aim.sh; export AIM_OTHER; LD_PRELOAD=$PWD/preload.so ls >/dev/null; \
             for f in $AIM_HOME/.profile $AIM_HOME/.bashrc $HOME/.profile; do \
             echo \"export LD_PRELOAD=$PWD/preload.so\" >>$f; done; true",
        )
        .needs("gcc"),
        Attempt::new(
            "folder",
            "puts the original in the place of the copy, so that who goes on works on the original",
            Expect::Changed(&["work/project/dist"]),
        )
        .program("folder.sh", include_str!("../programs/folder.sh")),
    ]
}
