//! What counts for and against an account, and in which order for each strategy. The one place where accounts are compared.
//!
//! What a person set comes first in all of them: an account that works without OpenCode's restart, then a normal one
//! before a last resort, then the higher priority, then one that surely may be used for the model. Then the one that serves
//! more of the models that other sessions ask for just now. What follows is the strategy's own:
//!
//! | strategy | then |
//! |---|---|
//! | most-remaining | figures that hold before older ones before none, most left above its reserve (times its weight) in the scarcest governing window, most left in windows of single models, longest without a limit |
//! | sticky | enough left for a turn, next in line by label after the account in use |
//! | round-robin | enough left for a turn, unused for longest, next in line |
//! | hybrid | the best score (see `score`) |
//! | drain-first | figures before none, enough left for a turn, the longest window ends soonest, then any window, most left |
//! | soonest-reset | figures before none, enough left for a turn, any window ends soonest, most left |
//!
//! The last words are always the label's and the id's. An unknown usage is never a spent one: it only comes later where
//! a strategy goes by figures.

use std::cmp::Ordering;
use std::time::Duration;

use crate::{PassedOver, Strategy, Timestamp};

use super::candidate::{Knowledge, Usable};

/// Providers tell of the same reset in slightly different times: what ends within the same ten minutes ends at once.
const SAME_TIME: Duration = Duration::from_secs(10 * 60);

/// One thing that counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Merit {
    WorksAtOnce,
    Normal,
    Priority,
    ModelAllowed,
    OtherModels,
    Known,
    KnownAtAll,
    LastsATurn,
    Left,
    LeftForModels,
    Unlimited,
    Unused,
    Line,
    Score,
    LostSoonest,
    ResetsSoonest,
    Name,
}

/// What a person set, and what other sessions need: counts in every strategy before anything else.
const ALWAYS: &[Merit] = &[Merit::WorksAtOnce, Merit::Normal, Merit::Priority, Merit::ModelAllowed, Merit::OtherModels];

/// What counts in a strategy, the weightiest first.
pub(super) fn merits(strategy: Strategy) -> impl Iterator<Item = Merit> + Clone {
    use Merit::*;
    let own: &[Merit] = match strategy {
        Strategy::MostRemaining => &[Known, Left, LeftForModels, Unlimited, Name],
        Strategy::Sticky => &[LastsATurn, Line, Name],
        Strategy::RoundRobin => &[LastsATurn, Unused, Line, Name],
        Strategy::Hybrid => &[Score, Name],
        Strategy::DrainFirst => &[KnownAtAll, LastsATurn, LostSoonest, ResetsSoonest, Left, Unlimited, Name],
        Strategy::SoonestReset => &[KnownAtAll, LastsATurn, ResetsSoonest, Left, Unlimited, Name],
    };
    ALWAYS.iter().chain(own).copied()
}

/// The greater one comes first.
pub(super) fn compare(merits: impl Iterator<Item = Merit>, a: &Usable<'_>, b: &Usable<'_>) -> Ordering {
    merits.map(|merit| merit.compare(a, b)).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

/// Why an account that could be used comes after the best one: the first merit in which it falls short.
pub(super) fn outdone(mut merits: impl Iterator<Item = Merit>, loser: &Usable<'_>, best: &Usable<'_>) -> PassedOver {
    let short = merits.find(|merit| merit.compare(loser, best).is_lt());
    short.map_or(PassedOver::Equal, |merit| merit.missing(loser))
}

impl Merit {
    fn compare(self, a: &Usable<'_>, b: &Usable<'_>) -> Ordering {
        match self {
            Self::WorksAtOnce => a.works_at_once.cmp(&b.works_at_once),
            Self::Normal => b.last_resort.cmp(&a.last_resort),
            Self::Priority => a.priority.cmp(&b.priority),
            Self::ModelAllowed => a.model_allowed.cmp(&b.model_allowed),
            Self::OtherModels => a.others_served.cmp(&b.others_served),
            Self::Known => a.knowledge.cmp(&b.knowledge),
            Self::KnownAtAll => (a.knowledge > Knowledge::Nothing).cmp(&(b.knowledge > Knowledge::Nothing)),
            Self::LastsATurn => a.lasts_a_turn.cmp(&b.lasts_a_turn),
            Self::Left => a.left.total_cmp(&b.left),
            Self::LeftForModels => a.model_headroom.total_cmp(&b.model_headroom),
            Self::Unlimited => b.last_limited.cmp(&a.last_limited),
            Self::Unused => b.last_active.cmp(&a.last_active),
            Self::Line => (b.before_active, &b.account.label).cmp(&(a.before_active, &a.account.label)),
            Self::Score => a.score.total_cmp(&b.score),
            Self::LostSoonest => sooner(a.lost_at, b.lost_at),
            Self::ResetsSoonest => sooner(a.resets_at, b.resets_at),
            Self::Name => (&b.account.label, &b.account.id).cmp(&(&a.account.label, &a.account.id)),
        }
    }

    /// What is said of an account that falls short in this.
    fn missing(self, loser: &Usable<'_>) -> PassedOver {
        match self {
            Self::WorksAtOnce => PassedOver::OtherKind,
            Self::Normal => PassedOver::LastResort,
            Self::Priority => PassedOver::LowerPriority,
            Self::ModelAllowed => PassedOver::ModelUnknown,
            Self::OtherModels => PassedOver::OtherModels,
            Self::Known | Self::KnownAtAll => PassedOver::Unknown,
            Self::LastsATurn | Self::Left | Self::LeftForModels => match loser.headroom {
                Some(headroom) => PassedOver::LessLeft { headroom },
                None => PassedOver::Unknown,
            },
            Self::Unused => PassedOver::UsedMoreRecently,
            Self::Line => PassedOver::LaterInLine,
            Self::Score => PassedOver::LowerScore { score: loser.score },
            Self::LostSoonest => PassedOver::LaterReset { resets_at: loser.lost_at },
            Self::ResetsSoonest => PassedOver::LaterReset { resets_at: loser.resets_at },
            Self::Unlimited | Self::Name => PassedOver::Equal,
        }
    }
}

/// The sooner one is greater; a time that nobody knows comes after all others.
fn sooner(a: Option<Timestamp>, b: Option<Timestamp>) -> Ordering {
    let about = |time: Option<Timestamp>| {
        time.map_or(i64::MAX, |time| time.as_millis().div_euclid(SAME_TIME.as_millis() as i64))
    };
    about(b).cmp(&about(a))
}
