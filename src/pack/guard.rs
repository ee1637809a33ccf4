//! A running group → a shell that ends it, and removes the scratch folder, should we die first: by Ctrl-C, or killed.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// It waits for its input to end, which happens when we do, however that comes about.
const WATCH: &str = "read -r _; kill -s KILL -- \"-$1\"; sleep 1; rm -rf -- \"$2\"";

/// Watches over one group until it is let go of.
pub(super) struct Guard(Option<Child>);

impl Guard {
    /// Watches over the group of `child`. Where there is no shell, nobody does.
    pub(super) fn over(child: &Child, scratch: &Path) -> Self {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", WATCH, "lastlook"]).arg(child.id().to_string()).arg(scratch).env_clear();
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
