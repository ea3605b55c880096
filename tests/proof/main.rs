//! What must hold whatever happens, tried without mercy on the real program: no credential is lost and `auth.json` is
//! whole whenever Baton dies; no secret gets anywhere but where it belongs.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

// Two hundred kills at random points of a switch.
mod kills;
// Every file, row, answer, notice and argument is searched for every secret.
mod canary;
