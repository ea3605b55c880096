//! `baton login`: OpenCode's own login, in this terminal, in a data folder of its own. The login that OpenCode has now is
//! never touched by it. What it brought is the daemon's to save; what couldn't be saved is kept, and saved first next time.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use daemon::control::{CheckState, ErrorCode, Failure, Reply, Request, SavedAccount};
use daemon::paths::OpenCodePaths;
use daemon::{Login as Place, LoginError};
use tokio::process::{Child, Command};

use crate::commands::stop::leave_signal;
use crate::commands::{Context, label};
use crate::error::Error;
use crate::exit::Exit;
use crate::moment::Moment;
use crate::render;

/// How long OpenCode has to end by itself after Ctrl-C, which reaches it too.
const LEAVE: Duration = Duration::from_secs(2);

/// Log in with OpenCode and keep the login before it
///
/// OpenCode's own login runs in this terminal. What it brings is saved as an account and becomes the active one; the
/// account before stays saved. Logging in with an account that is known already gives it new tokens.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Login {
    /// The provider under OpenCode's id for it, such as openai
    provider: String,
    /// What to call the account; without it, its e-mail address or a name made up for it
    #[arg(long)]
    label: Option<String>,
    /// Let OpenCode stay on the account that it uses now
    #[arg(long)]
    keep_active: bool,
}

const AFTER_HELP: &str = "\
Examples:
  baton login openai                       a second account, or a login that has ended
  baton login openai --label work --keep-active

For an API key in a file there is `baton add openrouter --key-stdin < key.txt`.";

impl Login {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        if !io::stdin().is_terminal() {
            let piped = format!("`baton add {} --key-stdin` reads an API key from a file", self.provider);
            return Err(Error::usage(format!("a login asks questions, so it needs a terminal; {piped}")));
        }
        let no_place = |fault| match fault {
            LoginError::Io(source) => Error::Machine { act: "the folder for the login can't be made", source },
            LoginError::UnderWay => Error::failed(fault.to_string()),
        };
        let place = Place::begin(&context.paths).map_err(no_place)?;
        if let Some(accounts) = self.save_kept(context, &place).await? {
            let again =
                format!("This is the login that was kept. For another one, run `baton login {}` again.", self.provider);
            context.output.note(&again)?;
            drop(place);
            return self.tell(context, accounts).await;
        }
        assure_keychain(context).await?;
        place.prepare(&context.paths).map_err(no_place)?;
        let opencode = OpenCode::find(&context.paths.opencode, &place).await?;
        if !opencode.takes_provider && !self.is_address() {
            context.output.note(&format!("This OpenCode asks for the provider: choose {}.", self.provider))?;
        }
        let ended = self.let_opencode_log_in(&place, &opencode, context.output.is_json()).await?;
        let saved = self.save(context, if ended.success() { Which::Wanted } else { Which::CutOff }).await;
        let accounts = match saved {
            Ok(accounts) => accounts,
            Err(failure) if is_kept(&place) => return Err(kept(failure, &self.provider)),
            Err(Failure { code: ErrorCode::Failed, .. }) if !ended.success() => return Err(cancelled(&self.provider)),
            Err(failure) => return Err(failure.into()),
        };
        drop(place);
        self.tell(context, accounts).await
    }

    /// Saves what an earlier login brought and couldn't be saved. What it is, if it is what is asked for now.
    async fn save_kept(
        &self,
        context: &mut Context<'_, '_>,
        place: &Place,
    ) -> Result<Option<Vec<SavedAccount>>, Error> {
        let unsaved = place
            .unsaved()
            .map_err(|source| Error::Machine { act: "the login that was kept can't be read", source })?;
        let Some(provider) = unsaved.first() else { return Ok(None) };
        let wanted = unsaved.contains(&self.provider);
        let which = if wanted { Which::Wanted } else { Which::Other };
        let accounts = match self.save(context, which).await {
            Ok(accounts) => accounts,
            Err(failure) if is_kept(place) => return Err(kept(failure, provider)),
            Err(failure) => return Err(failure.into()),
        };
        if wanted {
            return Ok(Some(accounts));
        }
        for account in &accounts {
            context.output.note(&saved(account))?;
        }
        Ok(None)
    }

    /// Has what the login brought saved. Whoever won't wait for it may leave.
    async fn save(&self, context: &Context<'_, '_>, which: Which) -> Result<Vec<SavedAccount>, Failure> {
        let stop =
            leave_signal().map_err(|source| Failure::failed(format_args!("signals can't be caught: {source}")))?;
        let work = async {
            if which == Which::Wanted && !self.keep_active {
                // The login before becomes an account, if it isn't one yet: there must be a way back. There may be
                // none; and where it can't be saved, the switch to the new one isn't made.
                let before = Request::Add { provider: Some(self.provider.clone()), label: None };
                let _ = daemon::ask(&context.paths, before).await;
            }
            let label = self.label.clone().filter(|_| which != Which::Other);
            daemon::ask(&context.paths, Request::SaveLogin { label }).await
        };
        let reply = tokio::select! {
            reply = work => reply?,
            () = stop => return Err(Failure::failed("Baton's answer wasn't waited for")),
        };
        Ok(if let Reply::Saved { accounts } = reply { accounts } else { Vec::new() })
    }

    async fn let_opencode_log_in(&self, place: &Place, opencode: &OpenCode, json: bool) -> Result<ExitStatus, Error> {
        let mut command = opencode.command(place);
        if self.is_address() {
            command.arg(&self.provider);
        } else if opencode.takes_provider {
            command.args(["--provider", &self.provider]);
        }
        if json {
            // Standard output is for the JSON alone.
            command.stdout(Stdio::from(io::stderr()));
        }
        let stop = leave_signal().map_err(|source| Error::Machine { act: "signals can't be caught", source })?;
        wait(command.spawn().map_err(not_started)?, pin!(stop)).await
    }

    /// Says what was saved, and makes it active.
    async fn tell(&self, context: &mut Context<'_, '_>, accounts: Vec<SavedAccount>) -> Result<Exit, Error> {
        let moment = Moment::system();
        let reply = Reply::Saved { accounts: accounts.clone() };
        context.output.show(&reply, |_| accounts.iter().map(saved).collect::<Vec<_>>().join("\n"))?;
        for SavedAccount { provider, label: account, .. } in accounts {
            if let Some(note) = self.label.as_ref().and_then(|asked| label::normalised(asked, &account)) {
                context.output.note(&note)?;
            }
            if self.keep_active {
                let later = format!("`baton switch {provider} {account}` makes it the active one.");
                context.output.note(&later)?;
                continue;
            }
            let request = Request::Switch { provider: provider.clone(), account: account.clone() };
            let reply = daemon::ask(&context.paths, request).await?;
            let done = format!("{provider}: \"{account}\" is active.");
            context.output.show(&reply, |reply| render::reply(reply, &done, &moment))?;
            if let Reply::Switched { from: Some(before), .. } = reply
                && before != account
            {
                context.output.note(&format!("Back to the one before: `baton switch {provider} {before}`."))?;
            }
        }
        Ok(Exit::Done)
    }

    /// Some providers are logged in to by the address of their own server.
    fn is_address(&self) -> bool {
        self.provider.contains("://")
    }
}

/// What a login that is to be saved has to do with the one that is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// It is that one.
    Wanted,
    /// It is that one, but OpenCode ended without success: there may be none.
    CutOff,
    /// It is an earlier one of another provider.
    Other,
}

/// The installed OpenCode.
struct OpenCode {
    program: PathBuf,
    /// Whether its login can be told the provider. Before 1.3 it always asks.
    takes_provider: bool,
}

impl OpenCode {
    async fn find(paths: &OpenCodePaths, place: &Place) -> Result<Self, Error> {
        let missing = "`opencode` wasn't found: install OpenCode, or add its folder to PATH, and try again";
        let program = paths.program().ok_or_else(|| Error::failed(missing))?;
        let found = Self { program, takes_provider: false };
        let help = found.command(place).arg("--help").stdin(Stdio::null()).output().await.map_err(not_started)?;
        let help = [help.stdout, help.stderr].concat();
        Ok(Self { takes_provider: String::from_utf8_lossy(&help).contains("--provider"), ..found })
    }

    fn command(&self, place: &Place) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["auth", "login"]).envs(place.variables()).kill_on_drop(true);
        for variable in place.without() {
            command.env_remove(variable);
        }
        command
    }
}

/// What a login brings must have a place to rest; that is found out before the person goes through it.
async fn assure_keychain(context: &Context<'_, '_>) -> Result<(), Error> {
    let Reply::Doctor { checks } = daemon::ask(&context.paths, Request::Doctor).await? else { return Ok(()) };
    match checks.into_iter().find(|check| check.name == "keychain" && check.state == CheckState::Broken) {
        Some(check) => {
            let message = [Some(check.found), check.remedy].into_iter().flatten().collect::<Vec<_>>().join(": ");
            Err(Failure::new(ErrorCode::KeychainUnavailable, message).into())
        }
        None => Ok(()),
    }
}

async fn wait(mut opencode: Child, stop: Pin<&mut impl Future<Output = ()>>) -> Result<ExitStatus, Error> {
    let lost = |source| Error::Machine { act: "OpenCode's login got lost", source };
    tokio::select! {
        ended = opencode.wait() => return ended.map_err(lost),
        () = stop => {}
    }
    if let Ok(ended) = tokio::time::timeout(LEAVE, opencode.wait()).await {
        return ended.map_err(lost);
    }
    opencode.kill().await.map_err(lost)?;
    opencode.wait().await.map_err(lost)
}

/// Whether there is something in the folder that isn't saved.
fn is_kept(place: &Place) -> bool {
    !place.unsaved().is_ok_and(|unsaved| unsaved.is_empty())
}

/// The login isn't lost, though it isn't saved.
fn kept(Failure { code, message, .. }: Failure, provider: &str) -> Error {
    let how = format!("once that is mended, `baton login {provider}` saves it without another login");
    Failure::new(code, format!("the login is kept, but not saved yet: {message}; {how}")).into()
}

fn saved(account: &SavedAccount) -> String {
    let SavedAccount { provider, label, new } = account;
    match new {
        true => format!("Saved {provider} as \"{label}\"."),
        false => format!("{provider} \"{label}\" is known already: its login is renewed."),
    }
}

fn cancelled(provider: &str) -> Error {
    Error::failed(format!("OpenCode's login for {provider} ended without a login: nothing has changed"))
}

fn not_started(source: io::Error) -> Error {
    Error::Machine { act: "OpenCode can't be started", source }
}
