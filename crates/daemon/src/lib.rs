//! Everything between the engine and the world: OpenCode, providers, vault, ledger, settings, control, the main loop.
//! Never names Tauri, WebKit or a command line.

pub mod autostart;
mod clock;
pub mod control;
pub mod credential;
mod daemon;
mod effects;
mod files;
mod instance;
pub mod ledger;
mod logging;
mod login;
mod main_loop;
mod notices;
pub mod opencode;
pub mod paths;
mod picture;
pub mod providers;
pub mod settings;
pub mod vault;
mod watch;
mod why;
mod words;
mod world;

pub use daemon::{RunOptions, StartError, ask, run, status};
pub use login::{Login, LoginError};
pub use paths::Paths;
