//! WebKit's network process. It outlives the last page and holds some 35 MB that are of no use then; the library ends it
//! only together with the program. Ends nothing else, and nothing while there is a page.

use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tauri::{AppHandle, Manager};

/// How the system calls it: such names are cut after fifteen letters.
const NAME: &str = "WebKitNetworkPr";
/// Who closed the popover may open it again at once, and it opens quicker while the process is there.
const GRACE: Duration = Duration::from_secs(5);

/// Ends the process unless a page is opened meanwhile. WebKit starts another one for the next page.
pub(crate) fn end_soon(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(GRACE).await;
        let handle = app.clone();
        // On the thread that opens pages, so that none is opened meanwhile. Fails only when the app is ending.
        let _ = app.run_on_main_thread(move || {
            if handle.webview_windows().is_empty() {
                end();
            }
        });
    });
}

fn end() {
    for child in children().into_iter().filter(|child| is_network_process(*child)) {
        // Fails only when it has just ended by itself.
        let _ = kill_process(child, Signal::TERM);
    }
}

fn is_network_process(process: Pid) -> bool {
    let name = fs::read_to_string(format!("/proc/{}/comm", process.as_raw_pid()));
    name.is_ok_and(|name| name.trim_end() == NAME)
}

/// What this program started. A number isn't given away again before its parent has heard of its end.
fn children() -> Vec<Pid> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let numbers = lists.flat_map(|list| list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>());
    numbers.filter_map(Pid::from_raw).collect()
}
