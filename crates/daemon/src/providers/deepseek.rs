//! DeepSeek: what is left of the money that was paid in or granted. Tells of no windows: there are none.

use engine::{Balance, Timestamp};
use serde_json::Value;

use super::fields::{amount, text};
use super::figures::reading;
use super::keyed::Keyed;
use super::{Reading, UsageError};

/// The adapter.
pub(super) const DEEPSEEK: Keyed = Keyed::new("DeepSeek", "https://api.deepseek.com/user/balance", parse);

fn parse(body: &Value, now: Timestamp) -> Result<Reading, UsageError> {
    let infos = body.get("balance_infos").and_then(Value::as_array).ok_or(UsageError::Shape("no balances"))?;
    let mut balances = infos.iter().map(balance).collect::<Result<Vec<_>, _>>()?;
    if body.get("is_available") == Some(&Value::Bool(false)) {
        // The verdict is exact: what may be left is too little for a request.
        balances.iter_mut().for_each(|balance| balance.left = balance.left.min(0.0));
    } else if balances.iter().any(|balance| balance.left > 0.0) {
        // Requests are paid from whichever currency is left.
        balances.retain(|balance| balance.left > 0.0);
    }
    match balances.is_empty() {
        true => Err(UsageError::Shape("no balances")),
        false => Ok(reading(now, Vec::new(), balances)),
    }
}

fn balance(info: &Value) -> Result<Balance, UsageError> {
    let left = amount(info, "total_balance").ok_or(UsageError::Shape("a balance without an amount"))?;
    let unit = text(info, "currency").ok_or(UsageError::Shape("a balance without a currency"))?;
    Ok(Balance { left, of: None, unit })
}

#[cfg(test)]
mod tests {
    use super::super::tests::conformance::Conformance;
    use super::*;

    #[tokio::test]
    async fn answers_mean_what_they_say() {
        Conformance {
            fixtures: &[
                ("normal", Ok(&["USD 110"])),
                ("exhausted", Ok(&["CNY 0"])),
                ("several_currencies", Ok(&["USD 7.5"])),
                ("unknown_fields", Ok(&["USD 110"])),
                ("wrong_types", Err(UsageError::Shape("a balance without an amount"))),
                ("other_shape", Err(UsageError::Shape("no balances"))),
            ],
            ..Conformance::of("deepseek", "api")
        }
        .check()
        .await;
    }
}
