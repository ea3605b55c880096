//! How a person or the system asks a long-running command to end.
//! Ends nothing itself.

use std::io;

/// Catches the signals from now on; the future is done when one has come.
#[cfg(unix)]
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Catches the signals from now on; the future is done when one has come.
#[cfg(windows)]
pub(super) fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
    let (mut c, mut brk, mut close, mut shutdown) = (ctrl_c()?, ctrl_break()?, ctrl_close()?, ctrl_shutdown()?);
    Ok(async move {
        tokio::select! {
            _ = c.recv() => {}
            _ = brk.recv() => {}
            _ = close.recv() => {}
            _ = shutdown.recv() => {}
        }
    })
}

/// The same, and the person closing the terminal.
#[cfg(unix)]
pub(super) fn leave_signal() -> io::Result<impl Future<Output = ()>> {
    let stop = stop_signal()?;
    let mut closed = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            () = stop => {}
            _ = closed.recv() => {}
        }
    })
}

/// The same, and the person closing the terminal.
#[cfg(windows)]
pub(super) fn leave_signal() -> io::Result<impl Future<Output = ()>> {
    stop_signal()
}
