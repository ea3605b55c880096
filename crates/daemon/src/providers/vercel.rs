//! Vercel AI Gateway: what is left of its credits. The total that was used is no whole to count the rest against: it
//! grows with every payment.

use engine::{Balance, Timestamp};
use serde_json::Value;

use super::keyed::{Keyed, number, reading};
use super::{Reading, UsageError};

/// The adapter.
pub(super) const VERCEL: Keyed =
    Keyed { name: "Vercel AI Gateway", usage_url: "https://ai-gateway.vercel.sh/v1/credits", parse };

fn parse(body: &Value, now: Timestamp) -> Result<Reading, UsageError> {
    let left = number(body, "balance").ok_or(UsageError::Shape("no balance"))?;
    Ok(reading(Vec::new(), vec![Balance { left, of: None, unit: "USD".to_owned() }], now))
}

#[cfg(test)]
mod tests {
    use super::super::keyed::tests::check;
    use super::*;

    #[test]
    fn what_is_left_is_told_in_dollars() {
        check(&VERCEL, "vercel/normal", Ok(&["95.5 USD"]));
        check(&VERCEL, "vercel/exhausted", Ok(&["0 USD"]));
        check(&VERCEL, "vercel/unknown_fields", Ok(&["95.5 USD"]));
    }

    #[test]
    fn what_is_unknown_is_not_zero() {
        check(&VERCEL, "vercel/wrong_type_amount", Err("no balance"));
        check(&VERCEL, "vercel/other_shape", Err("no balance"));
    }
}
