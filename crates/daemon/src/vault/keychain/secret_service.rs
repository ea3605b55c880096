//! Items in the Secret Service of a Linux desktop: GNOME Keyring, KWallet, KeePassXC.
//! Never asks it to unlock anything, because that opens a prompt.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use ::secret_service::{EncryptionType, Error, SecretService};
use tokio::runtime::{Builder, Runtime};
use zbus::DBusError;

use super::super::VaultError;
use super::SERVICE;
use super::split::Items;

/// No item is too large for it.
pub(super) const ITEM_LIMIT: Option<usize> = None;

/// The items, and the connection to their keeper once there was one.
pub(super) struct SystemItems {
    link: Mutex<Option<Link>>,
}

/// A connection with its session. Without a call nothing runs for it: no thread, no timer.
struct Link {
    service: SecretService<'static>,
    /// Always there but while the link is dropped.
    runtime: Option<Runtime>,
}

impl SystemItems {
    pub(super) fn new() -> Self {
        Self { link: Mutex::new(None) }
    }

    /// Makes a call, on the connection of the call before where it still works.
    fn call<T>(&self, call: impl AsyncFn(&SecretService<'static>) -> Result<T, Error>) -> Result<T, VaultError> {
        let mut held = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(link) = held.take() {
            match link.run(&call) {
                Err(error) if explain(&error) != VaultError::Locked => {
                    // The keeper may have been started anew since: a new connection is worth one try.
                    tracing::debug!("the Secret Service failed, connecting again: {error}");
                }
                outcome => {
                    *held = Some(link);
                    return outcome.map_err(|error| explain(&error));
                }
            }
        }
        let link = Link::connect()?;
        let outcome = link.run(&call).map_err(|error| explain(&error))?;
        *held = Some(link);
        Ok(outcome)
    }
}

impl Link {
    fn connect() -> Result<Self, VaultError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| VaultError::Refused(error.to_string()))?;
        let service = runtime.block_on(async {
            let bus = zbus::Connection::session().await;
            let bus = bus.map_err(|error| VaultError::Missing(format!("no session bus answers: {error}")))?;
            SecretService::connect_with_existing(EncryptionType::Dh, bus).await.map_err(|error| explain(&error))
        })?;
        Ok(Self { service, runtime: Some(runtime) })
    }

    fn run<T>(&self, call: &impl AsyncFn(&SecretService<'static>) -> Result<T, Error>) -> Result<T, Error> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(call(&self.service)),
            None => Err(Error::Unavailable),
        }
    }
}

impl Drop for Link {
    /// Tokio refuses to end a runtime in the plain way inside an async task, where the last owner may be.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Items for SystemItems {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
        self.call(async |service| {
            let found = service.search_items(attributes(name)).await?;
            match (found.unlocked.first(), found.locked.is_empty()) {
                (Some(item), _) => item.get_secret().await.map(Some),
                (None, false) => Err(Error::Locked),
                // Some keepers find nothing at all while they are locked.
                (None, true) => unlocked(service).await.map(|()| None),
            }
        })
    }

    fn set(&self, name: &str, bytes: &[u8]) -> Result<(), VaultError> {
        self.call(async |service| {
            let found = service.search_items(attributes(name)).await?;
            if !found.locked.is_empty() {
                return Err(Error::Locked);
            }
            if let Some(item) = found.unlocked.first() {
                return item.set_secret(bytes, CONTENT_TYPE).await;
            }
            let collection = service.get_default_collection().await?;
            collection.ensure_unlocked().await?;
            let label = format!("Baton: {name}");
            collection.create_item(&label, attributes(name), bytes, true, CONTENT_TYPE).await.map(drop)
        })
    }

    fn delete(&self, name: &str) -> Result<(), VaultError> {
        self.call(async |service| {
            let found = service.search_items(attributes(name)).await?;
            if !found.locked.is_empty() {
                return Err(Error::Locked);
            }
            for item in found.unlocked {
                item.delete().await?;
            }
            Ok(())
        })
    }

    fn check(&self) -> Result<(), VaultError> {
        self.call(async |service| unlocked(service).await)
    }
}

impl fmt::Debug for SystemItems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemItems(Secret Service)")
    }
}

const CONTENT_TYPE: &str = "application/json";

/// What an item is found by; `secret-tool search service opencode-baton` lists all of them.
fn attributes(name: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("username", name)])
}

async fn unlocked(service: &SecretService<'static>) -> Result<(), Error> {
    service.get_default_collection().await?.ensure_unlocked().await
}

fn explain(error: &Error) -> VaultError {
    if matches!(error, Error::Locked | Error::Prompt | Error::PromptDisconnected) {
        return VaultError::Locked;
    }
    if matches!(error, Error::NoResult) {
        return VaultError::Missing(
            "the Secret Service has no default keyring; make one in its program, such as Passwords and Keys".to_owned(),
        );
    }
    match bus_error_name(error).as_deref() {
        Some("org.freedesktop.Secret.Error.IsLocked") => VaultError::Locked,
        Some("org.freedesktop.DBus.Error.ServiceUnknown" | "org.freedesktop.DBus.Error.NameHasNoOwner") => {
            VaultError::Missing("no Secret Service runs in this session".to_owned())
        }
        Some(name) if name.starts_with("org.freedesktop.DBus.Error.Spawn") => {
            VaultError::Missing(format!("the Secret Service can't be started: {error}"))
        }
        Some(_) | None => VaultError::Refused(error.to_string()),
    }
}

/// The name under which the bus or the keeper reported an error.
fn bus_error_name(error: &Error) -> Option<String> {
    if let Error::Zbus(zbus::Error::MethodError(name, _, _)) = error {
        return Some(name.to_string());
    }
    if let Error::ZbusFdo(reported) = error {
        return Some(reported.name().to_string());
    }
    if let Error::Zbus(zbus::Error::FDO(reported)) = error {
        return Some(reported.name().to_string());
    }
    None
}
