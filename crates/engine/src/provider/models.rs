//! What is known of single models on an account: limits of their own, under the provider's words for them.
//! Never looks at other accounts.

use std::collections::BTreeMap;

use crate::{Cooldown, Scope, Timestamp, model};

use super::known::Known;
use super::rest::{End, Rest};

/// What a reading says of one model.
#[derive(Default)]
struct ModelFigures {
    known: bool,
    spent_until: Option<Timestamp>,
    resets: Vec<Timestamp>,
}

impl Known {
    /// Takes in what the figures say of single models.
    pub(super) fn read_models(&mut self, now: Timestamp) {
        let Some(usage) = &self.account.usage else { return };
        let read_at = usage.read_at;
        let mut models: BTreeMap<String, ModelFigures> = BTreeMap::new();
        for window in &usage.windows {
            let Scope::Model(words) = &window.scope else { continue };
            let figures = models.entry(words.clone()).or_default();
            let remaining = usage.remaining(window, now);
            figures.resets.extend(window.resets_at);
            if remaining <= 0.0 {
                figures.spent_until = figures.spent_until.max(Some(usage.end_of(window)));
            }
            figures.known |= !remaining.is_nan();
        }
        self.use_the_providers_words();
        for (words, figures) in models {
            self.with_model(&words, |rest, cooldown| match (figures.spent_until, *cooldown) {
                (Some(until), _) => rest.until(cooldown, until, End::Read, now),
                (None, Some(given)) if figures.known && rest.refuted(given, read_at, figures.resets.into_iter()) => {
                    *cooldown = None;
                    rest.learn(read_at);
                }
                (None, _) => {}
            });
        }
    }

    /// Whether its figures have a window of the model's own.
    pub(super) fn tells_apart(&self, model: &str) -> bool {
        self.account.usage.as_ref().is_some_and(|usage| !usage.windows_of(model).is_empty())
    }

    /// Keeps a model's limit under the words that the figures have for it, now that they are known.
    fn use_the_providers_words(&mut self) {
        for model in self.account.models.keys().cloned().collect::<Vec<_>>() {
            let words = self.words_for(&model);
            if words != model && !self.account.models.contains_key(&words) {
                let (rest, cooldown) = (self.model_rests.remove(&model), self.account.models.remove(&model));
                self.model_rests.insert(words.clone(), rest.unwrap_or_default());
                self.account.models.extend(cooldown.map(|cooldown| (words, cooldown)));
            }
        }
    }

    /// The words that a model's limit is kept under: those of the figures that describe it most closely, else its id.
    pub(super) fn words_for(&self, model: &str) -> String {
        let windows = self.account.usage.iter().flat_map(|usage| &usage.windows);
        let scopes = windows.filter_map(|window| match &window.scope {
            Scope::Model(words) => Some((words.as_str(), words)),
            Scope::Account => None,
        });
        model::closest(scopes, model).first().map_or_else(|| model.to_owned(), |words| (*words).clone())
    }

    pub(super) fn with_model(&mut self, words: &str, act: impl FnOnce(&mut Rest, &mut Option<Cooldown>)) {
        let mut cooldown = self.account.models.remove(words);
        act(self.model_rests.entry(words.to_owned()).or_default(), &mut cooldown);
        self.account.models.extend(cooldown.map(|cooldown| (words.to_owned(), cooldown)));
    }
}
