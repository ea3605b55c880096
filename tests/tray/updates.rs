use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::{Scene, UpdateServer, Vault, WebView, built, eventually};

const SOON: Duration = Duration::from_secs(30);

/// A person who has put the app into a folder of their own, and a server that it looks at.
fn scene() -> (Scene, UpdateServer, PathBuf) {
    let mut scene = Scene::without_opencode(Vault::File);
    let server = UpdateServer::start();
    scene.home.set("BATON_TRIAL_UPDATES", server.source());
    let program = scene.home.path("baton-app");
    fs::copy(built("baton-app"), &program).unwrap();
    scene.login("a");
    scene.screen();
    (scene, server, program)
}

#[track_caller]
fn look_in_settings(scene: &Scene, program: &Path) -> WebView {
    let window = WebView::start(&scene.home, program);
    window.wait_for("a@example.com");
    window.click("button[name=settings]");
    window
}

#[test]
fn a_newer_version_is_found_installed_by_a_click_and_started() {
    let (scene, server, program) = scene();
    server.offer("stable", UpdateServer::VERSION, UpdateServer::RELEASE);
    let window = look_in_settings(&scene, &program);

    window.wait_for("Baton 99.0.0 is there.");
    assert_ne!(fs::read(&program).unwrap(), UpdateServer::RELEASE, "nothing is installed unasked");
    window.click("button[name=install-update]");

    eventually("it is installed", SOON, || (fs::read(&program).ok()? == UpdateServer::RELEASE).then_some(()));
    // The tests' release ends as soon as it is started.
    eventually("it is started in place of the old one", SOON, || (scene.windows("Baton") == 0).then_some(()));
}

#[test]
fn what_was_tampered_with_is_not_installed_and_this_version_stays() {
    let (scene, server, program) = scene();
    let before = fs::read(&program).unwrap();
    let mut tampered = UpdateServer::RELEASE.to_vec();
    *tampered.last_mut().unwrap() ^= 1;
    server.offer("stable", UpdateServer::VERSION, &tampered);
    let window = look_in_settings(&scene, &program);

    window.click("button[name=install-update]");
    window.wait_for("Not installed, this version stays");
    assert!(fs::read(&program).unwrap() == before, "the program is untouched");

    // The signature is for another version than the one that is named: an old release in a new one's clothes.
    server.offer("stable", "100.0.0", UpdateServer::RELEASE);
    window.click("button[name=look-for-updates]");
    window.wait_for("Baton 100.0.0 is there.");
    window.click("button[name=install-update]");
    window.wait_for("Not installed, this version stays");
    assert!(fs::read(&program).unwrap() == before, "the program is untouched");
    window.click("button[name=accounts]");
    window.wait_for("a@example.com");
}

#[test]
fn an_older_version_is_none_and_the_channel_is_the_persons_choice() {
    let (scene, server, program) = scene();
    server.offer("stable", "0.0.1", UpdateServer::RELEASE);
    server.offer("beta", UpdateServer::VERSION, UpdateServer::RELEASE);
    let window = look_in_settings(&scene, &program);
    window.wait_for("This is the newest version.");

    scene.write_settings(Vault::File, "[updates]\nchannel = \"beta\"\n");
    window.wait_for("Baton 99.0.0 is there.");
    scene.write_settings(Vault::File, "[updates]\nchannel = \"off\"\n");
    window.wait_for("Baton doesn’t look for new versions.");
}
