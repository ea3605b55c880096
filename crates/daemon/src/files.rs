//! What the systems do differently about files: who may read them, when they are on the disk, which is which.
//! Knows no file of Baton's or OpenCode's by name.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
#[cfg(unix)]
use std::io::{Read, Seek};
use std::path::Path;
use std::time::SystemTime;

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
pub(crate) fn keep_mode(like: &Path, file: &File) -> io::Result<()> {
    file.set_permissions(std::fs::metadata(like)?.permissions())
}

/// Lets the same people read a file that read another one.
#[cfg(not(unix))]
pub(crate) fn keep_mode(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

/// Lets a rename outlast a power cut. Windows sees to that itself.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    match cfg!(unix) {
        true => File::open(folder)?.sync_all(),
        false => Ok(()),
    }
}

/// The number that a file keeps when it is renamed.
#[cfg(unix)]
fn number(_: &Path, metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// The number that a file keeps when it is renamed. Windows tells it of an open one; of a file that has just gone it is 0.
#[cfg(not(unix))]
fn number(path: &Path, _: &Metadata) -> (u64, u64) {
    let information = File::open(path).and_then(|file| winapi_util::file::information(&file));
    information.map_or((0, 0), |found| (found.volume_serial_number(), found.file_index()))
}

/// When a file was made, where that tells it from an older one with its number. Windows gives no number twice, but a new
/// file the time of one that had its name just before.
fn made(metadata: &Metadata) -> Option<SystemTime> {
    if cfg!(unix) { metadata.created().ok() } else { None }
}

/// Tells a file or folder from another one that has its name. The time of its making is part of it where the system keeps
/// one: a removed file's number goes to the next new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileId {
    number: (u64, u64),
    made: Option<SystemTime>,
}

impl FileId {
    /// Of what has this name, by what the system says of it.
    pub(crate) fn of(path: &Path, metadata: &Metadata) -> Self {
        Self { number: number(path, metadata), made: made(metadata) }
    }
}

/// A file that can still be read when another one has taken its name.
#[cfg(unix)]
pub(crate) struct Former(File);

#[cfg(unix)]
impl Former {
    /// Holds the file that has this name now.
    pub(crate) fn hold(path: &Path, _second_name: &tempfile::Builder<'_, '_>) -> io::Result<Self> {
        File::open(path).map(Self)
    }

    /// What is in it now.
    pub(crate) fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.0.rewind()?;
        self.0.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// A file that can still be read when another one has taken its name. Windows refuses to give away the name of an open
/// file: this one has a second name meanwhile.
#[cfg(not(unix))]
pub(crate) struct Former(tempfile::NamedTempFile<()>);

#[cfg(not(unix))]
impl Former {
    /// Holds the file that has this name now, by another name beside it.
    pub(crate) fn hold(path: &Path, second_name: &tempfile::Builder<'_, '_>) -> io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        second_name.make_in(folder, |name| std::fs::hard_link(path, name)).map(Self)
    }

    /// What is in it now.
    pub(crate) fn read(&mut self) -> io::Result<Vec<u8>> {
        std::fs::read(self.0.path())
    }
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
