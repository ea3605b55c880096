//! Holds the rules that the compiler doesn't: who may know whom, and what differs where.
#![allow(clippy::unwrap_used, reason = "tests")]

// The crates' and the daemon's modules' import table.
mod imports;
// Where one system is told from another.
mod systems;
