//! How often a provider may be asked about one person, whatever for. Where nobody knows a provider's own limit, the
//! default is far below what any is known to bear.

use std::time::Duration;

use crate::ProviderId;

/// What may be asked of a provider about one person's accounts in any sixty minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    /// All requests, also those that a person or a failover asks for.
    pub(crate) per_hour: usize,
    /// Those that the schedule may use up; the rest is for people and failovers.
    pub(crate) scheduled_per_hour: usize,
    /// Two requests about one account are at least this far apart, unless a failover waits for the figures.
    pub(crate) apart: Duration,
}

impl Budget {
    /// A provider's.
    pub(crate) fn of(provider: &ProviderId) -> Self {
        match provider.as_str() {
            // Refuses from about 28 requests in a trailing hour, and two that follow closely.
            "anthropic" => Self { per_hour: 27, scheduled_per_hour: 20, apart: Duration::from_secs(60) },
            _ => Self { per_hour: 60, scheduled_per_hour: 24, apart: Duration::from_secs(5) },
        }
    }
}
