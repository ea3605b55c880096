//! New versions of the app: looked for once a day, installed only when the person says so. What a manifest names is
//! installed only with a signature for that very version; whatever goes wrong, the version that runs stays.
//! Nothing is asked where a package manager brings versions, and nothing by builds that no release made.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tauri::utils::config::BundleType;
use tauri::utils::platform::bundle_type;
use tauri::{AppHandle, Manager};
use tauri_plugin_updater::{Update, UpdaterExt};
use tokio::sync::watch;

use crate::daemon_link::DaemonLink;
use crate::{popover, tray};

/// The event that tells the page how things stand; also the settings' name for where versions come from.
const UPDATES: &str = "updates";
const OFF: &str = "off";
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a manifest may take, and a version.
const SOON: Duration = Duration::from_secs(30);
const LONG: Duration = Duration::from_secs(30 * 60);
/// Where the channel's name goes in an address.
const CHANNEL: &str = "{{channel}}";
/// In builds for development only: where a test's releases are, in place of what a release was built with.
const TRIAL: &str = "BATON_TRIAL_UPDATES";

/// How things stand, for the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum Standing {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// Nobody looks.
    Off { why: Why },
    /// Somebody just looks.
    Looking,
    /// This is the newest version.
    Newest,
    /// There is a newer one.
    Found { version: String },
    /// It is being installed; the app starts anew after that.
    Installing { version: String },
    /// It wasn't to be found out.
    Unreachable { message: String },
    /// It wasn't installed; this version stays.
    Failed { message: String },
}

/// Why nobody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    /// The person doesn't want it.
    Chosen,
    /// The system's package manager does it.
    Package,
    /// This build is no release.
    Unreleased,
}

/// What is known of new versions.
#[derive(Default)]
pub(crate) struct Updates {
    known: Mutex<Known>,
    channel: watch::Sender<Option<String>>,
}

#[derive(Default)]
struct Known {
    standing: Standing,
    found: Option<Update>,
}

/// What a release was built with: `plugins.updater` of its configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Source {
    endpoints: Vec<String>,
    pubkey: String,
}

impl Updates {
    /// How things stand.
    pub(crate) fn standing(&self) -> Standing {
        self.known().standing.clone()
    }

    /// The newer version, if there is one.
    pub(crate) fn found(&self) -> Option<String> {
        self.known().found.as_ref().map(|update| update.version.clone())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks for new versions from now on, once the settings have been heard.
pub(crate) fn start(app: &AppHandle) {
    let app = app.clone();
    // Now, so that the first word of the settings isn't missed.
    let mut channel = app.state::<Updates>().channel.subscribe();
    tauri::async_runtime::spawn(async move {
        loop {
            tokio::select! {
                changed = channel.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(A_DAY) => {}
            }
            look(&app).await;
        }
    });
}

/// Follows the settings.
pub(crate) fn follow(app: &AppHandle, channel: Option<&String>) {
    app.state::<Updates>().channel.send_if_modified(|known| {
        let changed = known.as_ref() != channel;
        *known = channel.cloned();
        changed
    });
}

/// Looks for a newer version now.
pub(crate) async fn look(app: &AppHandle) {
    let updates = app.state::<Updates>();
    let channel = updates.channel.borrow().clone();
    // Without a daemon nobody knows what the person wants; while one is being installed, nothing else is.
    let Some(channel) = channel.filter(|_| !matches!(updates.standing(), Standing::Installing { .. })) else { return };
    let source = match source(app, &channel, bundle_type(), trial()) {
        Ok(source) => source,
        Err(why) => return show(app, Standing::Off { why }, None),
    };
    show(app, Standing::Looking, None);
    match ask(app, &source, &channel).await {
        Ok(Some(update)) => show(app, Standing::Found { version: update.version.clone() }, Some(update)),
        Ok(None) => show(app, Standing::Newest, None),
        Err(fault) => show(app, Standing::Unreachable { message: fault.to_string() }, None),
    }
}

/// Installs the version that was found, and starts it.
pub(crate) async fn install(app: &AppHandle) {
    let Some(update) = app.state::<Updates>().known().found.take() else { return };
    show(app, Standing::Installing { version: update.version.clone() }, None);
    let bytes = match update.download(|_, _| {}, || {}).await {
        Ok(bytes) => bytes,
        Err(fault) => return show(app, Standing::Failed { message: fault.to_string() }, None),
    };
    let app = app.clone();
    // The system may ask for a password first, which must hold nothing up. The task says itself what came of it.
    drop(tokio::task::spawn_blocking(move || put_in_place(&app, &update, &bytes)));
}

fn put_in_place(app: &AppHandle, update: &Update, bytes: &[u8]) {
    if cfg!(windows) {
        // The installer ends the app on the spot: whatever the daemon is doing must be done by then.
        app.state::<DaemonLink>().stop();
    }
    match update.install(bytes) {
        Ok(()) => app.request_restart(),
        // The daemon has ended.
        Err(_) if cfg!(windows) => app.request_restart(),
        Err(fault) => show(app, Standing::Failed { message: fault.to_string() }, None),
    }
}

async fn ask(
    app: &AppHandle,
    source: &Source,
    channel: &str,
) -> Result<Option<Update>, Box<dyn std::error::Error + Send + Sync>> {
    let addresses = source.endpoints.iter().map(|address| address.replace(CHANNEL, channel).parse());
    let name = format!("Baton/{}", app.package_info().version);
    let updater = app
        .updater_builder()
        .pubkey(&source.pubkey)
        .endpoints(addresses.collect::<Result<_, _>>()?)?
        .header("User-Agent", name)?
        .timeout(SOON)
        .build()?;
    let mut found = updater.check().await?;
    if let Some(update) = &mut found {
        update.timeout = Some(LONG);
    }
    Ok(found)
}

/// Where to look, if anywhere.
fn source(app: &AppHandle, channel: &str, bundle: Option<BundleType>, trial: Option<Source>) -> Result<Source, Why> {
    let built_with = app.config().plugins.0.get("updater").cloned().unwrap_or_default();
    chosen(serde_json::from_value(built_with).unwrap_or_default(), channel, bundle, trial)
}

fn chosen(built_with: Source, channel: &str, bundle: Option<BundleType>, trial: Option<Source>) -> Result<Source, Why> {
    match (bundle, trial) {
        (Some(BundleType::Deb | BundleType::Rpm), _) => Err(Why::Package),
        _ if channel == OFF => Err(Why::Chosen),
        (_, Some(trial)) => Ok(trial),
        (None, None) => Err(Why::Unreleased),
        (Some(_), None) if built_with.endpoints.is_empty() || built_with.pubkey.is_empty() => Err(Why::Unreleased),
        (Some(_), None) => Ok(built_with),
    }
}

fn trial() -> Option<Source> {
    let set = cfg!(debug_assertions).then(|| std::env::var(TRIAL).ok()).flatten()?;
    serde_json::from_str(&set).ok()
}

fn show(app: &AppHandle, standing: Standing, found: Option<Update>) {
    *app.state::<Updates>().known() = Known { standing: standing.clone(), found };
    popover::tell(app, UPDATES, standing);
    tray::refresh_soon(app);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_releases_that_bring_themselves_up_to_date_look_for_others() {
        let release =
            Source { endpoints: vec!["https://example.org/{{channel}}.json".to_owned()], pubkey: "key".to_owned() };
        let check = |built_with: &Source, channel, bundle, expected: Result<&Source, Why>| {
            assert_eq!(chosen(built_with.clone(), channel, bundle, None), expected.cloned(), "{channel}");
        };
        let nothing = Source::default();
        let without_key = Source { pubkey: String::new(), ..release.clone() };
        check(&release, "stable", Some(BundleType::AppImage), Ok(&release));
        check(&release, "beta", Some(BundleType::Nsis), Ok(&release));
        check(&release, "off", Some(BundleType::App), Err(Why::Chosen));
        check(&release, "stable", Some(BundleType::Deb), Err(Why::Package));
        check(&release, "off", Some(BundleType::Rpm), Err(Why::Package));
        check(&release, "stable", None, Err(Why::Unreleased));
        check(&nothing, "stable", Some(BundleType::AppImage), Err(Why::Unreleased));
        check(&without_key, "stable", Some(BundleType::AppImage), Err(Why::Unreleased));
    }
}
