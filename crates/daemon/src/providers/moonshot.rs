//! Moonshot: what is left of vouchers and cash together, on either host. Knows nothing of Kimi's plans, which have keys
//! of their own.

use engine::{Balance, Timestamp};
use serde_json::Value;

use super::keyed::{Keyed, number, reading};
use super::{Reading, UsageError};

/// The adapter for moonshot.ai, which counts in dollars.
pub(super) const MOONSHOT: Keyed = Keyed {
    name: "Moonshot AI",
    usage_url: "https://api.moonshot.ai/v1/users/me/balance",
    parse: |body, now| parse(body, "USD", now),
};

/// The adapter for moonshot.cn, which counts in yuan.
pub(super) const MOONSHOT_CN: Keyed = Keyed {
    name: "Moonshot AI (China)",
    usage_url: "https://api.moonshot.cn/v1/users/me/balance",
    parse: |body, now| parse(body, "CNY", now),
};

fn parse(body: &Value, unit: &str, now: Timestamp) -> Result<Reading, UsageError> {
    let data = body.get("data").ok_or(UsageError::Shape("no data"))?;
    let left = number(data, "available_balance").ok_or(UsageError::Shape("no available balance"))?;
    Ok(reading(Vec::new(), vec![Balance { left, of: None, unit: unit.to_owned() }], now))
}

#[cfg(test)]
mod tests {
    use super::super::keyed::tests::check;
    use super::*;

    #[test]
    fn what_is_left_is_told_in_the_hosts_currency() {
        check(&MOONSHOT, "moonshot/normal", Ok(&["49.5 USD"]));
        check(&MOONSHOT_CN, "moonshot/normal", Ok(&["49.5 CNY"]));
        check(&MOONSHOT, "moonshot/exhausted", Ok(&["-0.25 USD"]));
        check(&MOONSHOT, "moonshot/unknown_fields", Ok(&["49.5 USD"]));
    }

    #[test]
    fn what_is_unknown_is_not_zero() {
        check(&MOONSHOT, "moonshot/wrong_type_amount", Err("no available balance"));
        check(&MOONSHOT, "moonshot/other_shape", Err("no data"));
    }
}
