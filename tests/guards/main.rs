//! Holds the rules that the compiler doesn't: who may know whom.

// The crates' and the daemon's modules' import table.
mod imports;
