//! The models that OpenCode knows: what it keeps of models.dev, and the person's own in its settings. Read only, and only
//! when somebody asks; what can't be read has no models.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::config;

/// Ids of a provider's models with their names.
pub fn models(cache_dir: Option<&Path>, config_dir: &Path, provider: &str) -> BTreeMap<String, String> {
    let kept = cache_dir.and_then(|dir| std::fs::read(dir.join("models.json")).ok()).unwrap_or_default();
    let kept = serde_json::from_slice::<Value>(&kept).unwrap_or_default();
    let mut found = BTreeMap::new();
    let own = config::files(config_dir);
    let lists = std::iter::once(&kept[provider]).chain(own.iter().map(|(_, config)| &config["provider"][provider]));
    for (id, model) in lists.filter_map(|list| list["models"].as_object()).flatten() {
        found.insert(id.clone(), model["name"].as_str().unwrap_or(id).to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_of_the_list_and_of_the_persons_own_settings_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("models.json", r#"{"openai": {"models": {"gpt-5": {"name": "GPT-5"}, "o9": {}}}, "zai": {"models": 3}}"#);
        write("opencode.jsonc", r#"{"provider": {"openai": {"models": {"mine": {"name": "Mine"}}}}, /* no more */ }"#);
        let found =
            |provider: &str| models(Some(folder.path()), folder.path(), provider).into_iter().collect::<Vec<_>>();
        let pair = |id: &str, name: &str| (id.to_owned(), name.to_owned());
        assert_eq!(found("openai"), [pair("gpt-5", "GPT-5"), pair("mine", "Mine"), pair("o9", "o9")]);
        assert_eq!(found("zai"), []);
        assert_eq!(models(None, Path::new("/nowhere"), "openai").len(), 0);
    }
}
