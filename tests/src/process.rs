//! A program that a test started. It ends with its test, and everything that it started ends with it.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::eventually;

/// A running program whose output goes to files.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Process {
    /// Starts a program; `logs` is the folder for its output, `name` names it there.
    pub fn start(command: &mut Command, name: &str, logs: &Path) -> Self {
        fs::create_dir_all(logs).unwrap();
        let [stdout, stderr] = ["out", "err"].map(|end| logs.join(format!("{name}.{end}")));
        command.stdout(File::create(&stdout).unwrap()).stderr(File::create(&stderr).unwrap());
        let child = command.spawn().unwrap_or_else(|error| panic!("{name} doesn't start: {error}"));
        Self { name: name.to_owned(), child, stdout, stderr }
    }

    /// Starts a program that reads `input`.
    pub fn start_with_input(command: &mut Command, input: &str, name: &str, logs: &Path) -> Self {
        let mut process = Self::start(command.stdin(Stdio::piped()), name, logs);
        if let Some(mut stdin) = process.child.stdin.take() {
            // A program that ended already has said why elsewhere.
            let _ = std::io::Write::write_all(&mut stdin, input.as_bytes());
        }
        process
    }

    /// Starts a program in a terminal of its own, of ordinary size; what it shows is its output.
    pub fn start_in_terminal(command: &Command, name: &str, logs: &Path) -> Self {
        let quoted = |word: &std::ffi::OsStr| format!("'{}'", word.to_string_lossy().replace('\'', r"'\''"));
        let words = std::iter::once(command.get_program()).chain(command.get_args()).map(quoted);
        let line = format!("stty cols 100 rows 30; exec {}", words.collect::<Vec<_>>().join(" "));
        let mut terminal = Command::new("script");
        match cfg!(target_os = "macos") {
            true => terminal.args(["-q", "/dev/null", "sh", "-c", &line]),
            false => terminal.args(["-qec", &line, "/dev/null"]),
        };
        terminal.env_clear().env("TERM", "xterm").stdin(Stdio::piped());
        terminal.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(folder) = command.get_current_dir() {
            terminal.current_dir(folder);
        }
        Self::start(&mut terminal, name, logs)
    }

    /// Types into its terminal.
    pub fn type_in(&mut self, keys: &str) {
        let stdin = self.child.stdin.as_mut().unwrap_or_else(|| panic!("{} has no terminal", self.name));
        stdin.write_all(keys.as_bytes()).and_then(|()| stdin.flush()).unwrap();
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Process ids of what it has started, and of what those have.
    pub fn children(&self) -> Vec<u32> {
        descendants(self.pid())
    }

    /// What it wrote to standard output so far.
    pub fn stdout(&self) -> String {
        fs::read_to_string(&self.stdout).unwrap_or_default()
    }

    /// What it wrote to standard error so far.
    pub fn stderr(&self) -> String {
        fs::read_to_string(&self.stderr).unwrap_or_default()
    }

    /// How it ended; `None` while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it still runs after that time.
    #[track_caller]
    pub fn wait(&mut self, within: Duration) -> ExitStatus {
        let what = format!("{} ends", self.name);
        eventually(&what, within, || self.ended())
    }

    /// Asks it to end, as a system that shuts down does, and waits for it.
    #[track_caller]
    pub fn stop(&mut self) -> ExitStatus {
        send_signal("TERM", &[self.pid()]);
        self.wait(Duration::from_secs(10))
    }

    /// Interrupts what runs in its terminal, as Ctrl-C does.
    pub fn interrupt(&self) {
        send_signal("INT", &descendants(self.pid()));
    }

    /// Stops it without ending it, or lets it go on: as on a machine that has no time for it.
    pub fn hold(&self, held: bool) {
        send_signal(if held { "STOP" } else { "CONT" }, &[self.pid()]);
    }

    /// Ends it at once, as a power cut does, with everything that it started.
    pub fn kill(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let mut all = descendants(self.pid());
            all.push(self.pid());
            send_signal("KILL", &all);
            let _ = self.child.wait();
        }
    }

    /// The end of what it wrote, for a person who looks at a failed test.
    pub fn last_words(&self) -> String {
        let tail =
            |text: String| text.lines().rev().take(15).fold(String::new(), |tail, line| format!("  {line}\n{tail}"));
        format!("{} wrote:\n{}{}", self.name, tail(self.stdout()), tail(self.stderr()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("{}", self.last_words());
        }
    }
}

fn descendants(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let children: Vec<u32> = children
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect();
    children
        .into_iter()
        .flat_map(|child| std::iter::once(child).chain(descendants(child)).collect::<Vec<_>>())
        .collect()
}

fn send_signal(signal: &str, pids: &[u32]) {
    // The shell's own `kill`: sending a signal is the one thing here that std can't do.
    let script = format!("kill -{signal} \"$@\"");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script, "sh"]).args(pids.iter().map(u32::to_string)).stderr(Stdio::null());
    let _ = shell.status();
}
