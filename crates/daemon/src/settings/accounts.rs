//! `[providers.P.accounts.L]`: what the person set for single accounts. Refuses what contradicts itself; a label that no
//! account has is only named, for accounts come and go.

use std::collections::BTreeMap;

use engine::{AccountRules, Label, ProviderId, Role};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize, Serializer};

use super::{SettingsError, value};

/// `[providers.P.accounts.L]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Account {
    /// Accounts of higher priority come first.
    pub priority: i32,
    /// How much what it has left counts beside others.
    #[serde(deserialize_with = "weight")]
    #[schemars(schema_with = "weights")]
    pub weight: f64,
    /// Percent of its windows that are kept for the person.
    #[serde(deserialize_with = "reserve_percent")]
    #[schemars(schema_with = "reserves")]
    pub reserve_percent: f64,
    /// When it may be chosen.
    #[serde(deserialize_with = "role", serialize_with = "role_name")]
    #[schemars(schema_with = "roles")]
    pub role: Role,
    /// The models that it may be chosen for; empty: all.
    #[serde(deserialize_with = "models")]
    pub models: Vec<String>,
}

impl Account {
    /// The same as the engine needs it.
    pub(super) fn rules(&self) -> AccountRules {
        let Self { priority, weight, reserve_percent, role, models } = self.clone();
        AccountRules { priority, weight, reserve_percent, role, models }
    }
}

impl Default for Account {
    fn default() -> Self {
        let AccountRules { priority, weight, reserve_percent, role, models } = AccountRules::default();
        Self { priority, weight, reserve_percent, role, models }
    }
}

/// The accounts by label. A label is written as Baton shows it.
pub(super) fn accounts<'de, D: Deserializer<'de>>(source: D) -> Result<BTreeMap<Label, Account>, D::Error> {
    let written = BTreeMap::<String, Account>::deserialize(source)?;
    let labelled = written.into_iter().map(|(text, account)| match Label::normalise(&text) {
        Some(label) if label.as_str() == text => Ok((label, account)),
        Some(label) => Err(D::Error::custom(format_args!("{text:?} isn't a label, perhaps {:?} is", label.as_str()))),
        None => Err(D::Error::custom(format_args!("{text:?} isn't a label"))),
    });
    labelled.collect()
}

/// Compares what is set at a provider with the accounts that it has: labels that none of them has.
///
/// # Errors
/// When none of them could ever be chosen.
pub(super) fn unknown_labels(
    provider: &ProviderId,
    set: &BTreeMap<Label, Account>,
    there: &[Label],
) -> Result<Vec<Label>, SettingsError> {
    let by_hand = |label: &Label| set.get(label).is_some_and(|account| account.role == Role::OnlyByHand);
    if there.len() > 1 && there.iter().all(by_hand) {
        let message = "every account is \"only-by-hand\", so that there is nothing to switch to; to switch there by hand \
                       only, set enabled = false";
        let key = Some(format!("providers.{provider}.accounts"));
        return Err(SettingsError { line: None, key, message: message.to_owned() });
    }
    Ok(set.keys().filter(|label| !there.contains(label)).cloned().collect())
}

fn weight<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    let weight = f64::deserialize(source)?;
    match weight.is_finite() && weight > 0.0 {
        true => Ok(weight),
        false => Err(D::Error::custom(format_args!("{weight} is no weight, it must be above 0"))),
    }
}

fn reserve_percent<'de, D: Deserializer<'de>>(source: D) -> Result<f64, D::Error> {
    let percent = f64::deserialize(source)?;
    match (0.0..100.0).contains(&percent) {
        true => Ok(percent),
        false => Err(D::Error::custom(format_args!(
            "{percent} is out of range, allowed are 0 to 99; to keep all of it, set role = \"only-by-hand\""
        ))),
    }
}

const ROLES: [(&str, Role); 3] =
    [("normal", Role::Normal), ("last-resort", Role::LastResort), ("only-by-hand", Role::OnlyByHand)];

fn role<'de, D: Deserializer<'de>>(source: D) -> Result<Role, D::Error> {
    let given = String::deserialize(source)?;
    ROLES.into_iter().find(|(name, _)| *name == given).map(|(_, role)| role).ok_or_else(|| {
        D::Error::custom(format_args!(
            "{given:?} isn't a role, allowed are \"normal\", \"last-resort\" and \"only-by-hand\""
        ))
    })
}

fn role_name<S: Serializer>(role: &Role, target: S) -> Result<S::Ok, S::Error> {
    target.serialize_str(ROLES.iter().find(|(_, known)| known == role).map_or("", |(name, _)| name))
}

fn roles(_: &mut SchemaGenerator) -> Schema {
    value::words(&ROLES.map(|(name, _)| name))
}

fn weights(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "number", "exclusiveMinimum": 0})
}

fn reserves(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "number", "minimum": 0, "exclusiveMaximum": 100})
}

fn models<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<String>, D::Error> {
    let models = Vec::<String>::deserialize(source)?;
    match models.iter().any(|model| model.trim().is_empty()) {
        true => Err(D::Error::custom("a model's name is missing")),
        false => Ok(models),
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    use super::*;

    #[test]
    fn an_account_has_rules_of_its_own() {
        let text = r#"
            [providers.openai]
            enabled = false
            [providers.openai.accounts.work]
            priority = 10
            weight = 2
            reserve_percent = 12.5
            role = "last-resort"
            models = ["gpt-5*", "o3"]
            [providers.openai.accounts."anna@example.org"]
        "#;
        let policy = Settings::parse(text).unwrap().policy();
        let rules = policy.provider(&ProviderId::new("openai"));
        assert!(!rules.enabled && policy.provider(&ProviderId::new("anthropic")).enabled);
        let work = AccountRules {
            priority: 10,
            weight: 2.0,
            reserve_percent: 12.5,
            role: Role::LastResort,
            models: vec!["gpt-5*".to_owned(), "o3".to_owned()],
        };
        assert_eq!(*rules.account(&Label::normalise("work").unwrap()), work);
        assert_eq!(rules.accounts[&Label::normalise("anna@example.org").unwrap()], AccountRules::default());
    }

    #[test]
    fn what_contradicts_itself_is_refused_by_name() {
        let check = |line: &str, expected: &str| {
            let error = Settings::parse(&format!("[providers.openai.accounts.work]\n{line}")).unwrap_err();
            let (key, message) = expected.split_once(": ").unwrap();
            assert_eq!(error.to_string(), format!("line 2: `providers.openai.accounts.work.{key}`: {message}"));
        };
        check("weight = -1.0", "weight: -1 is no weight, it must be above 0");
        check("weight = 0", "weight: 0 is no weight, it must be above 0");
        check(
            "reserve_percent = 101",
            "reserve_percent: 101 is out of range, allowed are 0 to 99; to keep all of it, set role = \"only-by-hand\"",
        );
        check(
            "role = 'spare'",
            "role: \"spare\" isn't a role, allowed are \"normal\", \"last-resort\" and \"only-by-hand\"",
        );
        check("models = ['']", "models: a model's name is missing");
    }

    #[test]
    fn a_label_is_written_as_it_is_shown() {
        let error = Settings::parse("[providers.openai.accounts.Work]").unwrap_err();
        assert_eq!(error.message, "\"Work\" isn't a label, perhaps \"work\" is");
    }

    #[test]
    fn accounts_come_and_go_and_one_of_them_must_be_there_to_be_chosen() {
        let text = "[providers.p.accounts]\na.role = 'only-by-hand'\nb.role = 'only-by-hand'\nc.priority = 1";
        let settings = Settings::parse(text).unwrap();
        let fits = |there: &[&str]| {
            let there = there.iter().filter_map(|text| Label::normalise(text)).collect();
            settings.fits(&[(ProviderId::new("p"), there)].into()).map_err(|error| error.to_string())
        };
        assert_eq!(fits(&["a", "b", "c"]), Ok(None));
        assert_eq!(
            fits(&["a", "x"]),
            Ok(Some("[providers.p.accounts] names b, c, and there is no such account".to_owned()))
        );
        assert!(
            fits(&["a", "b"]).unwrap_err().starts_with("`providers.p.accounts`: every account is \"only-by-hand\"")
        );
    }
}
