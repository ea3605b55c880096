//! `[[errors]]`: what errors of a gateway with texts of its own mean. Refuses an entry that would fit every error.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, de::Error};

use super::value;

/// One entry of `[[errors]]`. All that is given must hold.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct ErrorRule {
    /// OpenCode's id of the provider; `None` for any.
    pub provider: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// One of these codes.
    pub codes: Vec<String>,
    /// All of these in the message.
    pub text: Vec<String>,
    /// None of these in the message.
    pub without: Vec<String>,
    /// What the error means.
    pub means: Means,
}

/// What an error may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// The account's usage window is spent.
    UsageLimit,
    /// The same, for the model asked for only.
    ModelLimit,
    /// The provider has nobody left, whichever account asks.
    ProviderSpent,
    /// Money is needed.
    Billing,
    /// The login is refused.
    LoginRejected,
    /// Too fast: a long wait is as good as a limit.
    Rate,
    /// The provider has too much to do.
    Overload,
    /// Nothing that another account mends.
    Nothing,
}

const MEANINGS: [(&str, Means); 8] = [
    ("usage-limit", Means::UsageLimit),
    ("model-limit", Means::ModelLimit),
    ("provider-spent", Means::ProviderSpent),
    ("billing", Means::Billing),
    ("login-rejected", Means::LoginRejected),
    ("rate", Means::Rate),
    ("overload", Means::Overload),
    ("nothing", Means::Nothing),
];

/// An entry as it is written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Written {
    /// OpenCode's id of the provider; without it, any.
    provider: Option<String>,
    /// The HTTP status.
    #[schemars(range(min = 400, max = 599))]
    status: Option<u16>,
    /// One of these codes.
    #[serde(default)]
    codes: Vec<String>,
    /// All of these in the message.
    #[serde(default)]
    text: Vec<String>,
    /// None of these in the message.
    #[serde(default)]
    without: Vec<String>,
    /// What the error means.
    #[serde(deserialize_with = "means")]
    #[schemars(schema_with = "meanings")]
    means: Means,
}

impl TryFrom<Written> for ErrorRule {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, &'static str> {
        let Written { provider, status, codes, text, without, means } = written;
        if status.is_some_and(|status| !(400..=599).contains(&status)) {
            return Err("a status of an error is needed, 400 to 599");
        }
        if codes.iter().chain(&text).chain(&without).any(|text| text.trim().is_empty()) {
            return Err("an empty text fits every error");
        }
        if status.is_none() && codes.is_empty() && text.is_empty() {
            return Err("it fits every error: status, codes or text is needed");
        }
        Ok(Self { provider, status, codes, text, without, means })
    }
}

fn means<'de, D: Deserializer<'de>>(source: D) -> Result<Means, D::Error> {
    let text = String::deserialize(source)?;
    let known = MEANINGS.iter().find(|(name, _)| *name == text).map(|(_, means)| *means);
    known.ok_or_else(|| {
        let names = MEANINGS.map(|(name, _)| name).join(", ");
        D::Error::custom(format_args!("{text:?} is no meaning of errors, there are {names}"))
    })
}

fn meanings(_: &mut SchemaGenerator) -> Schema {
    value::words(&MEANINGS.map(|(name, _)| name))
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(Settings::parse(text).unwrap_err().to_string(), expected, "{text}");
    }

    #[test]
    fn an_entry_is_one_line() {
        let text = r#"errors = [{ provider = "my-gateway", text = ["auth_unavailable", "no auth available"], means = "usage-limit" }]"#;
        let expected = ErrorRule {
            provider: Some("my-gateway".to_owned()),
            status: None,
            codes: vec![],
            text: vec!["auth_unavailable".to_owned(), "no auth available".to_owned()],
            without: vec![],
            means: Means::UsageLimit,
        };
        assert_eq!(Settings::parse(text).unwrap().errors, [expected]);
    }

    #[test]
    fn an_entry_may_be_a_table_and_there_may_be_several() {
        let text = "[[errors]]\nstatus = 429\nwithout = ['per minute']\nmeans = 'billing'\n[[errors]]\ncodes = ['x']\nmeans = 'nothing'";
        let means: Vec<Means> = Settings::parse(text).unwrap().errors.iter().map(|rule| rule.means).collect();
        assert_eq!(means, [Means::Billing, Means::Nothing]);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        check(
            "[[errors]]\nprovider = 'p'\nmeans = 'billing'",
            "line 1: `errors`: it fits every error: status, codes or text is needed",
        );
        check(
            "[[errors]]\nwithout = ['x']\nmeans = 'billing'",
            "line 1: `errors`: it fits every error: status, codes or text is needed",
        );
        check("[[errors]]\ntext = ['']\nmeans = 'billing'", "line 1: `errors`: an empty text fits every error");
        check(
            "[[errors]]\nstatus = 200\nmeans = 'billing'",
            "line 1: `errors`: a status of an error is needed, 400 to 599",
        );
        check(
            "[[errors]]\nstatus = 429\nmeans = 'switch'",
            "line 3: \"switch\" is no meaning of errors, there are usage-limit, model-limit, provider-spent, billing, \
             login-rejected, rate, overload, nothing",
        );
        check("[[errors]]\nstatus = 429", "line 1: `errors`: missing field means");
    }
}
