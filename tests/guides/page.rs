//! Finds the commands of a page in Markdown: lines of its `sh` blocks, and `baton …` within sentences.

use std::collections::BTreeSet;

/// The commands of a page.
pub(crate) struct Page {
    /// Lines of blocks, from top to bottom, without comments.
    pub(crate) blocks: Vec<String>,
    /// Commands in sentences and tables, each once, with something for every placeholder.
    pub(crate) spans: BTreeSet<String>,
}

/// What a placeholder stands for on the test's machine.
const PLACEHOLDERS: &[(&str, &str)] = &[
    ("P", "openai"),
    ("PROVIDER", "openai"),
    ("LABEL", "work"),
    ("L", "spare"),
    ("NEW", "office"),
    ("T", "2h"),
    ("DIR", "somewhere"),
    ("SHELL", "bash"),
];

impl Page {
    pub(crate) fn read(text: &str) -> Self {
        let (mut blocks, mut spans) = (Vec::new(), BTreeSet::new());
        let mut fence = None;
        for line in text.lines().map(str::trim) {
            match (line.strip_prefix("```"), fence) {
                (Some(_), Some(_)) => fence = None,
                (Some(language), None) => fence = Some(language),
                (None, Some("sh")) => blocks.extend(command(line)),
                (None, Some(_)) => {}
                (None, None) => spans.extend(line.split('`').skip(1).step_by(2).flat_map(variants)),
            }
        }
        Self { blocks, spans }
    }
}

/// A line of a block without its comment; `None` where nothing is left.
fn command(line: &str) -> Option<String> {
    let line = if line.starts_with('#') { "" } else { line.split(" #").next().unwrap_or_default().trim() };
    (!line.is_empty()).then(|| line.to_owned())
}

/// The command lines that a span stands for: `[--since T]` is left out in one and given in another. None where it isn't
/// a command of Baton's, or only names one.
fn variants(span: &str) -> Vec<String> {
    let span = span.replace("\\|", "|");
    if !span.starts_with("baton ") {
        return Vec::new();
    }
    let mut lines = vec![String::new()];
    let mut rest = span.as_str();
    while let Some((before, bracket)) = rest.split_once('[') {
        let (inside, after) = bracket.split_once(']').unwrap_or((bracket, ""));
        let with: Vec<String> = vec![format!("{}{before}{inside}", lines[0])];
        lines.iter_mut().for_each(|line| line.push_str(before));
        lines.extend(with);
        rest = after;
    }
    lines.iter_mut().for_each(|line| line.push_str(rest));
    lines.into_iter().map(|line| filled(&line)).collect()
}

/// A line with something for every placeholder, and the first of each choice. A name alone asks for its help.
fn filled(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().map(|word| word.split('|').next().unwrap_or(word)).collect();
    let stands_for = |word: &str| PLACEHOLDERS.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    match words[..] {
        ["baton", _] => format!("{} --help", words.join(" ")),
        _ => words.iter().map(|word| stands_for(word).unwrap_or(word)).collect::<Vec<_>>().join(" "),
    }
}

#[test]
fn a_block_is_read_line_by_line_and_a_sentence_command_by_command() {
    let page = Page::read(
        "Say `baton switch P LABEL` or `baton usage [--refresh]`, not `else`.\n\n   ```sh\n   # first\n   baton add   # saves\n   ```\n```\nbaton no\n```\n| `baton spend [--since T] [--by account\\|model]` | `baton run` |",
    );
    assert_eq!(page.blocks, ["baton add"]);
    let expected = [
        "baton run --help",
        "baton spend --by account",
        "baton spend --help",
        "baton spend --since 2h",
        "baton switch openai work",
        "baton usage --help",
        "baton usage --refresh",
    ];
    assert_eq!(page.spans.into_iter().collect::<Vec<_>>(), expected);
}
