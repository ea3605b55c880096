//! Runs every command that the README and the guides name, as a person would who has three accounts and types it in.
//! Refuses a command that nobody runs.
#![allow(clippy::unwrap_used, reason = "tests")]

// Where a page's links lead.
mod links;
// What a page names.
mod page;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use e2e::{Process, Scene, Vault, built};
use page::Page;

/// `baton demo` takes its time, for people to read along.
const PATIENCE: Duration = Duration::from_secs(60);

/// Lines in blocks that another test runs, or that install what a test machine has: what runs them.
const RUN_ELSEWHERE: &[(&str, &str)] = &[];

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn pages() -> Vec<PathBuf> {
    let mut folders = vec![project().join("docs")];
    let mut pages: Vec<PathBuf> =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(|page| project().join(page)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                pages.push(path);
            }
        }
    }
    pages.retain(|page| page.exists());
    pages.sort();
    pages
}

fn read(pages: Vec<PathBuf>) -> Vec<(String, Page)> {
    let named = |path: PathBuf| (path.display().to_string(), Page::read(&fs::read_to_string(&path).unwrap()));
    pages.into_iter().map(named).collect()
}

/// Three accounts at one provider and a key at another; OpenCode has a login that Baton doesn't know yet.
fn machine() -> Scene {
    let mut scene = Scene::without_opencode(Vault::File);
    for name in ["work", "home", "anna@example.org"] {
        scene.login(name);
    }
    let (_, tokens) = scene.provider.enroll("new");
    scene.home.set_auth("openai", tokens.entry());
    scene.home.write(&scene.home.path("key.txt"), "sk-made-up\n");
    let (programs, path) = (built("baton").parent().unwrap().to_owned(), std::env::var("PATH").unwrap());
    scene.home.set("PATH", format!("{}:{path}", programs.display()));
    scene
}

/// Types a line into a shell; what it came to, and all that it said.
fn typed(scene: &Scene, line: &str) -> (Option<i32>, String) {
    let mut shell = scene.home.command("bash");
    let mut shell = Process::start_with_input(shell.args(["-c", line]), "sk-made-up\n", "typed", &scene.home.logs());
    // It serves until somebody ends it.
    if line == "baton run" {
        e2e::eventually("it serves", PATIENCE, || (!shell.stdout().is_empty()).then_some(()));
        shell.stop();
    }
    let code = shell.wait(PATIENCE).code();
    (code, shell.stdout() + &shell.stderr())
}

#[test]
fn what_stands_in_a_block_does_what_it_says_from_top_to_bottom() {
    for (name, page) in read(pages()) {
        let scene = machine();
        for line in page.blocks.iter().filter(|line| is_batons(line)) {
            let (code, said) = typed(&scene, line);
            assert_eq!(code, Some(0), "{name}: {line}\n{said}");
        }
    }
}

#[test]
fn what_stands_in_a_sentence_is_a_command_that_makes_sense() {
    let mut lines: Vec<_> = read(pages())
        .into_iter()
        .flat_map(|(name, page)| page.spans.into_iter().map(move |line| (line, name.clone())))
        .collect();
    lines.sort();
    lines.dedup_by(|a, b| a.0 == b.0);
    let mut refused = Vec::new();
    for (line, name) in lines {
        let (code, said) = typed(&machine(), &line);
        // Nobody sits at a terminal here, and there is no keychain: what needs one says so.
        let needs = [("baton login", "needs a terminal"), ("baton vault keychain", "no keychain")];
        let lacks = needs.iter().any(|(command, why)| line.starts_with(command) && said.contains(why));
        let fine = code == Some(0) || lacks;
        refused.extend((!fine).then(|| format!("{name}: {line}: {code:?}\n{said}")));
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn every_other_line_of_a_block_is_run_by_another_test() {
    let usage = Command::new(env!("CARGO")).args(["xtask", "help"]).current_dir(project()).output().unwrap();
    let usage = String::from_utf8(usage.stdout).unwrap();
    for (name, page) in read(pages()) {
        for line in page.blocks.iter().filter(|line| !is_batons(line)) {
            let elsewhere = RUN_ELSEWHERE.iter().any(|(known, _)| known == line);
            assert!(elsewhere || usage.contains(line.as_str()), "{name}: nothing runs `{line}`");
        }
    }
}

fn is_batons(line: &str) -> bool {
    line.starts_with("baton ") || line.contains("(baton ")
}
