//! The words for where credentials are kept.

use daemon::control::{VaultStore, VaultView};

/// Where they are, what that means, and what isn't as it should be.
pub(super) fn vault(vault: &VaultView) -> String {
    let mut text = match vault.store {
        VaultStore::Keychain => "Credentials are kept in the system's keychain.".to_owned(),
        VaultStore::File => format!(
            "Credentials are kept in a file: {}\n\
             It isn't encrypted: every program that runs as you can read it. `baton vault keychain` moves them into the \
             keychain.",
            vault.file.as_deref().unwrap_or_default()
        ),
    };
    if let Some(note) = &vault.note {
        text.push_str(&format!("\nMind: {note}."));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(store: VaultStore, file: Option<&str>, note: Option<&str>, expected: &str) {
        let text = |text: Option<&str>| text.map(str::to_owned);
        assert_eq!(vault(&VaultView { store, file: text(file), note: text(note), note_words: None }), expected);
    }

    #[test]
    fn a_file_is_named_with_what_it_means() {
        check(VaultStore::Keychain, None, None, "Credentials are kept in the system's keychain.");
        check(
            VaultStore::Keychain,
            None,
            Some("copies are left"),
            "Credentials are kept in the system's keychain.\nMind: copies are left.",
        );
        let file = "Credentials are kept in a file: /v\nIt isn't encrypted: every program that runs as you can read it. \
                    `baton vault keychain` moves them into the keychain.";
        check(VaultStore::File, Some("/v"), None, file);
    }
}
