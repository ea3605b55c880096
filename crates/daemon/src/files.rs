//! What the systems do differently about files: who may read them, when they are on the disk, which is which.
//! Knows no file of Baton's or OpenCode's by name.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::path::Path;

/// Makes folders for their owner alone. On Windows, what is in a person's own folders is theirs alone already.
pub(crate) fn private_folder() -> DirBuilder {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut folder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder
}

/// Opens files that, if they are made, are for their owner alone.
pub(crate) fn private_file() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut file = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file
}

/// Takes a file from everybody but its owner.
#[cfg(unix)]
pub(crate) fn make_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    match file.metadata()?.permissions().mode() & 0o077 {
        0 => Ok(()),
        _ => file.set_permissions(PermissionsExt::from_mode(0o600)),
    }
}

/// Takes a file from everybody but its owner.
#[cfg(not(unix))]
pub(crate) fn make_private(_: &File) -> io::Result<()> {
    Ok(())
}

/// Lets the same people read a file that read another one.
#[cfg(unix)]
pub(crate) fn keep_mode(like: &File, file: &File) -> io::Result<()> {
    file.set_permissions(like.metadata()?.permissions())
}

/// Lets the same people read a file that read another one.
#[cfg(not(unix))]
pub(crate) fn keep_mode(_: &File, _: &File) -> io::Result<()> {
    Ok(())
}

/// Lets a rename outlast a power cut. Windows sees to that itself.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    match cfg!(unix) {
        true => File::open(folder)?.sync_all(),
        false => Ok(()),
    }
}

/// The number that a file keeps when it is renamed. Windows tells it only of an open one; there it is 0.
#[cfg(unix)]
pub(crate) fn number(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// The number that a file keeps when it is renamed. Windows tells it only of an open one; there it is 0.
#[cfg(not(unix))]
pub(crate) fn number(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

/// Makes a link. Windows lets only administrators do so: none is made there.
#[cfg(unix)]
pub(crate) fn link(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

/// Makes a link. Windows lets only administrators do so: none is made there.
#[cfg(not(unix))]
pub(crate) fn link(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}
