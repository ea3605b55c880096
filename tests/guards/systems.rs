use crate::imports::Source;

/// The files that may tell one system from another, and about what. Everything else is the same on all of them.
const PLACES: &[(&str, &str)] = &[
    ("crates/daemon/src/paths/mod.rs", "where files are"),
    ("crates/daemon/src/paths/program.rs", "the names of OpenCode's program"),
    ("crates/daemon/src/files.rs", "modes, links, syncing, a file's number"),
    ("crates/daemon/src/autostart/mod.rs", "who starts programs at login, and what the app is called"),
    ("crates/daemon/src/vault/keychain/mod.rs", "which keychain"),
    ("crates/daemon/src/vault/keychain/native.rs", "what the keychains of macOS and Windows want"),
    ("crates/daemon/src/opencode/auth_file/write.rs", "Windows refuses to replace an open file"),
    ("crates/daemon/src/opencode/spend/database.rs", "a path as an address"),
    ("crates/cli/src/commands/stop.rs", "signals"),
    ("crates/cli/src/commands/service/mod.rs", "who keeps services"),
    ("crates/cli/src/commands/service/systemd.rs", "links are Unix's"),
    ("crates/cli/src/commands/autostart.rs", "only a desktop file can be read without the app"),
    ("src-tauri/src/main.rs", "which of the files below there are; the dock"),
    ("src-tauri/src/autostart.rs", "a desktop file of our own, or Tauri's plugin"),
    ("src-tauri/src/notifications.rs", "who shows notifications"),
    ("src-tauri/src/updates.rs", "Windows' installer ends the app"),
    ("src-tauri/src/tray.rs", "the icon's size and whether it is a template"),
    ("src-tauri/src/popover/mod.rs", "which process the window is in"),
    ("src-tauri/src/popover/page.rs", "what opens a folder"),
    ("src-tauri/src/popover/spot.rs", "placing"),
    ("src-tauri/src/popover/window.rs", "focus"),
    ("src-tauri/src/daemon_link.rs", "the end of a session"),
];

const SIGNS: [&str; 8] = [
    "target_os",
    "cfg(unix",
    "cfg(windows",
    "cfg(not(unix",
    "cfg(not(windows",
    "cfg!(unix",
    "cfg!(windows",
    "consts::OS",
];

#[test]
fn systems_are_told_apart_in_few_places() {
    let folders = ["crates/engine/src", "crates/daemon/src", "crates/cli/src", "src-tauri/src"];
    let telling = folders.iter().flat_map(|folder| Source::all(folder)).filter(|source| source.has_any(&SIGNS));
    let telling: Vec<String> = telling.map(|source| source.place()).collect();
    let more: Vec<_> = telling.iter().filter(|file| PLACES.iter().all(|(place, _)| place != file)).collect();
    assert!(more.is_empty(), "{more:?} tell systems apart: can one of the places above do it for them?");
    let done: Vec<_> = PLACES.iter().filter(|(place, _)| telling.iter().all(|file| file != place)).collect();
    assert!(done.is_empty(), "{done:?} needn't be on the list any more");
}
