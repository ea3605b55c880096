//! Stories of whole failovers, told to the engine and retold by its decisions.

mod sentences;
mod world;

/// What a person hears of windows.
mod alerts;
/// Left before the limit, and gone back to, between turns.
mod between_turns;
/// What the bridge sees, and what becomes of it.
mod bridge;
/// The choice, by table and against a simple reference.
mod choices;
/// Accounts that processes, or people, change behind the engine's back.
mod clobber;
/// Sessions that are stuck, and carried on.
mod continuations;
/// What is said of each account.
mod explain;
/// Accounts whose requests fail one after the other.
mod faults;
/// Session cooldown, attempts, flapping, pause.
mod guards;
/// Where to go on when nobody is left.
mod lanes;
/// Limits: against whom they count, how long they last, what follows.
mod limits;
/// Rejected and renewed logins.
mod logins;
/// Limits of single models.
mod models;
/// Providers that are overloaded, or have nobody left behind them.
mod outages;
/// What people ask for.
mod people;
/// When usage is read by schedule.
mod polling;
/// Token refreshes and usage readings, and when a choice waits for them.
mod readings;
/// Whatever happens in whatever order, what must always hold does.
mod sequences;
/// Nobody left, and somebody back.
mod stranded;
/// What each strategy makes of the same accounts.
mod strategies;
