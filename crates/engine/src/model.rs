//! Which models a provider's words mean: `Opus`, `GPT-5.3-Codex-Spark` and `3p-weekly` beside OpenCode's `claude-opus-4-8`.
//! Never guesses: words that fit no model govern none.
//!
//! Words and ids are cut into parts wherever something else than a letter or digit stands, without regard to case. Words
//! mean a model when their parts follow one another in its id. A last part that ends in `*` means any that begins so.
//! Words for time and quota (`seven_day_opus`, `gemini-weekly`) say nothing of the model and are left out; `3p` means
//! every model that isn't Google's own.

/// Parts that tell of a quota's length or kind, not of a model.
const QUOTA: &[&str] = &[
    "5h", "7d", "five", "seven", "hour", "hours", "day", "days", "daily", "week", "weekly", "month", "monthly",
    "limit", "limits", "quota", "window", "model", "models", "requests", "tokens", "only",
];
const OTHERS_THAN_GOOGLES: &str = "3p";
const GOOGLES: &str = "gemini";

/// How closely a provider's words describe a model, in parts that fit; `None` when they mean another one.
pub(crate) fn closeness(words: &str, model: &str) -> Option<usize> {
    let word_parts = || parts(words).filter(|part| !QUOTA.iter().any(|quota| part.eq_ignore_ascii_case(quota)));
    let count = word_parts().count();
    if count == 1 && word_parts().any(|part| part.eq_ignore_ascii_case(OTHERS_THAN_GOOGLES)) {
        let mut others = parts(model).peekable();
        let is_model = others.peek().is_some();
        return (is_model && !others.any(|part| part.eq_ignore_ascii_case(GOOGLES))).then_some(1);
    }
    let mut rest = parts(model);
    while count > 0 && rest.clone().next().is_some() {
        let run = rest.clone().zip(word_parts());
        if rest.clone().count() >= count && run.fold(true, |fits, (part, word)| fits && part_fits(word, part)) {
            return Some(count);
        }
        rest.next();
    }
    None
}

/// Those of several words that describe a model most closely: `gemini-2.5-flash` doesn't govern `gemini-2.5-flash-lite`
/// where that has words of its own.
pub(crate) fn closest<'a, T>(items: impl Iterator<Item = (&'a str, T)>, model: &str) -> Vec<T> {
    let fitting: Vec<(usize, T)> = items.filter_map(|(words, item)| Some((closeness(words, model)?, item))).collect();
    let most = fitting.iter().map(|(closeness, _)| *closeness).max();
    fitting.into_iter().filter(|(closeness, _)| Some(*closeness) == most).map(|(_, item)| item).collect()
}

/// Whether two ids are those of the same model.
pub(crate) fn same(a: &str, b: &str) -> bool {
    parts(a).map(str::to_ascii_lowercase).eq(parts(b).map(str::to_ascii_lowercase))
}

fn parts(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split(|c: char| !c.is_alphanumeric() && c != '*').filter(|part| !part.is_empty())
}

fn part_fits(word: &str, part: &str) -> bool {
    match word.strip_suffix('*') {
        Some(start) => part.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start)),
        None => part.eq_ignore_ascii_case(word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_mean_models() {
        let check = |words: &str, model: &str, fits: bool| {
            assert_eq!(closeness(words, model).is_some(), fits, "{words} and {model}");
        };
        // Anthropic: names, and claims of its headers.
        check("Opus", "claude-opus-4-8", true);
        check("Opus", "claude-sonnet-4-6", false);
        check("Fable", "claude-fable-5", true);
        check("Claude Opus 4.8", "claude-opus-4-8-20261001", true);
        check("Opus 4", "claude-opus-4-8", true);
        check("Opus 4", "claude-3-opus", false);
        check("seven_day_opus", "claude-opus-4-8", true);
        check("seven_day", "claude-opus-4-8", false);
        check("oi", "claude-opus-4-8", false);
        // OpenAI.
        check("GPT-5.3-Codex-Spark", "gpt-5.3-codex-spark", true);
        check("GPT-5.3-Codex-Spark", "gpt-5.3-codex", false);
        check("codex_bengalfox", "gpt-5.3-codex-spark", false);
        // Google, by model and by family.
        check("gemini-2.5-pro", "gemini-2.5-pro-preview-06-05", true);
        check("gemini-2.5-pro", "gemini-2.5-flash", false);
        check("gemini-5h", "gemini-3-pro", true);
        check("gemini-weekly", "claude-opus-4-8", false);
        check("3p-weekly", "claude-opus-4-8", true);
        check("3p-5h", "gemini-3-pro", false);
        // Others.
        check("MiniMax-M*", "minimax-m2.5", true);
        check("MiniMax-M*", "minimax-vl", false);
        check("premium requests", "gpt-5.5", false);
        check("", "gpt-5.5", false);
        check("*", "gpt-5.5", true);
        check("Opus", "", false);
    }

    #[test]
    fn the_closest_words_count() {
        let check = |words: &[&'static str], model: &str, expected: &[&str]| {
            assert_eq!(closest(words.iter().map(|words| (*words, *words)), model), expected, "{model}");
        };
        let google = ["gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-2.5-pro"];
        check(&google, "gemini-2.5-flash", &["gemini-2.5-flash"]);
        check(&google, "gemini-2.5-flash-lite", &["gemini-2.5-flash-lite"]);
        check(&["gemini-5h", "gemini-weekly"], "gemini-3-pro", &["gemini-5h", "gemini-weekly"]);
        check(&google, "claude-opus-4-8", &[]);
    }

    #[test]
    fn the_same_model_is_written_in_several_ways() {
        assert!(same("claude-opus-4.8", "Claude-Opus-4-8"));
        assert!(!same("claude-opus-4-8", "claude-opus-4"));
    }
}
