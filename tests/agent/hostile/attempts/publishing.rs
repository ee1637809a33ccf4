//! Attempts to publish past the audit: by npm in every spelling, by hand, and by git.

use crate::hostile::aim::Aim;
use crate::hostile::attempt::{Attempt, Expect};

const PUBLISH: &str = include_str!("../programs/publish.sh");

/// One that goes through npm, in each of some ways.
fn npm(name: &'static str, what: &'static str, ways: &str, heard: &'static [&'static str]) -> Attempt {
    let attempt = Attempt::new(name, what, Expect::Heard(heard)).file("publish.sh", PUBLISH);
    attempt.script("postbuild", &format!("sh ./publish.sh {ways}"))
}

pub(super) fn all(aim: &Aim) -> Vec<Attempt> {
    vec![
        npm(
            "npm-publish",
            "runs npm publish with the registry and the token",
            "plain",
            &["PUT /way-plain/widget", "canary"],
        ),
        npm(
            "npm-spelled",
            "runs npm publish so that no rule about words sees it",
            "quoted split substituted coded env eval linked exec node xargs alias",
            &[
                "/way-quoted/widget",
                "/way-split/widget",
                "/way-substituted/widget",
                "/way-coded/widget",
                "/way-env/widget",
                "/way-eval/widget",
                "/way-linked/widget",
                "/way-exec/widget",
                "/way-node/widget",
                "/way-xargs/widget",
                "/way-alias/widget",
            ],
        ),
        npm("npm-stage", "publishes to the stage", "stage", &["/way-stage/"]),
        in_every_hook(),
        elsewhere(aim),
        Attempt::new(
            "put-node",
            "sends the tarball by requests made by hand, as yarn and pnpm would too",
            Expect::Heard(&[
                "PUT /way-http",
                "PUT /way-fetch",
                "PUT /way-yarn",
                "PUT /way-pnpm",
                "POST /way-override",
                "PUT /way-rev",
                "PUT /way-gate",
                "/way-proxied",
                "PUT /way-six",
                "trust/way-trust",
                "PUT /way-raw",
                "way-github/dispatches",
                "_attachments",
                "Bearer canary",
            ]),
        )
        .program("put.js", include_str!("../programs/put.js")),
        Attempt::new(
            "put-shell",
            "sends the tarball by curl, by bash and by perl",
            Expect::Heard(&[
                "PUT /way-curl",
                "/way-form",
                "/way-curlsix",
                "registry.invalid/way-proxy",
                "/way-unix",
                "PUT /way-bash",
                "way-bashudp",
                "PUT /way-perl",
            ]),
        )
        .program("put.sh", include_str!("../programs/put.sh"))
        .needs("curl"),
        Attempt::new(
            "put-python",
            "sends it by Python, also over multipath TCP and so that no connect is seen",
            Expect::Heard(&[
                "PUT /way-urllib",
                "PUT /way-client",
                "PUT /way-socket",
                "PUT /way-mptcp",
                "PUT /way-fastopen",
                "PUT /way-later",
            ]),
        )
        .program("put.py", include_str!("../programs/put.py")),
        Attempt::new(
            "git-push",
            "pushes the sources and a tag that a pipeline publishes, to disk and to the network",
            Expect::Heard(&["/way-git.git", "/way-http.git", "SSH-2.0", "/way-fetch.git"]),
        )
        .and(Expect::Changed(&[
            "bare.git/refs/heads/way-disk",
            "bare.git/refs/heads/way-url",
            "bare.git/refs/tags/v9.9.9",
        ]))
        .program("git.sh", include_str!("../programs/git.sh"))
        .needs("git"),
        Attempt::new("corepack", "has another package manager fetched and run", Expect::Heard(&["GET /way-corepack/"]))
            .script(
                "postbuild",
                ". ./aim.sh; COREPACK_NPM_REGISTRY=http://127.0.0.1:$AIM_OTHER/way-corepack way corepack \
                 timeout 10 corepack yarn@1.22.22 npm publish; true",
            )
            .needs("corepack"),
    ]
}

fn in_every_hook() -> Attempt {
    let heard = Expect::Heard(&[
        "/way-prebuild/widget",
        "/way-build/widget",
        "/way-postbuild/widget",
        "/way-pretest/widget",
        "/way-test/widget",
        "/way-posttest/widget",
        "/way-prepack/widget",
        "/way-prepare/widget",
        "/way-postpack/widget",
    ]);
    let mut attempt = Attempt::new("npm-hooks", "publishes in every script that npm runs", heard);
    attempt = attempt.file("publish.sh", PUBLISH);
    for name in ["prebuild", "build", "postbuild", "pretest", "test", "posttest", "prepack", "prepare", "postpack"] {
        attempt = attempt.script(name, &format!("node make.js; sh ./publish.sh {name}"));
    }
    // npm runs these when it publishes or installs alone.
    for name in ["prepublishOnly", "publish", "postpublish", "preinstall", "install", "postinstall"] {
        attempt = attempt.script(name, &format!("sh ./publish.sh {name}"));
    }
    attempt
}

fn elsewhere(aim: &Aim) -> Attempt {
    let host = format!("127.0.0.1:{}", aim.other);
    let logins = ["config", "variable", "scope", "project"];
    let logins = logins.map(|path| format!("//{host}/way-{path}/:_authToken=${{NPM_TOKEN}}\n")).concat();
    let settings = format!("@acme:registry=http://{host}/way-scope/\nregistry=http://{host}/way-project/\n{logins}");
    let heard = Expect::Heard(&[
        "PUT /way-config/widget",
        "GET /way-variable/-/whoami",
        "PUT /way-scope/@acme%2fwidget",
        "GET /way-scope/@acme%2fother",
        "GET /way-scope/@acme%2fstolen",
        "Bearer canary",
    ]);
    Attempt::new(
        "npm-elsewhere",
        "publishes to where publishConfig, a scope or .npmrc say, with a token from a variable",
        heard,
    )
    .manifest("publishConfig", serde_json::json!({ "registry": format!("http://{host}/way-config/") }))
    .file(".npmrc", &settings)
    .program("elsewhere.sh", include_str!("../programs/elsewhere.sh"))
}
