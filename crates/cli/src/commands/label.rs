//! What to say when a label was not taken as written.
//! The rule for labels is the daemon's; this only compares.

/// Says so when the label asked for was normalised into another one.
pub(super) fn normalised(asked: &str, taken: &str) -> Option<String> {
    if taken.strip_prefix(asked).is_some_and(|number| number.starts_with('-')) {
        return Some(format!("\"{asked}\" is another account's label: this one is called \"{taken}\"."));
    }
    let changed = asked != taken;
    changed.then(|| {
        format!("\"{asked}\" became \"{taken}\": labels are lower case letters, digits, dot, hyphen, underscore and @.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_changed_label_is_worth_a_word() {
        assert_eq!(normalised("work", "work"), None);
        let taken = "\"work\" is another account's label: this one is called \"work-2\".";
        assert_eq!(normalised("work", "work-2").as_deref(), Some(taken));
        assert!(
            normalised("My Work", "my-work").is_some_and(|note| note.starts_with("\"My Work\" became \"my-work\":"))
        );
    }
}
