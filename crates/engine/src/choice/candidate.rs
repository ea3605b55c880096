//! An account as the choice sees it: out for a reason, or usable with what speaks for it.
//! Never compares two of them.

use crate::{Account, AccountRules, CredentialKind, Label, PassedOver, Role, Standing, Strategy, Timestamp};

use super::score::{self, Scored};

/// What a choice is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) now: Timestamp,
    pub(crate) strategy: Strategy,
    /// The type of the credential in use.
    pub(crate) kind: Option<CredentialKind>,
    /// The account in use: lines begin after it.
    pub(crate) active: Option<&'a Label>,
    /// The model that an account is needed for, when known.
    pub(crate) model: Option<&'a str>,
    /// The models that other sessions ask for just now.
    pub(crate) others: &'a [&'a str],
    pub(crate) bar: Bar,
}

/// What is asked of an account besides that it can be used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Bar {
    /// Nothing: the account in use can't be used any more.
    Usable,
    /// To have clearly more left than the account in use, which has so many percent left still; a last resort only when
    /// that is one too.
    ClearlyMore { than: f64, last_resort: bool },
    /// To be preferred to the account in use, whose rank this is: the person's own order, whatever the strategy thinks.
    Preferred { last_resort: bool, priority: i32 },
}

/// How many points more count as clearly more: two nearly equal accounts never swap.
const CLEARLY: f64 = 10.0;

/// An account as the choice sees it.
#[derive(Clone, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) account: &'a Account,
    /// What the person set for it.
    pub(crate) rules: &'a AccountRules,
    /// Why it is out whatever its standing: it is the active one, or was tried already.
    pub(crate) out: Option<PassedOver>,
    /// Its figures hold now. Older ones rank below them, unless they say that something is spent.
    pub(crate) figures_hold: bool,
    /// When it last hit a limit.
    pub(crate) last_limited: Option<Timestamp>,
    /// When it was active last.
    pub(crate) last_active: Option<Timestamp>,
    /// It has enough left for a turn, as far as anybody knows.
    pub(crate) lasts_a_turn: bool,
}

/// What speaks for an account that could be used.
#[derive(Clone, Debug)]
pub(super) struct Usable<'a> {
    pub(super) account: &'a Account,
    pub(super) works_at_once: bool,
    pub(super) last_resort: bool,
    pub(super) priority: i32,
    /// It may surely be used for the model in question.
    pub(super) model_allowed: bool,
    /// How many of the models that other sessions ask for it can be used for.
    pub(super) others_served: usize,
    pub(super) knowledge: Knowledge,
    pub(super) headroom: Option<f64>,
    /// What is left above its reserve, by weight.
    pub(super) left: f64,
    pub(super) model_headroom: f64,
    pub(super) lasts_a_turn: bool,
    /// When the quota of its longest window is lost.
    pub(super) lost_at: Option<Timestamp>,
    /// When the first of its windows is whole again.
    pub(super) resets_at: Option<Timestamp>,
    pub(super) last_limited: Option<Timestamp>,
    pub(super) last_active: Option<Timestamp>,
    /// It comes before the account in use by label, so that the line reaches it only from the start again.
    pub(super) before_active: bool,
    pub(super) score: f64,
}

/// How much is known of what an account has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Knowledge {
    Nothing,
    OldFigures,
    FiguresThatHold,
}

impl<'a> Candidate<'a> {
    /// Why it can't be chosen, or what speaks for it. What a person set comes before what happened to it.
    pub(super) fn judge(&self, question: &Question<'_>) -> Result<Usable<'a>, PassedOver> {
        let (account, rules, now) = (self.account, self.rules, question.now);
        if let Some(out) = &self.out {
            return Err(out.clone());
        }
        let standing = account.standing(now);
        if standing == Standing::Disabled {
            return Err(PassedOver::Disabled);
        }
        if rules.role == Role::OnlyByHand {
            return Err(PassedOver::ByHandOnly);
        }
        if let Some(model) = question.model.filter(|model| !rules.allows(model)) {
            return Err(PassedOver::ModelNotAllowed(model.to_owned()));
        }
        match standing {
            Standing::Ready | Standing::Disabled => {}
            Standing::CoolingDown(cooldown) => return Err(PassedOver::CoolingDown(cooldown)),
            Standing::NeedsLogin => return Err(PassedOver::NeedsLogin),
        }
        let usage = account.usage.as_ref();
        if let Some(window) = usage.and_then(|usage| usage.spent_window(now)) {
            return Err(PassedOver::Spent(window.name()));
        }
        if let Some(balance) = usage.and_then(|usage| usage.spent_balance(now)) {
            return Err(PassedOver::BalanceSpent(balance.unit.clone()));
        }
        let limit = |model: &str| account.limit_on(model, now).map(|cooldown| (model.to_owned(), cooldown));
        if let Some((model, cooldown)) = question.model.and_then(limit) {
            return Err(PassedOver::ModelCoolingDown { model, cooldown });
        }
        let headroom = usage.and_then(|usage| match question.model {
            Some(model) => usage.headroom_for(model, now),
            None => usage.headroom(now),
        });
        if let Some(headroom) =
            headroom.filter(|headroom| rules.reserve_percent > 0.0 && *headroom <= rules.reserve_percent)
        {
            return Err(PassedOver::WithinReserve { headroom, reserve: rules.reserve_percent });
        }
        self.clears(question, headroom)?;
        Ok(self.usable(question, headroom))
    }

    /// Whether it is worth leaving an account that can be used still. None is if OpenCode had to be restarted.
    fn clears(&self, question: &Question<'_>, headroom: Option<f64>) -> Result<(), PassedOver> {
        let rules = self.rules;
        let is_last_resort = rules.role == Role::LastResort;
        let other_kind = question.kind.is_some_and(|kind| kind != self.account.credential.kind);
        match question.bar {
            Bar::Usable => Ok(()),
            _ if other_kind => Err(PassedOver::OtherKind),
            Bar::ClearlyMore { last_resort: false, .. } if is_last_resort => Err(PassedOver::LastResort),
            Bar::ClearlyMore { than, .. } => match headroom {
                Some(headroom) if headroom - rules.reserve_percent >= than + CLEARLY => Ok(()),
                headroom => Err(PassedOver::HardlyMore { headroom }),
            },
            Bar::Preferred { last_resort, priority } => {
                let rank = (!is_last_resort, rules.priority);
                let worth_it = headroom.is_none_or(|headroom| headroom - rules.reserve_percent >= CLEARLY);
                match rank > (!last_resort, priority) {
                    true if worth_it => Ok(()),
                    true => Err(PassedOver::HardlyMore { headroom }),
                    false => Err(PassedOver::NotPreferred),
                }
            }
        }
    }

    fn usable(&self, question: &Question<'_>, headroom: Option<f64>) -> Usable<'a> {
        let (account, rules, now) = (self.account, self.rules, question.now);
        let usage = account.usage.as_ref();
        let knowledge = match headroom {
            None => Knowledge::Nothing,
            Some(_) if self.figures_hold => Knowledge::FiguresThatHold,
            Some(_) => Knowledge::OldFigures,
        };
        let above_reserve = headroom.map(|headroom| headroom - rules.reserve_percent);
        let left = above_reserve.unwrap_or_default() * rules.weight;
        let since = |time: Option<Timestamp>| time.map(|time| now.since(time));
        Usable {
            account,
            works_at_once: question.kind.is_none_or(|kind| kind == account.credential.kind),
            last_resort: rules.role == Role::LastResort,
            priority: rules.priority,
            model_allowed: rules.models.is_empty() || question.model.is_some(),
            others_served: question
                .others
                .iter()
                .filter(|model| rules.allows(model) && account.limit_on(model, now).is_none())
                .count(),
            knowledge,
            headroom,
            left,
            model_headroom: usage.and_then(|usage| usage.model_headroom(now)).unwrap_or(100.0),
            lasts_a_turn: self.lasts_a_turn,
            lost_at: usage.and_then(|usage| usage.lost_at(now)),
            resets_at: usage.and_then(|usage| usage.resets_at(now)),
            last_limited: self.last_limited,
            last_active: self.last_active,
            before_active: question.active.is_some_and(|active| account.label <= *active),
            score: score::of(Scored {
                left: headroom.map(|_| left),
                figures_hold: self.figures_hold,
                since_limit: since(self.last_limited),
                since_active: since(self.last_active),
            }),
        }
    }
}
