//! What the app and the popover's process say to each other: one JSON value a line, both ways over one socket. Both ends
//! are the same build of the same program, so this needs no versions.

use std::io;

use daemon::control::Failure;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tauri::Theme;

use super::page::Asked;
use super::window::Opening;

/// From the app. Its end of the socket closed means: close the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "told", rename_all = "snake_case")]
pub(super) enum Told {
    /// Always the first, and once: open the window.
    Open { opening: Opening },
    /// Bring it to the front.
    Front,
    /// Pass this on to the page.
    Event { name: String, payload: Value },
    /// The desktop's colours have changed.
    Theme { theme: Option<Theme> },
    /// The answer to the question of that number.
    Answer { number: u64, answer: Result<Value, Failure> },
}

/// From the popover's process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "said", rename_all = "snake_case")]
pub(super) enum Said {
    /// The page has a question.
    Asked { number: u64, asked: Asked },
    /// The window has got the keyboard, or lost it.
    Focus { has: bool },
    /// There can be no window.
    Unable { why: String },
}

/// A value as a line.
///
/// # Errors
/// None that these types know; a map whose keys are no text has no JSON.
pub(super) fn line(value: &impl Serialize) -> io::Result<String> {
    Ok(serde_json::to_string(value)? + "\n")
}
