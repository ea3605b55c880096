//! What a person gets from Baton, with real OpenCode releases, a real keychain, and a provider on loopback.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "tests")]

// A limit passes the turn to the next account, on every release.
mod failover;
// No account is left: no switch, one notification.
mod nobody_left;
// Tokens that end, are renewed elsewhere, or come back over a switch are never lost.
mod tokens;
// Errors that another account can't mend.
mod harmless;
// A limit of one model.
mod models;
// Switching in circles stops.
mod circles;
// An overloaded provider, where the person wants another account tried.
mod overload;
// Errors that the person explained in the settings.
mod signatures;
// Many sessions meet one limit.
mod crowd;
// A login made in OpenCode is saved by itself.
mod logins;
// OpenCode's own login, made by Baton in a terminal.
mod login_command;
// Credentials move from the keychain to a file and back.
mod vault;
// Files that aren't what they should be, and second daemons.
mod bad_input;
// A window that is nearly spent is told once.
mod alerts;
// The person's own rules for choosing, and leaving an account before it must be.
mod policy;
// What each account cost is what the provider served it.
mod spend;
// `baton run` as a service, on Linux.
#[cfg(target_os = "linux")]
mod service;
