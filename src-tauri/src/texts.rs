//! The app's words in the person's language, out of the one catalogue that the page has too: its own for the tray, and
//! what the daemon says. Knows no snapshot.

use daemon::control::{Value, Words};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// It is read as text: a line of a group, or of none, names a key and lists its words by language.
const CATALOGUE: &str = include_str!("../../ui/src/catalogue.ts");
/// The tray's own texts, and the daemon's.
const TRAY: &str = "tray";
const DAEMON: &str = "words";
/// The daemon's text that makes a sentence of other words.
const SENTENCE: &str = "sentence";
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
        self.text(group(TRAY), key).unwrap_or_else(|| key.to_owned())
    }

    /// A text with a value in its place.
    pub(crate) fn say_with(self, key: &str, name: &str, value: &str) -> String {
        self.say(key).replace(&format!("{{{name}}}"), value)
    }

    /// What the daemon says, with times as they read in `zone`; in English where the catalogue doesn't have it.
    pub(crate) fn word(self, words: &Words, zone: &TimeZone) -> String {
        let known = words.key.as_deref().filter(|_| !self.is_english());
        let text = known.and_then(|key| self.text(group(DAEMON), key));
        let text = text.map(|text| self.filled(&text, |name| Some(self.value(words.with.get(name)?, zone))));
        match (text, known) {
            (Some(text), Some(SENTENCE)) => capitalised(&text),
            (Some(text), _) => text,
            (None, _) => words.text.clone(),
        }
    }

    fn value(self, value: &Value, zone: &TimeZone) -> String {
        match value {
            Value::Text(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            Value::Time(time) => match time.parse::<Timestamp>() {
                Ok(at) => at.to_zoned(zone.clone()).strftime("%F %H:%M").to_string(),
                Err(_) => time.clone(),
            },
            Value::Seconds(seconds) => self.span(*seconds),
            Value::Window { name, model } => {
                [Some(self.window(name)), model.clone()].into_iter().flatten().collect::<Vec<_>>().join(" · ")
            }
            Value::Words(words) => self.word(words, zone),
            Value::List(all) => all.iter().map(|words| self.word(words, zone)).collect::<Vec<_>>().join("; "),
            Value::Other(value) => value.to_string(),
        }
    }

    /// A span of time in its two largest units, rounded up to minutes.
    fn span(self, seconds: u64) -> String {
        let minutes = seconds.div_ceil(60);
        let (days, hours, minutes) = (minutes / (24 * 60), minutes / 60 % 24, minutes % 60);
        let units = [("days", days), ("hours", hours), ("minutes", if days > 0 { 0 } else { minutes })];
        let counted = units.into_iter().filter(|(_, count)| *count > 0);
        counted.map(|(unit, count)| self.counted(unit, &count.to_string())).collect::<Vec<_>>().join(" ")
    }

    /// A window by its length: `5h`, `weekly`, …
    pub(crate) fn window(self, name: &str) -> String {
        let units = [('m', "minutesWindow"), ('h', "hoursWindow"), ('d', "daysWindow")];
        let counted = units.iter().find_map(|(unit, key)| {
            let count = name.strip_suffix(*unit)?;
            count.parse::<u32>().is_ok().then(|| self.counted(key, count))
        });
        counted.or_else(|| self.text(Some(CATALOGUE), name)).unwrap_or_else(|| name.to_owned())
    }

    fn counted(self, key: &str, count: &str) -> String {
        let text = self.text(Some(CATALOGUE), key).unwrap_or_else(|| format!("{{n}} {key}"));
        self.filled(&text, |_| Some(count.to_owned()))
    }

    /// A text with values in its places; what stands in a place is never a place itself.
    fn filled(self, text: &str, value: impl Fn(&str) -> Option<String>) -> String {
        let mut pieces = text.split('{');
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |filled, piece| match piece.split_once('}') {
            Some((name, rest)) => filled + &value(name).unwrap_or_default() + rest,
            None => filled + piece,
        })
    }

    fn text(self, group: Option<&str>, key: &str) -> Option<String> {
        entry(group?, key)?.into_iter().nth(self.language)
    }
}

/// A text in every language.
fn entry(group: &str, key: &str) -> Option<Vec<String>> {
    let line = group.lines().find_map(|line| line.trim_start().strip_prefix(key)?.strip_prefix(": "))?;
    serde_json::from_str(line.trim_end().trim_end_matches(',')).ok()
}

fn group(name: &str) -> Option<&'static str> {
    let (_, group) = CATALOGUE.split_once(&format!("\n  {name}: {{"))?;
    Some(group.split_once("\n  },\n")?.0)
}

/// Words that also stand after a colon begin small; sentences don't.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use daemon::control::phrases;

    use super::*;

    #[test]
    fn every_text_of_the_app_is_there_in_every_language() {
        let keys: Vec<&str> =
            group(TRAY).unwrap().lines().filter_map(|line| Some(line.trim().split_once(": [")?.0)).collect();
        assert!(keys.len() > 10, "{keys:?}");
        for key in keys {
            let words = entry(group(TRAY).unwrap(), key).unwrap_or_else(|| panic!("{key} can't be read"));
            assert_eq!(words.len(), LANGUAGES.len(), "{key}: {words:?}");
            assert!(words.iter().all(|word| !word.is_empty()), "{key}: {words:?}");
        }
        for key in ["days", "hours", "minutes", "minutesWindow", "hoursWindow", "daysWindow", "weekly"] {
            assert_eq!(entry(CATALOGUE, key).map(|words| words.len()), Some(LANGUAGES.len()), "{key}");
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

    #[test]
    fn what_the_daemon_says_is_said_in_the_persons_language() {
        let check = |words: &Words, language: &str, expected: &str| {
            assert_eq!(Texts::of(language, None).word(words, &TimeZone::UTC), expected);
        };
        let body = phrases::sentences(phrases::hit_its_limit("work"), phrases::has_left("home", 88.2));
        check(&body, "en", "work hit its limit. home has 88 % left.");
        check(&body, "de", "work kam an sein Limit. home hat noch 88 % übrig.");
        check(&body, "ja", "work が上限に達しました。home の残りは 88% です。");
        check(&phrases::sentence(phrases::cause_chosen()), "de", "Du hast es gewählt.");
        let window = Value::Window { name: "5h".to_owned(), model: Some("Opus".to_owned()) };
        check(&phrases::window_was_reset(window), "de", "Das Fenster „5 Stunden · Opus“ hat neu begonnen.");
        let back = phrases::first_back("home", std::time::Duration::from_secs(93_600));
        check(&back, "zh", "最先恢复的是 home，在1天 2小时后。");
        let held = phrases::held_flapping(Value::Time("2026-11-20T13:05:00Z".to_owned()));
        check(&held, "de", "das Wechseln lief im Kreis; automatisch geht es um 2026-11-20 13:05 weiter");
    }

    #[test]
    fn words_from_elsewhere_are_said_as_they_are() {
        let newer = Words { key: Some("teleported".to_owned()), ..Words::from("it was teleported") };
        for words in [newer, Words::from("it was teleported")] {
            assert_eq!(Texts::of("de", None).word(&words, &TimeZone::UTC), "it was teleported");
        }
    }
}
