//! The settings as a page for people, made from the types that read them: names, allowed values, defaults and what
//! their doc comments say. Knows no single setting.

use std::fmt::Write as _;

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::Settings;

const TITLE: &str = "\
# Settings reference

Every key of `config.toml`, made from the code by `cargo xtask docs`. What they are for, with examples, is in [Settings](settings.md) and
[Choosing accounts](choosing.md).
";

/// The page `docs/guide/settings-reference.md`, in Markdown.
pub fn reference() -> String {
    let schema = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = schema.into_generator().into_root_schema_for::<Settings>().to_value();
    let defaults = serde_json::to_value(Settings::default()).unwrap_or_default();
    let mut page = TITLE.to_owned();
    for (name, table) in properties(&schema) {
        section(&mut page, name, &kind_of(table), &defaults[name]);
    }
    page
}

/// What a table or a list of tables looks like, and how its heading is written.
struct Kind<'a> {
    /// Its fields are of this schema.
    fields: &'a Value,
    about: &'a str,
    /// What goes before and after the name.
    heading: fn(&str) -> String,
}

fn kind_of(table: &Value) -> Kind<'_> {
    let about = text(table, "description");
    if table.get("items").is_some() {
        return Kind { fields: &table["items"], about, heading: |name| format!("[[{name}]]") };
    }
    match table["additionalProperties"].is_object() {
        true => Kind { fields: &table["additionalProperties"], about, heading: |name| format!("[{name}.NAME]") },
        false => Kind { fields: table, about, heading: |name| format!("[{name}]") },
    }
}

fn section(page: &mut String, name: &str, kind: &Kind<'_>, defaults: &Value) {
    let heading = (kind.heading)(name);
    // Writing to a String can't fail.
    let _ = write!(
        page,
        "\n## `{heading}`\n\n{}\n\n| key | value | default | what it does |\n|---|---|---|---|\n",
        kind.about
    );
    let mut tables = Vec::new();
    for (key, field) in properties(kind.fields) {
        if field["additionalProperties"].is_object() {
            tables.push((key, field));
            continue;
        }
        let default = defaults.get(key).or_else(|| field.get("default"));
        let _ =
            writeln!(page, "| `{key}` | {} | {} | {} |", allowed(field), shown(default), text(field, "description"));
    }
    for (key, table) in tables {
        let inner = heading.trim_matches(['[', ']']);
        section(page, &format!("{inner}.{key}"), &kind_of(table), &Value::Null);
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    schema["properties"].as_object().into_iter().flatten().map(|(name, schema)| (name.as_str(), schema))
}

fn text<'a>(schema: &'a Value, key: &str) -> &'a str {
    schema[key].as_str().unwrap_or_default()
}

/// What a value may be, in words.
fn allowed(field: &Value) -> String {
    if let Some(words) = field["enum"].as_array() {
        return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    }
    let kinds = field["type"].as_array().map_or_else(|| vec![&field["type"]], |kinds| kinds.iter().collect());
    let kind = kinds.into_iter().filter_map(Value::as_str).find(|kind| *kind != "null");
    match (kind, bounds(field)) {
        (Some("boolean"), _) => "`true`, `false`".to_owned(),
        (Some("integer"), Some(bounds)) => bounds,
        (Some("integer"), None) => "a whole number".to_owned(),
        (Some("number"), Some(bounds)) => bounds,
        (Some("number"), None) => "a number".to_owned(),
        (Some("array"), _) if field["items"]["properties"].is_object() => list_of_tables(&field["items"]),
        (Some("array"), _) => "a list".to_owned(),
        (Some(_) | None, _) => "text".to_owned(),
    }
}

fn bounds(field: &Value) -> Option<String> {
    match (&field["minimum"], &field["maximum"], &field["exclusiveMinimum"], &field["exclusiveMaximum"]) {
        (Value::Number(least), Value::Number(most), ..) => Some(format!("{least} to {most}")),
        (Value::Number(least), _, _, Value::Number(below)) => Some(format!("from {least}, below {below}")),
        (_, _, Value::Number(above), _) => Some(format!("above {above}")),
        _ => None,
    }
}

fn list_of_tables(item: &Value) -> String {
    let keys: Vec<&str> = properties(item).map(|(key, _)| key).collect();
    format!("a list of `{{ {} }}`", keys.join(", "))
}

fn shown(default: Option<&Value>) -> String {
    match default {
        None | Some(Value::Null) => String::new(),
        Some(value) => format!("`{value}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_with_what_it_may_be_its_default_and_what_it_does() {
        let row =
            "| `session_max_attempts` | 1 to 20 | `3` | How many failovers one session gets until it is idle again. |";
        assert!(reference().lines().any(|line| line == row), "{}", reference());
        assert!(reference().contains("| `store` | `\"keychain\"`, `\"file\"` | `\"keychain\"` |"));
    }

    #[test]
    fn every_kind_of_table_has_a_section() {
        for heading in ["`[failover]`", "`[providers.NAME]`", "`[providers.NAME.accounts.NAME]`", "`[[errors]]`"] {
            assert!(reference().lines().any(|line| line == format!("## {heading}")), "{heading}\n{}", reference());
        }
    }

    #[test]
    fn what_is_checked_in_is_what_the_code_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide/settings-reference.md");
        let checked_in = std::fs::read_to_string(path).unwrap_or_default();
        assert!(checked_in == reference(), "out of date: run `cargo xtask docs`");
    }
}
