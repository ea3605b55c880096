//! The launchd agent. In a person's graphical session where there is one, else among the programs of their account.

use std::path::{Path, PathBuf};

use super::keeper::asked;
use super::surroundings::Surroundings;

const LABEL: &str = "io.github.opencode-baton.run";

pub(super) fn file(surroundings: &Surroundings) -> PathBuf {
    surroundings.home.join("Library/LaunchAgents").join(format!("{LABEL}.plist"))
}

pub(super) fn text(surroundings: &Surroundings) -> String {
    let program = escaped(&surroundings.program);
    let pairs = surroundings.variables.iter();
    let pairs: String = pairs
        .map(|(name, value)| format!("\n        <key>{name}</key>\n        <string>{}</string>", escaped(value)))
        .collect();
    let variables = match pairs.as_str() {
        "" => String::new(),
        pairs => format!("\n    <key>EnvironmentVariables</key>\n    <dict>{pairs}\n    </dict>"),
    };
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
    <key>Label</key>
    <string>{LABEL}</string>
    <key>ProgramArguments</key>
    <array>
        <string>{program}</string>
        <string>run</string>
    </array>{variables}
    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
        <key>SuccessfulExit</key>
        <false/>
    </dict>
    <key>ThrottleInterval</key>
    <integer>30</integer>
    <key>LimitLoadToSessionType</key>
    <array>
        <string>Aqua</string>
        <string>Background</string>
    </array>
    <key>ProcessType</key>
    <string>Background</string>
</dict>
</plist>
"#
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

pub(super) fn start(file: &Path) -> Option<bool> {
    stop();
    let file = file.to_str()?;
    let started = |domain: &String| asked("launchctl", &["bootstrap", domain, file]).is_some_and(|(done, _)| done);
    domains()?.iter().any(started).then(|| runs() == Some(true))
}

pub(super) fn stop() {
    for domain in domains().iter().flatten() {
        // It is in one of them at most.
        let _ = asked("launchctl", &["bootout", &format!("{domain}/{LABEL}")]);
    }
}

pub(super) fn runs() -> Option<bool> {
    let print = |domain: &String| asked("launchctl", &["print", &format!("{domain}/{LABEL}")]);
    let known = domains()?.iter().filter_map(print).find(|(known, _)| *known)?;
    Some(known.1.lines().any(|line| line.trim() == "state = running"))
}

fn domains() -> Option<[String; 2]> {
    let (_, user) = asked("id", &["-u"])?;
    Some([format!("gui/{user}"), format!("user/{user}")])
}

pub(super) fn advice(running: Option<bool>) -> Vec<String> {
    match running {
        Some(true) => Vec::new(),
        Some(false) => vec![format!("why it doesn't run: launchctl print gui/$(id -u)/{LABEL}")],
        None => vec!["it starts at your next login".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_is_this_one() {
        let variables = vec![("BATON_HOME", "/Users/ann/a & b <c>".to_owned())];
        let agent = text(&Surroundings::for_test("/opt/my tools/baton", variables));
        assert_eq!(
            agent,
            r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
    <key>Label</key>
    <string>io.github.opencode-baton.run</string>
    <key>ProgramArguments</key>
    <array>
        <string>/opt/my tools/baton</string>
        <string>run</string>
    </array>
    <key>EnvironmentVariables</key>
    <dict>
        <key>BATON_HOME</key>
        <string>/Users/ann/a &amp; b &lt;c&gt;</string>
    </dict>
    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
        <key>SuccessfulExit</key>
        <false/>
    </dict>
    <key>ThrottleInterval</key>
    <integer>30</integer>
    <key>LimitLoadToSessionType</key>
    <array>
        <string>Aqua</string>
        <string>Background</string>
    </array>
    <key>ProcessType</key>
    <string>Background</string>
</dict>
</plist>
"#
        );
        assert!(!text(&Surroundings::for_test("/baton", Vec::new())).contains("EnvironmentVariables"));
    }

    #[test]
    fn it_lies_among_the_persons_agents() {
        let file = file(&Surroundings::for_test("/baton", Vec::new()));
        assert!(file.ends_with("Library/LaunchAgents/io.github.opencode-baton.run.plist"), "{}", file.display());
    }
}
