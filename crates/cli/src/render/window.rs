//! One usage window in words.
//! Doesn't compute: the figures are the daemon's.

use std::fmt::Write;

use daemon::control::{PaceView, TempoView, WindowView};

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

/// `behind (-42 points), lasts to the reset with 22 % left`.
pub(super) fn pace(pace: &PaceView, moment: &Moment) -> String {
    let points = pace.ahead_points.round();
    let mut text = match &pace.tempo {
        TempoView::Ahead => format!("ahead ({points:+} points)"),
        TempoView::OnPace => "on pace".to_owned(),
        TempoView::Behind => format!("behind ({points:+} points)"),
        TempoView::Other(tempo) => format!("{tempo} ({points:+} points)"),
    };
    match (&pace.runs_out_at, pace.left_at_reset) {
        (Some(at), _) if !moment.is_past(at) => {
            let _ = write!(text, ", runs out {}, at {}", moment.away(at), moment.clock(at));
        }
        (_, Some(left)) => {
            let _ = write!(text, ", lasts to the reset with {:.0} % left", left.floor());
        }
        (Some(_) | None, None) => {}
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::tests::noon;

    #[test]
    fn a_pace_says_what_becomes_of_the_rest() {
        let check = |tempo, ahead_points, runs_out_at: Option<&str>, left_at_reset, expected: &str| {
            let runs_out_at = runs_out_at.map(str::to_owned);
            let view = PaceView { tempo, expected_percent: 50.0, ahead_points, runs_out_at, left_at_reset };
            assert_eq!(pace(&view, &noon()), expected);
        };
        let lasts = "behind (-42 points), lasts to the reset with 22 % left";
        check(TempoView::Behind, -41.6, None, Some(22.9), lasts);
        let runs_out = "ahead (+12 points), runs out in 2 h 10 min, at 14:10";
        check(TempoView::Ahead, 12.3, Some("2026-11-20T13:10:00Z"), None, runs_out);
        check(TempoView::Ahead, 12.3, Some("2026-11-20T10:10:00Z"), None, "ahead (+12 points)");
        check(TempoView::OnPace, 0.4, None, None, "on pace");
    }

    #[test]
    fn only_a_full_window_reads_as_full() {
        let cases =
            [(0.0, "  0 %"), (42.4, " 42 %"), (99.6, " 99 %"), (100.0, "100 %"), (103.0, "100 %"), (-1.0, "  0 %")];
        for (used, expected) in cases {
            assert_eq!(percent(used), expected, "{used}");
        }
    }
}
