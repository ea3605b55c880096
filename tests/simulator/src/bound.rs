//! How much of the accounts' quota somebody who knows everything beforehand could have had used.
//!
//! An upper bound, never reached by less than anybody could: each account's long windows cut the time into pieces with a
//! supply each; within a piece, its short windows can be opened only so often while there is demand. The supply is then
//! given to the demand, slot by slot, soonest-lost first, which is optimal when each piece may serve any slot in it. It
//! leaves out that one account serves at a time, and it knows each turn before it is asked.

use std::time::Duration;

use engine::Timestamp;

use crate::scenario::START;
use crate::spans::days;
use crate::truth::{Login, Quota, Service};
use crate::world::SLOT;

/// Windows at least this long cut the time into pieces.
const LONG: Duration = days(1);

/// Supply that is there for a while.
struct Piece {
    from: Timestamp,
    to: Timestamp,
    units: f64,
}

/// What of the demand (units by slot) the accounts of a service could have given at most.
pub(crate) fn most(service: &Service, demand: &[f64], end: Timestamp) -> f64 {
    let mut pieces: Vec<Piece> = service.logins.iter().flat_map(|login| pieces(login, demand, end)).collect();
    pieces.sort_by_key(|piece| piece.to);
    let (mut given, mut late) = (0.0, 0.0);
    for (slot, asked) in demand.iter().enumerate() {
        let (from, to) = (start_of(slot), start_of(slot + 1));
        // Turns that wait a few minutes are still there in the next slot.
        let mut open = asked + late;
        for piece in pieces.iter_mut().filter(|piece| piece.from < to && piece.to > from) {
            let part = piece.units.min(open);
            piece.units -= part;
            open -= part;
            given += part;
        }
        late = open.min(*asked);
    }
    given
}

/// The pieces of time that an account's shortest long window makes, with what it can give in each.
fn pieces(login: &Login, demand: &[f64], end: Timestamp) -> Vec<Piece> {
    let long = login.quotas.iter().filter(|quota| quota.length >= LONG).min_by_key(|quota| quota.length);
    let short: Vec<&Quota> = login.quotas.iter().filter(|quota| quota.length < LONG).collect();
    let Some(long) = long else {
        let units = short.iter().map(|quota| openings(quota, demand, START, end)).fold(f64::MAX, f64::min);
        return vec![Piece { from: START, to: end, units }];
    };
    let mut pieces = Vec::new();
    let mut from = START;
    let mut left = long.size - long.used;
    let mut to = long.ends.unwrap_or(START + long.length);
    while from < end {
        let units = short.iter().map(|quota| openings(quota, demand, from, to.min(end))).fold(left, f64::min);
        pieces.push(Piece { from, to: to.min(end), units });
        (from, left, to) = (to, long.size, to + long.length);
    }
    pieces
}

/// What a short window can give between two times: its rest, then it is opened as soon and as often as there is demand.
fn openings(quota: &Quota, demand: &[f64], from: Timestamp, to: Timestamp) -> f64 {
    let mut units = 0.0;
    let mut free = from;
    if let Some(ends) = quota.ends.filter(|ends| *ends > from) {
        units += quota.size - quota.used;
        free = ends;
    }
    for slot in 0..demand.len() {
        if demand.get(slot).is_some_and(|asked| *asked > 0.0) && start_of(slot + 1) > free && start_of(slot) < to {
            units += quota.size;
            free = start_of(slot).max(free) + quota.length;
        }
    }
    units
}

fn start_of(slot: usize) -> Timestamp {
    START + SLOT * u32::try_from(slot).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use engine::{ProviderId, Scope};

    use super::*;
    use crate::spans::{hours, secs};
    use crate::truth::{Begins, Style};

    /// Four units of demand in each of the given hours of a day; accounts with ten units in five hours and so many a week.
    fn check(weeks: &[f64], at_work: std::ops::Range<usize>, expected: f64) {
        let id = ProviderId::new("openai");
        let login = |week: &f64| {
            let quota = |length, size| Quota::whole(Scope::Account, length, size, Begins::WithUse);
            Login::new("a", &id, vec![quota(hours(5), 10.0), quota(days(7), *week)])
        };
        let style = Style {
            names_reset: true,
            lag: secs(0),
            reading_fails: 0.0,
            readings_per_hour: 60,
            refusal_is_final: false,
        };
        let logins = weeks.iter().map(login).collect();
        let service = Service { id: id.clone(), logins, active: None, style, outages: Vec::new() };
        let demand: Vec<f64> = (0..96).map(|slot| if at_work.contains(&(slot / 4)) { 1.0 } else { 0.0 }).collect();
        let found = most(&service, &demand, START + days(1));
        assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
    }

    #[test]
    fn no_more_than_is_asked_for() {
        check(&[100.0, 100.0], 9..11, 8.0);
    }

    #[test]
    fn a_short_window_is_opened_again_after_its_length() {
        check(&[100.0], 9..19, 20.0);
        check(&[100.0], 9..20, 30.0);
    }

    #[test]
    fn the_long_window_is_the_limit_of_all() {
        check(&[12.0], 9..20, 12.0);
        check(&[12.0, 100.0], 9..20, 42.0);
    }
}
