//! Tells what is set, and sets what a person chooses in a window.

use engine::{Input, Strategy};

use super::{Done, Effects, locked};
use crate::control::{AppView, ErrorCode, Failure, LaneSettingsView, ProviderSettingsView, Reply, SettingsView};
use crate::notices;
use crate::providers::adapter;
use crate::settings::{ConfigureError, Settings};
use crate::words;

impl Effects {
    /// How the windows look.
    pub(crate) fn app(&self) -> AppView {
        let settings = self.settings();
        let app = settings.app.clone();
        AppView {
            theme: app.theme,
            language: app.language,
            hide_emails: app.hide_emails,
            icon: app.icon,
            shortcut: app.shortcut,
            autostart: app.autostart,
            update_channel: Some(settings.updates.channel.clone()),
        }
    }

    /// What is set.
    pub(crate) fn settings_view(&self) -> SettingsView {
        let settings = self.settings();
        let policy = settings.policy();
        let paths = &self.world.paths;
        let mut providers: Vec<_> = self.book().rows().map(|row| row.provider.clone()).collect();
        providers.sort();
        providers.dedup();
        SettingsView {
            file: paths.config.display().to_string(),
            log_dir: paths.log_dir.display().to_string(),
            vault: self.vault_view(),
            failover: policy.enabled,
            strategy: policy.strategy.name().to_owned(),
            strategies: Strategy::ALL.map(|strategy| strategy.name().to_owned()).to_vec(),
            switch_at_percent: settings.failover.switch_at_percent,
            return_to_preferred: policy.return_to_preferred,
            session_cooldown_seconds: settings.failover.session_cooldown_seconds,
            session_max_attempts: settings.failover.session_max_attempts,
            muted: settings.notifications.muted.clone(),
            notices: notices::KINDS.iter().map(|kind| (*kind).to_owned()).collect(),
            providers: providers
                .into_iter()
                .map(|id| ProviderSettingsView {
                    name: adapter(&id).name(&id).to_owned(),
                    enabled: policy.providers.get(&id).is_none_or(|rules| rules.enabled),
                    alerts: policy.alerts.of(&id).to_vec(),
                    id: id.to_string(),
                })
                .collect(),
            lanes_enabled: settings.lanes.enabled,
            lanes: settings
                .lanes
                .order
                .iter()
                .map(|lane| LaneSettingsView {
                    provider: lane.provider.clone(),
                    model: lane.model.clone(),
                    enabled: lane.enabled,
                })
                .collect(),
        }
    }

    /// Sets one thing. It is in force when the answer comes; the file's watch then finds nothing new.
    pub(crate) fn configure(&self, key: &[String], value: Option<&serde_json::Value>) -> Done {
        self.write_setting(key, value)?;
        Ok((Reply::Done, self.read_settings().map(Input::PolicyRead).into_iter().collect()))
    }

    /// Writes one thing into the settings file, and doesn't read it back.
    pub(super) fn write_setting(&self, key: &[String], value: Option<&serde_json::Value>) -> Result<(), Failure> {
        // One change at a time: each reads the file before it writes.
        let _turn = locked(&self.settings_turn);
        let written = Settings::configure(&self.world.paths.config, key, value);
        written.map(drop).map_err(|fault| {
            let message = if let ConfigureError::Refused(refusal) = &fault {
                words::settings(refusal)
            } else {
                fault.to_string().into()
            };
            Failure::new(ErrorCode::Usage, message)
        })
    }
}
