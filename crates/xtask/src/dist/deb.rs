//! What Tauri's bundler leaves to do with a deb, with the tools that every Debian has.

use std::fs;
use std::path::{Path, PathBuf};

use super::VERSION;
use super::project::make_folder;
use crate::shell::{self, Done, Failed};

/// Packs it with xz, which every Debian can read: with a window wide enough to find what the two programs have in
/// common, and with xz's filter for this processor's programs, which `dpkg-deb` has no word for. That makes the package
/// less than half as big as gzip does.
pub(super) fn pack_tightly(deb: &Path) -> Done {
    if shell::find("dpkg-deb").is_none() {
        println!("{} stays packed with gzip: there is no dpkg-deb here.", deb.display());
        return Ok(());
    }
    let unpacked = empty_folder(deb)?;
    shell::run(shell::program("dpkg-deb").arg("--raw-extract").arg(deb).arg(&unpacked))?;
    // Debian's way to say that a version being tried comes before the one that it will be.
    set_version(&unpacked.join("DEBIAN/control"), &VERSION.replacen('-', "~", 1))?;
    let mut pack = shell::program("dpkg-deb");
    shell::run(pack.args(["--root-owner-group", "-Znone", "--build"]).arg(&unpacked).arg(deb))?;

    let members = empty_folder(deb)?;
    let in_there = |name: &str| {
        let mut program = shell::program(name);
        program.current_dir(&members);
        program
    };
    shell::run(in_there("ar").arg("x").arg(deb))?;
    let filter = cfg!(target_arch = "x86_64").then_some("--x86");
    shell::run(in_there("xz").args(filter).args(["--lzma2=preset=9e,dict=64MiB", "data.tar"]))?;
    shell::run(in_there("xz").args(["-9e", "control.tar"]))?;
    let _ = fs::remove_file(deb);
    shell::run(in_there("ar").arg("rc").arg(deb).args(["debian-binary", "control.tar.xz", "data.tar.xz"]))?;
    let _ = fs::remove_dir_all(&members);
    Ok(())
}

/// The same package under another version, beside it. What is installed isn't packed again.
pub(crate) fn renumbered(deb: &Path, version: &str) -> Result<PathBuf, Failed> {
    let unpacked = empty_folder(deb)?;
    let failed = |error: std::io::Error| Failed::new(format!("{}: {error}", unpacked.display()));
    shell::run(shell::program("dpkg-deb").arg("--control").arg(deb).arg(unpacked.join("control")))?;
    set_version(&unpacked.join("control/control"), version)?;
    shell::run(shell::program("ar").current_dir(&unpacked).arg("x").arg(deb))?;
    let members = fs::read_dir(&unpacked).map_err(failed)?.flatten().map(|entry| entry.file_name());
    let data = members.filter(|name| name.to_string_lossy().starts_with("data.tar"));
    let mut tar = shell::program("tar");
    tar.args([
        "--create",
        "--gzip",
        "--owner=0",
        "--group=0",
        "--file",
        "control.tar.gz",
        "--directory",
        "control",
        ".",
    ]);
    shell::run(tar.current_dir(&unpacked))?;
    let other = deb.with_file_name(format!("baton-{version}.deb"));
    let _ = fs::remove_file(&other);
    let mut ar = shell::program("ar");
    shell::run(ar.current_dir(&unpacked).arg("rc").arg(&other).args(["debian-binary", "control.tar.gz"]).args(data))?;
    let _ = fs::remove_dir_all(&unpacked);
    Ok(other)
}

fn set_version(control: &Path, version: &str) -> Done {
    let failed = |error: std::io::Error| Failed::new(format!("{}: {error}", control.display()));
    let text = fs::read_to_string(control).map_err(failed)?;
    let lines = text.lines().map(|line| match line.starts_with("Version: ") {
        true => format!("Version: {version}\n"),
        false => format!("{line}\n"),
    });
    fs::write(control, lines.collect::<String>()).map_err(failed)
}

fn empty_folder(deb: &Path) -> Result<PathBuf, Failed> {
    let folder = deb.with_extension("unpacked");
    let _ = fs::remove_dir_all(&folder);
    make_folder(&folder)?;
    Ok(folder)
}
