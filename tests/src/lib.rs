//! What the end-to-end tests stand on: a person's machine in a temp folder, with the real `baton`, a real OpenCode, a
//! real keychain, and a provider on loopback. Refuses to look inside Baton: it knows files, commands and the wire.
//!
//! A [`Scene`] is where a test starts. Everything it begins ends with it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a harness fails where its test fails, and says why")]

mod desktop;
mod home;
mod http;
mod hunt;
mod impostor;
mod login;
mod opencode;
mod process;
mod provider;
mod scene;
mod tray;
mod updates;
mod wait;
mod webview;

pub use desktop::Desktop;
pub use home::{Home, built};
pub use http::{Overheard, delete, get, listen, post};
pub use hunt::Hunt;
pub use impostor::{Impostor, Manner};
pub use login::{Login, Tokens};
pub use opencode::{Events, MODEL, OpenCode, RELEASES, Server, Terminal, Turn};
pub use process::Process;
pub use provider::{Asked, Behaviour, Kind, Provider, Served};
pub use scene::{Cli, Scene, Vault};
pub use tray::{MenuEntry, TrayHost, TrayIcon};
pub use updates::UpdateServer;
pub use wait::{eventually, holds};
pub use webview::WebView;
