//! `baton add`, in both forms. A key comes in on standard input only: arguments show in process lists and shell histories.

use std::io::{IsTerminal, Read};

use daemon::control::{Reply, Request, SecretText};

use crate::commands::{Context, label};
use crate::error::Error;
use crate::exit::Exit;

/// No key of any provider is this long; whatever is longer isn't one.
const KEY_LIMIT: u64 = 64 * 1024;

/// Save the logins that OpenCode has now, or an API key
///
/// Of a login that is known already, the newest tokens are saved.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, override_usage = "baton add [--provider PROVIDER] [--label LABEL]\n       \
                                                     baton add PROVIDER --key-stdin [--label LABEL]")]
pub(crate) struct Add {
    /// The provider that the key is for, under OpenCode's id
    #[arg(value_name = "PROVIDER", requires = "key_stdin")]
    key_provider: Option<String>,
    /// Save an API key, read from standard input
    #[arg(long, requires = "key_provider", conflicts_with = "provider")]
    key_stdin: bool,
    /// Save only this provider's login
    #[arg(long)]
    provider: Option<String>,
    /// What to call the account; without it, its e-mail address or a name made up for it
    #[arg(long)]
    label: Option<String>,
}

const AFTER_HELP: &str = "\
Examples:
  baton add                                              every login that OpenCode has now
  baton add --provider openai --label work
  baton add openrouter --key-stdin --label home < key.txt";

impl Add {
    pub(super) async fn run(self, context: &mut Context<'_, '_>) -> Result<Exit, Error> {
        let asked = self.label.clone();
        let reply = context.carry_out(self.request()?, "Saved.").await?;
        if let (Some(asked), Reply::Saved { accounts }) = (asked, &reply)
            && let [account] = accounts.as_slice()
            && let Some(note) = label::normalised(&asked, &account.label)
        {
            context.output.note(&note)?;
        }
        Ok(Exit::Done)
    }

    fn request(self) -> Result<Request, Error> {
        let Some(provider) = self.key_provider else {
            return Ok(Request::Add { provider: self.provider, label: self.label });
        };
        let input = std::io::stdin();
        if input.is_terminal() {
            let piped = format!("pipe it in, as in `baton add {provider} --key-stdin < key.txt`");
            return Err(Error::usage(format!("a key typed here would show on the terminal: {piped}")));
        }
        Ok(Request::AddKey { provider, key: read_key(input.lock())?, label: self.label })
    }
}

/// Reads one key; white space around it belongs to the pipe, not to the key.
fn read_key(input: impl Read) -> Result<SecretText, Error> {
    let mut text = String::new();
    let unreadable = |_| Error::usage("standard input holds no text: one API key is expected there");
    let length = input.take(KEY_LIMIT).read_to_string(&mut text).map_err(unreadable)?;
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        [] => Err(Error::usage(format!("standard input holds no key ({length} bytes): pipe one API key in"))),
        [key] => Ok(SecretText((*key).to_owned())),
        words => {
            Err(Error::usage(format!("standard input holds {} words: one API key is expected there", words.len())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_without_the_pipes_white_space() {
        for input in ["sk-1", "sk-1\n", "  sk-1\r\n"] {
            assert_eq!(read_key(input.as_bytes()).unwrap(), SecretText("sk-1".to_owned()), "{input:?}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused_in_words_that_show_none_of_it() {
        let cases: [(&[u8], &str); 4] = [
            (b"", "standard input holds no key (0 bytes): pipe one API key in"),
            (b" \n\n", "standard input holds no key (3 bytes): pipe one API key in"),
            (b"sk-1\nsk-2\n", "standard input holds 2 words: one API key is expected there"),
            (b"\xff\xfe", "standard input holds no text: one API key is expected there"),
        ];
        for (input, expected) in cases {
            let error = read_key(input).unwrap_err();
            assert_eq!((error.to_string().as_str(), Exit::from(error.code())), (expected, Exit::WrongUsage));
        }
    }
}
