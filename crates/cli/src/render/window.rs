//! One usage window in words.
//! Doesn't compute: the figures are the daemon's.

use daemon::control::WindowView;

use crate::moment::Moment;

/// `42 %`, in four columns. A window counts as full only when it is, so 99.6 reads as 99.
pub(super) fn percent(used: f64) -> String {
    let shown = if used < 100.0 { used.round().min(99.0) } else { 100.0 };
    format!("{:>3} %", shown.max(0.0))
}

/// `, resets in 3 h 53 min`, or nothing where nobody says.
pub(super) fn reset(window: &WindowView, moment: &Moment) -> String {
    match &window.resets_at {
        Some(at) if moment.is_past(at) => format!(", was reset {}", moment.away(at)),
        Some(at) => format!(", resets {}", moment.away(at)),
        None => String::new(),
    }
}

/// `5h`, or `5h gpt-x` for a window of one model.
pub(super) fn name(window: &WindowView) -> String {
    match &window.model {
        Some(model) => format!("{} {model}", window.name),
        None => window.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_window_reads_as_full() {
        let cases =
            [(0.0, "  0 %"), (42.4, " 42 %"), (99.6, " 99 %"), (100.0, "100 %"), (103.0, "100 %"), (-1.0, "  0 %")];
        for (used, expected) in cases {
            assert_eq!(percent(used), expected, "{used}");
        }
    }
}
