//! What is wrong with the settings, in one line that names the place. Knows nothing of what may be set.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::Path;

use toml::de::DeTable;

/// Settings that can't be used: what, where and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// The line of the file, from 1, where one is to blame.
    pub line: Option<usize>,
    /// The key with its tables: `failover.strategy`; `None` where the text isn't even TOML.
    pub key: Option<String>,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl SettingsError {
    pub(super) fn at(text: &str, error: &toml::de::Error) -> Self {
        let span = error.span();
        let key = span.as_ref().and_then(|span| key_at(text, span));
        let line = span.map(|span| 1 + text.bytes().take(span.start).filter(|byte| *byte == b'\n').count());
        Self { line, key, message: error.message().replace('`', "").replace('\n', " ") }
    }

    pub(super) fn unread(path: &Path, error: &io::Error) -> Self {
        Self { line: None, key: None, message: format!("{} can't be read: {error}", path.display()) }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "`{key}`: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for SettingsError {}

/// The key that a place in the text belongs to: the innermost one whose name or value covers it.
fn key_at(text: &str, span: &Range<usize>) -> Option<String> {
    fn search(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
        let covers = |outer: Range<usize>| outer.start <= span.start && span.end <= outer.end;
        table.iter().find_map(|(name, value)| {
            let name_hit = covers(name.span()).then(|| name.get_ref().to_string());
            let inside = value.get_ref().as_table().and_then(|inner| search(inner, span));
            let inside = inside.map(|rest| format!("{}.{rest}", name.get_ref()));
            inside.or(name_hit).or_else(|| covers(value.span()).then(|| name.get_ref().to_string()))
        })
    }
    search(DeTable::parse(text).ok()?.get_ref(), span)
}
