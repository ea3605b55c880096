//! OpenCode's own settings, as far as they make it ignore `auth.json`. Read only, and only when somebody asks.

use std::path::{Path, PathBuf};

/// The names under which OpenCode looks for its settings in its config folder.
const NAMES: [&str; 3] = ["config.json", "opencode.json", "opencode.jsonc"];

/// Providers whose settings name an API key (`provider.X.options.apiKey`), which wins over `auth.json`, each with the
/// file that says so. Files that can't be read or parsed name none.
pub fn key_overrides(config_dir: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for (path, config) in files(config_dir) {
        let providers = config.get("provider").and_then(serde_json::Value::as_object);
        for (provider, settings) in providers.into_iter().flatten() {
            if settings.pointer("/options/apiKey").is_some_and(|key| !key.is_null()) {
                found.push((provider.clone(), path.clone()));
            }
        }
    }
    found
}

/// Every settings file in that folder that can be read, in the order in which OpenCode does.
pub(super) fn files(config_dir: &Path) -> Vec<(PathBuf, serde_json::Value)> {
    let options = jsonc_parser::ParseOptions::default();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).ok()?;
        let config = jsonc_parser::parse_to_serde_value(&text, &options).ok()?;
        Some((path, config))
    };
    NAMES.into_iter().filter_map(|name| read(config_dir.join(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_in_the_settings_is_found_and_comments_are_no_obstacle() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("opencode.jsonc");
        let text = r#"{
            // a comment
            "provider": {"openai": {"options": {"apiKey": "{env:KEY}"}}, "anthropic": {"options": {"baseURL": "x"}},},
        }"#;
        std::fs::write(&path, text).unwrap();
        std::fs::write(dir.path().join("opencode.json"), "half {").unwrap();
        assert_eq!(key_overrides(dir.path()), [("openai".to_owned(), path)]);
    }
}
