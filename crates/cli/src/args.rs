//! The command line as clap sees it; every flag and help text is here or in the command's own file.
//! Does nothing but parse.

use clap::Parser;

use crate::commands::Command;

/// Keeps OpenCode working when an account hits its usage limit: passes the baton to your next account.
#[derive(Debug, Parser)]
#[command(name = "baton", version, arg_required_else_help = true, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// Print JSON instead of text, one value a line
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Commands ask the running daemon (the tray app, or `baton run`). With none running they do the work themselves.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no usable account, 4 keychain unavailable.

First steps:
  baton add                  save the logins that OpenCode has now
  baton login openai         log in with the next account
  baton status               see all accounts, their limits, and which one is active";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_promised_command_is_understood_with_and_without_json() {
        let lines = [
            "baton status",
            "baton add",
            "baton add --provider openai",
            "baton add --provider openai --label work",
            "baton add --label work",
            "baton add openai --key-stdin",
            "baton add openai --key-stdin --label work",
            "baton login openai",
            "baton login openai --label work --keep-active",
            "baton switch openai work",
            "baton next openai",
            "baton rename openai work office",
            "baton remove openai work",
            "baton enable openai work",
            "baton disable openai work",
            "baton usage",
            "baton usage --refresh",
            "baton usage --line",
            "baton why",
            "baton why openai",
            "baton spend",
            "baton spend --since 2h --by model",
            "baton spend --by day",
            "baton history",
            "baton history --since 2h",
            "baton history --since 2026-11-20",
            "baton history --since 2026-11-20T13:00:00Z",
            "baton run",
            "baton service install",
            "baton service uninstall",
            "baton service status",
            "baton pause",
            "baton pause --for 1h",
            "baton pause --until-tomorrow",
            "baton resume",
            "baton autostart on",
            "baton autostart off",
            "baton autostart status",
            "baton doctor",
            "baton bridge install",
            "baton bridge uninstall",
            "baton bridge status",
            "baton vault",
            "baton vault keychain",
            "baton vault file",
            "baton demo",
            "baton completions zsh",
            "baton manual",
            "baton manual --to pages",
        ];
        for line in lines {
            assert!(!parse(line).unwrap_or_else(|error| panic!("{line}: {error}")).json, "{line}");
            assert!(parse(&format!("{line} --json")).is_ok_and(|cli| cli.json), "{line} --json");
            assert!(parse(&line.replacen("baton", "baton --json", 1)).is_ok_and(|cli| cli.json), "--json {line}");
        }
    }

    #[test]
    fn wrong_usage_ends_with_2() {
        let lines = [
            "baton",
            "baton juggle",
            "baton status openai",
            "baton add openai",
            "baton add --key-stdin",
            "baton add openai --key-stdin --provider openai",
            "baton add openai sk-secret --key-stdin",
            "baton login",
            "baton switch openai",
            "baton switch",
            "baton next",
            "baton rename openai work",
            "baton remove openai",
            "baton history --since yesterday",
            "baton history --since",
            "baton usage --now",
            "baton pause --for ever",
            "baton pause --for 0h",
            "baton pause --for 1h --until-tomorrow",
            "baton spend --by mood",
            "baton why openai work",
            "baton bridge",
            "baton bridge burn",
            "baton vault cloud",
            "baton run --verbose",
            "baton completions tcsh",
            "baton service",
            "baton service restart",
            "baton autostart",
            "baton autostart maybe",
        ];
        for line in lines {
            assert_eq!(parse(line).map_err(|error| error.exit_code()).err(), Some(2), "{line}");
        }
    }

    #[test]
    fn help_and_version_are_no_failures() {
        for (line, kind) in [
            ("baton --help", ErrorKind::DisplayHelp),
            ("baton switch --help", ErrorKind::DisplayHelp),
            ("baton --version", ErrorKind::DisplayVersion),
        ] {
            let error = parse(line).expect_err(line);
            assert_eq!((error.kind(), error.exit_code()), (kind, 0), "{line}");
        }
    }

    #[test]
    fn every_command_says_what_it_does() {
        for command in Cli::command().get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }
}
