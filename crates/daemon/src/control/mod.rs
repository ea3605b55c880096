//! The daemon's face to other processes: the only wire types of the project, a server and a client.
//! Knows nothing of providers, OpenCode or SQL.

mod admission;
mod bridge;
mod client;
mod course;
mod event;
mod file;
pub mod phrases;
mod reply;
mod request;
mod server;
mod settings;
mod snapshot;
#[cfg(test)]
mod tests;
mod typescript;
mod why;
mod words;

pub use bridge::{
    BridgeAnswer, BridgeEvent, FallbackSeen, HeadersSeen, LimitSeen, Millis, Seen, SessionSeen, SessionState, Told,
};
pub use client::{Client, ConnectError};
pub use course::{CourseView, PointView};
pub use event::Event;
pub use file::{ControlFile, Published, Token};
pub use reply::{BridgeState, BridgeView, ErrorCode, Failure, ModelView, Reply, SavedAccount, SpendView, VaultView};
pub use request::{BridgeAct, PauseLength, Request, SecretText, SpendBy, VaultStore};
pub use server::{Asked, Feed, bind, serve};
pub use settings::{AppView, LaneSettingsView, ProviderSettingsView, SettingsView};
pub use snapshot::*;
pub use typescript::typescript;
pub use why::{ExpectedView, LaneView, WaitingSessionView, WhyAccount, WhyView};
pub use words::{Value, Words};
