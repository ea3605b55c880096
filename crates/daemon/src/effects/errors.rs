//! Puts the person's own error signatures into the terms of OpenCode's log. Judges none of them.

use engine::ProviderId;

use crate::opencode::signal::{Meaning, OwnSignature, Table};
use crate::settings::{ErrorRule, Means};

/// The table of errors, with the person's own signatures in front.
pub(crate) fn table(rules: &[ErrorRule]) -> Table {
    let own = rules.iter().map(|rule| OwnSignature {
        provider: rule.provider.as_deref().map(ProviderId::new),
        status: rule.status,
        codes: rule.codes.clone(),
        text: rule.text.clone(),
        without: rule.without.clone(),
        meaning: meaning(rule.means),
    });
    Table::with(own.collect())
}

fn meaning(means: Means) -> Meaning {
    match means {
        Means::UsageLimit => Meaning::UsageLimit,
        Means::ModelLimit => Meaning::ModelLimit,
        Means::ProviderSpent => Meaning::ProviderSpent,
        Means::Billing => Meaning::Billing,
        Means::LoginRejected => Meaning::LoginRejected,
        Means::Rate => Meaning::Rate,
        Means::Overload => Meaning::Overload,
        Means::Nothing => Meaning::NotTheAccount,
    }
}
