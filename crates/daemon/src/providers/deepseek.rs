//! DeepSeek: what is left of the money that was paid in or granted. Tells of no windows: there are none.

use engine::{Balance, Timestamp};
use serde_json::Value;

use super::keyed::{Keyed, number, reading};
use super::{Reading, UsageError};

/// The adapter.
pub(super) const DEEPSEEK: Keyed =
    Keyed { name: "DeepSeek", usage_url: "https://api.deepseek.com/user/balance", parse };

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
        false => Ok(reading(Vec::new(), balances, now)),
    }
}

fn balance(info: &Value) -> Result<Balance, UsageError> {
    let left = number(info, "total_balance").ok_or(UsageError::Shape("a balance without an amount"))?;
    let unit = info.get("currency").and_then(Value::as_str).filter(|unit| !unit.is_empty());
    let unit = unit.ok_or(UsageError::Shape("a balance without a currency"))?;
    Ok(Balance { left, of: None, unit: unit.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::keyed::tests::check;
    use super::*;

    #[test]
    fn what_is_left_is_told_in_its_currency() {
        check(&DEEPSEEK, "deepseek/normal", Ok(&["110 USD"]));
        check(&DEEPSEEK, "deepseek/exhausted", Ok(&["0 CNY"]));
        check(&DEEPSEEK, "deepseek/several_currencies", Ok(&["7.5 USD"]));
        check(&DEEPSEEK, "deepseek/unknown_fields", Ok(&["110 USD"]));
    }

    #[test]
    fn what_is_unknown_is_not_zero() {
        check(&DEEPSEEK, "deepseek/wrong_type_amount", Err("a balance without an amount"));
        check(&DEEPSEEK, "deepseek/other_shape", Err("no balances"));
    }
}
