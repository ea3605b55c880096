//! A project for Tauri's bundler to look at, with nothing in it but the programs and what goes into the packages.
//! Not the real one: from that, the bundler would conclude that Baton's tray needs libappindicator, write into its
//! `Cargo.toml`, and change the programs that the tests run.

use std::path::{Path, PathBuf};
use std::{env, fs};

use super::{Profile, VERSION, contents};
use crate::shell::{self, Failed};

/// The app, and the program for the terminal.
pub(super) const PROGRAMS: [&str; 2] = ["baton-app", "baton"];

/// Tauri's name for programs that hold code for both of Apple's processors.
pub(super) const UNIVERSAL: &str = "universal-apple-darwin";

pub(super) struct Project {
    /// Where the bundler is started.
    pub(super) folder: PathBuf,
    /// Where it finds the app and leaves the packages.
    pub(super) target: PathBuf,
    profile: Profile,
    universal: bool,
}

impl Project {
    /// What the bundler is told.
    pub(super) fn arguments(&self) -> Vec<&'static str> {
        let mut arguments = vec!["--config", "updates.json", "--config", "contents.json"];
        arguments.extend((self.profile == Profile::Dev).then_some("--debug"));
        arguments.extend(self.universal.then_some(["--target", UNIVERSAL]).into_iter().flatten());
        arguments
    }

    /// The packages that there are now, and what updates need of them.
    pub(super) fn packages(&self) -> Vec<PathBuf> {
        let ends = ["AppImage", "deb", "dmg", "exe", "gz", "msi", "rpm", "sig"];
        let kinds = fs::read_dir(self.bundles()).into_iter().flatten().flatten();
        let files = kinds.flat_map(|kind| fs::read_dir(kind.path()).into_iter().flatten().flatten());
        let mut packages: Vec<PathBuf> = files.map(|file| file.path()).filter(|path| path.is_file()).collect();
        packages.retain(|path| path.extension().is_some_and(|end| ends.iter().any(|known| *known == end)));
        packages.sort();
        packages
    }

    /// A folder for each kind of package.
    fn bundles(&self) -> PathBuf {
        self.programs().join("bundle")
    }

    fn programs(&self) -> PathBuf {
        let target = if self.universal { self.target.join(UNIVERSAL) } else { self.target.clone() };
        target.join(self.profile.folder())
    }
}

pub(super) fn lay_out(profile: Profile, universal: bool, built: &Path) -> Result<Project, Failed> {
    let target = shell::target().join("packages");
    let project = Project { folder: target.join("project"), target, profile, universal };
    // Packages of an earlier version would be taken for new ones.
    let _ = fs::remove_dir_all(project.bundles());
    let programs = project.programs();
    make_folder(&programs)?;
    make_folder(&project.folder.join("src"))?;
    let beside = project.target.join(format!("baton-{}{}", triple(universal)?, env::consts::EXE_SUFFIX));
    for (name, to) in PROGRAMS.iter().zip([&programs.join(exe("baton-app")), &beside]) {
        let from = built.join(exe(name));
        fs::copy(&from, to).map_err(|error| Failed::new(format!("{}: {error}", from.display())))?;
        if profile == Profile::Dev && cfg!(target_os = "linux") {
            // What debuggers read is most of such a program.
            shell::run(shell::program("strip").arg(to))?;
        }
    }
    let generated = contents::generated(&built.join(exe("baton")), &project.target.join("generated"))?;
    let config = fs::read_to_string(shell::root().join("src-tauri/tauri.conf.json"));
    let config = config.map_err(|error| Failed::new(format!("src-tauri/tauri.conf.json: {error}")))?;
    for (name, text) in [
        ("Cargo.toml", cargo_toml()),
        ("src/main.rs", "fn main() {}\n".to_owned()),
        ("tauri.conf.json", config),
        ("updates.json", contents::told_of_updates().unwrap_or_else(|| "{}".to_owned())),
        ("contents.json", contents::as_json(&project.target.join("baton"), &generated)),
    ] {
        let path = project.folder.join(name);
        fs::write(&path, text).map_err(|error| Failed::new(format!("{}: {error}", path.display())))?;
    }
    Ok(project)
}

fn cargo_toml() -> String {
    format!(
        "[package]\nname = \"baton-app\"\nversion = \"{VERSION}\"\nedition = \"2024\"\nlicense = \"MIT\"\n\n\
         [dependencies]\ntauri = {{ version = \"2\", features = [] }}\n\n\
         [build-dependencies]\ntauri-build = {{ version = \"2\", features = [] }}\n\n[workspace]\n"
    )
}

fn triple(universal: bool) -> Result<String, Failed> {
    if universal {
        return Ok(UNIVERSAL.to_owned());
    }
    let said = shell::output(shell::program("rustc").arg("-vV")).unwrap_or_default();
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failed::new("`rustc -vV` doesn't say for which system it builds"))
}

fn exe(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}

pub(super) fn make_folder(path: &Path) -> Result<(), Failed> {
    fs::create_dir_all(path).map_err(|error| Failed::new(format!("{}: {error}", path.display())))
}
