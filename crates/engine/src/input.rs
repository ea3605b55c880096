//! What can happen. Every input is plain data; a reader of this file knows all that ever reaches the engine.

use std::fmt;
use std::time::Duration;

use crate::{
    Account, AccountId, AlertMemory, LimitCause, Move, Policy, PollMemory, ProviderId, ResumeOutcome, Sample,
    SessionId, StuckSession, Timestamp, Usage,
};

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The settings were read, at start or again.
    PolicyRead(Policy),
    /// An account is known, at start or because something about it changed; replaces what was known of it.
    /// A reading, cooldown or standing that the engine already has is newer than the one given here, and stays.
    AccountKnown(Account),
    /// A login that OpenCode made was saved as a new account (`AccountKnown` has come before).
    LoginSaved(AccountId),
    /// Tokens newer than those that the provider rejected were saved for an account: its login works again.
    LoginRenewed(AccountId),
    /// The person removed an account.
    AccountRemoved(AccountId),
    /// OpenCode's store was read: this is the account that it uses at a provider; `None` when it has no credential
    /// there, or one that belongs to no known account. What is seen while a switch is carried out is kept until its
    /// outcome is known.
    ActiveSeen {
        /// The provider.
        provider: ProviderId,
        /// Its active account.
        account: Option<AccountId>,
    },
    /// OpenCode sent a request to a provider: one attempt of a turn.
    AttemptStarted {
        /// The session whose turn it is.
        session: SessionId,
        /// The provider asked.
        provider: ProviderId,
        /// The model asked for, when known.
        model: Option<String>,
        /// When, by OpenCode's clock.
        at: Timestamp,
    },
    /// The attempt that a session sent last was answered in full.
    RequestAnswered {
        /// The session.
        session: SessionId,
        /// The provider that answered.
        provider: ProviderId,
        /// When, by OpenCode's clock; whatever came between is on record by then.
        at: Timestamp,
    },
    /// A provider refused a request for a reason that another account can mend.
    LimitHit(LimitHit),
    /// A request failed for a reason that is neither the request's own nor a limit.
    RequestFailed(RequestFailure),
    /// A provider refused a login itself.
    LoginRejected {
        /// The session whose request it was, when known.
        session: Option<SessionId>,
        /// The provider.
        provider: ProviderId,
        /// When, by OpenCode's clock.
        at: Timestamp,
    },
    /// The bridge saw a provider refuse a request. The log may tell of the same once more.
    RequestRefused(Refused),
    /// The bridge repeats a request that was refused, on the account that is active now.
    RequestRepeated {
        /// The session.
        session: SessionId,
        /// The provider.
        provider: ProviderId,
    },
    /// A session's turn is over.
    SessionIdle(SessionId),
    /// A session can't go on by itself: it sleeps for long, or its turn failed.
    SessionStuck(StuckSession),
    /// A session goes on, is over, or was asked something.
    SessionMoved {
        /// Which.
        session: SessionId,
        /// How.
        how: Move,
    },
    /// The answer to [`Decision::ResumeSession`](crate::Decision::ResumeSession).
    SessionResumed {
        /// Which.
        session: SessionId,
        /// What came of it.
        outcome: ResumeOutcome,
    },
    /// The answer to [`Decision::ReadUsage`](crate::Decision::ReadUsage), or a reading that came by itself.
    UsageRead {
        /// Whose.
        account: AccountId,
        /// What came of it.
        outcome: UsageOutcome,
    },
    /// The answer to [`Decision::RefreshToken`](crate::Decision::RefreshToken).
    TokenRefreshed {
        /// Whose.
        account: AccountId,
        /// What came of it.
        outcome: RefreshOutcome,
    },
    /// The answer to [`Decision::Switch`](crate::Decision::Switch).
    SwitchFinished {
        /// Which switch.
        switch: SwitchId,
        /// What came of it.
        outcome: SwitchOutcome,
    },
    /// A person asked for something.
    Asked {
        /// Returned with the answer.
        request: RequestId,
        /// What.
        ask: Ask,
    },
    /// What was asked about an account before this start, as [`Record::Polled`](crate::Record::Polled) wrote it.
    PollKept {
        /// Whose.
        account: AccountId,
        /// What was asked and how it went.
        memory: PollMemory,
    },
    /// What a window's readings brought before this start, oldest first: what its pace is reckoned from.
    SamplesKept {
        /// Whose.
        account: AccountId,
        /// The readings; of any of its windows.
        samples: Vec<Sample>,
    },
    /// What was told or seen of a window before this start, as [`Record::Alerted`](crate::Record::Alerted) wrote it.
    AlertKept {
        /// Whose.
        account: AccountId,
        /// What was told or seen.
        memory: AlertMemory,
    },
    /// Somebody is there to wake the engine from here on: usage is read by schedule.
    PollingBegins,
    /// Nothing but time passed: [`Engine::wake_at`](crate::Engine::wake_at) has come.
    TimePassed,
}

/// A provider refused a request for a reason that another account can mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitHit {
    /// The session whose request it was, when known.
    pub session: Option<SessionId>,
    /// The provider.
    pub provider: ProviderId,
    /// The model asked for, when known.
    pub model: Option<String>,
    /// When, by OpenCode's clock. Older releases log whole seconds, rounded down.
    pub at: Timestamp,
    /// Until when the account can't be used, where the error says so.
    pub until: Option<Timestamp>,
    /// What kind of limit.
    pub cause: LimitCause,
    /// What it is a limit of.
    pub reach: Reach,
}

/// What a limit is a limit of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// The account, whatever it is asked for.
    #[default]
    Account,
    /// The account, for the model asked for; other models may do.
    Model,
    /// The provider: none of its accounts will do.
    Provider,
}

/// A request failed for a reason that is neither the request's own nor a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestFailure {
    /// The session whose request it was, when known.
    pub session: Option<SessionId>,
    /// The provider.
    pub provider: ProviderId,
    /// The model asked for, when known.
    pub model: Option<String>,
    /// When, by OpenCode's clock.
    pub at: Timestamp,
    /// What is known of the reason.
    pub trouble: Trouble,
}

/// A request that a provider refused, as the bridge saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The session whose request it was, when known.
    pub session: Option<SessionId>,
    /// The provider.
    pub provider: ProviderId,
    /// The model asked for, when known.
    pub model: Option<String>,
    /// When the credential that the request carried was the one in OpenCode's store: tells whose it was.
    pub read_at: Timestamp,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: Refusal,
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// For a reason that another account can mend.
    Limit {
        /// Until when the account can't be used, where the answer says so.
        until: Option<Timestamp>,
        /// What kind of limit.
        cause: LimitCause,
        /// What it is a limit of.
        reach: Reach,
    },
    /// The login itself.
    Login,
    /// For a reason that is neither the request's own nor a limit.
    Trouble(Trouble),
}

/// What is known of the reason why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// The provider has too much to do, or is broken.
    Overload,
    /// Nothing. It may be the account's fault.
    Unexplained,
}

/// What a usage reading brought.
#[derive(Clone, Debug, PartialEq)]
pub enum UsageOutcome {
    /// Figures.
    Read(Usage),
    /// None: the provider publishes none, couldn't be reached, or answered in a shape nobody knows. Unknown, not spent.
    Unknown,
    /// None: the provider wants to be asked less often. Says nothing of the quota, and nothing of the login.
    RateLimited {
        /// How long it wants to be left alone, where it says so.
        retry_after: Option<Duration>,
    },
    /// The provider rejected the login.
    LoginRejected,
}

/// What a token refresh brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// A new token, saved in the vault already.
    Refreshed {
        /// When it ends.
        expires_at: Option<Timestamp>,
    },
    /// The provider rejected the refresh token and OpenCode has no newer one.
    LoginRejected,
    /// It couldn't be tried: network, provider or vault is out of reach. Says nothing of the login.
    Failed,
}

/// How a switch ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwitchOutcome {
    /// OpenCode's store holds the new account's credential.
    Done,
    /// It was not carried out and nothing changed.
    Failed {
        /// For the person, one line.
        why: String,
    },
}

/// Something a person asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Make this account active, whatever the policy thinks of it.
    Switch(AccountId),
    /// Failover by hand: make the best other account active.
    Next(ProviderId),
    /// No automatic failover.
    Pause(Pause),
    /// Automatic failover again.
    Resume,
    /// Let an account be chosen again; also ends its cooldown.
    Enable(AccountId),
    /// Never choose an account.
    Disable(AccountId),
    /// Read usage now, of one provider's accounts or of all.
    ReadUsage(Option<ProviderId>),
    /// Read usage more often for a while: somebody looks at it. Holds for ninety seconds.
    Watch,
}

/// No automatic failover for a while, because the person said so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pause {
    /// When it ends by itself; `None` when only the person ends it.
    pub until: Option<Timestamp>,
}

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// Counts the engine's switches from its start; ties an outcome to its decision.
    SwitchId
}
number! {
    /// The asker's number for a request; ties an answer to it.
    RequestId
}
