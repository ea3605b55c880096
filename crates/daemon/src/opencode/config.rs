//! OpenCode's own settings, as far as they make it ignore `auth.json`. Read only, and only when somebody asks.

use std::path::{Path, PathBuf};

/// The names under which OpenCode looks for its settings in its config folder.
const NAMES: [&str; 3] = ["config.json", "opencode.json", "opencode.jsonc"];

/// Providers whose settings name an API key (`provider.X.options.apiKey`), which wins over `auth.json`, each with the
/// file that says so. Files that can't be read or parsed name none.
pub fn key_overrides(config_dir: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for path in NAMES.map(|name| config_dir.join(name)) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let options = jsonc_parser::ParseOptions::default();
        let Ok(config) = jsonc_parser::parse_to_serde_value::<serde_json::Value>(&text, &options) else { continue };
        let providers = config.get("provider").and_then(serde_json::Value::as_object);
        for (provider, settings) in providers.into_iter().flatten() {
            if settings.pointer("/options/apiKey").is_some_and(|key| !key.is_null()) {
                found.push((provider.clone(), path.clone()));
            }
        }
    }
    found
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
