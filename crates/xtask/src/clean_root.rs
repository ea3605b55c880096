//! Installs the deb on a Debian that has nothing else, as a person's machine may be, and lives with it: start, demo,
//! daemon, tray app, upgrade, removal. Where such a Debian can't be made, it says so and nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use crate::dist::{self, Profile, VERSION};
use crate::shell::{self, Done, Failed};

/// Lower than any release.
const EARLIER: &str = "0.0.1";

/// What happens in there, each as the person or as root.
const PREPARE: &str = include_str!("clean_root/prepare.sh");
const INSTALL: &str = include_str!("clean_root/install.sh");
const FIRST_DAY: &str = include_str!("clean_root/first_day.sh");
const AFTER_UPGRADE: &str = include_str!("clean_root/after_upgrade.sh");
const TRAY: &str = include_str!("clean_root/tray.sh");
const REMOVE: &str = include_str!("clean_root/remove.sh");

pub(crate) fn check(profile: Profile) -> Done {
    if let Some(why) = impossible() {
        println!("Skipped: the deb isn't installed on a clean Debian, because {why}.");
        return Ok(());
    }
    let deb = dist::deb(profile)?;
    let earlier = dist::renumbered(&deb, EARLIER)?;
    let root = Root::unpack()?;
    for (from, to) in [(&earlier, "earlier.deb"), (&deb, "new.deb")] {
        fs::copy(from, root.0.join("opt").join(to))
            .map_err(|error| Failed::new(format!("{}: {error}", from.display())))?;
    }
    root.run("make it a person's machine", "root", PREPARE, &[])?;
    root.run("install the earlier version", "root", INSTALL, &["/opt/earlier.deb"])?;
    root.run("first day: version, demo, an account, the daemon", "ann", FIRST_DAY, &[EARLIER])?;
    root.run("upgrade", "root", INSTALL, &["/opt/new.deb"])?;
    root.run("after the upgrade: everything is still there", "ann", AFTER_UPGRADE, &[VERSION, EARLIER])?;
    let screen = Screen::start()?;
    root.run("the tray app, on a bare screen", "ann", TRAY, &[&screen.name])?;
    drop(screen);
    root.run("remove: nothing stays but the person's data", "root", REMOVE, &[])?;
    println!("\nThe deb was installed, used, upgraded and removed on a clean Debian.");
    Ok(())
}

/// Why there can't be such a Debian on this machine.
fn impossible() -> Option<&'static str> {
    let unshared = || shell::output(shell::program("unshare").args(["--mount", "--pid", "--fork", "true"])).is_some();
    match () {
        () if !cfg!(target_os = "linux") || shell::find("dpkg-deb").is_none() => Some("this isn't Debian or Ubuntu"),
        () if !shell::is_root() => Some("that needs root"),
        () if shell::find("debootstrap").is_none() => Some("there is no debootstrap"),
        () if !unshared() => Some("this machine doesn't let programs have mounts of their own"),
        () => None,
    }
}

/// The folder with a Debian of its own. It goes away with this value; nothing is ever mounted outside a command's own
/// namespace, so there is nothing to undo.
struct Root(PathBuf);

impl Root {
    /// A fresh one. The bare system is fetched from the mirror once and kept as an archive.
    fn unpack() -> Result<Self, Failed> {
        let system = System::here()?;
        let archive = shell::cache().join(format!("clean-root/{}.tar", system.suite));
        if !archive.exists() {
            system.fetch(&archive)?;
        }
        let root = Self(shell::target().join("clean-root"));
        root.wipe();
        fs::create_dir_all(&root.0).map_err(|error| Failed::new(format!("{}: {error}", root.0.display())))?;
        shell::run(shell::program("tar").arg("--extract").arg("--file").arg(&archive).arg("--directory").arg(&root.0))?;
        Ok(root)
    }

    /// Runs a script in there; it ends with everything that it started.
    fn run(&self, what: &str, user: &str, script: &str, args: &[&str]) -> Done {
        let start = Instant::now();
        println!("\n# {what}");
        let home = if user == "root" { "/root".to_owned() } else { format!("/home/{user}") };
        let mut command = Command::new("unshare");
        command.args(["--mount", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc"]);
        command.arg("--root").arg(&self.0).args(["--wd", "/"]);
        command.args([
            "/usr/bin/env",
            "--ignore-environment",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ]);
        command.args([&format!("HOME={home}"), "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"]);
        for proxy in ["http_proxy", "https_proxy", "no_proxy"] {
            command.args(env::var(proxy).ok().map(|value| format!("{proxy}={value}")));
        }
        if user != "root" {
            command.args(["setpriv", "--reuid", user, "--regid", user, "--init-groups"]);
        }
        command.args(["sh", "-euc", script, "clean-root"]).args(args);
        let status = command.stdin(Stdio::null()).status().map_err(|error| Failed::new(format!("unshare: {error}")))?;
        match status.success() {
            true => {
                println!("# done in {} s", start.elapsed().as_secs());
                Ok(())
            }
            false => Err(Failed::new(format!("on a clean Debian, this failed: {what}"))),
        }
    }

    fn wipe(&self) {
        // No mount can be in it; `--one-file-system` is the belt to these braces.
        let _ = shell::output(shell::program("rm").args(["--recursive", "--force", "--one-file-system"]).arg(&self.0));
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        self.wipe();
    }
}

/// Which Debian (or Ubuntu) this machine is, and where it gets its packages.
struct System {
    suite: String,
    components: &'static str,
    mirror: String,
}

impl System {
    fn here() -> Result<Self, Failed> {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let value = |name: &str| {
            release.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim_matches('"').to_owned())
        };
        let suite = value("VERSION_CODENAME=").ok_or_else(|| Failed::new("/etc/os-release names no release"))?;
        let known = shell::output(shell::program("apt-get").args(["indextargets", "--format", "$(CODENAME) $(SITE)"]));
        let mirror = known
            .unwrap_or_default()
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{suite} ")).map(str::to_owned));
        Ok(Self {
            components: if value("ID=").as_deref() == Some("ubuntu") { "main,universe" } else { "main" },
            mirror: mirror
                .ok_or_else(|| Failed::new(format!("apt knows no mirror of {suite}: run `apt-get update`")))?,
            suite,
        })
    }

    fn fetch(&self, archive: &Path) -> Done {
        let folder = shell::target().join("clean-root.new");
        let _ = fs::remove_dir_all(&folder);
        let mut debootstrap = shell::program("debootstrap");
        debootstrap.args(["--variant=minbase", &format!("--components={}", self.components), &self.suite]);
        shell::run(debootstrap.arg(&folder).arg(&self.mirror).stdout(Stdio::null()))?;
        let failed = |error: std::io::Error| Failed::new(format!("{}: {error}", archive.display()));
        fs::create_dir_all(archive.parent().unwrap_or(archive)).map_err(failed)?;
        let half = archive.with_extension("half");
        shell::run(
            shell::program("tar").arg("--create").arg("--file").arg(&half).arg("--directory").arg(&folder).arg("."),
        )?;
        let _ = fs::remove_dir_all(&folder);
        fs::rename(half, archive).map_err(failed)
    }
}

/// A screen without a desktop: no tray, no panel.
struct Screen {
    server: Child,
    name: String,
}

impl Screen {
    fn start() -> Result<Self, Failed> {
        let said = shell::target().join("clean-root.screen");
        let file = fs::File::create(&said).map_err(|error| Failed::new(format!("{}: {error}", said.display())))?;
        // Without access control: who shows windows on it isn't who started it.
        let mut server = Command::new("Xvfb");
        server.args(["-ac", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
        let server = server.stdout(file).stderr(Stdio::null()).spawn();
        let mut screen =
            Self { server: server.map_err(|error| Failed::new(format!("Xvfb: {error}")))?, name: String::new() };
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(30) {
            if let Some(number) =
                fs::read_to_string(&said).ok().and_then(|text| text.strip_suffix('\n').map(str::to_owned))
            {
                screen.name = format!(":{number}");
                return Ok(screen);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err(Failed::new("Xvfb doesn't start"))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
