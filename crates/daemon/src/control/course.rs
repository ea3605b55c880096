//! How usage went, on the wire: what a chart is drawn from.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::snapshot::Time;

/// How use of one window of one account went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CourseView {
    /// The provider.
    pub provider: String,
    /// The account's id.
    pub account_id: String,
    /// Its label.
    pub account: String,
    /// The window's short name: `5h`, `weekly`, …
    pub window: String,
    /// Its length in seconds.
    #[ts(type = "number")]
    pub window_seconds: u64,
    /// The model or family that it is for; `null` when it governs every request.
    pub model: Option<String>,
    /// The readings, oldest first, about two hundred at most.
    pub points: Vec<PointView>,
}

/// One reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PointView {
    /// When.
    pub at: Time,
    /// Percent used, 0 to 100.
    pub used_percent: f64,
}
