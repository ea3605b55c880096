//! Why a command was not carried out, as one line for the person and one kind for scripts.
//! Adds no words of its own to what the daemon says.

use std::io;

use daemon::StartError;
use daemon::control::{ErrorCode, Failure};

use crate::since::NotATime;

/// A command that was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The daemon refused or failed, or the command line made no sense.
    #[error(transparent)]
    Refused(#[from] Failure),
    /// The daemon could not be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The result could not be written.
    #[error("the result can't be written: {0}")]
    Write(io::Error),
    /// Something else on this machine is out of order.
    #[error("{act}: {source}")]
    Machine {
        /// What failed.
        act: &'static str,
        /// Why.
        source: io::Error,
    },
}

impl From<NotATime> for Error {
    fn from(cause: NotATime) -> Self {
        Self::usage(cause.to_string())
    }
}

impl Error {
    /// The person asked for something that makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Refused(Failure::new(ErrorCode::Usage, message.into()))
    }

    /// It failed; the message says what is there and what to do.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::Refused(Failure::new(ErrorCode::Failed, message.into()))
    }

    /// What kind of failure it is.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(failure) => failure.code,
            Self::Start(_) | Self::Write(_) | Self::Machine { .. } => ErrorCode::Failed,
        }
    }

    /// Whether the reader of our output went away, as `head` does: no failure.
    pub(crate) fn reader_is_gone(&self) -> bool {
        matches!(self, Self::Write(cause) if cause.kind() == io::ErrorKind::BrokenPipe)
    }
}
