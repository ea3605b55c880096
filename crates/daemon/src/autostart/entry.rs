//! What an entry looks like and where it lies. Touches none.

use std::path::{Path, PathBuf};

use super::HIDDEN;

/// Where the person's entry lies.
pub(super) fn file(config: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let config = config.or_else(|| Some(home?.join(".config")))?;
    Some(config.join("autostart/baton-app.desktop"))
}

/// Whether the desktop's own settings have switched an entry off that is still there.
pub(super) fn is_switched_off(text: &str) -> bool {
    ["Hidden=true", "X-GNOME-Autostart-enabled=false"].iter().any(|off| text.lines().any(|line| line.trim() == *off))
}

/// The entry that starts this program.
pub(super) fn text(program: &Path) -> String {
    format!(
        "[Desktop Entry]\nType=Application\nName=Baton\nComment=Starts Baton in the tray\nExec={} {HIDDEN}\n\
         Icon=baton-app\nTerminal=false\nStartupNotify=false\nX-GNOME-Autostart-enabled=true\n",
        quoted(&program.to_string_lossy())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_odd_signs_in_its_path_is_one_word() {
        assert_eq!(quoted("/opt/My Baton/baton-app"), "\"/opt/My Baton/baton-app\"");
        assert_eq!(quoted(r#"/a"b$c`d\e%f"#), r#""/a\\"b\\$c\\`d\\\\e%%f""#);
    }
}
