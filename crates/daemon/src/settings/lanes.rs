//! `[lanes]`: where a session may go on when its provider has nobody left. Refuses a lane that is there twice.

use engine::{Lane, ProviderId};
use schemars::JsonSchema;
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};

/// `[lanes]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub struct Lanes {
    /// Whether they are named at all.
    pub enabled: bool,
    /// Best first.
    #[serde(deserialize_with = "order")]
    pub order: Vec<LaneEntry>,
}

/// One entry of `[lanes] order`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct LaneEntry {
    /// OpenCode's id of the provider.
    pub provider: String,
    /// The model, as OpenCode names it.
    pub model: String,
    /// Whether it counts.
    #[serde(default = "yes")]
    pub enabled: bool,
}

impl Lanes {
    /// Those that count.
    pub(super) fn in_force(&self) -> Vec<Lane> {
        let entries = self.order.iter().filter(|entry| self.enabled && entry.enabled);
        entries.map(|entry| Lane { provider: ProviderId::new(&entry.provider), model: entry.model.clone() }).collect()
    }
}

impl Default for Lanes {
    fn default() -> Self {
        Self { enabled: true, order: Vec::new() }
    }
}

fn yes() -> bool {
    true
}

fn order<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<LaneEntry>, D::Error> {
    let order = Vec::<LaneEntry>::deserialize(source)?;
    for (index, lane) in order.iter().enumerate() {
        if lane.provider.trim().is_empty() || lane.model.trim().is_empty() {
            return Err(D::Error::custom("a lane needs a provider and a model"));
        }
        let before = order.iter().take(index);
        if before.clone().any(|other| other.provider == lane.provider && other.model == lane.model) {
            let LaneEntry { provider, model, .. } = lane;
            return Err(D::Error::custom(format_args!("{model} of {provider} is there twice")));
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    const ORDER: &str = r#"
        order = [
            { provider = "openai", model = "gpt-5.5" },
            { provider = "google", model = "gemini-3", enabled = false },
            { provider = "anthropic", model = "claude-sonnet-4-5" },
        ]
    "#;

    fn models(text: &str) -> Vec<String> {
        let lanes = Settings::parse(text).unwrap().policy().lanes;
        lanes.into_iter().map(|lane| lane.model).collect()
    }

    #[test]
    fn lanes_are_on_as_soon_as_there_are_some_and_can_be_off() {
        assert_eq!(models(""), Vec::<String>::new());
        assert_eq!(models(&format!("[lanes]\n{ORDER}")), ["gpt-5.5", "claude-sonnet-4-5"]);
        assert_eq!(models(&format!("[lanes]\nenabled = false\n{ORDER}")), Vec::<String>::new());
    }

    #[test]
    fn a_lane_is_there_once_and_whole() {
        let refused = |order: &str| Settings::parse(&format!("[lanes]\norder = [{order}]")).unwrap_err().to_string();
        let lane = "{ provider = 'openai', model = 'gpt-5.5' }";
        let twice = refused(&format!("{lane}, {{ provider = 'openai', model = 'o3' }}, {lane}"));
        assert_eq!(twice, "line 2: `lanes.order`: gpt-5.5 of openai is there twice");
        let half = refused("{ provider = 'openai', model = '' }");
        assert_eq!(half, "line 2: `lanes.order`: a lane needs a provider and a model");
    }
}
