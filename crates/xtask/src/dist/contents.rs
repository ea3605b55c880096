//! What is in the packages besides the app: the program for the terminal, on the search path; icons; what a system's
//! own tools want to know; and the texts that the program makes of itself.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::project::make_folder;
use crate::shell::{self, Failed};

/// The completions that `baton` writes: for which shell, and their places with deb and with rpm.
const COMPLETIONS: &[(&str, &str, &str)] = &[
    ("bash", "/usr/share/bash-completion/completions/baton", "/usr/share/bash-completion/completions/baton"),
    ("zsh", "/usr/share/zsh/vendor-completions/_baton", "/usr/share/zsh/site-functions/_baton"),
    ("fish", "/usr/share/fish/vendor_completions.d/baton.fish", "/usr/share/fish/vendor_completions.d/baton.fish"),
];

/// Files that are the same in every Linux package: the place, and the file in the repository.
const ON_LINUX: &[(&str, &str)] = &[
    ("/usr/share/icons/hicolor/scalable/apps/baton-app.svg", "icons/app.svg"),
    ("/usr/share/metainfo/io.github.opencode-baton.metainfo.xml", "packaging/linux/metainfo.xml"),
];

const ICONS: &[&str] = &[
    "app-16.png",
    "app-32.png",
    "app-48.png",
    "app-64.png",
    "app-128.png",
    "app-256.png",
    "app-512.png",
    "app.icns",
    "app.ico",
];

/// A file's place in the installed system, and where it is now.
type Files = Vec<(String, PathBuf)>;

/// The texts that the program makes of itself.
#[derive(Default)]
pub(super) struct Generated {
    deb: Files,
    rpm: Files,
}

/// Asks the program for them.
pub(super) fn generated(baton: &Path, folder: &Path) -> Result<Generated, Failed> {
    let mut generated = Generated::default();
    if !cfg!(target_os = "linux") {
        return Ok(generated);
    }
    let _ = fs::remove_dir_all(folder);
    make_folder(folder)?;
    let failed = |error: std::io::Error| Failed::new(format!("{}: {error}", folder.display()));
    for (shell, deb, rpm) in COMPLETIONS {
        let script = shell::output(shell::program(baton).args(["completions", shell]));
        let file = folder.join(shell);
        fs::write(&file, script.ok_or_else(|| Failed::new("`baton completions` fails"))?).map_err(failed)?;
        generated.deb.push(((*deb).to_owned(), file.clone()));
        generated.rpm.push(((*rpm).to_owned(), file));
    }
    let pages = folder.join("manual");
    shell::run(shell::program(baton).args(["manual", "--to"]).arg(&pages))?;
    for page in fs::read_dir(&pages).map_err(failed)? {
        let page = page.map_err(failed)?.path();
        // Without the time: the same page is the same file.
        shell::run(shell::program("gzip").args(["-9", "--no-name"]).arg(&page))?;
        let name = format!("{}.gz", page.file_name().unwrap_or_default().to_string_lossy());
        let file = (format!("/usr/share/man/man1/{name}"), pages.join(&name));
        generated.deb.push(file.clone());
        generated.rpm.push(file);
    }
    let changelog = folder.join("changelog");
    fs::copy(shell::root().join("CHANGELOG.md"), &changelog).map_err(failed)?;
    shell::run(shell::program("gzip").args(["-9", "--no-name"]).arg(&changelog))?;
    generated.deb.push(("/usr/share/doc/baton/changelog.gz".to_owned(), changelog.with_extension("gz")));
    generated.deb.sort();
    generated.rpm.sort();
    Ok(generated)
}

/// What the bundler is told on top of `tauri.conf.json`. `baton` is the program for the terminal, less the end of its
/// name that says for which system it is.
pub(super) fn as_json(baton: &Path, generated: &Generated) -> String {
    let here = |file: &str| shell::root().join(file);
    let same = || ON_LINUX.iter().map(|(place, file)| ((*place).to_owned(), here(file)));
    let deb = same().chain([("/usr/share/doc/baton/copyright".to_owned(), here("packaging/linux/copyright"))]);
    let rpm = same().chain([("/usr/share/licenses/baton/LICENSE".to_owned(), here("LICENSE"))]);
    let icons: Vec<PathBuf> = ICONS.iter().map(|icon| here("icons").join(icon)).collect();
    let desktop = here("packaging/linux/baton.desktop");
    format!(
        r#"{{"bundle": {{
  "icon": {icons:?},
  "licenseFile": {license:?},
  "externalBin": [{baton:?}],
  "createUpdaterArtifacts": {signed},
  "linux": {{
    "deb": {{"desktopTemplate": {desktop:?}, "files": {deb}}},
    "rpm": {{"desktopTemplate": {desktop:?}, "files": {rpm}}},
    "appimage": {{"files": {appimage}}}
  }},
  "windows": {{{certificate}
    "nsis": {{"installerIcon": {ico:?}, "installerHooks": {nsh:?}}},
    "wix": {{"version": {msi:?}, "fragmentPaths": [{wxs:?}], "componentRefs": ["SearchPath"]}}
  }}
}}}}
"#,
        license = here("LICENSE"),
        signed = can_sign(),
        deb = object(deb.chain(generated.deb.iter().cloned())),
        rpm = object(rpm.chain(generated.rpm.iter().cloned())),
        appimage = object(same()),
        certificate = certificate(),
        ico = here("icons/app.ico"),
        nsh = here("packaging/windows/path.nsh"),
        // Windows Installer knows numbers only.
        msi = super::VERSION.replacen("-beta.", ".", 1),
        wxs = here("packaging/windows/path.wxs"),
    )
}

/// What the programs were told of updates when they were built; `tauri-build` takes it from the same variable.
pub(super) fn told_of_updates() -> Option<String> {
    env::var("TAURI_CONFIG").ok().filter(|config| config.contains("\"pubkey\""))
}

/// Whether updates can be signed. Unsigned ones are never made: the app would refuse them.
fn can_sign() -> bool {
    let missing = match env::var_os("TAURI_SIGNING_PRIVATE_KEY").is_some_and(|key| !key.is_empty()) {
        false => "TAURI_SIGNING_PRIVATE_KEY isn't set",
        true if told_of_updates().is_none() => "TAURI_CONFIG names no public key",
        true => return true,
    };
    println!("Without files for updates: {missing}.");
    false
}

/// Which of the certificates that Windows holds signs the installers.
fn certificate() -> String {
    let chosen = env::var("BATON_WINDOWS_CERTIFICATE").ok().filter(|thumbprint| !thumbprint.is_empty());
    chosen.map_or_else(String::new, |thumbprint| {
        format!(
            r#"
    "certificateThumbprint": {thumbprint:?},
    "digestAlgorithm": "sha256",
    "timestampUrl": "http://timestamp.digicert.com","#
        )
    })
}

/// Rust's way to write texts is JSON's, for paths without control characters.
fn object(files: impl Iterator<Item = (String, PathBuf)>) -> String {
    let pairs: Vec<String> = files.map(|(place, file)| format!("{place:?}: {file:?}")).collect();
    format!("{{{}}}", pairs.join(", "))
}
