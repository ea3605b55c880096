//! What charts and lists in the windows are made from: how usage went, and which models there are.

use engine::{Scope, Timestamp};

use super::Effects;
use crate::clock::rfc3339;
use crate::control::{CourseView, ModelView, PointView};
use crate::ledger::LedgerError;
use crate::opencode::models::models;

/// The most readings of a window: a chart is hardly wider in pixels.
const MOST_POINTS: i64 = 200;

impl Effects {
    /// How usage of every window went since a time, by provider and label.
    ///
    /// # Errors
    /// When the ledger can't be read.
    pub(crate) fn courses(&self, since: Timestamp) -> Result<Vec<CourseView>, LedgerError> {
        let mut rows: Vec<_> = self.book().rows().cloned().collect();
        rows.sort_by(|a, b| (&a.provider, &a.label).cmp(&(&b.provider, &b.label)));
        let (ledger, now) = (self.ledger(), self.now());
        let mut courses: Vec<CourseView> = Vec::new();
        for row in rows {
            let first = courses.len();
            for sample in ledger.usage_samples().since(&row.id, since, now, MOST_POINTS)? {
                let window = sample.window;
                let model = match &window.scope {
                    Scope::Account => None,
                    Scope::Model(model) => Some(model.clone()),
                };
                let point = PointView { at: rfc3339(sample.read_at), used_percent: window.used_percent };
                let seconds = window.length.as_secs();
                let known =
                    courses[first..].iter_mut().find(|one| (one.window_seconds, &one.model) == (seconds, &model));
                match known {
                    Some(course) => course.points.push(point),
                    None => courses.push(CourseView {
                        provider: row.provider.to_string(),
                        account_id: row.id.to_string(),
                        account: row.label.to_string(),
                        window: window.name(),
                        window_seconds: seconds,
                        model,
                        points: vec![point],
                    }),
                }
            }
        }
        Ok(courses)
    }

    /// The models that OpenCode knows at a provider, by name.
    pub(crate) fn models(&self, provider: &str) -> Vec<ModelView> {
        let paths = &self.world.paths.opencode;
        let found = models(paths.cache_dir.as_deref(), &paths.config_dir, provider);
        let mut models: Vec<_> = found.into_iter().map(|(id, name)| ModelView { id, name }).collect();
        models.sort_by(|a, b| a.name.cmp(&b.name));
        models
    }
}
