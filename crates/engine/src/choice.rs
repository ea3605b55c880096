//! Which account comes next, and why each other one doesn't. Judges what is known; never asks for more.

use std::cmp::Ordering;

use crate::{Account, AccountId, Cooldown, CredentialKind, Standing, Timestamp};

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
    /// A balance that pays for every request is spent; its unit, such as `USD`.
    BalanceSpent(String),
    /// It could be used, but its credential is of another type than the active one's: a running OpenCode would have
    /// to be restarted, and another account works at once.
    OtherKind,
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

/// An account as the choice sees it.
#[derive(Clone, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) account: &'a Account,
    /// Why it is out whatever its standing: it is the active one, or was tried already.
    pub(crate) out: Option<PassedOver>,
    /// Its figures hold now. Older ones rank below them, unless they say that something is spent.
    pub(crate) figures_hold: bool,
    /// When it last hit a limit.
    pub(crate) last_limited: Option<Timestamp>,
}

/// Chooses among accounts. `kind` is the type of the credential in use.
///
/// A winner can be used now and has more than nothing left in every governing window and balance that is known. Among those, in
/// this order: works without OpenCode's restart; figures that hold before older ones before none; most left in the
/// scarcest governing window; most left in windows of single models; longest without a limit; label.
pub(crate) fn choose(candidates: &[Candidate<'_>], kind: Option<CredentialKind>, now: Timestamp) -> Choice {
    let verdicts: Vec<Result<Merit<'_>, PassedOver>> =
        candidates.iter().map(|candidate| judge(candidate, kind, now)).collect();
    let best = verdicts.iter().flatten().max_by(|a, b| a.cmp(b));
    let mut choice = Choice::default();
    for (candidate, verdict) in candidates.iter().zip(&verdicts) {
        let reason = match (verdict, best) {
            (Ok(merit), Some(best)) if merit.account.id == best.account.id => {
                choice.winner = Some(candidate.account.id.clone());
                choice.headroom = merit.headroom;
                continue;
            }
            (Ok(merit), Some(best)) => merit.outdone_by(best),
            (Ok(_), None) => continue,
            (Err(reason), _) => reason.clone(),
        };
        choice.passed_over.push((candidate.account.id.clone(), reason));
    }
    choice
}

/// What speaks for an account that could be used.
struct Merit<'a> {
    account: &'a Account,
    works_at_once: bool,
    knowledge: Knowledge,
    headroom: Option<f64>,
    model_headroom: f64,
    last_limited: Option<Timestamp>,
}

/// How much is known of what an account has left.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Knowledge {
    Nothing,
    OldFigures,
    FiguresThatHold,
}

fn judge<'a>(candidate: &Candidate<'a>, kind: Option<CredentialKind>, now: Timestamp) -> Result<Merit<'a>, PassedOver> {
    let account = candidate.account;
    if let Some(out) = &candidate.out {
        return Err(out.clone());
    }
    match account.standing(now) {
        Standing::Ready => {}
        Standing::CoolingDown(cooldown) => return Err(PassedOver::CoolingDown(cooldown)),
        Standing::NeedsLogin => return Err(PassedOver::NeedsLogin),
        Standing::Disabled => return Err(PassedOver::Disabled),
    }
    if let Some(window) = account.usage.as_ref().and_then(|usage| usage.spent_window(now)) {
        return Err(PassedOver::Spent(window.name()));
    }
    if let Some(balance) = account.usage.as_ref().and_then(|usage| usage.spent_balance(now)) {
        return Err(PassedOver::BalanceSpent(balance.unit.clone()));
    }
    let headroom = account.usage.as_ref().and_then(|usage| usage.headroom(now));
    Ok(Merit {
        account,
        works_at_once: kind.is_none_or(|kind| kind == account.credential.kind),
        knowledge: match headroom {
            None => Knowledge::Nothing,
            Some(_) if candidate.figures_hold => Knowledge::FiguresThatHold,
            Some(_) => Knowledge::OldFigures,
        },
        headroom,
        model_headroom: account.usage.as_ref().and_then(|usage| usage.model_headroom(now)).unwrap_or(100.0),
        last_limited: candidate.last_limited,
    })
}

impl Merit<'_> {
    /// The greater one comes first.
    fn cmp(&self, other: &Self) -> Ordering {
        self.works_at_once
            .cmp(&other.works_at_once)
            .then_with(|| self.knowledge.cmp(&other.knowledge))
            .then_with(|| self.figures(other))
            .then_with(|| other.last_limited.cmp(&self.last_limited))
            .then_with(|| other.account.label.cmp(&self.account.label))
            .then_with(|| other.account.id.cmp(&self.account.id))
    }

    fn figures(&self, other: &Self) -> Ordering {
        let headroom = self.headroom.unwrap_or_default().total_cmp(&other.headroom.unwrap_or_default());
        headroom.then_with(|| self.model_headroom.total_cmp(&other.model_headroom))
    }

    fn outdone_by(&self, winner: &Self) -> PassedOver {
        match self.headroom {
            _ if self.works_at_once != winner.works_at_once => PassedOver::OtherKind,
            _ if self.knowledge < winner.knowledge => PassedOver::Unknown,
            Some(headroom) if self.figures(winner).is_lt() => PassedOver::LessLeft { headroom },
            Some(_) | None => PassedOver::Equal,
        }
    }
}
