//! Keeps a credential in one keychain item, or in several where the system limits an item's size.
//!
//! The head item bears the account's name. It holds the credential itself, or says in which items its parts are:
//! `NAME/a1`, `NAME/a2`, … or `NAME/b1`, … A new credential goes into the parts that the head doesn't point to; then
//! the head is replaced, and only then the parts before are deleted. Whatever dies when, the head points to a whole
//! credential. Parts are written upwards and deleted downwards, so that what a crash leaves always begins with the
//! first part and the next save finds it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::VaultError;

/// The items of a keychain. Each call is done as a whole or not at all.
pub(super) trait Items {
    /// Reads an item; `None` when there is none.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError>;
    /// Writes an item, new or known.
    fn set(&self, name: &str, bytes: &[u8]) -> Result<(), VaultError>;
    /// Deletes an item; that there is none is fine.
    fn delete(&self, name: &str) -> Result<(), VaultError>;
    /// Whether the keychain answers and is unlocked.
    fn check(&self) -> Result<(), VaultError>;
}

/// Credentials over items of limited size.
#[derive(Debug)]
pub(super) struct Split<I> {
    items: I,
    /// The most bytes that an item holds; `None` where there is no such limit.
    limit: Option<usize>,
}

/// The head item's form.
#[derive(Serialize, Deserialize)]
struct Head {
    v: u32,
    #[serde(flatten)]
    body: Body,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Body {
    Whole { credential: Value },
    Parts { generation: Generation, parts: usize, sha256: String },
}

/// Which set of parts. Two are enough: one is in use, the other is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Generation {
    A,
    B,
}

const VERSION: u32 = 1;

impl<I: Items> Split<I> {
    pub(super) fn new(items: I, limit: Option<usize>) -> Self {
        Self { items, limit }
    }

    pub(super) fn load(&self, name: &str) -> Result<Option<Value>, VaultError> {
        let Some(bytes) = self.items.get(name)? else { return Ok(None) };
        match read_head(name, &bytes)? {
            Body::Whole { credential } => Ok(Some(credential)),
            Body::Parts { generation, parts, sha256 } => {
                let mut text = Vec::new();
                for number in 1..=parts {
                    let part = self.items.get(&part_name(name, generation, number))?;
                    text.extend(part.ok_or_else(|| corrupt(name, "a part of it is missing"))?);
                }
                match digest(&text) == sha256 {
                    true => serde_json::from_slice(&text).map(Some).map_err(|_| corrupt(name, "it isn't JSON")),
                    false => Err(corrupt(name, "its parts don't belong together")),
                }
            }
        }
    }

    pub(super) fn save(&self, name: &str, credential: &Value) -> Result<(), VaultError> {
        let whole = head(Body::Whole { credential: credential.clone() })?;
        let Some(limit) = self.limit else { return self.items.set(name, &whole) };
        let generation = self.free_generation(name)?;
        let mut kept = 0;
        if whole.len() <= limit {
            self.items.set(name, &whole)?;
        } else {
            let text = credential.to_string();
            for part in text.as_bytes().chunks(limit.max(1)) {
                kept += 1;
                self.items.set(&part_name(name, generation, kept), part)?;
            }
            let body = Body::Parts { generation, parts: kept, sha256: digest(text.as_bytes()) };
            self.items.set(name, &head(body)?)?;
        }
        self.sweep(name, generation, kept)?;
        self.sweep(name, generation.other(), 0)
    }

    pub(super) fn remove(&self, name: &str) -> Result<(), VaultError> {
        self.items.delete(name)?;
        if self.limit.is_some() {
            self.sweep(name, Generation::A, 0)?;
            self.sweep(name, Generation::B, 0)?;
        }
        Ok(())
    }

    pub(super) fn check(&self) -> Result<(), VaultError> {
        self.items.check()
    }

    /// The generation that the head doesn't point to. A head that nobody can read points nowhere.
    fn free_generation(&self, name: &str) -> Result<Generation, VaultError> {
        let used = self.items.get(name)?.and_then(|bytes| read_head(name, &bytes).ok());
        match used {
            Some(Body::Parts { generation, .. }) => Ok(generation.other()),
            Some(Body::Whole { .. }) | None => Ok(Generation::A),
        }
    }

    /// Deletes the parts of a generation behind the first `kept` ones.
    fn sweep(&self, name: &str, generation: Generation, kept: usize) -> Result<(), VaultError> {
        let mut last = kept;
        while self.items.get(&part_name(name, generation, last + 1))?.is_some() {
            last += 1;
        }
        (kept + 1..=last).rev().try_for_each(|number| self.items.delete(&part_name(name, generation, number)))
    }
}

impl Generation {
    fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

fn part_name(name: &str, generation: Generation, number: usize) -> String {
    let letter = match generation {
        Generation::A => 'a',
        Generation::B => 'b',
    };
    format!("{name}/{letter}{number}")
}

fn head(body: Body) -> Result<Vec<u8>, VaultError> {
    serde_json::to_vec(&Head { v: VERSION, body })
        .map_err(|_| VaultError::Refused("it can't be written as JSON".to_owned()))
}

fn read_head(name: &str, bytes: &[u8]) -> Result<Body, VaultError> {
    match serde_json::from_slice(bytes) {
        Ok(Head { v: VERSION, body }) => Ok(body),
        Ok(Head { .. }) => Err(corrupt(name, "a newer Baton wrote it")),
        // What serde says could quote the item.
        Err(_) => Err(corrupt(name, "it isn't what Baton wrote")),
    }
}

fn digest(text: &[u8]) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn corrupt(name: &str, why: &str) -> VaultError {
    VaultError::Corrupt(format!("{name}: {why}"))
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    /// A keychain that holds small items only and dies after some changes.
    #[derive(Default)]
    struct Fragile {
        items: RefCell<BTreeMap<String, Vec<u8>>>,
        /// How many changes it survives; `None` for all.
        survives: Cell<Option<usize>>,
    }

    impl Fragile {
        fn change(&self) -> Result<(), VaultError> {
            match self.survives.get() {
                Some(0) => Err(VaultError::Refused("dead".to_owned())),
                Some(left) => {
                    self.survives.set(Some(left - 1));
                    Ok(())
                }
                None => Ok(()),
            }
        }
    }

    impl Items for &Fragile {
        fn get(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
            Ok(self.items.borrow().get(name).cloned())
        }

        fn set(&self, name: &str, bytes: &[u8]) -> Result<(), VaultError> {
            self.change()?;
            assert!(bytes.len() <= LIMIT, "{name} has {} bytes", bytes.len());
            self.items.borrow_mut().insert(name.to_owned(), bytes.to_vec());
            Ok(())
        }

        fn delete(&self, name: &str) -> Result<(), VaultError> {
            self.change()?;
            self.items.borrow_mut().remove(name);
            Ok(())
        }

        fn check(&self) -> Result<(), VaultError> {
            Ok(())
        }
    }

    const LIMIT: usize = 160;
    const NAME: &str = "openai-1";

    /// A credential that fills about so many items, and the names of those.
    fn credential(turn: &str, parts: usize) -> Value {
        json!({"type": "oauth", "refresh": turn, "access": "é".repeat(parts * LIMIT / 2 - 60)})
    }

    fn names(items: &Fragile) -> Vec<String> {
        items.items.borrow().keys().cloned().collect()
    }

    #[test]
    fn a_small_credential_is_one_item_and_a_large_one_as_many_as_it_needs() {
        let check = |parts: usize, expected: &[&str]| {
            let items = Fragile::default();
            let vault = Split::new(&items, Some(LIMIT));
            vault.save(NAME, &credential("r", parts)).unwrap();
            assert_eq!(vault.load(NAME).unwrap(), Some(credential("r", parts)));
            assert_eq!(names(&items), expected);
            vault.remove(NAME).unwrap();
            assert_eq!((vault.load(NAME).unwrap(), names(&items)), (None, vec![]));
        };
        check(1, &[NAME]);
        check(2, &[NAME, "openai-1/a1", "openai-1/a2"]);
        check(3, &[NAME, "openai-1/a1", "openai-1/a2", "openai-1/a3"]);
    }

    #[test]
    fn where_there_is_no_limit_all_is_in_one_item() {
        struct Endless(RefCell<Vec<u8>>);
        impl Items for Endless {
            fn get(&self, name: &str) -> Result<Option<Vec<u8>>, VaultError> {
                assert_eq!(name, NAME);
                Ok(Some(self.0.borrow().clone()))
            }
            fn set(&self, _: &str, bytes: &[u8]) -> Result<(), VaultError> {
                self.0.replace(bytes.to_vec());
                Ok(())
            }
            fn delete(&self, name: &str) -> Result<(), VaultError> {
                assert_eq!(name, NAME);
                Ok(())
            }
            fn check(&self) -> Result<(), VaultError> {
                Ok(())
            }
        }
        let vault = Split::new(Endless(RefCell::default()), None);
        vault.save(NAME, &credential("r", 100)).unwrap();
        assert_eq!(vault.load(NAME).unwrap(), Some(credential("r", 100)));
        vault.remove(NAME).unwrap();
    }

    #[test]
    fn a_crash_after_any_change_leaves_a_whole_credential_and_the_next_save_cleans_up() {
        for (before, after) in [(1, 3), (3, 1), (2, 4), (4, 2), (3, 3), (1, 1)] {
            for survives in 0.. {
                let items = Fragile::default();
                let vault = Split::new(&items, Some(LIMIT));
                vault.save(NAME, &credential("old", before)).unwrap();
                items.survives.set(Some(survives));
                let outcome = vault.save(NAME, &credential("new", after));
                items.survives.set(None);
                let found = vault.load(NAME).unwrap().unwrap();
                let whole = found == credential("old", before) || found == credential("new", after);
                assert!(whole, "{before} to {after} parts, dead after {survives} changes: {found}");
                if outcome.is_ok() {
                    assert_eq!(found, credential("new", after));
                    break;
                }
                cleans_up(&items, 2, &format!("{before} to {after} parts, dead after {survives} changes"));
                vault.remove(NAME).unwrap();
                assert_eq!(names(&items), Vec::<String>::new());
            }
        }
    }

    #[test]
    fn a_crash_while_removing_leaves_all_or_nothing_to_read_and_the_next_removal_cleans_up() {
        for survives in 0..4 {
            let items = Fragile::default();
            let vault = Split::new(&items, Some(LIMIT));
            vault.save(NAME, &credential("old", 3)).unwrap();
            items.survives.set(Some(survives));
            vault.remove(NAME).unwrap_err();
            items.survives.set(None);
            let found = vault.load(NAME).unwrap();
            assert!(found.is_none() || found == Some(credential("old", 3)), "{found:?}");
            vault.remove(NAME).unwrap();
            assert_eq!(names(&items), Vec::<String>::new(), "dead after {survives} changes");
        }
    }

    /// Saves once more and finds nothing but the items of that save.
    fn cleans_up(items: &Fragile, parts: usize, case: &str) {
        let vault = Split::new(items, Some(LIMIT));
        vault.save(NAME, &credential("newest", parts)).unwrap();
        assert_eq!(vault.load(NAME).unwrap(), Some(credential("newest", parts)), "{case}");
        let names = names(items);
        assert_eq!(names.len(), 1 + parts, "{case}: {names:?}");
    }

    #[test]
    fn what_is_not_whole_is_an_error_that_quotes_nothing() {
        let check = |break_it: &dyn Fn(&Fragile), why: &str| {
            let items = Fragile::default();
            let vault = Split::new(&items, Some(LIMIT));
            vault.save(NAME, &credential("top-secret", 3)).unwrap();
            break_it(&items);
            assert_eq!(vault.load(NAME), Err(VaultError::Corrupt(format!("{NAME}: {why}"))));
            cleans_up(&items, 2, why);
        };
        let put = |name: &'static str, bytes: &'static str| {
            move |items: &Fragile| drop(items.items.borrow_mut().insert(name.to_owned(), bytes.into()))
        };
        check(&|items| drop(items.items.borrow_mut().remove("openai-1/a3")), "a part of it is missing");
        check(&put("openai-1/a1", "top-secret"), "its parts don't belong together");
        check(&put(NAME, "top-secret"), "it isn't what Baton wrote");
        check(&put(NAME, r#"{"v":2,"credential":"top-secret"}"#), "a newer Baton wrote it");
    }
}
