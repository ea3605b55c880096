//! OpenCode 1 as it is installed: its credentials file, its log, and the bridge inside it. Never talks to a provider, decides nothing, and
//! keeps nothing of its own in OpenCode's files.

pub mod auth_file;
pub mod bridge;
pub mod config;
#[cfg(test)]
mod golden;
pub mod log;
pub mod models;
pub(crate) mod signal;
mod span;
pub mod spend;
