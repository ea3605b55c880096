//! What must be done. Plain data, carried out elsewhere; each result comes back as an input.

use crate::{
    AccountId, AlertMemory, Choice, Cooldown, CredentialKind, Forecast, Lane, LimitHit, Pause, PollMemory, ProviderId,
    RequestId, ResumeOutcome, Resumption, SessionId, Standing, SwitchId, Timestamp, Window, WindowId,
};

/// Something that must be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Make another account active. Answered by [`Input::SwitchFinished`](crate::Input::SwitchFinished).
    Switch(Switch),
    /// Read an account's usage. Answered by [`Input::UsageRead`](crate::Input::UsageRead).
    ReadUsage {
        /// Whose.
        account: AccountId,
        /// What for.
        why: ReadCause,
    },
    /// Renew a parked account's token. Answered by [`Input::TokenRefreshed`](crate::Input::TokenRefreshed).
    RefreshToken {
        /// Whose.
        account: AccountId,
    },
    /// Have a session that is stuck carried on. Answered by [`Input::SessionResumed`](crate::Input::SessionResumed),
    /// if anybody is there to do it.
    ResumeSession(Resumption),
    /// Tell the person.
    Notify(Notice),
    /// Write into the ledger.
    Record(Record),
    /// Answer a person's request.
    Answer {
        /// Which.
        request: RequestId,
        /// What.
        answer: Answer,
    },
}

/// Making another account active.
#[derive(Clone, Debug, PartialEq)]
pub struct Switch {
    /// Returned with the outcome.
    pub id: SwitchId,
    /// Where.
    pub provider: ProviderId,
    /// The account that is active now, if any known one is.
    pub from: Option<AccountId>,
    /// The account to make active.
    pub to: AccountId,
    /// What for.
    pub cause: SwitchCause,
    /// Why this account and none of the others; `None` when there was nothing to choose.
    pub choice: Option<Choice>,
}

/// What a switch is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwitchCause {
    /// The active account hit a limit.
    LimitHit {
        /// The session that met it, when known.
        session: Option<SessionId>,
    },
    /// The provider refused the active account's login.
    LoginRejected {
        /// The session that met it, when known.
        session: Option<SessionId>,
    },
    /// The active account is still limited, and another one can be used again.
    AccountBack,
    /// The active account's requests fail one after the other, and nobody knows why.
    Failing {
        /// The session whose request failed last, when known.
        session: Option<SessionId>,
    },
    /// The provider is overloaded, and the person wants another account tried then.
    Overload {
        /// The session whose request failed last, when known.
        session: Option<SessionId>,
    },
    /// The active account is near its limit, and no turn runs.
    BeforeLimit,
    /// An account that the person prefers to the active one can be used again, and no turn runs.
    Returned,
    /// A person named the account.
    Chosen,
    /// A person asked for the next account.
    NextAsked,
    /// A process that refreshed an old token wrote the account that was left over the active one.
    PutBack,
}

impl SwitchCause {
    /// The session whose request failed, of a switch in the middle of a turn; the inner `None` is one that nobody knows.
    pub fn session(&self) -> Option<Option<&SessionId>> {
        match self {
            Self::LimitHit { session }
            | Self::LoginRejected { session }
            | Self::Failing { session }
            | Self::Overload { session } => Some(session.as_ref()),
            Self::AccountBack | Self::BeforeLimit | Self::Returned | Self::Chosen | Self::NextAsked | Self::PutBack => {
                None
            }
        }
    }
}

/// What a usage reading is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadCause {
    /// To choose the next account; a switch waits for it.
    Candidate,
    /// A person asked.
    Asked,
    /// The figures are old, or a window has been reset.
    Stale,
}

/// Something to tell the person.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Another account is active.
    Switched {
        /// Where.
        provider: ProviderId,
        /// The account before.
        from: Option<AccountId>,
        /// The account now.
        to: AccountId,
        /// What for.
        cause: SwitchCause,
        /// Percent left in the new account's scarcest window, where known.
        headroom: Option<f64>,
        /// A running OpenCode must be restarted ([`restart_needed`]).
        restart_needed: bool,
    },
    /// The active account can't be used and no other one can.
    NobodyLeft {
        /// Where.
        provider: ProviderId,
        /// The model that nobody can be used for, where others still work.
        model: Option<String>,
        /// When the first account can be used again, where known.
        earliest: Option<(AccountId, Timestamp)>,
        /// Where its sessions may go on meanwhile, as the settings say.
        lane: Option<Lane>,
    },
    /// A limit was hit and Baton did not switch, although another account might do.
    HeldBack {
        /// Where.
        provider: ProviderId,
        /// Why.
        why: HeldBack,
    },
    /// A switch failed; the account before is still active.
    SwitchFailed {
        /// Where.
        provider: ProviderId,
        /// The account that should have become active.
        to: AccountId,
        /// For the person, one line.
        why: String,
    },
    /// An account's login no longer works.
    NeedsLogin(AccountId),
    /// A login that OpenCode made was saved as a new account.
    LoginSaved(AccountId),
    /// The active account has used so much of a window that the person wants to know.
    NearlySpent {
        /// Whose.
        account: AccountId,
        /// Which, with its figures.
        window: Window,
        /// What becomes of the rest, where known.
        forecast: Option<Forecast>,
    },
    /// A window that was spent was reset, and the account can be used again.
    WindowReset {
        /// Whose.
        account: AccountId,
        /// Which; of several the longest.
        window: WindowId,
    },
}

/// Why Baton did not switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBack {
    /// Automatic failover is off: paused by the person, or by the settings.
    Off,
    /// Switching went in circles; it goes on at this time.
    Flapping {
        /// When.
        until: Timestamp,
    },
    /// One session has used up its failovers.
    Attempts,
}

/// A line for the ledger. Switches aren't here: their transaction writes its own journal.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A limit was hit.
    LimitHit {
        /// The account that it is held against, when one is known.
        account: Option<AccountId>,
        /// What OpenCode's log said.
        hit: LimitHit,
    },
    /// What the engine holds of an account's standing changed.
    Standing {
        /// Whose.
        account: AccountId,
        /// The new one.
        standing: Standing,
    },
    /// What the engine holds of an account's standing for one model or family changed.
    ModelStanding {
        /// Whose.
        account: AccountId,
        /// The model or family, as in [`Account::models`](crate::Account::models).
        model: String,
        /// Why and until when it can't be used for it; `None` when it can.
        cooldown: Option<Cooldown>,
    },
    /// Automatic failover was paused by a person; `None` when it goes on, because the person said so or the time has come.
    Paused(Option<Pause>),
    /// An account was asked about, or how that went is news. Comes back as
    /// [`Input::PollKept`](crate::Input::PollKept) at the next start.
    Polled {
        /// Whose.
        account: AccountId,
        /// What was asked and how it went.
        memory: PollMemory,
    },
    /// What was told or seen of a window; comes before the notice. Comes back as
    /// [`Input::AlertKept`](crate::Input::AlertKept) at the next start.
    Alerted {
        /// Whose.
        account: AccountId,
        /// What was told or seen.
        memory: AlertMemory,
    },
    /// A session that was stuck was carried on, or wasn't.
    Resumed {
        /// What was decided.
        resumption: Resumption,
        /// What came of it.
        outcome: ResumeOutcome,
    },
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It is done.
    Done,
    /// The account is active now.
    Switched {
        /// The account before.
        from: Option<AccountId>,
        /// The account now.
        to: AccountId,
        /// A running OpenCode must be restarted ([`restart_needed`]).
        restart_needed: bool,
    },
    /// No account can be used; says why for each.
    NoUsableAccount(Choice),
    /// It failed; one line for the person.
    Failed(String),
}

/// Whether exchanging one credential for the other takes effect only after OpenCode's restart: it binds a provider's
/// kind of credential when it loads the provider, and reads an API key only then.
pub fn restart_needed(from: Option<CredentialKind>, to: CredentialKind) -> bool {
    from.is_some_and(|from| from != to || to == CredentialKind::Api)
}
