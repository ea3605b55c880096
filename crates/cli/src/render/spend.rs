//! `baton spend` in words: one line for each row, tokens and money.
//! Adds nothing up that the daemon didn't.

use std::fmt::Write;

use daemon::control::SpendView;

/// The words for what was spent.
pub(super) fn spend(rows: &[SpendView], skipped: u64, behind: Option<&str>) -> String {
    let mut text = String::new();
    for row in rows {
        let account = row.account.as_deref().unwrap_or("(unknown account)");
        let day = row.day.as_deref().map(|day| format!("{day}  ")).unwrap_or_default();
        let model = row.model.as_deref().map(|model| format!("  {model}")).unwrap_or_default();
        let _ = writeln!(text, "{day}{}  {account}{model}", row.provider);
        let _ = writeln!(
            text,
            "    {}  {} {}  in {}  out {}  reasoning {}  cache read {}  cache write {}",
            row.cost.map_or_else(|| "no price".to_owned(), |cost| format!("${cost:.2}")),
            row.answers,
            if row.answers == 1 { "answer" } else { "answers" },
            short(row.input),
            short(row.output),
            short(row.reasoning),
            short(row.cache_read),
            short(row.cache_write),
        );
    }
    if text.is_empty() {
        text.push_str("OpenCode's history has no answers in that time.\n");
    }
    if skipped > 0 {
        let records = if skipped == 1 { "1 record" } else { &format!("{skipped} records") };
        let _ = writeln!(text, "(Not counted, because it isn't understood: {records} of OpenCode's history.)");
    }
    if let Some(why) = behind {
        let _ = writeln!(text, "({why})");
    }
    text
}

/// `812`, `15.3K`, `2.1M`.
fn short(tokens: u64) -> String {
    let of = |unit: f64, name: &str| format!("{:.1}{name}", tokens as f64 / unit);
    match tokens {
        0..10_000 => tokens.to_string(),
        10_000..1_000_000 => of(1e3, "K"),
        _ => of(1e6, "M"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(account: Option<&str>, model: Option<&str>, day: Option<&str>) -> SpendView {
        SpendView {
            provider: "openai".to_owned(),
            account_id: account.map(str::to_owned),
            account: account.map(str::to_owned),
            model: model.map(str::to_owned),
            day: day.map(str::to_owned),
            answers: 12,
            input: 9_999,
            output: 15_340,
            reasoning: 0,
            cache_read: 2_100_000,
            cache_write: 7,
            cost: Some(1.239),
        }
    }

    #[test]
    fn each_row_tells_tokens_and_money() {
        let rows = [row(Some("work"), None, None), row(None, Some("gpt"), Some("2026-11-20"))];
        let figures = "    $1.24  12 answers  in 9999  out 15.3K  reasoning 0  cache read 2.1M  cache write 7";
        assert_eq!(
            spend(&rows, 3, Some("it is in use")),
            format!(
                "openai  work\n{figures}\n2026-11-20  openai  (unknown account)  gpt\n{figures}\n\
                 (Not counted, because it isn't understood: 3 records of OpenCode's history.)\n(it is in use)\n"
            )
        );
    }

    #[test]
    fn what_has_no_price_costs_no_dollars() {
        let one = SpendView { answers: 1, cost: None, ..row(Some("work"), None, None) };
        assert!(spend(&[one], 0, None).contains("    no price  1 answer  in "));
    }

    #[test]
    fn an_empty_history_is_said() {
        assert_eq!(spend(&[], 0, None), "OpenCode's history has no answers in that time.\n");
    }
}
