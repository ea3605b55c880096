//! Where links lead: the names on the disk that decide what is behind a path. Follows links itself, because they may lead to
//! what isn't there yet.

use std::path::{Path, PathBuf};

/// As many links one after the other as Linux follows.
const LINKS: usize = 40;

/// The names at which a change may give this path another content: its own, and as long as there is a link, the one that
/// this leads to. Their folders are by their real names, as far as there are any.
pub(super) fn trail(path: &Path) -> Vec<PathBuf> {
    let mut trail = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next.take().filter(|_| trail.len() <= LINKS) {
        let folder = path.ancestors().skip(1).find(|folder| folder.is_dir());
        let Some((folder, rest)) = folder.and_then(|folder| Some((folder, path.strip_prefix(folder).ok()?))) else {
            trail.push(path);
            break;
        };
        let folder = real(folder);
        let mut names = rest.components();
        let first = names.next();
        // Only the first can be a link: the others are behind it, or missing.
        let target = first.and_then(|first| std::fs::read_link(folder.join(first)).ok());
        next = target.map(|target| folder.join(target).components().chain(names).collect());
        trail.push(folder.join(rest));
    }
    trail
}

/// A folder's name without links in it, which is how some systems tell of it.
pub(super) fn real(folder: &Path) -> PathBuf {
    std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}
