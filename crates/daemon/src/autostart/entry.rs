//! What an entry looks like and where it lies, where entries are files. Touches none.

use std::path::{Path, PathBuf};

use super::HIDDEN;

/// The launch agent's name, as macOS shows it.
const LABEL: &str = "io.github.opencode-baton";

/// Where the person's entry lies.
pub(super) fn file(config: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    if cfg!(target_os = "macos") {
        return Some(home?.join("Library/LaunchAgents").join(format!("{LABEL}.plist")));
    }
    let config = config.or_else(|| Some(home?.join(".config")))?;
    Some(config.join("autostart/baton-app.desktop"))
}

/// The entry that starts this program.
#[cfg_attr(windows, expect(dead_code, reason = "the registry has one place for everybody"))]
pub(super) fn text(program: &Path) -> String {
    let program = program.to_string_lossy();
    if cfg!(target_os = "macos") { launch_agent(&program) } else { desktop_file(&program) }
}

/// Whether the desktop's own settings have switched an entry off that is still there.
#[cfg_attr(windows, expect(dead_code, reason = "the registry has one place for everybody"))]
pub(super) fn is_switched_off(text: &str) -> bool {
    ["Hidden=true", "X-GNOME-Autostart-enabled=false"].iter().any(|off| text.lines().any(|line| line.trim() == *off))
}

fn desktop_file(program: &str) -> String {
    format!(
        "[Desktop Entry]\nType=Application\nName=Baton\nComment=Starts Baton in the tray\nExec={} {HIDDEN}\n\
         Icon=baton-app\nTerminal=false\nStartupNotify=false\nX-GNOME-Autostart-enabled=true\n",
        quoted(program)
    )
}

/// A word of `Exec`: quoted by the desktop entry's rule, and then once more by that of its strings. A percent sign would
/// begin a place to be filled in.
fn quoted(word: &str) -> String {
    let mut quoted = String::from('"');
    for letter in word.chars() {
        match letter {
            '"' | '`' | '$' => quoted.extend(['\\', '\\', letter]),
            '\\' => quoted.push_str(r"\\\\"),
            '%' => quoted.push_str("%%"),
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

fn launch_agent(program: &str) -> String {
    let program = program.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n  \
         <key>Label</key>\n  <string>{LABEL}</string>\n  <key>ProgramArguments</key>\n  <array>\n    \
         <string>{program}</string>\n    <string>{HIDDEN}</string>\n  </array>\n  \
         <key>RunAtLoad</key>\n  <true/>\n  <key>ProcessType</key>\n  <string>Interactive</string>\n</dict>\n</plist>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_odd_signs_in_its_path_is_one_word() {
        assert_eq!(quoted("/opt/My Baton/baton-app"), "\"/opt/My Baton/baton-app\"");
        assert_eq!(quoted(r#"/a"b$c`d\e%f"#), r#""/a\\"b\\$c\\`d\\\\e%%f""#);
    }

    #[test]
    fn a_launch_agent_is_well_formed() {
        let agent = launch_agent("/Users/ann/R&D/Baton.app/Contents/MacOS/baton-app");
        assert!(agent.contains("<string>/Users/ann/R&amp;D/Baton.app/Contents/MacOS/baton-app</string>"), "{agent}");
        assert!(agent.contains("<string>--hidden</string>"), "{agent}");
    }
}
