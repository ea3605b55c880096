//! Proves what the end-to-end tests stand on: each OpenCode release against the provider on loopback, without Baton.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

// A question is answered, a limit is retried, and another login in `auth.json` is taken up.
mod releases;
// One server, several projects and sessions.
mod server;
// The session bus and the keychain.
mod session;
// The terminal interface.
mod terminal;
// The provider's own rules.
mod tokens;
