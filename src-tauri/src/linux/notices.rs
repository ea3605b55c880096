//! Notifications on the session bus, and the clicks on them. Words nothing itself.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use tauri::{AppHandle, Manager};
use tokio::sync::watch;
use zbus::zvariant::Value;
use zbus::{Connection, Proxy};

use super::NOTIFICATIONS;
use crate::picture::Picture;
use crate::popover::{self, View};
use crate::{notifications, picture};

const PATH: &str = "/org/freedesktop/Notifications";
/// The name of a click on the notification itself.
const DEFAULT: &str = "default";
/// How many of the last notifications a click is still known of.
const REMEMBERED: usize = 32;
/// How long the first notification waits for an app that has just started to be on the bus.
const PATIENCE: Duration = Duration::from_secs(10);
/// As long as the desktop thinks right.
const USUAL_TIME: i32 = -1;

/// The bus, once the app is on it, and what was shown there.
#[derive(Default)]
pub(crate) struct Notices {
    bus: watch::Sender<Option<Connection>>,
    shown: Mutex<VecDeque<u32>>,
}

/// Shows a notification; where that fails, the popover says so.
pub(crate) fn show(app: &AppHandle, title: &str, body: &str) {
    let (app, title, body) = (app.clone(), title.to_owned(), body.to_owned());
    tauri::async_runtime::spawn(async move {
        let (notices, open) = (app.state::<Notices>(), app.state::<Picture>().texts().say("open"));
        if !notices.show(&title, &body, &open).await.is_ok_and(|shown| shown) {
            picture::report(&app, notifications::missing());
        }
    });
}

/// Shows notifications on this bus from now on, and opens what happened when one is clicked.
pub(super) async fn attend(app: AppHandle, bus: Connection) -> zbus::Result<()> {
    let notices = app.state::<Notices>();
    let mut clicks = proxy(&bus).await?.receive_signal("ActionInvoked").await?;
    notices.bus.send_replace(Some(bus));
    while let Some(click) = clicks.next().await {
        let Ok((id, action)) = click.body().deserialize::<(u32, String)>() else { continue };
        if action == DEFAULT && notices.knows(id) {
            popover::open_soon(&app, Some(View::Activity));
        }
    }
    Ok(())
}

impl Notices {
    /// Says whether there is a bus to show it on.
    async fn show(&self, title: &str, body: &str, open: &str) -> zbus::Result<bool> {
        let mut bus = self.bus.subscribe();
        let bus = tokio::time::timeout(PATIENCE, bus.wait_for(Option::is_some)).await;
        let Some(bus) = bus.ok().and_then(Result::ok).and_then(|bus| bus.clone()) else { return Ok(false) };
        let proxy = proxy(&bus).await?;
        let can: Vec<String> = proxy.call("GetCapabilities", &()).await?;
        let can = |what: &str| can.iter().any(|known| known == what);
        let body = if can("body-markup") { &without_markup(body) } else { body };
        let actions: &[&str] = if can("actions") { &[DEFAULT, open] } else { &[] };
        let (instead_of, icon, hints) = (0_u32, "baton-app", HashMap::<&str, Value<'_>>::new());
        let notification = ("Baton", instead_of, icon, title, body, actions, hints, USUAL_TIME);
        let id = proxy.call("Notify", &notification).await?;
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.push_back(id);
        if shown.len() > REMEMBERED {
            shown.pop_front();
        }
        Ok(true)
    }

    /// Other programs' notifications are clicked on the same bus.
    fn knows(&self, id: u32) -> bool {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).contains(&id)
    }
}

async fn proxy(bus: &Connection) -> zbus::Result<Proxy<'static>> {
    Proxy::new_owned(bus.clone(), NOTIFICATIONS, PATH, NOTIFICATIONS).await
}

/// What is in a label is shown as it is.
fn without_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_no_markup() {
        assert_eq!(without_markup("<b>a</b> & b hit its limit."), "&lt;b&gt;a&lt;/b&gt; &amp; b hit its limit.");
    }

    #[test]
    fn only_the_apps_own_notifications_are_clicked() {
        let notices = Notices::default();
        notices.shown.lock().unwrap().extend([3, 5]);
        assert_eq!([3, 4, 5].map(|id| notices.knows(id)), [true, false, true]);
    }
}
