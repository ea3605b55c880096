//! The person, who meddles: switches by hand, disables, removes, logs in, pauses. What a person does, the policy must
//! bear with.

use engine::{AccountId, Ask, Input};

use super::World;
use super::queue::Event;
use crate::spans::{hours, minutes, secs};

impl World {
    /// The person does something.
    pub(super) fn meddle(&mut self) {
        let service = self.person.count(1, self.services.len()) - 1;
        let ids: Vec<AccountId> = self.services[service].logins.iter().map(|login| login.id.clone()).collect();
        let Some(account) = self.person.pick(&ids).cloned() else { return };
        self.witness.disturbed(service, self.now);
        let provider = self.services[service].id.clone();
        match self.person.count(0, 8) {
            0 => self.ask(Ask::Switch(account)),
            1 => self.ask(Ask::Next(provider)),
            2 => self.withhold(service, account, false),
            3 => self.withhold(service, account, true),
            4 => self.log_in_with_opencode(service, account),
            5 if self.paused() => self.resume(),
            5 => {
                self.ask(Ask::Pause(engine::Pause::default()));
                let later = self.now + self.person.span(minutes(5), hours(3));
                self.queue.add(later, Event::Resume);
            }
            6 => self.ask(Ask::ReadUsage(None)),
            7 => {
                for minute in 0..10 {
                    let at = self.now + minutes(minute);
                    let watch = Input::Asked { request: engine::RequestId(0), ask: Ask::Watch };
                    self.queue.add(at, Event::Told(watch));
                }
            }
            _ => {
                let by_hand = self.by_hand_only(service, &account);
                if let Some(login) = self.services[service].login_mut(&account) {
                    login.withheld = by_hand;
                }
                self.ask(Ask::Enable(account));
            }
        }
    }

    /// Disables an account or removes it, for some hours.
    fn withhold(&mut self, service: usize, account: AccountId, remove: bool) {
        let Some(login) = self.services[service].login_mut(&account) else { return };
        if login.withheld || login.unknown {
            return;
        }
        let later = self.now + self.person.span(minutes(10), hours(30));
        if remove {
            login.unknown = true;
            self.tell(Input::AccountRemoved(account.clone()));
        } else {
            login.withheld = true;
            self.ask(Ask::Disable(account.clone()));
        }
        self.queue.add(later, Event::Mended { service, account });
    }

    /// The person makes a login again, enables an account or adds one that was removed.
    pub(super) fn mended(&mut self, service: usize, account: AccountId) {
        let now = self.now;
        let by_hand = self.by_hand_only(service, &account);
        let Some(login) = self.services[service].login_mut(&account) else { return };
        let (was_unknown, was_withheld) = (login.unknown, login.withheld && !by_hand);
        login.accepted = true;
        login.unknown = false;
        login.withheld = by_hand;
        login.mended = Some(now);
        self.witness.disturbed(service, now);
        self.introduce(service, &account);
        if was_unknown {
            self.tell(Input::LoginSaved(account));
            self.see_active(service);
        } else if was_withheld {
            self.ask(Ask::Enable(account));
        } else {
            self.tell(Input::LoginRenewed(account));
        }
    }

    /// `opencode auth login`: OpenCode's store holds another account all at once.
    fn log_in_with_opencode(&mut self, service: usize, account: AccountId) {
        let now = self.now;
        let Some(login) = self.services[service].login_mut(&account) else { return };
        let (was_unknown, was_broken) = (login.unknown, !login.accepted);
        login.accepted = true;
        if was_unknown || was_broken {
            login.mended = Some(now);
        }
        login.unknown = false;
        self.services[service].active = Some(account.clone());
        self.witness.landed_by_hand(service, now);
        let seen = self.now + self.person.span(secs(0), secs(1));
        if was_unknown {
            self.introduce(service, &account);
            self.tell(Input::LoginSaved(account));
        } else if was_broken {
            self.tell(Input::LoginRenewed(account));
        }
        let provider = self.services[service].id.clone();
        let active = self.services[service].active.clone();
        self.queue.add(seen, Event::Told(Input::ActiveSeen { provider, account: active }));
    }

    pub(super) fn resume(&mut self) {
        if self.paused() {
            self.ask(Ask::Resume);
            (0..self.services.len()).for_each(|service| self.witness.disturbed(service, self.now));
        }
    }

    pub(super) fn by_hand_only(&self, service: usize, account: &AccountId) -> bool {
        let service = &self.services[service];
        let rules = self.policy.provider(&service.id);
        let label = service.login(account).map(|login| &login.label);
        label.is_some_and(|label| rules.account(label).role == engine::Role::OnlyByHand)
    }
}
