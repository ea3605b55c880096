//! The names that things go by: providers, accounts, sessions, labels.

use std::fmt;
use std::sync::Arc;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

name! {
    /// A service under OpenCode's id for it: `openai`, `github-copilot`, …
    ProviderId
}
name! {
    /// One login at one provider. Derived from provider and identity, so that the same login always gets the same id.
    AccountId
}
name! {
    /// An OpenCode session: `ses_…`.
    SessionId
}

/// What a person calls an account: 1 to 64 of `a-z 0-9 . - _ @`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(Arc<str>);

/// The most characters that a label has.
const LABEL_LIMIT: usize = 64;

impl Label {
    /// Makes a label out of any text: lower case, foreign characters become hyphens. `None` when nothing is left.
    pub fn normalise(text: &str) -> Option<Self> {
        let mut label = String::with_capacity(text.len());
        for c in text.trim().chars().flat_map(char::to_lowercase) {
            let fits = c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_' | '@');
            match (fits, label.ends_with('-')) {
                (true, _) => label.push(c),
                (false, false) => label.push('-'),
                (false, true) => {}
            }
        }
        let cut: String = label.trim_matches('-').chars().take(LABEL_LIMIT).collect();
        let cut = cut.trim_matches('-');
        (!cut.is_empty()).then(|| Self(Arc::from(cut)))
    }

    /// The same label with a number behind it, for when the plain one is taken.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        let suffix = format!("-{number}");
        let stem: String = self.0.chars().take(LABEL_LIMIT - suffix.len()).collect();
        Self(Arc::from(format!("{stem}{suffix}")))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// For an account of which nothing is known: `account`.
impl Default for Label {
    fn default() -> Self {
        Self(Arc::from("account"))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_normalised() {
        let cases = [
            ("Work", Some("work")),
            ("  Anna.Berg@Example.org ", Some("anna.berg@example.org")),
            ("my laptop (new)", Some("my-laptop-new")),
            ("büro", Some("b-ro")),
            ("--", None),
            ("", None),
            ("🙂", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Label::normalise(text).as_ref().map(Label::as_str), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_label_is_cut_and_still_numbered_apart() {
        let label = Label::normalise(&"a".repeat(200)).unwrap();
        assert_eq!(label.as_str().len(), 64);
        assert_eq!(label.numbered(12).as_str().len(), 64);
        assert!(label.numbered(12).as_str().ends_with("a-12"));
    }
}
