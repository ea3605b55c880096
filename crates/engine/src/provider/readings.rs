//! Asks for usage figures and takes them in. A parked account's token is renewed first where it has to be; the active
//! one's never: OpenCode does that.

use std::time::Duration;

use crate::step::Step;
use crate::{AccountId, Decision, ReadCause, Timestamp, UsageOutcome};

use super::enquiries::{Stage, urgency};
use super::known::FIGURES_HOLD;
use super::{Course, Provider};

/// How long a token counts as new: one that is rejected so soon isn't renewed once more.
const NEW: Duration = Duration::from_secs(60 * 60);

impl Provider {
    /// Asks about every account that can be read, because a person wants to know. Returns which.
    pub(crate) fn ask_all(&mut self, step: &mut Step) -> Vec<AccountId> {
        let readable = self.accounts.values().filter(|known| known.account.has_figures && !known.account.needs_login);
        let readable: Vec<AccountId> = readable.map(|known| known.account.id.clone()).collect();
        for id in &readable {
            self.ask(step, id, ReadCause::Asked);
        }
        readable
    }

    /// Takes in a reading, asked for or not.
    pub(crate) fn usage_read(&mut self, step: &mut Step, id: &AccountId, outcome: UsageOutcome) {
        let asked = self.enquiries.answered(id, Stage::Reading);
        if asked.is_some() {
            self.poll_answered(step, id, &outcome);
        }
        match outcome {
            UsageOutcome::Read(usage) => {
                self.change(step, id, |known, now| known.read(usage, now));
                self.measure_turns(id, step.now);
            }
            UsageOutcome::Unknown | UsageOutcome::RateLimited { .. } => {}
            UsageOutcome::LoginRejected => {
                self.reading_rejected(step, id, asked.map_or(ReadCause::Stale, |asked| asked.why));
            }
        }
    }

    /// A rejected token may have ended before its time, or the clock was wrong when it was made: that it can't be renewed
    /// either says that the login has ended.
    fn reading_rejected(&mut self, step: &mut Step, id: &AccountId, why: ReadCause) {
        let Some(known) = self.accounts.get(id).filter(|known| !known.token_expired(step.now)) else { return };
        if self.is_parked(id) && known.can_refresh() && !known.login_newer_than(step.now - NEW) {
            self.enquiries.ask(id.clone(), Stage::Refresh, why, step.now);
            return step.decide(Decision::RefreshToken { account: id.clone() });
        }
        self.needs_login(step, id);
    }

    /// Learns from the active account's figures what turns use.
    fn measure_turns(&mut self, id: &AccountId, now: Timestamp) {
        if let Some(known) = self.accounts.get(id).filter(|_| self.active() == Some(id)) {
            self.turns.read(&known.account, self.sessions.busy_until(now).is_some(), now);
        }
    }

    /// Asks about an account, unless it is being asked about as urgently already.
    pub(super) fn ask(&mut self, step: &mut Step, id: &AccountId, why: ReadCause) {
        let Some(known) = self.accounts.get(id) else { return };
        let stage = if self.is_parked(id) && known.must_refresh(step.now) { Stage::Refresh } else { Stage::Reading };
        if stage == Stage::Reading && !known.account.has_figures {
            return;
        }
        let open = self.enquiries.open(id, step.now);
        if open.is_some_and(|open| urgency(open.why) >= urgency(why)) {
            return;
        }
        if !self.may_be_asked(id, why, step.now) {
            return;
        }
        // A refresh has no urgency: one that is under way serves the more urgent reading too.
        if open.is_some_and(|open| open.stage == Stage::Refresh) {
            self.enquiries.ask(id.clone(), Stage::Refresh, why, step.now);
            return;
        }
        self.enquiries.ask(id.clone(), stage, why, step.now);
        match stage {
            Stage::Refresh => step.decide(Decision::RefreshToken { account: id.clone() }),
            Stage::Reading => self.read_now(step, id, why),
        }
    }

    /// The token is new: reads what the refresh was made for.
    pub(super) fn read_after_refresh(&mut self, step: &mut Step, id: &AccountId) {
        let Some(enquiry) = self.enquiries.answered(id, Stage::Refresh) else { return };
        let Some(known) = self.accounts.get(id) else { return };
        let wanted = enquiry.why != ReadCause::Candidate || !known.read_since(step.now - FIGURES_HOLD);
        if wanted && known.account.has_figures {
            self.enquiries.ask(id.clone(), Stage::Reading, enquiry.why, step.now);
            self.read_now(step, id, enquiry.why);
        }
    }

    /// The token couldn't be renewed: without it there is no reading, and old figures hold no longer.
    pub(super) fn give_up_refresh(&mut self, step: &mut Step, id: &AccountId) {
        if self.enquiries.answered(id, Stage::Refresh).is_some() {
            self.poll_failed(step, id);
        }
        if let Course::Choosing(failover) = &mut self.course {
            failover.out_of_reach.insert(id.clone());
        }
    }

    /// Whether OpenCode neither uses it nor is just getting it.
    fn is_parked(&self, id: &AccountId) -> bool {
        let is_target = matches!(&self.course, Course::Switching(switching) if switching.switch.to == *id);
        self.active() != Some(id) && !is_target
    }
}
