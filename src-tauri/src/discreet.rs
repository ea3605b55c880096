//! Text for places where e-mail addresses are to stay out of sight. The page has the same rule.

/// What stands around an address.
const AROUND: [char; 11] = ['"', '\'', '`', '(', ')', '<', '>', ',', ';', ':', '…'];

/// The text with each address cut down to as much as tells one from another.
pub(crate) fn discreet(text: &str) -> String {
    let ends = |letter: char| letter.is_whitespace() || AROUND.contains(&letter);
    text.split_inclusive(ends)
        .map(|piece| match piece.strip_suffix(ends) {
            Some(word) => without_address(word) + &piece[word.len()..],
            None => without_address(piece),
        })
        .collect()
}

fn without_address(word: &str) -> String {
    let (bare, stop) = word.strip_suffix('.').map_or((word, ""), |bare| (bare, "."));
    match bare.split_once('@') {
        Some((name, host)) if !name.is_empty() && !host.is_empty() => {
            format!("{}•••{stop}", name.chars().take(2).collect::<String>())
        }
        Some(_) | None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_go_and_all_else_stays() {
        let check = |text: &str, expected: &str| assert_eq!(discreet(text), expected);
        check("anna@example.org", "an•••");
        check("Switched from anna@example.org to \"b@x.y\".", "Switched from an••• to \"b•••\".");
        check("openai: now on anna@example.org. 40 % left", "openai: now on an•••. 40 % left");
        check("a @ b, @home, (anna@example.org)", "a @ b, @home, (an•••)");
        check("ä@ö.org\tund 日本@例え.jp", "ä•••\tund 日本•••");
    }
}
