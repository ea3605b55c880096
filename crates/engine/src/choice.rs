//! Which account comes next, and why each other one doesn't.

use crate::{AccountId, Cooldown};

/// The outcome of a choice among one provider's accounts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choice {
    /// The account that comes next; `None` when none can be used.
    pub winner: Option<AccountId>,
    /// Percent left in the winner's scarcest governing window; `None` when unknown.
    pub headroom: Option<f64>,
    /// Every other account with the reason it was passed over, in the order in which they were given.
    pub passed_over: Vec<(AccountId, PassedOver)>,
}

/// Why an account isn't the next one.
#[derive(Clone, Debug, PartialEq)]
pub enum PassedOver {
    /// It is the one to get away from.
    Active,
    /// It was tried for the same limit and failed.
    AlreadyTried,
    /// The person disabled it.
    Disabled,
    /// Its login was rejected.
    NeedsLogin,
    /// It can't be used before a time.
    CoolingDown(Cooldown),
    /// A window that governs every request is spent; its name, such as `5h`.
    Spent(String),
    /// It could be used; another one has more left.
    LessLeft {
        /// Percent left in its scarcest governing window.
        headroom: f64,
    },
    /// It could perhaps be used, but nobody knows what it has left.
    Unknown,
    /// It could be used; an equal one came first.
    Equal,
}
