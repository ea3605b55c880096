//! The words for how it stands with the bridge.

use daemon::control::{BridgeState, BridgeView};

/// One line, and the warning where there is one.
pub(super) fn bridge(bridge: &BridgeView) -> String {
    let BridgeView { state, file, version, note, warning, .. } = bridge;
    let mut text = match state {
        BridgeState::Absent => "The bridge isn't installed. `baton bridge install` puts it into OpenCode.".to_owned(),
        BridgeState::Installed => format!(
            "The bridge {} is installed: {file}\nAn OpenCode that runs takes it in after a restart.",
            version.as_deref().unwrap_or_default()
        ),
        BridgeState::Outdated | BridgeState::Foreign => {
            let remedy = match state {
                BridgeState::Foreign => "Move it away, then run `baton bridge install`.",
                BridgeState::Absent | BridgeState::Installed | BridgeState::Outdated => {
                    "`baton bridge install` replaces it."
                }
            };
            format!("{}. {remedy}", note.as_deref().unwrap_or(file))
        }
    };
    if let Some(warning) = warning {
        text.push_str(&format!("\nMind: {warning}."));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(state: BridgeState, note: Option<&str>, warning: Option<&str>, expected: &str) {
        let version = (state == BridgeState::Installed).then(|| "1.2.3".to_owned());
        let text = |text: Option<&str>| text.map(str::to_owned);
        let view = BridgeView {
            state,
            file: "/f".to_owned(),
            version,
            note: text(note),
            note_words: None,
            warning: text(warning),
            warning_words: None,
        };
        assert_eq!(bridge(&view), expected);
    }

    #[test]
    fn each_state_says_what_is_there_and_what_to_do() {
        check(
            BridgeState::Absent,
            None,
            None,
            "The bridge isn't installed. `baton bridge install` puts it into OpenCode.",
        );
        let installed = "The bridge 1.2.3 is installed: /f\nAn OpenCode that runs takes it in after a restart.";
        check(BridgeState::Installed, None, None, installed);
        check(BridgeState::Installed, None, Some("slow"), &format!("{installed}\nMind: slow."));
        check(BridgeState::Outdated, Some("/f is old"), None, "/f is old. `baton bridge install` replaces it.");
        let foreign = "/f isn't Baton's. Move it away, then run `baton bridge install`.";
        check(BridgeState::Foreign, Some("/f isn't Baton's"), None, foreign);
    }
}
