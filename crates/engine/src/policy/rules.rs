//! What the person set for single providers and accounts. Says what may be done, never what is done.

use std::collections::BTreeMap;

use crate::Label;

/// What is set for one provider.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderRules {
    /// Whether Baton switches by itself there.
    pub enabled: bool,
    /// What is set for single accounts, by label; a label that no account has means nothing until one gets it.
    pub accounts: BTreeMap<Label, AccountRules>,
}

/// What is set for one account.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountRules {
    /// Accounts of higher priority come first, whatever the strategy thinks of them.
    pub priority: i32,
    /// How much what it has left counts beside others, above 0.
    pub weight: f64,
    /// Percent of its windows that are kept for the person.
    pub reserve_percent: f64,
    /// When it may be chosen at all.
    pub role: Role,
    /// The models that it may be chosen for, by name or with `*` for any run of characters; empty: all.
    pub models: Vec<String>,
}

/// When an account may be chosen; those of a lesser role come later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// At any time.
    #[default]
    Normal,
    /// When no normal one can be used.
    LastResort,
    /// Never by itself: only when a person names it.
    OnlyByHand,
}

/// For a provider or an account that nothing is set for.
pub(super) static NOTHING_SET: ProviderRules = ProviderRules { enabled: true, accounts: BTreeMap::new() };
static NO_ACCOUNT_RULES: AccountRules =
    AccountRules { priority: 0, weight: 1.0, reserve_percent: 0.0, role: Role::Normal, models: Vec::new() };

impl ProviderRules {
    /// What is set for an account.
    pub fn account(&self, label: &Label) -> &AccountRules {
        self.accounts.get(label).unwrap_or(&NO_ACCOUNT_RULES)
    }
}

impl Default for ProviderRules {
    fn default() -> Self {
        NOTHING_SET.clone()
    }
}

impl AccountRules {
    /// Whether the account may be chosen for a model.
    pub fn allows(&self, model: &str) -> bool {
        self.models.is_empty() || self.models.iter().any(|pattern| fits(pattern, model))
    }
}

impl Default for AccountRules {
    fn default() -> Self {
        NO_ACCOUNT_RULES.clone()
    }
}

/// Whether a name fits a pattern in which `*` stands for any run of characters. Letter case doesn't matter.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut open) = name.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        match open.find(part) {
            Some(at) => open = open.split_at(at + part.len()).1,
            None => return false,
        }
    }
    open.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_named_or_described() {
        let check = |pattern: &str, model: &str, allowed: bool| {
            let rules = AccountRules { models: vec![pattern.to_owned()], ..AccountRules::default() };
            assert_eq!(rules.allows(model), allowed, "{pattern} {model}");
        };
        check("gpt-5.5", "gpt-5.5", true);
        check("GPT-5.5", "gpt-5.5", true);
        check("gpt-5.5", "gpt-5.5-mini", false);
        check("gpt-5*", "gpt-5.5-mini", true);
        check("gpt-5*", "o3", false);
        check("*mini", "gpt-5.5-mini", true);
        check("*-5*-m*i", "gpt-5.5-mini", true);
        check("a*a", "a", false);
        check("*", "", true);
        assert!(AccountRules::default().allows("anything"));
    }
}
