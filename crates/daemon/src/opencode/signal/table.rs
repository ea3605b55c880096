//! What errors mean: looks an error up, first among the person's own signatures, then among those that Baton knows.
//! Says nothing of what to do about them.

use std::sync::LazyLock;

use engine::ProviderId;
use memchr::memmem::Finder;

use super::signatures::SIGNATURES;
use crate::opencode::log::ErrorFacts;

/// What an error means for the account that met it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The conversation is too long; OpenCode shortens it and goes on.
    TooLong,
    /// Nothing that another account mends.
    NotTheAccount,
    /// The provider has too much to do, or is broken.
    Overload,
    /// A usage window is spent.
    UsageLimit,
    /// A usage window of the model alone is spent.
    ModelLimit,
    /// The provider has nobody left behind it.
    ProviderSpent,
    /// Credit or quota is spent until somebody pays.
    Billing,
    /// The login itself is refused.
    LoginRejected,
    /// Too fast: a short wait is sat out, a long one is as good as a limit.
    Rate,
    /// The provider refused, and nobody knows why.
    Unexplained,
}

/// What is known of an error with a meaning. All that is given must hold; codes and headers compare without case.
pub(super) struct Signature {
    /// How the provider's id begins.
    pub(super) provider: &'static str,
    pub(super) status: Status,
    /// One of these codes.
    pub(super) codes: &'static [&'static str],
    /// All of these headers; `*` is any value.
    pub(super) headers: &'static [(&'static str, &'static str)],
    /// All of these in the message, in lower case.
    pub(super) text: &'static [&'static str],
    /// None of these in the message, in lower case.
    pub(super) without: &'static [&'static str],
    pub(super) meaning: Meaning,
}

pub(super) enum Status {
    Any,
    Is(u16),
    OneOf(&'static [u16]),
    /// The log doesn't say, as from 1.17 on.
    Unsaid,
}

pub(super) const fn means(meaning: Meaning) -> Signature {
    Signature { provider: "", status: Status::Any, codes: &[], headers: &[], text: &[], without: &[], meaning }
}

/// A signature of the person's own, for a gateway with texts of its own. All that is given must hold, and something is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OwnSignature {
    /// The provider, by OpenCode's id; `None` for any.
    pub(crate) provider: Option<ProviderId>,
    /// The HTTP status; OpenCode's log doesn't say it from 1.17 on.
    pub(crate) status: Option<u16>,
    /// One of these codes; none given: whatever codes there are.
    pub(crate) codes: Vec<String>,
    /// All of these in the message.
    pub(crate) text: Vec<String>,
    /// None of these in the message.
    pub(crate) without: Vec<String>,
    pub(crate) meaning: Meaning,
}

/// Everything that is known of what errors mean.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    own: Vec<OwnSignature>,
}

impl Table {
    /// The person's own signatures, and behind them those that Baton knows.
    pub(crate) fn with(own: Vec<OwnSignature>) -> Self {
        let lower = |texts: Vec<String>| texts.into_iter().map(|text| plain(&text)).collect();
        let own = own.into_iter();
        Self {
            own: own.map(|own| OwnSignature { text: lower(own.text), without: lower(own.without), ..own }).collect(),
        }
    }

    /// What an error of a provider means.
    pub(super) fn meaning(&self, provider: &ProviderId, facts: &ErrorFacts) -> Meaning {
        let message = plain(&facts.message);
        let own = self.own.iter().find(|own| own.fits(provider, facts, &message)).map(|own| own.meaning);
        let known = || known(provider, facts, &message).map(|index| SIGNATURES[index].meaning);
        let unexplained = || match facts.is_refusal() {
            true => Meaning::Unexplained,
            false => Meaning::NotTheAccount,
        };
        own.or_else(known).unwrap_or_else(unexplained)
    }
}

/// The line of the table that decides.
#[cfg(test)]
pub(super) fn deciding(provider: &ProviderId, facts: &ErrorFacts) -> Option<usize> {
    known(provider, facts, &plain(&facts.message))
}

fn known(provider: &ProviderId, facts: &ErrorFacts, message: &str) -> Option<usize> {
    SIGNATURES.iter().zip(WORDS.iter()).position(|(signature, words)| {
        signature.fits(provider, facts)
            && words.text.iter().all(|text| text.find(message.as_bytes()).is_some())
            && words.without.iter().all(|text| text.find(message.as_bytes()).is_none())
    })
}

fn plain(text: &str) -> String {
    text.to_lowercase().replace('\u{2019}', "'")
}

/// A signature's text, made ready for many searches.
struct Words {
    text: Vec<Finder<'static>>,
    without: Vec<Finder<'static>>,
}

static WORDS: LazyLock<Vec<Words>> = LazyLock::new(|| {
    let finders = |texts: &'static [&str]| texts.iter().map(|&text| Finder::new(text)).collect();
    let words = |signature: &Signature| Words { text: finders(signature.text), without: finders(signature.without) };
    SIGNATURES.iter().map(words).collect()
});

impl Signature {
    /// All but its text.
    fn fits(&self, provider: &ProviderId, facts: &ErrorFacts) -> bool {
        (self.provider.is_empty() || provider.as_str().starts_with(self.provider))
            && match self.status {
                Status::Any => true,
                Status::Is(status) => facts.status == Some(status),
                Status::OneOf(statuses) => facts.status.is_some_and(|status| statuses.contains(&status)),
                Status::Unsaid => facts.status.is_none(),
            }
            && (self.codes.is_empty() || facts.has_code(self.codes))
            && self.headers.iter().all(|(name, value)| {
                facts.header(name).is_some_and(|given| *value == "*" || given.eq_ignore_ascii_case(value))
            })
    }
}

impl OwnSignature {
    fn fits(&self, provider: &ProviderId, facts: &ErrorFacts, message: &str) -> bool {
        self.provider.as_ref().is_none_or(|own| own == provider)
            && self.status.is_none_or(|status| facts.status == Some(status))
            && (self.codes.is_empty() || facts.has_code(&self.codes))
            && self.text.iter().all(|text| message.contains(text.as_str()))
            && !self.without.iter().any(|text| message.contains(text.as_str()))
    }
}
