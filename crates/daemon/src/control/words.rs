//! What the daemon says to people, on the wire: in English, and as a key with values for whoever words it in another
//! language. Both are made at once, so they say the same. Knows no other language.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::{Scope, Timestamp, WindowId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::phrases;
use super::snapshot::Time;
use crate::clock::rfc3339;

/// Something that is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Words {
    /// In English.
    pub text: String,
    /// Names the text in the catalogue of texts; `null` for words from elsewhere, such as a system's own error.
    pub key: Option<String>,
    /// What stands in the text's places, by their names.
    #[serde(default)]
    pub with: BTreeMap<String, Value>,
}

/// What stands in a place of a text: each language writes it its own way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A name, a path, a command: the same in every language.
    Text(String),
    /// A whole number.
    Number(#[ts(type = "number")] i64),
    /// A moment.
    Time(Time),
    /// A span of time, in seconds.
    Seconds(#[ts(type = "number")] u64),
    /// A usage window.
    Window {
        /// Its short name: `5h`, `weekly`, …
        name: String,
        /// The model or family that it is for; `null` when it governs every request.
        model: Option<String>,
    },
    /// Other words.
    Words(Words),
    /// Several of them.
    List(Vec<Words>),
    /// One that a newer program knows: the English text has it in words.
    #[serde(untagged)]
    Other(#[ts(type = "unknown")] serde_json::Value),
}

impl Words {
    /// A text of the catalogue with its values in their places.
    pub(super) fn new<const N: usize>(key: &str, english: &str, with: [(&str, Value); N]) -> Self {
        let mut text = String::new();
        let mut rest = english;
        while let Some((before, (name, after))) =
            rest.split_once('{').and_then(|(before, inside)| Some((before, inside.split_once('}')?)))
        {
            text.push_str(before);
            let value = with.iter().find(|(place, _)| *place == name);
            text.push_str(&value.map_or_else(String::new, |(_, value)| value.in_english()));
            rest = after;
        }
        text.push_str(rest);
        let with = with.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { text, key: Some(key.to_owned()), with }
    }

    /// The English text, and the words where they can be had in other languages.
    pub(crate) fn split(self) -> (String, Option<Self>) {
        (self.text.clone(), self.key.is_some().then_some(self))
    }

    /// The same as a sentence.
    pub(crate) fn into_sentence(self) -> Self {
        let sentence = if self.text.ends_with('.') { self } else { phrases::sentence(self) };
        let mut letters = sentence.text.chars();
        let text: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters.clone()).collect();
        Self { text, ..sentence }
    }
}

impl Value {
    fn in_english(&self) -> String {
        match self {
            Self::Text(text) | Self::Time(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Seconds(seconds) => span(Duration::from_secs(*seconds)),
            Self::Window { name, model: None } => format!("{name} window"),
            Self::Window { name, model: Some(model) } => format!("{name} window for {model}"),
            Self::Words(words) => words.text.clone(),
            Self::List(all) => all.iter().map(|words| words.text.as_str()).collect::<Vec<_>>().join("; "),
            Self::Other(value) => value.to_string(),
        }
    }
}

/// A span of time in its two largest units, rounded up to minutes: `3 h 20 min`.
fn span(span: Duration) -> String {
    let minutes = span.as_secs().div_ceil(60);
    match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// A text that has no places may be in the catalogue as it is.
impl From<&str> for Words {
    fn from(text: &str) -> Self {
        let known = phrases::ALL.iter().find(|phrase| phrase.places.is_empty() && phrase.english == text);
        Self { text: text.to_owned(), key: known.map(|phrase| phrase.key.to_owned()), with: BTreeMap::new() }
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, and no percentage is that large")]
impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number.round() as i64)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Time(rfc3339(time))
    }
}

impl From<Duration> for Value {
    fn from(span: Duration) -> Self {
        Self::Seconds(span.as_secs())
    }
}

impl From<&WindowId> for Value {
    fn from(window: &WindowId) -> Self {
        let model = match &window.scope {
            Scope::Account => None,
            Scope::Model(model) => Some(model.clone()),
        };
        Self::Window { name: window.name(), model }
    }
}

impl From<Words> for Value {
    fn from(words: Words) -> Self {
        Self::Words(words)
    }
}

impl From<Vec<Words>> for Value {
    fn from(all: Vec<Words>) -> Self {
        Self::List(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_at_a_glance() {
        let cases = [(30, "1 min"), (3_600, "1 h"), (12_000, "3 h 20 min"), (86_400, "1 d"), (190_800, "2 d 5 h")];
        for (secs, expected) in cases {
            assert_eq!(span(Duration::from_secs(secs)), expected);
        }
    }

    #[test]
    fn what_stands_in_a_place_is_never_a_place_itself() {
        let words = phrases::place_of("{why}", Words::from("active now"));
        assert_eq!(words.text, "{why}: active now");
    }

    #[test]
    fn a_text_without_places_is_found_in_the_catalogue_and_others_stay_as_they_are() {
        assert_eq!(Words::from("active now"), phrases::active_now());
        let other = Words::from("disk full (os error 28)").split();
        assert_eq!(other, ("disk full (os error 28)".to_owned(), None));
    }

    #[test]
    fn kinds_of_a_newer_program_are_read() {
        let newer = r#"{"text":"red paint","key":"paint","with":{"colour":{"colour":"red"}}}"#;
        let words: Words = serde_json::from_str(newer).unwrap();
        assert_eq!(words.with["colour"], Value::Other(serde_json::json!({"colour": "red"})));
        assert_eq!(serde_json::to_string(&words).unwrap(), newer);
    }
}
