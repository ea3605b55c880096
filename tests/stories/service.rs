use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use e2e::{Cli, Scene, Vault};
use serde_json::Value;

const UNIT: &str = ".config/systemd/user/baton.service";

fn printed(cli: Cli) -> Value {
    assert_eq!(cli.code, Some(0), "{}", cli.stderr);
    serde_json::from_str(&cli.stdout).unwrap()
}

fn all_under(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.file_type().unwrap().is_dir() {
            true => all_under(&entry.path()).into_iter().chain([entry.path().display().to_string()]).collect(),
            false => BTreeSet::from([entry.path().display().to_string()]),
        })
        .collect()
}

#[test]
fn a_service_is_installed_without_a_user_manager_and_leaves_nothing_behind() {
    let scene = Scene::without_opencode(Vault::File);
    let config = scene.home.path(".config");
    fs::create_dir(&config).unwrap();
    let before = all_under(&config);

    let installed = printed(scene.cli(&["service", "install", "--json"]));
    assert_eq!((&installed["installed"], &installed["running"]), (&true.into(), &Value::Null));
    let advice = installed["advice"].to_string();
    assert!(advice.contains("systemctl --user start baton") && advice.contains("enable-linger"), "{advice}");

    let unit = scene.home.path(UNIT);
    let text = fs::read_to_string(&unit).unwrap();
    let home = format!("Environment=\"BATON_HOME={}\"\n", scene.home.path("baton").display());
    assert!(text.contains(&home), "the service works on the same files: {text}");
    let link = scene.home.path(".config/systemd/user/default.target.wants/baton.service");
    assert_eq!(fs::read_link(link).unwrap(), unit, "it starts at login");
    systemd_takes(&unit);

    assert_eq!(printed(scene.cli(&["service", "status", "--json"]))["installed"], true);
    scene.done(&["service", "install"]);
    for _ in 0..2 {
        scene.done(&["service", "uninstall"]);
        assert_eq!(printed(scene.cli(&["service", "status", "--json"]))["installed"], false);
        assert_eq!(all_under(&config), before);
    }
}

#[test]
fn a_unit_for_other_folders_is_noticed() {
    let mut scene = Scene::without_opencode(Vault::File);
    scene.done(&["service", "install"]);
    let status = |scene: &Scene| printed(scene.cli(&["service", "status", "--json"]))["advice"].to_string();
    assert!(!status(&scene).contains("other folders"), "{}", status(&scene));
    scene.home.set("XDG_STATE_HOME", "/elsewhere");
    assert!(status(&scene).contains("other folders"), "{}", status(&scene));
}

/// Where systemd's own check is at hand, it has nothing to say.
fn systemd_takes(unit: &Path) {
    // It wants a folder for its sockets that no other test looks into.
    let run = unit.with_file_name("run");
    fs::create_dir(&run).unwrap();
    let mut analyze = Command::new("systemd-analyze");
    analyze.args(["--user", "--man=no", "verify"]).arg(unit).env("XDG_RUNTIME_DIR", &run);
    if let Ok(output) = analyze.output() {
        let said = String::from_utf8_lossy(&output.stderr);
        let about_ours: Vec<_> = said.lines().filter(|line| line.contains("baton")).collect();
        assert!(output.status.success() && about_ours.is_empty(), "{said}");
    }
    fs::remove_dir_all(run).unwrap();
}
