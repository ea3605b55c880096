//! Which account comes next, and why each other one doesn't. Judges what is known; never asks for more.

mod candidate;
mod merit;
mod score;

use crate::{AccountId, Cooldown, LimitCause, Timestamp};

pub(crate) use candidate::{Bar, Candidate, Question};
use merit::merits;

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
    /// The person wants to choose it in person only.
    ByHandOnly,
    /// The person doesn't want it used for this model.
    ModelNotAllowed(String),
    /// Its login was rejected.
    NeedsLogin,
    /// It can't be used before a time.
    CoolingDown(Cooldown),
    /// A window that governs every request is spent; its name, such as `5h`.
    Spent(String),
    /// A balance that pays for every request is spent; its unit, such as `USD`.
    BalanceSpent(String),
    /// It can't be used for the model that is needed before a time.
    ModelCoolingDown {
        /// The model.
        model: String,
        /// Until when, and why.
        cooldown: Cooldown,
    },
    /// The provider has nobody left behind it before a time, whichever account asks.
    ProviderSpent(Timestamp),
    /// What it has left is kept for the person.
    WithinReserve {
        /// Percent left in its scarcest governing window.
        headroom: f64,
        /// Percent that is kept.
        reserve: f64,
    },
    /// It could be used, but has hardly more left than the account in use, which has some left still.
    HardlyMore {
        /// Percent left in its scarcest governing window; `None` when nobody knows.
        headroom: Option<f64>,
    },
    /// It could be used; the account in use is preferred to it, or as good.
    NotPreferred,
    /// It could be used, but its credential is of another type than the active one's: a running OpenCode would have
    /// to be restarted, and another account works at once.
    OtherKind,
    /// It could be used, and is kept for when no other one can.
    LastResort,
    /// It could be used; another one has a higher priority.
    LowerPriority,
    /// It could be used; the person wants it for certain models only, and nobody knows which one is needed.
    ModelUnknown,
    /// It could be used; another one can be used for more of the models that sessions ask for just now.
    OtherModels,
    /// It could be used; another one has more left.
    LessLeft {
        /// Percent left in its scarcest governing window.
        headroom: f64,
    },
    /// It could be used; another one was used longer ago.
    UsedMoreRecently,
    /// It could be used; another one comes before it in line.
    LaterInLine,
    /// It could be used; another one has a better score.
    LowerScore {
        /// Out of a hundred.
        score: f64,
    },
    /// It could be used; another one's quota ends sooner.
    LaterReset {
        /// When its own does; `None` when its window has yet to begin, or nobody knows.
        resets_at: Option<Timestamp>,
    },
    /// It could perhaps be used, but nobody knows what it has left.
    Unknown,
    /// It could be used; an equal one came first.
    Equal,
}

impl PassedOver {
    /// Whether the account could be used all the same.
    pub(crate) fn could_be_used(&self) -> bool {
        match self {
            Self::Active
            | Self::AlreadyTried
            | Self::Disabled
            | Self::ByHandOnly
            | Self::ModelNotAllowed(_)
            | Self::NeedsLogin
            | Self::CoolingDown(_)
            | Self::Spent(_)
            | Self::BalanceSpent(_)
            | Self::ModelCoolingDown { .. }
            | Self::ProviderSpent(_)
            | Self::WithinReserve { .. } => false,
            Self::HardlyMore { .. }
            | Self::NotPreferred
            | Self::OtherKind
            | Self::LastResort
            | Self::LowerPriority
            | Self::ModelUnknown
            | Self::OtherModels
            | Self::LessLeft { .. }
            | Self::UsedMoreRecently
            | Self::LaterInLine
            | Self::LowerScore { .. }
            | Self::LaterReset { .. }
            | Self::Unknown
            | Self::Equal => true,
        }
    }

    /// Whether it is up to what was asked, and lost to another one only.
    pub(crate) fn clears_bar(&self) -> bool {
        self.could_be_used() && !matches!(self, Self::HardlyMore { .. } | Self::NotPreferred)
    }

    /// Whether only figures speak against it, which may be old.
    pub(crate) fn rests_on_figures(&self) -> bool {
        let by_reading = |cooldown: &Cooldown| cooldown.cause == LimitCause::Reading;
        matches!(self, Self::ModelCoolingDown { cooldown, .. } if by_reading(cooldown))
            || matches!(self, Self::Spent(_) | Self::BalanceSpent(_) | Self::WithinReserve { .. })
    }
}

/// Chooses among accounts.
///
/// A winner can be used now, may be chosen by itself, and has more than nothing (and more than its reserve) left in every
/// governing window and balance that is known. Among those, the first merit in which two differ decides; `merit` says
/// which ones count in each strategy, and in which order.
pub(crate) fn choose(candidates: &[Candidate<'_>], question: &Question<'_>) -> Choice {
    let merits = merits(question.strategy);
    let verdicts: Vec<_> = candidates.iter().map(|candidate| candidate.judge(question)).collect();
    let best = verdicts.iter().flatten().max_by(|a, b| merit::compare(merits.clone(), a, b));
    let mut choice = Choice::default();
    for (candidate, verdict) in candidates.iter().zip(&verdicts) {
        let reason = match (verdict, best) {
            (Ok(usable), Some(best)) if usable.account.id == best.account.id => {
                choice.winner = Some(candidate.account.id.clone());
                choice.headroom = usable.headroom;
                continue;
            }
            (Ok(usable), Some(best)) => merit::outdone(merits.clone(), usable, best),
            (Ok(_), None) => continue,
            (Err(reason), _) => reason.clone(),
        };
        choice.passed_over.push((candidate.account.id.clone(), reason));
    }
    choice
}
