//! The tray's words in the person's language, out of the one catalogue that the page has too.
//! Knows no snapshot.

/// The group `tray` of it is read here, as text: each line names a key and lists its words by language.
const CATALOGUE: &str = include_str!("../../ui/src/catalogue.ts");
const GROUP: (&str, &str) = ("\n  tray: {", "\n  },\n");
/// The languages in the catalogue's order; the first has every text.
const LANGUAGES: [&str; 4] = ["en", "de", "zh", "ja"];

/// Words in one language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    language: usize,
}

impl Texts {
    /// By the word in the settings, where `system` stands for the language that the system reports.
    pub(crate) fn of(setting: &str, system: Option<&str>) -> Self {
        let wanted = if setting == "system" { system.unwrap_or_default() } else { setting };
        let wanted = wanted.to_lowercase();
        let known = LANGUAGES.iter().position(|language| wanted.starts_with(language));
        Self { language: known.unwrap_or_default() }
    }

    /// Whether these are English: what a day is called is known in no other language.
    pub(crate) fn is_english(self) -> bool {
        self.language == 0
    }

    /// A text; the key itself where there is none.
    pub(crate) fn say(self, key: &str) -> String {
        entry(key).and_then(|words| words.into_iter().nth(self.language)).unwrap_or_else(|| key.to_owned())
    }

    /// A text with a value in its place.
    pub(crate) fn say_with(self, key: &str, name: &str, value: &str) -> String {
        self.say(key).replace(&format!("{{{name}}}"), value)
    }
}

/// A text in every language.
fn entry(key: &str) -> Option<Vec<String>> {
    let (_, words) = group()?.split_once(&format!("\n    {key}: ["))?;
    let (words, _) = words.split_once(']')?;
    serde_json::from_str(&format!("[{}]", words.trim().trim_end_matches(','))).ok()
}

fn group() -> Option<&'static str> {
    Some(CATALOGUE.split_once(GROUP.0)?.1.split_once(GROUP.1)?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_the_tray_is_there_in_every_language() {
        let keys: Vec<&str> =
            group().unwrap().lines().filter_map(|line| Some(line.trim().split_once(": [")?.0)).collect();
        assert!(keys.len() > 10, "{keys:?}");
        for key in keys {
            let words = entry(key).unwrap_or_else(|| panic!("{key} can't be read"));
            assert_eq!(words.len(), LANGUAGES.len(), "{key}: {words:?}");
            assert!(words.iter().all(|word| !word.is_empty()), "{key}: {words:?}");
        }
    }

    #[test]
    fn the_settings_language_counts_and_else_the_systems() {
        let open = |setting, system| Texts::of(setting, system).say("open");
        assert_eq!(open("system", Some("de-AT")), "Baton öffnen");
        assert_eq!(open("ja", Some("de-AT")), "Baton を開く");
        assert_eq!(open("zh", None), "打开 Baton");
        assert_eq!(open("system", Some("fr-FR")), "Open Baton");
        assert_eq!(open("system", None), "Open Baton");
    }

    #[test]
    fn values_go_to_their_places() {
        assert_eq!(Texts::of("de", None).say_with("next", "account", "heim"), "Nächstes Konto: heim");
    }
}
