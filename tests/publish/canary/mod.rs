//! A credential is a canary: whichever way it comes in, it is found nowhere but in the requests that need it.

mod core;
mod looked;
mod packed;
mod printed;

use crate::desk::Desk;
use crate::registry::id_token;
use crate::run::Run;

/// How a credential comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    File,
    Descriptor,
    Stdin,
    /// By a variable that the project's .npmrc names.
    Variable,
    /// By what a build is trusted with.
    Job,
}

const WAYS: [Way; 5] = [Way::File, Way::Descriptor, Way::Stdin, Way::Variable, Way::Job];

impl Way {
    /// A run that has a credential in this way.
    fn run(self, desk: &Desk, words: &[&str]) -> Run {
        let run = desk.plain(words);
        let (url, token) = (desk.registry.url(), desk.registry.token());
        let file = desk.place.home().join("token");
        let to = ["--registry", url.as_str()];
        match self {
            Self::File => run.args(to).arg("--token-file").arg(file),
            Self::Descriptor => {
                let through = ["bash", "-c", "exec 3< <(cat \"$0\"; rm \"$0\"); exec \"$@\""].map(Into::into);
                run.args(to).args(["--token-fd", "3"]).through(through.into_iter().chain([file.into_os_string()]))
            }
            Self::Stdin => run.args(to).args(["--token-fd", "0"]).stdin(token),
            Self::Variable => {
                let text = format!("registry={url}\n{}:_authToken=${{WIDGET_KEY}}\n", desk.registry.key());
                desk.place.write(".npmrc", &text);
                desk.place.write("project/.npmrc", &text);
                run.env("WIDGET_KEY", token)
            }
            Self::Job => {
                let run = run.args(to).env("GITHUB_ACTIONS", "true");
                let run = run.env("ACTIONS_ID_TOKEN_REQUEST_URL", desk.registry.identity_url());
                run.env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", desk.registry.request_token())
            }
        }
    }

    /// What must be found nowhere.
    fn canaries(self, desk: &Desk) -> Vec<String> {
        let mut all = vec![desk.registry.token()];
        if self == Self::Job {
            all = vec![desk.registry.request_token(), id_token("npm:127.0.0.1")];
            all.extend(desk.registry.issued());
        }
        all
    }
}
