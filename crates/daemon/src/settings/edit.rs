//! Changes one thing in the settings file and leaves the rest as the person wrote it: comments, order, spaces. Refuses
//! what the settings would refuse; then nothing is written.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde_json::Value as Json;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::{Settings, SettingsError};

/// Why nothing was set.
#[derive(Debug, thiserror::Error)]
pub enum ConfigureError {
    /// The settings as they would be are no settings.
    #[error(transparent)]
    Refused(#[from] SettingsError),
    /// There is no such place in the file.
    #[error("{0}")]
    NoPlace(String),
    /// The file can't be read or written.
    #[error("the settings file can't be written: {0}")]
    Io(#[from] io::Error),
}

impl Settings {
    /// Sets a key in a settings file, or takes it out, and answers with all settings as they are then.
    ///
    /// # Errors
    /// When the settings refuse it, or the file can't be written; the file is as it was then.
    pub fn configure(path: &Path, key: &[String], value: Option<&Json>) -> Result<Self, ConfigureError> {
        let before = match fs::read_to_string(path) {
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => String::new(),
            read => read?,
        };
        let after = edit(&before, key, value)?;
        let settings = Self::parse(&after)?;
        if after != before {
            write(path, &after)?;
        }
        Ok(settings)
    }
}

fn edit(text: &str, key: &[String], value: Option<&Json>) -> Result<String, ConfigureError> {
    // Text that isn't TOML is named by its line, as anywhere else.
    let mut document: DocumentMut = match text.parse() {
        Ok(document) => document,
        Err(fault) => {
            Settings::parse(text)?;
            return Err(ConfigureError::NoPlace(fault.to_string()));
        }
    };
    let no_place = |what: &str| ConfigureError::NoPlace(what.to_owned());
    let (last, tables) = key.split_last().ok_or_else(|| no_place("the key is missing"))?;
    let mut table: &mut dyn TableLike = document.as_table_mut();
    for name in tables {
        if value.is_none() && !table.contains_key(name) {
            return Ok(text.to_owned());
        }
        let inner = table.entry(name).or_insert_with(|| {
            let mut new = Table::new();
            new.set_implicit(true);
            Item::Table(new)
        });
        table = inner.as_table_like_mut().ok_or_else(|| no_place(&format!("`{name}` isn't a table")))?;
    }
    match value.map(|json| toml(json).ok_or_else(|| no_place("nothing can't be a value"))).transpose()? {
        None => drop(table.remove(last)),
        Some(mut new) => {
            // A comment behind the value stays there.
            if let Some(old) = table.get(last).and_then(Item::as_value) {
                *new.decor_mut() = old.decor().clone();
            }
            match table.get_mut(last) {
                Some(place) => *place = Item::Value(new),
                None => drop(table.insert(last, Item::Value(new))),
            }
        }
    }
    Ok(document.to_string())
}

fn toml(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(value) => (*value).into(),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64()?.into(),
        },
        Json::String(text) => text.as_str().into(),
        Json::Array(list) => list.iter().filter_map(toml).collect::<Array>().into(),
        Json::Object(fields) => {
            let fields = fields.iter().filter_map(|(name, field)| Some((name.as_str(), toml(field)?)));
            fields.collect::<InlineTable>().into()
        }
    })
}

/// Whole or not at all. A link stays a link: many keep their settings elsewhere.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(known) = fs::metadata(&path) {
        fs::set_permissions(file.path(), known.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FILE: &str = "# mine\n\n[failover]\nenabled = true # for now\n\n[providers.openai]\nalerts = [ 50 ]\n";

    fn keys(key: &str) -> Vec<String> {
        key.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn one_value_changes_and_all_else_stays() {
        let check = |key: &str, value: Json, expected: &str| {
            let value = (!value.is_null()).then_some(&value);
            assert_eq!(edit(FILE, &keys(key), value).unwrap(), expected, "{key}");
        };
        check("failover.enabled", json!(false), &FILE.replace("true", "false"));
        check("failover.session_max_attempts", json!(5), &FILE.replace("now\n", "now\nsession_max_attempts = 5\n"));
        check("providers.openai.alerts", json!([80, 95]), &FILE.replace("[ 50 ]", "[80, 95]"));
        check("providers.openai.alerts", Json::Null, &FILE.replace("alerts = [ 50 ]\n", ""));
        check("notifications.muted", Json::Null, FILE);
        check("app.theme", json!("dark"), &format!("{FILE}\n[app]\ntheme = \"dark\"\n"));
    }

    #[test]
    fn what_the_settings_refuse_is_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, FILE).unwrap();
        let refused = |key: &str, value: Json| {
            let fault = Settings::configure(&path, &keys(key), Some(&value)).unwrap_err().to_string();
            assert_eq!(fs::read_to_string(&path).unwrap(), FILE, "{key}");
            fault
        };
        assert_eq!(
            refused("failover.session_max_attempts", json!(99)),
            "line 5: `failover.session_max_attempts`: 99 is out of range, allowed are 1 to 20"
        );
        assert_eq!(refused("failover.enabled.deep", json!(1)), "`enabled` isn't a table");
        assert!(refused("app.theme", json!("pink")).contains("allowed are system, light, dark"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_made_where_there_is_none_and_keeps_its_mode_where_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baton").join("config.toml");
        let hide = |value: bool| Settings::configure(&path, &keys("app.hide_emails"), Some(&json!(value))).unwrap();
        assert!(hide(true).app.hide_emails);
        assert_eq!(fs::read_to_string(&path).unwrap(), "[app]\nhide_emails = true\n");
        let mut mode = fs::metadata(&path).unwrap().permissions();
        mode.set_readonly(true);
        fs::set_permissions(&path, mode.clone()).unwrap();
        assert!(!hide(false).app.hide_emails);
        assert_eq!(fs::metadata(&path).unwrap().permissions(), mode);
    }

    #[test]
    fn a_broken_file_is_left_to_the_person() {
        let fault = edit("[failover\n", &keys("app.theme"), Some(&json!("dark"))).unwrap_err();
        assert!(fault.to_string().starts_with("line 1: "), "{fault}");
    }
}
