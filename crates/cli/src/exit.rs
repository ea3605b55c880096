//! The program's exit codes, part of its interface: scripts tell outcomes apart by them.
//! Decides nothing: each failure brings its kind along.

use std::process::ExitCode;

use daemon::control::ErrorCode;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It is done.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// It was asked for something that makes no sense. Clap uses the same number for what it refuses.
    WrongUsage = 2,
    /// No account can be used.
    NoUsableAccount = 3,
    /// The keychain is locked, missing or refuses.
    KeychainUnavailable = 4,
}

impl From<ErrorCode> for Exit {
    fn from(code: ErrorCode) -> Self {
        match code {
            ErrorCode::Failed => Self::Failed,
            ErrorCode::Usage => Self::WrongUsage,
            ErrorCode::NoUsableAccount => Self::NoUsableAccount,
            ErrorCode::KeychainUnavailable => Self::KeychainUnavailable,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_the_promised_number() {
        let numbers = [
            (ErrorCode::Failed, 1),
            (ErrorCode::Usage, 2),
            (ErrorCode::NoUsableAccount, 3),
            (ErrorCode::KeychainUnavailable, 4),
        ];
        for (code, number) in numbers {
            assert_eq!(Exit::from(code) as u8, number, "{code:?}");
        }
        assert_eq!(Exit::Done as u8, 0);
    }
}
