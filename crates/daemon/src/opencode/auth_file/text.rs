//! The text of `auth.json`: where each entry lies in it, and the same text with one entry exchanged.
//! Copies every other byte; never formats what isn't ours.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::AuthFileError;
use crate::credential::{Credential, NotACredential};

/// One top-level entry.
pub(super) struct Entry<'a> {
    /// Its key.
    pub(super) key: String,
    value: &'a RawValue,
}

impl Entry<'_> {
    /// The entry's credential, if it is one.
    pub(super) fn credential(&self) -> Result<Credential, NotACredential> {
        let value = serde_json::from_str(self.value.get()).map_err(|_| NotACredential)?;
        Credential::from_json(value)
    }

    /// Where its value lies in the text that it was read from.
    fn span(&self, text: &[u8]) -> Range<usize> {
        let start = self.value.get().as_ptr().addr() - text.as_ptr().addr();
        start..start + self.value.get().len()
    }
}

/// The text without a byte-order mark: some editors put one there, and not every parser takes it.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// All entries in order.
pub(super) fn entries(text: &[u8]) -> Result<Vec<Entry<'_>>, AuthFileError> {
    let Entries(entries) = serde_json::from_slice(text).map_err(|error| match error.classify() {
        Category::Data => AuthFileError::NotAnObject,
        Category::Syntax | Category::Eof | Category::Io => {
            AuthFileError::NotJson { line: error.line(), column: error.column() }
        }
    })?;
    let mut keys = HashSet::new();
    match entries.iter().all(|entry| keys.insert(entry.key.as_str())) {
        true => Ok(entries),
        false => Err(AuthFileError::DuplicateKey),
    }
}

/// The same text with one entry exchanged, or a new one behind the last.
pub(super) fn with_entry(text: &[u8], key: &str, credential: &Credential) -> Result<Vec<u8>, AuthFileError> {
    let entries = entries(text)?;
    let ours = pretty(credential, text);
    if let Some(entry) = entries.iter().find(|entry| entry.key == key) {
        return Ok(spliced(text, entry.span(text), &ours));
    }
    let line_end = line_end(text);
    let addition = format!("{line_end}  {}: {ours}", serde_json::Value::from(key));
    Ok(match entries.last() {
        Some(last) => spliced(text, last.span(text).end..last.span(text).end, &format!(",{addition}")),
        None => format!("{{{addition}{line_end}}}").into_bytes(),
    })
}

/// The text of a new file.
pub(super) fn only_entry(key: &str, credential: &Credential) -> Result<Vec<u8>, AuthFileError> {
    with_entry(b"{}", key, credential)
}

fn spliced(text: &[u8], span: Range<usize>, ours: &str) -> Vec<u8> {
    [&text[..span.start], ours.as_bytes(), &text[span.end..]].concat()
}

/// An entry as OpenCode writes it, `JSON.stringify(…, null, 2)`, one level deep.
fn pretty(credential: &Credential, text: &[u8]) -> String {
    // Line ends inside of strings are escaped, so these are all JSON's own.
    format!("{:#}", credential.to_json()).replace('\n', &format!("{}  ", line_end(text)))
}

fn line_end(text: &[u8]) -> &'static str {
    match memchr::memmem::find(text, b"\r\n") {
        Some(_) => "\r\n",
        None => "\n",
    }
}

struct Entries<'a>(Vec<Entry<'a>>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, value)) = map.next_entry()? {
            entries.push(Entry { key, value });
        }
        Ok(Entries(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "{\n    \"type\": \"api\",\n    \"key\": \"new\"\n  }";

    fn check(before: &str, key: &str, after: &str) {
        let changed = with_entry(before.as_bytes(), key, &Credential::api("new")).unwrap();
        assert_eq!(String::from_utf8(changed).unwrap(), after.replace("OURS", OURS));
    }

    #[test]
    fn one_value_is_exchanged_and_every_other_byte_stays() {
        check(
            r#"{"b":{"x": 1.50 },"a":{"type":"api","key":"old"},"z":[1e3]}"#,
            "a",
            r#"{"b":{"x": 1.50 },"a":OURS,"z":[1e3]}"#,
        );
        check("{\n  \"a\": {\n    \"type\": \"wellknown\"\n  }\n}\n", "a", "{\n  \"a\": OURS\n}\n");
        check(
            "{ \"\\u0061\" : null , \"b\" : \"\\ud83d\\ude42\" }",
            "a",
            "{ \"\\u0061\" : OURS , \"b\" : \"\\ud83d\\ude42\" }",
        );
    }

    #[test]
    fn a_new_entry_comes_last() {
        check("{\n  \"b\": 1\n}", "a", "{\n  \"b\": 1,\n  \"a\": OURS\n}");
        check("{}", "a", "{\n  \"a\": OURS\n}");
        check(" { } ", "https://example.org/\"q\"", "{\n  \"https://example.org/\\\"q\\\"\": OURS\n}");
    }

    #[test]
    fn line_ends_are_the_files_own() {
        let changed = with_entry(b"{\r\n  \"b\": 1\r\n}\r\n", "a", &Credential::api("new")).unwrap();
        let expected = "{\r\n  \"b\": 1,\r\n  \"a\": OURS\r\n}\r\n".replace("OURS", &OURS.replace('\n', "\r\n"));
        assert_eq!(String::from_utf8(changed).unwrap(), expected);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let check = |text: &[u8]| entries(text).err().map(|error| format!("{error:?}"));
        let not_json = |line, column| Some(format!("NotJson {{ line: {line}, column: {column} }}"));
        assert_eq!(check(b""), not_json(1, 0));
        assert_eq!(check(b"{\n  \"a\": {\"type\""), not_json(2, 14));
        assert_eq!(check(b"{} {}"), not_json(1, 4));
        assert_eq!(check(b"{\"a\":1,}"), not_json(1, 8));
        assert_eq!(check(b"[]"), Some("NotAnObject".to_owned()));
        assert_eq!(check(b"\"text\""), Some("NotAnObject".to_owned()));
        assert_eq!(check(b"{\"a\":1,\"\\u0061\":2}"), Some("DuplicateKey".to_owned()));
    }

    proptest::proptest! {
        #[test]
        fn any_key_is_written_as_itself(key in "\\PC*", others in proptest::collection::hash_map("\\PC*", "\\PC*", 0..4)) {
            let before = serde_json::to_vec(&others).unwrap();
            let after = with_entry(&before, &key, &Credential::api("new")).unwrap();
            let mut expected = serde_json::to_value(&others).unwrap();
            expected[key.as_str()] = Credential::api("new").to_json();
            proptest::prop_assert_eq!(serde_json::from_slice::<serde_json::Value>(&after).unwrap(), expected);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..64)) {
            let _ = with_entry(&bytes, "a", &Credential::api("new"));
        }
    }
}
