//! What the desktop lacks that the tray app runs on: the app sees it, and everybody is told.

use super::{Done, Effects};
use crate::control::{ErrorCode, Failure, Problem, Reply, Words};

/// The parts of a desktop that somebody may miss.
const PARTS: [&str; 2] = ["tray", "notifications"];

impl Effects {
    /// Shows what the desktop lacks, instead of what it lacked before.
    pub(crate) fn desktop_lacks(&self, lacks: &[Problem]) -> Done {
        if let Some(other) = lacks.iter().find(|lack| !PARTS.contains(&lack.part.as_str())) {
            let message = format!("{:?} is no part of a desktop, there are: {}", other.part, PARTS.join(", "));
            return Err(Failure::new(ErrorCode::Usage, message).into());
        }
        for part in PARTS {
            let lack = lacks.iter().find(|lack| lack.part == part);
            let words =
                |lack: &Problem| lack.message_words.clone().unwrap_or_else(|| Words::from(lack.message.as_str()));
            self.set_problem(part, lack.map(|lack| (words(lack), lack.remedy.as_deref())));
        }
        Ok((Reply::Done, Vec::new()))
    }
}
