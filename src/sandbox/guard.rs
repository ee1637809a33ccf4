//! A running group, and a scratch folder → shells that end the one and remove the other should we die first.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Each waits for its input to end, which happens when we do, however that comes about.
const END: &str = "read -r _; kill -s KILL -- \"-$1\"";
/// Whoever watches from inside ends what left the group too, and comes first.
const END_LATER: &str = "read -r _; sleep 1; kill -s KILL -- \"-$1\"";
/// What still writes there is ended first.
const REMOVE: &str = "read -r _; sleep 1; chmod -R u+rwX -- \"$1\"; rm -rf -- \"$1\"";

/// Watches until it is let go of. It stands outside of every wall, so no script can end it.
pub(super) struct Guard(Option<Child>);

impl Guard {
    /// Watches over the group of `child`. Where there is no shell, nobody does.
    pub(super) fn over(child: &Child, watched: bool) -> Self {
        Self::shell(if watched { END_LATER } else { END }, child.id().to_string().as_ref())
    }

    /// Watches over a folder.
    pub(super) fn of(folder: &Path) -> Self {
        Self::shell(REMOVE, folder.as_os_str())
    }

    fn shell(script: &str, of: &std::ffi::OsStr) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script, "lastlook"]).arg(of).env_clear();
        shell.env("PATH", "/usr/bin:/bin").current_dir("/");
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // The keys that end us must not end it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        Self(if cfg!(unix) { shell.spawn().ok() } else { None })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(shell) = &mut self.0 {
            // Both fail only where it has gone already.
            let _ = shell.kill();
            let _ = shell.wait();
        }
    }
}
