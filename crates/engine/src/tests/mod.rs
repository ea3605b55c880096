//! Stories of whole failovers, told to the engine and retold by its decisions.

mod world;

/// Limits: against whom they count, how long they last, what follows.
mod limits;
