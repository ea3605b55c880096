//! What the engine decides and writes down, as plain sentences: a story is compared with what a person would say of it.
//! Says as much as stories tell apart, and no more.

use super::world::seconds;
use crate::*;

pub(super) fn sentence(decision: &Decision) -> String {
    match decision {
        Decision::Switch(switch) => {
            format!("switch {} -> {}: {}", name(switch.from.as_ref()), switch.to, cause(&switch.cause))
        }
        Decision::ReadUsage { account, why } => format!("read {account}: {}", format!("{why:?}").to_lowercase()),
        Decision::RefreshToken { account } => format!("refresh {account}"),
        Decision::ResumeSession(resumption) => format!("resume {}", resumption_words(resumption)),
        Decision::Notify(notice) => format!("tell: {}", notice_sentence(notice)),
        Decision::Record(record) => record_sentence(record),
        Decision::Answer { request, answer } => format!("answer {request}: {}", answer_sentence(answer)),
    }
}

fn notice_sentence(notice: &Notice) -> String {
    match notice {
        Notice::Switched { from, to, headroom, restart_needed, .. } => {
            let left = headroom.map(|left| format!(", {left} % left")).unwrap_or_default();
            let restart = if *restart_needed { ", restart" } else { "" };
            format!("switched {} -> {to}{left}{restart}", name(from.as_ref()))
        }
        Notice::NobodyLeft { model, earliest, lane, .. } => {
            let model = model.as_ref().map(|model| format!(" for {model}")).unwrap_or_default();
            let back = earliest.as_ref().map(|(account, time)| format!(", {account} is back at {}", seconds(*time)));
            let lane = lane.as_ref().map(|lane| format!(", go on with {} at {}", lane.model, lane.provider));
            format!("nobody left{model}{}{}", back.unwrap_or_default(), lane.unwrap_or_default())
        }
        Notice::HeldBack { why: HeldBack::Off, .. } => "held back, off".to_owned(),
        Notice::HeldBack { why: HeldBack::Attempts, .. } => "held back, attempts".to_owned(),
        Notice::HeldBack { why: HeldBack::Flapping { until }, .. } => {
            format!("held back, flapping until {}", seconds(*until))
        }
        Notice::SwitchFailed { to, why, .. } => format!("switch to {to} failed, {why}"),
        Notice::NeedsLogin(account) => format!("{account} needs a login"),
        Notice::LoginSaved(account) => format!("{account} was saved"),
        Notice::NearlySpent { account, window, forecast } => {
            let end = match forecast {
                None => String::new(),
                Some(Forecast::Lasts { left_percent }) => format!(", {left_percent:.0} % left at its reset"),
                Some(Forecast::RunsOut { at }) => format!(", spent at {:.0}", seconds(*at)),
            };
            format!("{account} has used {} % of {}{end}", window.used_percent, window.name())
        }
        Notice::WindowReset { account, window } => {
            format!("{account} is back, {} h", window.length.as_secs() / 3600)
        }
    }
}

fn answer_sentence(answer: &Answer) -> String {
    match answer {
        Answer::Done => "done".to_owned(),
        Answer::Switched { from, to, .. } => format!("switched {} -> {to}", name(from.as_ref())),
        Answer::NoUsableAccount(_) => "no usable account".to_owned(),
        Answer::Failed(why) => format!("failed, {why}"),
    }
}

pub(super) fn record_sentence(record: &Record) -> String {
    match record {
        Record::LimitHit { account, .. } => format!("limit of {}", name(account.as_ref())),
        Record::Standing { account, standing } => format!("{account} {}", standing_words(*standing)),
        Record::Paused(None) => "goes on".to_owned(),
        Record::Paused(Some(Pause { until: None })) => "paused".to_owned(),
        Record::Paused(Some(Pause { until: Some(until) })) => format!("paused until {}", seconds(*until)),
        Record::ModelStanding { account, model, cooldown } => match cooldown {
            Some(cooldown) => format!("{account} rests for {model} until {}", seconds(cooldown.until)),
            None => format!("{account} is ready for {model}"),
        },
        Record::Resumed { resumption, outcome: ResumeOutcome::Done } => {
            format!("resumed {}", resumption_words(resumption))
        }
        Record::Resumed { resumption, outcome: ResumeOutcome::NotDone { why } } => {
            format!("not resumed {}, {why}", resumption_words(resumption))
        }
        Record::Polled { account, .. } => format!("{account} was asked about"),
        Record::Alerted { account, memory } => format!("{account} is known to have used {} %", memory.peak_percent),
    }
}

fn resumption_words(resumption: &Resumption) -> String {
    let Resumption { session, to, agent, why, .. } = resumption;
    let agent = agent.as_ref().map(|agent| format!(" as {agent}")).unwrap_or_default();
    let why = match why {
        ResumeCause::Switched(account) => format!("{account} is active"),
        ResumeCause::FallbackAgent => "its agent says so".to_owned(),
        ResumeCause::NextLane => "the next lane".to_owned(),
    };
    format!("{session} on {} of {}{agent}: {why}", to.model, to.provider)
}

pub(super) fn standing_words(standing: Standing) -> String {
    match standing {
        Standing::Ready => "is ready".to_owned(),
        Standing::CoolingDown(cooldown) => format!("rests until {}", seconds(cooldown.until)),
        Standing::NeedsLogin => "needs a login".to_owned(),
        Standing::Disabled => "is disabled".to_owned(),
    }
}

fn cause(cause: &SwitchCause) -> String {
    match cause {
        SwitchCause::LimitHit { session: Some(session) } => format!("limit hit by {session}"),
        SwitchCause::LimitHit { session: None } => "limit hit".to_owned(),
        SwitchCause::AccountBack => "account back".to_owned(),
        SwitchCause::LoginRejected { session } => format!("login refused to {}", session_name(session)),
        SwitchCause::Failing { session } => format!("failures of {}", session_name(session)),
        SwitchCause::Overload { session } => format!("overload met by {}", session_name(session)),
        SwitchCause::BeforeLimit => "before the limit".to_owned(),
        SwitchCause::Returned => "returned".to_owned(),
        SwitchCause::Chosen => "chosen".to_owned(),
        SwitchCause::NextAsked => "next asked".to_owned(),
        SwitchCause::PutBack => "put back".to_owned(),
    }
}

fn session_name(session: &Option<SessionId>) -> &str {
    session.as_ref().map_or("nobody known", SessionId::as_str)
}

fn name(account: Option<&AccountId>) -> &str {
    account.map_or("nobody", AccountId::as_str)
}
