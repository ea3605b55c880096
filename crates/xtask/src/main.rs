//! Set-up, build and checks, the same on every system: `cargo xtask run | test | bench | dist | release`.
//! Refuses dependencies: it is compiled before anything else, in seconds.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod bench;
mod check;
mod clean_root;
mod dist;
mod icons;
mod release;
mod run;
mod setup;
mod shell;
mod systems;
mod test;
mod ui;
mod workflows;

use std::process::ExitCode;

use shell::Failed;

const USAGE: &str = "\
usage: cargo xtask run [-- ARGS]     set up this machine, build, start Baton: the tray app, or `baton run` without a display
       cargo xtask test [FILTER]     set up, then run every check and test; with FILTER only the tests named so
       cargo xtask bench [PART]      set up, then measure: switch, bridge, log, spend, week, policy, package, popover, idle; all without PART
       cargo xtask dist [PACKAGE]…   set up, then build what people install: deb and rpm here, dmg on macOS, msi and nsis on Windows;
                                     --dev packs the programs of the development profile, --universal is for macOS
       cargo xtask dist install      set up, then build the deb and live with it on a clean Debian (needs root)
       cargo xtask release VERSION   write version and changelog, commit, tag; --dry-run only says what would happen
       cargo xtask icons             draw the icons' pictures anew from their SVG files
       cargo xtask types             write the web view's types anew from the daemon's
       cargo xtask docs              write the pages of the guide that come from the code anew";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = args.split_first().map_or(("", &[][..]), |(command, rest)| (command.as_str(), rest));
    let result = match (command, rest) {
        ("run", [dashes, rest @ ..]) if dashes == "--" => run::run(rest),
        ("run", rest) => run::run(rest),
        ("test", []) => test::everything(),
        ("test", [filter]) => test::matching(filter),
        ("bench", rest) => bench::run(rest),
        ("dist", rest) => dist::run(rest),
        ("release", rest) => release::run(rest),
        ("icons", []) => icons::write(),
        ("types", []) => check::write_types(),
        ("docs", []) => check::write_docs(),
        ("help" | "-h" | "--help", _) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(why)) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}
