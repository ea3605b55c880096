use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crates that must not be reached from others, however long the way.
const UNREACHABLE: &[(&str, &[&str])] = &[
    ("daemon", &["tauri", "tauri-runtime", "wry", "tao", "webkit2gtk", "gtk", "clap"]),
    ("cli", &["tauri", "tauri-runtime", "wry", "tao", "webkit2gtk", "gtk"]),
];

/// The daemon's modules that must stay apart, and which others of the crate each may name. A module that isn't listed
/// joins the others: it may name all of them, and none of these may name it.
const MODULES: &[(&str, &[&str])] = &[
    // A noun, like the engine's: what OpenCode keeps for a provider.
    ("credential", &[]),
    // What the systems do differently about files.
    ("files", &[]),
    ("autostart", &[]),
    ("clock", &[]),
    ("paths", &[]),
    ("instance", &[]),
    ("logging", &[]),
    ("watch", &["files"]),
    ("opencode", &["credential", "files"]),
    ("providers", &["credential"]),
    ("vault", &["credential", "files"]),
    ("ledger", &["files"]),
    ("settings", &[]),
    // Times are written in one way everywhere.
    ("control", &["clock"]),
];

/// Foreign crates that are one module's own affair, with the modules that may name them.
const OWNED: &[(&str, &[&str])] = &[
    ("axum", &["control"]),
    ("keyring", &["vault"]),
    ("notify", &["watch"]),
    // The settings only check addresses with it.
    ("reqwest", &["providers", "control", "settings"]),
    // OpenCode's own database is read by it.
    ("rusqlite", &["ledger", "opencode"]),
    ("secret_service", &["vault"]),
    ("security_framework", &["vault"]),
    ("toml", &["settings"]),
    ("ts_rs", &["control"]),
    ("zbus", &["vault"]),
];

/// What the programs on top must not name: they know the daemon by its public face.
const PRIVATE_TO_THE_DAEMON: &[&str] = &[
    "daemon::ledger",
    "daemon::opencode",
    "daemon::providers",
    "daemon::settings",
    "daemon::vault",
    "engine::",
    "keyring::",
    "reqwest::",
    "rusqlite::",
];

#[test]
fn the_engine_knows_only_the_standard_library() {
    assert_eq!(packages_under("engine"), BTreeSet::from(["engine".to_owned()]));
}

#[test]
fn the_simulator_knows_nothing_but_the_engine() {
    let known = ["simulator", "engine", "fastrand"].map(str::to_owned);
    assert_eq!(packages_under("simulator"), BTreeSet::from(known));
}

#[test]
fn programs_without_a_window_know_no_web_view() {
    for (package, forbidden) in UNREACHABLE {
        let reached = packages_under(package);
        let found: Vec<_> = forbidden.iter().filter(|name| reached.contains(**name)).collect();
        assert!(found.is_empty(), "{package} reaches {found:?}: `cargo tree -p {package} -i` shows how");
    }
}

#[test]
fn the_daemons_modules_keep_apart() {
    let mut offences = Vec::new();
    for source in Source::all("crates/daemon/src") {
        let Some((module, may)) = MODULES.iter().find(|(module, _)| *module == source.module) else { continue };
        let named = source.names_of_own_crate().into_iter();
        offences.extend(
            named
                .filter(|name| name != module && !may.contains(&name.as_str()) && is_module(name))
                .map(|name| format!("{} names crate::{name}", source.path.display())),
        );
    }
    assert_eq!(offences, Vec::<String>::new(), "see the table at the top of this test");
}

#[test]
fn foreign_crates_stay_with_their_module() {
    let mut offences = Vec::new();
    for source in Source::all("crates/daemon/src") {
        for (name, owners) in OWNED {
            if !owners.contains(&source.module.as_str()) && source.names(&format!("{name}::")) {
                offences.push(format!("{} names {name}", source.path.display()));
            }
        }
    }
    assert_eq!(offences, Vec::<String>::new(), "see the table at the top of this test");
}

#[test]
fn programs_on_top_know_the_daemon_by_its_public_face() {
    let mut offences = Vec::new();
    for source in Source::all("crates/cli/src").into_iter().chain(Source::all("src-tauri/src")) {
        let named = PRIVATE_TO_THE_DAEMON.iter().filter(|name| source.names(name));
        offences.extend(named.map(|name| format!("{} names {name}", source.path.display())));
    }
    assert_eq!(offences, Vec::<String>::new(), "they must ask the daemon, not its parts");
}

pub(crate) struct Source {
    path: PathBuf,
    module: String,
    code: String,
}

impl Source {
    pub(crate) fn all(folder: &str) -> Vec<Self> {
        let folder = repository().join(folder);
        let mut files = Vec::new();
        collect(&folder, &mut files);
        assert!(!files.is_empty(), "no source in {}", folder.display());
        files.into_iter().map(|path| Self::read(&folder, path)).collect()
    }

    fn read(folder: &Path, path: PathBuf) -> Self {
        let inside = path.strip_prefix(folder).unwrap();
        let module = inside.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&path).unwrap();
        // Unit tests may borrow what their module may not.
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        Self { path, module, code }
    }

    /// Its path in the repository.
    pub(crate) fn place(&self) -> String {
        self.path.strip_prefix(repository()).unwrap().display().to_string()
    }

    /// Whether one of these stands anywhere in the code.
    pub(crate) fn has_any(&self, signs: &[&str]) -> bool {
        signs.iter().any(|sign| self.code.contains(sign))
    }

    /// Whether a path that begins so stands in the code, on its own or behind a `::`.
    fn names(&self, path: &str) -> bool {
        self.code.match_indices(path).any(|(at, _)| {
            let before = self.code[..at].chars().next_back();
            !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == ':')
        })
    }

    /// First names behind `crate::`, also of a list in braces.
    fn names_of_own_crate(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (at, word) in self.code.match_indices("crate::") {
            let rest = &self.code[at + word.len()..];
            match rest.strip_prefix('{') {
                Some(list) => found.extend(heads_of_list(list)),
                None => found.extend(head(rest)),
            }
        }
        found
    }
}

fn heads_of_list(list: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                heads.extend(head(list[start..at].trim_start()));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.extend(head(list[start..at].trim_start()));
                start = at + 1;
            }
            _ => {}
        }
    }
    heads
}

fn head(path: &str) -> Option<String> {
    let name: String = path.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// Types and functions that the crate's root offers again are a module's too, but say nothing of which: only modules count.
fn is_module(name: &str) -> bool {
    let source = repository().join("crates/daemon/src");
    source.join(name).is_dir() || source.join(format!("{name}.rs")).is_file()
}

fn packages_under(package: &str) -> BTreeSet<String> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(repository());
    cargo.args(["tree", "--locked", "--offline", "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let output = cargo.args(["--package", package]).output().unwrap();
    assert!(output.status.success(), "cargo tree: {}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().filter_map(|line| Some(line.split_whitespace().next()?.to_owned())).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path() {
            path if path.ends_with("tests") => {}
            path if path.is_dir() => collect(&path, files),
            path if path.ends_with("tests.rs") => {}
            path if path.extension().is_some_and(|end| end == "rs") => files.push(path),
            _ => {}
        }
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_own_crate_are_found_in_every_form() {
        let check = |code: &str, expected: &[&str]| {
            let source = Source { path: PathBuf::new(), module: String::new(), code: code.to_owned() };
            let expected: BTreeSet<_> = expected.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(source.names_of_own_crate(), expected, "{code}");
        };
        check("use crate::vault::Vault;", &["vault"]);
        check("use crate::{a::{b, c}, d, e::f};", &["a", "d", "e"]);
        check("let x = crate::control::Time::now();", &["control"]);
        check("pub(crate) fn x() {}", &[]);
    }
}
