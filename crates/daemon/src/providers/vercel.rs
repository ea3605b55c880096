//! Vercel AI Gateway: what is left of its credits. The total that was used is no whole to count the rest against: it
//! grows with every payment.

use engine::{Balance, Timestamp};
use serde_json::Value;

use super::fields::amount;
use super::figures::reading;
use super::keyed::Keyed;
use super::{Reading, UsageError};

/// The adapter.
pub(super) const VERCEL: Keyed = Keyed::new("Vercel AI Gateway", "https://ai-gateway.vercel.sh/v1/credits", parse);

fn parse(body: &Value, now: Timestamp) -> Result<Reading, UsageError> {
    let left = amount(body, "balance").ok_or(UsageError::Shape("no balance"))?;
    Ok(reading(now, Vec::new(), vec![Balance { left, of: None, unit: "USD".to_owned() }]))
}

#[cfg(test)]
mod tests {
    use super::super::tests::conformance::Conformance;
    use super::*;

    #[tokio::test]
    async fn answers_mean_what_they_say() {
        Conformance {
            fixtures: &[
                ("normal", Ok(&["USD 95.5"])),
                ("exhausted", Ok(&["USD 0"])),
                ("unknown_fields", Ok(&["USD 95.5"])),
                ("wrong_types", Err(UsageError::Shape("no balance"))),
                ("other_shape", Err(UsageError::Shape("no balance"))),
            ],
            ..Conformance::of("vercel", "api")
        }
        .check()
        .await;
    }
}
