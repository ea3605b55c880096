//! The daemon's face to other processes: the only wire types of the project, a server and a client.
//! Knows nothing of providers, OpenCode or SQL.

mod request;
mod snapshot;

pub use request::{ErrorCode, Failure, Reply, Request, SavedAccount, SecretText};
pub use snapshot::*;
