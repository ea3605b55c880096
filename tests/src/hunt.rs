//! Looks for secrets where none may be: whole ones, and any sixteen letters in a row of one.
//! Names where one was found, and never what was found.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Any so many letters of a secret give it away.
const PIECE: usize = 16;

/// A hunt for these secrets.
#[derive(Debug, Default)]
pub struct Hunt {
    pieces: HashSet<[u8; PIECE]>,
    short: Vec<Vec<u8>>,
    found: BTreeSet<String>,
    searched: usize,
}

impl Hunt {
    /// Looks for these.
    pub fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut hunt = Self::default();
        for secret in secrets {
            match secret.len() < PIECE {
                true => hunt.short.push(secret.into_bytes()),
                false => hunt
                    .pieces
                    .extend(secret.as_bytes().windows(PIECE).filter_map(|piece| <[u8; PIECE]>::try_from(piece).ok())),
            }
        }
        hunt
    }

    /// Searches something that the person could come across under this name.
    pub fn search(&mut self, name: &str, bytes: &[u8]) {
        self.searched += 1;
        let piece = |piece: &[u8]| <[u8; PIECE]>::try_from(piece).is_ok_and(|piece| self.pieces.contains(&piece));
        let long = bytes.windows(PIECE).any(piece);
        if long || self.short.iter().any(|short| bytes.windows(short.len()).any(|part| part == short)) {
            self.found.insert(name.to_owned());
        }
    }

    /// Searches every file under a folder, except these files and folders in it.
    pub fn search_folder(&mut self, folder: &Path, except: &[PathBuf]) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            if except.contains(&path) {
            } else if kind.is_dir() {
                self.search_folder(&path, except);
            } else if kind.is_file() {
                let name = path.display().to_string();
                self.search(&name, name.as_bytes());
                self.search(&name, &fs::read(&path).unwrap_or_default());
            }
        }
    }

    /// Searches every column of every row of every table of a SQLite file.
    pub fn search_database(&mut self, path: &Path) {
        let database = rusqlite::Connection::open(path).unwrap();
        let mut tables = database.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table'").unwrap();
        let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
        for table in tables.map(Result::unwrap) {
            let mut statement = database.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
            let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
            let mut rows = statement.query([]).unwrap();
            while let Some(row) = rows.next().unwrap() {
                for (index, column) in columns.iter().enumerate() {
                    let name = format!("ledger: {table}.{column}");
                    match row.get_ref(index).unwrap() {
                        rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                            self.search(&name, bytes);
                        }
                        rusqlite::types::ValueRef::Null
                        | rusqlite::types::ValueRef::Integer(_)
                        | rusqlite::types::ValueRef::Real(_) => {}
                    }
                }
            }
        }
    }

    /// How much was searched.
    pub fn searched(&self) -> usize {
        self.searched
    }

    /// Where secrets were found.
    pub fn found(&self) -> &BTreeSet<String> {
        &self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_secrets_and_pieces_of_long_ones_are_found() {
        let check = |text: &str, found: bool| {
            let mut hunt = Hunt::new(["sk-short".to_owned(), "abcdefghijklmnopqrstuvwxyz".to_owned()]);
            hunt.search("it", text.as_bytes());
            assert_eq!(!hunt.found().is_empty(), found, "{text}");
        };
        check("key=sk-short!", true);
        check("sk-shor", false);
        check("..fghijklmnopqrstu..", true);
        check("..fghijklmnopqrst", false);
        check("", false);
    }
}
