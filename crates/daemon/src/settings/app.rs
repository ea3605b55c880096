//! `[app]` and `[updates]`: what the tray app is like. Knows words only; what they mean is the app's affair.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, de::Error};

use super::value;

/// `[app]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct App {
    /// `system`, `light` or `dark`.
    #[serde(deserialize_with = "theme")]
    #[schemars(schema_with = "themes")]
    pub theme: String,
    /// `system`, or a language.
    #[serde(deserialize_with = "language")]
    #[schemars(schema_with = "languages")]
    pub language: String,
    /// Whether e-mail addresses stay out of sight.
    pub hide_emails: bool,
    /// What the icon shows.
    #[serde(deserialize_with = "icon")]
    #[schemars(schema_with = "icons")]
    pub icon: String,
    /// Keys that open the popover from anywhere; none when absent.
    #[serde(deserialize_with = "shortcut")]
    pub shortcut: Option<String>,
    /// Whether the app starts at login; when absent, that is left as it is.
    pub autostart: Option<bool>,
}

/// `[updates]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Updates {
    /// Which versions count; `off`: the app looks for none.
    #[serde(deserialize_with = "channel")]
    #[schemars(schema_with = "channels")]
    pub channel: String,
}

const THEMES: [&str; 3] = ["system", "light", "dark"];
const LANGUAGES: [&str; 5] = ["system", "en", "de", "zh", "ja"];
const ICONS: [&str; 3] = ["meter", "plain", "percent"];
const CHANNELS: [&str; 3] = ["stable", "beta", "off"];

impl Default for App {
    fn default() -> Self {
        let first = |words: &[&str]| words[0].to_owned();
        Self {
            theme: first(&THEMES),
            language: first(&LANGUAGES),
            hide_emails: false,
            icon: first(&ICONS),
            shortcut: None,
            autostart: None,
        }
    }
}

impl Default for Updates {
    fn default() -> Self {
        Self { channel: CHANNELS[0].to_owned() }
    }
}

fn theme<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    word(source, "theme", &THEMES)
}

fn language<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    word(source, "language", &LANGUAGES)
}

fn icon<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    word(source, "icon", &ICONS)
}

fn themes(_: &mut SchemaGenerator) -> Schema {
    value::words(&THEMES)
}

fn languages(_: &mut SchemaGenerator) -> Schema {
    value::words(&LANGUAGES)
}

fn icons(_: &mut SchemaGenerator) -> Schema {
    value::words(&ICONS)
}

fn channels(_: &mut SchemaGenerator) -> Schema {
    value::words(&CHANNELS)
}

fn channel<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    word(source, "channel", &CHANNELS)
}

/// Which keys there are is the desktop's affair.
fn shortcut<'de, D: Deserializer<'de>>(source: D) -> Result<Option<String>, D::Error> {
    let keys = String::deserialize(source)?;
    Ok(Some(keys.trim().to_owned()).filter(|keys| !keys.is_empty()))
}

fn word<'de, D: Deserializer<'de>>(source: D, what: &str, words: &[&str]) -> Result<String, D::Error> {
    let given = String::deserialize(source)?;
    match words.contains(&given.as_str()) {
        true => Ok(given),
        false => {
            Err(D::Error::custom(format_args!("{given:?} isn't known as {what}, allowed are {}", words.join(", "))))
        }
    }
}
