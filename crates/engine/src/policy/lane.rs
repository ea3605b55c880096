//! A lane: where a session may go on when its provider has nobody left.

use crate::ProviderId;

/// A model at a provider.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lane {
    /// The provider.
    pub provider: ProviderId,
    /// Its model, as OpenCode names it.
    pub model: String,
}
