use std::time::Duration;

use simulator::{Demand, Figures, figures, step_cost};

use crate::table::Table;

/// Weeks for each rule and demand.
const WEEKS: u64 = 20;
const ACCOUNTS: usize = 1000;

/// What the policy makes of simulated weeks, beside two simple rules; and what a step of it costs.
pub(crate) fn measure(table: &mut Table) {
    for (demand, name) in [(Demand::Saturating, "saturating"), (Demand::Comfortable, "comfortable")] {
        for row in figures(WEEKS, demand) {
            let Figures { avoidable, failed, turns, needless_minutes, switches_per_limit, share_of_bound, .. } = &row;
            table.row(
                format!("simulated weeks, {name} demand: {}", row.name),
                format!(
                    "{avoidable} avoidable and {} other failures of {turns} turns, {needless_minutes:.1} min a week, \
                     {switches_per_limit:.2} switches a limit, {share_of_bound:.1} %",
                    failed - avoidable
                ),
                "0 avoidable, 1.00 switches a limit, 99.5 % of what could be used",
            );
        }
    }
    let cost = step_cost(ACCOUNTS);
    let micros = |time: Duration| format!("{:.1} µs", time.as_secs_f64() * 1e6);
    table.row(format!("engine: one step with {ACCOUNTS} accounts"), micros(cost.ordinary), "20 µs");
    table.row(format!("engine: one step of a failover among {ACCOUNTS}"), micros(cost.failover), "20 µs");
    table.row(format!("engine: the dearest step with {ACCOUNTS} accounts"), micros(cost.dearest), "");
}
