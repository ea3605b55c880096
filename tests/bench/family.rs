//! What a program costs, with everything that it started.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Processor time, and how often a thread went to sleep by itself: each time something had woken it.
pub(crate) fn count(pid: u32) -> (Duration, u64) {
    let tasks = family(pid).into_iter().flat_map(tasks);
    tasks.fold((Duration::ZERO, 0), |(cpu, sleeps), task| {
        let ran = fs::read_to_string(task.join("schedstat")).unwrap_or_default();
        let ran = ran.split_whitespace().next().and_then(|nanoseconds| nanoseconds.parse().ok()).unwrap_or_default();
        let status = fs::read_to_string(task.join("status")).unwrap_or_default();
        let slept =
            status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")?.trim().parse::<u64>().ok());
        (cpu + Duration::from_nanos(ran), sleeps + slept.unwrap_or_default())
    })
}

/// Bytes of one kind of memory.
pub(crate) fn memory(pid: u32, field: &str) -> u64 {
    family(pid).into_iter().map(|pid| kilobytes(pid, field) * 1024).sum()
}

fn family(pid: u32) -> Vec<u32> {
    let children = tasks(pid).into_iter().filter_map(|task| fs::read_to_string(task.join("children")).ok());
    let children: Vec<u32> = children
        .flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect();
    std::iter::once(pid).chain(children.into_iter().flat_map(family)).collect()
}

fn tasks(pid: u32) -> Vec<PathBuf> {
    fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn kilobytes(pid: u32, field: &str) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    rollup
        .lines()
        .find_map(|line| line.strip_prefix(field)?.trim().strip_suffix(" kB")?.parse().ok())
        .unwrap_or_default()
}
