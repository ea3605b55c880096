//! OpenCode's terminal interface, on a screen that tmux holds: keys go in, what is shown is read.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use super::OpenCode;
use crate::{Home, Process, eventually};

const SOON: Duration = Duration::from_secs(60);

/// OpenCode in a terminal of its own.
#[derive(Debug)]
pub struct Terminal {
    #[expect(dead_code, reason = "held: tmux and OpenCode end with it")]
    tmux: Process,
    socket: PathBuf,
}

impl Terminal {
    pub(super) fn start(opencode: &OpenCode, home: &Home, project: &Path, words: &[&str]) -> Self {
        let socket = home.path("run/tmux");
        let mut server = home.command("tmux");
        // Programs in it get the server's environment: the home's.
        server.arg("-S").arg(&socket).args(["-f", "/dev/null", "-D"]);
        server.env("TERM", "xterm-256color").env_remove("BATON_HOME");
        let tmux = Process::start(&mut server, "tmux", &home.logs());
        let terminal = Self { tmux, socket };
        eventually("tmux is there", SOON, || terminal.socket.exists().then_some(()));
        let [project, program] = [project, &opencode.program].map(|path| path.display().to_string());
        let size = ["-x", "120", "-y", "40"];
        let opened = terminal.tmux(&[&["new-session", "-d", "-c", &project][..], &size, &[&program], words].concat());
        assert!(opened.status.success(), "tmux opens a screen: {}", String::from_utf8_lossy(&opened.stderr));
        terminal.shows("Ask anything");
        terminal
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        String::from_utf8_lossy(&self.tmux(&["capture-pane", "-p"]).stdout).into_owned()
    }

    /// Types a text and sends it off.
    #[track_caller]
    pub fn say(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
        self.shows(text);
        self.press("Enter");
    }

    /// Presses a key, by tmux's name for it.
    pub fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub fn shows(&self, text: &str) {
        let what = format!("{text:?} is on the screen");
        eventually(&what, SOON, || self.screen().contains(text).then_some(()));
    }

    fn tmux(&self, args: &[&str]) -> Output {
        Command::new("tmux").arg("-u").arg("-S").arg(&self.socket).args(args).output().unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the screen:\n{}", self.screen());
        }
    }
}
