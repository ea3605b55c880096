//! An AppImage is one file that holds two programs: called by the name `baton`, through a link, it is the one for the
//! terminal. Does nothing for apps that were installed in another way.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Becomes the program for the terminal, if that was called.
///
/// # Errors
/// When it was called and can't be started.
pub(super) fn stand_aside() -> io::Result<()> {
    // Both are set by what starts the app inside an AppImage.
    let called = env::var_os("APPIMAGE").and_then(|_| env::var_os("ARGV0")).unwrap_or_default();
    if Path::new(&called).file_name() != Some(OsStr::new("baton")) {
        return Ok(());
    }
    let terminal = env::current_exe()?.with_file_name("baton");
    Err(Command::new(terminal).args(env::args_os().skip(1)).exec())
}
