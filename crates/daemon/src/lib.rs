//! Everything between the engine and the world: OpenCode, providers, vault, ledger, settings, control, the main loop.
//! Never names Tauri, WebKit or a command line.

mod clock;
pub mod control;
pub mod credential;
mod instance;
pub mod ledger;
mod logging;
pub mod opencode;
pub mod paths;
pub mod providers;
pub mod settings;
pub mod vault;
mod watch;

pub use paths::Paths;
