//! Everything between the engine and the world: OpenCode, providers, vault, ledger, settings, control, the main loop.
//! Never names Tauri, WebKit or a command line.

pub mod control;
pub mod credential;
pub mod vault;
