//! `cargo xtask dist`: the packages that people install, out of the programs that Cargo builds.
//! Refuses to build one for another system: AppImage, dmg, msi and NSIS need the tools of theirs.

mod contents;
mod deb;
mod manifest;
mod project;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::clean_root;
use crate::setup::{self, Purpose};
use crate::shell::{self, Done, Failed};
use crate::ui;

pub(crate) use deb::renumbered;

/// One version for everything, from the workspace's `Cargo.toml`.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How the programs in a package are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As people get them.
    Release,
    /// As the tests have built them already; the package is the same in all else.
    Dev,
}

impl Profile {
    /// Cargo's name for its folder.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "debug",
        }
    }
}

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    profile: Profile,
    /// macOS: one program for both kinds of processor.
    universal: bool,
    bundles: Vec<String>,
}

pub(crate) fn run(args: &[String]) -> Done {
    match args.split_first() {
        Some((word, rest)) if word == "manifest" => return manifest::write(rest),
        Some((word, rest)) if word == "install" => return install(&Wanted::of(rest)?),
        Some(_) | None => {}
    }
    let wanted = Wanted::of(args)?;
    setup::prepare(Purpose::Tray)?;
    ui::build()?;
    let programs = build(&wanted)?;
    println!("\nPackages of Baton {VERSION}:");
    for package in bundle(&wanted, &programs)? {
        println!("{:>9.2} MB  {}", size(&package)? as f64 / 1e6, package.display());
    }
    Ok(())
}

/// What people install, with the programs that are built already.
pub(crate) fn packages() -> Done {
    bundle(&Wanted::of(&[])?, &shell::target().join(Profile::Release.folder())).map(|_| ())
}

fn install(wanted: &Wanted) -> Done {
    setup::prepare(Purpose::Test)?;
    ui::build()?;
    build(wanted)?;
    clean_root::check(wanted.profile)
}

/// The deb with the programs of that profile, which are built already.
pub(crate) fn deb(profile: Profile) -> Result<PathBuf, Failed> {
    let wanted = Wanted { profile, universal: false, bundles: vec!["deb".to_owned()] };
    let programs = shell::target().join(profile.folder());
    bundle(&wanted, &programs)?.pop().ok_or_else(|| Failed::new("Tauri's bundler made no deb"))
}

impl Wanted {
    fn of(args: &[String]) -> Result<Self, Failed> {
        let mut wanted = Self { profile: Profile::Release, universal: false, bundles: Vec::new() };
        for arg in args {
            match arg.as_str() {
                "--dev" => wanted.profile = Profile::Dev,
                "--universal" => wanted.universal = true,
                flag if flag.starts_with('-') => return Err(Failed::new(format!("dist has no {flag}"))),
                bundle => wanted.bundles.push(bundle.to_owned()),
            }
        }
        if wanted.bundles.is_empty() {
            wanted.bundles = usual_bundles().iter().map(|&bundle| bundle.to_owned()).collect();
        }
        Ok(wanted)
    }
}

/// What can be made without fetching more tools, on Linux; all there is, elsewhere.
fn usual_bundles() -> &'static [&'static str] {
    match env::consts::OS {
        "macos" => &["app", "dmg"],
        "windows" => &["msi", "nsis"],
        _ => &["deb", "rpm"],
    }
}

/// Builds the programs and says in which folder they are.
fn build(wanted: &Wanted) -> Result<PathBuf, Failed> {
    let mut arguments = vec!["build", "--package", "app", "--package", "cli", "--bins"];
    arguments.extend((wanted.profile == Profile::Release).then_some("--release"));
    if !wanted.universal {
        shell::run(&mut shell::cargo(&arguments))?;
        return Ok(shell::target().join(wanted.profile.folder()));
    }
    let both = ["aarch64-apple-darwin", "x86_64-apple-darwin"];
    for target in both {
        shell::run(shell::cargo(&arguments).args(["--target", target]))?;
    }
    let together = shell::target().join(project::UNIVERSAL).join(wanted.profile.folder());
    fs::create_dir_all(&together).map_err(|error| Failed::new(format!("{}: {error}", together.display())))?;
    for program in project::PROGRAMS {
        let halves = both.map(|target| shell::target().join(target).join(wanted.profile.folder()).join(program));
        shell::run(shell::program("lipo").arg("-create").args(halves).arg("-output").arg(together.join(program)))?;
    }
    Ok(together)
}

/// Has Tauri's bundler make the packages from the programs in that folder.
fn bundle(wanted: &Wanted, programs: &Path) -> Result<Vec<PathBuf>, Failed> {
    let project = project::lay_out(wanted.profile, wanted.universal, programs)?;
    let mut tauri = tauri();
    tauri.args(["bundle", "--ci", "--bundles", &wanted.bundles.join(",")]).args(project.arguments());
    shell::run(tauri.current_dir(&project.folder).env("CARGO_TARGET_DIR", &project.target))?;
    let mut packages = project.packages();
    // Debs and rpms are updated by who installed them, and what Tauri has signed isn't what is packed in the end.
    packages.retain(|package| !is_signature_of_linux_package(package) || fs::remove_file(package).is_err());
    if wanted.profile == Profile::Release {
        for deb in packages.iter().filter(|package| package.extension().is_some_and(|end| end == "deb")) {
            deb::pack_tightly(deb)?;
        }
    }
    Ok(packages)
}

fn is_signature_of_linux_package(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    [".deb.sig", ".rpm.sig"].iter().any(|end| name.ends_with(end))
}

/// Tauri's own program, as the page's lock file names it.
pub(crate) fn tauri() -> Command {
    let mut node = shell::program("node");
    node.arg(shell::root().join("ui/node_modules/@tauri-apps/cli/tauri.js"));
    node
}

fn size(path: &Path) -> Result<u64, Failed> {
    Ok(fs::metadata(path).map_err(|error| Failed::new(format!("{}: {error}", path.display())))?.len())
}
