//! Moonshot: what is left of vouchers and cash together, on either host. Knows nothing of Kimi's plans, which have keys
//! of their own.

use engine::{Balance, Timestamp};
use serde_json::Value;

use super::fields::amount;
use super::figures::reading;
use super::keyed::Keyed;
use super::{Reading, UsageError};

/// The adapter for moonshot.ai, which counts in dollars.
pub(super) const MOONSHOT: Keyed =
    Keyed::new("Moonshot AI", "https://api.moonshot.ai/v1/users/me/balance", |body, now| parse(body, "USD", now));

/// The adapter for moonshot.cn, which counts in yuan.
pub(super) const MOONSHOT_CN: Keyed =
    Keyed::new("Moonshot AI (China)", "https://api.moonshot.cn/v1/users/me/balance", |body, now| {
        parse(body, "CNY", now)
    });

fn parse(body: &Value, unit: &str, now: Timestamp) -> Result<Reading, UsageError> {
    let data = body.get("data").ok_or(UsageError::Shape("no data"))?;
    let left = amount(data, "available_balance").ok_or(UsageError::Shape("no available balance"))?;
    Ok(reading(now, Vec::new(), vec![Balance { left, of: None, unit: unit.to_owned() }]))
}

#[cfg(test)]
mod tests {
    use super::super::tests::conformance::Conformance;
    use super::*;

    #[tokio::test]
    async fn answers_mean_what_they_say() {
        Conformance {
            folder: "moonshot",
            fixtures: &[
                ("normal", Ok(&["USD 49.5"])),
                ("exhausted", Ok(&["USD -0.25"])),
                ("unknown_fields", Ok(&["USD 49.5"])),
                ("wrong_types", Err(UsageError::Shape("no available balance"))),
                ("other_shape", Err(UsageError::Shape("no data"))),
            ],
            ..Conformance::of("moonshotai", "api")
        }
        .check()
        .await;
    }

    #[tokio::test]
    async fn the_other_host_counts_in_its_own_currency() {
        Conformance {
            folder: "moonshot",
            fixtures: &[("normal", Ok(&["CNY 49.5"]))],
            ..Conformance::of("moonshotai-cn", "api")
        }
        .check()
        .await;
    }
}
